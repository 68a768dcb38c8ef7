"""A text without markup read into blocks: paragraphs, headings and lists.

Blank lines part paragraphs, and the lines of one are joined. An indented paragraph is prose (a
poem, a letter), never code.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from workbench.corpus import headings
from workbench.questions.parsing.inline import Marks, Plain, Source, collapse
from workbench.questions.parsing.markdown import DOTTED
from workbench.questions.parsing.model import Block, BlockKind, Headings

_MARKER = re.compile(r"[ \t]*(?:([-*•·‣▪])|(\(?)(\d{1,3}|[a-z])([.)]))[ \t]+(?=\S)")
_EMPHASIS = re.compile(
    r"(?<![\w_])_(?=[^\s_])(?:[^_]*[^\s_])_(?![\w_])|(?<![\w*])\*(?=[^\s*])(?:[^*]*[^\s*])\*(?![\w*])"
)
_PART = re.compile(r"(?:book|part|volume|vol\.?|act)\b|卷|第\s*[^\s回章节節]{1,6}[卷部集篇]", re.I)
#: Lines this long are paragraphs by themselves: nobody wraps text so late.
_LONG_LINE, _LONG_CJK_LINE = 120, 60
_CJK = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]")

_Line = tuple[int, int]


@dataclass(slots=True)
class _Mark:
    """A line that begins like an item of a list; ``follows`` is the item before it."""

    group: int
    style: str
    number: int
    indent: int
    end: int
    follows: _Mark | None = None
    real: bool = False

    def within(self, before: _Mark) -> bool:
        """Whether an item of another list is part of the item before it."""
        inner = self.indent > before.indent or "a" in self.style
        return inner or self.group == before.group


@dataclass(slots=True)
class _Open:
    """A list that is being read."""

    style: str
    id: int
    lead: Block | None
    count: int = 0


@dataclass(slots=True)
class _Group:
    """Lines without a blank one between them; ``heading`` is a heading's depth, else 0."""

    lines: list[_Line]
    heading: int = 0
    marks: dict[int, _Mark] = field(default_factory=dict)


def read(text: str) -> list[Block]:
    """The blocks of a plain text whose lines end in a line feed."""
    groups = _groups(text)
    _mark(text, groups)
    return _Reader(text).blocks(groups)


def _groups(text: str) -> list[_Group]:
    heads = {heading.start: heading for heading in headings.find(text, 600)}
    lines = [(m.start(), m.end()) for m in re.finditer(r"[^\n]+", text)]
    apart = _one_line_paragraphs(text, lines)
    groups: list[_Group] = []
    before = -2
    for start, end in lines:
        if not text[start:end].strip():
            continue
        group = _Group([(start, end)])
        if start in heads:
            group.heading = 1 if _PART.match(text[start:end].strip(" \t　*_[]#=~")) else 2
        joins = groups and start == before + 1 and not group.heading and not apart
        if joins and not groups[-1].heading and text[start] != "\u3000":
            groups[-1].lines.append((start, end))
        else:
            groups.append(group)
        before = end
    return groups


def _one_line_paragraphs(text: str, lines: list[_Line]) -> bool:
    """Whether each line is a paragraph, as where lines are not wrapped at all."""
    filled = [(a, b) for a, b in lines if text[a:b].strip()]
    long = sum(
        b - a > _LONG_LINE or (b - a > _LONG_CJK_LINE and bool(_CJK.search(text, a, a + 20)))
        for a, b in filled
    )
    return long * 4 > len(filled)


def _mark(text: str, groups: list[_Group]) -> None:
    """Find the lines that begin an item: several in a row, alike, and counting up.

    A line of prose that happens to begin with "12. " or a dash follows no other and stays prose.
    """
    latest: dict[str, _Mark] = {}
    prose = -1  # the last group that begins with no marker
    for number, group in enumerate(groups):
        for at, (start, end) in enumerate(group.lines):
            found = None if group.heading else _MARKER.match(text, start, end)
            if found is None:
                prose = number if at == 0 else prose
                continue
            bullet, left, label, right = found.groups()
            count = 0 if bullet else int(label) if label.isdigit() else ord(label)
            if label and label.isalpha() and right == ".":
                continue
            style = bullet or f"{left}{'1' if label.isdigit() else 'a'}{right}"
            indent = len(found.group()) - len(found.group().lstrip())
            mark = _Mark(number, style, count, indent, found.end())
            last = latest.get(style)
            if last and (last.group == number or prose <= last.group):
                if bullet or count == last.number + 1:
                    mark.follows, mark.real, last.real = last, True, True
                elif last.group == number and last.real and label not in {"1", "a"}:
                    continue
            latest[style] = mark
            group.marks[at] = mark


