"""Rows become questions: columns by name with sensible guesses, faults by file and line."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, get_args

from workbench.errors import WorkbenchError
from workbench.questions.dataset.cells import answers as read_answers
from workbench.questions.dataset.cells import missing, no_answers_given, parsed, tags
from workbench.questions.dataset.containers import AUTORAG, autorag_texts
from workbench.questions.dataset.layouts import chat, mapping, turns
from workbench.questions.dataset.nested import flat
from workbench.questions.dataset.question_set import question_id
from workbench.questions.dataset.tables import Fault, Row, rows
from workbench.refusals import refuses
from workbench.types import KINDS, STRATA, Evidence, Question, Role

#: What ragas puts before each piece of evidence of a question that needs several.
_HOP = re.compile(r"<\d+-hop>\s*")
#: Lines that a note names before it counts the rest.
_LINES_NAMED = 3


@dataclass(frozen=True, slots=True)
class ImportedQuestions:
    """What a file gave. ``verdicts`` are by question id, where the file has such a column.

    ``lines`` says where each question stands; ``notes`` what a reader should know of rows taken.
    """

    questions: tuple[Question, ...]
    faults: tuple[Fault, ...]
    columns: dict[str, str]
    verdicts: dict[str, str]
    lines: dict[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def import_questions(
    path: Path, columns: Mapping[str, str] | None = None, origin: str = "imported"
) -> ImportedQuestions:
    """Read questions from any of the exchange formats; good rows are kept, bad ones reported.

    ``columns`` maps our names (text, answers, kind, quote ...) to the file's where the guess fails,
    and to "" where a column that looks like ours is not.
    Raises WorkbenchError where the file is unreadable or has no column for question or answer.
    """
    given = columns or {}
    found, faults = rows(path)
    if not found and not faults:
        raise WorkbenchError(
            f"{path} holds no question.",
            "Write one on each line; README, Questions of your own, shows the form.",
        )
    notes: dict[str, list[int]] = {}
    bad = list(faults)
    matches = _unrolled(path, found, bad, notes)
    names = sorted({key for row in matches for key in row.values})
    used = mapping(path, names, given) if matches else {}
    # Words of ours for a kind are meant as such; a category or type may be anything.
    strict = "kind" in given or used.get("kind", "").lower() == "kind"
    questions: list[Question] = []
    verdicts: dict[str, str] = {}
    seen: dict[str, int] = {}
    for row in matches:
        try:
            question, remarks = _question(row, used, origin, strict)
        except (ValueError, KeyError, TypeError) as error:
            bad.append(Fault(str(path), row.line, str(error).strip("'\"")))
            continue
        if question.id in seen:
            bad.append(Fault(str(path), row.line, f"repeats line {seen[question.id]}"))
            continue
        seen[question.id] = row.line
        questions.append(question)
        for remark in remarks:
            notes.setdefault(remark, []).append(row.line)
        verdict = _cell(row, used, "verdict")
        if verdict is not None:
            verdicts[question.id] = str(verdict).strip().lower()
    if again := _asked_again(questions, seen):
        notes["the same question with other answers: which are right is not told"] = again
    bad.sort(key=lambda fault: fault.line)
    said = tuple(f"{_lines(lines)}: {note}" for note, lines in notes.items())
    return ImportedQuestions(tuple(questions), tuple(bad), used, verdicts, seen, said)


def _unrolled(
    path: Path, found: list[Row], bad: list[Fault], notes: dict[str, list[int]]
) -> list[Row]:
    """The rows, each conversation as its question and answer; others are added to ``bad``."""
    matches: list[Row] = []
    texts = autorag_texts(path / AUTORAG[0] if path.is_dir() else path)
    for row in found:
        try:
            row = Row(row.line, flat(row.values))
        except ValueError as error:
            bad.append(Fault(str(path), row.line, str(error)))
            continue
        if texts:
            row.values["quote"] = _texts_of(row.values.get("retrieval_gt"), texts)
        said = turns(row.values)
        if said is None:
            matches.append(row)
            continue
        try:
            values, later = chat(row.values, said)
        except ValueError as error:
            bad.append(Fault(str(path), row.line, str(error)))
            continue
        matches.append(Row(row.line, values))
        if later:
            remark = "the last question of a conversation, which may not be understood without it"
            notes.setdefault(remark, []).append(row.line)
    return matches


def _texts_of(names: Any, texts: Mapping[str, str]) -> list[str]:
    """The texts that AutoRAG's question rests on: groups of ids, of which one of each is enough."""
    listed = names if isinstance(names, list) else []
    groups = [group if isinstance(group, list) else [group] for group in listed]
    return [texts[str(group[0])] for group in groups if group and str(group[0]) in texts]


