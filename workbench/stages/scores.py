"""From recorded answers to scores, results and reports; nothing here loads a language model."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

from workbench import wording
from workbench.corpus.finding import is_elsewhere
from workbench.decision import fairness
from workbench.engine.estimate import StageEstimate, timed
from workbench.engine.inputs import Inputs
from workbench.engine.machine import peak_memory
from workbench.evaluation import people
from workbench.evaluation.compressed import compressed
from workbench.evaluation.constant import TELLING, constant_answer
from workbench.evaluation.group_tags import group_tags
from workbench.experiment import Experiment
from workbench.experiment.variant import variants_of
from workbench.io import jsonl
from workbench.io.files import read_json
from workbench.records import ratings
from workbench.records.layout import RunLayout
from workbench.records.results import Results
from workbench.records.run import Run
from workbench.records.shown import shown_passages
from workbench.records.variants import Threshold
from workbench.stages import (
    data_report,
    editions,
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
from workbench.stages.latency import BUSY
from workbench.stages.score_table import read_scores as read_scores
from workbench.stages.score_table import write_scores as write_scores
from workbench.text import length
from workbench.types import Answer, Latency, Progress, Question, Score
from workbench.variants.answering import read_answers
from workbench.variants.assembly import model_of
from workbench.variants.latency import read_latencies

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from workbench.experiment.retrieval import Embedding

REPORT_S = 0.5  # comparisons, verdict and reports of an ordinary run
#: Words below which a typical reference is none of that form.
FULL_ANSWER = {"sentence": 6, "long": 20}
ENOUGH = 0.8  # share of the wanted exam questions below which the report says so


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
    scores = _score(run, experiment, questions, answers)
    further = [
        _score_again(run, experiment, questions, files) for files in run.files.further_trainings()
    ]
    progress(1, 3, "comparisons")
    latencies = [taken for name in names for taken in read_latencies(run.files.latency(name))]
    results = _results(run, experiment, questions, answers, scores, latencies, further)
    labels = results.names()
    results = results.with_parts(
        forgetting=forgetting.figures(run, experiment, questions, scores, labels),
        sensitivity=sensitivity.figures(run, experiment, questions, scores, labels),
        search=search.figures(run, experiment, questions),
    )
    searched = trials.figures(run, experiment, results.record()["variants"])
    if searched:
        results = results.with_parts(tuning_search=searched)
    found = search.settings(run, experiment, results.record()["variants"])
    if found is not None:
        results = results.with_parts(retrieval_search=found)
    asked = prompts.figures(run, experiment, results.record()["variants"])
    if asked:
        results = results.with_parts(prompt_search=asked)
    principles = must_refuse.figures(run, experiment, questions, scores)
    if principles is not None:
        results = results.with_parts(principles=principles)
    recited = memorised.figures(run, experiment)
    if recited:
        results = results.with_parts(memorised=recited)
    obeyed = planted.figures(run, experiment)
    if obeyed is not None:
        results = results.with_parts(planted=obeyed)
    about_others = twins.figures(run, experiment, questions, scores, labels)
    if about_others is not None:
        results = results.with_parts(twins=about_others)
    beside = fairness.mended(experiment, results.record())
    if beside:
        results = results.with_parts(mended=beside)
    report = data_report.figures(run, experiment, questions)
    if report is not None:
        results = results.with_parts(data=report)
    drawn = run.files.curve / "curve.json"
    if drawn.exists():
        results = results.with_parts(curve=read_json(drawn))
    run.write(results)
    progress(2, 3, "report")
    reports.write_reports(run, ["html", "md"])
    progress(3, 3, "")
    return {"scores": len(scores), "sentence": f"{len(scores):,} scores, report written"}


def _score(
    run: Run, experiment: Experiment, questions: Sequence[Question], answers: Sequence[Answer]
) -> list[Score]:
    """Every metric on every answer, written as a table."""
    from workbench.evaluation.judge_run import recorded

    given = [*recorded(run.path)[1], *people.scores(ratings.labels(run.path))]
    scores = scored(run, experiment, questions, answers, given)
    write_scores(run.files.scores, scores)
    return scores


def _score_again(
    run: Run, experiment: Experiment, questions: Sequence[Question], files: RunLayout
) -> list[Score]:
    """The same of a further training."""
    names = [variant.name for variant in experiment.variants]
    answers = [answer for name in names for answer in read_answers(files.answers(name))]
    scores = scored(run, experiment, questions, answers)
    write_scores(files.scores, scores)
    return scores


def read_further(folder: Path) -> list[list[Score]]:
    """The scores of each further training of a run's folder; none for most runs."""
    return [read_scores(files.root) for files in RunLayout(folder).further_trainings()]


