"""From a form to a run: uploads into a folder of their own, a checked experiment, an estimate."""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from workbench.corpus.kinds import SUFFIXES
from workbench.dashboard.queries import runs
from workbench.engine import processes
from workbench.errors import WorkbenchError
from workbench.experiment import Experiment, specification_error
from workbench.io import jsonl
from workbench.io.files import write_text
from workbench.records import migrate
from workbench.types import ModelReference, Question

TYPES = tuple(suffix[1:] for suffix in SUFFIXES)
GOLD_TYPES = ("jsonl", "csv", "tsv", "json", "parquet")
# Bytes; --server.maxUploadSize says the same in MB.
LARGEST_FILE = 64 << 20
INSPECT_TIMEOUT_S = 120
#: Bytes of a kept file's name without its ending; file systems take 255 with it.
LONGEST_STEM = 200


class Upload(Protocol):
    """What Streamlit's uploader hands over."""

    name: str

    def getvalue(self) -> bytes: ...


@dataclass(frozen=True)
class ScaledEstimate:
    """Minutes per stage, scaled from an earlier run; empty where there was none."""

    minutes: Mapping[str, float]
    like: str = ""

    @property
    def total(self) -> float:
        """All stages together, in minutes."""
        return sum(self.minutes.values())


def safe_stem(name: str) -> str:
    """Letters, digits and dashes of a file's name: nothing of it can act as a path."""
    # A name from Windows separates its folders by backslashes.
    stem = Path(name.replace("\\", "/")).name.rsplit(".", 1)[0]
    return re.sub(r"[^A-Za-z0-9]+", "-", stem).strip("-").lower()[:40] or "text"


def plain_name(name: str) -> str:
    """A file's own name, as far as it cannot act as a path, hide the file or be too long."""
    # A name from Windows separates its folders by backslashes.
    bare = "".join(c for c in name.replace("\\", "/").rsplit("/", 1)[-1] if c.isprintable())
    stem, dot, suffix = bare.strip().rpartition(".")
    # What begins with a dot is hidden, and not read from a folder.
    stem = stem.strip(". ") or "text"
    while len(stem.encode()) > LONGEST_STEM:
        stem = stem[:-1]
    return f"{stem}{dot}{suffix.lower()}"


def suggested_name(corpus: Path | None) -> str:
    """A name for a run on that text: its file's, or that of the first of several uploads."""
    if corpus is None:
        return ""
    if corpus.is_dir() and corpus.parent == _uploads():
        # Their folder is named by a hash.
        corpus = min(corpus.iterdir(), default=corpus)
    return safe_stem(corpus.name)


def _uploads() -> Path:
    return processes.folder() / "uploads"


def keep(uploads: Iterable[Upload], types: Sequence[str] = TYPES) -> Path:
    """Store uploads under their own names in a folder named by their content; returns the file, or
    the folder of several.

    Raises WorkbenchError for a type that is not read and for a file that is too large.
    """
    files = []
    for upload in uploads:
        kind = upload.name.rsplit(".", 1)[-1].lower() if "." in upload.name else ""
        content = upload.getvalue()
        if kind not in types:
            raise WorkbenchError(
                f"{upload.name} is of no type that can be read here.",
                f"Upload files of these types: {', '.join(types)}.",
            )
        if len(content) > LARGEST_FILE:
            raise WorkbenchError(
                f"{upload.name} has {len(content) >> 20} MB; {LARGEST_FILE >> 20} MB are allowed.",
                "Name its path on this machine instead of uploading it.",
            )
        files.append((plain_name(upload.name), content))
    if not files:
        raise WorkbenchError("There is no text yet.", "Upload a file or name a path.")
    digest = hashlib.sha256()
    # Sorted: the same files in another order are the same text.
    for name, content in sorted(files):
        digest.update(name.encode() + b"\0" + content)
    # Named by content: each rerun of the page comes here, and writes the same files again.
    folder = _uploads() / digest.hexdigest()[:16]
    folder.mkdir(parents=True, exist_ok=True)
    names: set[str] = set()
    for name, content in files:
        number, unique = 1, name
        while unique.casefold() in names:
            number += 1
            stem, _, kind = name.rpartition(".")
            unique = f"{stem} ({number}).{kind}"
        names.add(unique.casefold())
        (folder / unique).write_bytes(content)
    return folder / files[0][0] if len(files) == 1 else folder


