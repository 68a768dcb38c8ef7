"""From recorded answers to scores, results and reports; nothing here loads a language model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from workbench.decision import fairness
from workbench.engine.estimate import StageEstimate, timed
from workbench.engine.inputs import Inputs
from workbench.experiment import Experiment
from workbench.io.files import read_json
from workbench.records.run import Run
from workbench.stages import (
    data_report,
    forgetting,
    memorised,
    must_refuse,
    planted,
    prompts,
    reports,
    search,
    sensitivity,
    trials,
    twins,
)
from workbench.stages.answers import asked_questions
from workbench.stages.context import RunContext, TrialContext
from workbench.stages.inputs import EmbeddingInput
from workbench.stages.run_results import run_results
from workbench.stages.scoring import cached_embedder, score_again, score_run
from workbench.types import Progress, Question
from workbench.variants.answering import read_answers
from workbench.variants.latency import read_latencies

REPORT_S = 0.5  # comparisons, verdict and reports of an ordinary run


class ScoresInputs(Inputs):
    """The whole experiment, since the report tells all of it, and what it names but does not hold.

    ``exam`` is the lock's hash, ``price_book`` the hash of a price book of the user's.
    """

    experiment: Experiment
    exam: str
    price_book: str | None


class ScoresStage:
    """``scores.parquet``, ``results.json`` and both reports in the run's folder."""

    name, version = "scores", 8

    def run(self, inputs: ScoresInputs, out: Path, context: RunContext) -> dict[str, Any]:
        return score_and_report(Run(out), inputs.experiment, asked_questions(out), context.progress)

    def estimate(self, inputs: ScoresInputs, context: TrialContext) -> StageEstimate:
        """A few answers scored; the report takes about as long in every ordinary run."""
        from workbench.evaluation.metrics import score_answers
        from workbench.evaluation.ragas_scores import plain_scores

        answered = [answer for answer in context.shown if answer.output_tokens]
        if not answered:
            return StageEstimate(self.name, REPORT_S)
        exam, experiment = context.sample, inputs.experiment
        own = context.embedding(EmbeddingInput.of(experiment.retrieval.embedding))
        vectors = cached_embedder(own.source)
        _, loading = timed(lambda: plain_scores(exam, answered[:1], {}))
        _, spent = timed(
            lambda: (
                score_answers(exam, answered, "en", embed=vectors),
                plain_scores(exam, answered, {}, vectors),
            )
        )
        total = context.counts.asked * len(experiment.variants)
        return StageEstimate(self.name, REPORT_S + loading + spent / len(answered) * total)

    def describe(self, summary: Mapping[str, Any]) -> str:
        return str(summary["sentence"])

    def amount(self, experiment: Experiment) -> float:
        return float(experiment.questions.test * len(experiment.variants))


def score_and_report(
    run: Run, experiment: Experiment, questions: Sequence[Question], progress: Progress
) -> dict[str, Any]:
    """Score every answer, build results.json and write both reports."""
    experiment = run.compared(experiment)
    names = [variant.name for variant in experiment.variants]
    reports.open_exam(run, "scored")
    progress(0, 3, "scores")
    answers = [answer for name in names for answer in read_answers(run.files.answers(name))]
    scores = score_run(run, experiment, questions, answers)
    further = [
        score_again(run, experiment, questions, files) for files in run.files.further_trainings()
    ]
    progress(1, 3, "comparisons")
    latencies = [taken for name in names for taken in read_latencies(run.files.latency(name))]
    results = run_results(run, experiment, questions, answers, scores, latencies, further)
    labels = results.names()
    results = results.with_parts(
        forgetting=forgetting.figures(run, experiment, questions, scores, labels),
        sensitivity=sensitivity.figures(run, experiment, questions, scores, labels),
        search=search.figures(run, experiment, questions),
    )
    rows = results.record()["variants"]
    drawn = run.files.curve / "curve.json"
    results = results.with_parts(**_told(
        tuning_search=trials.figures(run, experiment, rows),
        retrieval_search=search.settings(run, experiment, rows),
        prompt_search=prompts.figures(run, experiment, rows),
        principles=must_refuse.figures(run, experiment, questions, scores),
        memorised=memorised.figures(run, experiment),
        planted=planted.figures(run, experiment),
        twins=twins.figures(run, experiment, questions, scores, labels),
        data=data_report.figures(run, experiment, questions),
        curve=read_json(drawn) if drawn.exists() else None,
    ))  # fmt: skip
    # At the end: what mending changed is read off groups and twins.
    results = results.with_parts(**_told(mended=fairness.mended(experiment, results.record())))
    run.write(results)
    progress(2, 3, "report")
    reports.write_reports(run, ["html", "md"])
    progress(3, 3, "")
    return {"scores": len(scores), "sentence": f"{len(scores):,} scores, report written"}


def _told(**parts: Any) -> dict[str, Any]:
    """The parts of the results about which this run has anything to say."""
    return {name: part for name, part in parts.items() if part}
