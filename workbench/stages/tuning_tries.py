"""The trials of one tuning search: each trained into the cache, judged by its dev answers.

On a cluster a worker has the whole of a trial; what it answered and scored comes back and is
recorded here, in the order in which the settings were proposed.
"""

from __future__ import annotations

import math
import tempfile
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.engine.executors import in_order
from workbench.engine.inputs import Inputs
from workbench.engine.stage import stage_id
from workbench.evaluation.statistics import estimate
from workbench.experiment.tuning import TuningSpec
from workbench.io import jsonl
from workbench.io.files import read_json, write_json
from workbench.stages.adapter import AdapterInputs, AdapterStage
from workbench.stages.context import RunContext
from workbench.stages.dev_scores import (
    DevTerms,
    adapter_folder,
    dev_answers,
    dev_questions,
    dev_table,
)
from workbench.types import Question, Score, Watch

if TYPE_CHECKING:
    from workbench.engine.study import Outcome
    from workbench.tuning.searching import Trial, Trials

ADAPTER = AdapterStage()
#: A trial's number, and its tuning.
Unit = tuple[int, TuningSpec]
#: Each dev question with its score.
Scored = list[tuple[str, float | None]]


class TrialsInputs(Inputs):
    """An adapter with what is searched of its tuning, and how dev questions judge it."""

    adapter: AdapterInputs
    terms: DevTerms


def tried(
    inputs: TrialsInputs, tuning: TuningSpec, questions: tuple[Question, ...], answers: Path,
    context: RunContext, watch: Watch,
) -> tuple[float, Scored]:  # fmt: skip
    """Train and judge one setting: its weighted score on the dev questions, and what makes it up.

    The adapter goes to the cache, unless it was given up; the answers to a file of their own.
    """
    from workbench.engine.proposals import GivenUp
    from workbench.tuning.training import tell_again

    adapter, terms, name = as_adapter(inputs.adapter, tuning), inputs.terms, answers.stem
    try:
        made = context.cache.make(ADAPTER, adapter, context.watching(watch))
    except GivenUp:
        context.cache.drop(stage_id(ADAPTER, adapter))
        raise
    if not made.fresh and adapter.preferring is None:
        # Found, it is judged as if it had been trained for this.
        tell_again(made.path, watch)
    scores = dev_answers(adapter, terms, adapter_folder(made.reference), answers, context)
    table = dev_table(questions, scores, terms, [name])
    value = estimate(table.column(name), terms.design(table)).value
    return math.nan if value is None else value, [(s.question, s.value) for s in scores]


@dataclass(frozen=True)
class Tried:
    """What a worker's trial came to, with what it scored and answered."""

    outcome: Outcome
    scored: Scored
    answers: list[dict[str, Any]]


@dataclass(frozen=True)
class Trying:
    """Opens a worker that carries trials through; whether one is given up is judged afterwards."""

    inputs: TrialsInputs

    def __call__(self, context: RunContext) -> Callable[[Unit], Tried]:
        from workbench.engine.study import carried_out

        questions = dev_questions(self.inputs.adapter, context)

        def attempt(unit: Unit) -> Tried:
            number, tuning = unit
            scored: Scored = []
            with tempfile.TemporaryDirectory(prefix="trial-") as folder:
                answers = Path(folder) / f"{number}.jsonl"

                def trial(watch: Watch) -> float:
                    value, found = tried(self.inputs, tuning, questions, answers, context, watch)
                    scored.extend(found)
                    return value

                return Tried(carried_out(trial), scored, list(jsonl.stream(answers)))

        return attempt


class Tries:
    """The trials of one search: their answers and scores go to ``out``."""

    def __init__(
        self, inputs: TrialsInputs, questions: tuple[Question, ...], out: Path, context: RunContext
    ) -> None:
        self._inputs, self._questions = inputs, questions
        self._out, self._context = out, context

    def attempt(self, number: int, tuning: TuningSpec, watch: Watch) -> float:
        """Train and judge one setting here."""
        self._mark(tuning)
        value, scored = tried(
            self._inputs, tuning, self._questions, self._answers(number), self._context, watch
        )
        write_json(self._scores(number), scored)
        return value

    def together(self, units: Sequence[Unit]) -> Generator[Outcome, None, None]:
        """Have workers train and judge several."""
        for _, tuning in units:
            self._mark(tuning)
        done = in_order(self._context.spread(Trying(self._inputs), units))
        for (number, _), found in zip(units, done, strict=True):
            if found.scored:
                jsonl.write(self._answers(number), found.answers)
                write_json(self._scores(number), found.scored)
            yield found.outcome

    def known(self, found: Trials) -> dict[int, list[Score]]:
        """The scores of the trials that were carried through, by number."""
        metric = self._inputs.terms.metric
        return {
            one.number: [Score(question, str(one.number), metric, value)
                         for question, value in read_json(self._scores(one.number))]
            for one in found.attempts if one.value is not None
        }  # fmt: skip

    def keep(self, best: Trial) -> None:
        """Remove the adapters that this search made, but for the best one's."""
        kept = stage_id(ADAPTER, as_adapter(self._inputs.adapter, best.made))
        for mark in self._out.glob("*.made"):
            if mark.stem != kept:
                self._context.cache.drop(mark.stem)
            mark.unlink()

    def _mark(self, tuning: TuningSpec) -> None:
        """Note an adapter that is not there yet: it is this search's, however it ends."""
        name = stage_id(ADAPTER, as_adapter(self._inputs.adapter, tuning))
        if self._context.cache.find(name) is None:
            (self._out / f"{name}.made").touch()

    def _answers(self, number: int) -> Path:
        return self._out / "answers" / f"{number}.jsonl"

    def _scores(self, number: int) -> Path:
        return self._out / "scores" / f"{number}.json"


def as_adapter(inputs: AdapterInputs, tuning: TuningSpec) -> AdapterInputs:
    """The adapter by one tuning, as a run would train it."""
    model = inputs.model
    if tuning.method == "qlora" and model.quantization == "none":
        model = model.model_copy(update={"quantization": "nf4"})
    once = tuning.model_copy(update={"seeds": 1, "search": None})
    return inputs.model_copy(update={"tuning": once, "model": model})
