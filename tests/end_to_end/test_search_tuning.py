"""``workbench search tuning`` and a run with lists: by dev questions alone, the exam shut."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.pieces import InPieces
from tests.support.small_run import the_run, within, workbench, write_experiment
from workbench.cli.loading import load_experiment
from workbench.errors import WorkbenchError
from workbench.io import jsonl
from workbench.records.trials import TuningSearch
from workbench.search_tuning import search_tuning, usual, varied
from workbench.stages import elsewhere

LISTS = {"epochs": 1, "learning_rate": [1e-4, 2e-3], "lora": {"r": 4, "alpha": 8}}


@pytest.mark.slow
def test_no_exam_question_is_asked_and_the_run_finds_what_was_searched(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from workbench.models.encoding import Encoder

    within(folder, monkeypatch)
    shown: set[str] = set()
    encode = Encoder.prompts

    def spying(self: Encoder, prompts: Any) -> Any:
        shown.update(prompt.text for prompt in prompts)
        return encode(self, prompts)

    monkeypatch.setattr(Encoder, "prompts", spying)
    own = load_experiment(str(folder / "small.yaml"))
    over = {"learning_rate": [1e-4], "epochs": [1]}
    chosen, (found,) = search_tuning(varied(own, over, {"trials": 3}))
    run = next((folder / "runs").glob("small-*"))
    texts = {
        role: [q["text"] for q in jsonl.read(run / "questions" / f"{role}.jsonl")]
        for role in ("dev", "test", "gold")
    }
    asked = {role: sum(any(t in p for p in shown) for t in texts[role]) for role in texts}
    assert asked["dev"] == len(texts["dev"]), "the dev questions judge"
    assert asked["test"] == asked["gold"] == 0
    # The experiment's own values are tried too: 2 x 2, of which the budget allows three.
    assert found.asked == 3 and found.present is not None
    assert found.tried[found.present].settings == {"learning_rate": 7e-4, "epochs": 2}
    assert {row.state for row in found.tried} <= {"complete", "pruned"}
    assert chosen.tuning.search is None
    assert chosen.tuning.learning_rate == found.tried[0].learning_rate


def without_times(found: TuningSearch) -> dict[str, Any]:
    """A search's record, its seconds apart."""
    record = found.record()
    rows = [{k: v for k, v in row.items() if k != "seconds"} for row in record.pop("tried")]
    return {**record, "seconds": 0.0, "tried": rows}


@pytest.mark.slow
def test_workers_try_what_one_process_would_and_leave_the_same(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    within(folder, monkeypatch)
    over = {"learning_rate": {"low": 1e-4, "high": 5e-3, "log": True}}
    own = varied(
        load_experiment(str(folder / "small.yaml"), ["tuning.epochs=1"]),
        over, {"trials": 4, "batch": 2},
    )  # fmt: skip
    cache = folder / "cache"
    before = {*cache.glob("adapter-*")}
    _, (here,) = search_tuning(own)
    kept = {*cache.glob("adapter-*")} - before
    # The best one's adapter is found there, and judged like the others.
    for path in cache.glob("trials-*"):
        shutil.rmtree(path)
    executor = InPieces()
    monkeypatch.setattr(elsewhere, "executor_of", lambda _: executor)
    _, (there,) = search_tuning(own)
    assert executor.done["Trying"] == there.asked == 4
    assert without_times(there) == without_times(here)
    assert {*cache.glob("adapter-*")} - before == kept and len(kept) == 1


@pytest.mark.slow
def test_a_run_with_lists_searches_first_and_tells_what_became_of_the_winner(
    made_before: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    variants = ["prompt_only", "rag", "fine_tuned", "fine_tuned_rag"]
    path = write_experiment(made_before, tuning=LISTS, variants=variants)
    workbench(made_before, "run", str(path))
    run = the_run(made_before)
    results = json.loads((run / "results.json").read_text("utf-8"))
    (found,) = results["tuning_search"]
    assert found["variants"] == ["fine_tuned", "fine_tuned_rag"] and found["scored"] == 2
    values = [row["value"] for row in found["tried"]]
    assert values == sorted(values, reverse=True)
    exam = next(row for row in results["variants"] if row["name"] == "fine_tuned")
    assert found["exam"] == exam["metrics"]["f1"]["value"]
    assert found["curse"] == values[0] - found["exam"]
    # What was chosen is what was trained, and what the run is reopened with.
    manifest = json.loads((run / "manifest.json").read_text("utf-8"))
    said = manifest["stages"]["trials:fine_tuned"]["summary"]["sentence"]
    assert said.startswith("2 settings tried; best: learning rate ")
    rate = found["tried"][0]["learning_rate"]
    assert {t["learning_rate"] for t in manifest["tuned"].values()} == {rate}
    summary = json.loads((run / "tuning" / "fine_tuned" / "summary.json").read_text("utf-8"))
    assert summary["learning_rate"] == rate
    # Of what the search trained the best alone is kept.
    assert len(list((made_before / "cache").glob("adapter-*"))) == 2  # and the small run's
    # The run's own specification is the run again: nothing is made anew.
    workbench(made_before, "run", str(run / "specification.yaml"))
    assert the_run(made_before) == run
    assert json.loads((run / "manifest.json").read_text("utf-8")) == manifest
    report = (run / "report.md").read_text("utf-8")
    assert "Chosen as the best of 2" in report and "the exam stayed shut" in report
    side = "smallest" if rate == min(found["over"]["learning_rate"]) else "largest"
    assert f"The best learning rate, {rate:.3g}, is the {side} that was tried" in report
    # The same lists on the command line find the same search.
    out = made_before / "best.yaml"
    printed = workbench(made_before, "search", "tuning", str(path), "-o", str(out))
    assert f"is the {side} that was tried" in " ".join(printed.split())
    assert "2 settings were tried on" in printed and f"learning rate {rate:g}" in printed
    best = yaml.safe_load(out.read_text("utf-8"))
    assert best["tuning"]["learning_rate"] == rate and "search" not in best["tuning"]


@pytest.mark.parametrize(
    ("over", "said"),
    [
        ("retrieval.top_k=[1, 2]", "no setting of a tuning"),
        ("tuning.epochs=3", "names no values"),
        ("tuning.epochs=[1, many]", "epochs"),
        ("tuning.colour=[1, 2]", "no setting that can be searched"),
        ("tuning.epochs", "sets nothing"),
    ],
)
def test_what_cannot_be_varied_is_a_sentence(folder: Path, over: str, said: str) -> None:
    with pytest.raises(AssertionError, match=said):
        workbench(folder, "search", "tuning", str(folder / "small.yaml"), "--over", over)


def test_by_default_the_rate_and_the_size_are_varied_around_what_there_is(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    within(folder, monkeypatch)
    own = load_experiment(str(folder / "small.yaml"))
    over = usual(own.tuning)
    assert over["learning_rate"] == {"low": 1.4e-4, "high": 3.5e-3, "log": True}
    assert over["lora.r"] == [4, 2, 8]
    made = varied(own, {}, {"trials": 5})
    assert made.tuning.search is not None and made.tuning.search.trials == 5
    assert made.tuning.learning_rate == own.tuning.learning_rate


def test_without_a_variant_that_is_tuned_so_there_is_nothing_to_search(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    within(folder, monkeypatch)
    own = load_experiment(str(folder / "small.yaml"), ["variants=[prompt_only, rag]"])
    with pytest.raises(WorkbenchError, match="nothing to search"):
        varied(own, {"epochs": [1, 2]}, {})
