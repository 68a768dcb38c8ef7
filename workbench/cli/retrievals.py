"""Searched settings of the search on the terminal: a table, the trade-off, and what follows."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench import wording
from workbench.cli.searching import PRESENT
from workbench.engine.study import written

if TYPE_CHECKING:
    from workbench.records.trials import RetrievalRow, RetrievalSearch
    from workbench.records.variants import Estimate

#: Columns that a setting has at the least.
NAMED = 20
#: What a row of the table is marked with.
MARKS = "* more than luck, ~ level with the best, + on the front"


def as_record(found: RetrievalSearch) -> dict[str, Any]:
    """What ``--json`` prints."""
    return {**found.record(), "conclusion": " ".join(map(wording.text, found.statements[1:]))}


def show_retrieval(found: RetrievalSearch, out: Path | None) -> None:
    """Every setting, what each amount of tokens buys, and what to do now."""
    from rich.table import Table

    from workbench.cli.screen import console

    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column("setting", min_width=NAMED)
    table.add_column("")
    answers = ("answers",) if found.answered else ()
    for title in ("passages", "tokens", "evidence", "gain", "precise", "ms", *answers):
        table.add_column(title, justify="right")
    for row in found.tried:
        table.add_row(*_cells(found, row))
    screen = console()
    screen.print(table)
    screen.print(
        f"{found.questions} train and dev questions, points out of 100 with 95% intervals. {MARKS} "
        "of evidence against tokens and ms."
    )
    points = ", ".join(
        f"{point.tokens:.0f} tokens {wording.points(point.recall)} ({_name(found, point.number)})"
        for point in found.trade_off
    )
    screen.print(f"Most evidence for its tokens: {points}.")
    for item in found.statements:
        screen.print(wording.text(item))
    if out is not None:
        screen.print(f"Wrote {out} with the first of them: workbench run {out}")


def _cells(found: RetrievalSearch, row: RetrievalRow) -> list[str]:
    name = PRESENT if row.number == 0 else written(row.settings)
    if row.recall is None:
        rest = [""] * (7 if found.answered else 6)
        return [f"{name}: {wording.say(f'trial_{row.state}')} {row.note}".strip(), "", *rest]
    marks = [mark for mark, there in (("*", row.clear), ("~", row.tied), ("+", row.front)) if there]
    # Its interval is in the sentence on the best, and all are in the report and with --json.
    gain = "" if row.gain is None else wording.difference(row.gain.difference)
    cells = [str(row.top_k), f"{row.tokens:.0f}", _spanned(row.recall), gain,
             wording.points(row.precision), f"{row.ms:.1f}"]  # fmt: skip
    answered = [] if row.value is None else [_spanned(row)]
    return [name, "".join(marks), *cells, *(answered or [""] * bool(found.answered))]


def _spanned(item: Estimate | RetrievalRow) -> str:
    span = "" if item.low is None else f" {wording.interval(item.low, item.high)}"
    return f"{wording.points(item.value)}{span}"


def _name(found: RetrievalSearch, number: int) -> str:
    if number == 0:
        return "as it is"
    return written(next(row.settings for row in found.tried if row.number == number))
