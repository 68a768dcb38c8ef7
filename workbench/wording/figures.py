"""With how many digits, in which unit and with which sign a figure is shown."""

from __future__ import annotations

import math
from typing import Any

CURRENCIES: dict[str, str] = {"USD": "$", "EUR": "€", "GBP": "£", "CNY": "¥", "JPY": "¥"}

NONE = "–"
#: Scores (0 to 1) nearer than this are shown alike: 0.0 points apart.
LEAST_SHOWN = 0.0005


def is_share(metric: str) -> bool:
    """Whether a metric runs from 0 to 1 and is shown in points (0 to 100)."""
    return metric not in {"answer_words"}


def points(value: float | None) -> str:
    """A score from 0 to 1 in points with one decimal: .532 is ``53.2``."""
    if value is None or not math.isfinite(value):
        return NONE
    text = f"{abs(100 * value):.1f}"
    return f"−{text}" if value < 0 and text != "0.0" else text


def small_points(value: float | None) -> str:
    """Points of a chart on what little is left to lose: a second decimal below one point."""
    if value is None or not math.isfinite(value) or abs(value) >= 0.01:
        return points(value)
    return f"{100 * value:.2f}"


def loss(value: float | None) -> str:
    """Points that may be lost: what is too little to show is not nothing."""
    return "under 0.1" if value is not None and 0 < value < LEAST_SHOWN else points(value)


def difference(value: float | None) -> str:
    """A difference of scores in points, with its sign: ``+12.3``; a true minus sign."""
    if value is None or not math.isfinite(value):
        return NONE
    text = f"{abs(100 * value):.1f}"
    if text == "0.0":
        return "0.0"
    return ("+" if value > 0 else "−") + text


def whole_points(value: float | None) -> str:
    """A margin or a step in points without superfluous decimals: ``3``, ``2.5``."""
    return NONE if value is None else f"{100 * value:.1f}".removesuffix(".0")


def seconds(value: float | None) -> str:
    """A time: ``380 ms`` below a second, ``1.2 s`` above, minutes and hours beyond."""
    if value is None or not math.isfinite(value):
        return NONE
    if value < 0.0995:
        return f"{1000 * value:.1f} ms" if value < 0.00995 else f"{1000 * value:.0f} ms"
    if value < 0.9995:
        return f"{1000 * value:.0f} ms"
    if value < 120:
        return f"{value:.1f} s"
    if value < 7200:
        return f"{value / 60:.0f} min"
    return f"{value / 3600:.1f} h"


def money(value: float | None, currency: str = "USD") -> str:
    """An amount with enough digits to say something: never ``$0.00`` for what costs a little."""
    if value is None or not math.isfinite(value):
        return NONE
    sign = CURRENCIES.get(currency, f"{currency} ")
    if value == 0:
        return f"{sign}0"
    minus, amount = ("−" if value < 0 else ""), abs(value)
    if amount >= 999.5:
        text = f"{amount:,.0f}"
    elif amount >= 0.995:
        text = f"{amount:.2f}"
    elif amount < 1e-7:
        return f"under {sign}0.0000001"
    else:
        decimals = 1 - math.floor(math.log10(amount) + 1e-9)
        decimals -= round(amount, decimals) >= 10 ** (2 - decimals)
        text = f"{amount:.{decimals}f}"
    return f"{minus}{sign}{text}"


def price(value: float | None, currency: str = "USD") -> str:
    """A price as it is given, to four digits: what is worked out from it has to come out right."""
    if value is None or not math.isfinite(value):
        return NONE
    sign = CURRENCIES.get(currency, f"{currency} ")
    if value == round(value):
        return f"{sign}{value:,.0f}"
    return f"{sign}{value:,.2f}" if value == round(value, 2) else f"{sign}{value:.4g}"


def count(value: float | None) -> str:
    """A whole number with thousands separated; huge ones to three significant digits."""
    if value is None or not math.isfinite(value):
        return NONE
    if abs(value) >= 1e15:
        return "beyond any volume"
    if abs(value) >= 100_000:
        digits = math.floor(math.log10(abs(value))) - 2
        value = round(value / 10**digits) * 10**digits
    return f"{value:,.0f}"