class _Reader:
    def __init__(self, text: str) -> None:
        self._text = text
        self._blocks: list[Block] = []
        self._headings = Headings()
        self._lists: list[_Open] = []
        self._list_ids = 0
        self._last: Block | None = None
        self._before: _Mark | None = None  # the item before

    def blocks(self, groups: list[_Group]) -> list[Block]:
        titled = False  # whether the group before is a chapter's heading
        for group in groups:
            if titled and not group.heading and self._is_title(group):
                group.heading = 3
            titled = group.heading in {1, 2}
            if group.heading:
                self._heading(group)
            else:
                self._group(group)
        return self._blocks

    def _heading(self, group: _Group) -> None:
        raw = self._text[slice(*group.lines[0])]
        kept = raw.strip(" \t　\u00a0*_[]#=~")
        start = group.lines[0][0] + raw.find(kept)
        self._headings.above(group.heading)
        block = self._add("heading", self._plain(start, start + len(kept)), group.lines)
        self._headings.add(group.heading, block.text)
        self._lists, self._last = [], None

    def _is_title(self, group: _Group) -> bool:
        """Whether the line after a chapter's number is its title, and no sentence."""
        raw = self._text[slice(*group.lines[0])].strip()
        short = len(group.lines) == 1 and len(raw) <= headings.LONGEST and raw[:1].isalpha()
        return short and (raw.isupper() or (raw.isascii() and raw[-1].isalnum()))

    def _group(self, group: _Group) -> None:
        """A paragraph, or the items of a list with what stands before the first of them."""
        lines = group.lines
        starts = [at for at, mark in group.marks.items() if mark.real]
        if not starts or starts[0] > 0:
            self._lists = []
            self._paragraph(lines[: starts[0]] if starts else lines)
        for at, after in zip(starts, [*starts, len(lines)][1:], strict=True):
            mark = group.marks[at]
            part = lines[at:after]
            self._place(mark)
            opened = self._lists[-1]
            plain = self._plain(mark.end, part[-1][1])
            self._last = self._add("item", plain, part, opened)
            opened.count += 1

    def _place(self, mark: _Mark) -> None:
        """Go on with the list that the item continues, or open one within the current item."""
        before, self._before = self._before, mark
        styles = [opened.style for opened in self._lists]
        if mark.follows and mark.style in styles:
            del self._lists[styles.index(mark.style) + 1 :]
            return
        if mark.style in styles or not (before and mark.within(before)):
            # It counts from one again, or stands apart: another list.
            kept = styles.index(mark.style) if mark.style in styles else 0
            self._last = None if self._lists else self._last
            del self._lists[kept:]
        self._lists.append(_Open(mark.style, self._list_ids, self._last))
        self._list_ids += 1

    def _paragraph(self, lines: list[_Line]) -> None:
        raw = self._text[lines[0][0] : lines[-1][1]]
        plain = self._plain(lines[0][0], lines[-1][1])
        if not re.search(r"\w", plain.text) or self._contents(raw, lines):
            self._add("other", plain, lines)
            self._last = None
        else:
            self._last = self._add("paragraph", plain, lines)

    def _contents(self, raw: str, lines: list[_Line]) -> bool:
        """Whether the lines are a table of contents: dot leaders, or chapters one under another."""
        if headings.CONTENTS.match(raw.strip()) or 2 * len(DOTTED.findall(raw)) > len(lines):
            return True
        named = sum(
            bool(headings.CHAPTER.match(line) or headings.CHINESE.match(line))
            for line in (self._text[a:b].strip() for a, b in lines)
        )
        return len(lines) >= 3 and named * 2 > len(lines)

    def _plain(self, start: int, end: int) -> Plain:
        """The text without the underscores or asterisks that mark emphasis."""
        source = Source(self._text[start:end], range(start, end))
        marks = Marks.of(source.text)
        for found in _EMPHASIS.finditer(source.text):
            marks.drop(found.start(), found.start() + 1)
            marks.drop(found.end() - 1, found.end())
            marks.strong.append((found.start() + 1, found.end() - 1))
        return collapse(source, marks)

    def _add(
        self, kind: BlockKind, plain: Plain, lines: list[_Line], opened: _Open | None = None
    ) -> Block:
        raw = self._text[lines[0][0] : lines[-1][1]]
        start = lines[0][0] + len(raw) - len(raw.lstrip())
        lead = opened.lead if opened else None
        block = Block(
            kind,
            plain.text,
            plain.places,
            start,
            lines[0][0] + len(raw.rstrip()),
            path=self._headings.path,
            lead=lead.text if lead else "",
            lead_span=lead.span(0, len(lead.text)) if lead else None,
            list_id=opened.id if opened else -1,
            position=opened.count if opened else 0,
            ordered=bool(opened) and opened.style[-1] in ".)" if opened else False,
            depth=max(len(self._lists) - 1, 0),
            strong=plain.strong,
        )
        self._blocks.append(block)
        return block
