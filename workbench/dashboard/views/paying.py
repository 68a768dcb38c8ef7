"""How the assistant is paid for: the one control of every page that shows money."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import streamlit as st

from workbench.costing.book import Hours
from workbench.dashboard.app import records
from workbench.dashboard.queries import measured, runs
from workbench.dashboard.queries.paying import Paying
from workbench.dashboard.queries.records import signature
from workbench.experiment.deployment import DeploymentSpec

CHOICES = {
    "month": "A machine rented all month",
    "own_server": "A server of your own",
    "busy_second": "Only the seconds it works",
    "token": "By token, at a provider",
}
HOUR = ("hour", "machine_per_hour", "One hour of the machine", 0.01,
        "What the machine that answers and tunes costs you.")  # fmt: skip
#: What each choice asks for: key of the address, key of a deployment, label, step, what it is.
ASKED: Mapping[str, tuple[tuple[str, str, str, float, str], ...]] = {
    "month": (
        HOUR,
        ("hours", "hours_per_month", "Hours a month that it is on", 10.0,
         "730 is the whole month; less where it is switched off at night."),
    ),
    "own_server": (
        ("server", "server_price", "Price of the server", 100.0,
         "What it costs to buy, once."),
        ("server_months", "server_months", "Months until it is written off", 6.0,
         "Its price is spread over them."),
    ),
    "busy_second": (HOUR,),
    "token": (
        ("token_in", "input_per_million", "A million tokens read", 0.05,
         "What the provider takes for a million tokens of prompts."),
        ("token_out", "output_per_million", "A million tokens written", 0.05,
         "What the provider takes for a million tokens of answers."),
    ),
}  # fmt: skip
#: Prices of which there may be none, and what stands in the field then.
LEAST = {"hours": 1.0, "server_months": 1.0}
MOST = {"hours": 744.0}
HOURS = {"questions": "the questions", "retrieval": "retrieval", "tuning": "tuning"}
KEYS = (
    "paid_by", "hour", "hours", "server", "server_months", "token_in", "token_out", "labour",
    *(f"{when}_{part}" for when in ("once", "again") for part in HOURS),
)  # fmt: skip


def own_values(start: Paying) -> dict[str, Any]:
    """Where every control stands under the run's own setting, by its key."""
    given = start.deployment
    asked = {
        key: getattr(given, field) or LEAST.get(key, 0.0)
        for listed in ASKED.values() for key, field, *_ in listed
    }  # fmt: skip
    hours = {"once": start.setup_hours, "again": start.update_hours}
    return {
        "paid_by": given.paid_by,
        **asked,
        "labour": given.people_per_hour or 0.0,
        **{f"{when}_{part}": getattr(of, part) for when, of in hours.items() for part in HOURS},
    }


def controls(start: Paying) -> Paying:
    """The choice, the prices that it asks for, and people's time; the run's own if not moved."""
    own, given = own_values(start), start.deployment
    choice = st.selectbox(
        "What is paid for", list(CHOICES), list(CHOICES).index(str(own["paid_by"])),
        format_func=CHOICES.__getitem__, key="paid_by", bind="query-params",
        help="Every amount of this page follows from it. Models behind an endpoint are paid by "
        "token in any case.",
    )  # fmt: skip
    moved: dict[str, Any] = {"paid_by": choice}
    for key, field, label, step, what in ASKED[choice]:
        value = number(key, label, own[key], step, what, LEAST.get(key, 0.0))
        # What was not moved is the run's own, also where that is no price at all.
        moved[field] = getattr(given, field) if value == own[key] else value
    if choice == "token" and None in (moved["input_per_million"], moved["output_per_million"]):
        prices = [moved["input_per_million"], moved["output_per_million"]]
        if any(price is not None for price in prices):
            moved["input_per_million"], moved["output_per_million"] = (p or 0.0 for p in prices)
    moved["people_per_hour"] = number(
        "labour", "One hour of a person", own["labour"], 5.0,
        "What somebody's time costs you; 0 leaves people's time out.",
    )  # fmt: skip
    once, again = start.setup_hours, start.update_hours
    if moved["people_per_hour"] > 0:
        with st.expander("Hours of people"):
            once = _hours("once", "Once, for", once)
            again = _hours("again", "At each update, for", again)
    return Paying(DeploymentSpec(**{**given.model_dump(), **moved}), once, again)


def _hours(when: str, label: str, own: Hours) -> Hours:
    return Hours(**{
        part: number(f"{when}_{part}", f"{label} {text}", getattr(own, part), 0.5,
                     "A person's hours; only the variants that need them pay them.")
        for part, text in HOURS.items()
    })  # fmt: skip


def number(
    key: str, label: str, value: float, step: float, help_text: str = "", least: float = 0.0
) -> float:
    """A number field that the address remembers."""
    most = MOST.get(key)
    given = max(least, _from_address(key, value))
    st.session_state.setdefault(key, given if most is None else min(most, given))
    return float(
        st.number_input(
            label, min_value=least, max_value=most, step=step, key=key, bind="query-params",
            help=help_text or None, format="%.4g" if step < 0.1 else None,
        )
    )  # fmt: skip


def _from_address(key: str, value: float) -> float:
    try:
        given = float(st.query_params.get(key, value))
    except ValueError:
        return value
    return given if math.isfinite(given) else value


def evidence(run: runs.Snapshot) -> measured.WhatIfInputs:
    """What the run measured, for deciding anew; WorkbenchError where it is too old for that."""
    # The signature covers the scores only; the decision also rests on these two.
    rests_on = runs.stamp(run.files.results, run.files.specification)
    return _evidence(str(run.path), (*signature(run.path), *rests_on))


# Not cache_data, which hands out copies: pooled figures collect here over reruns.
@st.cache_resource(max_entries=3, show_spinner=False)
def _evidence(path: str, mark: tuple[Any, ...]) -> measured.WhatIfInputs:
    run = runs.open_run(Path(path))
    # Before the scores are read: a run of imported answers has none, and as many as can be.
    measured.specified(run)
    return measured.evidence(run, records(run).scored(measured.metrics(run)))


def start_from(run: runs.Snapshot, own: dict[str, Any], page: str) -> None:
    """Widgets keep their values by key: another run starts from its own setting."""
    if st.session_state.get(f"{page}_run") not in (None, run.id):
        reset(own)
    st.session_state[f"{page}_run"] = run.id


def reset(own: dict[str, Any]) -> None:
    """Put every control that is drawn back to the run's own setting."""
    # Set and not forgotten: the address, which only a control changes, would set it again.
    st.session_state.update({key: value for key, value in own.items() if key in st.session_state})
