"""Where a text that came from elsewhere stands in the corpus: word for word, else most of it.

Systems of another make hand over what they read as text. Its place in the corpus is what makes
their search comparable with ours.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from functools import cached_property

from workbench.corpus.corpus import Corpus
from workbench.text import runs
from workbench.types import Passage, Section

#: Words in a row by which sections are looked up, and sections that are then compared in full.
IN_A_ROW, COMPARED = 3, 3
#: Likeness (0 to 100, Indel distance of the best-fitting stretch) from which a text is the
#: corpus's: converters, OCR and cut markup leave more than that.
ALIKE = 75.0
#: Shorter texts are like many a place: they are found word for word, or not at all.
LEAST_WORDS, LEAST_EXACT = 8, 4
ELSEWHERE = "elsewhere"


def span_of(quote: str, text: str) -> tuple[int, int] | None:
    """Where ``quote`` stands in ``text``, however its white space is broken."""
    at = text.find(quote)
    if at >= 0:
        return at, at + len(quote)
    pieces = [re.escape(piece) for piece in quote.split()]
    hit = re.search(r"\s+".join(pieces), text) if pieces else None
    return hit.span() if hit else None


class Finder:
    """Finds passages of other systems in a corpus; each text is looked for once."""

    def __init__(self, corpus: Corpus) -> None:
        self._corpus = corpus
        self._known: dict[str, Passage] = {}
        self._of: dict[str, list[Section]] = defaultdict(list)
        for section in corpus.sections:
            self._of[section.document].append(section)

    def place(self, texts: Sequence[str]) -> tuple[Passage, ...]:
        """The passages that the texts are; one that the corpus has not is :data:`ELSEWHERE`."""
        return tuple(self._known.setdefault(text, self._place(text)) for text in texts)

    def _place(self, text: str) -> Passage:
        if text in self._known:
            return self._known[text]
        found = self._exact(text) or self._alike(text)
        if found is None:
            name = hashlib.sha256(text.encode()).hexdigest()[:8]
            return Passage(f"{ELSEWHERE}/{name}", 0, len(text), text, "")
        document, start, end = found
        return Passage(document, start, end, text, self.section(document, start, end))

    def _exact(self, text: str) -> tuple[str, int, int] | None:
        if len(runs(text)) < LEAST_EXACT:
            return None
        for document in self._corpus.documents:
            span = span_of(text.strip(), document.text)
            if span is not None:
                return document.id, *span
        return None

    def _alike(self, text: str) -> tuple[str, int, int] | None:
        """The stretch most like the text, in the sections that share most rows of words with it."""
        from rapidfuzz import fuzz

        words = runs(text)
        if len(words) < LEAST_WORDS:
            return None
        votes = Counter(
            number for row in set(_rows(words)) for number in self._rows_in.get(row, ())
        )
        best: tuple[float, str, int, int] | None = None
        for number, _ in votes.most_common(COMPARED):
            document, start, window = self._around(number, len(text))
            fit = fuzz.partial_ratio_alignment(text, window, score_cutoff=ALIKE)
            if fit is not None and (best is None or fit.score > best[0]):
                best = fit.score, document, start + fit.dest_start, start + fit.dest_end
        return None if best is None else best[1:]

    def _around(self, number: int, size: int) -> tuple[str, int, str]:
        """Document, start and text of a section with as much beside it as the text may reach."""
        section = self._corpus.sections[number]
        text = self._corpus.document(section.document).text
        start, end = max(0, section.start - size), min(len(text), section.end + size)
        return section.document, start, text[start:end]

    @cached_property
    def _rows_in(self) -> dict[tuple[str, ...], list[int]]:
        """The sections in which a row of words stands, by their place."""
        result: dict[tuple[str, ...], list[int]] = defaultdict(list)
        for number, section in enumerate(self._corpus.sections):
            for row in set(_rows(runs(section.text))):
                result[row].append(number)
        return result

    def section(self, document: str, start: int, end: int) -> str:
        """The id of the section that holds most of a stretch; empty where there is none."""
        best = max(
            self._of.get(document, []),
            key=lambda item: min(item.end, end) - max(item.start, start),
            default=None,
        )
        return "" if best is None else best.id


def is_elsewhere(passage: str) -> bool:
    """Whether the passage of that id stands nowhere in the corpus."""
    return passage.startswith(f"{ELSEWHERE}/")


def _rows(words: Sequence[str]) -> list[tuple[str, ...]]:
    return [tuple(words[at : at + IN_A_ROW]) for at in range(len(words) - IN_A_ROW + 1)]
