"""How well an adapter answers the dev questions, as it was trained to; no exam question is asked.

Searches and learning curves choose by it: the prompts are those of its training (closed book, or
among passages), the metric and the weights those by which the run decides.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.engine.inputs import ArtifactReference, Inputs
from workbench.evaluation.metrics import without_judge
from workbench.evaluation.table import Table, tables
from workbench.experiment import Experiment
from workbench.experiment.answering import DecodingSpec
from workbench.io import jsonl
from workbench.stages.adapter import AdapterInputs, training_examples
from workbench.stages.context import RunContext
from workbench.types import Answer, Question, Score
from workbench.variants.providers import NoContext
from workbench.variants.system import System

if TYPE_CHECKING:
    from workbench.evaluation.statistics import Design


class DevTerms(Inputs):
    """How dev answers are drawn, scored and weighed."""

    decoding: DecodingSpec
    metric: str
    mix: dict[str, float] | None
    kinds: dict[str, float] | None
    level: float

    @classmethod
    def of(cls, experiment: Experiment) -> DevTerms:
        """The experiment's own; a metric that needs a judge is stood in for by F1."""
        return cls(
            decoding=experiment.decoding,
            metric=without_judge(experiment.decision.metric),
            mix=experiment.mix,
            kinds=experiment.workload.kinds,
            level=experiment.decision.level,
        )

    def design(self, table: Table) -> Design:
        """What the dev questions weigh; alike where the mix names none of their strata."""
        held = {stratum for stratum in table.strata if stratum}
        return table.design(self.mix if self.mix and held & self.mix.keys() else None)


def dev_answers(
    inputs: AdapterInputs, terms: DevTerms, folder: Path | None, path: Path, context: RunContext
) -> list[Score]:
    """Every dev question answered with the adapter in ``folder`` (None: the model as it was).

    Answers go to ``path``; the scores are those of the terms' metric, under the file's name.
    """
    from workbench.evaluation.metrics import score_answers

    questions = dev_questions(inputs, context)
    base = context.model(inputs.model)
    tuned = base if folder is None else base.with_adapter(str(folder))
    model = inputs.model.reference
    book = inputs.prompts.book()
    decoding = terms.decoding.value(inputs.seed)
    system = System(path.stem, tuned, NoContext(), book, decoding)
    prompts = [example.prompt for example in training_examples(inputs, questions, context)]
    assert len(prompts) == len(questions), f"{model.name} has an example for each question"
    nothing = NoContext().contexts(questions)
    answers = [
        system.answer(question, shown, completion)
        for question, shown, completion in zip(
            questions, nothing, tuned.complete(prompts, decoding), strict=True
        )
    ]
    jsonl.write(path, (_record(answer) for answer in answers))
    if folder is not None:
        _forget(base, folder)
    language = context.corpus(inputs.corpus).language or "en"
    return [s for s in score_answers(questions, answers, language) if s.metric == terms.metric]


def system_scores(
    system: System, questions: Sequence[Question], terms: DevTerms, path: Path, language: str
) -> list[Score]:
    """The same of a variant as it is asked in a run; ``path`` keeps its answers."""
    from workbench.variants.answering import answer_questions

    answer_questions(system, questions, path)
    return recorded_scores(questions, terms, path, language)


def recorded_scores(
    questions: Sequence[Question], terms: DevTerms, path: Path, language: str
) -> list[Score]:
    """The scores of answers that are there, whoever gave them."""
    from workbench.evaluation.metrics import score_answers
    from workbench.variants.answering import read_answers

    wanted = {question.id for question in questions}
    answers = [answer for answer in read_answers(path) if answer.question in wanted]
    return [s for s in score_answers(questions, answers, language) if s.metric == terms.metric]


def dev_questions(inputs: AdapterInputs, context: RunContext) -> tuple[Question, ...]:
    """The dev questions that have a score: behaviours are judged otherwise."""
    written = context.question_set(inputs.questions).dev
    return tuple(question for question in written if question.kind != "behaviour")


def dev_table(
    questions: tuple[Question, ...], scores: list[Score], terms: DevTerms, names: list[str]
) -> Table:
    """The scores of several adapters on the same dev questions."""
    return tables(questions, scores, names, terms.kinds)[terms.metric]


def adapter_folder(artifact: ArtifactReference) -> Path:
    """Where the weights of a trained adapter lie."""
    return artifact.path / "adapter"


def _record(answer: Answer) -> dict[str, object]:
    return {"question": answer.question, "text": answer.text, "status": answer.status}


def _forget(model: object, folder: Path) -> None:
    from workbench.models.encoder import EncoderModel
    from workbench.models.local import LocalModel

    if isinstance(model, LocalModel):
        model.shared.forget(str(folder))
    elif isinstance(model, EncoderModel):
        model.forget(str(folder))
