"""JSON and JSON Lines -> text: a heading and a few paragraphs for each record.

Of a record those fields are read that a person would: its title is the heading, long texts are
paragraphs, short values stand together on a line ("Author: Ann; Year: 2020."). What only programs
read (ids, addresses, hashes, vectors) is left out. Fields within fields are named by the way there.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from workbench.corpus.archives import check_size
from workbench.corpus.decoding import decode
from workbench.corpus.pages import chapter_text
from workbench.errors import WorkbenchError

TITLES = ("title", "headline", "subject", "name", "question", "heading", "label", "topic")
#: Long texts under these names need no label before them.
TEXTS = frozenset(
    {"text", "body", "content", "contents", "answer", "description", "abstract", "summary",
     "message", "paragraph", "paragraphs", "passage", "context", "article", "document"}
)  # fmt: skip
#: Names, or last parts of names, of what only programs read.
MACHINE = re.compile(
    r"(?:^|_)(?:id|ids|uuid|guid|hash|sha\d*|md5|checksum|etag|url|urls|uri|href|link|slug|"
    r"embedding|embeddings|vector|token|revision)$"
)
MARKUP = re.compile(r"<(?:p|br|div|h[1-6]|ul|ol|table|span|a)\b[^>]*>", re.I)
LONG_WORDS, LONGEST_TITLE, DEEPEST, LONGEST_LIST = 12, 120, 6, 64


def read_json(path: Path, encoding: str) -> tuple[str, str, list[str]]:
    """The text of a JSON file's records and notes; JSON Lines by the suffix, or by the look.

    Raises WorkbenchError where it is not JSON, and RecursionError where it is nested too deep.
    """
    check_size(path)
    raw, note = decode(path.read_bytes(), path.name, encoding)
    lines = path.suffix.lower() in (".jsonl", ".ndjson")
    values, broken = _lines(raw, path) if lines else _whole(raw, path)
    told = _Told()
    blocks = [told.record(value) for value in values]
    notes = [note, *told.notes()]
    if broken:
        notes.append(f"{broken} lines are not JSON and were left out")
    return "\n\n".join(filter(None, blocks)), "", notes


def _whole(raw: str, path: Path) -> tuple[list[Any], int]:
    """The records of one JSON value: of a list, of the longest list of records in an object."""
    try:
        value = json.loads(raw)
    except json.JSONDecodeError as error:
        found, broken = _lines(raw, path, error)
        return found, broken
    if isinstance(value, list):
        return value, 0
    if isinstance(value, dict):
        lists = [v for v in value.values() if isinstance(v, list) and _are_records(v)]
        if lists:
            longest = max(lists, key=len)
            rest = {k: v for k, v in value.items() if v is not longest}
            return [*([rest] if rest else []), *longest], 0
    return [value], 0


def _are_records(values: list[Any]) -> bool:
    return bool(values) and all(isinstance(value, dict) for value in values)


def _lines(raw: str, path: Path, whole: ValueError | None = None) -> tuple[list[Any], int]:
    """A record per line, and how many lines are none; WorkbenchError where most are none."""
    values: list[Any] = []
    fault = ""
    broken = 0
    for number, line in enumerate(raw.split("\n"), 1):
        if not line.strip():
            continue
        try:
            values.append(json.loads(line))
        except json.JSONDecodeError as error:
            fault = fault or f"line {number}, column {error.colno}: {error.msg}"
            broken += 1
    # Pretty-printed JSON holds many a line that is a value by itself.
    records = sum(isinstance(value, dict) for value in values)
    if broken > records or not values or (whole is not None and not records):
        raise WorkbenchError(
            f"{path.name} is not JSON ({whole or fault or 'no value'}).",
            "Mend the place it names, or give the text as .txt or .csv.",
        )
    return values, broken


class _Told:
    """Turns records into text and counts what it leaves out."""

    def __init__(self) -> None:
        self.left_out: dict[str, int] = {}
        self.too_deep = 0

    def notes(self) -> list[str]:
        notes = []
        if self.left_out:
            names = sorted(self.left_out, key=lambda name: -self.left_out[name])
            more = " and others" if len(names) > 8 else ""
            notes.append(f"fields for programs were left out ({', '.join(names[:8])}{more})")
        if self.too_deep:
            notes.append(f"{self.too_deep} values nested deeper than {DEEPEST} were left out")
        return notes

    def record(self, value: Any) -> str:
        """The text of one record; a bare string is a paragraph."""
        if not isinstance(value, Mapping):
            return " ".join(text for _, text in self._fields(value, "", 0))
        key = next((k for name in TITLES for k in value if _is_title(str(k), name, value[k])), None)
        heading = "" if key is None else f"## {' '.join(str(value[key]).split())}"
        short: list[str] = []
        long: list[str] = []
        for name, item in value.items():
            if name == key:
                continue
            for label, text in self._fields(item, str(name), 0):
                if len(text.split()) < LONG_WORDS and "\n" not in text:
                    short.append(f"{_label(label)}: {text}")
                else:
                    bare = label.rsplit(" ", 1)[-1].lower() in TEXTS
                    long.append(text if bare else f"{_label(label)}: {text}")
        line = "; ".join(short)
        line = f"{line}." if line and not line.endswith((".", "!", "?")) else line
        return "\n\n".join(filter(None, [heading, line, *long]))

    def _fields(self, value: Any, name: str, depth: int) -> Iterator[tuple[str, str]]:
        """(name, text) of a value and of all within it that people read."""
        if name and MACHINE.search(_snake(name.rsplit(" ", 1)[-1])):
            last = name.rsplit(" ", 1)[-1]
            self.left_out[last] = self.left_out.get(last, 0) + 1
        elif value is None or value == "":
            return
        elif depth > DEEPEST:
            self.too_deep += 1
        elif isinstance(value, Mapping):
            for key, item in value.items():
                yield from self._fields(item, f"{name} {key}".strip(), depth + 1)
        elif isinstance(value, list):
            yield from self._listed(value, name, depth)
        else:
            text = _scalar(value)
            if text:
                yield name, text

    def _listed(self, values: list[Any], name: str, depth: int) -> Iterator[tuple[str, str]]:
        plain = [v for v in values if v is not None and not isinstance(v, list | Mapping)]
        if len(plain) < len(values):
            for value in values:
                yield from self._fields(value, name, depth + 1)
        elif len(plain) > LONGEST_LIST and all(isinstance(v, int | float) for v in plain):
            self.left_out[name] = self.left_out.get(name, 0) + 1
        elif any(isinstance(v, str) and len(v.split()) >= LONG_WORDS for v in plain):
            yield name, "\n\n".join(_scalar(v) for v in plain)
        elif plain:
            yield name, ", ".join(_scalar(v) for v in plain)


def _is_title(key: str, name: str, value: Any) -> bool:
    return key.lower() == name and isinstance(value, str) and 0 < len(value) <= LONGEST_TITLE


def _scalar(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if not isinstance(value, str):
        return str(value)
    if MARKUP.search(value):
        return chapter_text(value.encode())
    return value.strip()


def _snake(name: str) -> str:
    """camelCase and kebab-case as snake_case."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|[-.\s]+", "_", name).lower()


def _label(name: str) -> str:
    words = _snake(name).replace("_", " ").strip()
    return words[:1].upper() + words[1:] or "Value"
