"""A full disk is one sentence that names the place, and what was there stays."""

from __future__ import annotations

from pathlib import Path

import pytest

from workbench.errors import WorkbenchError
from workbench.io import jsonl
from workbench.io.files import disk_errors, whole_folder, write_text

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


def test_a_folder_takes_the_place_of_the_old_one_only_when_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "adapter"
    with whole_folder(path) as partial:
        (partial / "weights").write_text("old", "utf-8")
    with pytest.raises(KeyboardInterrupt), whole_folder(path) as partial:
        (partial / "weights").write_text("new", "utf-8")
        raise KeyboardInterrupt
    assert (path / "weights").read_text("utf-8") == "old"
    with whole_folder(path) as partial:
        assert not list(partial.iterdir())
    assert not list(path.iterdir())
