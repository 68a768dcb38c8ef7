"""The Training page on searched settings, repeated trainings and a learning curve."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support.pages import words
from tests.support.trained import SETTINGS, learning_curve, trainings, tuning_search
from workbench.dashboard.views import searched
from workbench.records.trials import TuningSearch

Show = Callable[..., Any]


def test_they_stand_on_the_page_as_in_the_report(run: Path, show: Show) -> None:
    path = run / "results.json"
    more = {
        "tuning_search": [tuning_search()], "trainings": trainings(), "curve": learning_curve(),
    }  # fmt: skip
    path.write_text(json.dumps({**json.loads(path.read_text()), **more}))
    text = words(show("training"))
    assert "4 settings were tried on 100 dev questions" in text
    assert "Chosen as the best of 3" in text
    assert "of its uncertainty, 30% is training luck" in text
    assert "would reach RAG at about" in text
    assert "LoRA, learning rate 0.002, r 32" in text
    assert "The best r, 32, is the largest that was tried" in text and "widen the range" in text
    assert "at the end of what was tried" in text
    assert "The best learning rate" not in text, "larger and smaller ones were tried"


def test_a_run_without_them_shows_none(run: Path, show: Show) -> None:
    text = words(show("training"))
    assert "settings were tried" not in text and "training luck" not in text


@pytest.mark.parametrize(
    ("learned", "said"),
    [({}, "Nothing has been tuned in this run."),
     ({"": {"method": "embedding"}}, "No model that answers has been tuned in this run, only what "
                                     "finds its passages.")],
)  # fmt: skip
def test_without_an_adapter_it_says_what_was_trained(
    learned: dict[str, Any], said: str, run: Path, show: Show
) -> None:
    shutil.rmtree(run / "tuning")
    path = run / "results.json"
    results = json.loads(path.read_text())
    path.write_text(json.dumps({**results, "search": {**results["search"], "learned": learned}}))
    assert said in words(show("training"))


def test_parallel_coordinates_hold_each_setting_once_with_its_values() -> None:
    lines, marks = searched.parallel(TuningSearch.model_validate(tuning_search()))
    axes = list(dict.fromkeys(row["axis"] for row in lines))
    assert [axis.partition(" ")[2] for axis in axes] == [
        "method", "learning_rate", "r", "Token F1",
    ]  # fmt: skip
    by_trial: dict[int, list[dict[str, Any]]] = {}
    for row in lines:
        by_trial.setdefault(row["trial"], []).append(row)
    # The one that was given up has no score, and what IA3 does not read it has not.
    assert {n: len(rows) for n, rows in by_trial.items()} == {0: 4, 1: 4, 2: 3}
    best = [rows for rows in by_trial.values() if rows[0]["best"]]
    assert len(best) == 1 and best[0][0]["trial"] == 1
    scores = {row["trial"]: row["height"] for row in lines if row["axis"] == axes[-1]}
    assert scores[1] > scores[0] > scores[2]
    assert all(0 <= row["height"] <= 1 for row in lines)
    rates = {mark["label"] for mark in marks if mark["axis"] == axes[1]}
    assert rates == {f"{setting['learning_rate']:.3g}" for setting in SETTINGS[:3]}
