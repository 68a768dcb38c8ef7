"""A model judges the answers of a run: as a stage of it, or later by ``workbench judge``.

What was asked and judged stands in the run's folder ``judged/``; the scores join the others under
``ragas:<metric>``. A judgement that another run has paid for is taken from the cache. Corpus text
is sent off this machine only where that was allowed.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workbench.costing import price_book
from workbench.errors import WorkbenchError
from workbench.evaluation import judgements
from workbench.evaluation.judge_cache import JudgementCache
from workbench.evaluation.judge_calls import Budget, Calls, money
from workbench.evaluation.judgements import BEHAVIOUR, CALLS, FACTS, NAMES, SCORES, Material
from workbench.evaluation.ragas_scores import PREFIX
from workbench.evaluation.rejoining import joined
from workbench.experiment import Experiment
from workbench.questions.exam import read_questions
from workbench.specs import JudgeSpec, RetrievalSpec
from workbench.stages.conclude import (
    conclude,
    read_scores,
    shown_passages,
    write_reports,
    write_scores,
)
from workbench.store.cache import cache_root
from workbench.store.files import read_json, write_json, write_text
from workbench.store.run import Run
from workbench.types import Answer, Progress, Question, silent
from workbench.variants.answering import read_answers
from workbench.variants.assembly import model_of

IN_FLIGHT = 8


def check(spec: JudgeSpec, text_may_leave: bool) -> None:
    """Say before anything is computed what would keep the judge from judging.

    Raises WorkbenchError where text would leave the machine without leave, for an endpoint that
    cannot be reached or refuses its key, and for the embedded reader, which cannot judge.
    """
    from workbench.models import leaves_machine, load
    from workbench.store.weights import prompt_format

    reference = spec.reference()
    if leaves_machine(reference) and not text_may_leave:
        raise WorkbenchError(
            f"The judge {spec.model} answers at {spec.endpoint}, so text of the corpus would "
            "leave this machine.",
            "If it may, set text_may_leave_this_machine=True in the experiment.",
        )
    if spec.endpoint is not None:
        load(reference)
    elif prompt_format(reference) != "chat":
        raise WorkbenchError(
            f"{spec.model} cannot judge: it is no chat model and follows no instructions.",
            "Name a chat model of the hub or a folder, or an endpoint.",
        )


def judge(
    run: Run,
    spec: JudgeSpec,
    experiment: Experiment | None,
    *,
    text_may_leave: bool,
    progress: Progress = silent,
) -> dict[str, Any]:
    """Judge the recorded answers of a run; returns the stage's summary.

    ``experiment`` is the run's, None for a run of imported answers. Raises WorkbenchError where
    the judge may not or cannot be asked, or where the budget does not cover what is to be judged.
    """
    from workbench.models import load
    from workbench.retrieval.embeddings import embed

    check(spec, text_may_leave)
    book = price_book(experiment.price_book if experiment else None)
    prices = book.per_million(spec.model)
    if spec.max_money_spent is not None and prices is None:
        raise WorkbenchError(
            f"max_money_spent is set, but the price book has no price for {spec.model}.",
            "Put its price into the price book under endpoints, or limit max_tokens_spent.",
        )
    material = material_of(run, experiment)
    embedding = (experiment.retrieval if experiment else RetrievalSpec()).embedding
    seed = experiment.seed if experiment else 0
    jobs = judgements.plan(material, spec, embedding, seed)
    if not jobs:
        raise WorkbenchError(
            f"None of the answers of {run.id} can be judged by {', '.join(spec.wanted)}.",
            "Correctness needs reference answers, and faithfulness and context metrics passages.",
        )
    model = load(spec.reference())
    calls = Calls(
        run.path / CALLS,
        model,
        Budget(spec.max_tokens_spent, spec.max_money_spent, prices),
        spec.reply_tokens,
    )
    scores, alone = run.path / SCORES, Lock()

    def one_at_a_time(texts: list[str]) -> NDArray[np.float32]:
        # The embedding is loaded at its first use, which several threads must not do at once.
        with alone:
            return embed(texts, embedding)

    kept = JudgementCache(cache_root())
    judgements.require_budget(jobs, judgements.read(scores), calls, kept)
    judgements.judge(
        jobs, spec, embedding, calls, scores, one_at_a_time,
        IN_FLIGHT if spec.endpoint else 1, progress, kept,
    )  # fmt: skip
    facts = _facts(run, spec, embedding, calls, _own(spec, experiment, material))
    facts["currency"] = book.currency
    if prices is not None:
        facts["cost"] = money(calls.input_tokens, calls.output_tokens, prices)
    write_json(run.path / FACTS, facts)
    missing = f", {facts['failed']:,} missing" if facts["failed"] else ""
    sentence = f"{facts['judged']:,} judgements by {spec.model}{missing}"
    return {"judge": facts["id"], "metrics": facts["metrics"], "sentence": sentence}


def judge_finished(
    run: Run,
    spec: JudgeSpec,
    *,
    text_may_leave: bool | None = None,
    progress: Progress = silent,
    experiment: Experiment | None = None,
) -> dict[str, Any]:
    """Judge a finished run and put the scores into its results and reports.

    ``text_may_leave`` None: as the run's experiment says. ``experiment`` is recorded as the run's
    new specification where given.
    """
    with run.alone():
        run.results()
        known = experiment or specified(run)
        if text_may_leave is None:
            text_may_leave = known is not None and known.text_may_leave_this_machine
        started = time.time()
        summary = judge(run, spec, known, text_may_leave=text_may_leave, progress=progress)
        if experiment is not None:
            write_text(run.path / "specification.yaml", experiment.to_yaml())
        run.note_stage("judge", {
            "artifact": None, "started": started, "finished": time.time(),
            "seconds": time.time() - started, "summary": summary,
        })  # fmt: skip
        _join(run, known)
    return summary


def is_judged(run: Run, experiment: Experiment) -> bool:
    """Whether the judge that an experiment names has given all that it is asked for."""
    spec = experiment.judge
    if spec is None:
        return True
    if not (run.path / FACTS).exists():
        return False
    facts = read_json(run.path / FACTS)
    same = facts["id"] == judgements.identity(spec, experiment.retrieval.embedding)
    wanted = {PREFIX + name for name in spec.wanted}
    had = facts["sample"]
    more = had is not None and (spec.sample is None or spec.sample > had)
    return same and wanted <= set(facts["metrics"]) and not more


def specified(run: Run) -> Experiment | None:
    """The experiment of a run; None for one of imported answers."""
    path = run.path / "specification.yaml"
    if not path.exists():
        return None
    return Experiment.from_yaml(path.read_text(encoding="utf-8"), "specification.yaml")


def material_of(run: Run, experiment: Experiment | None) -> Material:
    """Questions, answers and shown passages of a run, in the experiment's order of variants."""
    questions = {question.id: question for question in _questions(run)}
    order = [variant.name for variant in experiment.variants] if experiment else []
    matches = sorted(path.stem for path in (run.path / "answers").glob("*.jsonl"))
    names = [name for name in order if name in matches] + [n for n in matches if n not in order]
    answers: list[Answer] = [
        answer
        for name in names
        for answer in read_answers(run.path / "answers" / f"{name}.jsonl")
        if answer.question in questions
    ]
    if not answers:
        raise WorkbenchError(
            f"Run {run.id} has no answers to judge.", "Finish the run first: workbench run …"
        )
    return Material(questions, answers, shown_passages(run, answers))


