"""Plain text out of inline Markdown, with the place of every character.

markdown-it-py decides what is markup, but keeps no offsets of inline content. Its rules do know
their position when they match, so each rule that removes something is wrapped to note what it
removed; what is left is the text, and nothing has to be searched for.
"""

from __future__ import annotations

import html
import re
from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from string import punctuation
from typing import NamedTuple

from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

#: What stands for a character of a template tag while Markdown is parsed.
MASK = "\ue000"

_KEPT, _MARK, _GONE, _ENTITY, _ENTITY_REST = 1, 4, 0, 2, 3
_RUNS = re.compile(rb"\x01+|\x02\x03*")
_PIECES = re.compile(r"\S+|\s+")
_SPECIAL = re.compile(rf"[\\`*_\[<&{MASK}]")
_FOOTNOTE = re.compile(r"\[\^[^\]\s]+\](?::(?=\s))?")
_MASKED = re.compile(f"{MASK}+")
_SPAN_TAG = re.compile(r"<(/?)(strong|b|em|i|dfn|code|a)\b", re.I)
_CAPTION = re.compile(r"""\bcaption\s*=\s*(?:"([^"]*)"|'([^']*)')""", re.I)
_CJK = re.compile(
    r"[\u2e80-\u303f\u3040-\u30ff\u31c0-\u9fff\uf900-\ufaff\ufe30-\ufe4f\uff00-\uffef]"
)

Span = tuple[int, int]


class Source(NamedTuple):
    """Raw text of a block without its container's marks; ``at[i]`` is the place of ``text[i]``."""

    text: str
    at: Sequence[int]

    def slice(self, start: int, end: int) -> Source:
        return Source(self.text[start:end], self.at[start:end])


@dataclass(frozen=True, slots=True)
class Plain:
    """Plain text with places; spans are of ``text``. ``captions`` are raw attribute values."""

    text: str
    places: tuple[int, ...] = ()
    code: tuple[Span, ...] = ()
    strong: tuple[Span, ...] = ()
    links: tuple[Span, ...] = ()
    captions: tuple[Source, ...] = ()

    def tail(self, start: int) -> Plain:
        """The same from ``text[start:]`` on."""

        def cut(spans: tuple[Span, ...]) -> tuple[Span, ...]:
            return tuple((max(a - start, 0), b - start) for a, b in spans if b > start)

        return Plain(
            self.text[start:],
            self.places[start:],
            cut(self.code),
            cut(self.strong),
            cut(self.links),
            self.captions,
        )

    @property
    def only_links(self) -> bool:
        """Whether every word is a link's, numbers aside."""
        rest, end = [], 0
        for a, b in self.links:
            rest.append(self.text[end:a])
            end = b
        rest.append(self.text[end:])
        return bool(self.links) and not re.search(r"[^\W\d_]", "".join(rest))


@dataclass(slots=True)
class Marks:
    """What was found to be markup in ``source``; all positions are the source's."""

    source: str
    keep: bytearray
    swaps: dict[int, str] = field(default_factory=dict)
    code: list[Span] = field(default_factory=list)
    strong: list[Span] = field(default_factory=list)
    links: list[Span] = field(default_factory=list)
    captions: list[Span] = field(default_factory=list)
    asterisks: list[tuple[int, Token]] = field(default_factory=list)
    tags: list[tuple[str, int]] = field(default_factory=list)
    last_bracket: int = -1

    @classmethod
    def of(cls, source: str) -> Marks:
        return cls(source, bytearray([_KEPT]) * len(source))

    def drop(self, start: int, end: int, kind: int = _MARK) -> None:
        self.keep[start:end] = bytes([kind]) * (end - start)


