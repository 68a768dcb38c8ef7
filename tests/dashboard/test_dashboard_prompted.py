"""The Verdict page on prompts that were searched."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.support.pages import words
from tests.support.prompted import prompt_search

Show = Callable[..., Any]


def test_they_stand_on_the_page_as_in_the_report(run: Path, show: Show) -> None:
    path = run / "results.json"
    more = {"prompt_search": [prompt_search()]}
    path.write_text(json.dumps({**json.loads(path.read_text()), **more}))
    text = words(show("verdict"))
    assert "Which prompts were tried" in text
    assert "Prompt chosen on 40 dev questions from 4: quote" in text
    assert "RAG, Hybrid: quote, from 4" in text
