"""What the terminal shows: tables by rich, numbers with their units."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from workbench import wording
from workbench.text import printable

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from workbench.findings import Table as Finding
    from workbench.records.results import Results
    from workbench.records.run import Run

LISTED = 12
#: Columns where output goes to a file; a terminal has its own.
WIDTH = 100


@cache
def console(stderr: bool = False) -> Console:
    """The terminal, wide enough for the tables where output goes to a file."""
    from rich.console import Console
    from rich.text import Text

    class Plain(Console):
        """Shows what a text holds: its control characters would be the terminal's to obey."""

        def render_str(self, text: str, **options: Any) -> Text:
            return super().render_str(printable(text), **options)

    # No markup: rich would take brackets in a title, label or sentence for tags.
    matches = Plain(stderr=stderr, highlight=False, markup=False)
    if matches.is_terminal:
        return matches
    return Plain(stderr=stderr, highlight=False, markup=False, width=WIDTH + 10 * stderr)


def stage_line(name: str, facts: Mapping[str, Any]) -> str:
    """One line on a finished stage: what it made, and its seconds."""
    from workbench.stages import describe

    spent = f"{facts['seconds']:.0f} s" if facts["seconds"] >= 1 else f"{facts['seconds']:.1f} s"
    if facts.get("reused"):
        spent = "found in the cache"
    return f" {name:<12} {describe(name, facts.get('summary', {})):<74} {spent:>10}"


# --- a run ------------------------------------------------------------------------------------


def show_run(run: Run, everything: bool = False, reckoned: Results | None = None) -> None:
    """What a reader needs on one screen, or all that is said; then where to look closer.

    ``reckoned`` are its results for another deployment, which are shown instead.
    """
    from workbench.cli.result import all_of_it, one_screen
    from workbench.records.load import load
    from workbench.stages.reports import with_signatures

    results = with_signatures(run, reckoned or run.results())
    out, facts = console(), results.run
    corpus = facts.corpus
    size = f"{corpus.words:,} words, {corpus.sections} sections"
    if results.classes is not None and not corpus.sections:
        asked = wording.counted(results.classes.asked, "message")
        size = f"{asked} asked, {wording.counted(len(results.classes.labels), 'label')}"
    if facts.model is None:
        out.print(corpus.title)  # answers that were imported: no model of ours, and no text
    else:
        out.print(f"{corpus.title} ({size}) · {facts.model} · {facts.hardware.cores} cores")
    out.print(variants_table(results))
    for table in (*_slices(results), *_editions(results)):
        out.print()
        out.print(table)
    problems = [f"Note: {problem}" for problem in load(run.path)[1]]
    lines = all_of_it(results, problems) if everything else one_screen(results, problems)
    for line in lines:
        out.print(line)
    out.print()
    if reckoned is not None and reckoned.prices is not None:
        paid_by = reckoned.prices.paid_by
        out.print(f"As a report: workbench report {run.id} --paid-by {paid_by}", highlight=False)
    else:
        out.print(f"Report:      {_nearby(run)}/report.html")
    whole = "" if everything else f" · every sentence here: workbench show {run.id} --all"
    out.print(f"Look closer: workbench dashboard{whole}")
    out.print(f'Ask it:      workbench ask {run.id} "…"')


def variants_table(results: Results) -> Table:
    """The table of the variants, as the report has it.

    How many questions each answered stands there only where they differ in it, so that a line of
    the terminal holds a row.
    """
    from workbench.findings import View
    from workbench.findings.scored import variants

    finding = variants(View(results))
    _, rows = finding.plain()
    return rich_table(finding, cut=len({row[-1] for row in rows}) == 1)


def _slices(results: Results) -> list[Table]:
    """The table of the parts that an import divides its questions into, where it does."""
    from workbench.findings import View
    from workbench.findings.scored import slices

    return [rich_table(table) for table in slices(View(results)).tables]


def _editions(results: Results) -> list[Table]:
    """What each variant made of a text that changed, without intervals: a line holds a row."""
    from dataclasses import replace

    from workbench.findings import View
    from workbench.findings.edited import editions

    tables = editions(View(results)).tables[:1]
    return [
        rich_table(replace(
            table,
            columns=tuple(replace(c, kind="part") if c.kind == "figure" else c
                          for c in table.columns),
        ))
        for table in tables
    ]  # fmt: skip


def rich_table(finding: Finding, cut: bool = False) -> Table:
    """A table of the findings for the terminal; ``cut``: without its last column."""
    from rich.table import Table

    columns, rows = finding.plain()
    if cut:
        columns, rows = columns[:-1], [row[:-1] for row in rows]
    shown = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for place, column in enumerate(columns):
        shown.add_column(column, justify="right" if place else "left")
    for row in rows:
        shown.add_row(*row)
    return shown


def _nearby(run: Run) -> str:
    """The run's folder relative to the working directory if it is below it."""
    from pathlib import Path

    here = Path.cwd()
    return str(run.path.relative_to(here)) if run.path.is_relative_to(here) else str(run.path)


# --- lists ------------------------------------------------------------------------------------


