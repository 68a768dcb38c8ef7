"""Context providers: the evidence for the oracle, one search per question for the rest."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from workbench.types import Evidence, Passage, Question, Retrieved
from workbench.variants.providers import (
    EvidenceProvider,
    NearestExamples,
    NoContext,
    Retrieval,
    pick_examples,
)

PASSAGES = tuple(
    Passage("tale", start, start + 100, f"text {start}", "tale#01") for start in range(0, 500, 80)
)


class CountingSearch:
    """Brings the first passages, and remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def retrieve(self, queries: Sequence[str], k: int) -> list[list[Retrieved]]:
        self.asked.extend(queries)
        return [[Retrieved(p, 1.0, n) for n, p in enumerate(PASSAGES[:k], 1)] for _ in queries]


def question(name: str, *spans: tuple[int, int]) -> Question:
    evidence = tuple(Evidence("tale", start, end, "") for start, end in spans)
    return Question(name, f"What of {name}?", ("x",) if spans else (), evidence)


def test_the_oracle_gets_the_passage_that_holds_most_of_each_evidence_span() -> None:
    oracle = EvidenceProvider(PASSAGES, NoContext())
    first, two = oracle.contexts([question("a", (150, 190)), question("b", (10, 30), (410, 450))])
    assert [hit.passage.start for hit in first.passages] == [80]
    assert [hit.passage.start for hit in two.passages] == [0, 400]


def test_the_oracle_reads_what_search_brings_where_there_is_no_evidence() -> None:
    search = CountingSearch()
    oracle = EvidenceProvider(PASSAGES, Retrieval(search, 2))
    assert len(oracle.contexts([question("unanswerable")])[0].passages) == 2
    assert EvidenceProvider(PASSAGES, NoContext()).contexts([question("u")])[0].passages == ()


def test_a_question_is_searched_for_once_and_again_while_the_clock_runs() -> None:
    search = CountingSearch()
    shared = Retrieval(search, 3)
    asked = [question("a", (0, 5)), question("b", (5, 9))]
    first, again = shared.contexts(asked), shared.contexts(asked[::-1])
    assert first == again[::-1]
    assert len(search.asked) == 2
    shared.without_cache().contexts(asked)
    assert len(search.asked) == 4


def test_examples_are_on_distinct_facts_and_the_same_for_a_seed() -> None:
    train = [
        Question(
            f"q{n}", f"Q{n}?", ("x",), kind="why_how" if n % 4 else "factoid", fact=f"f{n % 5}"
        )
        for n in range(40)
    ]
    picked = pick_examples(train, 4, seed=7)
    assert picked == pick_examples(train, 4, seed=7)
    assert len({item.fact for item in picked}) == 4
    assert {item.kind for item in picked} == {"factoid", "why_how"}


def test_of_labelled_messages_each_label_is_shown_as_often_as_the_others() -> None:
    # Nine in ten are complaints, which alone would be shown otherwise.
    train = [
        Question(f"q{n}", f"Message {n}", ("billing", "praise")[n // 10 % 2:][:1]
                 if n % 10 == 0 else ("complaint",), kind="label", fact=f"f{n}")
        for n in range(80)
    ]  # fmt: skip
    orders = {tuple(q.answers[0] for q in pick_examples(train, 6, seed)) for seed in range(8)}
    assert all(order.count(label) == 2 for order in orders for label in order)
    # No label stands last whatever the seed.
    assert len({order[-1] for order in orders}) > 1


def test_the_nearest_examples_come_first_and_each_question_has_its_own() -> None:
    asked: list[list[str]] = []

    def embed(texts: Sequence[str]) -> np.ndarray:
        asked.append(list(texts))
        # Each text is a number on a half circle: near numbers lie near.
        turns = np.array([float(text) for text in texts]) * np.pi / 10
        return np.stack([np.cos(turns), np.sin(turns)], axis=1)

    train = tuple(Question(f"t{n}", str(n), (f"label {n}",)) for n in range(9))
    provider = NearestExamples(train, 3, embed)
    first, second = provider.contexts([Question("a", "6.2", ()), Question("b", "0.9", ())])
    assert [item.text for item in first.examples] == ["6", "7", "5"]
    assert [item.text for item in second.examples] == ["1", "0", "2"]
    provider.contexts([Question("c", "3", ())])
    assert sum(len(texts) == len(train) for texts in asked) == 1, "examples are embedded once"
    assert NearestExamples(train[:2], 3, embed).contexts([Question("d", "1", ())])[0].examples
