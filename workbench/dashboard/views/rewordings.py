"""The same question in other words: how much each variant's answers depend on the wording."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import streamlit as st

from workbench import wording
from workbench.dashboard import components
from workbench.dashboard.queries import runs


def of_question(
    run: runs.Snapshot,
    question: Mapping[str, Any],
    order: list[str],
    shown: Mapping[str, str],
    as_html: Callable[[str], str],
) -> None:
    """What each variant said to the other wordings of one question, where it was asked again."""
    further = {
        str(line.get("id")): str(line.get("text"))
        for line in runs.lines(run.files.rewordings())
        if runs.mapping(line.get("tags")).get("wording_of") == question["id"]
    }
    if not further:
        return
    sentences = {
        (str(row.get("question")), name): str(row.get("text") or "(an empty answer)")
        for name in order
        for row in runs.lines(run.files.rewordings(name))
        if row.get("question") in further
    }
    title = f"Asked again in {wording.counted(len(further), 'other wording')}"
    with st.expander(title, icon=":material/replay:"):
        for name, text in further.items():
            rows = [
                [components.cell_text(shown[variant]), as_html(sentences[name, variant])]
                for variant in order
                if (name, variant) in sentences
            ]
            components.table(text, ["Variant", "Answer"], rows, words=(0, 1))
        listed = [
            {"wording": further[name], "variant": variant, "answer": text}
            for (name, variant), text in sentences.items()
        ]
        components.csv_button(
            f"{run.id}-{question['id']}-wordings", listed, "csv_question_wordings"
        )
