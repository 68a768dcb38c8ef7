"""Every fault a user can cause: one clear sentence, the way out, exit code 2, no traceback."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tests.support.commands import ended

SPECIFICATION = """
purpose: Answer questions about a ledger.
name: ledger
corpus: {corpus}
{more}
"""


def workbench(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {
        **os.environ,
        "WORKBENCH_RUNS": str(folder / "runs"),
        "WORKBENCH_CACHE": str(folder / "cache"),
    }
    return ended(folder, arguments, environment)


def refused(done: subprocess.CompletedProcess[str], *named: str) -> None:
    assert done.returncode == 2, done.stderr
    assert "Traceback" not in done.stderr
    for word in named:
        assert word in done.stderr
    assert len(done.stderr.strip().splitlines()) <= 3


def experiment(folder: Path, more: str = "", corpus: str = "tale.txt") -> str:
    path = folder / "ledger.yaml"
    path.write_text(SPECIFICATION.format(corpus=corpus, more=more), "utf-8")
    return str(path)


@pytest.fixture
def tale(tmp_path: Path) -> Path:
    sentence = "The salt ledger of Port Amber lists four hundred sacks and one missing name. "
    (tmp_path / "tale.txt").write_text(sentence * 60, "utf-8")
    return tmp_path


def test_a_missing_experiment(tmp_path: Path) -> None:
    refused(workbench(tmp_path, "run", "nothing.py"), "nothing.py")


def test_a_text_where_an_experiment_was_expected(tale: Path) -> None:
    refused(workbench(tale, "run", "tale.txt"), "tale.txt", "workbench new tale.txt")


def test_a_missing_corpus(tmp_path: Path) -> None:
    refused(workbench(tmp_path, "run", experiment(tmp_path)), "tale.txt", "does not exist")


@pytest.mark.parametrize(
    ("more", "named"),
    [
        ("colour: red", "colour"),
        ("tuning: {lora: {r: many}}", "tuning.lora.r"),
        ("variants: [rag, rugg]", "rugg"),
        ("variants: [rag, oracle]", "two variants"),
        ("workload: {strata: {unseen: 0.5}}", "add up to 1"),
        ("seed: [", "YAML"),
    ],
)
def test_a_specification_that_is_refused(tale: Path, more: str, named: str) -> None:
    refused(workbench(tale, "run", experiment(tale, more)), named)


def test_a_script_with_a_fault_is_named_with_its_line(tale: Path) -> None:
    (tale / "bad.py").write_text("x = 1\ny = x / 0\n", "utf-8")
    refused(workbench(tale, "run", "bad.py"), "bad.py, line 2", "ZeroDivisionError")
    (tale / "empty.py").write_text("x = 1\n", "utf-8")
    refused(workbench(tale, "run", "empty.py"), "experiment")


@pytest.mark.parametrize(
    ("content", "named"),
    [
        (b"", "empty"),
        (b"\x00\x01\x02\xff" * 4000, "tale.txt"),
        (b"Too short a text.", "too small"),
    ],
)
def test_a_corpus_that_cannot_be_examined(tmp_path: Path, content: bytes, named: str) -> None:
    (tmp_path / "tale.txt").write_bytes(content)
    done = workbench(tmp_path, "run", experiment(tmp_path))
    refused(done, named)
    refused(workbench(tmp_path, "corpus", "inspect", "tale.txt"), named)


def test_an_unknown_model(tale: Path) -> None:
    more = "model: {name: nobody/no-such-model}"
    refused(workbench(tale, "run", experiment(tale, more)), "nobody/no-such-model")


def test_an_endpoint_off_this_machine_needs_permission(tale: Path) -> None:
    more = (
        "model: {name: m, endpoint: 'https://models.example.com/v1'}\nvariants: [rag, prompt_only]"
    )
    refused(workbench(tale, "run", experiment(tale, more)), "text_may_leave_this_machine")


def test_an_endpoint_that_is_down(tale: Path) -> None:
    more = "model: {name: m, endpoint: 'http://127.0.0.1:9/v1'}\nvariants: [rag, prompt_only]"
    refused(workbench(tale, "run", experiment(tale, more)), "127.0.0.1:9")


def test_an_endpoint_cannot_be_tuned(tale: Path) -> None:
    more = "model: {name: m, endpoint: 'http://127.0.0.1:9/v1'}\n"
    more += "variants: [prompt_only, rag, fine_tuned]"
    refused(workbench(tale, "run", experiment(tale, more)), "fine_tuned", "cannot be tuned")


def test_an_unknown_run(tmp_path: Path) -> None:
    for command in ("show", "report", "serve"):
        refused(workbench(tmp_path, command, "nothing"), "nothing")


def test_the_embedded_reader_is_not_offered_a_chinese_text(tmp_path: Path) -> None:
    (tmp_path / "tale.txt").write_text("盐商的账本上写着四百袋盐，却少了一个名字。\n" * 60, "utf-8")
    refused(workbench(tmp_path, "run", experiment(tmp_path)), "Chinese", "Qwen")


def test_what_was_recorded_stays_when_a_run_fails(tale: Path) -> None:
    more = "model: {name: nobody/no-such-model}"
    workbench(tale, "run", experiment(tale, more))
    done = workbench(tale, "runs", "--json")
    assert '"state": "failed"' in done.stdout
    assert "nobody/no-such-model" in done.stdout
