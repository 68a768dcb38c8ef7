"""One run of several methods of tuning, by the real command, from questions to the report."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.small_run import the_run, workbench, write_experiment

TUNED = {
    "fine_tuned": {"method": "lora", "lora": {"r": 4, "alpha": 8}},
    "bitfit": {"method": "bitfit"},
    "soft": {"method": "prompt"},
    "prefixed": {"method": "prefix"},
}


@pytest.mark.slow
def test_methods_are_compared_in_one_run(tmp_path: Path) -> None:
    variants = ["prompt_only", "rag"]
    for name, tuning in TUNED.items():
        context = "retrieval" if name == "prefixed" else "none"
        variants.append({"name": name, "context": context, "tuning": {"epochs": 2, **tuning}})
    # Another context of the same tuning takes the same weights.
    variants.append({"name": "soft_rag", "context": "retrieval", "tuning": variants[4]["tuning"]})
    path = write_experiment(tmp_path, variants=variants)
    said = workbench(tmp_path, "run", str(path))
    for sentence in ("LoRA, loss", "BitFit, loss", "Prompt tuning, loss", "Prefix tuning, loss"):
        assert said.count(sentence) == 1, sentence
    run = the_run(tmp_path)
    results = json.loads((run / "results.json").read_text("utf-8"))
    rows = {row["name"]: row for row in results["variants"]}
    assert rows.keys() == {"prompt_only", "rag", *TUNED, "soft_rag"}
    assert rows["soft"]["twin"] == "prompt_only" and rows["prefixed"]["twin"] == "rag"
    trained = {item["adapter"]: item for item in results["tuning"]}
    assert {name: item["method"] for name, item in trained.items()} == {
        name: tuning["method"] for name, tuning in TUNED.items()
    }
    shares = {name: item["trained_share"] for name, item in trained.items()}
    assert shares["soft"] < shares["bitfit"] < shares["prefixed"] < shares["fine_tuned"] < 0.01
    assert {item["adapter"] for item in results["forgetting"]} == set(TUNED)
    report = (run / "report.html").read_text("utf-8")
    assert "Prompt tuning" in report and "BitFit" in report
    # Reopened, nothing is trained again.
    assert "loss" not in workbench(tmp_path, "show", str(run))
