"""Whether a variant serves all groups of questions alike: figures. Pure.

The groups of one attribute are different questions, which may differ in difficulty: a gap is what
those who ask meet with, not proof that the variant treats them otherwise. That is what the same
question about somebody else shows (:mod:`.twins`). Over all gaps of a variant, whatever the
attribute, p is adjusted by Holm and the wide interval by Bonferroni, so that a variant without any
true gap is flagged in 5% of exams at most.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np

from workbench.evaluation import statistics
from workbench.evaluation.statistics import Design, Gap, Sampling
from workbench.evaluation.statistics.design import Array
from workbench.evaluation.table import Table
from workbench.types import Question

#: By attribute, the group of each question; a question without one is about nobody.
Tags = Mapping[str, Mapping[str, str]]
SECTION = "section"
#: Groups of one attribute that are compared, those with most questions.
MOST = 12


def section_tags(questions: Sequence[Question]) -> dict[str, str]:
    """The section of each question that has one, by its title where no other one bears it."""
    titles: dict[str, set[str]] = {}
    for question in questions:
        if question.cluster and question.tags.get("section_title"):
            titles.setdefault(str(question.tags["section_title"]), set()).add(question.cluster)
    called = {next(iter(own)): title for title, own in titles.items() if len(own) == 1}
    return {q.id: called.get(q.cluster, q.cluster) for q in questions if q.cluster}


def column_tags(questions: Sequence[Question], column: str) -> dict[str, str]:
    """What a column of the questions says of each that has it."""
    found = {q.id: q.tags.get(column) for q in questions}
    return {name: str(value).strip() for name, value in found.items()
            if isinstance(value, str | int | float | bool) and str(value).strip()}  # fmt: skip


def groups(
    table: Table,
    tags: Tags,
    facts: Mapping[str, str | None],
    *,
    ceilings: Sequence[str] = (),
    least: int = 10,
    level: float = 0.95,
    seed: int = 0,
) -> dict[str, Any]:
    """What results.json says under ``groups``.

    ``facts`` are those of the questions: sections are no draw from others where they are the
    groups themselves, and there questions on one fact are what varies together.
    """
    attributes = [_attribute(table, name, own, least) for name, own in tags.items()]
    variants = []
    for name in table.variants:
        values = table.trained(name)
        cells = [
            cell
            for item in attributes
            for cell in _cells(table, values, item, tags[item["name"]], facts, seed)
        ]
        variants.append(_of(name, cells, level, seed))
    return {
        "metric": table.metric,
        "least": least,
        "level": level,
        "attributes": attributes,
        "variants": variants,
        "ceilings": [name for name in table.variants if name in ceilings],
    }


def _attribute(table: Table, name: str, own: Mapping[str, str], least: int) -> dict[str, Any]:
    """The groups of an attribute that are compared, and what is left out."""
    counts = Counter(own[question] for question in table.questions if question in own)
    kept = [group for group, count in counts.most_common(MOST) if count >= least]
    clusters = dict(zip(table.questions, table.clusters, strict=True))
    return {
        "name": name,
        "groups": [
            {"name": group, "n": counts[group],
             "clusters": len({clusters[q] or q for q in table.questions if own.get(q) == group})}
            for group in sorted(kept)
        ],
        "left_out": {group: n for group, n in sorted(counts.items()) if group not in kept},
        "untagged": sum(question not in own for question in table.questions),
    }  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Cell:
    """One variant's scores on one group of questions."""

    attribute: str
    group: str
    values: Array
    design: Design
    found: Sampling | None


def _cells(
    table: Table, values: Array, item: Mapping[str, Any], own: Mapping[str, str],
    facts: Mapping[str, str | None], seed: int,
) -> list[_Cell]:  # fmt: skip
    """The groups of one attribute; the clusters are named alike in all of them."""
    by_fact = item["name"] == SECTION
    whole = Design.of(
        [facts.get(q) for q in table.questions] if by_fact else table.clusters
    ).cluster
    cells = []
    for group in item["groups"]:
        keep = np.array([own.get(q) == group["name"] for q in table.questions], dtype=bool)
        mine = values[..., keep]
        design = Design(whole[keep], np.zeros(int(keep.sum()), dtype=np.intp), np.ones(1))
        found, _ = statistics.sampled(mine, design, (0.0, 1.0), seed)
        cells.append(_Cell(item["name"], group["name"], mine, design, found))
    return cells


