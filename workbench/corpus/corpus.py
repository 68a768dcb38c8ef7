"""The corpus as one frozen value, and its round trip through a folder of JSON lines."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from workbench.errors import WorkbenchError
from workbench.types import Document, Passage, Section


@dataclass(frozen=True, slots=True)
class Corpus:
    """What the user brought. ``edition`` is the hash of all texts; ``notes`` say what was done.

    ``notes`` are sentences for the user: files skipped, duplicates found, boilerplate taken off.
    """

    documents: tuple[Document, ...]
    sections: tuple[Section, ...]
    edition: str
    language: str
    title: str
    notes: tuple[str, ...] = ()

    def document(self, id: str) -> Document:
        """The document of that id; KeyError where there is none."""
        for document in self.documents:
            if document.id == id:
                return document
        raise KeyError(id)


def save(corpus: Corpus, folder: Path) -> None:
    """Write documents.jsonl, sections.jsonl and corpus.json (last, as the sign of completeness)."""
    folder.mkdir(parents=True, exist_ok=True)
    write_lines(folder / "documents.jsonl", (asdict(d) for d in corpus.documents))
    write_lines(folder / "sections.jsonl", (asdict(section) for section in corpus.sections))
    facts = {
        "edition": corpus.edition,
        "language": corpus.language,
        "title": corpus.title,
        "notes": list(corpus.notes),
    }
    _rename_into(folder / "corpus.json", json.dumps(facts, ensure_ascii=False, indent=1))


def open_corpus(folder: Path) -> Corpus:
    """The corpus that :func:`save` wrote. Raises WorkbenchError where the folder holds none."""
    try:
        facts = json.loads((folder / "corpus.json").read_text(encoding="utf-8"))
        documents = tuple(Document(**d) for d in read_lines(folder / "documents.jsonl"))
        sections = tuple(Section(**record) for record in read_lines(folder / "sections.jsonl"))
        return Corpus(
            documents,
            sections,
            facts["edition"],
            facts["language"],
            facts["title"],
            tuple(facts["notes"]),
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise WorkbenchError(
            f"{folder} holds no readable corpus ({type(error).__name__}: {error}).",
            "Run the experiment again; the corpus is then parsed anew.",
        ) from error


def save_passages(passages: Iterable[Passage], path: Path) -> None:
    """Write passages as JSON lines with their text."""
    path.parent.mkdir(parents=True, exist_ok=True)
    write_lines(path, (asdict(passage) for passage in passages))


def open_passages(path: Path) -> list[Passage]:
    """The inverse of :func:`save_passages`."""
    return [Passage(**record) for record in read_lines(path)]


def write_lines(path: Path, records: Iterable[dict[str, Any]]) -> None:
    """One JSON object per line, under a temporary name until all is written."""
    partial = path.with_name(path.name + ".partial")
    with partial.open("w", encoding="utf-8", newline="\n") as sink:
        for record in records:
            sink.write(json.dumps(record, ensure_ascii=False) + "\n")
    partial.replace(path)


def read_lines(path: Path) -> Iterator[dict[str, Any]]:
    """The JSON objects of a file, one per line."""
    with path.open(encoding="utf-8", newline="\n") as source:
        for line in source:
            if line.strip():
                yield json.loads(line)


def _rename_into(path: Path, text: str) -> None:
    partial = path.with_name(path.name + ".partial")
    partial.write_text(text, encoding="utf-8")
    partial.replace(path)
