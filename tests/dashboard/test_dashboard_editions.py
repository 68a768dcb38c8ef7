"""The Verdict page of a run on two editions: what changed, and who says what is no longer so."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.support.edited import edited
from tests.support.pages import words

Show = Callable[..., Any]


def test_what_changed_and_stale_answers_stand_on_the_verdict_page(run: Path, show: Show) -> None:
    assert "The text changed" not in words(show("verdict"))
    path = run / "results.json"
    made = json.loads(path.read_text("utf-8"))
    path.write_text(json.dumps({**made, "editions": edited(made)}), "utf-8")
    text = words(show("verdict"))
    assert "The text changed" in text
    assert "gives the most stale answers" in text and "Update, time" in text
