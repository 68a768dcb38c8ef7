"""A run that trains each adapter several times, and the curve over its facts, by real commands."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.small_run import the_run, workbench, write_experiment
from workbench.io import jsonl

VARIANTS = ["prompt_only", "rag", "fine_tuned", "fine_tuned_rag"]


@pytest.mark.slow
def test_every_training_sits_the_exam_and_a_curve_asks_dev_alone(made_before: Path) -> None:
    tuning = {"epochs": 1, "seeds": 2, "lora": {"r": 4, "alpha": 8}}
    path = write_experiment(made_before, tuning=tuning, variants=VARIANTS)
    workbench(made_before, "run", str(path))
    run = the_run(made_before)
    exam = {q["id"] for role in ("test", "gold")
            for q in jsonl.read(run / "questions" / f"{role}.jsonl")}  # fmt: skip
    again = run / "trainings" / "2"
    assert {p.stem for p in (again / "answers").iterdir()} == {"fine_tuned", "fine_tuned_rag"}
    for name in ("fine_tuned", "fine_tuned_rag"):
        assert {a["question"] for a in jsonl.read(again / "answers" / f"{name}.jsonl")} == exam
    losses = [(folder / "tuning" / "fine_tuned" / "losses.jsonl").read_text("utf-8")
              for folder in (run, again)]  # fmt: skip
    assert losses[0] != losses[1], "another seed trains otherwise"
    results = json.loads((run / "results.json").read_text("utf-8"))
    told = {row["name"]: row for row in results["trainings"]["variants"]}
    assert told.keys() == {"fine_tuned", "fine_tuned_rag"}
    for row in results["variants"]:
        estimate = row["metrics"]["f1"]
        assert ("luck" in estimate) == (row["name"] in told)
        if row["name"] in told:
            values = told[row["name"]]["values"]
            assert estimate["value"] == pytest.approx(sum(values) / 2)
            assert estimate["method"].endswith("2 trainings")
    pairs = [c for c in results["comparisons"] if c["metric"] == "f1" and c["stratum"] is None]
    for item in pairs:
        assert ("luck" in item) == bool({item["variant"], item["baseline"]} & told.keys())
    assert "training luck" in (run / "report.md").read_text("utf-8")

    printed = workbench(made_before, "curve", str(run), "--points", "1/3,2/3,1", "--json")
    record = json.loads(printed)
    assert (record["variant"], record["rival"]) == ("fine_tuned", "rag")
    facts = [point["facts"] for point in record["points"]]
    assert facts == sorted(set(facts)) and len(facts) == 3
    asked = {a["question"] for p in (run / "curve").glob("*.jsonl") for a in jsonl.read(p)}
    assert asked <= {q["id"] for q in jsonl.read(run / "questions" / "dev.jsonl")}
    assert not asked & exam
    results = json.loads((run / "results.json").read_text("utf-8"))
    assert results["curve"]["points"] == record["points"]
    report = (run / "report.md").read_text("utf-8")
    assert "How much data is enough" in report and "dev questions each time" in report
    # The whole is the run's own adapter: it was not trained again.
    summary = json.loads((run / "tuning" / "fine_tuned" / "summary.json").read_text("utf-8"))
    made = [p.name for p in (made_before / "cache").glob("adapter-*")]
    assert summary["artifact"] in made
    # Of the small run, of this one's two seeds, of two parts.
    assert len(made) == 1 + 2 + 2
