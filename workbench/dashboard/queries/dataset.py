"""All questions of a run with what people said of them, as rows that are edited and exported.

The run's own files stay as they are: what is said lies beside them, see :mod:`.review`.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from workbench.dashboard.queries import review, runs
from workbench.dashboard.queries.records import Records
from workbench.errors import WorkbenchError
from workbench.evaluation.table import Table, tables
from workbench.records.results import Results
from workbench.types import Estimate, Question

ROLES = {"test": "Exam", "gold": "Gold", "dev": "Dev", "train": "Train"}
#: Between the answers, and between the tags, of one cell.
BETWEEN = " | "
EDITABLE = ("decision", "question", "answers", "tags")
Row = dict[str, Any]


def rows(run: runs.Snapshot, role: str) -> list[Row]:
    """The questions of a role, with the decision, edits and tags that count."""
    said = review.read(run.path)
    return [
        _row(record, role, said.get(str(record.get("id")), {}))
        for record in runs.lines(run.files.questions(role))
    ]


def _row(record: Mapping[str, Any], role: str, said: Mapping[str, Any]) -> Row:
    edited = said.get("decision") == "edit"
    answers = said.get("answers") if edited else record.get("answers")
    decision = str(said.get("decision") or "")
    return {
        "id": str(record.get("id")),
        # An edit is an acceptance with changes.
        "decision": "accept" if edited else decision,
        "question": str((said.get("text") if edited else "") or record.get("text") or ""),
        "answers": BETWEEN.join(map(str, answers or ())),
        "tags": BETWEEN.join(map(str, said.get("tags") or ())),
        "kind": str(record.get("kind") or ""),
        "stratum": str(record.get("stratum") or ""),
        "section": str(record.get("cluster") or ""),
        "role": role,
    }


def changed(
    before: Iterable[Row], after: Iterable[Mapping[str, Any]]
) -> list[tuple[str, dict[str, str]]]:
    """What of ``after`` is not as it was: the question's id and its new cells."""
    known = {row["id"]: {key: row[key].strip() for key in EDITABLE} for row in before}
    found = []
    for row in after:
        name = str(row.get("id"))
        new = {key: str(row.get(key) or "").strip() for key in EDITABLE}
        if new != known.get(name, new):
            found.append((name, new))
    return found


def save(run: runs.Snapshot, before: Iterable[Row], after: Iterable[Mapping[str, Any]]) -> int:
    """Record every row that was changed; returns how many."""
    found = changed(before, after)
    for name, new in found:
        if new["decision"] not in ("", "accept", "reject"):
            raise WorkbenchError(
                f"{new['decision']!r} is no decision on {name}.",
                "Write accept, reject, or nothing.",
            )
    for name, new in found:
        _record(run, name, new)
    return len(found)


def _record(run: runs.Snapshot, name: str, new: Mapping[str, str]) -> None:
    source = _source(run, name)
    answers = [part.strip() for part in new["answers"].split(BETWEEN.strip()) if part.strip()]
    changed = new["question"] != source.get("text") or answers != list(source.get("answers") or ())
    # A text that was mended is meant to be kept, unless it is rejected.
    decision = "edit" if changed and new["decision"] != "reject" else new["decision"]
    tags = [part.strip() for part in new["tags"].split(BETWEEN.strip()) if part.strip()]
    review.decide(run.path, name, decision, new["question"], answers, tags)


def _source(run: runs.Snapshot, name: str) -> dict[str, Any]:
    """The question as the run has it."""
    for role in ROLES:
        for record in runs.lines(run.files.questions(role)):
            if record.get("id") == name:
                return record
    return {}


def take(run: runs.Snapshot, content: bytes) -> tuple[int, int]:
    """Annotations from CSV as the export has it: (rows that changed, rows of no question here).

    Raises WorkbenchError where it is no such table.
    """
    try:
        found = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))
    except (UnicodeDecodeError, csv.Error) as error:
        raise WorkbenchError("That is no CSV in UTF-8.", "Save it as CSV UTF-8.") from error
    columns = set(found[0]) if found else set()
    if not {"id", "decision"} <= columns:
        raise WorkbenchError(
            "The table has no columns id and decision.", "Start from the CSV of this page."
        )
    every = {row["id"]: row for role in ROLES for row in rows(run, role)}
    mine = [
        {**every[row["id"]], **{k: _plain(row[k]) for k in EDITABLE if row.get(k) is not None}}
        for row in found
        if row["id"] in every
    ]
    return save(run, every.values(), mine), len(found) - len(mine)


def _plain(cell: str) -> str:
    """A cell without the mark that keeps a spreadsheet from reading it as a formula."""
    return cell[1:] if cell[:1] == "'" and cell[1:2] in tuple("=+-@\t\r") else cell


def without_rejected(
    run: runs.Snapshot, opened: Records
) -> list[tuple[str, Estimate, Estimate]] | None:
    """The decisive metric of each variant on the written exam, and without what was rejected.

    None where nothing of it was rejected. What is left is weighed as the run weighs.
    """
    import numpy as np

    from workbench.stages.scoring import read_further

    away = {name for name, row in review.judged(run.path).items() if row["decision"] == "reject"}
    if not away:
        return None
    exam = [Question.from_record(row) for row in runs.lines(run.files.questions("test"))]
    if not any(item.id in away for item in exam):
        return None
    scores = opened.scored([run.metric])
    names = [row.name for row in run.variants]
    workload = runs.mapping(run.specification.get("workload"))
    further = read_further(run.path)
    grid = tables(exam, scores, names, workload.get("kinds"), further).get(run.metric)
    if grid is None:
        return None
    left = grid.rows(np.array([item.id not in away for item in exam], dtype=bool))
    mix = workload.get("strata")
    return [(name, _estimate(grid, name, mix), _estimate(left, name, mix)) for name in names]


def _estimate(grid: Table, variant: str, mix: Mapping[str, float] | None) -> Estimate:
    from workbench.evaluation.statistics import estimate

    return estimate(grid.trained(variant), grid.design(mix))


def with_data(run: runs.Snapshot) -> Results:
    """The run's results with what its data is made of, worked out where the run did not tell."""
    if run.results.data is not None:
        return run.results
    return run.results.with_parts(data=_data(run.path))


@lru_cache(maxsize=8)
def _data(folder: Path) -> dict[str, Any]:
    """Once for each run: its questions and its text stay as they are."""
    from workbench.stages.data_report import read_data

    return read_data(folder)


def counts(every: Sequence[Row]) -> list[tuple[str, int, int, int]]:
    """Questions of each stratum, then of each kind: (name, all, accepted, rejected)."""
    found = []
    for part in ("stratum", "kind"):
        for name in dict.fromkeys(row[part] for row in every if row[part]):
            mine = [row["decision"] for row in every if row[part] == name]
            found.append((name, len(mine), mine.count("accept"), mine.count("reject")))
    return found