def _asked_again(questions: Sequence[Question], lines: Mapping[str, int]) -> list[int]:
    """The lines of questions that are put in the same words as an earlier one."""
    known: set[str] = set()
    again = []
    for question in questions:
        if question.text in known:
            again.append(lines[question.id])
        known.add(question.text)
    return again


def _lines(lines: Sequence[int]) -> str:
    named = ", ".join(map(str, lines[:_LINES_NAMED]))
    more = len(lines) - _LINES_NAMED
    return f"line{'s' * (len(lines) > 1)} {named}" + (f" and {more} more" if more > 0 else "")


def _cell(row: Row, used: Mapping[str, str], ours: str) -> Any:
    value = row.values.get(used.get(ours, ""))
    if missing(value):
        return None
    return value.strip() if isinstance(value, str) else value


def _question(
    row: Row, used: Mapping[str, str], origin: str, strict: bool
) -> tuple[Question, list[str]]:
    """The question of a row, and what a reader should know of how it was read."""
    text, extra = _cell(row, used, "text"), _cell(row, used, "input")
    if not isinstance(text, str):
        raise ValueError("the question is empty" if text is None else "the question is no text")
    if extra is not None:
        text = f"{text}\n\n{extra}"
    kind, label = _kind(row, used, strict)
    said = row.values.get(used.get("answers", ""))
    answers, gone = read_answers(said.strip() if isinstance(said, str) else said)
    remarks = [f"left out of the answers: {', '.join(gone)}"] if gone else []
    if kind != "behaviour" and len(answers) == 1 and refuses(answers[0]):
        answers, kind = (), "unanswerable"
    if not answers and no_answers_given(said):
        kind = "unanswerable"
    if kind == "unanswerable":
        remarks = []  # that there is no answer is what the row says
    if not answers and kind not in {"unanswerable", "behaviour"}:
        raise ValueError(_no_answer(said))
    if answers and kind == "unanswerable":
        raise ValueError("an unanswerable question has an answer")
    stratum = _cell(row, used, "stratum")
    if stratum is not None and stratum not in STRATA:
        raise ValueError(f"unknown stratum {stratum!r}")
    role = _cell(row, used, "role")
    evidence = _evidence(row, used)
    place = f"{evidence[0].document}:{evidence[0].start}" if evidence else ""
    if label:
        column = used["kind"]
        remarks.append(
            f"{column} names no kind of question known here: taken as factoid, the word kept as a "
            "tag (--column kind= leaves the column out)"
        )
    question = Question(
        id=str(_cell(row, used, "id") or question_id(text, answers, place)),
        text=text,
        answers=answers,
        evidence=evidence,
        kind=kind,  # type: ignore[arg-type]
        role=role if role in get_args(Role) else "test",
        stratum=stratum,
        fact=_word(_cell(row, used, "fact")),
        cluster=_word(_cell(row, used, "cluster")),
        origin=str(_cell(row, used, "origin") or origin),
        edition=_word(_cell(row, used, "edition")),
        tags={**label, **tags(_cell(row, used, "tags"), used.get("tags", ""))},
        rev=int(_cell(row, used, "rev") or 0),
    )
    return question, remarks


def _kind(row: Row, used: Mapping[str, str], strict: bool) -> tuple[str, dict[str, str]]:
    """The kind, and as a tag what another column than ours says instead of one."""
    said = _cell(row, used, "kind")
    kind = str(said or "factoid").lower().replace("-", "_").replace(" ", "_")
    if kind in KINDS:
        return kind, {}
    if strict:
        raise ValueError(
            f"unknown kind {kind!r}; the kinds are {', '.join(KINDS)} "
            "(--column kind= leaves the column out)"
        )
    return "factoid", {used["kind"]: str(said)}


def _no_answer(said: Any) -> str:
    if isinstance(said, str) and said.strip():
        word = said.strip()
        return f'no answer is given: {word!r} stands for none (where it is one, write ["{word}"])'
    return "no answer is given (kind unanswerable needs none)"


def _word(value: Any) -> str | None:
    return None if value is None else str(value)


def _evidence(row: Row, used: Mapping[str, str]) -> tuple[Evidence, ...]:
    value = parsed(_cell(row, used, "quote"))
    if value is None:
        return ()
    matches = []
    for item in value if isinstance(value, list | tuple) else [value]:
        if missing(item):
            continue
        item = {"quote": item} if isinstance(item, str) else item
        if not isinstance(item, dict) or not (item.get("quote") or item.get("text")):
            raise ValueError("an evidence without its quote")
        quote = str(item.get("quote") or item.get("text"))
        matches.append(
            Evidence(
                str(item.get("document") or _cell(row, used, "document") or ""),
                int(item.get("start") or _cell(row, used, "start") or 0),
                int(item.get("end") or _cell(row, used, "end") or 0),
                _HOP.sub("", quote) if _HOP.match(quote) else quote,
            )
        )
    return tuple(matches)
