"""What of the search is searched: lists and ranges in the place of values, refused in words."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from workbench.engine.study import value_of, written
from workbench.evaluation.retrievals import by_evidence, statements, trade_off
from workbench.evaluation.statistics import Design
from workbench.experiment import Experiment
from workbench.experiment.retrieval_search import every_setting, present_setting


def house(**changes: Any) -> Experiment:
    values = {"purpose": "Answer questions about the house.", "name": "house", "corpus": "h.md"}
    return Experiment(**{**values, **changes})


def settings(**over: Any) -> list[dict[str, Any]] | None:
    spec = house(retrieval={"search": {"over": over["over"]}}).retrieval.search
    assert spec is not None
    return every_setting(spec)


def test_lists_and_ranges_are_put_aside_and_what_stood_first_takes_their_place() -> None:
    own = house(
        passages={"chunk_size": [60, 110], "only": ["document=a"]},
        retrieval={"mode": ["fused", "bm25"], "lexical_weight": {"low": 0.1, "high": 0.6},
                   "graph": {"relations": ["owns"], "extractor": "model", "model": "m"},
                   "search": {"trials": 5}},
    )  # fmt: skip
    search = own.retrieval.search
    assert search is not None and search.trials == 5
    assert search.over.keys() == {
        "retrieval.mode", "retrieval.lexical_weight", "passages.chunk_size",
    }  # fmt: skip
    assert (own.passages.chunk_size, own.retrieval.mode) == (60, "fused")
    assert own.passages.only == ("document=a",), "a list by nature is one value"
    assert Experiment.from_yaml(own.to_yaml()) == own
    assert own.retrieved_as({}).retrieval.search is None
    tried = own.retrieved_as({"retrieval.mode": "bm25", "passages.chunk_size": 80})
    assert (tried.retrieval.mode, tried.passages.chunk_size) == ("bm25", 80)


def test_without_a_search_nothing_of_it_is_written() -> None:
    assert "search" not in house().model_dump(mode="json")["retrieval"]


def test_an_embedding_that_was_a_name_takes_a_key_of_its_table() -> None:
    tried = house().retrieved_as({"retrieval.embedding.dimensions": 64})
    assert tried.retrieval.embedding_name == "all-MiniLM-L6-v2"


def test_what_only_the_fused_search_reads_is_varied_for_that_alone() -> None:
    varied = {"retrieval.mode": ["bm25", "fused"], "retrieval.lexical_weight": [0.2, 0.4]}
    assert settings(over=varied) == [
        {"retrieval.mode": "bm25"},
        {"retrieval.mode": "fused", "retrieval.lexical_weight": 0.2},
        {"retrieval.mode": "fused", "retrieval.lexical_weight": 0.4},
    ]
    whole = {"passages.split": ["section", "structure"], "passages.chunk_size": [60, 90]}
    assert settings(over=whole) == [
        {"passages.split": "section"},
        {"passages.split": "structure", "passages.chunk_size": 60},
        {"passages.split": "structure", "passages.chunk_size": 90},
    ]


def test_what_stands_there_is_a_setting_where_it_is_among_those_tried() -> None:
    own = house(retrieval={"mode": ["bm25", "fused"]})
    assert own.retrieval.search is not None
    assert present_setting(own.retrieval.search, own) == {"retrieval.mode": "bm25"}
    other = own.retrieved_as({"retrieval.mode": "dense"})
    assert present_setting(own.retrieval.search, other) is None


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"retrieval": {"search": {"over": {"retrieval.top_k": [1, 2]}}}}, "no setting of how"),
        ({"retrieval": {"search": {"over": {"tuning.epochs": [1, 2]}}}}, "no setting of how"),
        ({"retrieval": {"mode": ["bm25"], "tuned": "embedding"}}, "leave retrieval.tuned out"),
        ({"variants": ["rag", {"name": "other", "context": "retrieval",
                               "retrieval": {"mode": ["bm25", "dense"]}}]}, "not in a variant"),
        ({"retrieval": {"lexical_weight": {"low": 0.5, "high": 0.1}}}, "runs upwards"),
        ({"questions": {"labels": "m.csv"}, "corpus": "m.csv", "retrieval": {"mode": ["bm25"]},
          "variants": ["prompt_only", "fine_tuned"]}, "have no evidence"),
    ],
)  # fmt: skip
def test_what_cannot_be_searched_is_a_sentence(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        house(**changes)


def test_a_setting_of_several_keys_is_written_as_a_person_would() -> None:
    described = {"retrieval.embedding": {"name": "e5", "dimensions": 64}}
    assert written(described) == "embedding (name e5, dimensions 64)"
    assert written({"passages.read": {"sentences": 2}}) == "read (sentences 2)"
    assert written({"passages.only": ["a=b", "c=d"]}) == "only a=b and c=d"
    assert [value_of(value) for value in (None, True, False, 1, 0.4)] == [
        "none", "yes", "no", "1", "0.4",
    ]  # fmt: skip


def _found(*hits: list[int]) -> dict[str, Any]:
    """The record of some settings, the present first, by whether each showed each question's."""
    rows = [{"number": at, "settings": {"retrieval.mode": str(at)} if at else {}, "ms": 9.0 - at,
             "tokens": 100.0, "top_k": 2, "state": "complete", "value": None, "within": False}
            for at in range(len(hits))]  # fmt: skip
    columns = {at: np.array(own, float) for at, own in enumerate(hits)}
    design = Design.of([str(at) for at in range(len(hits[0]))])
    tried = by_evidence(rows, columns, design, level=0.95, seed=1)
    return {
        "tried": tried, "asked": len(tried), "questions": len(hits[0]), "tokens": 100,
        "answered": 0, "failed": 0, "dev": 0,
        "present": next(at for at, row in enumerate(tried) if row["number"] == 0),
    }  # fmt: skip


def _keys(found: dict[str, Any]) -> list[str]:
    return [item["key"] for item in statements(found, "")]


def test_the_sentence_follows_what_luck_can_do() -> None:
    half = [1, 0] * 20
    assert "retrieval_none_better" in _keys(_found(half, half))
    lucky = _found(half, [1, *half[1:38], 1, 1])
    assert "retrieval_maybe" in _keys(lucky) and "retrieval_ties" in _keys(lucky)
    better = _found(half, [1] * 40)
    assert "retrieval_better" in _keys(better)
    assert better["tried"][0]["number"] == 1 and better["tried"][0]["clear"]
    assert better["present"] == 1


def test_the_front_is_what_nothing_betters_in_all_and_tokens_buy_evidence() -> None:
    found = _found([1, 1, 0, 0], [1, 1, 1, 0], [1, 1, 0, 0])
    front = {row["number"]: row["front"] for row in found["tried"]}
    assert front == {1: True, 2: True, 0: False}, "the quickest, and what shows the most"
    steps = trade_off(found["tried"], {0: [0.5, 0.5], 1: [0.25, 0.75], 2: [0.5, 0.5]})
    assert [(step["number"], step["top_k"], step["recall"]) for step in steps] == [
        (2, 1, 0.5), (1, 2, 0.75),
    ]  # fmt: skip