def about(value: float | None) -> str:
    """A rough number to two significant digits, since it is an estimate: 506 is ``510``."""
    if value is None or not math.isfinite(value):
        return NONE
    if abs(value) < 100:
        return f"{value:,.0f}"
    digits = math.floor(math.log10(abs(value))) - 1
    return f"{round(value / 10**digits) * 10**digits:,.0f}"


def size(value: float | None) -> str:
    """Bytes as kB, MB or GB of a thousand each."""
    if value is None:
        return NONE
    for unit, least in (("GB", 1e9), ("MB", 1e6)):
        if value >= least:
            return f"{value / least:.3g} {unit}"
    return f"{value / 1e3:.3g} kB"


def small_share(value: float | None) -> str:
    """A share of 0 to 1 in per cent with two figures: 0.033%, 5.5%, 100%."""
    return NONE if value is None else f"{100 * value:.2g}%" if value < 0.995 else "100%"


def share(value: float | None) -> str:
    """A share or a probability in per cent; never a certainty that sampling cannot give."""
    if value is None or not math.isfinite(value):
        return NONE
    if 0.995 <= value < 1:
        return "over 99%"
    if 0 < value < 0.005:
        return "under 1%"
    return f"{100 * value:.0f}%"


def change(value: float | None) -> str:
    """A relative change in per cent with its sign: .086 is ``+8.6%``; a true minus sign."""
    return NONE if value is None or not math.isfinite(value) else f"{difference(value)}%"


def p_value(value: float | None) -> str:
    """A p-value: two digits, ``< .001`` below."""
    if value is None or not math.isfinite(value):
        return NONE
    if value < 0.001:
        return "< .001"
    return f"{value:.3f}".removeprefix("0") if value < 0.9995 else "1.000"


def plain(value: float | None) -> str:
    """A bare figure with one decimal, such as words per answer."""
    return NONE if value is None or not math.isfinite(value) else f"{value:,.1f}"


def rate(value: float | None) -> str:
    """A small rate to two significant digits: ``0.25``, ``4``, ``12``."""
    if value is None or not math.isfinite(value):
        return NONE
    return f"{value:,.0f}" if value >= 10 else f"{value:.2g}"


def times(value: float | None, noun: str) -> str:
    """A small rate with its noun in the right number: ``1 update``, ``0.5 updates``."""
    return f"{rate(value)} {noun}{'' if value == 1 else 's'}"


def every(rate: float) -> str:
    """Times a month as a period: ``3.3 weeks``, ``2 days``, ``8 months``."""
    weeks = 52 / 12 / rate
    if weeks < 1:
        days = max(1.0, 7 * weeks)
        return "day" if days < 1.5 else f"{days:.0f} days"
    if weeks > 17:
        return f"{weeks * 12 / 52:,.0f} months"
    return f"{weeks:.2g} weeks" if f"{weeks:.2g}" != "1" else "week"


def counted(number: int, noun: str) -> str:
    """A count with its noun in the right number: ``1 question``, ``1,200 questions``."""
    return f"{count(number)} {noun}{'' if number == 1 else 's'}"


def fine(value: float | None) -> str:
    """A number of no unit that is small, with three decimals."""
    if value is None or not math.isfinite(value):
        return NONE
    return f"{value:.3f}".replace("-", "−")


def kappa(value: float | None) -> str:
    """An agreement coefficient from −1 to 1 with two decimals; a true minus sign."""
    return NONE if value is None or not math.isfinite(value) else f"{value:.2f}".replace("-", "−")


def interval(
    low: float | None, high: float | None, metric: str = "f1", signed: bool = False
) -> str:
    """``[47.1, 59.3]``; a dash where there is none."""
    if low is None or high is None:
        return "no interval"
    show = plain if not is_share(metric) else difference if signed else points
    return f"[{show(low)}, {show(high)}]"


FORMATS: dict[str, Any] = {
    "points": points,
    "loss": loss,
    "difference": difference,
    "margin": whole_points,
    "seconds": seconds,
    "money": money,
    "price": price,
    "count": count,
    "about": about,
    "share": share,
    "change": change,
    "p": p_value,
    "plain": plain,
    "rate": rate,
    "kappa": kappa,
    "size": size,
    "fine": fine,
}


def show(value: float | None, unit: str, currency: str = "USD") -> str:
    """A figure as it is displayed; ``unit`` is a key of :data:`FORMATS`."""
    if unit in ("money", "price"):
        return str(FORMATS[unit](value, currency))
    return str(FORMATS[unit](value))
