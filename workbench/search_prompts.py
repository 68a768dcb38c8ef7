"""Prompts against one another on dev questions, before any run; the exam stays shut.

The stage is a run's own, so that a run with the same search finds it in the cache.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from workbench.engine.cache import ArtifactCache, cache_root
from workbench.engine.inputs import ArtifactReference, Inputs
from workbench.engine.stage import Stage
from workbench.evaluation.prompts import statements
from workbench.experiment import Experiment, specification_error
from workbench.experiment.identity import resolve
from workbench.experiment.prompt_search import PromptChoice, PromptSearchSpec
from workbench.experiment.variant import variant_of
from workbench.io.files import read_json
from workbench.records.trials import PromptSearch
from workbench.stages import PROMPTS
from workbench.stages.context import RunContext
from workbench.stages.making import Training, make_grounds
from workbench.stages.plan import RunPlan
from workbench.stages.prompts import RECORD
from workbench.stages.refusals import check_policy, footprints
from workbench.stages.settling import settled_exam
from workbench.types import Progress, silent


def searching(experiment: Experiment, given: Mapping[str, Any]) -> Experiment:
    """The experiment with its prompts searched; ``given`` are other values of the search.

    Raises WorkbenchError for what cannot be searched.
    """
    own = experiment.prompts.search or PromptSearchSpec()
    values = {name: getattr(own, name) for name in PromptSearchSpec.model_fields}
    try:
        search = PromptSearchSpec(**{**values, **given})
        # Built anew, so that what does not go with a search is refused as in a file.
        whole = experiment.model_dump(mode="json")
        whole["prompts"]["search"] = search.model_dump(mode="json")
        return Experiment(**whole)
    except ValidationError as error:
        raise specification_error(error, "the search of prompts") from error


def search_prompts(
    experiment: Experiment, progress: Progress = silent
) -> tuple[Experiment, tuple[PromptSearch, ...]]:
    """The experiment asked as its searches chose, and what they tried.

    Raises WorkbenchError where there is nothing to judge by, or text would leave this machine that
    may not.
    """
    context = RunContext(ArtifactCache(cache_root()))
    resolved = resolve(experiment)
    plan = RunPlan(resolved)
    check_policy(plan)
    footprints(plan)
    made: dict[str, ArtifactReference] = {}

    def execute(stage: Stage[Any, Any], inputs: Inputs, name: str = "") -> ArtifactReference:
        shown = context.reporting(progress) if stage is PROMPTS else context
        reference = context.cache.make(stage, inputs, shown).reference
        if stage is PROMPTS:
            made[name.partition(":")[2]] = reference
        return reference

    def settle(corpus: ArtifactReference, questions: ArtifactReference) -> Training:
        exam = settled_exam(plan, corpus, questions)
        return Training(exam.trains, exam.withheld, exam.examined)

    _, grounds = make_grounds(plan, execute, settle)
    known = {spec.name: variant_of(resolved.experiment, spec) for spec in experiment.variants}
    found = []
    for step, reference in made.items():
        names = [name for name, choice in grounds.prompts.items() if choice.search == step]
        record = {
            **read_json(reference.path / RECORD), "step": step, "variants": names,
            "trained": [name for name in names if known[name].trained],
        }  # fmt: skip
        record["statements"] = statements(record, "")
        found.append(PromptSearch.model_validate(record))
    chosen = {name: _as_written(one, experiment) for name, one in grounds.prompts.items()}
    return experiment.prompted_as(chosen), tuple(found)


def _as_written(choice: PromptChoice, experiment: Experiment) -> PromptChoice:
    """A prompt of the user's folder under the path that the experiment has for that."""
    search = experiment.prompts.search
    if choice.prompt is None or search is None or search.folder is None:
        return choice
    written = Path(search.folder) / Path(choice.prompt).name
    same = written.expanduser().absolute() == Path(choice.prompt)
    return choice.model_copy(update={"prompt": str(written)}) if same else choice
