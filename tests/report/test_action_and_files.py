"""The box that says what to do, and the report as a PDF and as a folder that can be sent."""

from __future__ import annotations

import re
import shutil
import zipfile
from pathlib import Path

import pytest
from pypdf import PdfReader

from tests.support import made_run
from tests.support.browser import chromium
from tests.support.made_run import render_html, render_markdown
from workbench.errors import WorkbenchError
from workbench.records.run import Run
from workbench.stages import reports
from workbench.stages.reports import write_reports


def _box(results: dict) -> str:
    page = render_html(results)
    box = page[page.index('id="action"') :].split("</section>")[0]
    return " ".join(re.sub("<[^>]+>", " ", box).split())


@pytest.fixture(scope="module")
def results() -> dict:
    return made_run.results()


@pytest.mark.parametrize(
    ("verdict", "said"),
    [
        ({"kind": "adopt", "variant": "rag"}, "Put RAG into use."),
        ({"kind": "tie", "variant": "rag"}, "Put RAG into use: another one would be as good."),
        ({"kind": "undecided", "variant": None, "leader": "rag", "today": None},
         "Go on with RAG for now"),
        ({"kind": "undecided", "variant": None, "leader": None, "today": None},
         "Decide nothing on this run"),
    ],
)  # fmt: skip
def test_the_box_says_what_to_do(results: dict, verdict: dict, said: str) -> None:
    changed = {**results, "verdict": {**results["verdict"], **verdict}}
    assert said in _box(changed)
    assert said in render_markdown(changed).replace("\\", "")
    assert "Decided by" in _box(changed) and "Holds until" in _box(changed)


@pytest.mark.parametrize(
    ("invented", "said"),
    [(14, "Do not let it loose"), (3, "those who use it have to know"), (0, "refused every one")],
)
def test_it_says_what_the_variant_invents(results: dict, invented: int, said: str) -> None:
    rows = [
        {**row, "abstention": {"unanswerable": 14, "invented": invented, "abstained": 0}}
        for row in results["variants"]
    ]
    verdict = {**results["verdict"], "kind": "adopt", "variant": "rag"}
    assert said in _box({**results, "variants": rows, "verdict": verdict})


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return Run(made_run.write_run(tmp_path_factory.mktemp("reports")))


def test_the_packed_report_has_every_record_that_it_links_to(run: Run, tmp_path: Path) -> None:
    (path,) = write_reports(run, ["zip"]).values()
    with zipfile.ZipFile(path) as packed:
        packed.extractall(tmp_path)
    page = (tmp_path / "report.html").read_text("utf-8")
    links = {link.split("#")[0] for link in re.findall(r'href="([^"#][^"]*)"', page)}
    there = {link for link in links if (run.path / link).is_file()}
    assert len(there) > 5 and all((tmp_path / link).is_file() for link in there)
    assert "specification.yaml" in there


def test_prompts_and_settings_stand_in_the_appendix(run: Run) -> None:
    (path,) = write_reports(run, ["html"]).values()
    page = path.read_text("utf-8")
    appendix = page[page.index('id="appendix"') :].split("</section>")[0]
    assert "specification.yaml" in appendix and "purpose:" in appendix


@pytest.mark.slow
def test_the_report_is_printed_by_the_browser_at_hand(run: Run) -> None:
    chromium()
    (path,) = write_reports(run, ["pdf"]).values()
    pages = PdfReader(path).pages
    first = " ".join(pages[0].extract_text().split())
    assert "Do this now" in first and "Verdict" in first
    # No page is left nearly blank.
    assert min(len(page.extract_text()) for page in pages[:-1]) > 300


def test_without_anything_that_prints_there_is_a_way_out(run: Run, monkeypatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: None)
    monkeypatch.setitem(__import__("sys").modules, "weasyprint", None)
    assert reports.shutil is shutil
    with pytest.raises(WorkbenchError, match="neither Chromium nor") as error:
        write_reports(run, ["pdf"])
    assert "open report.html" in error.value.hint
