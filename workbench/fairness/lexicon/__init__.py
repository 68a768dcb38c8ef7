"""The lists of words that tell who a text is about, as pairs that stand for each other."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from workbench.errors import WorkbenchError

OWN = Path(__file__).parent
#: Attributes that the lists which ship tell of.
ATTRIBUTES = ("gender", "origin")
SORTS = ("names", "words", "exchanged alone")
_HEAD = re.compile(r"\[([\w-]+): *([^,\]]+), *([^;\]]+); *([\w ]+)\]")


@dataclass(frozen=True, slots=True)
class Pair:
    """Two words that stand for each other: one tells of the first group, one of the second.

    ``sort``: ``names`` are written with a capital, ``words`` either way, and what is ``exchanged
    alone`` tells of no group.
    """

    attribute: str
    groups: tuple[str, str]
    words: tuple[str, str]
    sort: str


def read_pairs(language: str, own: Path | None = None) -> tuple[Pair, ...]:
    """The pairs of a language, or those of a file of one's own; () for a language without lists.

    Raises WorkbenchError for a file that is not of the form, naming the line.
    """
    if own is not None:
        try:
            return _parsed(own, own.read_bytes())
        except OSError as error:
            raise WorkbenchError(
                f"The word list {own} cannot be read ({error.strerror}).",
                "Check the path in fairness.lexicon.",
            ) from None
    path = OWN / f"{language.split('-')[0]}.txt"
    return _parsed(path, path.read_bytes()) if path.exists() else ()


@cache
def _parsed(path: Path, content: bytes) -> tuple[Pair, ...]:
    try:
        return tuple(_pairs(path, content.decode("utf-8-sig")))
    except UnicodeDecodeError:
        raise WorkbenchError(
            f"The word list {path} is not UTF-8.", "Save it as UTF-8 and run again."
        ) from None


def _pairs(path: Path, text: str) -> Iterator[Pair]:
    head: re.Match[str] | None = None
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith("#") or not line.strip():
            continue
        if line.startswith("["):
            head = _HEAD.fullmatch(line.strip())
            if head is None or head[4] not in SORTS:
                raise _fault(path, number, "[attribute: one group, other group; names]")
            continue
        for entry in line.split():
            left, sign, right = entry.replace("_", " ").partition("=")
            if head is None or not (left and sign and right):
                raise _fault(path, number, "one=other below such a head")
            yield Pair(head[1], (head[2].strip(), head[3].strip()), (left, right), head[4])


def _fault(path: Path, number: int, form: str) -> WorkbenchError:
    return WorkbenchError(
        f"{path}, line {number}: a list of words has heads such as [gender: women, men; names] and "
        f"pairs such as Anna=Adam below them; expected was {form}.",
        f"Mend the line; {OWN / 'en.txt'} shows the form.",
    )


@cache
def no_noun() -> frozenset[str]:
    """Words that are no beginning of a noun phrase."""
    lines = (OWN / "no_noun.txt").read_text("utf-8").splitlines()
    return frozenset(word for line in lines if not line.startswith("#") for word in line.split())
