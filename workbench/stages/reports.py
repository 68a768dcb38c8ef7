"""The report of a run as files: a page, Markdown, a PDF, or everything that the page links to."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import tempfile
import zipfile
from collections.abc import Mapping, Sequence
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from workbench.errors import WorkbenchError
from workbench.io import jsonl
from workbench.io.files import whole_file, write_text
from workbench.records.people import People
from workbench.records.probes import Judge
from workbench.records.results import Results
from workbench.records.run import Run
from workbench.text import printable

FORMATS = ("html", "md", "pdf", "zip")
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "msedge")
PRINT_S = 120
_LINKED = re.compile(r'href="([^"#:?]+)["#]')


def write_reports(
    run: Run, formats: Sequence[str], reckoned: Results | None = None
) -> dict[str, Path]:
    """Write the run's report in each format; returns where each lies.

    ``reckoned`` are its results for another deployment: they get a report of their own, with their
    figures beside it, and the run's stays.

    ``pdf`` is the page as a browser of this machine prints it, or WeasyPrint; ``zip`` the page with
    the records that its numbers lead to, so that it can be sent. Raises WorkbenchError for an
    unknown format, and where nothing here can make a PDF.
    """
    from workbench.report import render_html, render_markdown

    unknown = [name for name in formats if name not in FORMATS]
    if unknown:
        raise WorkbenchError(
            f"There is no report format {unknown[0]!r}.", f"The formats are {', '.join(FORMATS)}."
        )
    results = reckoned or with_people(run, with_judge(run, run.results()))
    open_exam(run, f"report ({', '.join(formats)})")
    other = reckoned.prices.paid_by if reckoned is not None and reckoned.prices else ""
    named = partial(run.files.report, paid_by=other)
    paths, figures = {name: named(name) for name in formats}, run.files.results
    if reckoned is not None:
        figures = named("json")
        write_text(figures, json.dumps(reckoned.record(), ensure_ascii=False, indent=1) + "\n")
    # Of what stands on the disk now, and no part of what is recorded there.
    results, page = with_signatures(run, results), ""
    if {"html", "pdf", "zip"} & set(formats):
        # A title or an answer may hold what a terminal obeys, and reports are read there as well.
        page = printable(render_html(results, appendix=_appendix(run), figures=figures.name))
        write_text(named("html"), page)
    if "md" in paths:
        write_text(paths["md"], printable(render_markdown(results)))
    if "pdf" in paths:
        _print(named("html"), paths["pdf"])
    if "zip" in paths:
        _pack(run, page, named("html").name, paths["zip"])
    return paths


def forms_wanted(formats: str | None, out: Path | None) -> list[str]:
    """The formats of ``--format``, or that of the file to be written.

    Raises WorkbenchError where the two do not go together.
    """
    ending = out.suffix.removeprefix(".").lower() if out is not None and not out.is_dir() else ""
    wanted = [item.strip() for item in (formats or ending or "html,md").split(",")]
    if ending and wanted != [ending]:
        raise WorkbenchError(
            f"{out} is one file, and the formats asked for are {', '.join(wanted)}.",
            "Leave --format out, or name a folder that is there.",
        )
    return wanted


def copy_reports(run: Run, paths: Mapping[str, Path], out: Path) -> dict[str, Path]:
    """Reports of a run put to ``out`` (the one file, or a folder); returns where each lies.

    The links of a page still lead into the run's records on this machine.
    """
    folder = not out.suffix or out.is_dir()
    copies = {form: out / path.name if folder else out for form, path in paths.items()}
    for form, path in paths.items():
        copies[form].parent.mkdir(parents=True, exist_ok=True)
        if form == "html":
            page = path.read_text("utf-8")
            write_text(copies[form], _LINKED.sub(partial(_whole_link, run.path.resolve()), page))
        else:
            with whole_file(copies[form]) as unfinished:
                shutil.copyfile(path, unfinished)
    return copies


def _whole_link(root: Path, link: re.Match[str]) -> str:
    file = root / link[1]
    return link[0].replace(link[1], file.as_uri(), 1) if file.is_file() else link[0]


def open_exam(run: Run, why: str) -> None:
    """Log a look at the exam's answers, and refuse an exam that is not the locked one."""
    from workbench.questions import verify_lock

    locked = run.manifest.hashes.get("exam")
    if locked is not None:
        verify_lock(run.files.exam, locked)
    run.event(look=f"exam answers opened: {why}")


