"""``report -o``: the file or the folder that is named, in the form of its ending."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.support.made_run import write_run
from workbench.cli.app import app
from workbench.errors import WorkbenchError

RUN = "chronicle-0a1b2c3d"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("reported")
    write_run(folder / "runs", run_id=RUN, seed=3)
    return folder


@pytest.fixture
def folder(made: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("WORKBENCH_RUNS", str(made / "runs"))
    monkeypatch.chdir(made)
    return made


def report(*arguments: str) -> str:
    done = CliRunner().invoke(app, ["report", RUN, *arguments], catch_exceptions=False)
    assert done.exit_code == 0
    return done.output


def test_a_report_is_written_where_it_is_wanted(folder: Path) -> None:
    assert report("-o", "mine/Review.html").split() == ["mine/Review.html"]
    page = (folder / "mine" / "Review.html").read_text("utf-8")
    # Its numbers still lead to the answers they rest on, from wherever it lies.
    root = (folder / "runs" / RUN).resolve().as_uri()
    assert f'href="{root}/results.json"' in page and 'href="results.json"' not in page
    told = json.loads(report("--output", "all", "--format", "md,zip", "--json"))
    assert told == {"md": "all/report.md", "zip": "all/report.zip"}
    assert sorted(path.name for path in (folder / "all").iterdir()) == ["report.md", "report.zip"]
    assert report().split()[-1] == str(folder / "runs" / RUN / "report.md")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("-o", "review.docx"), "no report format 'docx'"),
        (("-o", "review.pdf", "--format", "html"), "is one file, and the formats asked for"),
    ],
)
def test_a_form_that_is_not_the_file_s_is_a_sentence(
    folder: Path, arguments: tuple[str, ...], said: str
) -> None:
    with pytest.raises(WorkbenchError, match=said):
        report(*arguments)
    assert not list(folder.glob("review*"))
