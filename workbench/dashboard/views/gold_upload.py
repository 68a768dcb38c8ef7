"""Hand-written questions from a file: uploaded, their columns named, their faults told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

import streamlit as st

from workbench import wording
from workbench.dashboard import components
from workbench.dashboard.jobs import new_run
from workbench.dashboard.queries import dataset
from workbench.errors import WorkbenchError
from workbench.types import Question

MAPPED = {"text": "Question", "answers": "Answers", "quote": "Evidence", "kind": "Kind"}
FAULTS_SHOWN = 3
FIRST = 10


@dataclass(frozen=True)
class Brought:
    """An uploaded file and the sound questions in it; ``whole`` if a run reads it as it is."""

    path: Path
    questions: Sequence[Question]
    whole: bool


def draw(label: str, key: str) -> Brought | None:
    """The uploader; below it what was found in the file, or what is wrong with it."""
    from workbench.questions.dataset.imports import import_questions
    from workbench.questions.dataset.tables import rows as read_rows

    given = st.file_uploader(
        label, [*new_run.GOLD_TYPES], key=key, max_upload_size=new_run.LARGEST_FILE >> 20
    )
    if given is None:
        return None
    try:
        path = new_run.keep([given], new_run.GOLD_TYPES)
        names = sorted({name for row in read_rows(path)[0] for name in row.values})
        columns = _mapping(path, names, key)
        found = import_questions(path, columns, origin="gold")
    except WorkbenchError as error:
        components.problems([str(error)])
        return None
    components.say(
        f"Questions: {len(found.questions):,}. Rows that are none: {len(found.faults):,}."
    )
    components.problems(str(fault) for fault in found.faults[:FAULTS_SHOWN])
    if len(found.faults) > FAULTS_SHOWN:
        components.quiet(f"{len(found.faults) - FAULTS_SHOWN:,} further rows have faults.")
    listed = [
        [escape(q.text), escape(dataset.BETWEEN.join(q.answers) or "(unanswerable)"),
         escape(wording.KIND_LABELS.get(q.kind, q.kind))]
        for q in found.questions[:FIRST]
    ]  # fmt: skip
    if listed:
        components.table("The first of them", ["Question", "Answers", "Kind"], listed, words=(0, 1))
    return Brought(path, found.questions, not columns and not found.faults)


def _mapping(path: Path, names: Sequence[str], key: str) -> dict[str, str]:
    """Which column holds what, where the person says so."""
    chosen: dict[str, str] = {}
    for column, (ours, title) in zip(st.columns(len(MAPPED)), MAPPED.items(), strict=True):
        # With the content's hash in the key: another file's columns are others.
        picked = column.selectbox(title, ["", *names], key=f"{key}_{path.parent.name}_{ours}",
                                  format_func=lambda name: name or "as it is named")  # fmt: skip
        if picked:
            chosen[ours] = picked
    return chosen
