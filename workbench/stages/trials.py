"""Stage ``trials``: settings of a tuning against one another on dev questions, the exam shut."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench import wording
from workbench.engine.estimate import StageEstimate
from workbench.engine.inputs import ArtifactReference
from workbench.errors import WorkbenchError
from workbench.evaluation.trials import ranked, statements
from workbench.experiment import Experiment
from workbench.experiment.candidates import as_it_is, each_method, keys_read
from workbench.experiment.searching import Span
from workbench.experiment.tuning import TuningSpec
from workbench.experiment.variant import variants_of
from workbench.io.files import read_json, write_json
from workbench.records.run import Run
from workbench.stages.adapter import AdapterInputs
from workbench.stages.context import RunContext, TrialContext
from workbench.stages.dev_scores import (
    dev_questions,
    dev_table,
)
from workbench.stages.tuning_tries import ADAPTER, TrialsInputs, Tries, as_adapter
from workbench.types import Question, Score

if TYPE_CHECKING:
    from workbench.tuning.searching import Trials

RECORD = "trials.json"


class TrialsStage:
    """``trials.json`` with every setting that was tried; a killed search goes on from its study.

    What the best trial trained stays in the cache, where the run finds it as its adapter.
    """

    name, version = "trials", 2

    def run(self, inputs: TrialsInputs, out: Path, context: RunContext) -> dict[str, Any]:
        from workbench.tuning.searching import search

        adapter = inputs.adapter
        questions = dev_questions(adapter, context)
        if not questions:
            raise WorkbenchError(
                "There is no dev question to judge settings by.",
                "Ask for some (questions.dev), or write one value where a list stands.",
            )
        tries = Tries(inputs, questions, out, context)
        found = search(
            adapter.tuning, adapter.model.name, out, adapter.seed, tries.attempt, context.progress,
            None if context.executor.is_here else tries.together,
        )  # fmt: skip
        record = _record(inputs, questions, found, tries.known(found))
        write_json(out / RECORD, record)
        tries.keep(found.best)
        return {
            key: value for key, value in record.items() if key not in ("tried", "keys", "over")
        } | {"sentence": _sentence(record)}

    def estimate(self, inputs: TrialsInputs, context: TrialContext) -> StageEstimate:
        """As many trainings as are budgeted, at the pace of the first setting."""
        spec = inputs.adapter.tuning.search
        assert spec is not None
        first = as_adapter(inputs.adapter, _first(inputs.adapter))
        one = ADAPTER.estimate(first, context)
        seconds = None if one.seconds is None else one.seconds * spec.trials
        if seconds is not None and spec.minutes is not None:
            seconds = min(seconds, 60 * spec.minutes)
        tokens = tuple((name, read * spec.trials, wrote) for name, read, wrote in one.tokens)
        assert one.trial is not None
        write_json(one.trial.path / RECORD, {"chosen": first.tuning.model_dump(mode="json")})
        note = f"{spec.trials} trials at the most"
        return StageEstimate(self.name, seconds, tokens, note, trial=one.trial)

    def describe(self, summary: Mapping[str, Any]) -> str:
        return str(summary["sentence"])

    def amount(self, experiment: Experiment) -> float:
        spec = experiment.tuning.search
        return ADAPTER.amount(experiment) * (1 if spec is None else spec.trials)


def chosen_tuning(artifact: ArtifactReference) -> TuningSpec:
    """The tuning that a search chose."""
    return TuningSpec(**read_json(artifact.path / RECORD)["chosen"])


def figures(
    run: Run, experiment: Experiment, variants: Sequence[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """What ``results.json`` says under ``tuning_search``; empty where nothing was searched.

    ``variants`` are the rows of the results: what a chosen setting came to on the exam is its
    first variant's value there, where that answers as the adapter was trained to.
    """
    known = variants_of(experiment)
    rows = {str(row["name"]): row for row in variants}
    found: list[dict[str, Any]] = []
    for name in run.files.adapters():
        path = run.files.trials(name)
        if not path.exists():
            continue
        record = read_json(path)
        alike = [item for item in known if item.adapter == name]
        plain = next((item.name for item in alike if item.context == "none"), "")
        exam = rows.get(plain, {}).get("metrics", {}).get(record["metric"], {}).get("value")
        dev = record["tried"][0]["value"]
        item = {
            **record, "adapter": name, "variants": [item.name for item in alike], "exam": exam,
            "curse": None if exam is None or dev is None else dev - exam,
        }  # fmt: skip
        item["statements"] = statements(item, f"/tuning_search/{len(found)}")
        found.append(item)
    return found


def _first(inputs: AdapterInputs) -> TuningSpec:
    return each_method(inputs.tuning, inputs.model.name)[0].with_values({})


def _record(
    inputs: TrialsInputs,
    questions: tuple[Question, ...],
    found: Trials,
    scores: Mapping[int, Sequence[Score]],
) -> dict[str, Any]:
    tuning, terms = inputs.adapter.tuning, inputs.terms
    spec = tuning.search
    assert spec is not None
    table = dev_table(questions, [s for each in scores.values() for s in each], terms,
                      [str(number) for number in scores])  # fmt: skip
    rows = [
        {
            "number": one.number, "settings": dict(one.setting), "method": one.made.method,
            "learning_rate": one.made.learning_rate, "state": one.state, "note": one.note,
            "seconds": round(one.seconds, 2), "curve": [list(point) for point in one.curve],
            "epochs": one.curve[-1][0] if one.curve else 0, "chance": one.chance,
        }
        for one in found.attempts
    ]  # fmt: skip
    tried = ranked(rows, table, terms.design(table), level=terms.level, seed=inputs.adapter.seed)
    own = as_it_is(tuning)
    seconds = sum(one.seconds for one in found.attempts)
    late = spec.minutes is not None and seconds >= 60 * spec.minutes
    return {
        "metric": terms.metric,
        "level": terms.level,
        "sampler": spec.sampler,
        "budget_trials": spec.trials,
        "budget_minutes": spec.minutes,
        "ended": "trials" if len(rows) >= spec.trials else "minutes" if late else "nothing_new",
        "questions": len(questions),
        "seconds": round(seconds, 2),
        "over": {
            key: values.model_dump() if isinstance(values, Span) else list(values)
            for key, values in spec.over.items()
        },
        "keys": [*spec.over] if "method" in spec.over else [*keys_read(tuning, tuning.method)],
        "asked": len(tried),
        "given_up": sum(row["state"] == "pruned" for row in tried),
        "scored": sum(row["value"] is not None for row in tried),
        "within": sum(row["within"] for row in tried),
        "tried": tried,
        "present": next((at for at, row in enumerate(tried) if row["settings"] == own), None),
        "importance": dict(found.importance),
        "chosen": found.best.made.model_dump(mode="json"),
    }


def _sentence(record: Mapping[str, Any]) -> str:
    from workbench.engine.study import written

    tried = record["tried"]
    given_up = sum(row["state"] == "pruned" for row in tried)
    early = f", {given_up} given up early" if given_up else ""
    return (
        f"{len(tried)} settings tried{early}; best: {written(tried[0]['settings'])}, "
        f"{wording.points(tried[0]['value'])} on {record['questions']} dev questions"
    )