def run_entries() -> list[dict[str, Any]]:
    """One entry per run: id, name, tags, state, corpus, when, and the verdict where it has one."""
    from workbench.errors import WorkbenchError
    from workbench.records.notes import read_notes
    from workbench.records.run import all_runs

    entries: list[dict[str, Any]] = []
    for run in all_runs():
        try:
            manifest = run.manifest
            state = manifest.state
            verdict = run.results().verdict.sentence if state == "done" else None
        except WorkbenchError as error:
            entries.append({"id": run.id, "state": "damaged", "error": str(error)})
            continue
        # A killed process could not record its own end.
        if state == "running" and not run.in_progress():
            state = "stopped"
        entries.append(
            {
                "id": run.id,
                **read_notes(run.path).model_dump(mode="json"),
                "state": state,
                "created": manifest.created,
                "corpus": manifest.corpus.title or None,
                "error": manifest.error.record() if manifest.error else None,
                "verdict": verdict,
            }
        )
    return entries


def show_runs(entries: Sequence[Mapping[str, Any]]) -> None:
    import time

    from rich.table import Table

    if not entries:
        console().print("There are no runs here yet. The first one: workbench demo")
        return
    table = Table(box=None, pad_edge=False)
    named = any(entry.get("name") or entry.get("tags") for entry in entries)
    for title in (
        "run",
        *(("name and tags",) if named else ()),
        "state",
        "when",
        "corpus",
        "verdict",
    ):
        table.add_column(title, overflow="fold")
    for entry in entries:
        created = entry.get("created")
        when = time.strftime("%Y-%m-%d %H:%M", time.localtime(created)) if created else "-"
        error = entry.get("error")
        sentences = entry.get("verdict") or (
            error["message"] if isinstance(error, Mapping) else error
        )
        name = " ".join([entry.get("name") or "", *(f"#{tag}" for tag in entry.get("tags") or ())])
        table.add_row(
            entry["id"],
            *((name.strip() or "-",) if named else ()),
            entry["state"],
            when,
            entry.get("corpus") or "-",
            str(sentences or "-"),
        )
    console().print(table)


def show_replies(question: str, replies: Sequence[Mapping[str, Any]]) -> None:
    """Each variant's reply with the passages that it saw."""
    out = console()
    out.print(question, style="bold")
    for reply in replies:
        out.print()
        took = wording.seconds(reply.get("seconds"))
        out.print(f"{reply['label']}  ({took})", style="bold")
        out.print(f"  {reply.get('error') or reply['text']}")
        for number, passage in enumerate(reply["passages"], 1):
            text = " ".join(passage["text"].split())
            out.print(f"    [{number}] {text}", style="dim")


def show_checkup(facts: Sequence[Mapping[str, Any]]) -> None:
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False)
    for title in ("", "part", "found", "way out"):
        table.add_column(title, overflow="fold")
    for fact in facts:
        mark = {True: "ok", False: "FAILS", None: "absent"}[fact["ok"]]
        # Text, since rich would swallow the brackets of ``pip install 'name[extra]'``.
        table.add_row(
            *(Text(str(item)) for item in (mark, fact["name"], fact["detail"], fact["fix"]))
        )
    console().print(table)


def show_corpus(facts: Mapping[str, Any]) -> None:
    """What ``workbench corpus inspect`` found: size, documents, the first sections, doubles."""
    from rich.table import Table
    from rich.text import Text

    out = console()
    documents, sections = facts["documents"], facts["sections"]
    language = wording.language_name(facts["language"])
    out.print(
        f"{facts['title']}: {facts['words']:,} words in {len(sections):,} sections of "
        f"{len(documents):,} document{'s' if len(documents) != 1 else ''}, {language}"
    )
    rows = [
        (
            document["id"],
            document["title"],
            wording.language_name(document["language"]),
            document["sections"],
            document["words"],
        )
        for document in documents
    ]
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for place, column in enumerate(("document", "title", "language", "sections", "words")):
        table.add_column(column, justify="right" if place > 2 else "left")
    for row in rows[:LISTED]:
        table.add_row(*(Text(f"{item:,}" if isinstance(item, int) else item) for item in row))
    out.print(table)
    _and_more(len(rows))
    spread = facts["section_words"]
    out.print(
        f"\nSections hold {spread['least']:,} to {spread['most']:,} words, "
        f"{spread['mean']:,} on average. They begin:"
    )
    for section in sections[:LISTED]:
        out.print(f"  {section['id']}  {section['title']} ({section['words']:,})")
    _and_more(len(sections))
    out.print()
    for note in facts["notes"]:
        out.print(f"Note: {note}")
    if not facts["duplicates"]["sections"]:
        out.print("No two sections say the same.")
    _show_what_not_to_learn(facts)


def _show_what_not_to_learn(facts: Mapping[str, Any]) -> None:
    """Personal data and rough words, with what can be done about them."""
    personal, rough = facts["personal"], facts["rough"]
    if by := facts.get("found_by"):
        console().print(wording.say("data_found_by", by=by), markup=False)
    if personal:
        listed = ", ".join(f"{wording.say(f'data_{kind}')} ({n:,})" for kind, n in personal.items())
        kinds = ", ".join(personal)
        console().print(wording.say("data_personal", listed=listed, kinds=kinds), markup=False)
    if rough:
        listed = ", ".join(f"{word} ({n:,})" for word, n in rough.items())
        console().print(wording.say("data_rough", listed=listed), markup=False)


def _and_more(count: int) -> None:
    if count > LISTED:
        console().print(f"  … and {count - LISTED:,} more (all of them: --json)")
