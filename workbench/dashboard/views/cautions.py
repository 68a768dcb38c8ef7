"""What a reader has to know beside the verdict: an exam that is too easy, answers made up."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from workbench import wording
from workbench.dashboard import components
from workbench.records.results import Results
from workbench.report.conduct import invented

#: From this share of the unanswerable questions on, answering them is said beside the verdict.
MADE_UP = 0.5


def draw(results: Results, shown: Mapping[str, str]) -> None:
    """The cautions side by side under the verdict; nothing where there are none."""
    told = [text for text in (easier(results, shown), making_up(results, shown)) if text]
    if not told:
        return
    for column, text in zip(st.columns(len(told)), told, strict=True):
        column.warning(components.markdown(text), icon=":material/warning:")


def easier(results: Results, shown: Mapping[str, str]) -> str:
    """That the exam is easier than the hand-written questions, by the variant in front."""
    front = results.verdict.variant or results.verdict.leader
    lower = [
        level
        for level in results.gold_agreement.levels
        if level.apart and (level.gold or 0) < (level.written or 0)
    ]
    if not lower:
        return ""
    own = [level for level in lower if level.variant == front]
    widest = max(own or lower, key=lambda level: (level.written or 0) - (level.gold or 0))
    return (
        f"The exam is easier than the questions written by hand: "
        f"{shown.get(widest.variant, widest.variant)} scores {wording.points(widest.written)} "
        f"points on the exam and {wording.points(widest.gold)} on those. Expect the lower figure."
    )


def making_up(results: Results, shown: Mapping[str, str]) -> str:
    """That variants answer most questions that the text does not answer."""
    told = {
        row.name: (invented(row.abstention), row.abstention.unanswerable)
        for row in results.variants
        if not row.is_ceiling and row.abstention and row.abstention.unanswerable
    }
    bad = {name: n for name, (n, asked) in told.items() if n >= MADE_UP * asked}
    front = results.verdict.variant or results.verdict.leader or ""
    if not bad or (front in told and front not in bad):
        return ""
    asked = max(number for _, number in told.values())
    questions = f"the {asked} questions that the text does not answer"
    if len(bad) < len(told):
        names = ", ".join(f"{shown.get(name, name)} {n}" for name, n in bad.items())
        return f"Of {questions}, these make up an answer: {names}."
    least = min(bad.values())
    number = "all" if least == asked else f"at least {least}"
    return (
        f"Every variant makes up an answer to {number} of {questions}: none of them can be relied "
        "on to say that it does not know."
    )