def inspect(corpus: Path) -> dict[str, Any]:
    """What the corpus holds, read by the command line in a process of its own.

    Raises WorkbenchError with what that process said where the corpus can't be read.
    """
    # Apart from the page: a text that hangs its reader leaves the dashboard up.
    command = [sys.executable, "-m", "workbench.cli", "corpus", "inspect", str(corpus), "--json"]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=INSPECT_TIMEOUT_S, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise WorkbenchError(
            f"Reading {corpus.name} takes more than {INSPECT_TIMEOUT_S} s.",
            "Start without the check, or use a smaller text.",
        ) from error
    if done.returncode:
        sentences = processes.plain_output(done.stderr or done.stdout).replace("\n", " ")
        raise WorkbenchError(sentences or f"{corpus.name} can't be read.")
    try:
        return runs.mapping(json.loads(done.stdout))
    except json.JSONDecodeError as error:
        raise WorkbenchError(f"{corpus.name} was read, but not understood.") from error


def experiment(values: Mapping[str, Any]) -> Experiment:
    """The checked experiment; what is wrong with it is one WorkbenchError."""
    from pydantic import ValidationError

    try:
        return Experiment(**values)
    except ValidationError as error:
        raise specification_error(error, "This form") from error


def keep_gold(uploaded: Path, questions: Iterable[Question]) -> Path:
    """The sound questions of an uploaded file, in a file of its name that a run reads."""
    path = uploaded.parent / "sound" / f"{uploaded.stem}.jsonl"
    path.parent.mkdir(exist_ok=True)
    jsonl.write(path, (question.to_record() for question in questions))
    return path


def shipped_prompts(model: str, endpoint: str | None) -> tuple[str, dict[str, str]]:
    """The format of a model's prompt files, and the files as they ship, by name."""
    from workbench.experiment.weights import prompt_format
    from workbench.variants.prompting import open_book

    # Names that no file system takes are refused when the whole is checked.
    known = endpoint is None and len(model.encode()) < 255 and "\0" not in model
    form = prompt_format(ModelReference(model)) if known else "chat"
    return form, dict(sorted(open_book(form, "", "").files.items()))


def keep_prompts(form: str, files: Mapping[str, str]) -> Path:
    """Edited prompt files as a folder that ``prompts.folder`` takes, named by its content.

    Raises WorkbenchError where one is no template, or the question is never asked.
    """
    from workbench.records.playground import Setting
    from workbench.serve.playground import write_prompts

    digest = hashlib.sha256(json.dumps([form, files], sort_keys=True).encode()).hexdigest()
    folder = (processes.folder() / "prompts" / f"edited-{digest[:16]}").absolute()
    write_prompts(Setting(files=files, format=form), folder)
    return folder


def write(result: Experiment) -> Path:
    """Write the specification where runs are started from."""
    folder = processes.folder() / "specifications"
    # The digest keeps a changed form from overwriting what another run was started from.
    path = folder / f"{result.name}-{result.digest()[:8]}.yaml"
    write_text(path, result.to_yaml())
    return path


def scaled_estimate(result: Experiment, earlier: Iterable[runs.Snapshot]) -> ScaledEstimate:
    """Minutes per stage from the newest finished run with the same model, scaled by size."""
    from workbench.stages import STAGES

    for run in earlier:
        other = _experiment_of(run)
        if other is None or run.state != "done" or other.model.name != result.model.name:
            continue
        minutes = {}
        for name, seconds in run.manifest.seconds().items():
            # Each adapter has its seconds under ``adapter:NAME``.
            stage = STAGES.get(name.split(":")[0])
            if seconds and stage is not None:
                then = stage.amount(other)
                scale = stage.amount(result) / then if then else 1.0
                minutes[name] = seconds * scale / 60
        if minutes:
            return ScaledEstimate(minutes, run.title)
    return ScaledEstimate({})


def _experiment_of(run: runs.Snapshot) -> Experiment | None:
    try:
        text = run.files.specification.read_text(encoding="utf-8")
        return Experiment.from_yaml(text, run.files.specification.name, migrate.specification)
    except (OSError, UnicodeDecodeError, WorkbenchError):
        return None
