"""A file or a folder -> a Corpus: read, cleaned, stripped of boilerplate, cut into sections."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath

from workbench.corpus import boilerplate, duplicates, language
from workbench.corpus.corpus import Corpus
from workbench.corpus.decoding import clean
from workbench.corpus.kinds import READABLE, Settings
from workbench.corpus.sectioning import sections as sections_of
from workbench.errors import WorkbenchError
from workbench.fairness.masking import BY_PRESIDIO, masked
from workbench.types import Document, ModelReference, Progress, Section, silent

MINIMUM_WORDS = 200
SHOWN = 5


def load(
    path: Path,
    language: str = "auto",
    strip_boilerplate: bool = True,
    section_words: int = 600,
    encoding: str = "auto",
    transcriber: ModelReference | None = None,
    progress: Progress = silent,
    mask: Sequence[str] = (),
    personal: str = "patterns",
) -> Corpus:
    """The corpus at ``path``, a file or a folder (searched in depth, hidden files left out).

    ``encoding`` is what its text files are in where they are not UTF-8; "auto" finds out.
    ``transcriber`` writes down recordings; ``progress`` counts files, then the documents that are
    divided. ``mask`` are kinds of personal data that are replaced, the same value always alike,
    before anything is cut or counted; ``personal`` is what finds them, patterns or presidio. A file
    of a folder that cannot be read is skipped and told in ``notes``; a sole file that cannot be
    read, and a corpus of fewer than 200 words, raise WorkbenchError.
    """
    reading = _Reading(language, strip_boilerplate, Settings(encoding, transcriber))
    notes: list[str] = []
    if not path.exists():
        raise WorkbenchError(
            f"There is no file or folder {str(path)!r}.",
            "Check the path; it is taken from the folder the command runs in.",
        )
    if path.is_dir():
        documents = _folder(path, reading, notes, progress)
    else:
        documents = [_document(path, path.name, reading)]
    notes += reading.notes()
    if personal == "presidio":
        notes += _unread_names(documents, mask)
    if mask:
        documents = _masked(documents, mask, personal)
    documents = _distinct(documents, notes)
    total = sum(_words(document.text) for document in documents)
    if total < MINIMUM_WORDS:
        raise WorkbenchError(
            f"{path.name} is too small to examine: {total} words, at least {MINIMUM_WORDS} needed.",
            "Give more text: a chapter, a manual, a folder of pages.",
        )
    sections: list[Section] = []
    for number, document in enumerate(documents, 1):
        sections += sections_of(document, section_words)
        progress(number, len(documents), "divided into sections")
    notes += _near(documents, sections)
    return Corpus(
        masked=tuple(mask),
        personal=personal,
        documents=tuple(documents),
        sections=tuple(sections),
        edition=_hash("\n".join(f"{d.id} {d.edition}" for d in documents)),
        language=_language(documents),
        title=documents[0].title if len(documents) == 1 else _spoken(path.resolve().name),
        notes=tuple(notes),
    )


class _Reading:
    """How the files of one corpus are read, and what is to be told of them, by what it says."""

    def __init__(self, language: str, strip: bool, settings: Settings) -> None:
        self.language, self.strip, self.settings = language, strip, settings
        self._told: dict[str, list[str]] = {}

    def tell(self, name: str, note: str) -> None:
        self._told.setdefault(note, []).append(name)

    def notes(self) -> list[str]:
        """One sentence per thing to tell, with the files it is true of."""
        notes = []
        for note, names in self._told.items():
            more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
            notes.append(f"{', '.join(names[:SHOWN])}{more}: {note}.")
        return notes


def _folder(path: Path, reading: _Reading, notes: list[str], progress: Progress) -> list[Document]:
    """Every readable file of the folder, in the order of their names."""
    documents: list[Document] = []
    skipped: list[str] = []
    root = path.resolve()
    shown = sorted(
        f
        for f in path.rglob("*")
        if not any(part.startswith(".") for part in f.relative_to(path).parts)
    )
    files = [f for f in shown if f.is_file()]
    skipped += [
        f"{f.name} is a link to a folder, and links are not followed"
        for f in shown
        if f.is_symlink() and f.is_dir()
    ]
    # A link in somebody's folder must not carry files of this machine into a corpus.
    outside = {f for f in files if not f.resolve().is_relative_to(root)}
    skipped += [f"{f.name} is a link out of the folder" for f in files if f in outside]
    files = [f for f in files if f not in outside]
    if not files:
        raise WorkbenchError(f"The folder {str(path)!r} is empty.", "Put text files into it.")
    for number, file in enumerate(files, 1):
        progress(number, len(files), "files")
        try:
            name = file.relative_to(path).as_posix()
            documents.append(_document(file, name, reading))
        except WorkbenchError as error:
            skipped.append(error.message)
    if not documents:
        raise WorkbenchError(
            f"No file of the folder {str(path)!r} can be read. {skipped[0]}",
            f"Readable are {READABLE}.",
        )
    notes += [f"Skipped: {message}" for message in skipped]
    return _unique_ids(documents)


def _document(path: Path, name: str, reading: _Reading) -> Document:
    from workbench.corpus.reading import read

    found = read(path, reading.settings)
    text, title = clean(found.text), found.title
    if reading.strip:
        text, stated = boilerplate.strip(text)
        if stated is not None:
            reading.tell(name, "Project Gutenberg's header and licence were taken off")
            title = title or stated
    text = text.strip("\n")
    if not text.strip():
        raise WorkbenchError(f"{path.name} holds no text.", "Give a file with text in it.")
    for note in found.notes:
        reading.tell(name, note)
    return Document(
        id=_identifier(name),
        text=text,
        edition=_hash(text),
        title=title or _title(text, path),
        language=_detect(text) if reading.language == "auto" else reading.language,
    )


def _masked(documents: Sequence[Document], mask: Sequence[str], by: str) -> list[Document]:
    """The documents without personal data, their names learned of all of them together."""
    texts, masker = masked([document.text for document in documents], mask, by)
    return [
        replace(document, text=text, title=masker(document.title), edition=_hash(text))
        for document, text in zip(documents, texts, strict=True)
    ]


def _unread_names(documents: Sequence[Document], mask: Sequence[str]) -> list[str]:
    """A note on documents that presidio cannot read, which is a mistake where it should mask."""
    foreign = [d for d in documents if d.language != "en"]
    if not foreign:
        return []
    shown = ", ".join(d.id for d in foreign[:SHOWN])
    more = f" and {len(foreign) - SHOWN} more" if len(foreign) > SHOWN else ""
    if names := [kind for kind in mask if kind in BY_PRESIDIO]:
        raise WorkbenchError(
            f"corpus.mask names {', '.join(names)}, which presidio finds in English alone; "
            f"{shown}{more}: {foreign[0].language}.",
            "Leave these kinds out of corpus.mask, or say corpus.language: en where it is English.",
        )
    return [f"{shown}{more}: names are found in English alone, so that none was looked for."]


def _identifier(name: str) -> str:
    """A file's name as the first part of a passage id: no suffix, blank, colon or #."""
    stem = PurePosixPath(name).with_suffix("").as_posix()
    return re.sub(r"[\s:#|]+", "_", stem).strip("_") or "document"


def _unique_ids(documents: Sequence[Document]) -> list[Document]:
    """Two files of one stem (a.txt, a.md) get numbered ids; no file's own name is taken (a_2)."""
    own = {document.id for document in documents}
    given: set[str] = set()
    unique: list[Document] = []
    for document in documents:
        id, number = document.id, 1
        while id in given or (number > 1 and id in own):
            number += 1
            id = f"{document.id}_{number}"
        given.add(id)
        unique.append(replace(document, id=id))
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
    return _spoken(path.stem) or path.name


def _spoken(name: str) -> str:
    """A file's or folder's name as words."""
    return re.sub(r"[_\s]+", " ", name).strip()


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
