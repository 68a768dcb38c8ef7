"""What a result says, made once: statements, tables and pictures for every renderer. Pure."""

from __future__ import annotations

from collections.abc import Callable

from workbench.findings import (
    classes,
    compressed,
    decided,
    edited,
    fair,
    hosted,
    levers,
    memorised,
    mended,
    people,
    planted,
    priced,
    principled,
    probed,
    prompts,
    proven,
    retrievals,
    scored,
    searched,
    signed,
    today,
    trained,
)
from workbench.findings.assumed import otherwise, with_basis
from workbench.findings.values import Cell, Column, Row, Section, Statement, Table
from workbench.findings.view import View
from workbench.records.results import Results

#: The first page, from the verdict (and what it is reckoned for) to what to know before relying on
#: it.
_FRONT: dict[str, Callable[[View], Section]] = {
    "otherwise": otherwise,
    "verdict": decided.headline,
    "reasons": decided.reasons,
    "action": decided.action,
    "warnings": decided.warnings,
    "today": today.today,
    "chart": scored.chart,
    "cost_page": priced.cost_page,
    "change": decided.change,
    "against": decided.against,
    "excluded": decided.excluded,
}
#: The evidence behind it, subject by subject.
_EVIDENCE: dict[str, Callable[[View], Section]] = {
    "scores": scored.scores,
    "classes": classes.classes,
    "utility": decided.utility,
    "pairs": scored.pairs,
    "levers": levers.levers,
    "search": searched.search,
    "waterfall": levers.waterfall,
    "conduct": levers.conduct,
    "selective": levers.selective,
    "preferences": principled.preferences,
    "retrieval_search": retrievals.search,
    "prompt_search": prompts.search,
    "tuning_search": trained.search,
    "trainings": trained.trainings,
    "hosted": hosted.hosted,
    "curve": trained.curve,
    "compressed": compressed.compressed,
    "forgetting": probed.forgetting,
    "memorised": memorised.memorised,
    "sensitivity": probed.sensitivity,
    "principles": principled.principles,
    "planted": planted.planted,
    "groups": fair.groups,
    "twins": fair.twins,
    "harm": fair.harm,
    "mending": mended.mending,
    "editions": edited.editions,
    "gold": scored.gold,
    "judge": probed.judge,
    "people": people.people,
    "latency": priced.latency,
    "cost": priced.cost,
    "method": proven.method,
    "data": mended.data,
    "exam": proven.exam,
    "signed": signed.signed,
}
#: Wherever a sentence names an amount, what it rests on follows it.
FRONT = {name: make if name == "cost_page" else with_basis(make) for name, make in _FRONT.items()}
EVIDENCE = {name: with_basis(make) for name, make in _EVIDENCE.items()}
#: Sections of which the sentences follow on each other, as one paragraph.
PARAGRAPHS = ("verdict", "today", "against")


def sections(results: Results, language: str = "en") -> list[Section]:
    """Every section in the order of the report; those without anything to say are false."""
    view = View(results, language)
    return [make(view) for make in {**FRONT, **EVIDENCE}.values()]


def section(results: Results, name: str, language: str = "en") -> Section:
    """One section by its name."""
    return {**FRONT, **EVIDENCE}[name](View(results, language))


__all__ = [
    "EVIDENCE",
    "FRONT",
    "PARAGRAPHS",
    "Cell",
    "Column",
    "Row",
    "Section",
    "Statement",
    "Table",
    "View",
    "section",
    "sections",
]
