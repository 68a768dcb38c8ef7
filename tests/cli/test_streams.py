"""Output into a code page or plain ASCII never ends a command."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from workbench.errors import WorkbenchError

TEXT = "The keeper of the bridge — Zoë — said that it was not his, and the ferry is for you. "


def inspected(folder: Path, encoding: str, *more: str) -> bytes:
    (folder / "−5 · größe ≥ 灯.txt").write_text(TEXT * 40, "utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "workbench.cli", "corpus", "inspect", str(folder), *more],
        env={**os.environ, "PYTHONIOENCODING": encoding, "PYTHONUTF8": "0"},
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize(
    ("encoding", "title"), [("cp1252", "-5 · größe >= ?"), ("ascii", "-5 - groe >= ?")]
)
def test_a_code_page_gets_plainer_characters(tmp_path: Path, encoding: str, title: str) -> None:
    said = inspected(tmp_path, encoding).decode(encoding)
    assert title.replace("groe", "gro?e") in said


def test_json_loses_no_character(tmp_path: Path) -> None:
    facts = json.loads(inspected(tmp_path, "ascii", "--json"))
    assert facts["documents"][0]["title"] == "−5 · größe ≥ 灯"


@pytest.mark.parametrize("number", [errno.EROFS, errno.EACCES])
def test_a_folder_that_cannot_be_written_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    from workbench.engine import processes

    def refuse(*_: object, **__: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setenv("WORKBENCH_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(Path, "mkdir", refuse)
    with pytest.raises(WorkbenchError, match="cannot be written"):
        processes.start(["-c", "pass"], "nothing")
