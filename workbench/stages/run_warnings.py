"""What a reader of a run must know of it: too few questions, a busy machine, a floor."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

from workbench import wording
from workbench.corpus.finding import is_elsewhere
from workbench.evaluation.constant import TELLING, constant_answer
from workbench.experiment import Experiment
from workbench.records.run import Run
from workbench.stages.latency import BUSY
from workbench.text import length
from workbench.types import Answer, Question

#: Words below which a typical reference is none of that form.
FULL_ANSWER = {"sentence": 6, "long": 20}
ENOUGH = 0.8  # share of the wanted exam questions below which the report says so


def run_warnings(
    run: Run,
    experiment: Experiment,
    questions: Sequence[Question],
    answers: Sequence[Answer],
    constant: tuple[str, float] | None,
) -> list[str]:
    """Sentences for the report's warnings; ``constant`` is of :func:`commonest_answer`."""
    return [
        *_shortfall(run, experiment, questions), *_form(experiment, questions), *_busy(run),
        *_floor(constant), *_elsewhere(experiment, answers),
    ]  # fmt: skip


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


def commonest_answer(
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
