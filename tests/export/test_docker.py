"""What lies in the image answers by itself: the copied package, from the copied files alone."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import httpx
import openai
import pytest
import yaml

from tests.support.waiting import until
from workbench.export import export
from workbench.io import jsonl
from workbench.questions.dataset.question_set import read_questions
from workbench.records.run import Run


def _ready(address: str) -> bool:
    try:
        return httpx.get(f"{address}/ready").status_code == 200
    except httpx.HTTPError:
        return False


@pytest.mark.slow
def test_the_image_serves_the_chosen_variant(run: Run, tmp_path: Path) -> None:
    out = export(run, "rag", "docker", tmp_path / "out").folder
    home = out / "rootfs" / "srv" / "workbench"
    copied = home / "runs" / run.id
    assert not list(copied.rglob("answers")) and not list(copied.rglob("questions"))
    before = sorted(path for path in home.rglob("*"))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {
        **os.environ, "PYTHONPATH": str(out), "PYTHONDONTWRITEBYTECODE": "1",
        "WORKBENCH_RUNS": str(home / "runs"), "WORKBENCH_CACHE": str(home / "cache"),
        "HF_HUB_OFFLINE": "1",
    }  # fmt: skip
    command = [sys.executable, "-m", "workbench.serve", str(copied), "--port", str(port)]
    address = f"http://127.0.0.1:{port}"
    process = subprocess.Popen(command, cwd=tmp_path, env=environment)
    try:
        until(lambda: _ready(address), "the server", process)
        client = openai.OpenAI(base_url=f"{address}/v1", api_key="none", max_retries=0)
        assert [model.id for model in client.models.list()] == ["rag"]
        recorded = {record["question"]: record for record in jsonl.stream(run.files.answers("rag"))}
        question = next(
            q for q in read_questions(run.files.questions("test"))
            if recorded[q.id]["status"] == "answered"
        )  # fmt: skip
        reply = client.chat.completions.create(
            model="rag", messages=[{"role": "user", "content": question.text}]
        )
        assert reply.choices[0].message.content == recorded[question.id]["text"]
    finally:
        process.terminate()
        process.wait(30)
    # A file system that cannot be written to is enough.
    assert sorted(path for path in home.rglob("*")) == before


def test_the_image_is_closed(run: Run, tmp_path: Path) -> None:
    out = export(run, "fine_tuned", "docker", tmp_path / "out").folder
    service = yaml.safe_load((out / "compose.yaml").read_text())["services"]["fine-tuned"]
    assert service["read_only"] is True and service["cap_drop"] == ["ALL"]
    assert service["ports"] == ["127.0.0.1:8321:8321"]
    steps = (out / "Dockerfile").read_text()
    assert steps.index("USER 10001") < steps.index("HEALTHCHECK") < steps.index("\nCMD")
    required = (out / "requirements.txt").read_text().splitlines()
    assert any(line.startswith("torch==2.") and "+" not in line for line in required)
    assert not any(line.startswith("pytest") for line in required)


def test_a_large_model_of_a_folder_is_refused(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from workbench.errors import WorkbenchError
    from workbench.export import docker

    monkeypatch.setattr(docker, "BY_CONTENT", 1000)
    with pytest.raises(WorkbenchError, match="time of its files"):
        export(run, "rag", "docker", tmp_path / "out")
    assert list(tmp_path.iterdir()) == []
