"""What the report shows of choosing today: whom to take, what it risks, what evidence is worth."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from markupsafe import Markup

from workbench import wording
from workbench.records.results import Results
from workbench.records.verdict import Today
from workbench.report import charts
from workbench.report.links import sentence
from workbench.report.view import View

AT = "/verdict/today"


def today(view: View) -> dict[str, Any]:
    """The template's values; ``today`` is None where nothing was there to choose between."""
    item = view.verdict.today
    if item is None:
        return {"today": None, "today_rows": [], "today_chart": "", "today_statements": []}
    money = any(row.money is not None for row in item.variants.values())
    rows = [
        {"name": name, "row": item.variants[name], "label": view.name(name),
         "colour": view.colours[name], "at": f"{AT}/variants/{name}",
         "chosen": name == item.variant}
        for name in view.names if name in item.variants
    ]  # fmt: skip
    drawn = view.figure(item.draws, "count", f"{AT}/draws")
    return {
        "today": item,
        "today_rows": rows,
        "today_money": money,
        "today_chart": _chart(view, item),
        "today_note": view.linked("today_note", draws=drawn),
        "today_statements": [
            sentence(words, view.results, view.language) for words in view.verdict.statements.today
        ],
    }


def _chart(view: View, item: Today) -> Markup | str:
    if not item.evidence or not any(step.points for step in item.evidence):
        return ""
    return charts.evidence(item.evidence, view.colours.get(item.variant, charts.INK), view.words)


def markdown(
    results: Results,
    words: Mapping[str, str],
    escape: Callable[[str], str],
    table: Callable[[Sequence[str], Sequence[Sequence[str]]], list[str]],
) -> list[str]:
    """The section as lines of Markdown; none for a run that records nothing of it."""
    item = results.verdict.today
    if item is None:
        return []
    lines = [f"## {words['h_today']}", "", escape(item.sentence), ""]
    if not item.variants:
        return lines
    currency = results.prices.currency if results.prices else "USD"
    names = results.names()
    heads = ("col_if_taken", "col_lost", "col_unlucky", "col_overpaid", "col_chance")
    lines += table(
        [words[head] for head in heads],
        [
            [names.get(name, name), wording.loss(row.points), wording.loss(row.points_tail),
             wording.money(row.money, currency), wording.share(row.chance)]
            for name, row in item.variants.items()
        ],
    )  # fmt: skip
    lines.append("")
    lines += table(
        [words["evidence_x"], *(wording.count(step.questions) for step in item.evidence)],
        [[words["evidence_y"], *(
            f"{wording.loss(step.points)} {wording.interval(step.low, step.high)}"
            for step in item.evidence
        )]],
    )  # fmt: skip
    return [*lines, ""]
