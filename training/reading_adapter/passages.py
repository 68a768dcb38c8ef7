"""A text cut into passages as retrieval would bring them: evidence, and its rivals by BM25."""

from __future__ import annotations

import math
import random
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from training.reader.data.passages import evidence_sentence, sentences

_WORD = re.compile(r"[a-z0-9]+")
_STOP = frozenset(
    re.findall(
        r"\w+",
        "a an and are as at be but by did do does for from had has have he her him his how if in "
        "is it its of on or she so that the their them then they this to was were what when where "
        "which who whom whose why will with after before",
    )
)
K1, B = 1.5, 0.75


@dataclass(frozen=True)
class Text:
    """One title: the sentences of its sections, one after the other, and where sections start."""

    title: str
    sentences: tuple[str, ...]
    starts: tuple[int, ...]
    sections: tuple[str, ...]

    @classmethod
    def of(cls, title: str, sections: Sequence[str]) -> Text:
        """The text of a title's sections, in order."""
        parts: list[str] = []
        starts: list[int] = []
        for section in sections:
            starts.append(len(parts))
            parts += sentences(section)
        return cls(title, tuple(parts), tuple(starts), tuple(sections))

    def span(self, context: str) -> tuple[int, int] | None:
        """The run of sentences (first, after the last) of the sections that ``context`` holds."""
        held = [i for i, section in enumerate(self.sections) if section in context]
        if not held or held != list(range(held[0], held[-1] + 1)):
            return None
        ends = (*self.starts[1:], len(self.sentences))
        return self.starts[held[0]], ends[held[-1]]

    def evidence(
        self, span: tuple[int, int], question: str, answer: str, budget: int, rng: random.Random
    ) -> tuple[int, int]:
        """A run of sentences, of at most ``budget`` words, that holds what answers.

        Where the answer does not stand in the text word for word, no sentence is known to
        answer: then all of ``span`` is the evidence, whatever its length.
        """
        low, high = span
        parts = list(self.sentences[low:high])
        literal = answer.lower().strip(" .")
        at = evidence_sentence(parts, question, answer)
        start, end = (low + at, low + at + 1) if literal in parts[at].lower() else span
        return self.grown(start, end, budget, rng)

    def grown(self, start: int, end: int, budget: int, rng: random.Random) -> tuple[int, int]:
        """The run with sentences added on either side, at random, up to ``budget`` words."""
        size = sum(len(part.split()) for part in self.sentences[start:end])
        while True:
            sides = [s for s in (start - 1, end) if 0 <= s < len(self.sentences)]
            rng.shuffle(sides)
            for side in sides:
                more = len(self.sentences[side].split())
                if size + more <= budget:
                    start, end, size = min(start, side), max(end, side + 1), size + more
                    break
            else:
                return start, end

    def joined(self, start: int, end: int) -> str:
        """The sentences of a run as one passage."""
        return " ".join(self.sentences[start:end])

    def rest(self, taken: tuple[int, int] | None, budget: int, rng: random.Random) -> list[str]:
        """Passages of at most ``budget`` words (or one sentence) of all that is not ``taken``."""
        low, high = taken or (0, 0)
        passages: list[str] = []
        for start, end in ((0, low), (high, len(self.sentences))):
            run: list[str] = []
            # The first passage is shorter, so that cuts do not always fall in the same places.
            size, room = 0, rng.randint(budget // 3, budget)
            for part in self.sentences[start:end]:
                more = len(part.split())
                if run and size + more > room:
                    passages.append(" ".join(run))
                    run, size, room = [], 0, budget
                run.append(part)
                size += more
            if run:
                passages.append(" ".join(run))
        return passages


def ranked(question: str, passages: Sequence[str]) -> list[str]:
    """The passages by their BM25 score for a question, best first (Robertson 2009)."""
    counts = [Counter(_terms(passage)) for passage in passages]
    sizes = [sum(count.values()) for count in counts]
    mean = sum(sizes) / max(1, len(sizes)) or 1.0
    asked = set(_terms(question))
    weights = {}
    for term in asked:
        there = sum(term in count for count in counts)
        weights[term] = math.log(1 + (len(counts) - there + 0.5) / (there + 0.5))
    scores = [
        sum(
            weights[term] * count[term] * (K1 + 1) / (count[term] + K1 * (1 - B + B * size / mean))
            for term in asked
            if term in count
        )
        for count, size in zip(counts, sizes, strict=True)
    ]
    order = sorted(range(len(passages)), key=lambda i: -scores[i])
    return [passages[i] for i in order]


def _terms(text: str) -> list[str]:
    # A cheap stem: the first six letters.
    return [word[:6] for word in _WORD.findall(text.lower()) if word not in _STOP]
