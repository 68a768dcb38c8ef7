"""The rows of a table: where their cells are, and what they say as one text."""

from __future__ import annotations

import re
from collections.abc import Sequence

from workbench.questions.parsing.inline import Plain, Source

#: Marks of the quotes and lists that a table stands in.
_CONTAINER = re.compile(r"(?:[ \t>]|[-+*](?=[ \t])|\d{1,9}[.)](?=[ \t]))*")


def cells_of(text: str, start: int, end: int, contents: Sequence[str]) -> list[Source]:
    """The cells of the row at ``text[start:end]``, given what Markdown's parser read in them."""
    container = _CONTAINER.match(text, start, end)
    at = container.end() if container else start
    at += text.startswith("|", at)
    found: list[Source] = []
    for content in contents:
        raw = content.replace("|", "\\|")
        place = text.find(raw, at, end) if raw else at
        if place < 0:
            break
        # The backslash that keeps a pipe in its cell goes before anything else is read.
        chars = [i for i in range(place, place + len(raw)) if text[i : i + 2] != "\\|"]
        found.append(Source("".join(text[i] for i in chars), chars))
        at = text.find("|", place + len(raw), end) + 1 or end
    return found


def joined(cells: Sequence[Plain], text: str) -> Plain:
    """The cells of a row as one text, parted by the pipe that parts them in the document."""
    out, places = "", list[int]()
    code: list[tuple[int, int]] = []
    strong: list[tuple[int, int]] = []
    for cell in cells:
        if not cell.text:
            continue
        if places:
            end, start = places[-1] + 1, cell.places[0]
            pipe = text.find("|", end, start)
            if pipe > end and start - 1 > pipe:
                out += " | "
                places += [pipe - 1, pipe, pipe + 1]
            elif end < start:
                out += "|" if pipe >= 0 else " "
                places.append(pipe if pipe >= 0 else end)
        code += [(a + len(out), b + len(out)) for a, b in cell.code]
        strong += [(a + len(out), b + len(out)) for a, b in cell.strong]
        out += cell.text
        places += cell.places
    return Plain(out, tuple(places), tuple(code), tuple(strong))
