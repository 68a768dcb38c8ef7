"""Small passages are found, larger stretches are shown: merged, counted, kept in the index."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.support.facts import FACTS, passages_of
from workbench.corpus.showing import Shown
from workbench.errors import WorkbenchError
from workbench.experiment.retrieval import RetrievalSpec
from workbench.retrieval import (
    build_index,
    open_index,
    read_larger,
    read_passages,
    shown_file,
    shown_passages,
    update_index,
)
from workbench.retrieval.reading import Reading
from workbench.types import Passage, Retrieved

SPEC = RetrievalSpec(mode="bm25")
QUERIES = ["Who repaired the harbour clock?", "Why did the grammar school burn down?", "zzz"]


def in_threes(passages: Sequence[Passage]) -> Shown:
    """Of every three neighbours one stretch."""
    text = " ".join(passage.text for passage in passages)
    groups = [passages[at : at + 3] for at in range(0, len(passages), 3)]
    wide = tuple(
        Passage("town", g[0].start, g[-1].end, text[g[0].start : g[-1].end], g[0].section)
        for g in groups
    )
    return Shown(wide, tuple(at // 3 for at in range(len(passages))))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("reading") / "index"
    build_index(passages_of(), SPEC, path, shown=in_threes(passages_of()))
    return path


def test_as_many_different_stretches_are_shown_as_were_asked_for(folder: Path) -> None:
    small, wide = open_index(folder, SPEC), read_larger(folder, open_index(folder, SPEC))
    for query, hits in zip(QUERIES, wide.retrieve(QUERIES, 3), strict=True):
        found = small.retrieve([query], 12)[0]
        # The first three of the stretches in the order of what was found, each at its best score.
        expected: dict[int, float] = {}
        for hit in found:
            expected.setdefault(passages_of().index(hit.passage) // 3, hit.score)
        wanted = list(expected.items())[:3]
        stretches = in_threes(passages_of()).passages
        assert [hit.passage for hit in hits] == [stretches[at] for at, _ in wanted]
        assert [hit.score for hit in hits] == [score for _, score in wanted]
        assert [hit.rank for hit in hits] == [1, 2, 3]
    assert [len(hits) for hits in wide.retrieve(QUERIES, 9)] == [4, 4, 4], "there are no more"


def test_it_looks_deeper_until_enough_differ() -> None:
    passages = passages_of(tuple(f"{text} {n}" for n in range(4) for text in FACTS))
    shown = Shown(
        (Passage("town", 0, passages[40].start, "", "s"), *passages[40:]),
        tuple(max(0, at - 39) for at in range(len(passages))),
    )
    depths = []

    class InOrder:
        def retrieve(self, queries: Sequence[str], k: int) -> list[list[Retrieved]]:
            depths.append((len(queries), k))
            return [[Retrieved(p, 0.0, n) for n, p in enumerate(passages[:k], 1)] for _ in queries]

    place = {passage.id: at for passage, at in zip(passages, shown.places, strict=True)}
    (hits,) = Reading(InOrder(), shown.passages, place).retrieve(["any"], 3)
    assert [hit.passage for hit in hits] == list(shown.passages[:3])
    assert depths == [(1, 12), (1, 48)]


def test_what_lies_in_a_stretch_that_is_shown_adds_nothing() -> None:
    first, second, third = passages_of()[:3]
    both = Passage("town", first.start, second.end, "", "s")
    last = Passage("town", second.start, third.end, "", "s")
    place = {first.id: 0, second.id: 1, third.id: 1}

    class Found:
        def retrieve(self, queries: Sequence[str], k: int) -> list[list[Retrieved]]:
            return [[Retrieved(p, 1.0, n) for n, p in enumerate((first, second, third), 1)]]

    (hits,) = Reading(Found(), (both, last), place).retrieve(["any"], 3)
    assert [hit.passage for hit in hits] == [both, last]


def test_the_index_keeps_what_is_searched_and_what_is_shown(folder: Path, tmp_path: Path) -> None:
    assert list(read_passages(folder)) == passages_of()
    assert list(shown_passages(folder)) == list(in_threes(passages_of()).passages)
    assert shown_file(folder).name == "shown.jsonl"
    plain = tmp_path / "plain"
    build_index(passages_of(), SPEC, plain)
    assert list(shown_passages(plain)) == passages_of()
    retriever = open_index(plain, SPEC)
    assert read_larger(plain, retriever) is retriever


def test_an_index_that_shows_more_is_built_anew_rather_than_changed(folder: Path) -> None:
    with pytest.raises(WorkbenchError, match="more than its passages"):
        update_index(folder, removed=["town"])


@pytest.mark.parametrize("mode", ["bm25", "dense"])
def test_a_passage_is_found_by_what_it_is_indexed_with(
    mode: str, tmp_path: Path, vectors: Path
) -> None:
    spec = RetrievalSpec(mode=mode)  # type: ignore[arg-type]
    others = [*FACTS[1:], FACTS[0]]
    build_index(passages_of(), spec, tmp_path / "index", cache=vectors, indexed=others)
    (hits,) = open_index(tmp_path / "index", spec).retrieve(QUERIES[:1], 1)
    assert hits[0].passage == passages_of()[-1], "indexed with what is told of the clock"
    with pytest.raises(WorkbenchError, match="more than its passages"):
        update_index(tmp_path / "index", removed=["town"])
