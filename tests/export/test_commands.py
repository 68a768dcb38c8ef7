"""The two commands as a user types them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.commands import ended
from tests.support.small_run import environment
from workbench.records.run import Run


@pytest.mark.slow
def test_export_and_parity_from_the_command_line(run: Run, made: Path, tmp_path: Path) -> None:
    variables = environment(made)
    out = tmp_path / "out"
    wanted = ("export", str(run.path), "--variant", "fine_tuned", "-o", str(out))
    done = ended(tmp_path, (*wanted, "--format", "merged", "--json"), variables)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["folder"] == str(out) and "model.safetensors" in told["files"]
    assert "Warning" not in done.stderr
    again = ended(tmp_path, (*wanted, "--format", "merged"), variables)
    assert again.returncode == 2 and "nothing is written over" in again.stderr
    asked = ("parity", str(run.path), "--variant", "fine_tuned", "--path", str(out))
    sat = ended(tmp_path, (*asked, "--precision", "float32"), variables)
    assert sat.returncode == 0, sat.stderr
    assert sat.stdout.startswith("The same: all 18 answers are word for word those of the exam.")
    # Another variant's exam is another system's.
    rag = ended(tmp_path, ("parity", str(run.path), "--variant", "rag", "--path", str(out),
                           "--json"), variables)  # fmt: skip
    record = json.loads(rag.stdout)
    assert record["verdict"] != "same" and record["changed"] > 0
    assert {cause["name"]: cause["state"] for cause in record["causes"]}["template"] == "clear"
