"""Settings of the search against one another, before any run; the exam stays shut.

The stage is a run's own, so that a run with the same lists finds its search in the cache.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from workbench.engine.cache import ArtifactCache, cache_root
from workbench.engine.inputs import ArtifactReference, Inputs
from workbench.engine.stage import Stage
from workbench.evaluation.retrievals import statements
from workbench.experiment import Experiment, specification_error
from workbench.experiment.identity import resolve
from workbench.experiment.retrieval_search import RetrievalSearchSpec
from workbench.io.files import read_json
from workbench.records.trials import RetrievalSearch
from workbench.stages import RETRIEVAL
from workbench.stages.context import RunContext
from workbench.stages.elsewhere import joined
from workbench.stages.making import Training, make_searched
from workbench.stages.plan import RunPlan
from workbench.stages.refusals import check_policy
from workbench.stages.retrieval_trials import RECORD
from workbench.stages.settling import settled_exam
from workbench.types import Progress, silent


def usual(experiment: Experiment) -> dict[str, Any]:
    """What is varied where nobody says: the size of passages, the mode, and the share of words."""
    sizes = experiment.passages.sizes((0.5, 1, 2), least=20)
    return {
        **({"passages.chunk_size": sizes} if sizes else {}),
        "retrieval.mode": ["bm25", "dense", "fused"],
        "retrieval.lexical_weight": [0.2, 0.4, 0.6],
    }


def searching(
    experiment: Experiment, over: Mapping[str, Any], budget: Mapping[str, Any]
) -> Experiment:
    """The experiment with what is searched of its retrieval.

    ``over`` is by whole key; empty: what the experiment lists, or else :func:`usual`. ``budget``
    are other values of the search. Raises WorkbenchError for what cannot be searched.
    """
    own = experiment.retrieval.search
    listed = dict(over) or ({} if own is not None and own.over else usual(experiment))
    known = {} if own is None else {n: getattr(own, n) for n in RetrievalSearchSpec.model_fields}
    if listed:
        known["over"] = listed
    try:
        search = RetrievalSearchSpec(**{**known, **budget})
        # Built anew, so that what does not go with a search is refused as in a file.
        whole = experiment.model_dump(mode="json")
        whole["retrieval"]["search"] = search.model_dump(mode="json")
        return Experiment(**whole)
    except ValidationError as error:
        raise specification_error(error, "--over") from error


def search_retrieval(
    experiment: Experiment, progress: Progress = silent
) -> tuple[Experiment, RetrievalSearch]:
    """The experiment with the search that was chosen, and what was tried.

    Raises WorkbenchError where too few questions have evidence, and where text would leave this
    machine that may not.
    """
    with joined(experiment) as executor:
        context = RunContext(ArtifactCache(cache_root()), executor=executor)
        return _searched(experiment, context, progress)


def _searched(
    experiment: Experiment, context: RunContext, progress: Progress
) -> tuple[Experiment, RetrievalSearch]:
    plan = RunPlan(resolve(experiment))
    check_policy(plan)
    record: dict[str, Any] = {}

    def execute(stage: Stage[Any, Any], inputs: Inputs, name: str = "") -> ArtifactReference:
        shown = context.reporting(progress) if stage is RETRIEVAL else context
        made = context.cache.make(stage, inputs, shown).reference
        if stage is RETRIEVAL:
            record.update(read_json(made.path / RECORD))
        return made

    def settle(corpus: ArtifactReference, questions: ArtifactReference) -> Training:
        exam = settled_exam(plan, corpus, questions)
        return Training(exam.trains, exam.withheld, exam.examined)

    make_searched(plan, execute, settle)
    found = RetrievalSearch.model_validate({**record, "statements": statements(record, "")})
    return experiment.retrieved_as(found.chosen), found
