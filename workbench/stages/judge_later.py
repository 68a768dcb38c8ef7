"""A finished run judged later: by ``workbench judge``, or for a judge that was named since."""

from __future__ import annotations

import time
from typing import Any

from workbench.engine.cache import cache_root
from workbench.engine.estimate import StageEstimate
from workbench.evaluation import judge_run
from workbench.evaluation import judged_metrics as metrics
from workbench.evaluation.failures import count_failures
from workbench.evaluation.judge_cache import JudgementCache
from workbench.evaluation.judge_run import BEHAVIOUR, FACTS, NAMES, SCORES
from workbench.evaluation.merge_judged import merge_judged_scores
from workbench.evaluation.ragas_scores import PREFIX
from workbench.experiment import Experiment
from workbench.experiment.judge import JudgeSpec
from workbench.io.files import read_json, write_text
from workbench.records.results import Results
from workbench.records.run import Run
from workbench.stages.answers import asked_questions
from workbench.stages.judge import estimated, job_fields, judge_recorded, paced
from workbench.stages.judge_records import material_of
from workbench.stages.reports import write_reports
from workbench.stages.score_table import read_scores, write_scores
from workbench.stages.scores import score_and_report
from workbench.types import Progress, silent
from workbench.variants.answering import read_answers


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
    with run.lock():
        run.results()
        known = experiment or run.experiment()
        if text_may_leave is None:
            text_may_leave = known is not None and known.text_may_leave_this_machine
        started, began = time.time(), time.monotonic()
        summary = judge_recorded(run, spec, known, text_may_leave=text_may_leave, progress=progress)
        if experiment is not None:
            write_text(run.files.specification, experiment.to_yaml())
        run.note_stage("judge", {
            "artifact": None, "started": started, "finished": time.time(),
            "seconds": time.monotonic() - began, "summary": summary,
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
    same = facts["id"] == judge_run.judge_identity(spec, experiment.retrieval.embedding_key)
    wanted = {PREFIX + name for name in spec.wanted}
    had = facts["sample"]
    more = had is not None and (spec.sample is None or spec.sample > had)
    return same and wanted <= set(facts["metrics"]) and not more


def estimate_later(run: Run, experiment: Experiment) -> StageEstimate | None:
    """The stage for a run that is finished but for its judge; None where nothing is left."""
    from workbench.models.endpoint import EndpointModel

    spec = experiment.judge
    if spec is None or is_judged(run, experiment):
        return None
    material = material_of(run, experiment)
    plan = judge_run.plan(material, spec, experiment.retrieval.embedding_key, experiment.seed)
    kept = JudgementCache(cache_root())
    have = {row["key"] for row in judge_run.read(run.path / SCORES) if row["value"] is not None}
    left = {job.key: job for job in plan if job.known is None and job.key not in have}
    jobs = [job for job in left.values() if kept.find(job.key) is None]
    count = EndpointModel(spec.reference()).count_tokens if spec.endpoint else _quarter
    read, wrote = metrics.expected(job_fields(jobs), count)
    return estimated(spec, paced(spec, metrics.call_count(job_fields(jobs))), read, wrote)


def _quarter(text: str) -> int:
    """Tokens of a text for a model that is not loaded for it."""
    return len(text) // 4


def _join(run: Run, experiment: Experiment | None) -> None:
    """Put the judged scores among a finished run's others; everything else stays as it is."""
    results = run.results()
    if results.metric in NAMES and experiment is not None:
        score_and_report(run, experiment, asked_questions(run.path), silent)
        return
    facts, recorded = judge_run.recorded(run.path)
    assert facts is not None
    paths = [run.files.answers(name) for name in results.names()]
    answers = [answer for path in paths if path.exists() for answer in read_answers(path)]
    scores = count_failures(recorded, answers)
    judged = {(score.question, score.metric) for score in scores if score.metric == BEHAVIOUR}
    others = [
        score
        for score in read_scores(run.path)
        if score.metric not in NAMES and (score.question, score.metric) not in judged
    ]
    write_scores(run.files.scores, [*others, *scores])
    if judged:
        scores += [score for score in others if score.metric == BEHAVIOUR]
    merged = merge_judged_scores(results.record(), asked_questions(run.path), scores)
    run.write(Results.model_validate(merged))
    write_reports(run, ["html", "md"])
