"""Rows of questions from files of many makes: CSV, TSV, JSON, JSONL, YAML, Parquet, Excel."""

from __future__ import annotations

import codecs
import csv
import io
import json
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple, TextIO

from workbench.corpus.decoding import decode
from workbench.errors import WorkbenchError
from workbench.questions.dataset.containers import folder_files, saved_rows, sheet_rows

#: Where files keep their questions: SQuAD and others, ours, LlamaIndex, DeepEval, promptfoo.
_LISTS = ("data", "questions", "examples", "goldens", "tests")
#: Characters of a cell of CSV.
LONGEST_CELL = 2**31 - 1
#: Bytes from which a file is read line by line: what it is written in then has to be UTF-8.
LARGE = 32 << 20
_SCANNER = json.JSONDecoder()
_ENDS = ("\n", "\r\n", "")
SUFFIXES = (".csv", ".tsv", ".json", ".jsonl", ".ndjson", ".parquet", ".xlsx", ".yaml", ".yml")


class Row(NamedTuple):
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
    if path.is_dir():
        return _folder(path)
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
    if suffix == ".xlsx":
        # The head is the first line.
        return [Row(n, values) for n, values in enumerate(sheet_rows(path), 2)], []
    if suffix in {".yaml", ".yml"}:
        return _yaml(path, _text(path))
    if suffix in {".csv", ".tsv"}:
        return _parted(_delimited(path, "\t" if suffix == ".tsv" else None))
    if suffix in {".jsonl", ".ndjson"}:
        return _parted(_lines(path))
    return _json(path, _text(path))


def _folder(path: Path) -> tuple[list[Row], list[Fault]]:
    """The rows of a data set's folder, all its splits together."""
    saved = saved_rows(path)
    if saved is not None:
        return [Row(n, values) for n, values in enumerate(saved, 1)], []
    files = folder_files(path)
    if not files:
        raise WorkbenchError(
            f"{path} is a folder, and holds no data set (data/*.parquet, qa.parquet, …).",
            "Name the file of questions in it.",
        )
    found, faults = zip(*map(rows, files), strict=True)
    return [row for part in found for row in part], [fault for part in faults for fault in part]


def any_rows(path: Path, what: str = "questions") -> Iterator[Row | Fault]:
    """The same of a file whose ending may say nothing: what it holds shows how it is written.

    One row after the other, so that a file of lines may be larger than the memory.
    """
    if not path.is_file() or path.suffix.lower() in {".parquet", ".xlsx", ".yaml", ".yml"}:
        yield from _joined(rows(path))
        return
    with _opened(path, "") as source:
        start = ""
        while not start and (block := source.read(1 << 16)):
            start = block.lstrip()[:1]
    if start == "[":
        yield from _joined(_json(path, _text(path), what))
    elif start == "{":
        yield from _lines(path)
    elif start:
        yield from _delimited(path, "\t" if path.suffix.lower() == ".tsv" else None)


def _parted(found: Iterable[Row | Fault]) -> tuple[list[Row], list[Fault]]:
    matches: list[Row] = []
    faults: list[Fault] = []
    for item in found:
        if isinstance(item, Row):
            matches.append(item)
        else:
            faults.append(item)
    return matches, faults


def _joined(parts: tuple[list[Row], list[Fault]]) -> Iterator[Row | Fault]:
    yield from parts[1]
    yield from parts[0]


@contextmanager
def _opened(path: Path, newline: str) -> Iterator[TextIO]:
    """The text of a file, from its beginning: read as it is asked for where the file is large."""
    encoding = _plain(path)
    if encoding is None:
        yield io.StringIO(_text(path), newline)
        return
    with path.open(encoding=encoding, newline=newline) as source:
        yield source


def _plain(path: Path) -> str | None:
    """The encoding of a large file that is plain UTF-8; None of any other."""
    if path.stat().st_size < LARGE:
        return None
    decoder = codecs.getincrementaldecoder("utf-8")()
    with path.open("rb") as file:
        marked = file.read(3) == codecs.BOM_UTF8
        file.seek(0)
        while block := file.read(1 << 20):
            # Binary, or one of the Japanese encodings that are ASCII to the eye.
            if b"\0" in block or b"\x1b$" in block:
                return None
            try:
                decoder.decode(block)
            except UnicodeDecodeError:
                return None
    return "utf-8-sig" if marked else "utf-8"


