"""A whole run answered by a vLLM server that holds the model and the adapter trained in the run."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.commands import ended
from tests.support.servers.vllm import VllmServer
from tests.support.small_run import environment, the_run, workbench
from tests.support.tale import section_text
from workbench.io import jsonl


@pytest.fixture
def server(tiny_folder: Path) -> Iterator[VllmServer]:
    with VllmServer(str(tiny_folder), lambda body: f"by {body['model']}") as running:
        yield running


def write_experiment(folder: Path, server: VllmServer, **changes: Any) -> Path:
    parts = [f"# Part {n + 1}\n\n{section_text(n)}" for n in range(12)]
    (folder / "tale.md").write_text("\n\n".join(parts) + "\n", "utf-8")
    values = {
        "purpose": "Answer questions about the tale, briefly.",
        "name": "served",
        "corpus": "tale.md",
        "model": {"name": server.base, "served_by": server.url},
        "questions": {"writer": "reader", "train_facts": 12, "test": 18, "dev": 6},
        "variants": ["prompt_only", "rag", "fine_tuned"],
        "tuning": {"epochs": 1, "lora": {"r": 4, "alpha": 8}},
        "latency": {"sample": 1, "warmup": 0},
        "decoding": {"max_new_tokens": 12},
        **changes,
    }
    path = folder / "served.yaml"
    path.write_text(yaml.safe_dump(values), "utf-8")
    return path


@pytest.mark.slow
def test_the_trained_adapter_answers_from_the_server(server: VllmServer, tmp_path: Path) -> None:
    workbench(tmp_path, "run", str(write_experiment(tmp_path, server)))
    run = the_run(tmp_path)
    # Answers and latencies ask for the same adapter: it was put there once.
    ((name, folder),) = server.adapters.items()
    assert (Path(folder) / "adapter_model.safetensors").is_file()
    assert Path(folder).is_relative_to(tmp_path / "cache")
    said = {
        variant: {record["text"] for record in jsonl.stream(run / "answers" / f"{variant}.jsonl")}
        for variant in ("prompt_only", "rag", "fine_tuned")
    }
    base = {f"by {server.base}"}
    assert said == {"prompt_only": base, "rag": base, "fine_tuned": {f"by {name}"}}
    results = json.loads((run / "results.json").read_text())
    assert {row["name"] for row in results["variants"]} == set(said)
    # What the adapter broke is probed on the weights here, which the server's words cannot show.
    assert results["forgetting"][0]["adapter"] == "fine_tuned"


def test_a_server_without_the_model_is_told_before_anything_is_made(
    server: VllmServer, tmp_path: Path
) -> None:
    path = write_experiment(tmp_path, server)
    server.base = "another"
    done = ended(tmp_path, ("run", str(path)), environment(tmp_path))
    assert done.returncode == 2 and "holds no model" in done.stderr, done.stderr
    assert not (tmp_path / "cache").exists() and not server.asked
