"""Saying which of two answers to a training question is better, for a next tuning to learn from."""

from __future__ import annotations

import streamlit as st

from workbench import wording
from workbench.dashboard import components
from workbench.dashboard.queries import drawn, labels, runs
from workbench.dashboard.views import labelling


def draw(run: runs.Snapshot) -> None:
    """Nothing for a run whose models drew no two answers that differ."""
    listed = drawn.pairs(run)
    if not listed:
        return
    with st.expander("Say which answers are better"):
        components.quiet(
            "Answers that a model drew to training questions, two by two and without names. What "
            "you prefer is a file that tuning.preferences takes as labels. The exam's questions "
            "are not among them: what the exam asks is never trained on."
        )
        given = labels.read(run.path)
        who = labelling.rater()
        if who:
            _next(run, drawn.left(listed, given, who), len(listed), who)
        pairs = drawn.exported(listed, given)
        if pairs:
            st.download_button(
                f"{wording.counted(pairs.count(chr(10)), 'preference pair')} (JSONL)",
                pairs.encode(), file_name=f"{run.id}-preferences.jsonl",
                mime="application/jsonl", icon=":material/download:", type="tertiary",
                on_click="ignore", key="drawn_pairs_file",
            )  # fmt: skip


def _next(run: runs.Snapshot, left: list[drawn.DrawnPair], total: int, who: str) -> None:
    """The next pair that this person has not judged."""
    done = total - len(left)
    if not left:
        components.say(f"All {wording.counted(total, 'pair')} judged.")
        return
    pair = left[0]
    order = labels.shuffled(list(pair.answers), pair.question, who)
    components.text(f"{done + 1} of {total}: {pair.text}", "wb-head")
    for column, letter, name in zip(st.columns(2), "AB", order, strict=True):
        with column, st.container(border=True):
            components.text(f"Answer {letter}", "wb-head")
            components.text(pair.answers[name])
    key = f"drawn_{pair.question}_{who}"
    st.segmented_control(
        "Which is better, A or B?", labels.CHOICES, key=key,
        format_func={"first": "A", "same": "the same", "second": "B"}.__getitem__,
        on_change=labelling.preferred, args=(key, run.path, pair.question, *order, who),
    )  # fmt: skip
