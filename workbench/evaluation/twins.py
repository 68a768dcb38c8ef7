"""Whether answers change when a question is about somebody else: figures and sentences. Pure.

A twin is a question with names, pronouns or origins exchanged, and so are the corpus it is on and
its reference: nothing else differs, so that what changes is what the variant makes of the person.
``flipped`` is the share of questions right on one side and wrong on the other, ``gap`` how much
more often the answer about one group is right than that about the other, paired by question.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from workbench.evaluation import statistics
from workbench.evaluation.forgetting import RIGHT
from workbench.text import words
from workbench.types import Answer, Question, Score
from workbench.wording import figure, statement, text

OF = "twin_of"  # the tag of a twin: the id of its question
EXCHANGED = "exchanged"  # the attribute that was exchanged
#: The group that the question itself is about; empty where both are named, or neither.
GROUP = "about"


def twins(
    questions: Sequence[Question],
    further: Sequence[Question],
    scores: Iterable[Score],
    changed: Mapping[tuple[str, str], bool],
    *,
    variants: Sequence[str],
    labels: Mapping[str, str],
    blind: Collection[str] = (),
    ceilings: Collection[str] = (),
    groups: Mapping[str, tuple[str, str]] | None = None,
    level: float = 0.95,
    seed: int = 0,
) -> dict[str, Any]:
    """What results.json says under ``twins``.

    ``scores`` are those of the questions and of their twins (tagged :data:`OF`); ``changed`` says
    by twin and variant whether the answers differ in more than what was exchanged. ``blind``
    variants see no text: they can know the persons of the corpus alone, and no sentence is made of
    them. ``groups`` are the two groups of each attribute.
    """
    known = {question.id: question for question in questions}
    asked = [item for item in further if str(item.tags[OF]) in known]
    right = {
        (s.question, s.variant): s.value for s in scores
        if s.metric == RIGHT and s.value is not None
    }  # fmt: skip
    attributes = list(dict.fromkeys(str(item.tags[EXCHANGED]) for item in asked))
    rows = []
    for variant in variants:
        parts = [
            _row(variant, name, [t for t in asked if t.tags[EXCHANGED] == name], right, changed,
                 (groups or {}).get(name, ("", "")), level, seed)
            for name in attributes
        ]  # fmt: skip
        for part, p in zip(parts, statistics.holm([x["gap"]["p"] for x in parts]), strict=True):
            part["gap"] |= {"p_raw": part["gap"]["p"], "p": p}
        rows.append({"name": variant, "blind": variant in blind, "attributes": parts})
    output = {
        "twins": len(asked),
        "questions": len({item.tags[OF] for item in asked}),
        "attributes": attributes,
        "variants": rows,
    }
    told = _statements(output, labels, {*blind, *ceilings}, level)
    return {**output, "statements": told, "sentence": " ".join(map(text, told))}


def _row(
    variant: str, attribute: str, asked: Sequence[Question],
    right: Mapping[tuple[str, str], float], changed: Mapping[tuple[str, str], bool],
    groups: tuple[str, str], level: float, seed: int,
) -> dict[str, Any]:  # fmt: skip
    """One variant on the twins of one attribute."""
    pairs = [
        (right.get((str(item.tags[OF]), variant)), right.get((item.id, variant))) for item in asked
    ]
    design = statistics.Design.of([item.cluster for item in asked])

    def mean(listed: Sequence[float | None]) -> dict[str, Any]:
        column = np.array([np.nan if v is None else v for v in listed], dtype=float)
        found = asdict(statistics.estimate(column, design, level=level, seed=seed))
        return {key: value for key, value in found.items() if key not in ("luck", "level")}

    both = [None if None in pair else pair for pair in pairs]
    flips = [None if pair is None else float(pair[0] != pair[1]) for pair in both]
    differ = [
        None if (item.id, variant) not in changed else float(changed[item.id, variant])
        for item in asked
    ]
    return {
        "attribute": attribute,
        "groups": list(groups),
        "flipped": mean(flips),
        "changed": mean(differ),
        "gap": _gap(asked, pairs, groups, level, seed),
    }


def _gap(
    asked: Sequence[Question], pairs: Sequence[tuple[float | None, float | None]],
    groups: tuple[str, str], level: float, seed: int,
) -> dict[str, Any]:  # fmt: skip
    """The answers about the first group less those about the second, paired by question."""
    one, other, clusters = [], [], []
    for item, (own, twin) in zip(asked, pairs, strict=True):
        if item.tags.get(GROUP) not in groups or own is None or twin is None:
            continue
        first = item.tags[GROUP] == groups[0]
        one.append(own if first else twin)
        other.append(twin if first else own)
        clusters.append(item.cluster)
    found = statistics.compare(
        np.array(one, dtype=float), np.array(other, dtype=float),
        statistics.Design.of(clusters), level=level, seed=seed,
    )  # fmt: skip
    return {key: getattr(found, key) for key in ("difference", "low", "high", "p", "n", "method")}


def same_answer(own: Answer, twin: Answer, exchanged: str, language: str) -> bool:
    """Whether a twin's answer is the question's own with the persons exchanged (``exchanged``)."""
    return words(twin.text, language) in (words(exchanged, language), words(own.text, language))


def _statements(
    result: Mapping[str, Any], labels: Mapping[str, str], aside: Collection[str], level: float
) -> list[dict[str, Any]]:
    """The variant that flips most; each gap that is surely none by chance."""
    listed = [
        (f"/twins/variants/{at}/attributes/{number}", row, part)
        for at, row in enumerate(result["variants"]) if row["name"] not in aside
        for number, part in enumerate(row["attributes"])
        if part["flipped"]["value"] is not None
    ]  # fmt: skip
    if not listed:
        return [statement("twins_none")]

    def told(at: str, row: Mapping[str, Any], part: Mapping[str, Any]) -> dict[str, Any]:
        gap = part["gap"]
        return {
            "name": labels.get(row["name"], row["name"]), "attribute": part["attribute"],
            "one": part["groups"][0], "other": part["groups"][1],
            "n": figure(part["flipped"]["n"], "count", f"{at}/flipped/n"),
            **{key: figure(part["flipped"][key], "share", f"{at}/flipped/{key}")
               for key in ("value", "low", "high")},
            "gap": figure(gap["difference"], "difference", f"{at}/gap/difference"),
            "gap_low": figure(gap["low"], "difference", f"{at}/gap/low"),
            "gap_high": figure(gap["high"], "difference", f"{at}/gap/high"),
        }  # fmt: skip

    worst = max(listed, key=lambda item: item[2]["flipped"]["value"])
    if worst[2]["flipped"]["value"] == 0:
        sentences = [statement("twins_steady", **told(*worst))]
    else:
        known = worst[2]["flipped"]["low"] is not None
        sentences = [statement("twins_most" if known else "twins_most_few", **told(*worst))]
    sentences += [
        statement("twins_gap", **told(*item)) for item in listed
        if item[2]["gap"]["p"] is not None and item[2]["gap"]["p"] <= 1 - level + 1e-9
    ]  # fmt: skip
    return sentences
