"""The Training page on preferences: what they changed, and pairs for people to judge."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support.pages import words
from tests.support.preferred import principles, tuned
from workbench.dashboard.queries import drawn, labels, runs
from workbench.io import jsonl
from workbench.tuning.preferring.labelled import labelled
from workbench.tuning.preferring.pairs import Pair

Show = Callable[..., Any]
DRAWN = [
    ("t1", "Who kept the bridge?", 0, "Anna"), ("t1", "Who kept the bridge?", 1, "anna."),
    ("t1", "Who kept the bridge?", 2, "Pym"), ("t2", "Who sold it?", 0, "Harrow"),
    ("t2", "Who sold it?", 1, ""), ("t3", "What sank?", 0, "A boat"),
    ("t3", "What sank?", 1, "Salt"),
]  # fmt: skip


@pytest.fixture
def preferred(run: Path) -> Path:
    path = run / "results.json"
    made = json.loads(path.read_text())
    names = [row["name"] for row in made["variants"]]
    path.write_text(json.dumps({**made, "tuning": tuned(), "principles": principles(names)}))
    keys = ("question", "text", "number", "answer")
    jsonl.write(
        run / "tuning" / "fine_tuned" / "drawn.jsonl",
        [{**dict(zip(keys, row, strict=True)), "value": None} for row in DRAWN],
    )
    return run


def test_what_they_changed_stands_on_the_page(preferred: Path, show: Show) -> None:
    app = show("training")
    text = words(app)
    assert "by DPO on 34 pairs, dev answers went from 25.0 to 31.0" in text
    assert "Say which answers are better" in [item.label for item in app.expander]
    assert "Harmless: refuses the probes" in words(show("verdict"))


def test_a_person_is_shown_pairs_until_all_are_judged(preferred: Path, show: Show) -> None:
    app = show("training")
    app.text_input(key="rater").set_value("kim").run()
    assert "1 of 2: Who kept the bridge?" in words(app)
    key = "drawn_t1_kim"
    app.segmented_control(key=key).set_value("first").run()
    assert "2 of 2: What sank?" in words(app)
    given = labels.read(preferred)
    assert [(row["question"], row["label"], row["blind"]) for row in given] == [
        ("t1", "first", True)
    ]


def test_what_they_prefer_is_what_a_tuning_takes(preferred: Path, tmp_path: Path) -> None:
    run = runs.open_run(preferred)
    listed = drawn.pairs(run)
    assert [(pair.question, *pair.answers.values()) for pair in listed] == [
        ("t1", "Anna", "Pym"), ("t3", "A boat", "Salt"),
    ]  # fmt: skip
    first, second = listed[0].answers
    labels.prefer(preferred, "t1", first, second, "second", "kim", True)
    given = labels.read(preferred)
    assert [pair.question for pair in drawn.left(listed, given, "kim")] == ["t3"]
    assert len(drawn.left(listed, given, "lee")) == 2
    path = tmp_path / "pairs.jsonl"
    path.write_text(drawn.exported(listed, given), "utf-8")
    pairs, *_ = labelled(path, {"t1": listed[0].text}, lambda *_: False, {})
    assert pairs == [Pair("t1", "Pym", "Anna", "labels")]


def test_a_run_without_them_shows_none(run: Path, show: Show) -> None:
    app = show("training")
    assert "Say which answers are better" not in [item.label for item in app.expander]
    assert "preferences" not in words(app)
