"""How often the evidence is shown with passages of other sizes; the exam stays shut."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import streamlit as st

from workbench import wording
from workbench.dashboard import components
from workbench.dashboard.jobs import trial
from workbench.dashboard.queries import runs
from workbench.experiment.passages import PassageSpec

KEY = "passages.chunk_size"
TIMES = (0.5, 2, 4)
LEAST = 20


def draw(run: runs.Snapshot) -> None:
    """What was measured of this run's text, or the button that measures it."""
    cut = runs.mapping(run.specification.get("passages"))
    own = cut.get("chunk_size")
    asked = runs.mapping(run.specification.get("questions"))
    if not isinstance(own, int) or asked.get("labels") is not None:
        return
    # Of a run with settings that only a later version knows, nothing is measured here.
    if not cut.keys() <= PassageSpec.model_fields.keys():
        return
    sizes = PassageSpec(**cut).sizes(TIMES, LEAST)
    if not sizes:
        return
    st.header("By the size of passages")
    name = f"sizes-{run.id}"
    job: trial.Trial | None = st.session_state.get(name)
    if job is not None and job.running:
        st.fragment(_wait, run_every=2)(name)
        return
    found = _read(name)
    if found:
        _table(found, own)
    elif job is not None:
        components.problems([job.fault() or "The measurement ended without a result."])
    listed = ", ".join(map(str, sizes))
    if not found:
        components.quiet(
            f"Cuts the text into passages of {listed} tokens too and asks the training and dev "
            "questions for their evidence; each size fills the same room in the prompt. No answer "
            "is generated. It takes about as long as the run's index, for each size."
        )
    if st.button("Measure it again" if found else "Measure it", key="measure_sizes"):
        over = f"{KEY}={json.dumps(sizes)}"
        arguments = [
            "search",
            "retrieval",
            str(run.files.specification),
            "--over",
            over,
            "--finalists",
            "0",
        ]
        st.session_state[name] = trial.command(arguments, name)
        st.rerun()


def _wait(name: str) -> None:
    job: trial.Trial | None = st.session_state.get(name)
    if job is None or not job.running:
        st.rerun()
    components.quiet("Cutting the text anew and asking for the evidence …")


def _read(name: str) -> dict[str, Any]:
    try:
        found = runs.mapping(json.loads(trial.output(name).read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return {}
    # Of another version, or of something else: measured again rather than half shown.
    return found if {"tried", "conclusion", "questions", "tokens"} <= found.keys() else {}


def _table(found: Mapping[str, Any], own: int) -> None:
    tried = found["tried"]
    components.say(str(found["conclusion"]))
    rows = [
        [
            str(runs.mapping(one["settings"]).get(KEY, own)), str(one["top_k"]),
            f"{one['tokens']:.0f}", _span(one["recall"], one["recall"]["value"], signed=False),
            "" if one["gain"] is None
            else _span(one["gain"], one["gain"]["difference"], signed=True),
            f"{one['ms']:.1f} ms",
        ]
        for one in tried
    ]  # fmt: skip
    classes = ["best" if one["gain"] is None else "" for one in tried]
    heads = ["Tokens of a passage", "Passages shown", "Tokens shown", "Evidence shown",
             "Gain on the run's own", "A search takes"]  # fmt: skip
    components.table("Evidence shown, % with 95% interval, by the size of passages", heads, rows,
                     classes)  # fmt: skip
    components.quiet(
        f"{wording.counted(found['questions'], 'training or dev question')}, each size filling "
        f"{found['tokens']} tokens; the exam stayed shut. Best first; in bold the run's own."
    )
    flat = [
        {"chunk_size": runs.mapping(one["settings"]).get(KEY, own), "top_k": one["top_k"],
         "tokens": one["tokens"], "recall": one["recall"]["value"], "ms": one["ms"]}
        for one in tried
    ]  # fmt: skip
    components.csv_button("passage-sizes", flat, "csv_sizes")


def _span(item: Mapping[str, Any], value: float | None, *, signed: bool) -> str:
    shown = wording.difference(value) if signed else wording.points(value)
    interval = wording.interval(item["low"], item["high"], signed=signed)
    return f"{shown} <small>{interval}</small>"
