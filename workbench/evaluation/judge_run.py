"""Answers put to a judge: in random order, several at once, each judgement recorded as it comes.

``judged/scores.jsonl`` of a run holds one line per judge, question, variant and metric; a line
without a value says why. A judgement is known by everything that affects it, so that what was
judged once, in this run or another, is never judged again; a failed one is tried anew at the next
command.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.engine.hashing import content_id
from workbench.errors import WorkbenchError
from workbench.evaluation import judged_metrics as metrics
from workbench.evaluation.judge_cache import JudgementCache
from workbench.evaluation.judge_calls import Calls
from workbench.evaluation.judged_metrics import Unjudged
from workbench.evaluation.ragas_scores import PREFIX
from workbench.experiment.judge import JUDGED, JudgeSpec
from workbench.io import jsonl
from workbench.io.files import read_json
from workbench.types import Answer, Progress, Question, Score, silent

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Embed = Callable[[list[str]], NDArray[np.float32]]

#: Failed calls in a row, and malformed judgements from the start, after which a judge is given up.
GIVE_UP_FAILED, GIVE_UP_MALFORMED = 5, 10
#: What a judge left in a run's folder, and the names of judged metrics in scores and results.
FACTS, SCORES, CALLS = "judged/judge.json", "judged/scores.jsonl", "judged/calls.jsonl"
NAMES = frozenset(PREFIX + name for name in JUDGED)
#: What a judge says of behaviour questions with a rubric of their own; it joins those that a
#: pattern or a schema settles, under the same name.
BEHAVIOUR = "behaviour"
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Material:
    """What a judge is shown: questions and answers of a run, and passage texts by id."""

    questions: Mapping[str, Question]
    answers: Sequence[Answer]
    passages: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class JudgeJob:
    """One metric on one answer; ``key`` is everything that affects the judgement, hashed."""

    question: str
    variant: str
    metric: str
    key: str
    fields: Mapping[str, Any]
    known: float | None

    def row(self, judge: str, value: float | None, **more: Any) -> Row:
        """The record of its judgement."""
        return {"judge": judge, "question": self.question, "variant": self.variant,
                "metric": self.metric, "value": value, "key": self.key, **more}  # fmt: skip


def judge_identity(spec: JudgeSpec, embedding: str) -> str:
    """The judge's id: whatever of it may change a judgement."""
    rubric = _plain(spec.rubric)
    return content_id([spec.model, spec.endpoint, spec.reply_tokens, rubric, embedding])


def plan(material: Material, spec: JudgeSpec, embedding: str, seed: int) -> list[JudgeJob]:
    """What is to be judged, question by question in an order drawn by ``seed``.

    The questions of a sample, or of a budget that ends early, are therefore a random part.
    """
    order = sorted(material.questions)
    random.Random(seed).shuffle(order)
    by_question: dict[str, list[Answer]] = {}
    for answer in material.answers:
        by_question.setdefault(answer.question, []).append(answer)
    jobs: list[JudgeJob] = []
    taken = 0
    for name in order:
        if spec.sample is not None and taken >= spec.sample:
            break
        due = [
            _job(metric, material.questions[name], answer, material.passages, spec, embedding)
            for answer in by_question.get(name, ())
            for metric in (*spec.wanted, BEHAVIOUR)
            if metrics.applies(metric, material.questions[name], answer, material.passages)
        ]
        taken += bool(due)
        jobs += due
    return jobs


def _job(
    metric: str, question: Question, answer: Answer, passages: Mapping[str, str],
    spec: JudgeSpec, embedding: str,
) -> JudgeJob:  # fmt: skip
    from importlib.metadata import version

    fields = metrics.fields(metric, question, answer, passages)
    facts = [version("ragas"), metric, spec.model, spec.endpoint, spec.reply_tokens]
    if metric == "rubric":
        facts.append(_plain(spec.rubric))
    if metric in ("answer_relevancy", "answer_correctness"):
        facts.append(embedding)
    known = metrics.known(metric, question, answer)
    key = content_id([facts, fields])
    return JudgeJob(question.id, answer.variant, metric, key, fields, known)


def _plain(rubric: str | Mapping[int, str] | None) -> Any:
    return {str(key): text for key, text in rubric.items()} if isinstance(rubric, dict) else rubric


def read(path: Path) -> list[Row]:
    """The newest record of each judge, question, variant and metric."""
    newest: dict[tuple[str, ...], Row] = {}
    for row in jsonl.stream(path):
        newest[row["judge"], row["question"], row["variant"], row["metric"]] = row
    return list(newest.values())


def recorded(folder: Path) -> tuple[dict[str, Any] | None, list[Score]]:
    """The facts of a run's last judge and its scores, missing ones as None; nothing without one."""
    if not (folder / FACTS).exists():
        return None, []
    facts = dict(read_json(folder / FACTS))
    return facts, [
        Score(row["question"], row["variant"], _named(row["metric"]), row["value"])
        for row in read(folder / SCORES)
        if row["judge"] == facts["id"]
        and (row["metric"] == BEHAVIOUR or PREFIX + row["metric"] in facts["metrics"])
    ]


def _named(metric: str) -> str:
    return BEHAVIOUR if metric == BEHAVIOUR else PREFIX + metric


def require_budget(
    jobs: Iterable[JudgeJob], rows: Iterable[Row], calls: Calls, kept: JudgementCache | None = None
) -> tuple[int, int]:
    """What is still to be judged, in about so many tokens in and out.

    Raises WorkbenchError where that is above what the budget has left.
    """
    have = {row["key"] for row in rows if row["value"] is not None}
    open_ = {job.key: job for job in jobs if job.key not in have and job.known is None}
    if kept is not None:
        open_ = {key: job for key, job in open_.items() if kept.find(key) is None}
    given, back = metrics.expected(
        [(job.metric, job.fields) for job in open_.values()], calls.model.count_tokens
    )
    if open_:
        calls.budget.require(
            "Judging would take about", given, back, (calls.input_tokens, calls.output_tokens),
            "Judge a sample or fewer metrics, or raise max_tokens_spent / max_money_spent.",
        )  # fmt: skip
    return given, back


