"""The corpus as one frozen value, and its round trip through a folder of JSON lines."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from workbench.errors import WorkbenchError
from workbench.io import jsonl
from workbench.io.files import write_json
from workbench.types import Document, Section


@dataclass(frozen=True, slots=True)
class Corpus:
    """What the user brought. ``edition`` is the hash of all texts; ``notes`` say what was done.

    ``notes`` are sentences for the user: files skipped, duplicates found, boilerplate taken off.
    ``masked`` are the kinds of personal data that were replaced, ``personal`` is what finds them.
    """

    documents: tuple[Document, ...]
    sections: tuple[Section, ...]
    edition: str
    language: str
    title: str
    notes: tuple[str, ...] = ()
    masked: tuple[str, ...] = ()
    personal: str = "patterns"

    def document(self, id: str) -> Document:
        """The document of that id; KeyError where there is none."""
        for document in self.documents:
            if document.id == id:
                return document
        raise KeyError(id)


def save(corpus: Corpus, folder: Path) -> None:
    """Write documents.jsonl, sections.jsonl and corpus.json (last, as the sign of completeness)."""
    jsonl.write(folder / "documents.jsonl", map(asdict, corpus.documents))
    jsonl.write(folder / "sections.jsonl", map(asdict, corpus.sections))
    facts = {
        "edition": corpus.edition,
        "language": corpus.language,
        "title": corpus.title,
        "notes": list(corpus.notes),
        **({"masked": list(corpus.masked)} if corpus.masked else {}),
        **({"personal": corpus.personal} if corpus.personal != "patterns" else {}),
    }
    write_json(folder / "corpus.json", facts)


def open_corpus(folder: Path) -> Corpus:
    """The corpus that :func:`save` wrote. Raises WorkbenchError where the folder holds none."""
    way_out = "Run the experiment again; the corpus is then parsed anew."
    try:
        facts = json.loads((folder / "corpus.json").read_text(encoding="utf-8"))
        documents = jsonl.load(
            folder / "documents.jsonl", lambda record: Document(**record), "a document", way_out
        )
        sections = jsonl.load(
            folder / "sections.jsonl", lambda record: Section(**record), "a section", way_out
        )
        return Corpus(
            tuple(documents),
            tuple(sections),
            facts["edition"],
            facts["language"],
            facts["title"],
            tuple(facts["notes"]),
            tuple(facts.get("masked", ())),
            facts.get("personal", "patterns"),
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise WorkbenchError(
            f"{folder} holds no readable corpus ({type(error).__name__}: {error}).",
            way_out,
        ) from error
