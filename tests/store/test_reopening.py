"""A finished run whose answers an outage took is answered and scored again, and no other is."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.made_run import write_run
from workbench.pipeline import _lost_some, _reopen
from workbench.records.run import Run


@pytest.mark.parametrize("lost", [False, True])
def test_only_what_was_lost_in_passing_reopens_a_run(tmp_path: Path, lost: bool) -> None:
    run = Run(write_run(tmp_path / "runs"))
    stages = {name: {"finished": 2.0, "seconds": 1.0} for name in ("answers", "latency", "scores")}
    run.update(state="done", stages=stages)
    path = run.files.answers("rag")
    records = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    records[0] |= {"status": "failed", "error": "503", "passing": lost}
    path.write_text("".join(json.dumps(record) + "\n" for record in records), "utf-8")
    assert _lost_some(run) is lost
    _reopen(run)
    assert run.manifest.state == ("stopped" if lost else "done")
    over = {name for name, facts in run.manifest.stages.items() if facts.finished is not None}
    assert over == ({"latency"} if lost else {"answers", "latency", "scores"})
