"""Who signed a run, and the state of its records when they did.

A signature names a person who answers for what is decided by this run, the limits that they accept,
and when it is to be looked at again; beside it stand the hashes of the run's records, so that what
changed since can be said. It proves nothing against somebody who writes to the run's folder: for
that the digest has to be kept elsewhere.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from workbench.engine.integrity import seal
from workbench.errors import WorkbenchError
from workbench.io import jsonl
from workbench.io.files import file_hash
from workbench.records.layout import RunLayout
from workbench.records.run import Run
from workbench.records.signature import Signature

#: Records are what a result rests on: not what is written from it, notes, and logs.
ASIDE = ("manifest.json", "events.jsonl", "lock", "notes.json", "signatures.jsonl")
ASIDE_FOLDERS = ("playground", "jobs", "parity")
LONGEST_NAME, LONGEST = 200, 2000  # characters


def inventory(folder: Path) -> dict[str, str]:
    """The SHA-256 of each record of a run, by its place."""
    found = {}
    for path in sorted(folder.rglob("*")):
        place = path.relative_to(folder)
        own = place.as_posix()
        if own in ASIDE or place.parts[0] in ASIDE_FOLDERS or own == "labels/raters.json":
            continue
        if path.is_file() and not own.startswith(("report", ".")) and path.suffix != ".partial":
            found[own] = file_hash(path)
    return found


def sign(run: Run, name: str, accepted: tuple[str, ...] = (), review: str | None = None) -> str:
    """Sign the run as its records are now; returns the digest of these.

    Raises WorkbenchError for a name that is none, a date that is none or is past, and for a run
    that is not finished.
    """
    tidy = " ".join(name.split())
    if not tidy or not tidy.isprintable() or len(tidy) > LONGEST_NAME:
        raise WorkbenchError(
            f"{name!r} is nobody's name.", 'Name a person: --as "Ada Field, head of support".'
        )
    texts = tuple(" ".join(text.split()) for text in accepted)
    if any(not text or len(text) > LONGEST for text in texts):
        raise WorkbenchError(
            "An accepted limit is empty or too long.", f"Say it in {LONGEST} characters at most."
        )
    today = datetime.now(UTC).date()
    if review is not None and _day(review) <= today:
        raise WorkbenchError(
            f"The next review is on {review}, which is not after today.", "Name a later day."
        )
    with run.lock():
        run.results()
        records = inventory(run.path)
        digest = seal(records)
        jsonl.append(run.files.signatures, [{
            "name": tidy, "date": today.isoformat(), "accepted": list(texts), "review": review,
            "digest": digest, "records": records,
        }])  # fmt: skip
    return digest


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise WorkbenchError(
            f"{text!r} is no date.", "Write it as year-month-day, such as 2027-06-30."
        ) from error


def signatures(folder: Path) -> tuple[Signature, ...]:
    """The signatures of a run, oldest first, each with what changed since."""
    rows: list[dict[str, Any]] = list(jsonl.stream(RunLayout(folder).signatures))
    if not rows:
        return ()
    now = inventory(folder)
    return tuple(
        Signature.model_validate(
            {key: value for key, value in row.items() if key != "records"}
            | {"changed": _changed(row["records"], row["digest"], now)}
        )
        for row in rows
    )


def _changed(then: dict[str, str], digest: str, now: dict[str, str]) -> list[str]:
    """The places whose content is another, is gone or is new."""
    if seal(then) != digest:
        return ["signatures.jsonl"]
    return sorted(place for place in then.keys() | now.keys() if then.get(place) != now.get(place))