def scored(
    run: Run,
    experiment: Experiment,
    questions: Sequence[Question],
    answers: Sequence[Answer],
    judged: Sequence[Score] = (),
) -> list[Score]:
    """Every metric on answers to a run's questions, with those that a judge or people gave."""
    from workbench.evaluation.failures import count_failures
    from workbench.evaluation.metrics import score_answers
    from workbench.evaluation.ragas_scores import plain_scores

    language = run.manifest.corpus.language or "en"
    vectors = cached_embedder(experiment.retrieval.embedding)
    passages = shown_passages(run, answers)
    scores = score_answers(
        questions, answers, language, embed=vectors, passages=passages,
        cited=experiment.prompts.answer == "long",
    )  # fmt: skip
    scores += plain_scores(questions, answers, passages, vectors)
    return count_failures([*scores, *judged], answers)


def cached_embedder(source: Embedding) -> Callable[[list[str]], NDArray[np.float32]]:
    """Texts into vectors by that embedding, each text but once."""
    import numpy as np

    from workbench.retrieval.embeddings import embed

    known: dict[str, NDArray[np.float32]] = {}

    def vectors(texts: list[str]) -> NDArray[np.float32]:
        new = [text for text in dict.fromkeys(texts) if text not in known]
        if new:
            known.update(zip(new, embed(new, source), strict=True))
        return np.stack([known[text] for text in texts])

    return vectors


def _results(
    run: Run,
    experiment: Experiment,
    questions: Sequence[Question],
    answers: Sequence[Answer],
    scores: Sequence[Score],
    latencies: Sequence[Latency],
    further: Sequence[Sequence[Score]] = (),
) -> Results:
    """results.json from the run's records."""
    from workbench.costing import price_book
    from workbench.decision import ResultInputs, build_results
    from workbench.stages.build_usage import build_usage

    manifest = run.manifest
    seconds = manifest.seconds()
    facts = {
        "id": run.id,
        "created": _date(manifest.created),
        "corpus": manifest.corpus.record(),
        "model": experiment.model.name,
        "hardware": manifest.hardware.record(),
        "versions": manifest.versions,
        "minutes": manifest.seconds_in_all / 60,
        "stages": seconds,
        "peak_memory_bytes": peak_memory(),
        # From the folder that holds the runs', as one stands there when one starts a run.
        "reproduce": shlex.join(
            ["workbench", "run", f"{run.path.parent.name}/{run.path.name}/specification.yaml"]
        ),
        "exam_hash": manifest.hashes.get("exam"),
    }
    constant = _constant(run, experiment, questions)
    dropped: dict[str, int] = {}
    for record in jsonl.stream(run.files.dropped):
        dropped[record["reason"]] = dropped.get(record["reason"], 0) + 1
    results = build_results(ResultInputs(
        experiment,
        facts,
        questions,
        answers,
        scores,
        seconds,
        latencies,
        passages=shown_passages(run, answers),
        certificate=_certificate(run, experiment),
        tuning=[
            {"adapter": name, **read_json(run.files.summary(name)), **_deployed(experiment, name)}
            for name in run.files.adapters() if run.files.summary(name).exists()
        ],
        dropped=dropped,
        book=price_book(experiment.price_book),
        built=build_usage(run, experiment),
        shares=manifest.stages["answers"].summary.get("share_of_corpus_seen", {}),
        shared_prompts=manifest.stages["answers"].summary.get("share_of_prompt_shared", {}),
        warnings=[
            *_shortfall(run, experiment, questions), *_form(experiment, questions), *_busy(run),
            *_floor(constant), *_elsewhere(experiment, answers),
        ],
        left_out=manifest.left_out,
        further=further,
        editions=editions.figures(run, experiment, questions, answers, scores),
        tags=group_tags(questions, experiment.fairness, manifest.corpus.language or "en"),
    ))  # fmt: skip
    smaller = compressed(
        variants_of(experiment), manifest.stages["answers"].summary.get("weight_bytes", {}),
        [item.record() for item in results.tuning],
    )  # fmt: skip
    if constant is not None:
        results = results.with_parts(constant=dict(zip(("answer", "value"), constant, strict=True)))
    if smaller:
        results = results.with_parts(compressed=[item.record() for item in smaller])
    thresholds = thresholds_of(run, experiment, answers)
    if not thresholds:
        return results
    rows = [
        row.model_copy(update={"threshold": thresholds.get(row.name)}) for row in results.variants
    ]
    return results.with_parts(variants=[row.record() for row in rows])


def _deployed(experiment: Experiment, adapter: str) -> dict[str, str]:
    """The name that a provider's result is asked by, where it is deployed under one of ours."""
    own = (item.tuning for item in variants_of(experiment) if item.adapter == adapter)
    hosted = next((tuning.hosted for tuning in own if tuning is not None), None)
    return {} if hosted is None or hosted.deployment is None else {"model": hosted.deployment}


