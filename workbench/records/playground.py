"""What was tried in the playground of a run: other prompts on dev questions, beside the present.

``playground/<id>/`` holds what was asked for (``try.json``), its answers, and how it ended
(``outcome.json``); ``playground/present/`` the answers as the run has them set. Nothing here is
part of the run's results.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from workbench.errors import WorkbenchError
from workbench.io.files import write_json
from workbench.records.layout import RunLayout
from workbench.records.load import fitting, read_object
from workbench.records.manifest import Failure
from workbench.records.record import Record

#: Characters of an edited prompt file, and of a question that a person types.
LONGEST_FILE, LONGEST_QUESTION = 20_000, 2_000


class Setting(Record):
    """How a variant answers: ``form`` is the instruction, ``files`` the prompt files by name.

    ``top_k`` and ``chunk_size`` (tokens of a passage) are None for a variant that does not search;
    a ``chunk_size`` of None is the run's own too.
    """

    form: str = ""
    files: Mapping[str, str] = {}
    format: str = ""
    top_k: int | None = None
    chunk_size: int | None = None
    temperature: float = 0.0


class Try(Record):
    """A setting to try with a variant, on dev questions by id or on one that a person typed."""

    variant: str = ""
    setting: Setting = Setting()
    questions: tuple[str, ...] = ()
    own: str = ""
    created: float = 0.0


class Scored(Record):
    """One question's score (0 to 1) as the run is set and as tried; None: not scored."""

    question: str = ""
    cluster: str | None = None
    present: float | None = None
    tried: float | None = None


class Indexing(Record):
    """How far an index of other passages is, since when (seconds since 1970)."""

    started: float = 0.0
    done: int = 0
    total: int = 0


class Outcome(Record):
    """How a try ended: the scores by ``metric``, or why there are none."""

    metric: str = ""
    scores: tuple[Scored, ...] = ()
    error: Failure | None = None
    finished: float = 0.0


@dataclass(frozen=True, slots=True)
class TryFiles:
    """The paths of one try."""

    root: Path

    @property
    def asked(self) -> Path:
        return self.root / "try.json"

    @property
    def answers(self) -> Path:
        return self.root / "answers.jsonl"

    @property
    def prompts(self) -> Path:
        """The edited prompt files, as a folder that ``prompts.folder`` takes."""
        return self.root / "prompts"

    @property
    def indexing(self) -> Path:
        """How far an index of its own is; gone once that is made."""
        return self.root / "indexing.json"

    @property
    def passages(self) -> Path:
        """The passages of an index of its own that were shown."""
        return self.root / "passages.jsonl"

    @property
    def outcome(self) -> Path:
        return self.root / "outcome.json"

    @property
    def id(self) -> str:
        return self.root.name

    def read(self) -> Try:
        """What was asked for; empty where it cannot be read."""
        return fitting(Try, read_object(self.asked)[0] or {}, self.asked.name)[0]

    def making(self) -> Indexing | None:
        """How far its own index is; None where none is being made."""
        if not self.indexing.exists():
            return None
        record = read_object(self.indexing)[0] or {}
        return fitting(Indexing, record, self.indexing.name)[0]

    def result(self) -> Outcome | None:
        """How it ended; None while it has not."""
        if not self.outcome.exists():
            return None
        return fitting(Outcome, read_object(self.outcome)[0] or {}, self.outcome.name)[0]


def ask(
    run: Path, variant: str, setting: Setting, questions: Sequence[str] = (), own: str = ""
) -> TryFiles:
    """Put a try where the playground's process finds it."""
    now = time.time()
    # Named by time to the microsecond, so that names sort as the tries came.
    name = f"{time.strftime('%Y%m%d-%H%M%S', time.gmtime(now))}-{int(now * 1e6) % 1_000_000:06d}"
    files = TryFiles(RunLayout(run).playground / name)
    if files.asked.exists():
        raise WorkbenchError("Somebody asked for a try at this very moment.", "Try it again.")
    tried = Try(variant=variant, setting=setting, questions=tuple(questions), own=own,
                created=now)  # fmt: skip
    write_json(files.asked, tried.record())
    return files


def tries(run: Path) -> list[TryFiles]:
    """Every try of a run, oldest first."""
    found = RunLayout(run).playground.glob("*/try.json")
    return [TryFiles(path.parent) for path in sorted(found)]
