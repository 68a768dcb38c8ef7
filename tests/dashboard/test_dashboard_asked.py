"""The Exam page says whether people ask what the exam asked, once it was looked at."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.support.pages import words

Show = Callable[..., Any]

FOUND = {
    "run": "r", "state": "moved", "exam": 60, "asked": 40, "drawn": 40, "unlike": 0.5,
    "unlike_low": 0.35, "unlike_high": 0.65, "without": ["no_index"],
    "looked": [
        {"what": "meaning", "p": 0.001, "moved": True},
        {"what": "refused", "exam": 0.1, "asked": 0.4, "difference": 0.3, "low": 0.1, "high": 0.5,
         "p": 0.01, "moved": True},
    ],
    "weighed": [
        {"part": "stratum", "name": "unseen", "share": 0.3, "expected": 0.3, "asked": 0.7,
         "low": 0.55, "high": 0.8, "weighs": "more"},
    ],
    "groups": [{"count": 12, "share": 0.3, "near": "12. Pay", "form": "why",
                "examples": ["Why is <b>it</b> paid?"]}],
}  # fmt: skip


def test_what_moved_and_what_to_ask_stand_on_the_page(run: Path, show: Show) -> None:
    assert "Nothing is known of it yet" in words(show("exam", tab="What people ask"))
    (run / "drift.json").write_text(json.dumps(FOUND), "utf-8")
    text = words(show("exam", tab="What people ask")).replace("\\", "")
    assert "are not like the exam's 60" in text and "What moved: meaning, refused" in text
    assert "Unseen (stratum) should weigh more: 70%" in text
    assert "Why is <b>it</b> paid?" in text and "the run's index is not in the cache" in text
