"""The sliders of the What-if page: what the user may change, kept in the page's address."""

from __future__ import annotations

from typing import Any

import streamlit as st

from workbench import wording
from workbench.dashboard import components
from workbench.dashboard.queries import what_if
from workbench.dashboard.queries.measured import WhatIfInputs
from workbench.dashboard.views import paying
from workbench.types import KINDS, STRATA

VOLUMES = (*(m * 10**e for e in range(2, 7) for m in (1, 2, 5)), 10_000_000)
UPDATES = (0.0, 0.1, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 15.0, 30.0)
# What one unit of money less per 1,000 questions, or one second less, is worth in points.
PER_MONEY = (0.0, *(m * 10.0**e for e in range(-1, 5) for m in (1, 2, 5)))
PER_SECOND = (0.0, *(m * 10.0**e for e in range(-1, 3) for m in (1, 2, 5)))
KEYS = (
    "queries", "updates", *STRATA, *(f"kind_{kind}" for kind in KINDS), "margin", "per_money",
    "per_second", *paying.KEYS, "p90_ms", "budget", "cite", "local", "harm_wrong", "harm_invented",
    "harm_refused",
)  # fmt: skip


def own_values(known: WhatIfInputs, start: what_if.Setting) -> dict[str, Any]:
    """Where every control stands under the run's own setting, by its key."""
    kinds = dict(start.kinds) if start.kinds else what_if.kinds_of(known)
    return {
        "queries": start.queries_per_month,
        "updates": start.updates_per_month,
        **{stratum: round(100 * share) for stratum, share in _strata(start).items()},
        **{f"kind_{kind}": round(100 * share) for kind, share in kinds.items()},
        "margin": round(100 * start.margin, 1),
        "per_money": start.points_per_money,
        "per_second": start.points_per_second,
        **paying.own_values(start.paying),
        "p90_ms": 1000 * (start.max_p90_s or 0.0),
        "budget": start.max_monthly_cost or 0.0,
        "cite": start.must_cite,
        "local": start.must_stay_local,
        **{f"harm_{name}": cost for name, cost in start.harm},
    }


def _strata(start: what_if.Setting) -> dict[str, float]:
    """The share of every stratum, of those too that the experiment did not name."""
    return dict.fromkeys(STRATA, 0.0) | dict(start.mix)


def _with(values: tuple[Any, ...], own: Any) -> list[Any]:
    """The stops of a slider, with the run's own value among them."""
    return sorted({*values, own})


def sliders(known: WhatIfInputs, start: what_if.Setting) -> what_if.Setting:
    """The user's setting; the run's own where nothing was moved."""
    currency = known.book.currency
    st.header("Your use")
    volumes = _with(VOLUMES, start.queries_per_month)
    queries = st.select_slider(
        "Questions a month", volumes, start.queries_per_month, format_func=wording.count,
        key="queries", bind="query-params",
        help="Fixed costs are spread over them: the more, the less setting up weighs.",
    )  # fmt: skip
    updates = st.select_slider(
        "Updates of the text a month", _with(UPDATES, start.updates_per_month),
        start.updates_per_month, format_func=wording.rate, key="updates", bind="query-params",
        help="How often the text changes: each time passages are indexed and models tuned anew.",
    )  # fmt: skip
    components.quiet("What will be asked, as shares:")
    parts = {}
    present = {stratum for stratum in known.table.strata if stratum}
    held = _strata(start)
    for stratum, share in held.items():
        if stratum in present:
            parts[stratum] = st.slider(
                f"{wording.STRATUM_LABELS[stratum]} (weight)", 0, 100, round(100 * share),
                key=stratum, bind="query-params", help=wording.STRATUM_MEANINGS[stratum],
            )  # fmt: skip
    # Sliders hold whole percents: unmoved, they must not round the run's own mix.
    moved = any(parts[s] != round(100 * share) for s, share in held.items() if s in parts)
    mix = what_if.shares({k: float(v) for k, v in parts.items()}) if moved else start.mix
    kinds = _kinds(known, start)
    st.header("What matters")
    own_margin = round(100 * start.margin, 1)
    margin = st.slider(
        "Smallest gain that matters (points)", 0.0, 20.0, own_margin, 0.5,
        format="%.1f", key="margin", bind="query-params",
        help="Variants nearer to each other than this count as equal, and the cheaper is taken.",
    )  # fmt: skip
    per_money, per_second = _weights(start, currency)
    st.header(f"How it is paid for ({currency})")
    paid = paying.controls(start.paying)
    st.header("Limits")
    own_p90 = 1000 * (start.max_p90_s or 0.0)
    p90 = paying.number(
        "p90_ms",
        "Longest p90 (ms; 0 is no limit)",
        own_p90,
        50.0,
        "Nine in ten answers have to come within this time; variants that are slower are out.",
    )
    budget = paying.number(
        "budget",
        f"Most per month ({currency}; 0 is no limit)",
        start.max_monthly_cost or 0.0,
        1.0,
        "Variants that cost more a month are out.",
    )
    cite = st.toggle(
        "Answers must cite", start.must_cite, key="cite", bind="query-params",
        help="Only variants that can show passages as their source stay in.",
    )  # fmt: skip
    local = st.toggle(
        "Text must stay on this machine",
        start.must_stay_local,
        key="local",
        bind="query-params",
        help="Variants whose model is asked over a network are out.",
    )
    harm = _harm(start)
    # As with the mix: what was not moved is the run's own to the last digit.
    least = start.margin if margin == own_margin else margin / 100
    longest = start.max_p90_s if p90 == own_p90 else p90 / 1000 or None
    return what_if.Setting(
        int(queries), float(updates), mix, least, start.level, paid, longest, budget or None, cite,
        local, kinds, per_money, per_second, harm,
    )  # fmt: skip


