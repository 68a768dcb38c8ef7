"""What the cells of a row of imported answers say: text, numbers, scores, and its question."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from workbench.errors import WorkbenchError
from workbench.evaluation.imported_rows import EMPTY, NO, YES
from workbench.questions.dataset.cells import answers as read_references
from workbench.questions.dataset.cells import parsed
from workbench.refusals import refuses
from workbench.types import KINDS, STRATA, Question

#: The columns of a question's values that are called otherwise.
_SHOWN = {"answers": "reference", "tags": "slice"}


def text(cell: Any) -> str:
    """A cell as text; empty where there is none."""
    return "" if cell is None else str(cell).strip()


def number(cell: Any, key: str, where: str) -> float | None:
    """An amount or a time; None where the cell is empty."""
    if cell is None or (type(cell) is float and 0 <= cell < math.inf):
        return cell
    if type(cell) is int and 0 <= cell < 2**53:
        return float(cell)
    told = text(cell)
    if told.casefold() in EMPTY:
        return None
    try:
        value = float(told)
    except ValueError as error:
        raise WorkbenchError(f"{where}: {key} is {told!r}, not a number.", "Mend it.") from error
    if value < 0 or not math.isfinite(value):
        raise WorkbenchError(f"{where}: {key} is {told}, below zero or endless.", "Mend it.")
    return value


def score(cell: Any) -> float | None:
    """A score as it stands: yes and no, a share, percent; None for what is none of these."""
    if isinstance(cell, bool):
        return float(cell)
    told = text(cell).casefold()
    if told in YES or told in NO:
        return float(told in YES)
    try:
        value = float(told.removesuffix("%")) / (100 if told.endswith("%") else 1)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def passages(cell: Any) -> tuple[str, ...]:
    """Ids parted by spaces, or a list of ids or texts."""
    if cell is None:
        return ()
    if isinstance(cell, str) and cell.lstrip().startswith("["):
        try:
            cell = parsed(cell.strip())
        except ValueError:
            return (cell.strip(),)
    if not isinstance(cell, list):
        return tuple(text(cell).split())
    # Here, since systems elsewhere are reached by clients that take a second to import.
    from workbench.variants.foreign.said import passages_of

    return passages_of(cell)


def question(
    name: str,
    row: Mapping[str, Any],
    exam: Mapping[str, Question] | None,
    questions: Mapping[str, Question],
    where: str,
) -> Question:
    """The question that a row is about: one of the exam's, or what all rows so far say of it."""
    if exam is not None:
        if name not in exam:
            raise WorkbenchError(
                f"{where}: question {name!r} is not in the run's exam.",
                "Answer the questions of questions/test.jsonl, by their ids.",
            )
        return exam[name]
    told = _told(row, where)
    before = questions.get(name)
    if before is None:
        return Question(name, origin="imported", **{"text": "", "answers": (), **told})
    for key, value in told.items():
        was = getattr(before, key)
        if value == was or (key != "cluster" and not (value and was)):
            continue
        if key == "cluster":
            told_of = f"is in cluster {value!r} here and in {was!r} before"
        else:
            told_of = f"has another {_SHOWN.get(key, key)} here than before"
        raise WorkbenchError(
            f"{where}: question {name!r} {told_of}.",
            "A question has one cluster, one text, and one set of references.",
        )
    return replace(before, **{key: value for key, value in told.items() if value})


def _told(row: Mapping[str, Any], where: str) -> dict[str, Any]:
    """What a row says of its question; a word for the kind that we do not know is kept as a tag."""
    try:
        references, _ = read_references(row.get("reference"))
    except ValueError as error:
        raise WorkbenchError(f"{where}: the reference: {error}.", "Write it as text.") from error
    kind, stratum, slice_ = (text(row.get(name)) for name in ("kind", "stratum", "slice"))
    if stratum and stratum not in STRATA:
        raise WorkbenchError(
            f"{where}: unknown stratum {stratum!r}.", f"It is one of {', '.join(STRATA)}."
        )
    tags = {"slice": slice_} if slice_ else {}
    if kind and kind not in KINDS:
        tags["kind"] = kind
    unanswerable = len(references) == 1 and refuses(references[0])
    values: dict[str, Any] = {
        "text": text(row.get("question")),
        "answers": () if unanswerable else references,
        "kind": "unanswerable" if unanswerable else kind if kind in KINDS else "",
        "stratum": stratum or None,
        "tags": tags,
    }
    return {"cluster": text(row.get("cluster")) or None, **{k: v for k, v in values.items() if v}}
