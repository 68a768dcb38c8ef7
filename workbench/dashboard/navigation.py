"""Which pages there are, and the drawn pages by name, so that any page can link to another."""

from __future__ import annotations

from typing import Any

#: name -> (title, icon, group of the sidebar)
PLAN: dict[str, tuple[str, str, str]] = {
    "start": ("Start", ":material/home:", ""),
    "new_run": ("New run", ":material/add_circle:", ""),
    "compare": ("Compare runs", ":material/compare_arrows:", ""),
    "verdict": ("Verdict", ":material/gavel:", "This run"),
    "what_if": ("What if", ":material/tune:", "This run"),
    "questions": ("Questions", ":material/quiz:", "This run"),
    "question": ("Question", ":material/quiz:", "This run"),
    "latency_cost": ("Latency and cost", ":material/timer:", "This run"),
    "retrieval": ("Retrieval", ":material/search:", "This run"),
    "training": ("Training", ":material/model_training:", "This run"),
    "exam": ("Exam and corpus", ":material/menu_book:", "This run"),
    "data": ("Data", ":material/table_edit:", "This run"),
    "ask": ("Ask", ":material/chat:", "This run"),
    "playground": ("Playground", ":material/science:", "This run"),
    "report": ("Report", ":material/description:", "This run"),
}
#: Pages that others lead to. A question has a page of its own, since Streamlit leaves the address
#: as it is where a link of the sidebar or of ``st.page_link`` leads to the page it stands on.
UNLISTED = ("question",)
#: Filled by the frame, since Streamlit makes a page object anew at each rerun.
PAGES: dict[str, Any] = {}
