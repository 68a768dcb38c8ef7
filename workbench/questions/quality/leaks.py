"""Questions that give their answer away."""

from __future__ import annotations

import re
from collections.abc import Sequence

from workbench.questions.words import content, words


def leak_fault(text: str, answers: Sequence[str]) -> str | None:
    """Whether the question gives its answer away."""
    asked = content(text)
    for answer in answers[:1]:
        meaning = content(answer)
        if meaning and len(meaning & asked) * 2 > len(meaning):
            return "answer in the question"
    if any(_names_bearer(text, answer) for answer in answers[:1]):
        return "answer in the question"
    run = f" {' '.join(words(text))} "
    if any(f" {' '.join(words(a))} " in run for a in answers[:1] if words(a)):
        return "answer in the question"
    return None


def _names_bearer(text: str, answer: str) -> bool:
    """Whether a question calls by the last name whom it asks for: "asked Luther to return"."""
    name = answer.split()
    if len(name) < 2 or not all(word[:1].isupper() and word.isalpha() for word in name):
        return False
    calls = re.finditer(rf"(\w+) {re.escape(name[-1])}\b(?!['’]s| [A-Z])", text)
    return any(not match.group(1)[0].isupper() for match in calls)
