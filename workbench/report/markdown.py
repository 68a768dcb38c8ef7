"""results.json as Markdown: the same words and figures as the page, for mail and pull requests."""

from __future__ import annotations

import re
from collections.abc import Sequence

from workbench.findings import EVIDENCE, FRONT, PARAGRAPHS, Section, Table, View
from workbench.findings.assumed import basis
from workbench.findings.scored import variants
from workbench.records.results import Results

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~])")
#: What stands in the main table already, or says little without its picture.
APART = {"chart", "method", "exam"}


def render_markdown(results: Results, language: str = "en") -> str:
    """The report's first page and its tables; model and corpus text is escaped."""
    view, run = View(results, language), results.run
    title = run.corpus.title or run.id or view.say("imported")
    lines = [
        f"# {escape(view.say('title', corpus=title))}",
        "",
        escape(view.say("asked", purpose=run.purpose)),
        "",
    ]
    for name, make in {**FRONT, **EVIDENCE}.items():
        if name in APART:
            continue
        if name == "today":
            # The figures stand before what is made of them, as in the terminal.
            lines += [*_table(variants(view)), "", *[escape(basis(view)), ""] * bool(basis(view))]
        lines += _section(make(view), language, main=name != "scores")
    if run.reproduce:
        lines += [f"## {view.say('reproduce')}", "", "```", run.reproduce, "```", ""]
    return "\n".join(lines)


def escape(text: str) -> str:
    """Text that Markdown shows as it is, on one line."""
    return _SPECIAL.sub(r"\\\1", " ".join(str(text).split()))


def _section(section: Section, language: str, main: bool = True, level: int = 2) -> list[str]:
    """Heading, notes, sentences as a list, tables, and the parts below; pictures are not told."""
    below = [line for part in section.parts for line in _section(part, language, level=level + 1)]
    if not (section.statements or (section.tables and main) or below):
        return []
    lines = [f"{'#' * level} {escape(section.title)}", ""] if section.title else []
    told = [escape(item.text(language)) for item in section.statements]
    if section.id in PARAGRAPHS:
        bold = "**" if section.id == "verdict" else ""
        lines += [f"{bold}{' '.join(told)}{bold}", ""]
    elif told:
        lines += [*(f"- {item}" for item in told), ""]
    notes = [escape(item.text(language)) for item in section.notes]
    if notes and (section.id == "verdict" or section.tables):
        lines += [" ".join(notes), ""]
    for table in section.tables if main else ():
        lines += [*_table(table), ""]
    return lines + below


def _table(table: Table) -> list[str]:
    columns, rows = table.plain()
    result = [_line(columns), "|" + "|".join([":--", *["--:"] * (len(columns) - 1)]) + "|"]
    return [*result, *map(_line, rows)]


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(map(escape, cells)) + " |"
