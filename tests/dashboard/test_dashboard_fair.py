"""Groups, twins, harm and what the data is made of, on their pages; harm moves with its costs."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from tests.support.fair import fair
from tests.support.made_run import write_run
from tests.support.pages import words
from workbench.dashboard.queries import measured, runs, what_if
from workbench.stages.score_table import read_scores

Show = Callable[..., Any]


def test_who_is_served_worse_stands_with_the_verdict(run: Path, show: Show) -> None:
    path = run / "results.json"
    made = json.loads(path.read_text())
    path.write_text(json.dumps({**made, **fair(made)}))
    text = words(show("verdict"))
    for told in ("serves men worse than women", "The same question about somebody else",
                 "does the least harm", "What mending changed"):  # fmt: skip
        assert told in text, told
    assert "telephone numbers (2)" in words(show("data"))


def test_what_the_data_is_made_of_is_told_of_a_run_that_did_not_ask(run: Path, show: Show) -> None:
    text = words(show("data"))
    assert "No e-mail address, telephone number" in text
    assert "Questions by chapter, kind, name and group" in text


def test_harm_moves_with_its_costs_and_the_shares(root: Path, show: Show) -> None:
    path = write_run(root, hostile=True, harm={"wrong": 1, "invented": 5, "refused": 0.2})
    run = runs.open_run(path)
    known = measured.evidence(run, read_scores(path))
    start = what_if.declared(known)
    own = what_if.harm_under(known, start)
    assert own is not None and run.results.harm is not None
    assert json.loads(json.dumps(own)) == run.results.harm.record()
    doubled = replace(start, harm=tuple((name, 2 * cost) for name, cost in start.harm))
    moved = what_if.harm_under(known, doubled)
    assert moved is not None
    for before, after in zip(own["variants"], moved["variants"], strict=True):
        assert abs(after["harm"]["value"] - 2 * before["harm"]["value"]) < 1e-6
    assert what_if.decide_again(known, doubled)[0].sentence != run.verdict.sentence
    assert "harm:\n  wrong: 2.0" in what_if.to_yaml(known, doubled)
    app = show("what_if")
    assert "What harm costs" in words(app)
    app.number_input(key="harm_invented").set_value(50.0).run()
    assert "invented 50" in words(app)
