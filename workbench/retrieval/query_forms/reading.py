"""A model's reply as texts to search with: numbers, bullets and quotation marks are none."""

from __future__ import annotations

import re

_MARK = re.compile(r"^\s*(?:[-*•–]|\(?\d{1,2}[.):]|[Qq]\d{1,2}[.:])\s*")
_QUOTED = re.compile(r"^[\"'“”‘’`]+|[\"'“”‘’`]+$")
#: "Here are three questions:" introduces; it asks nothing.
_LEAD = re.compile(r"^(?:sure|certainly|of course|here (?:is|are)|okay|ok)\b.*:?$|.*:$", re.I)


def lines(reply: str) -> list[str]:
    """Each line that says something, bare."""
    bare = (_QUOTED.sub("", _MARK.sub("", line).strip()).strip() for line in reply.splitlines())
    return [line for line in bare if re.search(r"\w", line) and not _LEAD.match(line)]


def whole(reply: str, _: int) -> list[str]:
    """The reply as one text."""
    text = " ".join(reply.split())
    return [text] if text else []


def first(reply: str, _: int) -> list[str]:
    """The first line that says something."""
    return lines(reply)[:1]


def several(reply: str, count: int) -> list[str]:
    """A text a line, ``count`` at the most."""
    return lines(reply)[:count]
