"""Settings of a tuning against one another on dev questions, before any run; the exam stays shut.

The stages are a run's own, so that a run with the same lists finds its search in the cache.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from workbench.engine.cache import ArtifactCache, cache_root
from workbench.engine.inputs import ArtifactReference, Inputs
from workbench.engine.stage import Stage
from workbench.errors import WorkbenchError
from workbench.experiment import Experiment, specification_error
from workbench.experiment.candidates import value_at
from workbench.experiment.fitting import rate_of
from workbench.experiment.identity import resolve
from workbench.experiment.searching import AUTO, SearchSpec
from workbench.experiment.tuning import METHODS, TuningSpec
from workbench.io.files import read_json
from workbench.records.trials import TuningSearch
from workbench.stages import TRIALS
from workbench.stages.context import RunContext
from workbench.stages.elsewhere import joined
from workbench.stages.making import Training, make_artifacts
from workbench.stages.plan import RunPlan
from workbench.stages.refusals import check_policy, footprints
from workbench.stages.settling import settled_exam
from workbench.stages.trials import RECORD
from workbench.types import Progress, silent

#: By how much the learning rate is varied where nothing is named, either way.
TIMES = 5
#: What is varied beside it, by the method's part: the key that says how much is trained.
SIZES = {
    "lora": "lora.r", "bottleneck": "bottleneck.size", "prefix": "prefix.virtual_tokens",
    "prompt": "prompt.virtual_tokens", "p_tuning": "p_tuning.virtual_tokens",
}  # fmt: skip


def usual(tuning: TuningSpec) -> dict[str, Any]:
    """What is varied where nobody says: the learning rate, and how much is trained."""
    rate = tuning.learning_rate
    over: dict[str, Any] = {
        "learning_rate": {"low": float(f"{rate / TIMES:.3g}"), "high": float(f"{rate * TIMES:.3g}"),
                          "log": True},
    }  # fmt: skip
    size = SIZES.get(METHODS[tuning.method].part or "")
    if size is not None:
        own = int(value_at(tuning, size))
        over[size] = [own, *(max(1, round(own * times)) for times in (0.5, 2))]
    return over


def varied(
    experiment: Experiment, over: Mapping[str, Any], budget: Mapping[str, Any]
) -> Experiment:
    """The experiment with what is searched of its tuning, its own values among those tried.

    ``over`` is by keys of ``tuning``; empty: what the experiment lists, or else :func:`usual`.
    ``budget`` are other values of the search. Raises WorkbenchError for what cannot be searched.
    """
    tuning, listed = experiment.tuning, dict(over)
    variants = [v.tuning for v in experiment.variants if v.tuning is not None]
    if not listed and tuning.search is None and not any(t.search for t in variants):
        listed = usual(tuning)
    if listed and tuning.search is not None:
        tuning = tuning.model_copy(update={"search": None})
    try:
        if listed:
            known = {"over": _with_own(experiment, listed), **budget}
            tuning = TuningSpec(**{**_fields(tuning), "search": known})
        searched = [_budgeted(each, budget) for each in (tuning, *variants)]
    except ValidationError as error:
        raise specification_error(error, "--over") from error
    own = iter(searched[1:])
    result = experiment.model_copy(update={
        "tuning": searched[0],
        "variants": tuple(
            v if v.tuning is None else v.model_copy(update={"tuning": next(own)})
            for v in experiment.variants
        ),
    })  # fmt: skip
    if not any(plan.tuning.search for plan in RunPlan(resolve(result)).adapters.values()):
        raise WorkbenchError(
            "No variant of this experiment is tuned as its `tuning` says, so there is nothing to "
            "search.",
            "Add fine_tuned to its variants, or write the lists into the variant's own tuning.",
        )
    return result


def _with_own(experiment: Experiment, over: Mapping[str, Any]) -> dict[str, Any]:
    """The lists with the experiment's own value before the others, where it is none of them."""
    tuning = experiment.tuning
    result: dict[str, Any] = {}
    for key, tried in over.items():
        result[key] = tried
        if isinstance(tried, list) and key.partition(".")[0] in type(tuning).model_fields:
            try:
                result[key] = [value_at(tuning, key), *tried]
            except AttributeError:
                continue  # what no key takes is said when it is read
    usual_rate = rate_of(experiment.model.name, tuning.method, tuning.optimizer)
    if {"method", "optimizer"} & over.keys() and tuning.learning_rate == usual_rate:
        result.setdefault("learning_rate", [AUTO])
    return result


def _fields(tuning: TuningSpec) -> dict[str, Any]:
    return {name: getattr(tuning, name) for name in type(tuning).model_fields}


def _budgeted(tuning: TuningSpec, budget: Mapping[str, Any]) -> TuningSpec:
    if tuning.search is None or not budget:
        return tuning
    own = {name: getattr(tuning.search, name) for name in SearchSpec.model_fields}
    return TuningSpec(**{**_fields(tuning), "search": {**own, **budget}})


def search_tuning(
    experiment: Experiment, progress: Progress = silent
) -> tuple[Experiment, tuple[TuningSearch, ...]]:
    """The experiment tuned as its searches chose, and what they tried.

    Raises WorkbenchError where nothing can be trained, or text would leave this machine that may
    not.
    """
    with joined(experiment) as executor:
        context = RunContext(ArtifactCache(cache_root()), executor=executor)
        return _searched(experiment, context, progress)


def _searched(
    experiment: Experiment, context: RunContext, progress: Progress
) -> tuple[Experiment, tuple[TuningSearch, ...]]:
    plan = RunPlan(resolve(experiment))
    check_policy(plan)
    footprints(plan)
    found: list[TuningSearch] = []

    def execute(stage: Stage[Any, Any], inputs: Inputs, name: str = "") -> ArtifactReference:
        made = context.cache.make(
            stage, inputs, context.reporting(progress) if stage is TRIALS else context
        ).reference
        if stage is TRIALS:
            variant = name.partition(":")[2]
            alike = [v for v, adapter in plan.adapters.items() if adapter == plan.adapters[variant]]
            found.append(TuningSearch.model_validate(
                {"adapter": variant, "variants": alike, **read_json(made.path / RECORD)}
            ))  # fmt: skip
        return made

    def settle(corpus: ArtifactReference, questions: ArtifactReference) -> Training:
        exam = settled_exam(plan, corpus, questions)
        if not exam.trains:
            raise WorkbenchError(
                "There is too little to train on, so no tuning can be searched.",
                "Ask for more facts (questions.train_facts), or bring more text.",
            )
        return Training(exam.trains, exam.withheld, exam.examined)

    make_artifacts(plan, execute, settle)
    tunings = {name: TuningSpec(**one.chosen) for one in found for name in one.variants}
    return experiment.tuned_as(tunings), tuple(found)
