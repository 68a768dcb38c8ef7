"""Long answers lie in a file until somebody reads one: a gigabyte of them is never held at once.

What is counted and drawn needs a text once or twice, and a dozen of them are shown.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workbench.io.files import disk_errors
from workbench.types import Answer

#: Characters above which a text is put aside.
LONG = 400


class LongTexts:
    """Texts in a file without a name, which is gone with the last that knows of it."""

    def __init__(self) -> None:
        self._folder = Path(tempfile.gettempdir())
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as this
        self._end = 0

    def put(self, texts: Iterable[str]) -> list[str | Place]:
        """The texts as they are, and where those lie from now on that are long."""
        result: list[str | Place] = []
        written = []
        for text in texts:
            if len(text) <= LONG:
                result.append(text)
                continue
            raw = text.encode("utf-8", "surrogatepass")
            written.append(raw)
            result.append(Place(self, self._end, len(raw)))
            self._end += len(raw)
        with disk_errors(self._folder):
            self._file.writelines(written)
            self._file.flush()
        return result

    def get(self, start: int, size: int) -> str:
        return os.pread(self._file.fileno(), size, start).decode("utf-8", "surrogatepass")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a text lies."""

    texts: LongTexts
    start: int
    size: int


def text_of(given: str | Place) -> str:
    """The text itself, wherever it lies."""
    return given if isinstance(given, str) else given.texts.get(given.start, given.size)


class LongAnswer(Answer):
    """An answer whose text is read when it is asked for. It is made with its text's place."""

    __slots__ = ("_text",)

    @property
    def text(self) -> str:
        return text_of(object.__getattribute__(self, "_text"))

    @text.setter
    def text(self, given: str | Place) -> None:
        object.__setattr__(self, "_text", given)


def answer_of(**fields: Any) -> Answer:
    """An answer, whose text may be a place."""
    return (LongAnswer if isinstance(fields["text"], Place) else Answer)(**fields)
