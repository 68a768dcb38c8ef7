"""A full disk is one sentence that names the place, and what was there stays."""

from __future__ import annotations

import subprocess
import sys
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


def test_a_file_may_be_read_by_whom_the_umask_lets(tmp_path: Path) -> None:
    code = (
        "import os, sys; os.umask(int(sys.argv[2], 8)); from pathlib import Path\n"
        "from workbench.io.files import write_text; write_text(Path(sys.argv[1]), 'x')"
    )
    for umask, mode in (("077", 0o600), ("027", 0o640), ("022", 0o644), ("002", 0o664)):
        path = tmp_path / umask
        subprocess.run([sys.executable, "-c", code, str(path), umask], check=True)
        assert path.stat().st_mode & 0o777 == mode


def test_half_a_table_of_scores_is_a_sentence_with_the_way_out(tmp_path: Path) -> None:
    from workbench.stages.score_table import read_scores, write_scores
    from workbench.types import Score

    write_scores(tmp_path / "scores.parquet", [Score("q1", "rag", "token_f1", 1.0)] * 50)
    whole = (tmp_path / "scores.parquet").read_bytes()
    assert len(read_scores(tmp_path)) == 50
    for length in (0, 3, len(whole) // 2, len(whole) - 1):
        (tmp_path / "scores.parquet").write_bytes(whole[:length])
        with pytest.raises(WorkbenchError, match=r"is damaged.*Run the experiment again"):
            read_scores(tmp_path)
