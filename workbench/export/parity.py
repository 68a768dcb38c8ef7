"""The exported system sits the exam again: is it still what was examined?

Its answers are held against the recorded ones of the variant, paired by question. They lie in the
run's folder under ``parity/`` and are no part of the comparison.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from workbench import wording
from workbench.errors import WorkbenchError
from workbench.experiment.weights import fingerprint
from workbench.export.asked_elsewhere import AskedElsewhere
from workbench.export.causes import Cause, causes
from workbench.export.chosen import Chosen
from workbench.io.files import read_json, write_json
from workbench.records.run import Run
from workbench.types import Answer, LanguageModel, ModelReference, Progress, Question, silent

EXPORTED = "exported"
WORST = 10


@dataclass(frozen=True, slots=True)
class Change:
    """One question whose answer changed, with both answers and their scores."""

    question: str
    text: str
    references: tuple[str, ...]
    examined: str
    exported: str
    score_examined: float | None
    score_exported: float | None


@dataclass(frozen=True, slots=True)
class Parity:
    """The outcome. ``verdict`` is same (word for word), equivalent, different or undecided.

    ``difference`` is exported minus examined on ``metric`` (0 to 1) with its interval at ``level``;
    ``changed`` of ``n`` answers are other words.
    """

    run: str
    variant: str
    target: Mapping[str, Any]
    metric: str
    margin: float
    level: float
    n: int
    changed: int
    failed: int
    examined: float | None
    exported: float | None
    difference: float | None
    low: float | None
    high: float | None
    method: str
    verdict: str
    worst: tuple[Change, ...]
    causes: tuple[Cause, ...]

    @property
    def sentence(self) -> str:
        """The outcome in words."""
        return wording.say(
            f"parity_{self.verdict}",
            n=self.n, changed=self.changed,
            metric=wording.metric_label(self.metric),
            difference=wording.difference(self.difference),
            interval=wording.interval(self.low, self.high, signed=True),
            margin=wording.whole_points(self.margin),
        )  # fmt: skip

    def record(self) -> dict[str, Any]:
        """The outcome as JSON values."""
        return {**asdict(self), "sentence": self.sentence}


def sit_again(
    run: Run,
    variant: str,
    target: ModelReference,
    name: str = "",
    progress: Progress = silent,
    text_may_leave: bool = False,
) -> Parity:
    """Have the model of ``target`` answer the exam as the variant was asked it, and compare.

    ``name`` is the folder's, below ``parity/``. Stopped at any moment, the same call goes on; once
    it is finished, the same call begins anew, since behind an address there may be another model by
    then. Raises WorkbenchError where the folder holds the answers of another system, or text would
    leave this machine that may not.
    """
    from workbench.models import leaves_machine, load
    from workbench.stages.answers import asked_questions
    from workbench.stages.reports import open_exam
    from workbench.variants.answering import answer_questions, read_answers

    chosen = Chosen(run, variant)
    allowed = text_may_leave or chosen.experiment.text_may_leave_this_machine
    if leaves_machine(target) and not allowed:
        raise WorkbenchError(
            f"The system answers at {target.endpoint}, so the questions, with text of the corpus, "
            "would leave this machine.",
            "If it may, say so: --text-may-leave-this-machine.",
        )
    folder = run.files.parity(_plain(name) or _named(variant, target))
    facts = {
        "variant": variant, "name": target.name, "endpoint": target.endpoint,
        "precision": target.precision, "adapter": target.adapter,
        "weights": fingerprint(target),
    }  # fmt: skip
    _claim(folder, facts)
    open_exam(run, f"sat again by {target.name}")
    questions = asked_questions(run.path)
    system = chosen.served.system(variant)
    model = load(target)
    asked: LanguageModel = AskedElsewhere(system.model, model)
    answer_questions(
        replace(system, model=asked), questions, folder / "answers.jsonl", progress
    )  # fmt: skip
    fresh = read_answers(folder / "answers.jsonl")
    before = read_answers(run.files.answers(variant))
    # Nothing is to be explained where nothing changed, and a probe is a request.
    changed = any(one.text != other.text for _, one, other in _pairs(questions, before, fresh))
    plain = chosen.untuned
    untuned = read_answers(run.files.answers(plain)) if plain is not None else []
    found = causes(system, model, questions, before, fresh, untuned) if changed else []
    parity = compare(chosen, facts, questions, fresh, found)
    write_json(folder / "parity.json", parity.record())
    return parity


def compare(
    chosen: Chosen,
    target: Mapping[str, Any],
    questions: Sequence[Question],
    fresh: Sequence[Answer],
    found: Sequence[Cause],
) -> Parity:
    """Both sets of answers by the decisive metric, over the written questions and their mix."""
    from workbench.evaluation import statistics
    from workbench.evaluation.pooling import parted
    from workbench.evaluation.table import tables
    from workbench.stages.scoring import scored
    from workbench.variants.answering import read_answers

    run, results = chosen.run, chosen.run.results()
    before = read_answers(run.files.answers(chosen.name))
    after = [replace(answer, variant=EXPORTED) for answer in fresh]
    scores = scored(run, chosen.experiment, questions, [*before, *after])
    names = (EXPORTED, chosen.name)
    written = parted(questions)[0] or list(questions)
    grids = tables(written, scores, names, results.kind_mix)
    metric = results.metric if results.metric in grids else "f1"
    grid = grids[metric].applicable()
    values = [grid.column(name) for name in names]
    design, level, seed = grid.design(results.mix), results.level, chosen.experiment.seed
    found_gap = statistics.compare(
        values[0], values[1], design, metric=metric, names=names, level=level, seed=seed
    )
    sampling = statistics.contrast(values, (1, -1), design, seed=seed)
    pairs = _pairs(written, before, after)
    changed = [pair for pair in pairs if pair[1].text != pair[2].text]
    equal = sampling is not None and statistics.equivalent(sampling, results.margin, level)
    means = [statistics.estimate(column, design, level=level, seed=seed).value for column in values]
    return Parity(
        run.id, chosen.name, dict(target), metric, results.margin, level, len(pairs), len(changed),
        sum(answer.status == "failed" for _, _, answer in pairs), means[1], means[0],
        found_gap.difference, found_gap.low, found_gap.high, found_gap.method,
        _verdict(bool(changed), equal, found_gap.low, found_gap.high),
        _worst(changed, {(s.question, s.variant): s.value for s in scores if s.metric == metric}),
        tuple(found),
    )  # fmt: skip


def _verdict(changed: bool, equal: bool, low: float | None, high: float | None) -> str:
    if not changed:
        return "same"
    if equal:
        return "equivalent"
    clear = low is not None and high is not None and (low > 0 or high < 0)
    return "different" if clear else "undecided"


def _pairs(
    questions: Sequence[Question], before: Sequence[Answer], after: Sequence[Answer]
) -> list[tuple[Question, Answer, Answer]]:
    first = {answer.question: answer for answer in before}
    second = {answer.question: answer for answer in after}
    return [
        (question, first[question.id], second[question.id])
        for question in questions
        if question.id in first and question.id in second
    ]


def _worst(
    changed: Sequence[tuple[Question, Answer, Answer]],
    values: Mapping[tuple[str, str], float | None],
) -> tuple[Change, ...]:
    """The changes that cost most; of those that cost alike, in the exam's order."""
    listed = [
        Change(
            question.id, question.text, question.answers, one.text, other.text,
            values.get((question.id, one.variant)), values.get((question.id, EXPORTED)),
        )
        for question, one, other in changed
    ]  # fmt: skip
    return tuple(sorted(listed, key=lambda c: (c.score_exported or 0) - (c.score_examined or 0)))[
        :WORST
    ]


def _named(variant: str, target: ModelReference) -> str:
    where = target.endpoint or "path"
    text = re.sub(r"^https?://", "", where) + "-" + Path(target.name).name
    return _plain(f"{variant}-{text}")


def _plain(name: str) -> str:
    """As the name of one folder, whatever stands in it."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", name).strip("-.")[:100]


def _claim(folder: Path, facts: Mapping[str, Any]) -> None:
    """Note whose answers the folder holds; WorkbenchError where they are another system's."""
    path = folder / "target.json"
    if path.exists() and read_json(path) != dict(facts):
        raise WorkbenchError(
            f"{folder} holds the answers of another system ({read_json(path)}).",
            "Give these another --name.",
        )
    if (folder / "parity.json").exists():
        # A sitting that is over: what is kept of it makes way for the new one.
        for name in ("parity.json", "answers.jsonl"):
            (folder / name).unlink(missing_ok=True)
    write_json(path, dict(facts))
