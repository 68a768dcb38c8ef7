"""The Retrieval page by the size of passages: what the command measured, or why it could not."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.pages import words
from tests.support.waiting import until
from workbench.dashboard.jobs import trial

Show = Callable[..., Any]


def tried(
    size: int | None, recall: float, gain: float | None, clear: bool = False
) -> dict[str, Any]:
    """One size as ``workbench search retrieval --json`` prints it."""
    told = None if gain is None else {"difference": gain, "low": gain - 0.1, "high": gain + 0.1}
    return {
        "settings": {} if size is None else {"passages.chunk_size": size}, "top_k": 3,
        "tokens": 250.0, "ms": 12.5, "gain": told, "clear": clear,
        "recall": {"value": recall, "low": recall - 0.1, "high": recall + 0.05},
    }  # fmt: skip


def measured(run: Path, *listed: dict[str, Any]) -> None:
    path = trial.output(f"sizes-{run.name}")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(
        json.dumps(
            {
                "tried": listed,
                "present": 0,
                "questions": 80,
                "tokens": 250,
                "conclusion": "The first is better than what you have.",
            }
        )
    )


def test_the_sizes_that_would_be_tried_are_named_beforehand(run: Path, show: Show) -> None:
    app = show("retrieval", run=run.name)
    own = yaml.safe_load((run / "specification.yaml").read_text())["passages"]["chunk_size"]
    assert f"passages of {round(own / 2)}, {2 * own}, {4 * own} tokens" in words(app)
    assert "Measure it" in [button.label for button in app.button]


def test_what_was_measured_is_shown_with_what_the_command_concluded(run: Path, show: Show) -> None:
    own = yaml.safe_load((run / "specification.yaml").read_text())["passages"]["chunk_size"]
    measured(run, tried(4 * own, 0.9, 0.2, clear=True), tried(None, 0.7, None),
             tried(20, 0.6, -0.1))  # fmt: skip
    text = words(show("retrieval", run=run.name))
    assert "The first is better than what you have." in text
    places = [text.index(f"{value:.1f}") for value in (90.0, 70.0, 60.0)]
    assert places == sorted(places)
    assert "80 training or dev questions, each size filling 250 tokens" in text


def test_whole_sections_have_no_size_to_measure_and_are_named(run: Path, show: Show) -> None:
    path = run / "specification.yaml"
    specification = yaml.safe_load(path.read_text())
    specification["passages"]["split"] = "section"
    path.write_text(yaml.safe_dump(specification))
    results = json.loads((run / "results.json").read_text())
    results["search"]["passages"] = {"rag": specification["passages"]}
    (run / "results.json").write_text(json.dumps(results))
    text = words(show("retrieval", run=run.name))
    assert "RAG: whole sections." in text and "By the size of passages" not in text


@pytest.mark.slow
def test_a_measurement_that_fails_says_why_in_the_command_s_words(run: Path, show: Show) -> None:
    """The made run has no text beside it: the command, a real process, says so."""
    app = show("retrieval", run=run.name)
    next(button for button in app.button if button.label == "Measure it").click()
    app.run()
    job = app.session_state[f"sizes-{run.name}"]
    until(lambda: not job.running, "the command")
    app.run()
    told = ["".join(filter(str.isalnum, text)) for text in (job.fault(), words(app))]
    assert told[0] and told[0][:40] in told[1]
