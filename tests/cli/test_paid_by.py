"""``report`` and ``show`` with ``--paid-by``: another deployment, and no silence about it."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tests.support.commands import ended
from tests.support.made_run import write_run

RUN = "chronicle-0a1b2c3d"


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("paid") / "runs"
    write_run(folder, run_id=RUN, seed=3)
    return folder


def said(runs: Path, *arguments: str) -> str:
    environment = {**os.environ, "WORKBENCH_RUNS": str(runs)}
    done = ended(runs.parent, arguments, environment, 120)
    assert done.returncode == 0, done.stderr
    return " ".join(done.stdout.split())


def test_a_report_of_another_deployment_is_that_of_a_run_which_declares_it(
    runs: Path, tmp_path: Path
) -> None:
    run = runs / RUN
    before = {path.name: path.read_bytes() for path in run.glob("re*.*")}
    told = said(runs, "report", RUN, "--paid-by", "busy_second")
    assert told.endswith("report-busy_second.md")
    # The run itself is as it was: the new files stand beside its own.
    assert {name: (run / name).read_bytes() for name in before} == before
    page, text = (
        (run / f"report-busy_second.{form}").read_text("utf-8") for form in ("html", "md")
    )
    for shown in (page, text):
        assert "All amounts here are for a machine paid by the busy second" in shown
        assert "The run itself was decided for a machine rented all month" in shown
    assert 'href="report-busy_second.json"' in page and 'href="results.json"' not in page
    anew = json.loads((run / "report-busy_second.json").read_text("utf-8"))
    other = write_run(tmp_path, run_id=RUN, seed=3, deployment={"paid_by": "busy_second"})
    declared = json.loads((other / "results.json").read_text("utf-8"))
    for part in ("verdict", "break_even", "prices"):
        assert anew[part] == declared[part], part
    assert [row.get("cost") for row in anew["variants"]] == [
        row.get("cost") for row in declared["variants"]
    ]
    own = json.loads(before["results.json"])
    assert own["verdict"] != anew["verdict"] and "paid_otherwise" not in own


def test_where_the_verdict_is_another_one_it_says_which_the_run_s_own_is(runs: Path) -> None:
    own = said(runs, "show", RUN)
    assert "Undecided, with RAG in front" in own and "Another outcome" not in own
    # By token, at no known price: quality alone decides.
    told = said(runs, "show", RUN, "--paid-by", "token")
    assert "All amounts here are for a model paid by token" in told
    assert "Another outcome than the run's own: there it is RAG." in told
    assert "The run's own verdict: Undecided, with RAG in front" in told
    assert f"workbench report {RUN} --paid-by token" in told
    assert said(runs, "show", RUN, "--paid-by", "month") == own
