"""What a variant is trained on, as examples: system text, question's frame, passages, refusals."""

from __future__ import annotations

from dataclasses import dataclass

from workbench.engine.inputs import ArtifactReference
from workbench.export.chosen import Chosen
from workbench.stages.adapter import trained_examples, training_examples
from workbench.tuning import Example
from workbench.variants.assembly import AdapterPlan


@dataclass(frozen=True, slots=True)
class TrainingSet:
    """The examples of the roles train and dev; no exam question is among them."""

    train: list[Example]
    dev: list[Example]


def training_set(chosen: Chosen) -> TrainingSet:
    """The examples that the variant was trained on, or, untuned, would be."""
    served = chosen.served
    inputs, context = served.inputs, served.context
    # An untuned variant that searches is asked with passages: so would it be trained.
    untuned = "raft" if chosen.variant.retrieves else "closed_book"
    plan = served.plan.adapters.get(chosen.name) or AdapterPlan(
        chosen.reference, untuned, served.experiment.tuning, prompt=chosen.variant.prompt
    )
    teacher = plan.tuning.teacher
    replies = None if teacher is None else served.run.files.teacher(teacher)
    own = served.plan.adapter_inputs(
        plan, inputs.corpus, inputs.questions, inputs.search, inputs.withheld,
        None if replies is None else ArtifactReference(id=str(teacher), path=replies),
    )  # fmt: skip
    return TrainingSet(
        trained_examples(own, context),
        training_examples(own, context.question_set(inputs.questions).dev, context),
    )
