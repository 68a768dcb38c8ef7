"""What a document is read into: a page of blocks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

BlockKind = Literal["paragraph", "item", "heading", "row", "caption", "definition", "code", "other"]


@dataclass(frozen=True, slots=True)
class Block:
    """One block of a document as plain text on one line, without its markup.

    ``places[i]`` is the offset in the document of ``text[i]``, strictly increasing; a space may
    stand for a line break or for markup between two words. ``start`` and ``end`` enclose the raw
    block. ``path`` holds the headings above, outermost first. Kind "code" has no text, and kind
    "other" (front matter, contents, navigation, rules) may have none.
    """

    kind: BlockKind
    text: str
    places: tuple[int, ...]
    start: int
    end: int
    path: tuple[str, ...] = ()
    lead: str = ""
    lead_span: tuple[int, int] | None = None
    list_id: int = -1
    position: int = 0
    ordered: bool = False
    depth: int = 0
    cells: tuple[tuple[str, str], ...] = ()
    code_spans: tuple[tuple[int, int], ...] = ()
    strong: tuple[tuple[int, int], ...] = ()

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The document's offsets of ``text[start:end]``; raises IndexError outside the text."""
        if not 0 <= start < end <= len(self.places):
            raise IndexError(f"no characters {start} to {end} in a text of {len(self.places)}")
        return self.places[start], self.places[end - 1] + 1

    def moved(self, offsets: Sequence[int]) -> Block:
        """The same block in a text where character ``i`` stands at ``offsets[i]``."""

        def span(start: int, end: int) -> tuple[int, int]:
            return offsets[start], offsets[end - 1] + 1 if end > start else offsets[end]

        start, end = span(self.start, self.end)
        return replace(
            self,
            places=tuple(offsets[place] for place in self.places),
            start=start,
            end=end,
            lead_span=span(*self.lead_span) if self.lead_span else None,
        )


@dataclass(frozen=True, slots=True)
class Page:
    """A document read: its blocks in order, its title, and the scalars of its front matter."""

    blocks: tuple[Block, ...]
    title: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)


class Headings:
    """The headings above the current place, by level."""

    def __init__(self, base: tuple[str, ...] = ()) -> None:
        self._base = base
        self._open: list[tuple[int, str]] = []

    @property
    def path(self) -> tuple[str, ...]:
        return (*self._base, *(text for _, text in self._open))

    def above(self, level: int) -> tuple[str, ...]:
        """Close what a heading of ``level`` ends; the path that is left is the heading's own."""
        while self._open and self._open[-1][0] >= level:
            self._open.pop()
        return self.path

    def add(self, level: int, text: str) -> None:
        if text:
            self._open.append((level, text))
