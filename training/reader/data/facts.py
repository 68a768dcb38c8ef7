"""Self-made facts in varied sentences, hidden in prose, with questions on them."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from training.reader.data import names
from training.reader.data.relations import RELATIONS, Relation

MAKERS: dict[str, Callable[[random.Random], str]] = {
    "person": names.person,
    "place": names.place,
    "ship": names.ship,
    "year": names.year,
    "date": names.date,
    "number": names.number,
    "money": names.money,
    "hour": names.hour,
    "job": partial(names.of, "jobs"),
    "thing": partial(names.of, "things"),
    "animal": partial(names.of, "animals"),
    "colour": partial(names.of, "colours"),
    "cause": partial(names.of, "causes"),
    "feeling": partial(names.of, "feelings"),
}


@dataclass(frozen=True)
class Fact:
    """One relation between two invented things."""

    relation: Relation
    subject: str
    object: str

    def sentence(self, rng: random.Random) -> str:
        return self._fill(rng.choice(self.relation.say))

    def question(self, rng: random.Random, back: bool = False) -> tuple[str, str]:
        """A question and its answer; ``back`` asks for the subject where the relation can."""
        if back and self.relation.back:
            return self._fill(rng.choice(self.relation.back)), self.subject
        return self._fill(rng.choice(self.relation.ask)), self.object

    def questions(self) -> list[str]:
        """Every wording that asks for the object."""
        return [self._fill(wording) for wording in self.relation.ask]

    def _fill(self, wording: str) -> str:
        text = wording.format(s=self.subject, o=self.object)
        return text[0].upper() + text[1:]


def fact(rng: random.Random, relation: Relation | None = None) -> Fact:
    """An invented fact, of a given or of any relation."""
    relation = relation or rng.choice(RELATIONS)
    return Fact(relation, MAKERS[relation.subject](rng), MAKERS[relation.object](rng))


def cluster(rng: random.Random, size: int) -> list[Fact]:
    """``size`` facts with distinct subjects and objects, at least two of them of one relation.

    The first is the one to ask about; another fact of the same relation makes the reader look at
    the subject.
    """
    relation = rng.choice(RELATIONS)
    result: list[Fact] = []
    used: set[str] = set()
    while len(result) < size:
        new = fact(rng, relation if len(result) < 2 or rng.random() < 0.3 else None)
        if new.subject in used or new.object in used:
            continue
        result.append(new)
        used |= {new.subject, new.object}
    return result


def passage(facts: list[Fact], prose: list[str], rng: random.Random) -> str:
    """The sentences of ``facts`` in random order, scattered among ``prose`` sentences."""
    parts = list(prose)
    for item in facts:
        parts.insert(rng.randint(0, len(parts)), item.sentence(rng))
    return " ".join(parts)
