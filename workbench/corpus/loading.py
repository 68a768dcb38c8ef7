"""A file or a folder -> a Corpus: read, cleaned, stripped of boilerplate, cut into sections."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from pathlib import Path

from workbench.corpus import boilerplate, duplicates, language
from workbench.corpus.corpus import Corpus
from workbench.corpus.decoding import clean
from workbench.corpus.sectioning import sections as sections_of
from workbench.errors import WorkbenchError
from workbench.types import Document, Section

MINIMUM_WORDS = 200
SHOWN = 5


def load(
    path: Path,
    language: str = "auto",
    strip_boilerplate: bool = True,
    section_words: int = 600,
) -> Corpus:
    """The corpus at ``path``, a file or a folder (searched in depth, hidden files left out).

    A file of a folder that cannot be read is skipped and told in ``notes``; a sole file that
    cannot be read, and a corpus of fewer than 200 words, raise WorkbenchError.
    """
    notes: list[str] = []
    if not path.exists():
        raise WorkbenchError(
            f"There is no file or folder {str(path)!r}.",
            "Check the path; it is taken from the folder the command runs in.",
        )
    if path.is_dir():
        documents = _folder(path, language, strip_boilerplate, notes)
    else:
        documents = [_document(path, path.name, language, strip_boilerplate, notes)]
    documents = _distinct(documents, notes)
    total = sum(_words(document.text) for document in documents)
    if total < MINIMUM_WORDS:
        raise WorkbenchError(
            f"{path.name} is too small to examine: {total} words, at least {MINIMUM_WORDS} needed.",
            "Give more text: a chapter, a manual, a folder of pages.",
        )
    sections = tuple(s for d in documents for s in sections_of(d, section_words))
    notes += _near(documents, sections)
    return Corpus(
        documents=tuple(documents),
        sections=sections,
        edition=_hash("\n".join(f"{d.id} {d.edition}" for d in documents)),
        language=_language(documents),
        title=documents[0].title if len(documents) == 1 else path.resolve().name,
        notes=tuple(notes),
    )


def _folder(path: Path, language: str, strip: bool, notes: list[str]) -> list[Document]:
    """Every readable file of the folder, in the order of their names."""
    documents: list[Document] = []
    skipped: list[str] = []
    root = path.resolve()
    files = sorted(
        f
        for f in path.rglob("*")
        if f.is_file() and not any(part.startswith(".") for part in f.relative_to(path).parts)
    )
    # A link in somebody's folder must not carry files of this machine into a corpus.
    outside = {f for f in files if not f.resolve().is_relative_to(root)}
    skipped += [f"{f.name} is a link out of the folder" for f in files if f in outside]
    files = [f for f in files if f not in outside]
    if not files:
        raise WorkbenchError(f"The folder {str(path)!r} is empty.", "Put text files into it.")
    for file in files:
        try:
            name = file.relative_to(path).as_posix()
            documents.append(_document(file, name, language, strip, notes))
        except WorkbenchError as error:
            skipped.append(error.message)
    if not documents:
        raise WorkbenchError(
            f"No file of the folder {str(path)!r} can be read. {skipped[0]}",
            "Readable are .txt, .md, .html, .epub, .pdf and .docx.",
        )
    notes += [f"Skipped: {message}" for message in skipped]
    return _unique_ids(documents)


def _document(path: Path, name: str, language: str, strip: bool, notes: list[str]) -> Document:
    from workbench.corpus.reading import read

    raw, title = read(path)
    text = clean(raw)
    if strip:
        text, stated = boilerplate.strip(text)
        if stated is not None:
            notes.append(f"{name}: Project Gutenberg's header and licence were taken off.")
            title = title or stated
    text = text.strip("\n")
    if not text.strip():
        raise WorkbenchError(f"{path.name} holds no text.", "Give a file with text in it.")
    return Document(
        id=_identifier(name),
        text=text,
        edition=_hash(text),
        title=title or _title(text, path),
        language=_detect(text) if language == "auto" else language,
    )


def _identifier(name: str) -> str:
    """A file's name as the first part of a passage id: no suffix, blank, colon or #."""
    stem = name.rsplit(".", 1)[0] if "." in name else name
    return re.sub(r"[\s:#|]+", "_", stem).strip("_") or "document"


def _unique_ids(documents: Sequence[Document]) -> list[Document]:
    """Two files of one stem (a.txt, a.md) get numbered ids."""
    from dataclasses import replace

    seen: dict[str, int] = {}
    unique: list[Document] = []
    for document in documents:
        count = seen[document.id] = seen.get(document.id, 0) + 1
        unique.append(document if count == 1 else replace(document, id=f"{document.id}_{count}"))
    return unique


def _title(text: str, path: Path) -> str:
    """The title of front matter, heading, 《》 or author's line, else the file's name."""
    front = re.match(r"---\n(?:.*\n)*?title:\s*[\"']?(.+?)[\"']?\s*\n(?:.*\n)*?---\n", text[:4000])
    if front:
        return front[1].strip()
    head = [line.strip() for line in text[:2000].split("\n") if line.strip()][:2]
    if len(head) == 2 and len(head[0]) <= 60 and re.match(r"by\s", head[1], re.IGNORECASE):
        return head[0]
    for line in text[:2000].split("\n")[:5]:
        match = re.match(r"#{1,6}\s+(\S.*)|\s*《([^》]{1,40})》", line)
        if match:
            return re.sub(r"[*_`#]+", "", match.group(1) or match.group(2)).strip()
    return re.sub(r"[_\s]+", " ", path.stem).strip() or path.name


def _distinct(documents: list[Document], notes: list[str]) -> list[Document]:
    """Leave out a document that is byte for byte another one: its questions would be leaks."""
    kept: dict[str, Document] = {}
    for document in documents:
        if document.edition in kept:
            first = kept[document.edition].id
            notes.append(f"Skipped: {document.id} has the same text as {first}.")
        else:
            kept[document.edition] = document
    return list(kept.values())


def _near(documents: Sequence[Document], sections: Sequence[Section]) -> list[str]:
    """Notes on documents and sections that repeat each other."""
    notes: list[str] = []
    for what, items in (
        ("documents", [(d.id, d.text) for d in documents]),
        ("sections", [(s.id, s.text) for s in sections]),
    ):
        pairs = duplicates.find(items) if len(items) > 1 else []
        shown = ", ".join(f"{p.first} = {p.second} ({p.similarity:.0%})" for p in pairs[:SHOWN])
        more = f" and {len(pairs) - SHOWN} more" if len(pairs) > SHOWN else ""
        if pairs:
            notes.append(f"{len(pairs)} pairs of {what} are (nearly) the same: {shown}{more}.")
    return notes


def _language(documents: Sequence[Document]) -> str:
    """The language that most of the text is in."""
    sizes: dict[str, int] = {}
    for document in documents:
        sizes[document.language] = sizes.get(document.language, 0) + _words(document.text)
    return max(sizes, key=lambda name: sizes[name])


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


_words = language.words
_detect = language.detect