def _questions(run: Run) -> list[Question]:
    folder = run.path / "questions"
    return [*read_questions(folder / "exam.jsonl"), *read_questions(folder / "gold.jsonl")]


def _own(spec: JudgeSpec, experiment: Experiment | None, material: Material) -> list[str]:
    """The variants that the judge's own model answered for."""
    if experiment is None:
        return []
    there = {answer.variant for answer in material.answers}
    return [
        variant.name
        for variant in experiment.variants
        if variant.name in there and model_of(experiment, variant).name == spec.model
    ]


def _facts(
    run: Run, spec: JudgeSpec, embedding: str, calls: Calls, own: Sequence[str]
) -> dict[str, Any]:
    """What ``judged/judge.json`` holds; metrics of earlier commands with this judge are kept."""
    name = judgements.identity(spec, embedding)
    metrics, sample = list(spec.wanted), spec.sample
    if (run.path / FACTS).exists():
        before = read_json(run.path / FACTS)
        if before["id"] == name:
            earlier = [metric.removeprefix(PREFIX) for metric in before["metrics"]]
            metrics = list(dict.fromkeys([*earlier, *metrics]))
            had = before["sample"]
            sample = None if had is None or sample is None else max(had, sample)
    rows = [row for row in judgements.read(run.path / SCORES)
            if row["judge"] == name and row["metric"] in (*metrics, BEHAVIOUR)]  # fmt: skip
    failed = [row for row in rows if row["value"] is None]
    return {
        "id": name,
        "model": spec.model,
        "endpoint": spec.endpoint,
        "metrics": [PREFIX + metric for metric in metrics],
        "rubric": spec.model_dump(mode="json")["rubric"],
        "sample": sample,
        "due": len(rows),
        "judged": len(rows) - len(failed),
        "failed": len(failed),
        "reused": sum(bool(row.get("from_cache")) for row in rows),
        "reasons": dict(Counter(row["reason"] for row in failed)),
        "calls": calls.count,
        "input_tokens": calls.input_tokens,
        "output_tokens": calls.output_tokens,
        "cost": None,
        "own": list(own),
    }


def _join(run: Run, experiment: Experiment | None) -> None:
    """Put the judged scores among a finished run's others; everything else stays as it is."""
    results = run.results()
    if results["metric"] in NAMES and experiment is not None:
        conclude(run, experiment, _questions(run), silent)
        return
    facts, scores = judgements.recorded(run.path)
    assert facts is not None
    judged = {(score.question, score.metric) for score in scores if score.metric == BEHAVIOUR}
    others = [
        score
        for score in read_scores(run.path)
        if score.metric not in NAMES and (score.question, score.metric) not in judged
    ]
    write_scores(run.path / "scores.parquet", [*others, *scores])
    if judged:
        scores += [score for score in others if score.metric == BEHAVIOUR]
    write_json(run.path / "results.json", joined(results, _questions(run), scores))
    write_reports(run, ["html", "md"])


__all__ = [
    *("IN_FLIGHT", "check", "is_judged", "joined", "judge", "judge_finished", "material_of"),
    "specified",
]
