"""The stages from the first answer to the report, in order, with their inputs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from workbench.engine.inputs import Inputs
from workbench.engine.stage import Stage
from workbench.experiment.variant import variants_of
from workbench.io.files import file_hash
from workbench.stages import (
    ANSWERS,
    FORGETTING,
    JUDGE,
    LATENCY,
    MEMORISED,
    MUST_REFUSE,
    PLANTED,
    SCORES,
    SEARCH,
    SENSITIVITY,
    TWINS,
)
from workbench.stages.answers import AnswersInputs
from workbench.stages.forgetting import ForgettingInputs
from workbench.stages.inputs import SystemsInputs
from workbench.stages.judge import JudgeInputs
from workbench.stages.latency import LatencyInputs
from workbench.stages.memorised import MemorisedInputs
from workbench.stages.must_refuse import MustRefuseInputs
from workbench.stages.plan import RunPlan
from workbench.stages.planted import PlantedInputs
from workbench.stages.scores import ScoresInputs
from workbench.stages.search import SearchInputs
from workbench.stages.sensitivity import SensitivityInputs
from workbench.stages.twins import TwinsInputs


def asking_stages(
    plan: RunPlan, systems: SystemsInputs, exam: str
) -> Iterator[tuple[Stage[Any, Any], Inputs]]:
    """The stages that work in the run's own folder, in order; ``exam`` is the lock's hash."""
    # Of the variants those that could be built, as they were built.
    experiment = plan.experiment.model_copy(
        update={"variants": systems.variants, "tuning": systems.tuning}
    )
    yield ANSWERS, AnswersInputs(systems=systems, exam=exam)
    yield LATENCY, LatencyInputs(systems=systems, exam=exam, spec=experiment.latency)
    if any(variant.retrieves for variant in variants_of(experiment)):
        yield SEARCH, SearchInputs(search=systems.search, own=systems.searches, exam=exam)
    forgetting = ForgettingInputs.of(experiment, systems.adapters)
    if forgetting is not None:
        yield FORGETTING, forgetting
    if experiment.memorised_stretches:
        reciting = MemorisedInputs.of(experiment, systems.corpus, systems.adapters, systems.labels)
        if reciting is not None:
            yield MEMORISED, reciting
    if experiment.sensitivity.questions:
        yield (
            SENSITIVITY,
            SensitivityInputs(
                systems=systems,
                exam=exam,
                spec=experiment.sensitivity,
                writer=plan.model(plan.writer),
                budget_tokens=experiment.questions.max_tokens_spent,
                seed=experiment.seed,
            ),
        )
    if experiment.refusal_probes:
        yield MUST_REFUSE, MustRefuseInputs(systems=systems, requests=experiment.refusal_probes)
    if experiment.planted_instructions:
        yield PLANTED, PlantedInputs(systems=systems, probes=experiment.planted_instructions)
    if experiment.fairness.twins:
        own = {v.name: v for v in systems.variants if v.name in systems.searches}
        indexes = {
            name: plan.index_inputs(systems.corpus, variant)
            for name, variant in {"": None, **own}.items()
        }
        fair = experiment.fairness
        yield TWINS, TwinsInputs.of(systems, exam, fair, indexes, experiment.seed)
    if experiment.judge is not None:
        yield JUDGE, JudgeInputs(spec=experiment.judge, experiment=experiment, exam=exam)
    book = experiment.price_book
    prices = None if book is None else file_hash(Path(book))
    yield SCORES, ScoresInputs(experiment=experiment, exam=exam, price_book=prices)
