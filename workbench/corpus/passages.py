"""Sections -> passages, by one of the ways of :mod:`.splitting`, each within its budget."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from workbench.corpus.corpus import Corpus
from workbench.corpus.sentences import split_sentences
from workbench.corpus.splitting import SPLITTERS, Cut, Span
from workbench.corpus.splitting.cut import trimmed
from workbench.corpus.token_counts import TokenCounts
from workbench.types import Passage, Progress, Section, silent

BLOCK = 64


def passages(
    corpus: Corpus | Sequence[Section],
    tokens: int,
    overlap: int,
    count_tokens: Callable[[str], int] | Any,
    split: str = "sentences",
    embedding: Any = None,
    progress: Progress = silent,
) -> list[Passage]:
    """The passages of a corpus, or of these sections, in order, each of at most ``tokens`` tokens.

    ``overlap`` is how many tokens of whole sentences two neighbours may share, where the way of
    cutting has them share any. ``count_tokens`` is a model's counter, or its Hugging Face tokenizer
    (much faster: it counts in batches). ``split`` is a key of ``SPLITTERS``; ``embedding`` the
    llama-index embedding that ``semantic`` compares sentences by. No passage crosses a section, and
    ``document.text[start:end] == passage.text``. Where one single character has more tokens than
    the budget, it stands alone as a passage above it.
    """
    sections = corpus.sections if isinstance(corpus, Corpus) else corpus
    cut = Cut(TokenCounts(count_tokens), tokens, min(overlap, tokens // 2), embedding)
    return list(_all(sections, cut, split, progress))


def _all(
    sections: Sequence[Section], cut: Cut, split: str, progress: Progress
) -> Iterator[Passage]:
    counts = cut.counts
    for first in range(0, len(sections), BLOCK):
        progress(first, len(sections), "sections cut")
        block = sections[first : first + BLOCK]
        counts.forget()
        counts.learn([s for section in block for s in split_sentences(section.text)])
        matches = [list(SPLITTERS[split](s.text, cut)) for s in block]
        counts.learn(
            [s.text[a:b] for s, spans in zip(block, matches, strict=True) for a, b in spans]
        )
        for section, spans in zip(block, matches, strict=True):
            for start, end in spans:
                for a, b in _fitting(section.text, start, end, cut):
                    yield Passage(
                        document=section.document,
                        start=section.start + a,
                        end=section.start + b,
                        text=section.text[a:b],
                        section=section.id,
                    )


def _fitting(text: str, start: int, end: int, cut: Cut) -> Iterator[Span]:
    """The span, halved at a blank until each part fits: a whole can have more tokens than the
    sum of its parts, and then the splitter's sums were too low."""
    if cut.counts(text[start:end]) <= cut.tokens or end - start == 1:
        yield start, end
        return
    middle = (start + end) // 2
    space = text.rfind(" ", start + 1, middle + 1)
    at = space if space > start else middle
    for a, b in ((start, at), (at, end)):
        for c, d in trimmed(text, a, b):
            yield from _fitting(text, c, d, cut)
