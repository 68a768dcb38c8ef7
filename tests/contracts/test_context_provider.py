"""What every context promises that a variant can be given."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, get_args

import numpy as np
import pytest

from tests.support.facts import FACTS, passages_of
from tests.support.tale import small_corpus
from workbench.experiment import Experiment
from workbench.experiment.variant_spec import VariantSpec
from workbench.types import (
    Context,
    ContextProvider,
    Evidence,
    LanguageModel,
    Question,
    Retrieved,
)
from workbench.variants.assembly import Materials, build_systems

#: The contexts that an experiment may name, as its specification lists them.
CONTEXTS = tuple(
    name for part in get_args(VariantSpec.model_fields["context"].annotation)
    for name in get_args(part)
)  # fmt: skip
PASSAGES = passages_of()


class WordSearch:
    """Passages by the number of words that they share with the query."""

    def retrieve(self, queries: Sequence[str], k: int) -> list[list[Retrieved]]:
        def shared(text: str, query: str) -> int:
            return len(set(text.lower().split()) & set(query.lower().split()))

        ranked = [sorted(PASSAGES, key=lambda p: -shared(p.text, q))[:k] for q in queries]
        return [[Retrieved(p, 1 / n, n) for n, p in enumerate(hits, 1)] for hits in ranked]


def by_letters(texts: Sequence[str]) -> Any:
    """Unit vectors of how often each letter occurs."""
    counts = np.array([[text.lower().count(chr(97 + n)) for n in range(26)] for text in texts])
    return counts / np.maximum(np.linalg.norm(counts, axis=1, keepdims=True), 1e-9)


def question(number: int) -> Question:
    """On the passage of that number; every fifth stands nowhere."""
    passage = PASSAGES[number]
    evidence = (Evidence("town", passage.start + 2, passage.end - 2, passage.text[2:-2]),)
    return Question(
        f"q{number}", f"What of {' '.join(FACTS[number].split()[:4])}?", ("x",),
        evidence if number % 5 else (), fact=f"f{number}",
    )  # fmt: skip


QUESTIONS = [question(number) for number in range(len(FACTS))]


@pytest.fixture(params=CONTEXTS)
def provider(request: pytest.FixtureRequest, tiny: LanguageModel) -> ContextProvider:
    """Built as a run builds it, for a variant of that context."""
    experiment = Experiment(
        name="contract", purpose="Answer questions on the town.", corpus="town.md",
        variants=[VariantSpec(name="own", context=request.param), "prompt_only", "rag"],
    )  # fmt: skip
    train = [Question(f"t{n}", f"Who is {n}?", ("x",), fact=f"t{n}") for n in range(9)]
    materials = Materials(
        small_corpus().sections, PASSAGES, train, lambda _: WordSearch(), embed=by_letters
    )
    (system,) = build_systems(experiment, materials, lambda _: tiny, {}, ["own"])
    return system.provider


def told(contexts: list[Context]) -> list[tuple[Any, ...]]:
    """All but the time."""
    return [(c.passages, c.examples, c.share) for c in contexts]


def test_each_question_has_its_context_in_order_as_if_it_were_alone(
    provider: ContextProvider,
) -> None:
    together = told(provider.contexts(QUESTIONS))
    assert together == [told(provider.contexts([q]))[0] for q in QUESTIONS]
    assert together == told(provider.contexts(QUESTIONS[::-1]))[::-1]
    assert together == told(provider.contexts(QUESTIONS))
    assert provider.contexts([]) == []


def test_passages_are_ranked_from_one_and_each_is_there_once(provider: ContextProvider) -> None:
    for context in provider.contexts(QUESTIONS):
        hits = context.passages
        assert [hit.rank for hit in hits] == list(range(1, len(hits) + 1))
        assert len({hit.passage.id for hit in hits}) == len(hits)


def test_time_and_share_are_told_in_their_units(provider: ContextProvider) -> None:
    for context in provider.contexts(QUESTIONS):
        assert context.seconds >= 0
        assert context.share is None or 0 < context.share <= 1


def test_no_answer_is_given_away_by_an_example(provider: ContextProvider) -> None:
    """Examples are training questions: none is on a fact that is asked about."""
    asked = {item.fact for item in QUESTIONS}
    for context in provider.contexts(QUESTIONS):
        assert not asked & {example.fact for example in context.examples}
