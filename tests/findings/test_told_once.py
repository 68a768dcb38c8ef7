"""Told once, shown four times: each sentence stands word for word wherever the result is read."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from tests.support.made_run import write_run
from tests.support.pages import words
from workbench import findings, report, wording
from workbench.cli import result, screen
from workbench.findings import EVIDENCE, FRONT, Section, View
from workbench.records.load import load
from workbench.records.results import Results
from workbench.report.links import look_up

APP = Path(__file__).parents[2] / "streamlit_app.py"
#: Runs whose results say different things: the builder's values and the experiment's changes.
RUNS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "open": ({"hostile": True, "questions": 90}, {}),
    "limits": (
        {"hostile": True, "seed": 5},
        {"decision": {"must_cite": True, "max_p90_s": 0.2, "points_per_second": 5.0}},
    ),
}
#: The pages of the dashboard on which a result is told.
PAGES = ("verdict", "latency_cost", "retrieval", "questions", "exam")
#: What a renderer leaves to the page: how it was done, and the certificate.
LEFT_OUT = {"Markdown": {"method", "exam"}, "dashboard": {"method"}}


@pytest.fixture(scope="module", params=RUNS)
def run(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    built, changes = RUNS[request.param]
    return write_run(tmp_path_factory.mktemp(request.param) / "runs", **built, **changes)


@pytest.fixture(scope="module")
def results(run: Path) -> Results:
    return load(run)[0]


def plain(text: str) -> str:
    return " ".join(text.split())


def told(results: Results, chief: bool) -> dict[str, list[str]]:
    """The sentences of the findings by their section."""
    return {
        section.id: [plain(item.text()) for item in section.every_statement()]
        for section in findings.sections(results) if section.chief or not chief
    }  # fmt: skip


def dashboard(run: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    from streamlit.testing.v1 import AppTest

    monkeypatch.setenv("WORKBENCH_RUNS", str(run.parent))
    monkeypatch.setenv("WORKBENCH_CACHE", str(run.parent / "cache"))
    texts = []
    for page in PAGES:
        app = AppTest.from_file(str(APP), default_timeout=300)
        app.query_params["page"] = page
        app.query_params["run"] = run.name
        app.run()
        assert not app.exception, [error.value for error in app.exception]
        # What Streamlit takes for Markdown is escaped for it.
        texts.append(re.sub(r"\\([^\w\s])", r"\1", re.sub(r"<[^>]+>", "", words(app))))
    return plain("\n".join(texts))


def terminal(results: Results, capsys: pytest.CaptureFixture[str]) -> str:
    screen.console.cache_clear()
    for line in result.all_of_it(results):
        screen.console().print(line)
    screen.console.cache_clear()
    return plain(capsys.readouterr().out)


def test_every_sentence_stands_word_for_word_in_all_four(
    run: Path, results: Results, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    html = re.sub(r"<style>.*?</style>", "", report.render_html(results), flags=re.S)
    shown = {
        "HTML": plain(unescape(re.sub(r"<[^>]+>", "", html))),
        "Markdown": plain(re.sub(r"\\(.)", r"\1", report.render_markdown(results))),
        "dashboard": dashboard(run, monkeypatch),
        "terminal": terminal(results, capsys),
    }
    chief = told(results, chief=True)
    assert len([line for lines in chief.values() for line in lines]) > 20
    for section, lines in told(results, chief=False).items():
        for line in lines:
            for where, text in shown.items():
                if where == "terminal" and section not in chief:
                    continue
                if section in LEFT_OUT.get(where, ()):
                    continue
                assert line in text, f"{where} does not say: {line} ({section})"


def parts(section: Section) -> Iterator[Section]:
    yield section
    for part in section.parts:
        yield from parts(part)


def test_every_figure_of_a_sentence_and_a_table_is_the_recorded_one(results: Results) -> None:
    record, count = results.record(), 0
    for section in findings.sections(results):
        for part in parts(section):
            figures = [value for item in (*part.statements, *part.notes)
                       if isinstance(item.words, Mapping)
                       for value in item.words["values"].values()]  # fmt: skip
            figures += [cell.value for table in part.tables for row in table.rows
                        for cell in row.cells]  # fmt: skip
            for figure in figures:
                if isinstance(figure, Mapping) and figure["value"] is not None:
                    recorded = look_up(record, figure["at"])
                    assert figure["value"] == figure.get("sign", 1) * recorded, figure
                    count += 1
    assert count > 150


def test_the_main_table_says_the_same_in_three_renderings(
    run: Path, results: Results, monkeypatch: pytest.MonkeyPatch
) -> None:
    columns, rows = findings.scored.variants(View(results)).plain()
    mail = report.render_markdown(results).replace("\\", "")
    page = dashboard(run, monkeypatch)
    for row in rows:
        assert f"| {' | '.join(row)} |" in mail
        assert all(plain(cell) in page for cell in row)
    assert "Gold" in columns


def test_no_renderer_words_or_works_out_what_the_findings_hold() -> None:
    """Sentences of results live in the wording: a renderer that names its key tells it again."""
    keys = {
        key for key in wording.LANGUAGES["en"]
        if key.startswith(("verdict_", "reason_", "against_", "gold_", "judge_", "evidence_",
                           "forgot_", "break_even_", "flip_", "certificate_", "conduct_",
                           "selective_", "threshold_", "cost_", "action_", "excluded_", "assume_",
                           "latency_", "lead_", "fall", "kinds_", "search_", "tuned_", "broke"))
    }  # fmt: skip
    source = Path(findings.__file__).parents[1]
    for folder in ("report", "dashboard", "cli"):
        for path in sorted((source / folder).rglob("*.py")):
            named = {
                node.value for node in ast.walk(ast.parse(path.read_text("utf-8")))
                if isinstance(node, ast.Constant) and isinstance(node.value, str)
            }  # fmt: skip
            assert not named & keys, f"{path.name} tells {sorted(named & keys)} again"


def test_a_result_with_less_says_less_and_fails_nowhere() -> None:
    for bare in (Results(), Results.model_validate({"variants": [{"name": "rag"}]})):
        assert {section.id for section in findings.sections(bare)} == {*FRONT, *EVIDENCE}
        assert report.render_html(bare) and report.render_markdown(bare)
        assert result.all_of_it(bare) and result.one_screen(bare)
