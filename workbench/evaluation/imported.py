"""Answers and labels of systems that ran elsewhere: a file in, our own values out.

The columns are those of :mod:`.imported_rows`. Only ``question_id`` (or ``question``) and
``variant`` must be there, and a score or an answer. What was skipped or could not be parsed is
missing, not wrong; a refusal is an answer, and what failed counts as zero, as it does for our own
variants.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from workbench.errors import WorkbenchError
from workbench.evaluation.imported_rows import EMPTY, NO, OF_QUESTION, YES, read_rows
from workbench.evaluation.long_texts import LONG, LongAnswer, LongTexts
from workbench.presets import PRESETS
from workbench.questions.dataset.cells import answers as read_references
from workbench.questions.dataset.cells import parsed
from workbench.refusals import refuses
from workbench.types import KINDS, STRATA, Answer, Latency, Question, Score
from workbench.variants.foreign.said import passages_of

STATUSES = ("answered", "refused", "failed", "skipped")
#: The metrics by which answers can be scored here, by the word for each.
OWN_METRICS = {"f1": "f1", "exact": "em", "containment": "containment"}
#: What no file can be called.
_UNNAMEABLE = re.compile(r'[/\\:*?"<>|\x00-\x1f]')


@dataclass(frozen=True, slots=True)
class ImportedAnswers:
    """What a file of imported answers held. ``costs`` are amounts per question, by variant.

    ``labels`` are the names of the variants as the file has them, where no file can be called so;
    ``ceilings`` the variants that bound the others.
    """

    questions: tuple[Question, ...]
    variants: tuple[str, ...]
    metrics: tuple[str, ...]
    answers: tuple[Answer, ...]
    scores: tuple[Score, ...]
    latencies: tuple[Latency, ...]
    costs: Mapping[str, tuple[float, ...]]
    notes: tuple[str, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    ceilings: tuple[str, ...] = ()

    @property
    def can_be_scored(self) -> bool:
        """Whether some question has a reference, or is known to have no answer."""
        return any(q.answers or q.kind == "unanswerable" for q in self.questions)


def read_imported(path: Path, known: Iterable[Question] | None = None) -> ImportedAnswers:
    """Read and check a file; with ``known`` (a run's exam) every id must be one of its questions.

    Raises WorkbenchError naming file, line and value for what cannot be understood.
    """
    rows = read_rows(path)
    exam = None if known is None else {question.id: question for question in known}
    questions: dict[str, Question] = {}
    answers: dict[tuple[str, str], Answer] = {}
    scores: dict[tuple[str, str, str], Score] = {}
    latencies: dict[tuple[str, str], Latency] = {}
    costs: dict[str, list[float]] = {}
    unread: dict[str, int] = {}
    labels: dict[str, str] = {}
    bounds: dict[str, None] = {}
    names: dict[str, str] = {}
    long = LongTexts()
    told: dict[str, tuple[Any, ...]] = {}
    for line, row in rows:
        where = f"{path}, line {line}"
        name, called = _text(row, "question_id"), _text(row, "variant")
        if not name or not called:
            missing = "variant" if name else "question_id"
            raise WorkbenchError(f"{where}: {missing} is empty.", "Every row needs both.")
        if called not in names:
            names[called] = _named(called, labels, where)
        variant = names[called]
        preset = PRESETS.get(variant)
        said = _text(row, "ceiling").casefold()
        # Whoever calls a system so means what is handed the evidence.
        if said in YES or (said not in NO and preset is not None and preset.context == "evidence"):
            bounds[variant] = None
        # Each system's row says the same of the question: it is looked at once.
        said_of_it = tuple(row.get(column) for column in OF_QUESTION)
        if told.get(name) != said_of_it:
            questions[name] = _question(name, row, exam, questions, where)
            told[name] = said_of_it
        name = questions[name].id
        status = _text(row, "status") or "answered"
        if status not in STATUSES:
            raise WorkbenchError(
                f"{where}: unknown status {status!r}.", f"It is one of {', '.join(STATUSES)}."
            )
        metric = _text(row, "metric") or "correct"
        key = (name, variant)
        text = _text(row, "answer")
        if key not in answers:
            total, tokens = _number(row, "latency_s", where), _number(row, "output_tokens", where)
            given: Any = long.put(text) if len(text) > LONG else text
            answers[key] = (Answer if given is text else LongAnswer)(
                name, variant, given, int(_number(row, "input_tokens", where) or 0),
                int(tokens or 0), total or 0.0, passages=_passages(row),
                status=status, finish="error" if status in ("failed", "skipped") else "stop",
            )  # fmt: skip
            if total is not None:
                latencies[key] = Latency(*key, math.nan, math.nan, None, total, int(tokens or 0))
            amount = _number(row, "cost", where)
            if amount is not None:
                costs.setdefault(variant, []).append(amount)
        unscored = _text(row, "score").casefold() in EMPTY
        if "score" not in row or (unscored and (text or status != "answered")):
            continue
        if (*key, metric) in scores:
            raise WorkbenchError(
                f"{where}: {variant!r} has a second {metric!r} for question {name!r}.",
                "Keep one row for each question, variant and metric.",
            )
        value = _score(row, unread, metric)
        if status in ("failed", "skipped"):
            value = 0.0 if status == "failed" else None
        scores[*key, metric] = Score(name, variant, metric, value)
    result = _scaled(scores.values(), path)
    variants = tuple(dict.fromkeys(variant for _, variant in answers))
    notes = [f"{count} values of {metric} could not be read and count as missing."
             for metric, count in unread.items()]  # fmt: skip
    return ImportedAnswers(
        tuple(questions.values()), variants, tuple(dict.fromkeys(item.metric for item in result)),
        tuple(answers.values()), _with_missing(result, answers), tuple(latencies.values()),
        {variant: tuple(amounts) for variant, amounts in costs.items()}, tuple(notes),
        {name: called for name, called in labels.items() if name != called}, tuple(bounds),
    )  # fmt: skip


def _named(called: str, labels: dict[str, str], where: str) -> str:
    """The name of a variant by which its files can be called; ``labels`` remembers whose it is."""
    name = _UNNAMEABLE.sub("_", called).lstrip(".") or "_"
    if labels.setdefault(name, called) != called:
        raise WorkbenchError(
            f"{where}: {called!r} and {labels[name]!r} would have the same files ({name}).",
            "Give one of them a name that differs by more than its marks.",
        )
    return name


def scored(imported: ImportedAnswers, language: str = "en") -> ImportedAnswers:
    """The same with our own metrics on every answer to a question that has a reference."""
    from workbench.evaluation.failures import count_failures
    from workbench.evaluation.metrics import score_answers

    known = [q for q in imported.questions if q.answers or q.kind == "unanswerable"]
    ids = {question.id for question in known}
    asked = [answer for answer in imported.answers
             if answer.question in ids and answer.status != "skipped"]  # fmt: skip
    have = {(item.question, item.variant, item.metric) for item in imported.scores}
    own = [
        score
        for score in count_failures(
            score_answers(known, asked, language, only=frozenset(OWN_METRICS.values())), asked
        )
        if not have or (score.question, score.variant, score.metric) not in have
    ]  # fmt: skip
    metrics = dict.fromkeys((*imported.metrics, *(score.metric for score in own)))
    return replace(imported, scores=(*imported.scores, *own), metrics=tuple(metrics))


def with_ceilings(imported: ImportedAnswers, names: Iterable[str], path: Path) -> ImportedAnswers:
    """The same with these variants, as the file names them, as bounds on the others."""
    called = {imported.labels.get(name, name): name for name in imported.variants}
    bounds = dict.fromkeys(imported.ceilings)
    for name in names:
        if name not in called:
            raise WorkbenchError(
                f"{path} has no system {name!r} to be a ceiling.",
                f"It has {', '.join(called)}.",
            )
        bounds[called[name]] = None
    return replace(imported, ceilings=tuple(bounds))


def _text(row: Mapping[str, Any], key: str) -> str:
    value = row.get(key)
    return "" if value is None else str(value).strip()


def _number(row: Mapping[str, Any], key: str, where: str) -> float | None:
    given = row.get(key)
    if given is None or (type(given) is float and 0 <= given < math.inf):
        return given
    text = _text(row, key)
    if text.casefold() in EMPTY:
        return None
    try:
        value = float(text)
    except ValueError as error:
        raise WorkbenchError(f"{where}: {key} is {text!r}, not a number.", "Mend it.") from error
    if value < 0 or not math.isfinite(value):
        raise WorkbenchError(f"{where}: {key} is {text}, below zero or endless.", "Mend it.")
    return value


def _score(row: Mapping[str, Any], unread: dict[str, int], metric: str) -> float | None:
    raw = row.get("score")
    if isinstance(raw, bool):
        return float(raw)
    text = _text(row, "score").casefold()
    if text in YES or text in NO:
        return float(text in YES)
    try:
        value = float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
    except ValueError:
        value = math.nan
    if math.isfinite(value):
        return value
    if text not in EMPTY:
        unread[metric] = unread.get(metric, 0) + 1
    return None


def _scaled(scores: Iterable[Score], path: Path) -> list[Score]:
    """Refuse scores beyond 0 to 1: a guess at the scale would turn into a wrong verdict."""
    listed = list(scores)
    for score in listed:
        if score.value is not None and not 0 <= score.value <= 1:
            raise WorkbenchError(
                f"{path}: {score.metric!r} of {score.variant!r} on question {score.question!r} is "
                f"{score.value:g}; scores run from 0 to 1.",
                "Divide them by their maximum, and keep one scale for all variants.",
            )
    return listed


def _with_missing(
    scores: list[Score], answers: Mapping[tuple[str, str], Answer]
) -> tuple[Score, ...]:
    """Add a score for every answer that failed (0) or was skipped (None), under each metric."""
    metrics = dict.fromkeys(score.metric for score in scores)
    have = {(score.question, score.variant, score.metric) for score in scores}
    extra = [
        Score(question, variant, metric, 0.0 if answer.status == "failed" else None)
        for (question, variant), answer in answers.items()
        if answer.status in ("failed", "skipped")
        for metric in metrics
        if (question, variant, metric) not in have
    ]
    return (*scores, *extra)


def _question(
    name: str,
    row: Mapping[str, Any],
    exam: Mapping[str, Question] | None,
    questions: Mapping[str, Question],
    where: str,
) -> Question:
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


#: The columns of a question's values that are called otherwise.
_SHOWN = {"answers": "reference", "tags": "slice"}


def _told(row: Mapping[str, Any], where: str) -> dict[str, Any]:
    """What a row says of its question; a word for the kind that we do not know is kept as a tag."""
    try:
        references, _ = read_references(row.get("reference"))
    except ValueError as error:
        raise WorkbenchError(f"{where}: the reference: {error}.", "Write it as text.") from error
    kind, stratum, slice_ = (_text(row, name) for name in ("kind", "stratum", "slice"))
    if stratum and stratum not in STRATA:
        raise WorkbenchError(
            f"{where}: unknown stratum {stratum!r}.", f"It is one of {', '.join(STRATA)}."
        )
    tags = {"slice": slice_} if slice_ else {}
    if kind and kind not in KINDS:
        tags["kind"] = kind
    unanswerable = len(references) == 1 and refuses(references[0])
    values: dict[str, Any] = {
        "text": _text(row, "question"),
        "answers": () if unanswerable else references,
        "kind": "unanswerable" if unanswerable else kind if kind in KINDS else "",
        "stratum": stratum or None,
        "tags": tags,
    }
    return {"cluster": _text(row, "cluster") or None, **{k: v for k, v in values.items() if v}}


def _passages(row: Mapping[str, Any]) -> tuple[str, ...]:
    """Ids parted by spaces, or a list of ids or texts."""
    value = row.get("passages")
    if value is None:
        return ()
    if isinstance(value, str) and value.lstrip().startswith("["):
        try:
            value = parsed(value.strip())
        except ValueError:
            return (value.strip(),)
    return passages_of(value) if isinstance(value, list) else tuple(_text(row, "passages").split())
