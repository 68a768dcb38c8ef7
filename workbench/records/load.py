"""Reading old and damaged records: what can be read, and sentences on what cannot."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from workbench.records import migrate
from workbench.records.layout import RunLayout
from workbench.records.manifest import Manifest
from workbench.records.record import Record
from workbench.records.results import Results

AnyRecord = TypeVar("AnyRecord", bound=Record)
ATTEMPTS = 20  # how often what does not fit is taken out before a record counts as unreadable
# What is not shown of a run whose results lack a part that every present run has.
SHOWN = {
    "verdict": "the verdict",
    "variants": "scores, times and costs",
    "comparisons": "the differences between variants",
    "gold_agreement": "what the hand-written questions say",
    "power": "what the exam could find",
    "questions": "how many questions were asked",
    "examples": "examples",
    "certificate": "the exam's certificate",
    "stages": "the seconds of each stage",
    "break_even": "where costs meet",
    "prices": "the prices",
}


def load(path: Path) -> tuple[Results, tuple[str, ...]]:
    """The results of the run at ``path``, and sentences on what cannot be shown of them."""
    record, problems = read_object(RunLayout(path).results)
    if record is None:
        return Results(), tuple(problems)
    found, more = results_of(record)
    return found, (*problems, *more)


def load_manifest(path: Path) -> tuple[Manifest, tuple[str, ...]]:
    """The manifest of the run at ``path``, and sentences on what cannot be read of it."""
    source = RunLayout(path).manifest
    record, problems = read_object(source)
    found, more = fitting(Manifest, record or {}, source.name)
    return found, (*problems, *more)


def results_of(record: Mapping[str, Any]) -> tuple[Results, tuple[str, ...]]:
    """Results from the JSON of a file of any age."""
    now, problems = migrate.results(record)
    found, damaged = fitting(Results, now, RunLayout(Path()).results.name)
    lacking = [what for part, what in SHOWN.items() if part not in found.model_fields_set]
    if lacking:
        problems.append(f"results.json lacks parts, so these can't be shown: {'; '.join(lacking)}.")
    return found, (*problems, *damaged)


def read_object(path: Path) -> tuple[dict[str, Any] | None, list[str]]:
    """A JSON object; None, with the reason, where there is none."""
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None, [f"{path.name} is missing; what it holds can't be shown."]
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as error:
        return None, [f"{path.name} can't be read ({type(error).__name__}); the rest is shown."]
    if not isinstance(value, dict):
        return None, [f"{path.name} holds no object; the rest is shown."]
    return value, []


def fitting(
    form: type[AnyRecord], record: Mapping[str, Any], name: str
) -> tuple[AnyRecord, list[str]]:
    """The record without what does not fit its form, and a sentence on what was left out."""
    try:
        return form.model_validate(record), []
    except ValidationError as error:
        # Python unbinds ``error`` where its clause ends.
        wrong = error
    # A deep copy: parts are deleted from it, never from the caller's record.
    whole, dropped = json.loads(json.dumps(record)), dict.fromkeys(_places(record, wrong))
    # Taking one part out can bring another fault to light.
    for _ in range(ATTEMPTS):
        for place in _places(whole, wrong):
            dropped[place] = None
            _take_out(whole, place)
        try:
            found = form.model_validate(whole)
        except ValidationError as error:
            wrong = error
            continue
        parts = ", ".join("/".join(map(str, place)) for place in list(dropped)[:3])
        further = f" and {len(dropped) - 3} more places" if len(dropped) > 3 else ""
        return found, [f"{name} is damaged at {parts}{further}; the rest is shown."]
    return form(), [f"{name} is damaged throughout; nothing of it can be shown."]


def _places(record: Any, wrong: ValidationError) -> list[tuple[str | int, ...]]:
    """Where the record does not fit, the last first, so that taking one out moves no other."""
    places = set()
    for error in wrong.errors(include_url=False, include_input=False):
        inner, place = record, []
        for part in error["loc"]:
            known = isinstance(inner, dict) and part in inner
            # pydantic's places may end in names of its own; stop at what the record has.
            if not known and not (isinstance(inner, list) and isinstance(part, int)):
                break
            place.append(part)
            inner = inner[part]
        places.add(tuple(place))
    # Padded, so that index 10 comes after index 9 as text too.
    return sorted(places, key=lambda place: [str(part).zfill(9) for part in place], reverse=True)


def _take_out(record: Any, place: tuple[str | int, ...]) -> None:
    for part in place[:-1]:
        record = record[part]
    if place:
        del record[place[-1]]
    else:
        record.clear()