def thresholds_of(
    run: Run, experiment: Experiment, answers: Sequence[Answer]
) -> dict[str, Threshold]:
    """The threshold of each variant that has one, and how many replies it held back."""
    path = run.files.thresholds
    chosen = read_json(path) if path.exists() else {}
    held = Counter(answer.variant for answer in answers if answer.held_back is not None)
    result = {}
    for variant in experiment.variants:
        name, own = variant.name, variant.abstain_below
        if own is None:
            continue
        known = chosen.get(name, {}) if own == "dev" else {"below": own}
        by: dict[str, Any] = (
            {} if variant.abstain_by == "confidence" else {"by": variant.abstain_by}
        )
        result[name] = Threshold(**known, on_dev=own == "dev", held_back=held[name], **by)
    return result


def _certificate(run: Run, experiment: Experiment) -> dict[str, Any] | None:
    """The exam's certificate, with the variants that answer with the model that filtered it."""
    if not run.files.certificate.exists():
        return None
    proof: dict[str, Any] = read_json(run.files.certificate)
    read = proof.get("read_back")
    if read:
        models = {item.name: model_of(experiment, item) for item in experiment.variants}
        own = [
            name for name, model in models.items()
            if (model.name, model.endpoint) == (read["model"], read["endpoint"])
        ]  # fmt: skip
        proof["read_back"] = {**read, "variants": own}
    return proof


def _shortfall(run: Run, experiment: Experiment, questions: Sequence[Question]) -> list[str]:
    """Sentences on what the text did not give: exam questions, or questions to train on."""
    from workbench.questions.dataset.exam import MIN_TRAIN_FACTS

    wanted, made = experiment.questions.test, run.manifest.stages.get("questions")
    summary = made.summary if made is not None else {}
    written = sum(question.origin == "written" for question in questions)
    sentences = []
    if questions and all(question.origin == "gold" for question in questions):
        gold, got = str(len(questions)), str(summary.get("test", 0))
        key = "warn_exam_is_gold" if wanted else "warn_exam_is_gold_asked"
        sentences.append(wording.say(key, gold=gold, got=got, wanted=str(wanted)))
    elif written and written < ENOUGH * wanted:
        sentences.append(wording.say("warn_fewer_questions", wanted=str(wanted), got=str(written)))
    left_out = run.manifest.left_out
    if left_out:
        facts = int(summary.get("train_facts", 0))
        key = "warn_left_out_asked"
        if experiment.questions.train_facts:
            key = "warn_left_out_few" if facts else "warn_left_out"
            if facts >= MIN_TRAIN_FACTS:
                key = "warn_left_out_asked_alike"
        names = ", ".join(wording.label(name, short=True) for name in left_out)
        sentences.append(wording.say(key, names=names, facts=str(facts)))
    return sentences


def _constant(
    run: Run, experiment: Experiment, questions: Sequence[Question]
) -> tuple[str, float] | None:
    """What the commonest answer alone would score; of labels that is told beside their figures."""
    if experiment.questions.labels is not None:
        return None
    from workbench.questions.dataset.question_set import read_questions

    path = run.files.questions("train")
    written = [item for item in questions if item.origin != "gold"]
    language = run.manifest.corpus.language or "en"
    return constant_answer(
        read_questions(path) if path.exists() else [], written, experiment.workload.strata, language
    )


def _floor(constant: tuple[str, float] | None) -> list[str]:
    """That one answer to everything is worth something, where that is not little."""
    if constant is None or constant[1] < TELLING:
        return []
    return [wording.say("warn_constant", answer=constant[0], points=wording.points(constant[1]))]


def _elsewhere(experiment: Experiment, answers: Sequence[Answer]) -> list[str]:
    """How many passages of a system of another make stand nowhere in the corpus."""
    names = [variant.name for variant in experiment.variants if variant.system is not None]
    sentences = []
    for name in names:
        given = [p for answer in answers if answer.variant == name for p in answer.passages]
        lost = sum(map(is_elsewhere, given))
        if lost:
            values = {"name": wording.label(name, short=True), "lost": f"{lost:,}"}
            sentences.append(wording.say("warn_elsewhere", given=f"{len(given):,}", **values))
    return sentences


def _busy(run: Run) -> list[str]:
    """That latency, and money by the second, were measured beside other work."""
    stage = run.manifest.stages.get("latency")
    others = float((stage.summary if stage is not None else {}).get("others") or 0.0)
    if others <= BUSY:
        return []
    return [wording.say("warn_busy_machine", share=wording.share(others))]


def _form(experiment: Experiment, questions: Sequence[Question]) -> list[str]:
    """Sentences on what the form of the answers does to the figures."""
    form = experiment.prompts.answer
    if form == "short":
        return []
    sentences = []
    sizes = [length(item.answers[0]) for item in questions if item.answers]
    typical = median(sizes) if sizes else 0
    if typical < FULL_ANSWER[form]:
        sentences.append(wording.say("warn_short_references", words=f"{typical:g}", form=form))
    if form == "long" and not experiment.decision.metric.startswith("ragas:"):
        sentences.append(wording.say("warn_long_unjudged"))
    return sentences


def _date(seconds: float | str | None) -> str:
    """A point in time as ISO 8601, UTC."""
    return datetime.fromtimestamp(float(seconds or 0), UTC).isoformat(timespec="seconds")
