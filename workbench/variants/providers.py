"""Context providers: nothing, examples, the whole text, retrieval, or the evidence itself."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from workbench.types import (
    Context,
    ContextProvider,
    Passage,
    Question,
    Retrieved,
    Retriever,
    Written,
)

#: Unit vectors (texts x dimensions) of texts.
Embed = Callable[[Sequence[str]], Any]


@dataclass(frozen=True)
class NoContext:
    """The bare question."""

    def contexts(self, questions: Sequence[Question]) -> list[Context]:
        return [Context() for _ in questions]


@dataclass(frozen=True)
class Examples:
    """The same few solved questions before every question, taken from the training questions."""

    examples: tuple[Question, ...]

    def contexts(self, questions: Sequence[Question]) -> list[Context]:
        return [Context(examples=self.examples) for _ in questions]


def pick_examples(train: Sequence[Question], count: int, seed: int) -> tuple[Question, ...]:
    """``count`` training questions on distinct facts, kinds taken in turn, the same for a seed.

    Of messages with labels the labels are taken in turn, in an order drawn for the seed: a model
    leans to the label it has seen most often, and to the last (Zhao et al. 2021).
    """
    rng = random.Random(seed)
    by_sort: dict[str, list[Question]] = {}
    # sample, not shuffle: the caller's list keeps its order.
    for question in rng.sample(list(train), len(train)):
        sort = question.answers[0] if question.kind == "label" else question.kind
        by_sort.setdefault(sort, []).append(question)
    order = sorted(by_sort)
    if any(question.kind == "label" for question in train):
        order = rng.sample(order, len(order))
    picked: list[Question] = []
    facts: set[str | None] = set()
    while len(picked) < count and any(by_sort.values()):
        for sort in order:
            while by_sort[sort] and len(picked) < count:
                question = by_sort[sort].pop()
                if question.fact not in facts or question.fact is None:
                    picked.append(question)
                    facts.add(question.fact)
                    break
    return tuple(picked)


@dataclass
class NearestExamples:
    """The solved questions most like each question, by their vectors, the nearest first.

    Nearest first, since a prompt that does not fit the window loses its last examples.
    """

    examples: tuple[Question, ...]
    count: int
    embed: Embed
    _vectors: Any = None

    def contexts(self, questions: Sequence[Question]) -> list[Context]:
        if not questions:
            return []
        if self._vectors is None:
            # Once for all questions: that the examples are embedded belongs to no question's time.
            self._vectors = self.embed([example.text for example in self.examples])
        started = time.perf_counter()
        likeness = self.embed([question.text for question in questions]) @ self._vectors.T
        order = (-likeness).argsort(axis=1, kind="stable")[:, : self.count]
        share = (time.perf_counter() - started) / max(1, len(questions))
        return [
            Context(examples=tuple(self.examples[at] for at in row), seconds=share) for row in order
        ]


@dataclass(frozen=True)
class WholeText:
    """As much of the corpus as the window takes, from its beginning; says what share that is.

    The prompt's own fitting cuts ``passages`` to the window; ``total_characters`` is the corpus's
    length.
    """

    passages: tuple[Passage, ...]
    total_characters: int

    def contexts(self, questions: Sequence[Question]) -> list[Context]:
        matches = tuple(
            Retrieved(passage, 0.0, rank) for rank, passage in enumerate(self.passages, 1)
        )
        seen = sum(len(passage.text) for passage in self.passages)
        return [Context(matches, share=seen / max(1, self.total_characters)) for _ in questions]


@dataclass
class Retrieval:
    """The passages that a retriever finds. ``memory`` keeps them for the next variant."""

    retriever: Retriever
    k: int
    memory: dict[str, Context] | None = field(default_factory=dict)

    def contexts(self, questions: Sequence[Question]) -> list[Context]:
        known = self.memory or {}
        missing = [question for question in questions if question.id not in known]
        fresh = dict(
            zip((q.id for q in missing), searched(self.retriever, missing, self.k), strict=True)
        )
        if self.memory is not None:
            self.memory.update(fresh)
        return [fresh.get(question.id) or known[question.id] for question in questions]

    def without_cache(self) -> Retrieval:
        """The same search without memory: what latency is measured on."""
        forgetful = getattr(self.retriever, "forgetful", None)
        return Retrieval(self.retriever if forgetful is None else forgetful(), self.k, None)


def searched(retriever: Retriever, questions: Sequence[Question], k: int) -> list[Context]:
    """What each question finds, and what that took.

    Searched in one batch, so each question is charged the mean; what a model wrote to search with
    is charged to its question, as it was when it was written, and so is what it read to rank.
    """
    if not questions:
        return []
    texts = [question.text for question in questions]
    write = getattr(retriever, "written", None)
    written: list[Written] = [] if write is None else write(texts)
    retrieve: Callable[..., list[list[Retrieved]]] = retriever.retrieve
    started = time.perf_counter()
    matches = retrieve(texts, k, written) if written else retrieve(texts, k)
    tell = getattr(retriever, "told", None)
    told: list[list[Retrieved]] = ([] if tell is None else tell(texts)) or [[] for _ in texts]
    share = (time.perf_counter() - started) / len(questions)
    own = written or [Written((text,)) for text in texts]
    rank = getattr(retriever, "ranked", None)
    ranked: list[Written] = [] if rank is None else rank(texts)
    return [
        Context(
            _ranked_anew(triples, hits),
            told=len(triples),
            seconds=share + one.seconds + two.seconds,
            search_tokens=(
                one.input_tokens + two.input_tokens,
                one.output_tokens + two.output_tokens,
            ),
        )
        for triples, hits, one, two in zip(
            told, matches, own, ranked or [Written(())] * len(own), strict=True
        )
    ]


def _ranked_anew(first: list[Retrieved], then: list[Retrieved]) -> tuple[Retrieved, ...]:
    """Triples' sentences before passages; a passage that is such a sentence is not shown twice."""
    if not first:
        return tuple(then)
    said = {hit.passage.id for hit in first}
    left = [hit for hit in then if hit.passage.id not in said]
    return tuple(replace(hit, rank=rank) for rank, hit in enumerate([*first, *left], 1))


