"""A whole run whose vectors lie in a database finds and answers what one with FAISS does."""

from __future__ import annotations

import json
from importlib.util import find_spec
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.support.small_run import the_run, within, write_experiment
from workbench.cli.app import app
from workbench.io import jsonl
from workbench.retrieval import searching
from workbench.retrieval.stores import collection


@pytest.mark.slow
@pytest.mark.skipif(find_spec("qdrant_client") is None, reason="the extra qdrant")
def test_a_run_through_qdrant_is_the_run_with_faiss(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # So small a text is else compared whole, and no store asked.
    monkeypatch.setattr(searching, "EXHAUSTIVE", 20)
    monkeypatch.setattr(searching, "POOL", 15)
    asked: list[int] = []
    real = collection.Collection.nearest
    monkeypatch.setattr(
        collection.Collection, "nearest",
        lambda self, vector, count: asked.append(count) or real(self, vector, count),
    )  # fmt: skip
    store = {"kind": "qdrant", "url": f"file://{tmp_path / 'qdrant'}"}
    stored = {"name": "stored", "context": "retrieval", "retrieval": {"store": store}}
    path = write_experiment(tmp_path, variants=["rag", stored], passages={"chunk_size": 40})
    within(tmp_path, monkeypatch)
    done = CliRunner().invoke(app, ["run", str(path)], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    run = the_run(tmp_path)
    stages = json.loads((run / "manifest.json").read_text("utf-8"))["stages"]
    summary = stages["index:stored"]["summary"]
    assert summary["store"]["sent"] == summary["passages"] == stages["index"]["summary"]["passages"]
    assert summary["search"] == {"index": "qdrant"}
    rag, other = (
        {one["question"]: one for one in jsonl.read(run / "answers" / f"{name}.jsonl")}
        for name in ("rag", "stored")
    )
    assert rag.keys() == other.keys() and len(rag) >= 18
    assert len(asked) >= len(rag) and set(asked) == {15}, "the store is what proposes"
    for question, answer in rag.items():
        assert other[question]["passages"] == answer["passages"]
        assert other[question]["text"] == answer["text"]
    # Once more: everything is found again, and nothing sent.
    before = len(asked)
    assert CliRunner().invoke(app, ["run", str(path)]).exit_code == 0
    assert len(asked) == before
