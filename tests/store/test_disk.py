"""A full disk is one sentence that names the place, and what was there stays."""

from __future__ import annotations

from pathlib import Path

import pytest

from workbench.errors import WorkbenchError
from workbench.io import jsonl
from workbench.io.files import disk_errors, write_text

FULL = Path("/dev/full")


@pytest.mark.skipif(not FULL.exists(), reason="this system has no /dev/full")
def test_no_space_left_while_recording(tmp_path: Path) -> None:
    path = tmp_path / "answers.jsonl"
    path.symlink_to(FULL)
    with pytest.raises(WorkbenchError, match=r"No space is left on the disk that holds .*answers"):
        jsonl.append(path, [{"question": "q1"}])


def test_any_other_fault_of_the_disk_is_not_hidden(tmp_path: Path) -> None:
    with pytest.raises(IsADirectoryError), disk_errors(tmp_path):
        tmp_path.read_text("utf-8")


def test_a_file_that_could_not_be_written_leaves_the_old_one(tmp_path: Path) -> None:
    path = tmp_path / "report.md"
    write_text(path, "old")
    with pytest.raises(UnicodeEncodeError):
        write_text(path, "new \ud800")
    assert path.read_text("utf-8") == "old"
    assert [item.name for item in tmp_path.iterdir()] == ["report.md"]
