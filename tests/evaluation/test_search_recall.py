"""Recall by depth, by hand: which share of questions has its evidence among the first k."""

from __future__ import annotations

import pytest

from workbench.evaluation.search_recall import EvidenceRank, search_recall


def _found(*ranks: int | None, stratum: str = "unseen") -> list[EvidenceRank]:
    return [
        EvidenceRank(f"{stratum}{at}", f"s{at}", stratum, {"bm25": rank, "fused": 1})
        for at, rank in enumerate(ranks)
    ]


def test_recall_counts_the_questions_whose_evidence_stands_so_high() -> None:
    result = search_recall(_found(1, 3, 4, None), "fused", 4, None)
    assert result is not None and (result.used, result.top_k, result.questions) == ("fused", 4, 4)
    bm25 = result.part("bm25")
    # The depth that the variants are shown is told too, though it is none of the usual ones.
    assert [item.count for item in bm25.at] == [1, 2, 3, 4, 5, 10, 20]
    values = [item.recall.value for item in bm25.at]
    assert values == pytest.approx([0.25, 0.25, 0.5, 0.75, 0.75, 0.75, 0.75])
    assert result.part("fused").recall(1).value == 1
    for item in bm25.at:
        low, value, high = item.recall.low, item.recall.value, item.recall.high
        assert low is not None and value is not None and high is not None
        assert 0 <= low < value < high <= 1


def test_strata_weigh_what_the_workload_says() -> None:
    found = _found(1, 1, stratum="unseen") + _found(None, None, None, None, stratum="reworded")
    mix = {"unseen": 0.75, "reworded": 0.25}
    result = search_recall(found, "bm25", 3, mix)
    assert result is not None and result.part("bm25").recall(3).value == pytest.approx(0.75)


def test_nothing_searched_is_nothing_told() -> None:
    assert search_recall([], "fused", 3, None) is None


def test_the_misses_are_counted_and_the_hardest_named_first() -> None:
    """Shown are 3: ranks 1 and 3 are hits; 4, 9 and none are three misses, the last the hardest."""
    found = [
        EvidenceRank(f"q{at}", f"s{at}", None, {"bm25": bm25, "fused": fused}, f"Question {at}?")
        for at, (bm25, fused) in enumerate([(1, 1), (None, 3), (2, 4), (None, 9), (None, None)])
    ]
    result = search_recall(found, "fused", 3, None)
    assert result is not None and result.missed == 3
    # Of the two that another part reaches, the one that BM25 has at rank 2 is the easier.
    assert [(miss.question, miss.ranks) for miss in result.misses] == [
        ("q4", {"bm25": None, "fused": None}), ("q3", {"bm25": None, "fused": 9}),
        ("q2", {"bm25": 2, "fused": 4}),
    ]  # fmt: skip
    assert result.misses[0].text == "Question 4?"
