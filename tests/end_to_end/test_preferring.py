"""Every way of tuning by preferences and rewards in one run on the novella, by the real command."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.support.models import build
from tests.support.servers.chat import ChatServer
from tests.support.small_run import the_run, workbench, write_experiment
from workbench.stages import describe

FEW = {"questions": 5, "samples": 2, "epochs": 1, "batch": 4}
OWN = {"prompt": "What is the tide?", "chosen": "The sea that comes and goes.", "rejected": "Salt."}
WAYS: dict[str, dict[str, Any]] = {
    "dpo": {"method": "dpo", "pairs": ["references", "labels"]},
    "orpo": {"method": "orpo"},
    "kto": {"method": "kto", "pairs": "judge", "samples": 3},
    "grpo": {"method": "grpo"},
    "rloo": {"method": "rloo", "start": "base"},
    "by_model": {"method": "grpo", "reward": "reward_model"},
}


def longer(body: dict[str, Any]) -> str:
    """A judge that prefers the longer of two answers, and says nothing else of use."""
    text = body["messages"][-1]["content"]
    found = re.search(r"Answer A: (.*)\nAnswer B: (.*)", text, re.DOTALL)
    if found is None:
        return "I cannot say."
    return json.dumps({"better": "A" if len(found[1]) > len(found[2]) else "B"})


@pytest.mark.slow
def test_each_way_sits_the_exam_and_is_told(tmp_path: Path) -> None:
    folder = build(tmp_path / "model")
    config = json.loads((folder / "config.json").read_text("utf-8"))
    # Room for passages; its positions are turned, not learned, so there are as many as one says.
    config["max_position_embeddings"] = 2048
    (folder / "config.json").write_text(json.dumps(config), "utf-8")
    labels = tmp_path / "pairs.jsonl"
    labels.write_text(json.dumps(OWN) + "\n", "utf-8")
    ways = {**WAYS, "dpo": {**WAYS["dpo"], "labels": str(labels)}}
    tuning = {"epochs": 1, "learning_rate": 1e-3, "lora": {"r": 4, "alpha": 8}}
    variants: list[Any] = ["prompt_only", "fine_tuned"] + [
        {"name": name, "context": "none", "tuning": {**tuning, "preferences": {**FEW, **way}}}
        for name, way in ways.items()
    ]
    with ChatServer(longer) as judge:
        path = write_experiment(
            tmp_path, model={"name": str(folder)}, variants=variants, tuning=tuning,
            questions={"train_facts": 12, "test": 12, "dev": 6, "wordings": 2, "writer": "reader"},
            judge={"model": "stub", "endpoint": judge.url, "sample": 1,
                   "metrics": ["factual_correctness"]},
            decoding={"max_new_tokens": 6}, refusal_probes=4, text_may_leave_this_machine=True,
        )  # fmt: skip
        workbench(tmp_path, "run", str(path))
    run = the_run(tmp_path)
    stages = json.loads((run / "manifest.json").read_text("utf-8"))["stages"]
    for name, words in (("dpo", "DPO on 11 pairs, dev answers"), ("grpo", "GRPO, dev answers")):
        assert describe(f"adapter:{name}", stages[f"adapter:{name}"]["summary"]).startswith(words)
    results = json.loads((run / "results.json").read_text("utf-8"))
    assert {row["name"] for row in results["variants"]} == {"prompt_only", "fine_tuned", *WAYS}
    facts = {item["adapter"]: item for item in results["tuning"]}
    assert facts["dpo"]["pairs"]["labels"] == 1 and facts["dpo"]["pairs"]["references"] > 1
    assert set(facts["kto"]["pairs"]) == {"judge"}
    assert facts["by_model"]["reward_dev_pairs"] > 0
    assert facts["rloo"]["supervised_seconds"] is None and facts["grpo"]["supervised_seconds"] > 0
    exam = {json.loads(line)["id"] for line in (run / "questions" / "test.jsonl").open()}
    for name in WAYS:
        for file in (run / "tuning" / name).glob("*.jsonl"):
            used = {json.loads(line).get("question") for line in file.open()}
            assert not used & exam, f"{file} holds a question of the exam"
    told = results["principles"]
    assert told["requests"] == 4
    for row in told["variants"]:
        assert row["harmless"]["n"] == 4 and row["helpful"]["n"] + row["honest"]["n"] == 12
    report = (run / "report.html").read_text("utf-8")
    for words in ("What preferences and rewards changed", "Harmless: refuses the probes", "RLOO"):
        assert words in report
    assert "refuses the fewest of the probes" in workbench(tmp_path, "show", str(run), "--all")