@dataclass(frozen=True)
class WithExamples:
    """What a search finds, and a few solved questions: the form of the answer for free."""

    search: Retrieval
    solved: ContextProvider

    def contexts(self, questions: Sequence[Question]) -> list[Context]:
        found, shown = self.search.contexts(questions), self.solved.contexts(questions)
        return [
            replace(context, examples=more.examples, seconds=context.seconds + more.seconds)
            for context, more in zip(found, shown, strict=True)
        ]

    def without_cache(self) -> WithExamples:
        """The same with a search that remembers nothing."""
        return replace(self, search=self.search.without_cache())


@dataclass(frozen=True)
class EvidenceProvider:
    """The oracle: for each evidence span the passage that holds most of it.

    A question without evidence (an unanswerable one) gets what ``otherwise`` finds, since the
    right reply depends on seeing that the corpus does not say.
    """

    passages: tuple[Passage, ...]
    otherwise: ContextProvider

    def contexts(self, questions: Sequence[Question]) -> list[Context]:
        return [self._context(question) for question in questions]

    def _context(self, question: Question) -> Context:
        chosen: dict[str, Passage] = {}
        for span in question.evidence:
            best = max(
                (passage for passage in self.passages if passage.document == span.document),
                # The earlier passage where two hold as much, so that the choice is fixed.
                key=lambda p: (min(p.end, span.end) - max(p.start, span.start), -p.start),
                default=None,
            )
            if best is not None and min(best.end, span.end) > max(best.start, span.start):
                chosen[best.id] = best
        if not chosen:
            return self.otherwise.contexts([question])[0]
        matches = tuple(Retrieved(p, 1.0, rank) for rank, p in enumerate(chosen.values(), 1))
        return Context(matches)
