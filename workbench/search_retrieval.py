"""Retrieval settings against one another on questions that are no exam, without a generated token.

Evidence lies on spans of the document, so that any splitting and any search can be judged by
whether the passages shown hold it. Every setting is given the same tokens of a prompt: small
passages are shown in greater number. Train and dev questions are asked; the exam stays shut.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from workbench.engine.cache import ArtifactCache, cache_root
from workbench.engine.inputs import ArtifactReference
from workbench.errors import WorkbenchError
from workbench.evaluation.metrics import hit_rank
from workbench.evaluation.statistics import Design, compare, estimate, holm
from workbench.experiment import Experiment, candidates
from workbench.experiment.identity import resolve
from workbench.stages import CORPUS, INDEX, QUESTIONS
from workbench.stages.context import RunContext
from workbench.stages.plan import RunPlan
from workbench.stages.refusals import check_language, check_policy
from workbench.types import Comparison, Estimate, Progress, Question, silent
from workbench.variants.providers import searched

#: Fewer questions than this tell settings apart by luck alone.
LEAST_QUESTIONS = 15
#: Passages looked at, however small they are.
MOST_SHOWN = 50
ALPHA = 0.05
#: Passages of an index whose tokens are counted.
SIZED = 200

Settings = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Tried:
    """One setting: how many passages fill the tokens, how often they hold the evidence.

    ``gain`` is this setting minus the experiment's own, paired by question, its p adjusted for all
    that were tried (Holm 1979); None of the own one. ``ms`` is a query's time.
    """

    settings: Settings
    top_k: int
    tokens: float
    ms: float
    recall: Estimate
    gain: Comparison | None = None

    @property
    def clear(self) -> bool:
        """Whether more than luck sets it apart from the experiment's own setting."""
        return self.gain is not None and self.gain.p is not None and self.gain.p < ALPHA


@dataclass(frozen=True, slots=True)
class Searched:
    """Every setting, best first; ``present`` is the place of the experiment's own."""

    tried: tuple[Tried, ...]
    present: int
    questions: int
    tokens: int


def grid(over: Mapping[str, Sequence[object]]) -> list[dict[str, object]]:
    """Every combination; what only the fused search reads is varied for that alone, and sizes not
    for whole sections."""

    def read(setting: Settings) -> Settings:
        idle = set()
        if setting.get("retrieval.mode", "fused") != "fused":
            idle |= {"retrieval.lexical_weight", "retrieval.graph_weight"}
        if setting.get("passages.split") == "section":
            idle |= {"passages.chunk_size", "passages.chunk_overlap"}
        return {key: value for key, value in setting.items() if key not in idle}

    return candidates.grid(over, read)


def search_retrieval(
    own: Experiment,
    settings: Sequence[Settings],
    changed: Callable[[Settings], Experiment],
    tokens: int | None = None,
    progress: Progress = silent,
) -> Searched:
    """Try the experiment's own setting and ``settings``; ``changed`` makes the experiment of one.

    ``tokens`` of a prompt may be filled with passages (None: what the experiment shows now).
    Indexes go to the cache, where a run finds them. Raises WorkbenchError where too few questions
    have evidence, and where text would leave this machine that may not.
    """
    context = RunContext(ArtifactCache(cache_root()))
    if any(item.retrieval.tuned for item in (own, *(changed(setting) for setting in settings))):
        raise WorkbenchError(
            "A tuned retriever learns from the questions that this search judges by.",
            "Leave retrieval.tuned out here; as a variant it sits the exam beside the others: "
            "{name: tuned_rag, context: retrieval, retrieval: {tuned: embedding}}.",
        )
    plan = RunPlan(resolve(own))
    others = [(setting, changed(setting)) for setting in settings]
    # Of all before any is tried: a setting may ask an endpoint that the experiment does not.
    for experiment in (own, *(experiment for _, experiment in others)):
        check_policy(RunPlan(resolve(experiment)))
    corpus = context.cache.make(CORPUS, plan.corpus_inputs(), context).reference
    check_language(plan, corpus)
    questions = context.cache.make(QUESTIONS, plan.questions_inputs(corpus), context).reference
    asked = _asked(context, questions)
    budget = tokens or round(own.retrieval.top_k * _size(own, corpus, context))
    design = Design.of([question.cluster for question in asked])
    todo: list[tuple[Settings, Experiment]] = [({}, own), *(o for o in others if o[1] != own)]
    found: list[tuple[Tried, NDArray[np.float64]]] = []
    for place, (setting, experiment) in enumerate(todo):
        progress(place, len(todo), ", ".join(f"{value}" for value in setting.values()))
        found.append(_try(setting, experiment, corpus, asked, budget, design, context))
    progress(len(todo), len(todo))
    own_hits = found[0][1]
    gains = [compare(hits, own_hits, design, metric="recall") for _, hits in found[1:]]
    adjusted = holm([gain.p for gain in gains])
    tried = [found[0][0]] + [
        replace(one, gain=replace(gain, p=p))
        for (one, _), gain, p in zip(found[1:], gains, adjusted, strict=True)
    ]
    # Of equal ones the experiment's own first, then those that cost less.
    ranked = sorted(tried, key=lambda t: (-(t.recall.value or 0.0), t.gain is not None, t.ms))
    present = next(at for at, one in enumerate(ranked) if one.gain is None)
    return Searched(tuple(ranked), present, len(asked), budget)


def _try(
    setting: Settings,
    experiment: Experiment,
    corpus: ArtifactReference,
    asked: Sequence[Question],
    budget: int,
    design: Design,
    context: RunContext,
) -> tuple[Tried, NDArray[np.float64]]:
    """One setting over all questions, and for each of them whether its evidence was shown."""
    plan = RunPlan(resolve(experiment))
    index = context.make(INDEX, plan.index_inputs(corpus)).reference
    retriever = context.retriever(plan.search(index))
    size, there = _size(experiment, corpus, context), len(context.passages(index))
    # Rounded, so that what the experiment shows now is what its own setting is tried with.
    top_k = max(1, min(MOST_SHOWN, there, round(budget / size)))
    searched(retriever, asked[:1], top_k)  # the first loads what the others find loaded
    found = searched(retriever, asked, top_k)
    ms = 1000 * sum(context.seconds for context in found) / len(asked)
    hits = np.array([
        hit_rank([item.passage.id for item in listed.passages], question) is not None
        for question, listed in zip(asked, found, strict=True)
    ], float)  # fmt: skip
    return Tried(setting, top_k, top_k * size, ms, estimate(hits, design)), hits


def _size(experiment: Experiment, corpus: ArtifactReference, context: RunContext) -> float:
    """Mean tokens of a passage as the experiment cuts the text."""
    plan = RunPlan(resolve(experiment))
    passages = context.passages(context.make(INDEX, plan.index_inputs(corpus)).reference)
    count = context.model(plan.model(experiment.model.reference())).count_tokens
    spread = passages[:: max(1, len(passages) // SIZED)]
    return sum(count(passage.text) for passage in spread) / len(spread)


def _asked(context: RunContext, questions: ArtifactReference) -> list[Question]:
    """One wording of each trained fact, and the dev questions: those whose evidence is known."""
    written = context.question_set(questions)
    facts = {question.fact: question for question in reversed(written.train)}
    asked = [q for q in (*facts.values(), *written.dev) if q.evidence]
    if len(asked) < LEAST_QUESTIONS:
        raise WorkbenchError(
            f"Only {len(asked)} train and dev questions have evidence: too few to tell one "
            "setting from another.",
            "Ask for more of them (questions.train_facts, questions.dev), or bring more text.",
        )
    return asked
