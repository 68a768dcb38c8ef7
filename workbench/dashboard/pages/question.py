"""Question: one question of the exam, its answers, passages and labels, under its own address."""

from __future__ import annotations

import streamlit as st

from workbench.dashboard import components
from workbench.dashboard.app import current_run, records
from workbench.dashboard.pages.questions import answering
from workbench.dashboard.views import question


def page() -> None:
    """Draw the question that the address names."""
    run = current_run()
    st.title("Question")
    wanted = st.query_params.get("question")
    if not wanted:
        st.info("No question is named in the address.")
        components.page_link("questions", "All questions", run.id)
        return
    opened = records(run)
    question.draw(run, opened, wanted, *answering(run, opened))
