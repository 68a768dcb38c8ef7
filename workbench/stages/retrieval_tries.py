"""One search of retrieval settings: each tried once by evidence, the best few by answers."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError

from workbench.engine.inputs import ArtifactReference, Inputs
from workbench.errors import WorkbenchError
from workbench.evaluation.metrics import hit, hit_rank
from workbench.evaluation.retrievals import by_evidence, trade_off
from workbench.evaluation.statistics import Design
from workbench.evaluation.trials import ranked
from workbench.experiment import Experiment, specification_error
from workbench.experiment.retrieval_search import (
    LEADING,
    TRIALS,
    RetrievalSearchSpec,
    every_setting,
    present_setting,
    read_by,
)
from workbench.experiment.variant_spec import VariantSpec
from workbench.io.files import read_json, write_json
from workbench.stages.context import RunContext
from workbench.stages.dev_scores import DevTerms, dev_table, recorded_scores, system_scores
from workbench.stages.index import IndexStage
from workbench.stages.inputs import ModelInput, PromptInput, SearchInput, SystemsInputs
from workbench.stages.searching_inputs import index_inputs, search_input
from workbench.stages.spread_answers import answer_files_elsewhere, spread_variants
from workbench.types import Question, Score, Watch
from workbench.variants.providers import searched

if TYPE_CHECKING:
    from workbench.engine.study import Attempt

INDEX = IndexStage()
#: Fewer questions than this tell settings apart by luck alone.
LEAST_QUESTIONS = 15
#: Passages looked at, however small they are.
MOST_SHOWN = 50
#: Passages of an index whose tokens are counted.
SIZED = 200
#: The name of a finalist, by its number.
FINALIST = "setting_{}"

Setting = Mapping[str, Any]


class RetrievalTrialsInputs(Inputs):
    """What is searched, and how dev questions judge it; ``experiment`` holds what that reads."""

    experiment: Experiment
    model: ModelInput
    prompt: PromptInput
    corpus: ArtifactReference
    questions: ArtifactReference
    terms: DevTerms
    withheld: tuple[str, ...] = ()
    examined: tuple[str, ...] = ()


class Tries:
    """The settings of one search: evidence in ``out/evidence``, answers in ``out/answers``."""

    def __init__(self, inputs: RetrievalTrialsInputs, out: Path, context: RunContext) -> None:
        self._inputs, self._out, self._context = inputs, out, context
        self._spec = spec_of(inputs.experiment)
        self._own = inputs.experiment.retrieved_as({})
        self._asked = _asked(inputs, context)

    def record(self) -> dict[str, Any]:
        """Every setting, best first."""
        own = self._evidence(0, self._own)
        attempts = self._attempts()
        rows, kept = [{**own, "settings": {}, "number": 0, "state": "complete", "note": ""}], [0]
        for one in attempts:
            row = {
                "number": one.number + 1, "settings": dict(one.setting), "state": one.state,
                "note": one.note, "ms": 0.0, "tokens": 0.0, "top_k": 0, "precision": None,
            }  # fmt: skip
            if one.value is not None:
                if self._made(one.setting) == self._own:
                    continue  # it is the present one
                row |= self._evidence(one.number + 1, self._made(one.setting))
                kept.append(one.number + 1)
            rows.append({**row, "seconds": round(one.seconds, 2)})
        hits = {number: self._hits(number) for number in kept}
        design = Design.of([question.cluster for question in self._asked])
        level, seed = self._inputs.terms.level, self._own.seed
        listed = [{"chance": 0.0, **row} for row in rows]
        found = by_evidence(listed, hits, design, level=level, seed=seed)
        finalists = self._finalists(found)
        tried, dev = self._answered(found, finalists)
        depths = {n: [float((rank <= k).mean()) for k in range(1, row["top_k"] + 1)]
                  for row in tried if (n := row["number"]) in hits
                  for rank in [self._ranks(n)]}  # fmt: skip
        best = tried[0]
        chosen = {**best["settings"], "retrieval.top_k": best["top_k"]} if best["number"] else {}
        record = {
            "metric": self._inputs.terms.metric,
            "level": level,
            "keys": [*self._spec.over],
            "sampler": self._spec.sampler if self._spec.budgeted else "every",
            "questions": len(self._asked),
            "dev": dev,
            "tokens": self._room,
            "asked": len(tried),
            "failed": sum(row["state"] == "failed" for row in tried),
            "answered": len(finalists) if dev else 0,
            "within": sum(row["within"] for row in tried),
            "tried": tried,
            "present": next(at for at, row in enumerate(tried) if row["number"] == 0),
            "trade_off": trade_off(tried, depths),
            "chosen": chosen,
        }
        return {**record, "exam": None}

    def _attempts(self) -> Sequence[Attempt[Setting]]:
        """The settings one after the other: all in order, or as Optuna proposes them."""
        from workbench.engine.proposals import Budget, Space
        from workbench.engine.study import Attempt, search

        every = every_setting(self._spec)
        if every is not None and not self._spec.budgeted:
            result: list[Attempt[Setting]] = []
            for place, setting in enumerate(every):
                self._context.progress(place, len(every), said(setting))
                began = time.monotonic()
                value = self._attempt(place, setting)
                spent = time.monotonic() - began
                result.append(Attempt(place, setting, setting, "complete", value, spent))
            self._context.progress(len(every), len(every))
            return result
        space: Space[Setting] = Space(
            self._spec.over, every, present_setting(self._spec, self._own), LEADING,
            lambda setting: read_by({**self._leading, **setting}, [*self._spec.over]),
            lambda setting: setting, lambda setting: str(sorted(setting.items(), key=str)),
        )  # fmt: skip
        trials = self._spec.trials or (TRIALS if every is None else len(every))
        budget = Budget(trials, self._spec.sampler, self._spec.minutes)
        return search(
            space, budget, self._out, self._own.seed, self._attempt, self._context.progress
        ).attempts

    @property
    def _leading(self) -> dict[str, Any]:
        return {LEADING[0]: self._own.retrieval.mode, LEADING[1]: self._own.passages.split}

    def _attempt(self, number: int, setting: Setting, _: Watch | None = None) -> float:
        """The share of questions whose evidence a setting shows."""
        self._evidence(number + 1, self._made(setting))
        return float(self._hits(number + 1).mean())

    def _made(self, setting: Setting) -> Experiment:
        try:
            return self._inputs.experiment.retrieved_as(setting)
        except ValidationError as error:
            raise specification_error(error, "retrieval.search") from error

    def _evidence(self, number: int, experiment: Experiment) -> dict[str, Any]:
        """One setting over all questions, kept under its number."""
        path = self._out / "evidence" / f"{number}.json"
        if path.exists():
            kept: dict[str, Any] = read_json(path)["told"]
            return kept
        search, top_k, size = self._searching(experiment)
        retriever = self._context.retriever(search)
        searched(retriever, self._asked[:1], top_k)  # the first loads what the others find loaded
        found = searched(retriever, self._asked, top_k)
        names = [[item.passage.id for item in listed.passages] for listed in found]
        pairs = list(zip(names, self._asked, strict=True))
        holding = [sum(hit(name, q) for name in own) / max(1, len(own)) for own, q in pairs]
        count = self._context.model(self._inputs.model).count_tokens
        # What a graph says stands before the passages, and is read beside them.
        beside = sum(count(hit.passage.text) for one in found for hit in one.passages[: one.told])
        told = {
            "top_k": top_k, "tokens": top_k * size + beside / len(found),
            "ms": 1000 * sum(listed.seconds for listed in found) / len(self._asked),
            "precision": sum(holding) / len(holding),
        }  # fmt: skip
        ranks = {q.id: hit_rank(own, q) for own, q in pairs}
        write_json(path, {"told": told, "ranks": ranks})
        return told

    def _ranks(self, number: int) -> NDArray[np.float64]:
        ranks = read_json(self._out / "evidence" / f"{number}.json")["ranks"]
        return np.array([ranks[q.id] or np.inf for q in self._asked], float)

    def _hits(self, number: int) -> NDArray[np.float64]:
        return np.isfinite(self._ranks(number)).astype(float)

    def _searching(self, experiment: Experiment) -> tuple[SearchInput, int, float]:
        """A setting's search, how many of its passages fill the room, and the tokens of one."""
        index, size = self._sized(experiment)
        there = len(self._context.passages(index))
        # Rounded, so that what the experiment shows now is what its own setting is tried with.
        top_k = max(1, min(MOST_SHOWN, there, round(self._room / size)))
        shown = experiment.retrieval.model_copy(update={"top_k": top_k})
        return search_input(experiment, index, shown), top_k, size

    def _sized(self, experiment: Experiment) -> tuple[ArtifactReference, float]:
        """A setting's index, and the mean tokens of a passage as it cuts the text."""
        inputs = index_inputs(
            experiment, self._inputs.corpus, experiment.passages, experiment.retrieval
        )
        index = self._context.make(INDEX, inputs).reference
        passages = self._context.passages(index)
        count = self._context.model(self._inputs.model).count_tokens
        spread = passages[:: max(1, len(passages) // SIZED)]
        return index, sum(count(passage.text) for passage in spread) / len(spread)

    @cached_property
    def _room(self) -> int:
        """The tokens that every setting fills."""
        return self._spec.tokens or round(self._own.retrieval.top_k * self._sized(self._own)[1])

    def _finalists(self, found: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
        """Those that answer: the best by evidence, and the present one with them."""
        count = self._spec.finalists
        known = [row for row in found if row["recall"] is not None]
        best = known[:count]
        return best + [row for row in known[count:] if row["number"] == 0] if count else []

    def _answered(
        self, found: Sequence[Mapping[str, Any]], finalists: Sequence[Mapping[str, Any]]
    ) -> tuple[list[dict[str, Any]], int]:
        """The settings with what the finalists' answers came to, and by how many dev questions."""
        written = self._context.question_set(self._inputs.questions).dev
        questions = tuple(question for question in written if question.kind != "behaviour")
        terms, seed = self._inputs.terms, self._own.seed
        if not finalists or not questions:
            return ranked(found, None, None, level=terms.level, seed=seed), 0
        language = self._context.corpus(self._inputs.corpus).language or "en"
        inputs = self._systems(finalists)
        files = {v.name: self._out / "answers" / f"{v.name}.jsonl" for v in inputs.variants}
        away = spread_variants(inputs, self._context)
        answer_files_elsewhere(
            inputs, {name: files[name] for name in away}, questions, self._context
        )
        scores: list[Score] = []
        for place, (name, path) in enumerate(files.items()):
            self._context.progress(place, len(files), "answers of the best")
            if name in away:
                scores += recorded_scores(questions, terms, path, language)
            else:
                (system,) = self._context.systems(inputs, [name])
                scores += system_scores(system, questions, terms, path, language)
        self._context.progress(len(files), len(files))
        table = dev_table(questions, scores, terms, [*files])
        named = [{**row, "number": FINALIST.format(row["number"]), "own": row["number"]}
                 for row in found]  # fmt: skip
        tried = ranked(named, table, terms.design(table), level=terms.level, seed=seed)
        for row in tried:
            row["number"] = row.pop("own")
        return tried, len(questions)

    def _systems(self, finalists: Sequence[Mapping[str, Any]]) -> SystemsInputs:
        made = {row["number"]: self._made(row["settings"]) for row in finalists}
        variants = tuple(
            VariantSpec(
                name=FINALIST.format(number), context="retrieval", top_k=self._searching(one)[1],
                retrieval=one.retrieval, passages=one.passages,
            )
            for number, one in made.items()
        )  # fmt: skip
        return SystemsInputs.of(
            self._own.model_copy(update={"variants": variants}), self._inputs.corpus,
            self._inputs.questions, self._searching(self._own)[0], {},
            searches={FINALIST.format(n): self._searching(one)[0] for n, one in made.items()},
            withheld=self._inputs.withheld, examined=self._inputs.examined,
        )  # fmt: skip


def spec_of(experiment: Experiment) -> RetrievalSearchSpec:
    """What is searched."""
    spec = experiment.retrieval.search
    assert spec is not None, "only what is to be searched is tried"
    return spec


def _asked(inputs: RetrievalTrialsInputs, context: RunContext) -> list[Question]:
    """One wording of each trained fact, and the dev questions: those whose evidence is known.

    Questions that give a fact of the exam away are none of them.
    """
    train = context.training_questions(inputs.questions, (*inputs.withheld, *inputs.examined))
    facts = {question.fact: question for question in reversed(train)}
    dev = context.question_set(inputs.questions).dev
    asked = [q for q in (*facts.values(), *dev) if q.evidence]
    if len(asked) < LEAST_QUESTIONS:
        raise WorkbenchError(
            f"Only {len(asked)} train and dev questions have evidence: too few to tell one "
            "setting from another.",
            "Ask for more of them (questions.train_facts, questions.dev), or bring more text.",
        )
    return asked


def said(setting: Setting) -> str:
    """A setting in a line."""
    from workbench.engine.study import written

    return written(setting)
