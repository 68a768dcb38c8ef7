"""The Training page on what tuning broke: before and after, with a conclusion above."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.support.pages import words
from workbench.evaluation import forgetting

Show = Callable[..., Any]


def probed() -> dict[str, Any]:
    result = {
        "adapter": "fine_tuned", "variants": ["fine_tuned", "fine_tuned_rag"],
        "prose": {"pieces": 20, "tokens": 1387, "before": 250.0, "after": 300.04, "rise": 0.2002,
                  "low": 0.11, "high": 0.29, "p": 0.001, "level": 0.95, "method": "t"},
        "reading": {"n": 40, "before": 0.61, "after": 0.552, "difference": -0.058, "low": -0.12,
                    "high": 0.004, "unanswerable": 5, "refusals_before": 4, "refusals_after": 1,
                    "p": 0.06, "level": 0.95, "method": "t"},
        "known": [{"variant": "fine_tuned_rag", "baseline": "rag", "n": 120, "known": 71,
                   "broken": 12, "gained": 9, "p": 0.664, "questions": []}],
    }  # fmt: skip
    return forgetting.told(result, 0, {"fine_tuned_rag": "Hybrid", "rag": "RAG"})


def put(run: Path, value: Any) -> None:
    path = run / "results.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "forgetting": value}))


def test_before_and_after_with_a_conclusion(run: Path, show: Show) -> None:
    put(run, [probed()])
    text = words(show("training"))
    assert "What tuning broke elsewhere" in text
    assert "It lost some of its feel for other prose: perplexity 250.0 before" in text
    assert "reading of other texts has not clearly changed: 61.0 points before" in text
    for cell in ("300.0", "+20.0%", "[+11.0%, +29.0%]", "−5.8", "[−12.0, +0.4]", "59", "−12"):
        assert f"<td>{cell}</td>" in text, cell
    assert "Exam questions that RAG has right, by Hybrid" in text
    assert "McNemar p .664; 9 newly right" in text


def test_a_run_without_the_probe_says_so(run: Path, show: Show) -> None:
    assert "This run holds no record of it." in words(show("training"))


def test_a_record_of_another_shape_ends_nothing(run: Path, show: Show) -> None:
    for odd in ([3], [{"prose": None, "known": [{"known": "many"}]}], [{"statements": [{}]}]):
        put(run, odd)
        assert "What tuning broke elsewhere" in words(show("training"))
