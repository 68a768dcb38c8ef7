"""What people say, who obeys the text and what an adapter gives away, on their pages."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support import memorised, planted
from tests.support.pages import words
from tests.support.rated import rate

Show = Callable[..., Any]


@pytest.mark.slow
def test_each_stands_on_its_page(run: Path, show: Show) -> None:
    path = run / "results.json"
    made = json.loads(path.read_text())
    names = [row["name"] for row in made["variants"]]
    path.write_text(
        json.dumps({**made, "planted": planted.told(names), "memorised": memorised.told()})
    )
    text = words(show("verdict"))
    assert "Instructions in the text" in text and "does what the text tells it" in text
    text = words(show("training"))
    assert "What a tuned model may give away" in text and "holds part of the text" in text


def test_labels_count_on_the_page_at_once(run: Path, show: Show) -> None:
    assert "Several people can rate these answers blind" in words(show("questions"))
    rate(run, 24)
    text = words(show("questions"))
    assert "What people think of the answers" in text
    assert "2 raters made" in text
