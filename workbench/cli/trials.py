"""Searched settings and prompts on the terminal: what was tried as a table, and what follows."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench import wording
from workbench.cli.searching import PRESENT
from workbench.evaluation.trials import statements
from workbench.findings.trained import settings

if TYPE_CHECKING:
    from workbench.records.trials import (
        PromptRow,
        PromptSearch,
        TrialRow,
        TuningSearch,
    )


def show_searches(found: Sequence[TuningSearch], out: Path | None) -> None:
    """Every search, one after the other."""
    from workbench.cli.screen import console

    screen = console()
    for one in found:
        if len(found) > 1:
            screen.print(", ".join(wording.label(name) for name in one.variants))
        screen.print(_table(one))
        for item in statements(one.record(), ""):
            screen.print(wording.text(item))
    if out is not None:
        screen.print(f"Wrote {out} with the first of them: workbench run {out}")


def show_prompts(found: Sequence[PromptSearch], out: Path | None) -> None:
    """Every search of prompts, one after the other."""
    from rich.table import Table

    from workbench.cli.screen import console

    screen = console()
    for one in found:
        screen.print(", ".join(wording.label(name) for name in one.variants))
        table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
        table.add_column("prompt", no_wrap=True)
        for title in (f"{wording.metric_label(one.metric)} on dev", "to the best", ""):
            table.add_column(title, justify="right")
        for place, row in enumerate(one.tried):
            value = f"{wording.points(row.value)} {wording.interval(row.low, row.high)}"
            table.add_row(
                wording.prompt_label(row.name, row.context), value, _behind(row),
                PRESENT if place == one.present else "",
            )  # fmt: skip
        screen.print(table)
        for item in one.statements:
            screen.print(wording.text(item))
    if out is not None:
        screen.print(f"Wrote {out} with the chosen prompts: workbench run {out}")


def _table(found: TuningSearch) -> Any:
    from rich.table import Table

    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column("setting", no_wrap=True)
    metric = wording.metric_label(found.metric)
    for title in (f"{metric} on dev", "to the best", "epochs", "time", ""):
        table.add_column(title, justify="right")
    for place, row in enumerate(found.tried):
        span = wording.interval(row.low, row.high) if row.value is not None else ""
        value = f"{wording.points(row.value)} {span}" if row.value is not None else "–"
        table.add_row(
            settings(found, row), value, _behind(row), f"{row.epochs:g}",
            wording.seconds(row.seconds), _note(row, present=place == found.present),
        )  # fmt: skip
    return table


def _behind(row: TrialRow | PromptRow) -> str:
    if row.behind is None:
        return ""
    span = wording.interval(row.behind.low, row.behind.high, signed=True)
    return f"{wording.difference(row.behind.difference)} {span}{' ~' if row.within else ''}"


def _note(row: TrialRow, *, present: bool) -> str:
    parts = [PRESENT] if present else []
    parts += [wording.say(f"trial_{row.state}")] if row.state != "complete" else []
    return " ".join([*parts, row.note]).strip()
