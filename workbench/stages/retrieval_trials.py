"""Stage ``retrieval``: settings of the search against one another before a run, the exam shut.

Evidence lies on spans of the document, so that any splitting and any search can be judged by
whether the passages shown hold it, without a generated token. Every setting is given the same
tokens of a prompt: small passages are shown in greater number. The best few then answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from workbench import wording
from workbench.engine.estimate import StageEstimate
from workbench.engine.inputs import ArtifactReference
from workbench.experiment import Experiment
from workbench.experiment.corpus import CorpusSpec
from workbench.experiment.retrieval_search import TRIALS, every_setting
from workbench.experiment.variant_spec import VariantSpec
from workbench.io.files import read_json, write_json
from workbench.stages.context import RunContext, TrialContext
from workbench.stages.retrieval_tries import INDEX, RetrievalTrialsInputs, Tries, said, spec_of
from workbench.stages.searching_inputs import index_inputs

RECORD = "retrieval.json"


def what_it_reads(experiment: Experiment) -> Experiment:
    """The experiment without what a search of its retrieval does not read: another one that
    differs in that alone finds the same search."""
    return Experiment(
        purpose=experiment.purpose, name="searched", corpus=CorpusSpec(path="text"),
        model=experiment.model, passages=experiment.passages, retrieval=experiment.retrieval,
        prompts=experiment.prompts.model_copy(update={"search": None}),
        decoding=experiment.decoding, batch_tokens=experiment.batch_tokens, seed=experiment.seed,
        variants=(VariantSpec(name="prompt_only"), VariantSpec(name="rag")),
    )  # fmt: skip


class RetrievalTrialsStage:
    """``retrieval.json`` with every setting that was tried; a killed search goes on where it was.

    Indexes go to the cache, where the run finds that of the chosen setting.
    """

    name, version = "retrieval", 2

    def run(self, inputs: RetrievalTrialsInputs, out: Path, context: RunContext) -> dict[str, Any]:
        record = Tries(inputs, out, context).record()
        write_json(out / RECORD, record)
        return {"asked": record["asked"], "questions": record["questions"],
                "sentence": _sentence(record)}  # fmt: skip

    def estimate(self, inputs: RetrievalTrialsInputs, context: TrialContext) -> StageEstimate:
        """As many indexes as are budgeted, at the pace of the present one, which is kept."""
        spec = spec_of(inputs.experiment)
        own = inputs.experiment.retrieved_as({})
        one = INDEX.estimate(index_inputs(own, inputs.corpus, own.passages, own.retrieval), context)
        every = every_setting(spec)
        number = spec.trials or (TRIALS if every is None else len(every))
        seconds = None if one.seconds is None else one.seconds * number
        if seconds is not None and spec.minutes is not None:
            seconds = min(seconds, 60 * spec.minutes)
        tokens = tuple((name, read * number, wrote * number) for name, read, wrote in one.tokens)
        assert one.trial is not None
        write_json(one.trial.path / RECORD, {"chosen": {}})
        note = f"{number} settings at the most, without the answers of the best"
        return StageEstimate(self.name, seconds, tokens, note, trial=one.trial)

    def describe(self, summary: Mapping[str, Any]) -> str:
        return str(summary["sentence"])

    def amount(self, experiment: Experiment) -> float:
        spec = experiment.retrieval.search
        return 0.0 if spec is None else float(spec.trials or TRIALS)


def chosen_setting(artifact: ArtifactReference) -> dict[str, Any]:
    """The setting that a search chose, by whole key; empty where the present one stays."""
    chosen: dict[str, Any] = read_json(artifact.path / RECORD)["chosen"]
    return chosen


def _sentence(record: Mapping[str, Any]) -> str:
    best = record["tried"][0]
    chosen = f"best: {said(best['settings'])}" if best["number"] else "the present one stays"
    return (
        f"{record['asked']} settings tried; {chosen}, evidence shown for "
        f"{wording.points(best['recall']['value'])} of 100 questions"
    )
