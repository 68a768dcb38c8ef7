"""Maximal marginal relevance: of two passages that say the same only one is taken early."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from pydantic import ValidationError

from tests.support.facts import FACTS, passages_of
from workbench.engine.inputs import ArtifactReference
from workbench.experiment.retrieval import RetrievalSpec
from workbench.retrieval import build_index, open_index
from workbench.retrieval.diversity import diverse
from workbench.stages.inputs import EmbeddingInput, SearchInput
from workbench.stages.search import parts

QUESTION = "Who repaired the harbour clock with a spoon on the night of the flood?"
#: The first fact again, in all but the same words: as good an answer, and nothing new.
TWICE = (*FACTS, "On the night of the flood Marta Quill repaired the harbour clock with a spoon.")


@pytest.mark.parametrize("mode", ["fused", "bm25"])
def test_what_says_the_same_again_stands_back(mode: str, tmp_path: Path, vectors: Path) -> None:
    plain = RetrievalSpec(mode=mode, candidates=6)  # type: ignore[arg-type]
    build_index(passages_of(TWICE), plain, tmp_path / "twice", cache=vectors)

    def found(**settings: float) -> list[str]:
        spec = plain.model_copy(update=settings)
        hits = open_index(tmp_path / "twice", spec).retrieve([QUESTION], 3)[0]
        assert [hit.rank for hit in hits] == [1, 2, 3]
        return [hit.passage.text for hit in hits]

    alike = {TWICE[0], TWICE[-1]}
    assert set(found()[:2]) == alike
    assert found(mmr=1.0) == found()
    shown = found(mmr=0.4)
    assert shown[0] == found()[0] and len(alike & set(shown)) == 1
    # Only candidates are looked at: as few as are shown leave nothing to choose from.
    assert set(found(mmr=0.4, candidates=3)) == set(found())


def test_the_next_is_the_best_trade_of_match_and_novelty() -> None:
    scores = np.array([4.0, 3.0, 2.0, 0.0], np.float32)
    likeness = np.eye(4, dtype=np.float32)
    likeness[0, 1] = likeness[1, 0] = 0.9
    # .5 * .75 - .5 * .9 < .5 * .5 - 0: the third before the second.
    assert diverse(scores, likeness, 0.5, 4).tolist() == [0, 2, 3, 1]
    assert diverse(scores, likeness, 1.0, 3).tolist() == [0, 1, 2]
    assert diverse(np.ones(3, np.float32), likeness[:3, :3], 1.0, 3).tolist() == [0, 1, 2]


def test_a_stored_run_s_search_is_what_it_was_and_a_new_one_is_told_apart() -> None:
    assert "mmr" not in RetrievalSpec().model_dump()
    assert RetrievalSpec(mmr=0.7).digest() != RetrievalSpec().digest()
    with pytest.raises(ValidationError):
        RetrievalSpec(mmr=1.5)


def test_the_exam_tells_the_parts_and_the_whole_of_a_search() -> None:
    search = SearchInput(
        index=ArtifactReference(id="i", path=Path("i")), retrieval=RetrievalSpec(mmr=0.7),
        embedding=EmbeddingInput(name="e", weights="w"), reranker=None,
    )  # fmt: skip
    listed = list(parts(search))
    assert [name for name, _ in listed] == ["bm25", "dense", "fused", "whole"]
    assert [part.retrieval.mmr for _, part in listed] == [None, None, None, 0.7]
