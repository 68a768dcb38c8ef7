"""A whole run that tells groups apart, asks about others, weighs harm, masks and mends."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.small_run import the_run, workbench, write_experiment

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("fair")
    mended = {"name": "mended", "context": "none",
              "tuning": {"twins": ["gender"], "reweight": "gender"}}  # fmt: skip
    write_experiment(
        folder,
        questions={"train_facts": 12, "test": 24, "dev": 6, "wordings": 2, "gold": "gold.jsonl"},
        tuning={"epochs": 1, "lora": {"r": 4, "alpha": 8}},
        variants=["prompt_only", "rag", "fine_tuned", mended, "oracle"],
        fairness={"groups": ["gender", "section"], "least": 3, "twins": 6},
        harm={"wrong": 1, "invented": 5, "refused": 0.2},
        decision={"max_group_gap": 0.1},
        corpus={"path": "the_salt_ledger.txt", "mask": ["phone", "email", "id"]},
    )
    workbench(folder, "run", "small.yaml")
    return folder


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def test_every_variant_answers_the_same_twins_on_the_copy(folder: Path) -> None:
    run = the_run(folder)
    asked = lines(run / "fairness" / "twins.jsonl")
    assert asked and all(item["tags"]["twin_of"] != item["id"] for item in asked)
    for name in ("prompt_only", "rag", "fine_tuned", "mended", "oracle"):
        given = lines(run / "fairness" / "twins" / f"{name}.jsonl")
        assert {row["question"] for row in given} == {item["id"] for item in asked}
    found = json.loads((run / "results.json").read_text())["twins"]
    assert [row["name"] for row in found["variants"] if not row["blind"]] == ["rag", "oracle"]


def test_all_of_it_is_told_and_figures_lead_to_records(folder: Path) -> None:
    run = the_run(folder)
    results = json.loads((run / "results.json").read_text())
    (mended,) = results["mended"]
    assert (mended["variant"], mended["baseline"]) == ("mended", "fine_tuned")
    assert {item["name"] for item in results["groups"]["attributes"]} == {"gender", "section"}
    assert results["data"]["masked"] == ["phone", "email", "id"]
    assert len(results["harm"]["variants"]) == 5
    page = (run / "report.html").read_text("utf-8")
    for record in ("fairness/groups.jsonl", "fairness/twins.jsonl", "fairness/twins/rag.jsonl"):
        assert f'href="{record}"' in page and (run / record).exists()
    # So few questions settle no gap: nobody is out, and that is said.
    assert "between groups" in results["verdict"]["sentence"]
    assert not [x for x in results["verdict"]["excluded"] if x["constraint"] == "max_group_gap"]
