"""What one and the same answer to every question would score: the floor below which nobody knows.

A model that has seen but a few examples soon answers with the name that occurs most, and is right
wherever an exam asks for its hero. Plain averages hide that.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from workbench.text import token_f1, words
from workbench.types import Question

#: Points (of 1) from which the floor is worth telling.
TELLING = 0.1


def constant_answer(
    trained: Sequence[Question],
    exam: Sequence[Question],
    mix: Mapping[str, float],
    language: str = "en",
) -> tuple[str, float] | None:
    """The commonest reference of the training questions, and its token F1 on the exam (0 to 1).

    Strata weigh as ``mix`` says, as far as the exam has them. None where nothing was trained on, or
    the exam has no answer.
    """
    counts = Counter(item.answers[0] for item in trained if item.answers)
    if not counts or not exam:
        return None
    # Of equally common ones the first in the alphabet, so that order decides nothing.
    answer = min(counts, key=lambda text: (-counts[text], text))
    given = words(answer, language)
    by: dict[str, list[float]] = {}
    for question in exam:
        value = max((token_f1(given, words(a, language)) for a in question.answers), default=0.0)
        by.setdefault(question.stratum or "", []).append(value)
    weights = {name: mix.get(name, 0.0) for name in by}
    if sum(weights.values()) <= 0:
        weights = dict.fromkeys(by, 1.0)
    total = sum(weights.values())
    return answer, sum(weights[name] * sum(v) / len(v) for name, v in by.items()) / total
