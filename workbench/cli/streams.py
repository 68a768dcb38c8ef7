"""Output to a terminal or file whose encoding lacks some of our characters.

Redirected on Windows, Python writes in the code page of the system (CP1252, CP437, CP932, …); in a
bare container it writes ASCII. A minus sign there must not end a command that has run for an hour.
"""

from __future__ import annotations

import codecs
import io
import json
import sys
import unicodedata
from typing import Any

#: What stands for a character that the output's encoding lacks; a sign must not become "?".
PLAIN = {
    "−": "-", "–": "-", "—": "-", "‐": "-", "‑": "-", "·": "-", "•": "*", "…": "...", "’": "'",
    "‘": "'", "“": '"', "”": '"', "«": '"', "»": '"', "×": "x", "≥": ">=", "≤": "<=", "≈": "~",
    "±": "+/-", "→": "->", "←": "<-", "€": "EUR", "£": "GBP", "¥": "JPY", "\u00a0": " ",
    "\u202f": " ", "\u2009": " ", "━": "-", "─": "-", "│": "|", "╸": "-", "╺": "-", "✓": "x",
}  # fmt: skip


def write_anything() -> None:
    """Make standard output and error write every text, in plain characters where they must.

    An encoding that holds every character (UTF-8 and its like) stays as it is.
    """
    codecs.register_error("workbench", _plain)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper) and not holds_all(stream):
            stream.reconfigure(errors="workbench")


def holds_all(stream: object) -> bool:
    """Whether a stream's encoding has every character; so it is taken where none is named."""
    encoding = getattr(stream, "encoding", None) or "utf-8"
    return codecs.lookup(encoding).name.startswith(("utf", "gb18030"))


def print_json(value: Any) -> None:
    """Print one JSON value; where a character would be put by a plainer one, JSON has its own."""
    print(json.dumps(value, ensure_ascii=not holds_all(sys.stdout), indent=1))


def _plain(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    lost = error.object[error.start : error.end]
    return "".join(map(_one, lost)), error.end


def _one(character: str) -> str:
    """The nearest in ASCII: a sign's spelling, a letter without its accent, or "?"."""
    if character in PLAIN:
        return PLAIN[character]
    bare = unicodedata.normalize("NFKD", character).encode("ascii", "ignore").decode()
    return bare or "?"