def plain(source: Source, md: MarkdownIt, references: dict[str, object]) -> Plain:
    """The plain text of inline Markdown."""
    text = source.text
    marks = Marks.of(text)
    if not _SPECIAL.search(text):
        return collapse(source, marks)
    marks.last_bracket = text.rfind("]")
    md.inline.parse(text, md, {"references": references, "marks": marks}, [])
    if re.search(r"(?<!\\)\\$", text):  # a hard break with nothing after it
        marks.drop(len(text) - 1, len(text))
    for masked in _MASKED.finditer(text):
        marks.drop(*masked.span(), _GONE)
    return collapse(source, marks)


def collapse(source: Source, marks: Marks) -> Plain:
    """What is kept of ``source``, white space collapsed to single spaces and trimmed.

    A line break between two Chinese or Japanese characters leaves no space, and neither does
    what was removed before a full stop or comma ("see {{ page }}." and footnote marks).
    """
    out: list[str] = []
    from_: list[int] = []
    space = -1
    broken = False
    for run in _RUNS.finditer(marks.keep):
        start, end = run.span()
        if marks.keep[start] == _ENTITY:
            value = marks.swaps[start]
            pieces = [(m.group(), start + m.start()) for m in _PIECES.finditer(value)]
        else:
            pieces = [(m.group(), m.start()) for m in _PIECES.finditer(source.text, start, end)]
        for piece, at in pieces:
            if piece.isspace():
                if space < 0:
                    space, broken = at, False
                broken = broken or "\n" in piece
                continue
            if space >= 0 and out:
                glued = broken and _CJK.match(out[-1][-1]) and _CJK.match(piece)
                gone = piece[0] in ".,;:!?)" and _GONE in marks.keep[space:at]
                if not glued and not gone:
                    out.append(" ")
                    from_.append(space)
            space = -1
            out.append(piece)
            from_.extend(range(at, at + len(piece)))
    at_of = source.at

    def spans(found: list[Span]) -> tuple[Span, ...]:
        inside = ((bisect_left(from_, a), bisect_left(from_, b)) for a, b in found)
        return tuple(sorted((a, b) for a, b in inside if a < b))

    return Plain(
        "".join(out),
        tuple([at_of[i] for i in from_]),
        spans(marks.code),
        spans(marks.strong),
        spans(marks.links),
        tuple(source.slice(a, b) for a, b in marks.captions),
    )


def parser() -> MarkdownIt:
    """A CommonMark parser with tables whose inline rules note what they remove."""
    md = MarkdownIt("commonmark", {"inline_definitions": True}).enable("table")
    # What a link points to is of no interest here, and checking it costs time.
    md.normalizeLink = lambda url: url  # type: ignore[method-assign]
    md.validateLink = lambda url: True  # type: ignore[method-assign]
    names, rules = md.inline.ruler.get_active_rules(), md.inline.ruler.getRules("")
    active = dict(zip(names, rules, strict=True))
    for name, (first, note) in _NOTES.items():
        md.inline.ruler.at(name, _noting(active[name], first, note))
    md.inline.ruler.before("link", "footnote_mark", _footnote_mark)
    md.inline.ruler2.after("emphasis", "settle_emphasis", _settle_emphasis)
    return md


_Rule = Callable[[StateInline, bool], bool]
_Note = Callable[[Marks, StateInline, int], None]


def _noting(rule: _Rule, first: str, note: _Note) -> _Rule:
    def run(state: StateInline, silent: bool) -> bool:
        start = state.pos
        if state.src[start] not in first:
            return False
        marks = state.env["marks"]
        # Looking for what closes a bracket takes a time that grows with the square of their number.
        hopeless = first in "[!" and marks.source is state.src and start > marks.last_bracket
        if hopeless or not rule(state, silent):
            return False
        # The description of an image is parsed as a text of its own, which is not noted.
        if not silent and marks.source is state.src:
            note(marks, state, start)
        return True

    return run


