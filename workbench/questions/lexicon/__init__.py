"""Word lists of the rules, as text files of ``[name]`` heads and words parted by white space."""

from __future__ import annotations

from functools import cache
from pathlib import Path


@cache
def _lists(file: str) -> dict[str, tuple[str, ...]]:
    matches: dict[str, list[str]] = {}
    current: list[str] = []
    text = (Path(__file__).parent / f"{file}.txt").read_text(encoding="utf-8")
    for line in text.splitlines():
        if line.startswith("["):
            current = matches.setdefault(line.strip("[] "), [])
        elif not line.startswith("#"):
            current.extend(line.split())
    return {name: tuple(words) for name, words in matches.items()}


def lexicon(file: str, name: str) -> frozenset[str]:
    """One list of a file; KeyError where there is none of that name."""
    return frozenset(_lists(file)[name])


def entries(file: str, name: str) -> tuple[str, ...]:
    """One list of a file in its order."""
    return _lists(file)[name]


@cache
def mapping(file: str, name: str) -> dict[str, str]:
    """A list of entries "left=right" by what stands left, "_" in them being a blank."""
    parted = (entry.partition("=") for entry in entries(file, name))
    return {left.replace("_", " "): right.replace("_", " ") for left, _, right in parted}