def _text(path: Path) -> str:
    try:
        return decode(path.read_bytes(), str(path))[0]
    except WorkbenchError as error:
        # The corpus reader's advice is on documents.
        raise WorkbenchError(error.message, "Save it as UTF-8 (Excel: CSV UTF-8).") from error


#: A first line by which Excel is told what parts the cells.
_DECLARED = re.compile(r"sep=(.)\r?\n", re.IGNORECASE)
#: Characters that make a spreadsheet take a cell for a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def quoted_cell(cell: object) -> object:
    """A cell for CSV: text that a spreadsheet would run as a formula begins with a quote mark."""
    # One that begins so by itself gets another, so that it is not taken for ours.
    risky = isinstance(cell, str) and cell.lstrip("'").startswith(_FORMULA)
    return f"'{cell}" if risky else cell


def _plain_cell(cell: str) -> str:
    """A cell of CSV without the quote mark before a formula's sign."""
    return cell[1:] if cell[:1] == "'" and cell.lstrip("'").startswith(_FORMULA) else cell


def _delimited(path: Path, mark: str | None) -> Iterator[Row | Fault]:
    with _opened(path, "") as source:
        above, head = 0, source.readline()
        if declared := _DECLARED.fullmatch(head):
            mark, above, head = declared[1], 1, source.readline()
        if mark is None:
            mark = max(",;\t", key=head.count)
        # A whole answer or document may stand in a cell; the limit is C's, for all readers at once.
        csv.field_size_limit(LONGEST_CELL)
        reader = csv.reader(chain([head], source), delimiter=mark)
        names: list[str] | None = None
        line = 1 + above
        try:
            for cells in reader:
                first, line = line, reader.line_num + 1 + above
                if not any(cell.strip() for cell in cells):
                    continue
                if names is None:
                    names = [cell.strip() for cell in cells]
                elif len(cells) != len(names):
                    reason = f"{len(cells)} cells where the head has {len(names)}"
                    yield Fault(str(path), first, reason)
                else:
                    plain = map(_plain_cell, cells)
                    yield Row(first, dict(zip(names, plain, strict=True)))
        except csv.Error as error:
            yield Fault(str(path), line, str(error))
    if names is None:
        raise WorkbenchError(f"{path} is empty.", "Give a head line and one question per line.")


def _lines(path: Path) -> Iterator[Row | Fault]:
    with _opened(path, "\n") as source:
        for line, piece in enumerate(source, 1):
            if not piece.strip():
                continue
            try:
                value = _value(piece)
            except json.JSONDecodeError as error:
                yield Fault(str(path), line, f"not JSON ({error.msg})")
                continue
            if isinstance(value, dict):
                yield Row(line, value)
            else:
                yield Fault(str(path), line, "not a JSON object")


def _value(piece: str) -> Any:
    """What json.loads says of a line, whose own precautions take as long as short lines do."""
    try:
        value, end = _SCANNER.raw_decode(piece)
    except json.JSONDecodeError:
        end = 0
    return value if end and piece[end:] in _ENDS else json.loads(piece.removesuffix("\n"))


def _json(path: Path, text: str, what: str = "questions") -> tuple[list[Row], list[Fault]]:
    try:
        value = json.loads(text)
    except json.JSONDecodeError as error:
        raise WorkbenchError(
            f"{path} is not JSON (line {error.lineno}: {error.msg}).",
            "Mend it, or give one JSON object per line in a .jsonl file.",
        ) from error
    return _listed(path, value, what)


def _yaml(path: Path, text: str) -> tuple[list[Row], list[Fault]]:
    from workbench.io import yamls

    try:
        value = yamls.load(text)
    except yamls.YAMLError as error:
        raise WorkbenchError(
            f"{path} is not valid YAML: {' '.join(str(error).split())}.", "Mend the line it names."
        ) from error
    return _listed(path, value, "questions")


def _listed(path: Path, value: Any, what: str) -> tuple[list[Row], list[Fault]]:
    """The rows of a list of objects, by itself or under a name that is known for it."""
    if isinstance(value, dict):
        value = next((value[key] for key in _LISTS if isinstance(value.get(key), list)), value)
    if not isinstance(value, list):
        raise WorkbenchError(
            f"{path} holds no list of {what} (under {', '.join(_LISTS)}, or by itself).",
            "Give a JSON list of objects, or SQuAD's form.",
        )
    if any(isinstance(item, dict) and "paragraphs" in item for item in value):
        return list(_squad(value)), []
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
