"""Where the chapters of a text begin.

A heading is a short line that stands alone and reads as one: "Chapter 1", "CHAPTER IV. The
Storm", "Chapter the First", "BOOK II", a Markdown heading, 第三回 / 第三章 / 卷三, or a bare
numeral that continues a sequence. A table of contents names the same headings close together
before they come; those lines are told apart and do not count.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from workbench.corpus.language import words

LONGEST = 90
CONTENTS_GAP_WORDS = 25
CONTENTS_LINES = 3

_UNITS = (
    "one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|"
    "sixteen|seventeen|eighteen|nineteen"
)
_TENS = "twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety"
_ORDINALS = (
    "first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|eleventh|twelfth|"
    "thirteenth|fourteenth|fifteenth|sixteenth|seventeenth|eighteenth|nineteenth|twentieth|"
    "thirtieth|last"
)
_NUMERAL = (
    rf"(?:\d{{1,3}}|[ivxlc]+|(?:the\s+)?(?:(?:{_TENS})[\s-]+)?(?:{_ORDINALS})|"
    rf"(?:{_TENS})(?:[\s-]+(?:{_UNITS}))?|{_UNITS})"
)
CHAPTER = re.compile(
    rf"(?:chapter|book|part|volume|vol\.?|letter|stave|canto|phase|act|section)\s+{_NUMERAL}"
    r"(?:(?=\s*(?:[.:,;—–-]|\]|$))|(?=\s+[A-Z“\"'‘(]))",
    re.I,
)
NAMED = re.compile(
    r"(?:prologue|epilogue|preface|introduction|foreword|afterword|conclusion|"
    r"appendix(?:\s+[A-Z\d])?|postscript)\s*[.:]?$",
    re.I,
)
ROMAN = re.compile(r"([IVXLC]+)(?:\.?$|[.:—–-]+\s+[A-Z“\"'‘])")
DIGITS = re.compile(r"(\d{1,3})(?:\.?$|[.)]?\s+[A-Z“\"'‘])")
MARKDOWN = re.compile(r"(#{1,6})\s+(\S.*?)\s*#*$")
_HAN_NUMBER = r"[零〇一二三四五六七八九十百千两廿卅\d０-９]+"
CHINESE = re.compile(
    rf"(?:第\s*{_HAN_NUMBER}\s*[回章节節卷部集篇折]|卷(?:之)?{_HAN_NUMBER}|"
    r"(?:楔子|序章|序言|序幕|自序|引子|引言|前言|尾声|尾聲|后记|後記|终章)$)"
    r"(?=[\s　:：、.．—《【]|$)"
)
CONTENTS = re.compile(r"(?:table of )?contents\.?$|目\s*[录錄次]$", re.I)


@dataclass(frozen=True, slots=True)
class Heading:
    """One heading: where its line starts and ends, what it says, how deep (Markdown: 1 to 6)."""

    start: int
    end: int
    title: str
    depth: int = 1


@dataclass(frozen=True, slots=True)
class _Line:
    start: int
    end: int
    text: str
    alone: bool


def find(text: str, target_words: int) -> list[Heading]:
    """The headings that begin the chapters of ``text``, in order; empty where there are none.

    Markdown headings count down to the depth whose mean section comes nearest to
    ``target_words``. Entries of a table of contents at the head are left out.
    """
    lines = list(_lines(text))
    marked = _markdown(lines)
    if len(marked) >= 2:
        return _nearest_depth(marked, text, target_words)
    worded = [h for line in lines if (h := _worded(line)) is not None]
    worded = _without_contents(worded, text)
    if len(worded) < 2 or words(text) / len(worded) > 20 * target_words:
        numbered = _without_contents(_sequence(lines), text)
        if len(numbered) >= 2:
            worded = sorted({h.start: h for h in [*worded, *numbered]}.values(), key=_start)
    return worded


def marked(text: str) -> list[Heading]:
    """Every Markdown heading of a text, in order."""
    return _markdown(list(_lines(text)))


def contents_end(text: str, first: int) -> bool:
    """Whether what stands before the first heading is a table of contents."""
    return any(CONTENTS.match(line.strip(" *_#\t　")) for line in text[:first].split("\n"))


def _start(heading: Heading) -> int:
    return heading.start


def _lines(text: str) -> Iterator[_Line]:
    """Every line that may be a heading: short, with its stripped text and whether it is alone.

    A line is alone where a blank line or the text's start stands before it.
    """
    start, blank = 0, True
    for raw in text.split("\n"):
        end = start + len(raw)
        stripped = raw.strip(" \t　\u00a0")
        if stripped and len(stripped) <= LONGEST:
            yield _Line(start, end, stripped, blank)
        blank = not stripped
        start = end + 1


def _markdown(lines: Sequence[_Line]) -> list[Heading]:
    """Markdown headings outside code fences."""
    result: list[Heading] = []
    fenced = False
    for line in lines:
        if line.text.startswith(("```", "~~~")):
            fenced = not fenced
        match = None if fenced else MARKDOWN.match(line.text)
        if match:
            title = re.sub(r"[*_`]+", "", match.group(2)).strip()
            result.append(Heading(line.start, line.end, title, len(match.group(1))))
    return result


def _nearest_depth(headings: list[Heading], text: str, target: int) -> list[Heading]:
    total = words(text)

    def distance(depth: int) -> float:
        count = sum(h.depth <= depth for h in headings)
        return abs(math.log(total / count / target)) if count and total else math.inf

    best = min(sorted({h.depth for h in headings}), key=distance)
    return [h for h in headings if h.depth <= best]


def _worded(line: _Line) -> Heading | None:
    """A heading that says so in words: Chapter, Book, 第…回, Prologue."""
    plain = line.text.strip("*_[]=~ ")
    chinese = CHINESE.match(plain)
    if chinese and len(plain) <= 50 and not plain.endswith(("。", "，", "；", "！", "？")):
        return Heading(line.start, line.end, plain)
    if not line.alone or not plain[:1].isupper():
        return None
    if CHAPTER.match(plain) or NAMED.match(plain):
        return Heading(line.start, line.end, plain)
    return None


def _sequence(lines: Sequence[_Line]) -> list[Heading]:
    """Bare numerals (I, II, III or 1, 2, 3) that count up by one; a new 1 starts over.

    A lone "I" or a year inside the text continues no sequence and is left out.
    """
    result: list[Heading] = []
    for pattern in (ROMAN, DIGITS):
        run: list[Heading] = []
        expected = 1
        for line in lines:
            match = pattern.match(line.text) if line.alone else None
            if not match:
                continue
            value = _value(match.group(1))
            if value == 1 or value == expected:
                if value == 1:
                    result += run if len(run) >= 2 else []
                    run = []
                run.append(Heading(line.start, line.end, line.text))
                expected = value + 1
        result += run if len(run) >= 2 else []
        if result:
            break
    return result


def _value(numeral: str) -> int:
    """The number that a Roman or Arabic numeral stands for; 0 where it is no numeral."""
    if numeral.isdigit():
        return int(numeral)
    letters = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100}
    total = 0
    for here, after in zip(numeral, [*numeral[1:], ""], strict=True):
        value = letters[here]
        total += -value if after and letters[after] > value else value
    return total


def _without_contents(headings: list[Heading], text: str) -> list[Heading]:
    """Leave out runs of headings with next to nothing between them whose labels come again."""
    kept: list[Heading] = []
    index = 0
    while index < len(headings):
        stop = index + 1
        while stop < len(headings) and (
            words(text[headings[stop - 1].end : headings[stop].start]) <= CONTENTS_GAP_WORDS
        ):
            stop += 1
        run, rest = headings[index:stop], headings[stop:]
        later = {_label(h.title) for h in rest}
        if len(run) >= CONTENTS_LINES and later:
            # The last entry of a table may be followed by the first chapter's own heading.
            again = [h for h in run if _label(h.title) in later]
            seen: set[str] = set()
            for heading in reversed(run):
                label = _label(heading.title)
                if heading not in again and label not in seen:
                    kept.append(heading)
                seen.add(label)
        else:
            kept += run
        index = stop
    return sorted(kept, key=_start)


def _label(title: str) -> str:
    """What makes two headings the same: the kind and number, without the chapter's name."""
    match = CHAPTER.match(title) or CHINESE.match(title) or ROMAN.match(title)
    text = match.group(0) if match else title
    return re.sub(r"[\W_]+", "", text).casefold()
