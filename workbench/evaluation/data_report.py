"""What the questions are made of: how many of each chapter, kind, entity and group. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from workbench.types import Question

ROLES = ("train", "dev", "test")
#: Entities and chapters that are told, those with most questions.
MOST = 20
#: Words with a capital that begin no sentence, and what joins them.
_ENTITY = re.compile(
    r"(?<![.!?:] )(?<!^)\b[A-Z][\w'-]+(?: (?:(?:of|the|de|von|van) )?[A-Z][\w'-]+)*"
)


def entities(question: Question) -> set[str]:
    """The names that a question or its answers hold; none where names have no capitals."""
    # A first word has a capital in any case: asked for, it is no name.
    texts = (question.text, *(f"x {answer}" for answer in question.answers))
    return {found[0].removesuffix("'s") for text in texts for found in _ENTITY.finditer(text)}


def balance(
    by_role: Mapping[str, Sequence[Question]],
    tags: Mapping[str, Mapping[str, str]],
    titles: Mapping[str, str],
) -> list[dict[str, Any]]:
    """Rows ``by``, ``name`` and a count for each role, the largest first within each ``by``.

    ``tags`` say by attribute which group a question is about, ``titles`` what a section is called.
    """
    counts: dict[tuple[str, str], Counter[str]] = {}

    def add(by: str, name: str, role: str) -> None:
        counts.setdefault((by, name), Counter())[role] += 1

    for role, questions in by_role.items():
        for question in questions:
            if question.cluster:
                add("chapter", titles.get(question.cluster) or question.cluster, role)
            add("kind", question.kind, role)
            for name in entities(question):
                add("entity", name, role)
            for attribute, own in tags.items():
                if attribute != "section":
                    add(attribute, own.get(question.id, "none named"), role)
    rows: list[dict[str, Any]] = [
        {"by": by, "name": name, **{role: held[role] for role in ROLES}}
        for (by, name), held in counts.items()
    ]
    order = {by: place for place, by in enumerate(dict.fromkeys(row["by"] for row in rows))}
    rows.sort(key=lambda row: (order[row["by"]], -sum(row[role] for role in ROLES), row["name"]))
    kept: list[dict[str, Any]] = []
    shown: Counter[str] = Counter()
    for row in rows:
        shown[row["by"]] += 1
        if shown[row["by"]] <= MOST:
            kept.append(row)
    return kept
