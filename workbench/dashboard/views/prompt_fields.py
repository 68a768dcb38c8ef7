"""Prompt files and instruction as fields to edit: in the Playground and in a new run."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from workbench.dashboard import components
from workbench.records.playground import LONGEST_FILE, LONGEST_QUESTION


def files(texts: Mapping[str, str], at: str) -> dict[str, str]:
    """The prompt files as edited; one that a browser only broke into lines otherwise is as it was.

    ``at`` sets the fields apart from those of other files of the same names.
    """
    edited = {
        name: st.text_area(
            f"Prompt file {name}", text, key=f"file_{name}_{at}", max_chars=LONGEST_FILE,
            height=120 if len(text) < 300 else 220,
            help="Jinja; {{ question }}, {{ passages }}, {{ examples }}, {{ purpose }} and "
            "{{ form }} are filled in.",
        )
        for name, text in texts.items()
    }  # fmt: skip
    return {
        name: texts[name] if text.strip() == texts[name].strip() else text
        for name, text in edited.items()
    }


def instruction(text: str, at: str, shown: bool) -> str:
    """The instruction as edited; only said to be without effect where no file shows it."""
    if not shown:
        components.quiet("These prompt files show no instruction: {{ form }} stands in none.")
        return text
    return st.text_area(
        "Instruction", text, key=f"form_{at}", height=80, max_chars=LONGEST_QUESTION,
        help="Stands in the prompt files as {{ form }}.",
    )  # fmt: skip