def _footnote_mark(state: StateInline, silent: bool) -> bool:
    match = _FOOTNOTE.match(state.src, state.pos) if state.src[state.pos] == "[" else None
    if match is None:
        return False
    if not silent and state.env["marks"].source is state.src:
        state.env["marks"].drop(*match.span(), _GONE)
    state.pos = match.end()
    return True


def _escape(marks: Marks, state: StateInline, start: int) -> None:
    if state.src[start + 1] in punctuation or state.src[start + 1] == "\n":
        marks.drop(start, start + 1)


def _backticks(marks: Marks, state: StateInline, start: int) -> None:
    raw = state.src[start : state.pos]
    fence = len(raw) - len(raw.lstrip("`"))
    if fence == len(raw):
        return  # A run of backticks that nothing closes is text.
    inner = raw[fence:-fence]
    begin = start + fence + len(inner) - len(inner.lstrip())
    end = max(begin, state.pos - fence - (len(inner) - len(inner.rstrip())))
    marks.drop(start, begin)
    marks.drop(end, state.pos)
    marks.code.append((begin, end))


def _emphasis(marks: Marks, state: StateInline, start: int) -> None:
    count = state.pos - start
    marks.asterisks += zip(range(start, state.pos), state.tokens[-count:], strict=True)


def _settle_emphasis(state: StateInline) -> None:
    """Note which asterisks and underscores marked emphasis.

    Only here is it told: the rule that comes next joins what is left of them to the text around.
    """
    marks = state.env["marks"]
    if marks.source is not state.src:
        return
    opened: list[int] = []
    for at, token in marks.asterisks:
        if token.type == "text" and token.content:
            continue
        marks.drop(at, at + 1)
        if token.nesting == 1:
            opened.append(at + 1)
        elif token.nesting == -1 and opened:
            marks.strong.append((opened.pop(), at))


def _link(marks: Marks, state: StateInline, start: int) -> None:
    end = state.md.helpers.parseLinkLabel(state, start, True)
    marks.drop(start, start + 1)
    marks.drop(end, state.pos)
    marks.links.append((start + 1, end))


def _image(marks: Marks, state: StateInline, start: int) -> None:
    marks.drop(start, state.pos, _GONE)


def _autolink(marks: Marks, state: StateInline, start: int) -> None:
    marks.drop(start, start + 1)
    marks.drop(state.pos - 1, state.pos)
    marks.links.append((start + 1, state.pos - 1))


def _html(marks: Marks, state: StateInline, start: int) -> None:
    tag = state.src[start : state.pos]
    marks.drop(start, state.pos, _GONE)
    if re.match(r"</?br\b", tag, re.I):
        _swap(marks, start, state.pos, " ")
    elif found := _SPAN_TAG.match(tag):
        name = found.group(2).lower()
        if not found.group(1):
            marks.tags.append((name, state.pos))
        elif marks.tags and marks.tags[-1][0] == name:
            spans = {"code": marks.code, "a": marks.links}.get(name, marks.strong)
            spans.append((marks.tags.pop()[1], start))
    marks.captions += [(start + a, start + b) for a, b in captions(tag)]


def _entity(marks: Marks, state: StateInline, start: int) -> None:
    _swap(marks, start, state.pos, html.unescape(state.src[start : state.pos]))


def _swap(marks: Marks, start: int, end: int, value: str) -> None:
    marks.drop(start, end, _ENTITY_REST)
    marks.keep[start] = _ENTITY
    marks.swaps[start] = value


def captions(tag: str) -> list[Span]:
    """Where the value of a caption attribute stands in an HTML tag."""
    return [m.span(m.lastindex or 0) for m in _CAPTION.finditer(tag)]


_NOTES: dict[str, tuple[str, _Note]] = {
    "escape": ("\\", _escape),
    "backticks": ("`", _backticks),
    "emphasis": ("*_", _emphasis),
    "link": ("[", _link),
    "image": ("!", _image),
    "autolink": ("<", _autolink),
    "html_inline": ("<", _html),
    "entity": ("&", _entity),
}