def _of(variant: str, cells: Sequence[_Cell], level: float, seed: int) -> dict[str, Any]:
    """One variant's groups, its worst one, and its gaps, the widest first."""
    rows = [
        {"attribute": cell.attribute, "group": cell.group, **_estimate(cell.found, level)}
        for cell in cells
    ]
    return {
        "name": variant,
        "groups": rows,
        "worst": _worst(cells, level),
        "gaps": _gaps(cells, level, seed),
    }


def _estimate(cell: Sampling | None, level: float) -> dict[str, Any]:
    span = None if cell is None else cell.interval(level)
    return {
        "value": None if cell is None else cell.value,
        "low": None if span is None else span[0],
        "high": None if span is None else span[1],
        "n": 0 if cell is None else cell.n,
        "clusters": 0 if cell is None else cell.clusters,
    }


def _worst(cells: Sequence[_Cell], level: float) -> dict[str, Any] | None:
    """The group with the lowest score; its upper end allows for its having been the lowest."""
    known = [(cell.found.value, cell, cell.found) for cell in cells if cell.found is not None]
    if len(known) < 2:
        return None
    _, cell, found = min(known, key=lambda each: each[0])
    span = found.interval(1 - (1 - level) / len(known))
    own = {**_estimate(found, level), "high": None if span is None else span[1]}
    return {"attribute": cell.attribute, "group": cell.group, **own, "of": len(known)}


def _gaps(cells: Sequence[_Cell], level: float, seed: int) -> list[dict[str, Any]]:
    found: list[tuple[str, str, str, Gap]] = []
    for one, other in combinations(cells, 2):
        if one.attribute != other.attribute:
            continue
        gap = statistics.between((one.values, one.design), (other.values, other.design), seed)
        if gap is None:
            continue
        if gap.value < 0:
            one, other, gap = other, one, gap.turned()
        found.append((one.attribute, one.group, other.group, gap))
    raw = [gap.p() for *_, gap in found]
    wide = 1 - (1 - level) / max(1, len(found))
    result = []
    for (attribute, better, worse, gap), p_raw, p in zip(
        found, raw, statistics.holm(raw), strict=True
    ):
        narrow, whole = gap.interval(level) or (None, None), gap.interval(wide) or (None, None)
        result.append({
            "attribute": attribute, "better": better, "worse": worse, "difference": gap.value,
            "low": narrow[0], "high": narrow[1], "low_all": whole[0], "high_all": whole[1],
            "p_raw": p_raw, "p": p,
        })  # fmt: skip
    return sorted(result, key=lambda item: -item["difference"])


def flagged(row: Mapping[str, Any], level: float) -> bool:
    """Whether a gap of the variant is surely none by chance, all of them considered."""
    return any(item["p"] is not None and item["p"] < 1 - level for item in row["gaps"])


def widest(found: Mapping[str, Any] | None) -> dict[str, dict[str, Any]]:
    """Of each variant what a limit on gaps is held against: the widest gap with its ends.

    ``low`` is the highest of the lower ends and ``high`` the highest of the upper ones, each of
    intervals that hold all gaps at once; without a measured gap nothing is known.
    """
    result: dict[str, dict[str, Any]] = {}
    for row in (found or {}).get("variants", ()):
        known = [item for item in row["gaps"] if item["low_all"] is not None]
        result[row["name"]] = {
            "value": max((item["difference"] for item in row["gaps"]), default=None),
            "low": max((max(0.0, item["low_all"]) for item in known), default=None),
            "high": max((max(item["high_all"], -item["low_all"]) for item in known), default=None),
        }
    return result
