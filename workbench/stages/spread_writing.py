"""Sections read for questions by workers on other machines, each with the writer's model.

What comes of some sections depends on the corpus, the specification and the seed alone, so that it
does not matter who reads them; they are taken in their order, and what is read ahead of the last
one that is needed is dropped.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from workbench.engine.executors import in_order
from workbench.stages.context import RunContext
from workbench.stages.inputs import EmbeddingInput, ModelInput

if TYPE_CHECKING:
    from workbench.engine.inputs import ArtifactReference
    from workbench.experiment.questions import QuestionSpec
    from workbench.questions.dataset.plan import Plan
    from workbench.questions.writers.offline import Outcome
    from workbench.questions.writers.units import Elsewhere

#: A round's number, and the ids of the sections to read.
Unit = tuple[int, tuple[str, ...]]
Read = tuple["Outcome", dict[str, Any]]


@dataclass(frozen=True)
class Writing:
    """Opens a worker that reads sections for questions."""

    corpus: ArtifactReference
    spec: QuestionSpec
    plan: Plan
    writer: ModelInput
    checker: ModelInput | None
    embedding: EmbeddingInput

    def __call__(self, context: RunContext) -> Callable[[Unit], Read]:
        from workbench.questions.writers.spending import Metered, Spending
        from workbench.questions.writers.units import WriterContext
        from workbench.retrieval.embeddings import embed

        corpus = context.corpus(self.corpus)
        sections = {section.id: section for section in corpus.sections}
        model = Metered(context.model(self.writer), Spending())
        given = self.checker
        checker = model if given is None else Metered(context.model(given), model.spending)
        rounds = WriterContext.open(
            corpus, self.spec, self.plan, model,
            lambda texts: embed(list(texts), self.embedding.source), checker, alone=True,
        ).rounds()  # fmt: skip

        def read(unit: Unit) -> Read:
            number, names = unit
            before = model.spending.record()
            outcome = rounds[number]([sections[name] for name in names])
            return outcome, model.spending.since(before)

        return read


def writing_elsewhere(
    corpus: ArtifactReference, spec: QuestionSpec, writer: ModelInput, checker: ModelInput | None,
    embedding: EmbeddingInput, context: RunContext,
) -> Elsewhere | None:  # fmt: skip
    """What reads on the machines of the context's executor; None where this process reads.

    It does for an endpoint, which is asked from here, and for a budget: each of several processes
    would keep to one of its own.
    """
    bounded = spec.max_tokens_spent is not None or spec.max_money_spent is not None
    asked = [one for one in (writer, checker) if one is not None]
    there = any(one.endpoint or one.served_by or one.system for one in asked)
    remote = embedding.spec is not None and embedding.spec.endpoint is not None
    if context.executor.is_here or bounded or there or remote:
        return None

    def elsewhere(
        plan: Plan, number: int, groups: list[tuple[str, ...]]
    ) -> Generator[Read, None, None]:
        opening = Writing(corpus, spec, plan, writer, checker, embedding)
        yield from in_order(context.spread(opening, [(number, group) for group in groups]))

    return elsewhere
