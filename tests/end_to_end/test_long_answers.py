"""Long answers that cite, from a server, through a whole run: metric, check and cautions."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.support import small_run
from tests.support.servers.chat import ChatServer


def cites(body: dict[str, Any]) -> str:
    """The first passage's first words with its number; without passages, something of its own."""
    asked = body["messages"][-1]["content"]
    found = re.search(r"\[1\] (.*)", asked)
    if found is None:
        return "It was a fine day, they say."
    words = re.sub(r"[^\w\s]", " ", found[1]).split()[:12]
    return f"{' '.join(words)} [1]."


@pytest.mark.slow
def test_a_run_of_long_answers_checks_what_they_cite(tmp_path: Path) -> None:
    with ChatServer(cites) as server:
        path = small_run.write_experiment(
            tmp_path,
            model={"name": "small", "endpoint": server.url},
            variants=["prompt_only", "few_shot", "rag"],
            questions={"train_facts": 0, "test": 0, "dev": 4, "gold": "gold.jsonl"},
            prompts={"answer": "long"},
            decision={"must_cite": True},
            decoding={"max_new_tokens": 40},
            tuning={},
        )
        small_run.workbench(tmp_path, "run", str(path))
        told = server.asked[0]["messages"][0]["content"]
    assert "one paragraph" in told and "[1]" in told
    results = json.loads((small_run.the_run(tmp_path) / "results.json").read_text("utf-8"))
    assert results["metric"] == "similarity"
    metrics = {row["name"]: row["metrics"] for row in results["variants"]}
    assert metrics["rag"]["citation_recall"]["value"] == 1.0
    assert "citation_recall" not in metrics["prompt_only"]
    # Without passages nothing can be cited; short references measure a paragraph poorly.
    assert {item["variant"] for item in results["verdict"]["excluded"]} >= {"prompt_only"}
    cautions = " ".join(results["warnings"])
    assert "name a judge of factual_correctness" in cautions
    assert "Answers are asked for in the form 'long'" in cautions