def with_judge(run: Run, results: Results) -> Results:
    """The results with what the judge is worth by the labels there are now."""
    from workbench.evaluation.judge_agreement import assess
    from workbench.evaluation.judge_run import recorded
    from workbench.questions.dataset.question_set import read_questions

    facts, scores = recorded(run.path)
    if facts is None:
        return results
    asked = [
        item for role in ("test", "gold") for item in read_questions(run.files.questions(role))
    ]
    result = assess(
        facts, scores, jsonl.stream(run.files.labels), asked, list(results.names()),
        level=results.level, seed=results.run.seed,
    )  # fmt: skip
    if Judge.model_validate(result) != results.judge:
        results = results.with_parts(judge=result)
        run.write(results)
    return results


def with_signatures(run: Run, results: Results) -> Results:
    """The results with who signed them, and what has changed since, to be shown."""
    from workbench.records.signatures import signatures

    found = signatures(run.path)
    if not found:
        return results
    return results.with_parts(signed=[item.record() for item in found])


def with_people(run: Run, results: Results) -> Results:
    """The results with what people say of the answers by the labels there are now."""
    found = people_figures(run, results)
    if found is None or People.model_validate(found) == results.people:
        return results
    results = results.with_parts(people=found)
    run.write(results)
    return results


def people_figures(run: Run, results: Results) -> dict[str, Any] | None:
    """What ``results.json`` says under ``people``; None where nobody compared or graded."""
    from workbench.evaluation import people
    from workbench.questions.dataset.question_set import read_questions
    from workbench.records import ratings
    from workbench.stages.score_table import read_scores

    rows = ratings.labels(run.path)
    if not any(row.get("grades") or row.get("label") in people.CHOICES for row in rows):
        return None
    asked = [
        item for role in ("test", "gold") for item in read_questions(run.files.questions(role))
    ]
    beside = {results.metric, "containment", *results.judged_metrics} - {people.METRIC}
    others = read_scores(run.path) if run.files.scores.exists() else []
    names = [row.name for row in results.variants if not row.is_ceiling]
    return people.told(
        rows, asked, names, [score for score in others if score.metric in beside],
        level=results.level, seed=results.run.seed,
    )  # fmt: skip


def _appendix(run: Run) -> dict[str, str]:
    """The prompts as they were used, and the specification."""
    files = sorted((run.path / "prompts").rglob("*.jinja")) if run.path.is_dir() else []
    shown = [*files, run.files.specification]
    return {
        str(path.relative_to(run.path)): path.read_text("utf-8", errors="replace")
        for path in shown if path.is_file()
    }  # fmt: skip


def can_print() -> bool:
    """Whether something on this machine makes a PDF of a page."""
    return any(map(shutil.which, BROWSERS)) or find_spec("weasyprint") is not None


def _print(page: Path, out: Path) -> None:
    """The page as a PDF, whole or not at all."""
    browser = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    with whole_file(out) as partial:
        if browser is not None:
            _by_browser(browser, page, partial)
            return
        try:
            from weasyprint import HTML
        except (ImportError, OSError) as error:
            raise WorkbenchError(
                "Nothing on this machine can print the report: there is neither Chromium nor "
                "WeasyPrint.",
                "Install one of them (pip install weasyprint), or open report.html and print it.",
            ) from error
        HTML(filename=str(page)).write_pdf(str(partial))


def _by_browser(browser: str, page: Path, out: Path) -> None:
    with tempfile.TemporaryDirectory(prefix="print-") as profile:
        # Chromium's sandbox does not work for root, and only for root it is left out.
        bare = ["--no-sandbox"] if getattr(os, "geteuid", lambda: 1)() == 0 else []
        command = [browser, "--headless", "--disable-gpu", *bare, "--no-pdf-header-footer",
                   f"--user-data-dir={profile}", f"--print-to-pdf={out.absolute()}",
                   page.absolute().as_uri()]  # fmt: skip
        try:
            done = subprocess.run(command, capture_output=True, timeout=PRINT_S, check=False)
        except subprocess.TimeoutExpired as error:
            raise WorkbenchError(
                f"{Path(browser).name} did not print the report within {PRINT_S} s.",
                "Open report.html in a browser and print it there.",
            ) from error
    if not out.exists() or out.stat().st_size == 0:
        said = done.stderr.decode("utf-8", errors="replace").strip().splitlines()
        raise WorkbenchError(
            f"{Path(browser).name} printed nothing: {(said or ['no word'])[-1][:200]}",
            "Open report.html in a browser and print it there.",
        )


def _pack(run: Run, page: str, name: str, out: Path) -> None:
    """The page and every record that it links to, in the places that its links name."""
    root = run.path.resolve()
    linked = {name for name in _LINKED.findall(page) if (run.path / name).is_file()}
    # A link leads nowhere outside of the run.
    linked = {name for name in linked if (run.path / name).resolve().is_relative_to(root)}
    with (
        whole_file(out) as partial,
        zipfile.ZipFile(partial, "w", zipfile.ZIP_DEFLATED) as packed,
    ):
        packed.writestr(name, page)
        for record in sorted(linked):
            packed.write(run.path / record, record)
