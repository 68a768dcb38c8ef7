"""Questions for other programs: CSV, JSONL, a datasets folder, chat messages and many more."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from workbench.errors import WorkbenchError
from workbench.io import jsonl
from workbench.io.files import write_json, write_text
from workbench.questions.dataset import elsewhere
from workbench.questions.dataset.question_set import save_questions
from workbench.questions.dataset.tables import quoted_cell
from workbench.text import HAN
from workbench.types import Question

_NO_ANSWER = {"en": "I don't know.", "zh": "无法回答。"}
_COLUMNS = (
    "id",
    "text",
    "answers",
    "quote",
    "kind",
    "role",
    "stratum",
    "fact",
    "cluster",
    "origin",
    "edition",
    "rev",
    "tags",
    "verdict",
)


def export(questions: Sequence[Question], path: Path, form: str, others: Sequence[str] = ()) -> int:
    """Write questions to ``path`` in a form of :data:`FORMS`; returns how many were written.

    ``others`` are the forms that the caller knows besides. Raises WorkbenchError for an unknown
    form, or where there is nothing to write.
    """
    if form not in FORMS:
        raise WorkbenchError(
            f"Unknown form {form!r}.", f"The forms are {', '.join((*FORMS, *others))}."
        )
    if not questions:
        raise WorkbenchError("There are no questions to export.", "Check the role and the folder.")
    FORMS[form](questions, path)
    return len(questions)


def _csv(questions: Sequence[Question], path: Path) -> None:
    """One line per question; the empty column ``verdict`` is for accept, reject or edit."""
    sink = io.StringIO(newline="")
    writer = csv.writer(sink, lineterminator="\n")
    writer.writerow(_COLUMNS)
    for q in questions:
        writer.writerow(
            quoted_cell(cell)
            for cell in [
                q.id,
                q.text,
                json.dumps(q.answers, ensure_ascii=False),
                json.dumps([_evidence(e) for e in q.evidence], ensure_ascii=False),
                q.kind,
                q.role,
                q.stratum or "",
                q.fact or "",
                q.cluster or "",
                q.origin,
                q.edition or "",
                q.rev,
                json.dumps(dict(q.tags), ensure_ascii=False),
                "",
            ]
        )
    write_text(path, sink.getvalue())


def _evidence(item: Any) -> dict[str, Any]:
    return {"document": item.document, "start": item.start, "end": item.end, "quote": item.quote}


def _reply(question: Question) -> str:
    if question.answers:
        return question.answers[0]
    return _NO_ANSWER["zh" if HAN.search(question.text) else "en"]


def _alpaca(questions: Sequence[Question], path: Path) -> None:
    records = [{"instruction": q.text, "input": "", "output": _reply(q)} for q in questions]
    write_json(path, records)


def _chat(questions: Sequence[Question], path: Path) -> None:
    jsonl.write(
        path,
        (
            {
                "messages": [
                    {"role": "user", "content": q.text},
                    {"role": "assistant", "content": _reply(q)},
                ]
            }
            for q in questions
        ),
        sort_keys=True,
    )


def _jsonl(questions: Sequence[Question], path: Path) -> None:
    save_questions(path, questions)


def _datasets(questions: Sequence[Question], path: Path) -> None:
    """A folder that ``datasets.load_from_disk`` opens, with a split per role."""
    from datasets import Dataset, DatasetDict, disable_progress_bars

    elsewhere.new_folder(path)
    disable_progress_bars()
    splits: dict[str, list[dict[str, Any]]] = {}
    for q in questions:
        record = q.to_record()
        record["answers"] = list(q.answers)
        record["evidence"] = [_evidence(e) for e in q.evidence]
        record["tags"] = json.dumps(record["tags"], ensure_ascii=False)
        splits.setdefault(q.role, []).append(record)
    DatasetDict({role: Dataset.from_list(rows) for role, rows in splits.items()}).save_to_disk(
        str(path)
    )


def _with_replies(write: Callable[[Sequence[Question], Path, Sequence[str]], None]) -> Form:
    """A form of another program, in which a question has one reply: "I don't know" is one."""
    return lambda questions, path: write(questions, path, [_reply(q) for q in questions])


Form = Callable[[Sequence[Question], Path], None]
FORMS: dict[str, Form] = {
    "csv": _csv,
    "jsonl": _jsonl,
    "datasets": _datasets,
    "alpaca": _alpaca,
    "chat": _chat,
    "sharegpt": _with_replies(elsewhere.sharegpt),
    "raft": _with_replies(elsewhere.raft),
    "ragas": _with_replies(elsewhere.ragas),
    "promptfoo": _with_replies(elsewhere.promptfoo),
    "autorag": _with_replies(elsewhere.autorag),
    "hub": _with_replies(elsewhere.hub),
}
