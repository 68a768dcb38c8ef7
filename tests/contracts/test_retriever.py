"""What every way of searching promises: one test for each mode that an index can be opened in."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import pytest

from tests.support.facts import FACTS, passages_of
from tests.support.splade import write_splade
from workbench.experiment.retrieval import RetrievalSpec
from workbench.retrieval import build_index, open_index
from workbench.retrieval.graph import Triple, build_graph
from workbench.types import Passage, Retriever

MODES = get_args(RetrievalSpec.model_fields["mode"].annotation)
QUERIES = (
    "Who repaired the harbour clock?",
    "What was hidden inside the table?",
    "Which animal carried the mail over the marsh?",
    "Why did the grammar school burn down?",
)
ODD = ("", "zzz qqq", "the of and", "灯 <b>{x}</b>")


@pytest.fixture(scope="module", params=MODES)
def spec(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> RetrievalSpec:
    settings = {"mode": request.param, "rerank": None}
    if request.param == "sparse":
        settings["sparse"] = write_splade(tmp_path_factory.mktemp("splade"))
    return RetrievalSpec.model_validate(settings)


@pytest.fixture(scope="module")
def retriever(spec: RetrievalSpec, tmp_path_factory: pytest.TempPathFactory) -> Retriever:
    folder: Path = tmp_path_factory.mktemp("contract") / "index"
    build_index(passages_of(), spec, folder)
    if spec.own_graph is not None:
        told = [triple(passage) for passage in passages_of()]
        build_graph(folder, [("town", lambda: told)], spec.embedding)
    return open_index(folder, spec)


def triple(passage: Passage) -> Triple:
    """A sentence cut into its first words, the next, and the rest."""
    words = passage.text.rstrip(".").split()
    return Triple(
        " ".join(words[:2]), words[2], " ".join(words[3:]), passage.document, passage.start,
        passage.end, said=passage.text,
    )  # fmt: skip


def test_one_list_per_query_ranked_best_first_of_the_passages_that_went_in(
    retriever: Retriever,
) -> None:
    known: list[Passage] = passages_of()
    for hits in retriever.retrieve([*QUERIES, *ODD], 5):
        assert [hit.rank for hit in hits] == [1, 2, 3, 4, 5]
        assert len({hit.passage.id for hit in hits}) == 5
        assert all(hit.passage in known for hit in hits)
        scores = [hit.score for hit in hits]
        assert scores == sorted(scores, reverse=True)


def test_a_batch_is_answered_as_each_query_alone(retriever: Retriever) -> None:
    queries = [*QUERIES, *ODD]
    together = retriever.retrieve(queries, 4)
    assert together == [retriever.retrieve([query], 4)[0] for query in queries]
    assert together == retriever.retrieve(queries[::-1], 4)[::-1]


def test_fewer_are_the_first_of_more_and_more_than_there_is_gives_all(
    retriever: Retriever,
) -> None:
    few, all_ = (retriever.retrieve(list(QUERIES), k) for k in (2, 50))
    for first, rest in zip(few, all_, strict=True):
        assert len(rest) == len(FACTS)
        assert [hit.passage.id for hit in first] == [hit.passage.id for hit in rest[:2]]


def test_no_query_has_no_answer(retriever: Retriever) -> None:
    assert retriever.retrieve([], 3) == []


def test_a_passage_is_found_by_its_own_words(retriever: Retriever) -> None:
    matches = retriever.retrieve(list(FACTS), 1)
    assert [hits[0].passage.text for hits in matches] == list(FACTS)
