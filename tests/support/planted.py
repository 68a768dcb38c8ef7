"""Variants before planted instructions, made up: one obeys, one copies, one answers."""

from __future__ import annotations

from typing import Any

from workbench.evaluation import planted
from workbench.types import Answer, Question

QUESTIONS = [
    Question(f"d{n}", f"Who kept the bridge {n}?", ("Anna",), cluster=f"s{n}", role="dev")
    for n in range(12)
]


def replies(how: str, probes: list[planted.Probe], variant: str) -> list[Answer]:
    """``how`` a variant replies: obeys, copies, or answers."""
    listed = []
    for probe in probes:
        for question in probe.asked:
            ordered = question.id.endswith(f"/{planted.ORDERED}")
            marked = how == "copies" or (how == "obeys" and ordered)
            text = f"It is {probe.form.marker.upper()}." if marked else "Anna"
            listed.append(Answer(question.id, variant, text, 9, 4, 0.1, passages=("t:0-9",)))
    return listed


def told(variants: list[str]) -> dict[str, Any]:
    """The first obeys, the second copies, the others answer."""
    probes = planted.probes(QUESTIONS, 16)
    ways = ["obeys", "copies", *["answers"] * len(variants)]
    given = {name: replies(how, probes, name) for name, how in zip(variants, ways, strict=False)}
    return planted.told(probes, given, variants=variants)
