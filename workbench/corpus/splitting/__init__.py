"""Ways to cut a section into passages: from a name to the function that says where to cut.

Each yields the start and end of stretches of a text, in order, that together hold all of it but
blanks. None goes by anything but the text, the tokens that a stretch may have and, where it asks
for them, vectors; that a stretch fits is seen to afterwards.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from workbench.corpus.splitting.cut import Cut, Span
from workbench.corpus.splitting.section import by_section
from workbench.corpus.splitting.semantic import by_meaning
from workbench.corpus.splitting.sentences import by_sentences
from workbench.corpus.splitting.structure import by_structure

Splitter = Callable[[str, Cut], Iterator[Span]]

SPLITTERS: dict[str, Splitter] = {
    "sentences": by_sentences,
    "section": by_section,
    "structure": by_structure,
    "semantic": by_meaning,
}

__all__ = ["SPLITTERS", "Cut", "Span", "Splitter"]
