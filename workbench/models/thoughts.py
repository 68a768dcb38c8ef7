"""What a thinking model thinks before it answers: no part of the answer, though it is paid for."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import chain

_NAMES = r"(?:think|thinking|thought|thoughts|reasoning)"
_OPENED = re.compile(rf"\s*<{_NAMES}>", re.IGNORECASE)
_CLOSED = re.compile(rf"</{_NAMES}>", re.IGNORECASE)
#: A beginning that may yet become an opening tag.
_MAY_OPEN = re.compile(r"\s*(?:<[a-z]{0,9}>?)?", re.IGNORECASE)

CUT_INSIDE = (
    "the reply ends inside its thoughts: raise decoding.max_new_tokens or set "
    "decoding.thinking_tokens"
)


def answer_part(text: str, opened: bool = False) -> str | None:
    """The answer without thoughts; None where the text ends inside them.

    ``opened`` says that the prompt itself ended with the opening tag, as some templates do. Without
    it, a closing tag alone still ends thoughts.
    """
    closings = list(_CLOSED.finditer(text))
    if closings:
        return text[closings[-1].end() :].strip()
    return None if opened or _OPENED.match(text) else text


def opens_thoughts(prompt: str) -> bool:
    """Whether a rendered prompt leaves the model inside its thoughts."""
    tail = prompt[-40:].rstrip()
    return re.search(rf"<{_NAMES}>$", tail, re.IGNORECASE) is not None


def shown(pieces: Iterable[str], opened: bool = False) -> Iterator[str]:
    """The pieces of a stream that belong to its answer, as they come."""
    flow = iter(pieces)
    held: list[str] = []
    inside = opened
    if not opened:
        for piece in flow:
            held.append(piece)
            if _OPENED.match("".join(held)):
                inside = True
                break
            if not _MAY_OPEN.fullmatch("".join(held)):
                break
        if not inside:
            yield from held
            held = []
    if not inside:
        yield from flow
        return
    text = "".join(held)
    for piece in flow:
        text += piece
        closing = _CLOSED.search(text)
        if closing:
            # There may be more thoughts, and blank lines part them from the answer.
            yield from shown(_begun(chain([text[closing.end() :]], flow)))
            return


def _begun(pieces: Iterable[str]) -> Iterator[str]:
    """The pieces from the first that is not blank on."""
    flow = iter(pieces)
    for piece in flow:
        if piece.strip():
            yield piece.lstrip()
            break
    yield from flow
