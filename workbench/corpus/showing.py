"""Small passages to search, larger ones to read: what is shown in the place of what was found.

A small passage says one thing, so that a question finds it; a larger one says enough to answer
from. Both are exact stretches of the document, and neither leaves its section.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from workbench.corpus.sentences import sentence_ends
from workbench.corpus.splitting.cut import trimmed
from workbench.types import Passage, Section


@dataclass(frozen=True, slots=True)
class Shown:
    """What may be shown, in the order of the text, and for each searched passage its place here."""

    passages: tuple[Passage, ...]
    places: tuple[int, ...]


def within(
    larger: Sequence[Passage], cut: Callable[[Sequence[Section]], list[Passage]]
) -> tuple[list[Passage], Shown]:
    """Passages cut out of larger ones, each shown as the one that it lies in (parent and child)."""
    stretches = [Section(one.id, one.document, one.start, one.end, "", one.text) for one in larger]
    place = {one.id: at for at, one in enumerate(larger)}
    found = cut(stretches)
    places = tuple(place[small.section] for small in found)
    searched = [
        replace(small, section=larger[at].section) for small, at in zip(found, places, strict=True)
    ]
    return searched, Shown(tuple(larger), places)


def with_neighbours(passages: Sequence[Passage], sections: Sequence[Section], count: int) -> Shown:
    """Each passage with ``count`` sentences before and after it, as far as its section goes.

    A sentence that the passage holds a part of is shown whole.
    """
    borders = {
        section.id: [0, *sentence_ends(section.text), len(section.text)] for section in sections
    }
    by_id = {section.id: section for section in sections}
    shown: dict[Passage, int] = {}
    places: list[int] = []
    for passage in passages:
        section, ends = by_id[passage.section], borders[passage.section]
        first = bisect_right(ends, passage.start - section.start) - 1
        last = bisect_left(ends, passage.end - section.start)
        ((start, end),) = trimmed(
            section.text, ends[max(0, first - count)], ends[min(len(ends) - 1, last + count)]
        )
        wide = Passage(section.document, section.start + start, section.start + end,
                       section.text[start:end], section.id)  # fmt: skip
        places.append(shown.setdefault(wide, len(shown)))
    return Shown(tuple(shown), tuple(places))
