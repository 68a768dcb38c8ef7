"""Two raters of a made-up run, through the same door as real ones."""

from __future__ import annotations

from pathlib import Path

from workbench.records import ratings
from workbench.records.run import Run
from workbench.serve.desk import Desk


def rate(folder: Path, count: int = 30, raters: tuple[str, ...] = ("Ada", "Bo")) -> None:
    """Each prefers what holds a reference, and grades it 5; else both alike, and 2."""
    for name in raters:
        ratings.enrol(folder, name)
    for name in raters:
        desk = Desk(Run(folder))
        for item in desk.left(name)[0][:count]:
            shown = desk.shown(item)
            right = [
                any(a.lower() in text.lower() for a in shown.question.answers)
                for text in (shown.first, shown.second)
            ]
            choice = "same" if right[0] == right[1] else "first" if right[0] else "second"
            grades = {side: 5 if ok else 2 for side, ok in zip(("first", "second"), right,
                                                               strict=True)}  # fmt: skip
            desk.record(name, item, choice, grades)
