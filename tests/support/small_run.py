"""A run small enough for a test: the first chapters of the novella, everything else real."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support.commands import ended

ROOT = Path(__file__).resolve().parents[2]
CHAPTERS = 5


def write_experiment(folder: Path, **changes: Any) -> Path:
    """A YAML experiment on the head of the novella; ``changes`` replace top-level keys."""
    import yaml

    text = (ROOT / "corpora" / "salt_ledger" / "the_salt_ledger.txt").read_text("utf-8")
    head = text[: text.index(f"\nChapter {CHAPTERS + 1}")]
    (folder / "the_salt_ledger.txt").write_text(head, "utf-8")
    gold = []
    for line in (ROOT / "corpora" / "salt_ledger" / "gold.jsonl").read_text("utf-8").splitlines():
        record = json.loads(line)
        if record["evidence"] and all(item["end"] < len(head) for item in record["evidence"]):
            gold.append(line)
    (folder / "gold.jsonl").write_text("\n".join(gold[:12]) + "\n", "utf-8")
    specification = {
        "purpose": "Answer readers' questions about the first chapters of The Salt Ledger.",
        "name": "small",
        "corpus": "the_salt_ledger.txt",
        "questions": {"train_facts": 12, "test": 18, "dev": 6, "wordings": 2, "gold": "gold.jsonl"},
        "tuning": {"epochs": 2, "lora": {"r": 4, "alpha": 8}},
        "latency": {"sample": 2, "warmup": 1},
        "decoding": {"max_new_tokens": 12},
        **changes,
    }
    path = folder / "small.yaml"
    path.write_text(yaml.safe_dump(specification, sort_keys=False), "utf-8")
    return path


def write_editions(folder: Path) -> None:
    """The novella's head, and the same without its third chapter, and with other figures."""
    old = (folder / "the_salt_ledger.txt").read_text("utf-8")
    places = [old.index(f"\nChapter {number}") for number in (3, 4)]
    new = old[: places[0]] + old[places[1] :]
    for number, other in (("forty", "fifty"), ("nine", "eleven"), ("twelve", "thirty")):
        new = new.replace(f" {number} ", f" {other} ")
    for name, text in (("old", old), ("new", new)):
        (folder / name).mkdir()
        (folder / name / "the_salt_ledger.txt").write_text(text, "utf-8")


def environment(folder: Path) -> dict[str, str]:
    """Runs and cache below ``folder``, whatever the working directory."""
    return {
        **os.environ,
        "WORKBENCH_RUNS": str(folder / "runs"),
        "WORKBENCH_CACHE": str(folder / "cache"),
        "HF_HUB_OFFLINE": "1",
    }


def within(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """This process in that folder, with its runs and cache."""
    for name, value in environment(folder).items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(folder)


def command(folder: Path, *arguments: str) -> list[str]:
    """The command line that a user would type, by this interpreter."""
    return [sys.executable, "-m", "workbench.cli", *arguments]


def workbench(folder: Path, *arguments: str, timeout: float = 3600) -> str:
    """Run a command to its end and return what it printed; a failure fails the test."""
    done = ended(folder, arguments, environment(folder), timeout)
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


def the_run(folder: Path) -> Path:
    """The only run directory below ``folder``."""
    (path,) = (folder / "runs").iterdir()
    return path
