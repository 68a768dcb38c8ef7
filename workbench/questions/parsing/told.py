"""The sentences of a section as they are told: parsed, in their place, pronouns as names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from workbench.questions.parsing.names import bare
from workbench.questions.parsing.reference import Referents
from workbench.questions.parsing.statements import Reading
from workbench.types import Section

if TYPE_CHECKING:
    from spacy.tokens import Span


@dataclass(frozen=True, slots=True)
class Told:
    """A parsed sentence; the document holds it from ``start`` to ``end``.

    ``names`` says whom a pronoun means, by the token's number, where that is understood.
    """

    sentence: Span
    start: int
    end: int
    names: Mapping[int, str]


def told(reading: Reading, section: Section) -> Iterator[Told]:
    """Each sentence of a section, in order."""
    statements = reading.statements(section)
    referents = Referents(
        [s.sentence for s in statements], [s.spoken for s in statements],
        reading.names, reading.classes,
    )  # fmt: skip
    for place, statement in enumerate(statements):
        understood = referents.replacements(place, None)
        names = {at: bare(name) for at, name in understood.items()}
        yield Told(statement.sentence, *statement.place, names)
