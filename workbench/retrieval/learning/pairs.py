"""What a retriever is trained on: questions with a passage that answers and some that do not."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

from workbench.retrieval.lexical import Lexical
from workbench.types import Passage, Question

#: Of how many of BM25's best the passages that do not answer are taken.
LOOKED_AT = 20


@dataclass(frozen=True, slots=True)
class Pair:
    """A question, a passage with its evidence, and passages that share its words without it.

    ``group`` is the section of the evidence: pairs of one group are never parted.
    """

    question: str
    passage: str
    negatives: tuple[str, ...]
    group: str


def pairs(
    questions: Sequence[Question], passages: Sequence[Passage], negatives: int = 1
) -> list[Pair]:
    """A pair for each question whose evidence lies in a passage; the others teach nothing.

    Hard negatives are BM25's best passages that hold no evidence and do not say an answer
    (Karpukhin et al. 2020). Questions for which there are none are left out where they are asked
    for.
    """
    by_document: dict[str, list[int]] = {}
    for place, passage in enumerate(passages):
        by_document.setdefault(passage.document, []).append(place)
    lexical = Lexical.build(passage.text for passage in passages)
    made: list[Pair] = []
    for question in questions:
        holding = _holding(question, passages, by_document)
        if not holding:
            continue
        best = holding[0]
        wrong = _wrong(question, passages, lexical, set(holding), negatives)
        if len(wrong) == negatives:
            group = question.cluster or passages[best].section
            made.append(Pair(question.text, passages[best].text, wrong, group))
    return made


def _holding(
    question: Question, passages: Sequence[Passage], by_document: dict[str, list[int]]
) -> list[int]:
    """Places of the passages with evidence, that with the most of it first."""
    shared: dict[int, int] = {}
    for item in question.evidence:
        for place in by_document.get(item.document, ()):
            passage = passages[place]
            both = min(item.end, passage.end) - max(item.start, passage.start)
            if both > 0:
                shared[place] = shared.get(place, 0) + both
    return sorted(shared, key=lambda place: (-shared[place], place))


def _wrong(
    question: Question,
    passages: Sequence[Passage],
    lexical: Lexical,
    holding: set[int],
    count: int,
) -> tuple[str, ...]:
    if not count:
        return ()
    scores = lexical.scores(question.text)
    answers = [answer.casefold() for answer in question.answers]
    chosen: list[str] = []
    for place in scores.argsort(kind="stable")[::-1][: LOOKED_AT + len(holding)]:
        text = passages[int(place)].text
        if int(place) in holding or any(answer in text.casefold() for answer in answers):
            continue
        chosen.append(text)
        if len(chosen) == count:
            break
    return tuple(chosen)


def parted(given: Sequence[Pair], share: float, seed: int) -> tuple[list[Pair], list[Pair]]:
    """(pairs to train on, pairs of held-out sections by which an epoch is chosen).

    Where there are fewer than two sections, nothing is held out.
    """
    groups = sorted({pair.group for pair in given})
    if len(groups) < 2 or not share:
        return list(given), []
    count = max(1, round(share * len(groups)))
    held = set(random.Random(f"{seed}/held out").sample(groups, min(count, len(groups) - 1)))
    return (
        [pair for pair in given if pair.group not in held],
        [pair for pair in given if pair.group in held],
    )
