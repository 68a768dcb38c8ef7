"""Which labelled messages nearly repeat one another, and the proof that none does across the exam.

Messages have no facts and no wordings of a fact: what must not stand on two sides is a group, and
what says the same in nearly the same words or with the same meaning.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from workbench.questions.quality.likeness import SAME_QUESTION
from workbench.questions.words import content, jaccard, words
from workbench.types import Question

#: Nearest pairs between training and exam that the certificate shows.
SHOWN = 5
#: Words from which on shared words make a near-duplicate: "no more" and "no, thanks" are none.
LEAST_WORDS = 4
#: Cosine below which no two messages are compared word by word.
LIKELY = 0.5


def near_pairs(
    messages: Sequence[Question], near: float, vectors: Any
) -> Iterable[tuple[int, int]]:
    """Pairs that nearly repeat one another, by shared words or by meaning."""
    said = [_bag(message) for message in messages]
    for at in range(1, len(messages)):
        alike = vectors[:at] @ vectors[at]
        # Messages that share most words lie near in meaning too: the others need no comparing.
        for other in (alike >= LIKELY).nonzero()[0]:
            if alike[other] >= SAME_QUESTION or _shared(said[at], said[other]) >= near:
                yield at, int(other)


def _bag(message: Question) -> frozenset[str]:
    return frozenset(content(message.text)) or frozenset(words(message.text))


def _shared(left: frozenset[str], right: frozenset[str]) -> float:
    return jaccard(left, right) if min(len(left), len(right)) >= LEAST_WORDS else 0.0


def messages_certificate(
    train: Sequence[Question], test: Sequence[Question], vectors: Any, place: Mapping[str, int],
    near: float,
) -> dict[str, Any]:  # fmt: skip
    """The certificate: no exam message shares a cluster with a trained one or nearly repeats it.

    ``vectors`` are unit ones of messages, ``place`` says by id which row is whose.
    """
    trained = {question.cluster for question in train}
    rows_of = vectors[[place[question.id] for question in train]]
    said = [_bag(question) for question in train]
    leaks: list[dict[str, Any]] = []
    closest: list[dict[str, Any]] = []
    for question in test:
        alike = rows_of @ vectors[place[question.id]]
        at = int(alike.argmax())
        own = _bag(question)
        repeated = next((i for i, bag in enumerate(said) if _shared(own, bag) >= near), None)
        why = None
        if question.cluster in trained:
            why, at = "the same cluster", [q.cluster for q in train].index(question.cluster)
        elif repeated is not None:
            why, at = "near-duplicate message", repeated
        elif alike[at] >= SAME_QUESTION:
            why = "the same meaning"
        pair = {
            "test": question.id, "train": train[at].id, "test_text": question.text,
            "train_text": train[at].text, "nearness": round(float(alike[at]), 3), "why": why,
            "measure": "meaning",
        }  # fmt: skip
        (leaks if why else closest).append(pair)
    closest.sort(key=lambda pair: -pair["nearness"])
    return {
        "clean": not leaks,
        "near_duplicate": near,
        "compared": {"train": len(train), "exam": len(test), "pairs": len(train) * len(test),
                     "by_meaning": True},
        "thresholds": {"near_duplicate": near, "same_answer": None, "same_fact": None,
                       "same_question": SAME_QUESTION, "least_new_words": 0},
        "strata": {"labelled": {
            "questions": len(test), "leaks": leaks, "closest": closest[:SHOWN], "new_words": {},
            "checks": ["cluster", "near-duplicate message", "meaning"],
        }},
    }  # fmt: skip