def _harm(start: what_if.Setting) -> tuple[tuple[str, float], ...]:
    """What each outcome that is not right costs, where the run declared it."""
    if not start.harm:
        return ()
    st.header("What harm costs")
    told = {
        "wrong": "An answer that is wrong",
        "invented": "An answer that is invented",
        "refused": "A refusal of what the text answers",
    }
    return tuple(
        (name, paying.number(f"harm_{name}", told[name], cost, 0.1)) for name, cost in start.harm
    )


def _kinds(known: WhatIfInputs, start: what_if.Setting) -> tuple[tuple[str, float], ...] | None:
    """The shares of the kinds of question; None is as the exam has them."""
    held = what_if.kinds_of(known)
    # One kind alone can't be weighed against another.
    if len(held) < 2:
        return start.kinds
    declared = dict(start.kinds) if start.kinds else held
    components.quiet("And of which kind, as shares:")
    stops = {kind: round(100 * declared.get(kind, 0.0)) for kind in held}
    parts = {
        kind: st.slider(
            f"{wording.KIND_LABELS.get(kind, kind)} (weight)", 0, 100, stop, key=f"kind_{kind}",
            bind="query-params",
            help=f"How much of what people ask is of this kind; it is {stop}% of the exam or mix.",
        )
        for kind, stop in stops.items()
    }  # fmt: skip
    # As with the mix: unmoved, the run's own shares stand, unrounded.
    if parts == stops:
        return start.kinds
    return what_if.shares({kind: float(part) for kind, part in parts.items()})


def _weights(start: what_if.Setting, currency: str) -> tuple[float, float]:
    """What cost and latency are worth in points of quality."""
    unit = wording.money(1.0, currency).removesuffix(".00")
    per_money = st.select_slider(
        f"{unit} less per 1,000 questions is worth (points)",
        _with(PER_MONEY, start.points_per_money), start.points_per_money,
        format_func=wording.rate, key="per_money", bind="query-params",
        help="The whole month's cost, spread over its questions.",
    )  # fmt: skip
    per_second = st.select_slider(
        "A second less for an answer is worth (points)",
        _with(PER_SECOND, start.points_per_second), start.points_per_second,
        format_func=wording.rate, key="per_second", bind="query-params",
        help="The mean time of an answer, one question at a time.",
    )  # fmt: skip
    components.quiet(
        "Variants are compared by utility: points of quality, less these points for each "
        f"{unit} per 1,000 questions and for each second. With both at 0, cost decides only "
        "between variants that are equal within your margin."
    )
    return float(per_money), float(per_second)
