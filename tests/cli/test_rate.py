"""``workbench rate``: in the terminal, counted into results and report, exported."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from tests.support.made_run import write_run
from tests.support.rated import rate
from tests.support.told import figures
from workbench import findings
from workbench.cli import rating
from workbench.cli.app import app
from workbench.records import ratings
from workbench.records.run import Run
from workbench.report.links import look_up

if "rate" not in {command.name for command in app.registered_commands}:
    rating.register(app)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_run(tmp_path_factory.mktemp("rated") / "runs")


def call(*words: str, given: str = "") -> Result:
    return CliRunner().invoke(app, ["rate", *words], input=given)


def test_rating_in_the_terminal_counting_and_exporting(folder: Path, tmp_path: Path) -> None:
    run = str(folder)
    assert "Nobody has rated" in call(run).stdout
    assert "How to rate" in call("--instructions").stdout
    told = call(run, "--as", "Ada", given="x\na\n5\n2\nk\ns\n-\n3\nq\n")
    assert told.exit_code == 0 and "Kept." in told.stdout, told.output
    rows = ratings.labels(folder)
    assert [row["label"] for row in rows] == ["first", "skip", "same"]
    assert rows[0]["grades"] == {rows[0]["first"]: 5, rows[0]["second"]: 2}
    assert rows[2]["grades"] == {rows[2]["second"]: 3}

    rate(folder)
    told = call(run)
    assert told.exit_code == 0 and "by" in told.stdout, told.output
    results = Run(folder).results()
    assert results.people is not None and results.people.comparisons >= 60
    assert results.people.raters == 2
    section = findings.section(results, "people")
    found = [item for item in figures(section) if isinstance(item, dict)]
    assert len(found) > 20
    for item in found:
        assert look_up(results.record(), item["at"]) == item["value"]
    page = (folder / "report.html").read_text("utf-8")
    assert "What people think of the answers" in page and "labels/labels.jsonl" in page

    told = call(run, "--json")
    assert json.loads(told.stdout)["comparisons"] == results.people.comparisons
    out = tmp_path / "ratings.csv"
    assert "Wrote" in call(run, "--output", str(out)).stdout
    with out.open(encoding="utf-8-sig", newline="") as source:
        listed = list(csv.DictReader(source))
    assert {row["rater"] for row in listed} == {"Ada", "Bo"}
    assert any(row["grade"] == "5" and row["variant"] for row in listed)
    assert all(row["text"] for row in listed)
    assert call(run, "--output", str(tmp_path / "x.pdf")).exit_code != 0


def test_a_key_is_told_once_and_kept_as_a_hash(folder: Path) -> None:
    told = call(str(folder), "--invite", "Cleo", "--json")
    key = json.loads(told.stdout)["Cleo"]
    assert ratings.rater_of(folder, key) == "Cleo"
    assert key not in (folder / "labels" / "raters.json").read_text("utf-8")


@pytest.mark.slow
def test_grades_decide_where_they_are_the_metric(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "runs")
    run, specification = Run(folder), folder / "specification.yaml"
    before = run.results()
    specification.write_text(
        specification.read_text("utf-8").replace("metric: f1", "metric: people", 1), "utf-8"
    )
    run.write(before.with_parts(metric="people"))
    rate(folder, 400, ("Ada",))
    told = call(str(folder))
    assert told.exit_code == 0, told.output
    results = run.results()
    assert results.metric == "people" and "nothing to weigh" not in results.verdict.sentence
    graded = {row.name: row.metrics["people"] for row in results.variants if not row.is_ceiling}
    assert graded["rag"].value is not None and graded["prompt_only"].value is not None
    assert graded["rag"].value > graded["prompt_only"].value
    assert any(pair.metric == "people" for pair in results.comparisons)
