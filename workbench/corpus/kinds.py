"""The kinds of file that are read, by suffix: one list for every place that names them."""

from __future__ import annotations

from dataclasses import dataclass

from workbench.types import ModelReference

TEXTS = (".txt", ".md", ".markdown")
PAGES = (".html", ".htm", ".xhtml")
BOOKS = (".epub", ".pdf", ".docx", ".pptx")
TABLES = (".xlsx", ".csv", ".tsv")
RECORDS = (".json", ".jsonl", ".ndjson")
MAILS = (".eml",)
PICTURES = (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp", ".webp")
SOUNDS = (".wav", ".mp3", ".m4a", ".flac", ".ogg", ".webm")

SUFFIXES = (*TEXTS, *PAGES, *BOOKS, *TABLES, *RECORDS, *MAILS, *PICTURES, *SOUNDS)
#: As a sentence says it; that a kind is rare or another spelling of one is no reason to name it.
READABLE = (
    ".txt, .md, .html, .epub, .pdf, .docx, .pptx, .xlsx, .csv, .json, .jsonl and .eml; pictures "
    "and sound where what reads them is set up"
)


@dataclass(frozen=True, slots=True)
class Settings:
    """What reading goes by: the encoding of text files ("auto" finds out), who transcribes."""

    encoding: str = "auto"
    transcriber: ModelReference | None = None
