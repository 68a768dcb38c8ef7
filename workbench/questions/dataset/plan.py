"""The split, made before a question is written: sections first, then facts within sections."""

from __future__ import annotations

import hashlib
import math
import random
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any, Literal

from workbench.experiment.questions import QuestionSpec
from workbench.questions.quality.copies import section_copies
from workbench.types import STRATA, Section, Stratum

Side = Literal["trained", "held_out", "unseen"]

#: Fewer sections than this leave no two clusters for every stratum.
MIN_SECTIONS = 4


@dataclass(frozen=True, slots=True)
class Plan:
    """Which sections are trained and which unseen, in reading order, and the seed it came from.

    ``visit`` is the order in which sections are read for questions: for a long text a seeded
    sample in which every part of it is met early, so that reading may stop when there is enough.
    """

    seed: int
    trained: tuple[str, ...]
    unseen: tuple[str, ...]
    visit: tuple[str, ...]
    held_out_share: float

    def side(self, section: str, sentence: int) -> Side:
        """Where the facts of a sentence belong (``sentence`` is its start in the document).

        All facts of one sentence share a side: "who paid forty crowns" gives away "how much".
        """
        if section in self.unseen:
            return "unseen"
        text = f"{self.seed}\t{section}\t{sentence}"
        draw = int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") / 2**64
        return "held_out" if draw < self.held_out_share else "trained"

    def to_record(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_record(cls, record: dict[str, Any]) -> Plan:
        return cls(
            record["seed"],
            tuple(record["trained"]),
            tuple(record["unseen"]),
            tuple(record["visit"]),
            record["held_out_share"],
        )


def make_plan(sections: Sequence[Section], spec: QuestionSpec, seed: int) -> Plan:
    """Divide the sections, stratified over the text: one unseen section in every stretch of it.

    Of fewer sections than :data:`MIN_SECTIONS` none is visited: nothing can be written from them.
    """
    if len(sections) < MIN_SECTIONS:
        return Plan(seed, tuple(s.id for s in sections), (), (), spec.held_out_share)
    rng = random.Random(f"{seed}/sections")
    count = min(max(1, round(len(sections) * spec.unseen_share)), len(sections) - 2)
    if spec.unseen_share == 0:
        count = 0
    edges = [round(i * len(sections) / count) for i in range(count + 1)] if count else []
    unseen = {sections[rng.randrange(a, b)].id for a, b in pairwise(edges)}
    unseen -= near_copies(sections, unseen)
    trained = [s.id for s in sections if s.id not in unseen]
    return Plan(
        seed,
        tuple(trained),
        tuple(s.id for s in sections if s.id in unseen),
        tuple(_visit(trained, [s.id for s in sections if s.id in unseen], rng)),
        # Where nothing is trained, every fact may be examined.
        spec.held_out_share if spec.train_facts else 1.0,
    )


def near_copies(sections: Sequence[Section], unseen: set[str]) -> set[str]:
    """The unseen sections that nearly copy a trained one, and so would leak."""
    texts = {s.id: s.text for s in sections}
    matches = section_copies({s.id for s in sections} - unseen, sorted(unseen), texts)
    return set(matches)


def _visit(trained: list[str], unseen: list[str], rng: random.Random) -> list[str]:
    """Both kinds in their proportion, each kind shuffled over the whole text."""
    left, right = rng.sample(trained, len(trained)), rng.sample(unseen, len(unseen))
    total = len(left) + len(right)
    order = sorted(
        [((i + 0.5) / len(left) * total, s) for i, s in enumerate(left)]
        + [((i + 0.5) / len(right) * total, s) for i, s in enumerate(right)]
    )
    return [section for _, section in order]


def quotas(spec: QuestionSpec) -> dict[str, dict[Stratum, int]]:
    """Questions of dev and exam per stratum: equal parts, the remainder to the first strata."""
    strata = [s for s in STRATA if s != "unseen" or spec.unseen_share > 0]
    return {
        role: {s: math.ceil((total - i) / len(strata)) for i, s in enumerate(strata)}
        for role, total in (("dev", spec.dev), ("test", spec.test))
    }
