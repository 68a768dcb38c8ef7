"""What every amount of money rests on, in words: said here once for every renderer."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

from workbench import wording
from workbench.findings.values import Section, Statement
from workbench.findings.view import View
from workbench.records.prices import PeopleHours, Prices, TokenPrice

AT = "/prices"
#: A sentence of these holds what an answer is worth to the user, which rests on no price.
OF_THE_USER = ("flip_worth",)


def assumption(view: View, brief: bool = False) -> tuple[Statement, ...]:
    """How the assistant is paid for, whose time is counted, and how what is paid once is spread.

    ``brief`` leaves out the last.
    """
    prices = view.results.prices
    if prices is None:
        foreign = any(row.cost for row in view.rows)
        return (view.state("cost_note_foreign"),) if foreign else ()
    dated = view.state(
        "assume_dated", dated=prices.dated,
        updates=view.figure(view.verdict.updates_per_month, "rate", "/verdict/updates_per_month"),
    )  # fmt: skip
    told = (*_machine(view, prices), *_endpoints(view, prices), _people(view, prices))
    return told if brief else (*told, dated)


def basis(view: View) -> str:
    """The same in one short sentence; empty where the amounts are an imported file's."""
    prices, what = view.results.prices, paid_for(view)
    if prices is None or not what:
        return ""
    people = "basis" if prices.labour_per_hour else "basis_no_people"
    return view.say(people, what=what)


def paid_for(view: View) -> str:
    """What is paid for a model of yours, in a few words; empty where nothing is known of it."""
    prices = view.results.prices
    if prices is None or not (kind := _paid_by(prices)):
        return ""
    return view.say(f"basis_{kind if prices.machine_used else 'token'}")


def otherwise(view: View) -> Section:
    """That this is another deployment's money than the run's own, and what the run itself says."""
    own = view.results.paid_otherwise
    if own is None:
        return Section("otherwise", "")
    told = [
        view.state("otherwise", what=paid_for(view), own=own.what),
        outcome(view, own.front),
        view.state("otherwise_own", sentence=own.sentence),
    ]
    return Section("otherwise", view.say("h_otherwise"), statements=tuple(told), chief=True)


def outcome(view: View, own: str) -> Statement:
    """Whether another variant is in front than ``own``, which the run itself has there."""
    if view.front == own:
        return view.state("outcome_same")
    return view.state("outcome_other", "caution", own=view.name(own) or view.say("outcome_open"))


def with_basis(make: Callable[[View], Section]) -> Callable[[View], Section]:
    """The section with what an amount rests on behind every sentence that names one."""

    def made(view: View) -> Section:
        section = make(view)
        told = basis(view) if any(map(_of_money, section.statements)) else ""
        if not told:
            return section
        return replace(section, statements=tuple(_behind(section.statements, told)))

    return made


def _behind(statements: Iterable[Statement], told: str) -> Iterable[Statement]:
    for item in statements:
        yield replace(item, after=f"{item.after} {told}") if _of_money(item) else item


def _of_money(item: Statement) -> bool:
    words = item.words
    if isinstance(words, str) or words["key"].startswith(OF_THE_USER):
        return False
    return any(
        isinstance(value, Mapping) and value["unit"] == "money"
        for value in words["values"].values()
    )


def _paid_by(prices: Prices) -> str:
    """How it is paid for, of older runs too."""
    older = {"busy": "busy_second", "always_on": "month"}
    return prices.paid_by or older.get(prices.serving, "")


def _machine(view: View, prices: Prices) -> list[Statement]:
    kind, machine = _paid_by(prices), prices.machine
    if not kind or (not prices.machine_used and kind != "token"):
        return []
    source = prices.machine_source or view.say("yours")
    hourly = view.figure(prices.machine_per_hour, "price", f"{AT}/machine_per_hour")
    if kind == "token":
        told = [_token(view, prices)]
        if prices.machine_used and prices.machine_per_hour is not None:
            told.append(view.state("assume_token_machine", hourly=hourly, source=source))
        return told
    if prices.machine_per_hour is None:
        return [view.state("assume_machine_unknown", "caution")]
    known: dict[str, Any] = {"source": source}
    if kind == "busy_second":
        return [view.state("assume_busy_second", hourly=hourly, **known)]
    if machine is None:
        return [view.state("assume_on_all_month", hourly=hourly, **known)]

    def figure(key: str, unit: str) -> Any:
        return view.figure(getattr(machine, key), unit, f"{AT}/machine/{key}")

    known["month"] = view.figure(prices.machine_month, "money", f"{AT}/machine_month")
    if kind == "month":
        return [view.state("assume_month", hourly=hourly, hours=figure("hours_per_month", "count"),
                           **known)]  # fmt: skip
    known |= {"price": figure("price", "price"), "months": figure("lifetime_months", "count")}
    if not (machine.watts and machine.per_kwh):
        return [view.state("assume_own_server_bare", **known)]
    return [view.state("assume_own_server", watts=figure("watts", "count"),
                       kwh=figure("per_kwh", "price"), **known)]  # fmt: skip


def _listed(view: View, prices: Prices) -> str:
    """Models with their price by token."""
    told = [
        view.say("token_price", model=name,
                 read=wording.price(price.input_per_million, view.currency),
                 wrote=wording.price(price.output_per_million, view.currency))
        + _if_tuned(view, price)
        + (f" ({price.source})" if price.source else "")
        for name, price in prices.by_token.items()
    ]  # fmt: skip
    return "; ".join(told)


def _if_tuned(view: View, price: TokenPrice) -> str:
    """What answers of a model cost that was tuned from it, where that is another price."""
    read, wrote = price.tuned_input_per_million, price.tuned_output_per_million
    if read is None and wrote is None:
        return ""
    return view.say(
        "token_price_tuned",
        read=wording.price(price.input_per_million if read is None else read, view.currency),
        wrote=wording.price(price.output_per_million if wrote is None else wrote, view.currency),
    )


def _token(view: View, prices: Prices) -> Statement:
    listed = _listed(view, prices)
    return view.state("assume_token", listed=listed) if listed else (
        view.state("assume_token_unknown", "caution")
    )  # fmt: skip


def _endpoints(view: View, prices: Prices) -> list[Statement]:
    """Models that are paid by token whatever the others are."""
    if _paid_by(prices) == "token" or not prices.by_token:
        return []
    return [view.state("assume_endpoints", listed=_listed(view, prices))]


def _people(view: View, prices: Prices) -> Statement:
    people = prices.labour
    if people is None or not prices.labour_per_hour:
        return view.state("assume_no_people")
    return view.state(
        "assume_people",
        rate=view.figure(prices.labour_per_hour, "price", f"{AT}/labour_per_hour"),
        source=people.source or view.say("yours"),
        once=_hours(view, "people_once", people.setup_hours),
        again=_hours(view, "people_again", people.update_hours),
        hours_source=people.hours_source or view.say("yours"),
    )  # fmt: skip


def _hours(view: View, key: str, hours: PeopleHours) -> str:
    parts = ("questions", "retrieval", "tuning")
    return view.say(key, **{part: wording.rate(getattr(hours, part)) for part in parts})
