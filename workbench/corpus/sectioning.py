"""Documents -> sections: chapters, long ones in parts, or stretches of some 600 words.

Sections are the unit by which questions are split and clustered, so they depend on the text
alone (no tokenizer), and there must be enough of them: a chapter is cut into as many parts as
bring each nearest to the wanted length, on paragraph borders.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from workbench.corpus import headings
from workbench.corpus.language import words
from workbench.corpus.sentences import sentence_ends
from workbench.types import Document, Section

MERGE_WORDS = 60
BLANK_LINE = re.compile(r"\n[ \t　\u00a0]*\n\s*")


@dataclass(frozen=True, slots=True)
class _Chapter:
    start: int
    end: int
    title: str


def sections(document: Document, words: int = 600) -> list[Section]:
    """The sections of ``document``: in order, not overlapping, ``text == document.text[s:e]``.

    ``words`` is the wanted length of a section. Chapters of more than one and a half times as
    much are cut into equal parts named "Chapter 3 (2/3)".
    """
    pieces: list[tuple[int, int, str]] = []
    for chapter in _chapters(document, words):
        spans = _parts(document.text, chapter, words)
        for number, (start, end) in enumerate(spans, 1):
            title = chapter.title if len(spans) == 1 else f"{chapter.title} ({number}/{len(spans)})"
            pieces.append((start, end, title))
    width = max(2, len(str(len(pieces))))
    return [
        Section(
            id=f"{document.id}#{number:0{width}d}",
            document=document.id,
            start=start,
            end=end,
            title=title,
            text=document.text[start:end],
            number=number,
        )
        for number, (start, end, title) in enumerate(pieces, 1)
    ]


def _chapters(document: Document, target: int) -> list[_Chapter]:
    """Stretches between headings; a heading with next to no text joins the one after it."""
    text = document.text
    matches = headings.find(text, target)
    name = document.title or document.id
    if not matches:
        return [_trimmed(text, 0, len(text), name)] if text.strip() else []
    chapters: list[_Chapter] = []
    first = matches[0].start
    if words(text[:first]) >= MERGE_WORDS and not headings.contents_end(text, first):
        chapters.append(_trimmed(text, 0, first, name))
    start: int | None = None
    titles: list[str] = []
    for index, heading in enumerate(matches):
        end = matches[index + 1].start if index + 1 < len(matches) else len(text)
        start = heading.start if start is None else start
        if heading.title not in titles:
            titles.append(heading.title)
        if words(text[heading.end : end]) < MERGE_WORDS and index + 1 < len(matches):
            continue
        chapters.append(_trimmed(text, start, end, " · ".join(titles[-2:])))
        start, titles = None, []
    if len(chapters) > 1 and words(text[chapters[-1].start : chapters[-1].end]) < MERGE_WORDS:
        last, before = chapters.pop(), chapters.pop()
        chapters.append(_Chapter(before.start, last.end, before.title))
    return chapters


def _trimmed(text: str, start: int, end: int, title: str) -> _Chapter:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return _Chapter(start, end, title)


def _parts(text: str, chapter: _Chapter, target: int) -> list[tuple[int, int]]:
    """Spans of about equal length in words, cut at the paragraph ends nearest to even shares."""
    total = words(text[chapter.start : chapter.end])
    count = max(1, round(total / target))
    if count == 1:
        return [(chapter.start, chapter.end)]
    borders = list(_borders(text, chapter.start, chapter.end, target))
    sizes = [words(text[a:b]) for a, b in pairwise([chapter.start, *borders, chapter.end])]
    spans: list[tuple[int, int]] = []
    start, done, cut = chapter.start, 0, 1
    for border, size, after in zip(borders, sizes, sizes[1:], strict=False):
        done += size
        goal = total * cut / count
        if total - done < target / 3:
            break
        if done >= goal or goal - done <= done + after - goal:
            if border > start and text[start:border].strip():
                spans.append((start, border))
                start = border
            cut = max(cut + 1, int(done * count / total) + 1)
    spans.append((start, chapter.end))
    return [(c.start, c.end) for a, b in spans if (c := _trimmed(text, a, b, "")).end > c.start]


def _borders(text: str, start: int, end: int, target: int) -> Iterator[int]:
    """Where the stretch may be cut: after paragraphs, and inside those too long after sentences.

    Paragraphs end at blank lines, or at every line where the stretch has next to none.
    """
    blank = [m.end() for m in BLANK_LINE.finditer(text, start, end)]
    per_line = len(blank) < words(text[start:end]) / target
    cuts = [i + 1 for i in range(start, end) if text[i] == "\n"] if per_line else blank
    previous = start
    for cut in [*cuts, end]:
        if words(text[previous:cut]) > target * 0.5:
            inner = [previous + offset for offset in sentence_ends(text[previous:cut])]
            yield from _at_most(text, previous, inner, cut, target)
        if cut < end:
            yield cut
        previous = cut


def _at_most(text: str, start: int, inner: list[int], end: int, target: int) -> Iterator[int]:
    """Sentence ends inside a long paragraph; every so many characters in a long sentence."""
    longest = max(target, 50)
    previous = start
    for stop in [*inner, end]:
        while stop - previous > longest:
            space = text.rfind(" ", previous + longest // 2, previous + longest)
            previous = space + 1 if space > 0 else previous + longest
            yield previous
        if stop < end:
            yield stop
        previous = stop
