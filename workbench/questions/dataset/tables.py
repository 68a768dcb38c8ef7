"""Rows of questions from files of many makes: CSV, TSV, JSON, JSONL, Parquet, SQuAD."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workbench.errors import WorkbenchError

SUFFIXES = (".csv", ".tsv", ".json", ".jsonl", ".ndjson", ".parquet")


@dataclass(frozen=True, slots=True)
class Row:
    """One row as it stood; ``line`` counts from 1 in text files, and is the row's number else."""

    line: int
    values: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Fault:
    """A row that is not a question: where it stands, and why."""

    file: str
    line: int
    reason: str

    def __str__(self) -> str:
        return f"{self.file}, line {self.line}: {self.reason}"


def rows(path: Path) -> tuple[list[Row], list[Fault]]:
    """All rows of a file, and the lines that could not be read as one.

    Raises WorkbenchError where the file is missing, of no known kind, or not readable as a whole.
    """
    if not path.is_file():
        raise WorkbenchError(f"There is no file {path}.", "Check the path.")
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise WorkbenchError(
            f"{path} is of no known kind ({suffix or 'no ending'}).",
            f"Questions are read from {', '.join(SUFFIXES)}.",
        )
    if suffix == ".parquet":
        return _parquet(path), []
    text = _text(path)
    if suffix in {".csv", ".tsv"}:
        return _delimited(path, text, "\t" if suffix == ".tsv" else None)
    if suffix in {".jsonl", ".ndjson"}:
        return _lines(path, text)
    return _json(path, text)


def _text(path: Path) -> str:
    raw = path.read_bytes()
    for encoding in ("utf-8-sig", "gb18030"):
        if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
            encoding = "utf-16"
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise WorkbenchError(f"{path} is not text in a known encoding.", "Save it as UTF-8.")


#: Characters that make a spreadsheet take a cell for a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def quoted_cell(cell: object) -> object:
    """A cell for CSV: text that a spreadsheet would run as a formula begins with a quote mark."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell


def _plain_cell(cell: str) -> str:
    """A cell of CSV without the quote mark before a formula's sign."""
    return cell[1:] if cell[:1] == "'" and cell[1:].startswith(_FORMULA) else cell


def _delimited(path: Path, text: str, mark: str | None) -> tuple[list[Row], list[Fault]]:
    head = text.split("\n", 1)[0]
    if mark is None:
        mark = max(",;\t", key=head.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=mark)
    names: list[str] | None = None
    matches: list[Row] = []
    faults: list[Fault] = []
    line = 1
    try:
        for cells in reader:
            first, line = line, reader.line_num + 1
            if not any(cell.strip() for cell in cells):
                continue
            if names is None:
                names = [cell.strip() for cell in cells]
            elif len(cells) != len(names):
                faults.append(
                    Fault(str(path), first, f"{len(cells)} cells where the head has {len(names)}")
                )
            else:
                plain = map(_plain_cell, cells)
                matches.append(Row(first, dict(zip(names, plain, strict=True))))
    except csv.Error as error:
        faults.append(Fault(str(path), line, str(error)))
    if names is None:
        raise WorkbenchError(f"{path} is empty.", "Give a head line and one question per line.")
    return matches, faults


def _lines(path: Path, text: str) -> tuple[list[Row], list[Fault]]:
    matches: list[Row] = []
    faults: list[Fault] = []
    for line, piece in enumerate(text.split("\n"), 1):
        if not piece.strip():
            continue
        try:
            value = json.loads(piece)
        except json.JSONDecodeError as error:
            faults.append(Fault(str(path), line, f"not JSON ({error.msg})"))
            continue
        if isinstance(value, dict):
            matches.append(Row(line, value))
        else:
            faults.append(Fault(str(path), line, "not a JSON object"))
    return matches, faults


def _json(path: Path, text: str) -> tuple[list[Row], list[Fault]]:
    try:
        value = json.loads(text)
    except json.JSONDecodeError as error:
        raise WorkbenchError(
            f"{path} is not JSON (line {error.lineno}: {error.msg}).",
            "Mend it, or give one JSON object per line in a .jsonl file.",
        ) from error
    if isinstance(value, dict) and isinstance(value.get("data"), list):
        if any(isinstance(d, dict) and "paragraphs" in d for d in value["data"]):
            return list(_squad(value["data"])), []
        value = value["data"]
    if isinstance(value, dict) and isinstance(value.get("questions"), list):
        value = value["questions"]
    if not isinstance(value, list):
        raise WorkbenchError(
            f"{path} holds no list of questions.", "Give a JSON list of objects, or SQuAD's form."
        )
    matches = [Row(n, v) for n, v in enumerate(value, 1) if isinstance(v, dict)]
    faults = [
        Fault(str(path), n, "not a JSON object")
        for n, v in enumerate(value, 1)
        if not isinstance(v, dict)
    ]
    return matches, faults


def _squad(articles: list[Any]) -> Iterator[Row]:
    number = 0
    for article in articles:
        for paragraph in article.get("paragraphs", []):
            context = paragraph.get("context", "")
            for item in paragraph.get("qas", []):
                number += 1
                matches = item.get("answers") or []
                yield Row(
                    number,
                    {
                        "id": item.get("id"),
                        "text": item.get("question"),
                        "answers": [a.get("text", "") for a in matches],
                        "quote": _squad_quote(context, matches),
                        "kind": "unanswerable" if item.get("is_impossible") else None,
                        "title": article.get("title", ""),
                    },
                )


def _squad_quote(context: str, answers: list[Any]) -> str:
    """The sentence of the context around the first answer, or the context itself."""
    from workbench.questions.parsing.sentences import sentences

    if not answers:
        return ""
    at = int(answers[0].get("answer_start", 0) or 0)
    for sentence in sentences(context):
        if sentence.start <= at < sentence.end:
            return sentence.text
    return context


def _parquet(path: Path) -> list[Row]:
    import pyarrow as arrow
    import pyarrow.parquet as parquet

    try:
        table = parquet.read_table(path)
    except (arrow.ArrowInvalid, OSError) as error:
        raise WorkbenchError(
            f"{path} is not a readable Parquet file ({error}).", "Write it again."
        ) from error
    return [Row(n, record) for n, record in enumerate(table.to_pylist(), 1)]
