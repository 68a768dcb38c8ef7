"""Which reply is preferred to which: pairs from drawn answers, a judge's word, people's labels.

Pure. A pair is of two replies to one training question that differ by more than case, blanks and
marks. The same answers give the same pairs in whatever order they come.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from itertools import pairwise
from typing import Any, Literal

from workbench.text import runs
from workbench.types import Prompt

#: From this value of the metric on an answer is right; between the two it is neither.
RIGHT, WRONG = 0.8, 0.5

#: What a judge says of two replies.
Word = Literal["first", "same", "second"]


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as the variant asks it, with the reply that its training shows."""

    question: str
    text: str
    prompt: Prompt
    reply: str


@dataclass(frozen=True, slots=True)
class Pair:
    """Two replies to one question, by id; ``source`` says who prefers the first."""

    question: str
    chosen: str
    rejected: str
    source: str

    def record(self) -> dict[str, Any]:
        """The pair as a line of a file that people read."""
        return asdict(self)


@dataclass(frozen=True)
class Drawn:
    """Answers that the model drew to a question, and the value of each, 0 to 1 (None: none)."""

    asked: Asked
    answers: tuple[str, ...]
    values: Mapping[str, float | None] = field(default_factory=dict)

    @property
    def distinct(self) -> list[str]:
        """Those that differ, empty ones left out, in an order of their own."""
        kept: dict[str, str] = {}
        for text in sorted(self.answers):
            if told(text):
                kept.setdefault(told(text), text)
        return [kept[key] for key in sorted(kept)]


def told(text: str) -> str:
    """What of a reply counts where two are held together."""
    return " ".join(runs(text))


def by_references(drawn: Sequence[Drawn]) -> list[Pair]:
    """Each wrong answer below the reference, and one of them below a right one that was drawn.

    One alone: a model that is often right would else learn from its easiest questions most.
    """
    pairs = []
    for item in drawn:
        values, name = item.values, item.asked.question
        right = [t for t in item.distinct if (values.get(t) or 0.0) >= RIGHT]
        wrong = [t for t in item.distinct if (v := values.get(t)) is not None and v < WRONG]
        pairs += [Pair(name, item.asked.reply, rejected, "references") for rejected in wrong]
        pairs += [Pair(name, a, b, "references") for a, b in zip(right[:1], wrong, strict=False)]
    return clean(pairs)


def by_judge(drawn: Sequence[Drawn], prefers: Callable[[Asked, str, str], Word]) -> list[Pair]:
    """Neighbouring drawn answers, where the judge prefers one whichever is shown first."""
    pairs = []
    for item in drawn:
        for first, second in pairwise(item.distinct):
            word = settled(prefers(item.asked, first, second), prefers(item.asked, second, first))
            if word != "same":
                chosen, rejected = (first, second) if word == "first" else (second, first)
                pairs.append(Pair(item.asked.question, chosen, rejected, "judge"))
    return clean(pairs)


def settled(word: Word, turned: Word) -> Word:
    """The preference that holds in both orders; the same where it hangs on the order."""
    other: dict[Word, Word] = {"first": "second", "second": "first", "same": "same"}
    return word if other[turned] == word else "same"


def clean(pairs: Iterable[Pair]) -> list[Pair]:
    """Each pair once, in an order of its own, without pairs of equals.

    Of two that contradict each other neither is kept: nobody's word is settled there.
    """
    kept: dict[tuple[str, str, str], Pair] = {}
    for pair in sorted(pairs, key=lambda p: (p.question, p.source, p.chosen, p.rejected)):
        good, bad = told(pair.chosen), told(pair.rejected)
        if good and good != bad:
            kept.setdefault((pair.question, good, bad), pair)
    return [pair for (q, good, bad), pair in kept.items() if (q, bad, good) not in kept]


def sources(pairs: Iterable[Pair]) -> dict[str, int]:
    """How many pairs came from where."""
    counts: dict[str, int] = {}
    for pair in pairs:
        counts[pair.source] = counts.get(pair.source, 0) + 1
    return dict(sorted(counts.items()))


def one_sided(pairs: Sequence[Pair]) -> list[tuple[str, str, bool]]:
    """(question, reply, whether it is wanted): each reply once, for learning from such labels.

    A reply that is preferred to one and not to another is left out.
    """
    sides: dict[tuple[str, str], set[bool]] = {}
    texts: dict[tuple[str, str], str] = {}
    for pair in pairs:
        for text, wanted in ((pair.chosen, True), (pair.rejected, False)):
            key = pair.question, told(text)
            sides.setdefault(key, set()).add(wanted)
            texts.setdefault(key, text)
    return [(key[0], texts[key], True in side) for key, side in sides.items() if len(side) == 1]


def sampled(asked: Sequence[Asked], most: int | None, seed: int) -> list[Asked]:
    """At most so many of the questions, the same whatever order they come in."""
    listed = sorted(asked, key=lambda item: item.question)
    if most is not None and most < len(listed):
        listed = random.Random(seed).sample(listed, most)
    return listed
