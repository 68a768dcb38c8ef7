"""The pieces of prose in a block of raw HTML."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from workbench.questions.parsing.inline import Source, captions

PieceKind = Literal["paragraph", "item", "heading", "row", "caption"]

#: Comments, what is never prose, code fences, and tags; nothing here can match in two ways.
_TAG = re.compile(
    r"<!--.*?(?:-->|\Z)|<(script|style|pre|svg)\b.*?(?:</\1\s*>|\Z)|^(```|~~~).*?(?:^\2|\Z)"
    r"|</?([a-z][\w-]*)(?>[^>\"']+|\"[^\"]*\"|'[^']*')*+>|<[!?][^>]*>",
    re.I | re.S | re.M,
)
#: Tags that stand within a line; buttons too, for accordions have them in their headings.
_INLINE = re.compile(
    r"(?:a|abbr|b|bd[io]|big|br|button|cite|code|del|dfn|em|font|i|img|ins|kbd|label|mark|q|s|samp"
    r"|small|span|strong|su[bp]|time|tt|u|var|wbr)$"
)
_KINDS: dict[str, PieceKind] = {"li": "item", "caption": "caption", "figcaption": "caption"}


@dataclass(frozen=True, slots=True)
class Piece:
    """One piece of prose: its raw parts (a row's cells, else one) and its span."""

    kind: PieceKind
    parts: tuple[Source, ...]
    level: int = 0
    header: bool = False

    @property
    def extent(self) -> tuple[int, int]:
        return self.parts[0].at[0], self.parts[-1].at[-1] + 1


def pieces(source: Source) -> Iterator[Piece]:
    """Headings, items, rows, captions and paragraphs, in order.

    Tags that stand within a line stay in a piece, for the reader of inline content to drop.
    """
    text = source.text
    kind: PieceKind = "paragraph"
    level, start = 0, 0
    cells: list[Source] | None = None
    header = True

    def part(end: int) -> Source | None:
        raw = text[start:end]
        lead = len(raw) - len(raw.lstrip())
        found = source.slice(start + lead, start + len(raw.rstrip()))
        return found if re.search(r"\w", found.text) else None

    for match in [*_TAG.finditer(text), None]:
        name = (match.group(3) or "").lower() if match else ""
        if _INLINE.match(name):
            continue
        found = part(match.start() if match else len(text))
        if found and cells is not None:
            cells.append(found)
        elif found:
            yield Piece(kind, (found,), level)
        if match is None:
            break
        start = match.end()
        closing = match.group().startswith("</")
        if name in {"tr", "table"} or (name == "tbody" and closing):
            if cells:
                yield Piece("row", tuple(cells), header=header)
            cells, header = ([], True) if name == "tr" and not closing else (None, True)
        elif name == "td":
            header = False
        elif name and not closing:
            level = int(name[1]) if re.fullmatch(r"h[1-6]", name) else 0
            kind = "heading" if level else _KINDS.get(name, "paragraph")
        elif name:
            kind, level = "paragraph", 0
        yield from (
            Piece("caption", (source.slice(start_of, end_of),))
            for a, b in captions(match.group())
            if (start_of := match.start() + a) < (end_of := match.start() + b)
        )
    if cells:
        yield Piece("row", tuple(cells), header=header)
