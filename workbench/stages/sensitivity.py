"""The same exam questions in other words, put to every variant, and the figures from it.

The wordings are a chat writer's where the experiment has one, else made by rule. They are recorded
with the run before anything is asked, whole or not at all, so that a killed run goes on with the
same ones.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.engine.estimate import StageEstimate
from workbench.engine.hashing import content_id
from workbench.engine.inputs import Inputs
from workbench.evaluation import sensitivity
from workbench.evaluation.metrics import score_answers
from workbench.evaluation.text_scores import TEXT_METRICS
from workbench.evaluation.wordings import wordings
from workbench.experiment import Experiment
from workbench.experiment.answering import SensitivitySpec
from workbench.io import jsonl
from workbench.records.layout import RunLayout
from workbench.stages.answers import asked_questions, further_answers, with_thresholds
from workbench.stages.context import RunContext, TrialContext
from workbench.stages.inputs import ModelInput, SystemsInputs
from workbench.types import Question, Score
from workbench.variants.answering import answer_questions, read_answers

if TYPE_CHECKING:
    from workbench.records.run import Run
    from workbench.variants.system import System


class SensitivityInputs(Inputs):
    """The variants, the lock's hash of the exam, and who rewords how much of it.

    ``budget_tokens`` bounds what the writer may spend on it.
    """

    systems: SystemsInputs
    exam: str
    spec: SensitivitySpec
    writer: ModelInput
    budget_tokens: int | None
    seed: int


class SensitivityStage:
    """``sensitivity/`` in the run's folder: the further wordings, and every variant's answers."""

    name, version = "sensitivity", 1

    def run(self, inputs: SensitivityInputs, out: Path, context: RunContext) -> dict[str, Any]:
        systems = with_thresholds(context.systems(inputs.systems), out)
        return run_sensitivity(inputs, systems, asked_questions(out, ("test",)), out, context)

    def estimate(self, inputs: SensitivityInputs, context: TrialContext) -> StageEstimate:
        """As many answers more, at the pace of the exam's."""
        spec = inputs.spec
        questions = min(spec.questions, context.counts.test) * (spec.wordings - 1)
        return further_answers(self.name, questions, context)

    def describe(self, summary: Mapping[str, Any]) -> str:
        return str(summary["sentence"])

    def amount(self, experiment: Experiment) -> float:
        spec = experiment.sensitivity
        return float(spec.questions * (spec.wordings - 1) * len(experiment.variants)) or 1.0


def run_sensitivity(
    inputs: SensitivityInputs,
    systems: Sequence[System],
    exam: Sequence[Question],
    out: Path,
    context: RunContext,
) -> dict[str, Any]:
    """Let every system answer the further wordings; returns the stage's summary."""
    files = RunLayout(out)
    path = files.rewordings()
    if not path.exists():
        chosen = _chosen(inputs, exam)
        jsonl.write(path, (item.to_record() for item in _further(inputs, chosen, context)))
    further = read_further(out)
    total = len(further) * len(systems)
    for place, system in enumerate(systems):
        context.progress(place * len(further), total, system.name)
        answer_questions(system, further, files.rewordings(system.name))
    context.progress(total, total)
    count = len({item.tags[sensitivity.OF] for item in further})
    return {
        "questions": count,
        "sentence": f"{len(systems)} variants x {len(further)} further wordings of {count} "
        "questions",
    }


def _chosen(inputs: SensitivityInputs, exam: Sequence[Question]) -> list[Question]:
    """Answerable exam questions, drawn at random by the run's seed."""
    fit = [question for question in exam if question.answers and question.kind != "behaviour"]
    wanted = min(inputs.spec.questions, len(fit))
    return random.Random(f"{inputs.seed}:sensitivity").sample(fit, wanted)


def _further(
    inputs: SensitivityInputs, chosen: Sequence[Question], context: RunContext
) -> list[Question]:
    """Each question's other wordings, as questions of their own with the same references."""
    count = inputs.spec.wordings - 1
    language = context.corpus(inputs.systems.corpus).language
    written = _by_chat(inputs, chosen, language, context)
    result = []
    for question in chosen:
        texts = [text for text in written.get(question.id, ()) if _sound(text, question)]
        texts += wordings(question.text, language, count)
        for number, text in enumerate(list(dict.fromkeys(texts))[:count], 2):
            tags = {**question.tags, sensitivity.OF: question.id, "wording": number}
            name = content_id([question.id, text])
            result.append(replace(question, id=name, text=text, tags=tags, rev=0))
    return result


def _by_chat(
    inputs: SensitivityInputs, chosen: Sequence[Question], language: str, context: RunContext
) -> dict[str, tuple[str, ...]]:
    """The writer's rewordings by question; none where the writer is no chat model."""
    from workbench.experiment.weights import prompt_format
    from workbench.models.budget import Budget
    from workbench.questions.writers.chat import reworded
    from workbench.questions.writers.drafts import Draft
    from workbench.questions.writers.spending import Metered, Spending

    if prompt_format(inputs.writer.reference) != "chat":
        return {}
    writer = Metered(context.model(inputs.writer), Spending(Budget(inputs.budget_tokens)))
    drafts = [
        Draft(
            fact=question.id, section="", document="", start=0, end=0, quote="", stretch="",
            answers=question.answers, wordings=(question.text,), type=question.kind,
            kind=question.kind, side="trained", subject="",
        )
        for question in chosen
    ]  # fmt: skip
    more = reworded(writer, drafts, language, inputs.spec.wordings - 1)
    return {draft.fact: draft.wordings[1:] for draft in more}


def _sound(text: str, question: Question) -> bool:
    """Whether a written wording is another one and gives no answer away."""
    sentences, own = text.casefold(), question.text.casefold()
    told = any(a.casefold() in sentences and a.casefold() not in own for a in question.answers)
    return sentences != own and not told


def read_further(run: Path) -> list[Question]:
    """The further wordings that a run's folder holds."""
    return [Question.from_record(record) for record in jsonl.stream(RunLayout(run).rewordings())]


def figures(
    run: Run,
    experiment: Experiment,
    questions: Sequence[Question],
    scores: Sequence[Score],
    labels: Mapping[str, str],
) -> dict[str, Any] | None:
    """What ``results.json`` says under ``sensitivity``; None where nothing was asked again.

    ``scores`` are those of the exam, which holds each question in its own words; ``labels`` the
    display names of the variants.
    """
    further = read_further(run.path)
    if not further:
        return None
    names = [variant.name for variant in experiment.variants]
    answers = [answer for name in names for answer in read_answers(run.files.rewordings(name))]
    language = str(run.manifest.corpus.language or "en")
    metric = experiment.decision.metric
    return sensitivity.steadiness(
        questions,
        further,
        [*scores, *score_answers(further, answers, language)],
        variants=names,
        labels=labels,
        metric=metric if metric in TEXT_METRICS else "f1",
        level=experiment.decision.level,
        seed=experiment.seed,
    )