def judge_answers(
    jobs: Sequence[JudgeJob],
    spec: JudgeSpec,
    embedding: str,
    calls: Calls,
    path: Path,
    embed: Embed,
    workers: int,
    progress: Progress = silent,
    kept: JudgementCache | None = None,
    elsewhere: Elsewhere | None = None,
) -> None:
    """Judge what has no judgement yet and append it to ``path``.

    What ``kept`` holds from other runs is taken from there. ``elsewhere`` judges on other machines.
    One judgement's failure is a record without a value. Raises WorkbenchError for a judge that
    stops answering, or whose first replies are all malformed; what was had before is kept.
    """
    name = judge_identity(spec, embedding)
    rows = read(path)
    values = {row["key"]: row for row in rows if row["value"] is not None}
    own = {(r["question"], r["variant"], r["metric"]): r for r in rows if r["judge"] == name}
    ready, todo = [], dict[str, list[JudgeJob]]()
    replies: list[Mapping[str, Any]] = []
    for job in jobs:
        old = own.get((job.question, job.variant, job.metric))
        if old is not None and old["key"] == job.key and old["value"] is not None:
            continue
        if job.known is not None:
            ready.append(job.row(name, job.known, calls=[]))
        elif job.key in values:
            ready.append(job.row(name, values[job.key]["value"], calls=values[job.key]["calls"]))
        elif kept is not None and (matches := kept.find(job.key)) is not None:
            replies += matches.replies
            ready.append(job.row(name, matches.value, calls=matches.calls, from_cache=True))
        else:
            todo.setdefault(job.key, []).append(job)
    calls.adopt(replies)
    jsonl.append(path, ready)
    done = len(jobs) - sum(map(len, todo.values()))
    progress(done, len(jobs), spec.model)

    patience = _Patience(spec, len(todo))
    due = [same[0] for same in todo.values()]
    said = (
        _at_once(due, spec, calls, embed, workers) if elsewhere is None else elsewhere(due, calls)
    )
    with closing(said):
        for judged in said:
            same = todo[judged.key]
            if judged.fault is None:
                if kept is not None:
                    kept.keep(judged.key, judged.value, calls.replies(judged.calls))
                output = [job.row(name, judged.value, calls=judged.calls) for job in same]
            else:
                reason, detail = judged.fault
                output = [job.row(name, None, reason=reason, error=detail) for job in same]
                output = [row for row in output if not _said(own, row)]
            jsonl.append(path, output)
            done += len(same)
            progress(done, len(jobs), same[0].metric)
            patience.note(judged.fault)


@dataclass(frozen=True, slots=True)
class Judged:
    """What came of a job: a value and the keys of its calls, or why there is none, and what was
    said; all of it pickles."""

    key: str
    value: float = 0.0
    calls: list[str] = field(default_factory=list)
    fault: tuple[str, str] | None = None


#: Judges jobs on other machines; what was asked there is put into the calls.
Elsewhere = Callable[[Sequence[JudgeJob], Calls], Generator[Judged, None, None]]


def judge_one(job: JudgeJob, spec: JudgeSpec, calls: Calls, embed: Embed) -> Judged:
    """One judgement."""
    try:
        value, asked = metrics.judgement(calls, job.metric, job.fields, spec.rubric, embed)
    except Unjudged as error:
        return Judged(job.key, fault=(error.reason, error.detail))
    return Judged(job.key, value, asked)


def _at_once(
    jobs: Sequence[JudgeJob], spec: JudgeSpec, calls: Calls, embed: Embed, workers: int
) -> Generator[Judged, None, None]:
    """Judgements by so many threads, as they come."""
    pool = ThreadPoolExecutor(max_workers=workers, thread_name_prefix="judge")
    try:
        futures = [pool.submit(judge_one, job, spec, calls, embed) for job in jobs]
        for future in as_completed(futures):
            yield future.result()
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _said(own: Mapping[tuple[str, str, str], Row], row: Row) -> bool:
    old = own.get((row["question"], row["variant"], row["metric"]))
    return old is not None and (old["key"], old.get("error")) == (row["key"], row["error"])


class _Patience:
    """Gives a judge up that cannot be reached any more, or that never keeps to the form."""

    def __init__(self, spec: JudgeSpec, due: int) -> None:
        self._spec, self._due = spec, due
        self._made = self._failed = self._malformed = 0

    def note(self, fault: tuple[str, str] | None) -> None:
        reason, detail = fault or ("", "")
        self._made += 1
        self._failed = self._failed + 1 if reason == "endpoint" else 0
        self._malformed += reason == "malformed"
        where = f" at {self._spec.endpoint}" if self._spec.endpoint else ""
        if fault is not None and self._failed >= GIVE_UP_FAILED:
            raise WorkbenchError(
                f"The judge {self._spec.model}{where} has stopped answering after "
                f"{self._made - self._failed} of {self._due} judgements: {detail}.",
                "What it judged is kept; the same command goes on from there.",
            )
        if fault is not None and self._malformed == self._made >= GIVE_UP_MALFORMED:
            raise WorkbenchError(
                f"The judge {self._spec.model} does not keep to the form that ragas asks for: its "
                f"first {self._made} judgements cannot be read ({detail}).",
                "Name a stronger chat model as the judge.",
            )
