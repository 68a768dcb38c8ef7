"""A run whose text is embedded by a server, and whose variants refuse by three signals."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.servers.embedding import EmbeddingServer
from tests.support.small_run import the_run, workbench, write_experiment
from workbench.io import jsonl
from workbench.retrieval import embeddings

SIGNALS = ("confidence", "retrieval", "sufficiency")


@pytest.mark.slow
def test_a_server_embeds_and_each_variant_refuses_by_its_own_signal(tmp_path: Path) -> None:
    variants = [
        {"name": by, "context": "retrieval", "abstain_by": by, "abstain_below": "dev"}
        for by in SIGNALS
    ]
    with EmbeddingServer(lambda texts: embeddings.embed(texts)) as server:
        path = write_experiment(
            tmp_path,
            variants=["prompt_only", *variants],
            retrieval={"embedding": {"name": "vectors", "endpoint": server.url}, "mmr": 0.8},
        )
        workbench(tmp_path, "run", str(path))
        run = the_run(tmp_path)
        text = (tmp_path / "the_salt_ledger.txt").read_text("utf-8")
        assert any(sent in text for sent in server.texts)
        answered = json.loads(workbench(tmp_path, "ask", run.name, "Who was Jory Pell?", "--json"))
        assert {reply["variant"] for reply in answered} >= set(SIGNALS)
    results = json.loads((run / "results.json").read_text("utf-8"))
    assert results["search"]["used"] == "refined"
    rows = {row["name"]: row for row in results["variants"]}
    for by in SIGNALS:
        records = list(jsonl.read(run / "answers" / f"{by}.jsonl"))
        assert all(("signal" in record) == (by != "confidence") for record in records)
        threshold, curve = rows[by]["threshold"], rows[by]["risk_coverage"]
        assert threshold.get("by", "confidence") == by and threshold["on_dev"]
        known = {r.get("signal", r["confidence"]) for r in records}
        # The curve is that of the signal, and what is below the threshold was held back.
        assert {point[2] for point in curve["points"]} <= known
        below = [r for r in records if r.get("signal", r["confidence"]) < threshold["below"]]
        assert {r["question"] for r in records if r["held_back"] is not None} == {
            r["question"] for r in below
        }
    report = (run / "report.html").read_text("utf-8")
    assert "the best passage stands out by less than" in report
