"""The log of a served run: a line for each question that was answered, without its words.

A folder holds ``log.json`` (whose it is, and what is kept) and a file of lines for each day, so
that what is kept too long goes by removing files. A line has the question's vector and outside,
whether it was refused, and its text only where that was asked for, redacted. Who asked stands
nowhere. A vector is no secret: what a question was about, and some of its words, can be told from
it (Morris et al. 2023, "Text Embeddings Reveal (Almost) As Much As Text").
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workbench.asked.redaction import fit_to_keep, redacted
from workbench.asked.traits import traits
from workbench.errors import WorkbenchError
from workbench.fairness import presidio
from workbench.io import jsonl
from workbench.io.files import read_json, write_json
from workbench.refusals import refuses

FACTS = "log.json"
#: Days that a line is kept where nobody says how many.
KEPT_DAYS = 30
_DAY_FILE = re.compile(r"^asked-(\d{4}-\d{2}-\d{2})\.jsonl$")

Floats = NDArray[np.float32]
Embed = Callable[[list[str]], Floats]


@dataclass(frozen=True, slots=True)
class LogFacts:
    """Whose questions a log holds, and what is kept of them for how many days.

    ``embedding`` is the hash of what made the vectors; ``struck`` who redacted a kept text.
    """

    run: str
    embedding: str
    text: bool = False
    keep_days: int = KEPT_DAYS
    struck: str = ""


def _today() -> datetime:
    return datetime.now(UTC)


class QuestionLog:
    """Written by the thread that answers; opened once for as long as a run is served."""

    def __init__(
        self, folder: Path, facts: LogFacts, embed: Embed, now: Callable[[], datetime] = _today
    ) -> None:
        """Raises WorkbenchError where the folder holds the log of another run."""
        self.folder, self.facts = folder, facts
        self._embed, self._now = embed, now
        there = _facts(folder)
        if there is None and folder.is_dir() and any(folder.iterdir()):
            raise WorkbenchError(
                f"{folder} holds other files than a log's, and days are removed from a log.",
                "Name a new folder.",
            )
        if there is not None and (there.run, there.embedding) != (facts.run, facts.embedding):
            raise WorkbenchError(
                f"{folder} is the log of {there.run}, whose questions were embedded otherwise."
                if there.run == facts.run else f"{folder} is the log of {there.run}.",
                "Name another folder: one holds the questions put to one run.",
            )  # fmt: skip
        write_json(folder / FACTS, asdict(facts))
        self._cleared = ""
        self._clear()

    def add(
        self, variant: str, question: str, reply: str, passages: int, seconds: float, earlier: int
    ) -> None:
        """Keep one answered question; ``earlier`` turns came before it."""
        plain = redacted(question)
        vector = np.asarray(self._embed([plain])[0], "<f2")
        line: dict[str, Any] = {
            "variant": variant, **traits(plain).record(), "earlier": earlier,
            "passages": passages, "refused": refuses(reply), "seconds": round(seconds, 3),
            "vector": base64.b64encode(vector.tobytes()).decode("ascii"),
        }  # fmt: skip
        if self.facts.text:
            line["text"] = fit_to_keep(question)
        self._clear()
        jsonl.append(self.folder / f"asked-{self._day()}.jsonl", [line])

    def _day(self, before: int = 0) -> str:
        return (self._now() - timedelta(days=before)).date().isoformat()

    def _clear(self) -> None:
        """Remove the days that are past, once a day."""
        today = self._day()
        if self._cleared == today:
            return
        oldest = self._day(self.facts.keep_days)
        for path in self.folder.iterdir():
            found = _DAY_FILE.match(path.name)
            if found and found[1] <= oldest:
                path.unlink()
        self._cleared = today


def settled(run: str, embedding: str, text: bool, keep_days: int) -> LogFacts:
    """What a new log is to keep; WorkbenchError for days that are none."""
    if keep_days < 1:
        raise WorkbenchError(
            f"--keep-days {keep_days}: a log keeps a day at the least.", "Give 1 or more."
        )
    struck = ("presidio" if presidio.is_installed() else "patterns") if text else ""
    return LogFacts(run, embedding, text, keep_days, struck)


def _facts(folder: Path) -> LogFacts | None:
    if not (folder / FACTS).exists():
        return None
    known: Mapping[str, Any] = read_json(folder / FACTS)
    try:
        return LogFacts(**{key: known[key] for key in LogFacts.__slots__ if key in known})
    except (TypeError, KeyError) as error:
        raise WorkbenchError(f"{folder / FACTS} is no log's.", "Name another folder.") from error


@dataclass(frozen=True)
class Logged:
    """One question of a log; its text is empty where none is kept."""

    day: str
    variant: str
    form: str
    words: int
    names: int
    numbers: int
    refused: bool
    vector: Floats
    text: str = ""


def read_log(folder: Path) -> tuple[LogFacts, list[Logged]]:
    """What a log keeps, and its questions, the oldest first.

    Raises WorkbenchError where the folder is no log, and for a line that is none of it.
    """
    facts = _facts(folder)
    if facts is None:
        raise WorkbenchError(
            f"{folder} is no log of a served run.",
            "Serve the run with --log FOLDER and let people ask; or name a file of questions, "
            "one a line.",
        )
    return facts, list(_lines(folder))


def _lines(folder: Path) -> Iterator[Logged]:
    named = ((path, _DAY_FILE.match(path.name)) for path in sorted(folder.iterdir()))
    for path, found in named:
        if found is None:
            continue
        for number, line in enumerate(jsonl.stream(path), 1):
            try:
                vector = np.frombuffer(base64.b64decode(line["vector"]), "<f2").astype(np.float32)
                kept = {key: line[key] for key in
                        ("variant", "form", "words", "names", "numbers", "refused")}  # fmt: skip
                yield Logged(found[1], vector=vector, text=line.get("text", ""), **kept)
            except (KeyError, ValueError, TypeError) as error:
                raise WorkbenchError(
                    f"{path}, line {number}, is no line of a log ({error}).", "Remove that line."
                ) from error
