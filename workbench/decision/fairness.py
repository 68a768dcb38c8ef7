"""Groups and harm of one exam, where the experiment asks for them. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from workbench.evaluation.groups import Tags, groups, widest
from workbench.evaluation.harm import harm, outcomes, severities
from workbench.evaluation.labels import closed_set
from workbench.evaluation.metrics import answered
from workbench.evaluation.parity import parity
from workbench.evaluation.table import Table
from workbench.experiment import Experiment
from workbench.experiment.variant import Variant, ceilings, variants_of
from workbench.text import label_in
from workbench.types import Answer, Question


def fair_parts(
    experiment: Experiment,
    exam: Sequence[Question],
    answers: Iterable[Answer],
    tables: Mapping[str, Table],
    tags: Tags,
    variants: Sequence[Variant],
) -> dict[str, Any]:
    """What results.json says under ``groups`` and ``harm``; nothing where neither is asked for."""
    parts: dict[str, Any] = {}
    decision = experiment.decision
    table = tables.get(decision.metric)
    if tags and table is not None:
        facts = {question.id: question.fact for question in exam}
        found = groups(
            table, tags, facts, ceilings=ceilings(variants), least=experiment.fairness.least,
            level=decision.level, seed=experiment.seed,
        )  # fmt: skip
        told = _parity(exam, answers, tags) if any(q.kind == "label" for q in exam) else {}
        for row in found["variants"]:
            if row["name"] in told:
                row["parity"] = told[row["name"]]
        parts["groups"] = found
    if experiment.harm is not None:
        held = harm(
            outcomes(tables, answerable(exam)), experiment.harm.costs,
            severity=severities(exam, experiment.harm.severity), mix=experiment.mix,
            level=decision.level, seed=experiment.seed,
        )  # fmt: skip
        if held is not None:
            parts["harm"] = held
    return parts


def mended(experiment: Experiment, results: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What results.json says under ``mended``: each mended variant beside the plain one.

    The plain one differs in nothing else, and is tuned too.
    """
    known = {item.name: item for item in variants_of(experiment)}
    gaps, flips = widest(results.get("groups")), _flips(results.get("twins"))
    found = []
    for item in known.values():
        tuning = item.tuning
        if tuning is None or not tuning.mended:
            continue
        plain = replace(item, tuning=tuning.unmended, name="", adapter=None)
        twin = next((n for n, other in known.items()
                     if replace(other, name="", adapter=None) == plain), None)  # fmt: skip
        if twin is None:
            continue
        found.append({
            "variant": item.name, "baseline": twin, "twins": list(tuning.twins),
            "reweight": tuning.reweight, "evenly": tuning.evenly,
            "gap_before": gaps.get(twin, {}).get("value"),
            "gap_after": gaps.get(item.name, {}).get("value"),
            "flips_before": flips.get(twin), "flips_after": flips.get(item.name),
            **_difference(results, item.name, twin, experiment.decision.metric),
        })  # fmt: skip
    return found


def _flips(found: Mapping[str, Any] | None) -> dict[str, float | None]:
    """The largest share of flips of each variant, whatever was exchanged."""
    return {
        row["name"]: max(
            (p["flipped"]["value"] for p in row["attributes"]
             if p["flipped"]["value"] is not None), default=None)
        for row in (found or {}).get("variants", ())
    }  # fmt: skip


def _difference(
    results: Mapping[str, Any], variant: str, baseline: str, metric: str
) -> dict[str, Any]:
    """``variant`` less ``baseline`` on the whole exam, as it was compared."""
    for item in results["comparisons"]:
        pair = (item["variant"], item["baseline"])
        if (
            item["metric"] != metric
            or item["stratum"] is not None
            or set(pair) != {variant, baseline}
        ):
            continue
        sign = 1 if pair == (variant, baseline) else -1
        ends = [None if item[key] is None else sign * item[key] for key in ("low", "high")][::sign]
        gap = None if item["difference"] is None else sign * item["difference"]
        return {"difference": gap, "low": ends[0], "high": ends[1], "p": item["p"], "n": item["n"]}
    return {}


def answerable(exam: Iterable[Question]) -> dict[str, bool]:
    """Whether the text answers each question; what was imported without references may well be."""
    return {q.id: bool(q.answers) or q.kind != "unanswerable" for q in exam}


def _parity(
    exam: Sequence[Question], answers: Iterable[Answer], tags: Tags
) -> dict[str, list[dict[str, Any]]]:
    """By variant, how far the groups of each attribute lie apart in each label."""
    asked = [question for question in exam if question.kind == "label"]
    labels = closed_set(asked[0])
    said: dict[str, dict[str, str | None]] = {}
    for answer in answers:
        told = label_in(answer.text, labels) if answered(answer) else None
        said.setdefault(answer.variant, {})[answer.question] = told
    due = [question.answers[0] for question in asked]
    return {
        variant: [
            {"attribute": name, **row}
            for name, own in tags.items()
            for row in parity(
                due, [told.get(q.id) for q in asked], [own.get(q.id) for q in asked], labels
            )
        ]
        for variant, told in said.items()
    }
