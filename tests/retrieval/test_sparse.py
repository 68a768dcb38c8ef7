"""Learned sparse search: by a model that says which words a text is about, fused like BM25."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from tests.support.facts import FACTS, passages_of
from tests.support.splade import write_splade
from workbench.errors import WorkbenchError
from workbench.experiment.retrieval import RetrievalSpec
from workbench.retrieval import build_index, open_index
from workbench.retrieval.sparse import Sparse, load
from workbench.retrieval.updating import update_index


@pytest.fixture(scope="module")
def splade(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A model that nobody trained."""
    load.cache_clear()
    return write_splade(tmp_path_factory.mktemp("splade"))


def test_scores_are_those_of_the_library_whatever_the_batches(splade: str, tmp_path: Path) -> None:
    encoder = load(splade)
    made = Sparse.build(FACTS, splade)
    made.save(tmp_path)
    query = "Who repaired the harbour clock?"
    wanted = encoder.similarity(encoder.encode_query([query]), encoder.encode_document(FACTS))
    scores = Sparse.open(tmp_path, splade).scores(query)
    np.testing.assert_allclose(scores, wanted.to_dense().cpu().numpy()[0], rtol=1e-4, atol=1e-5)
    np.testing.assert_array_equal(scores, made.scores(query))


def test_it_searches_alone_or_has_its_share_in_the_fused_score(
    splade: str, tmp_path: Path, vectors: Path
) -> None:
    alone = RetrievalSpec.model_validate({"mode": "sparse", "sparse": splade})
    facts = build_index(passages_of(), alone, tmp_path / "i", cache=vectors)
    assert facts["sparse"] == splade
    query = "Where did the swallows go in spring?"
    own = Sparse.open(tmp_path / "i", splade).scores(query)
    found = open_index(tmp_path / "i", alone).retrieve([query], 1)[0]
    assert found[0].passage.text == FACTS[int(np.argmax(own))]

    def order(**settings: Any) -> list[float]:
        spec = RetrievalSpec.model_validate(settings)
        hits = open_index(tmp_path / "i", spec).retrieve([query], len(FACTS))[0]
        return [{hit.passage.text: hit.score for hit in hits}[fact] for fact in FACTS]

    text, fused = order(), order(sparse={"model": splade, "weight": 0.25})
    told = (own - own.mean()) / own.std()
    wanted = 0.75 * np.array(text) + 0.25 * told
    np.testing.assert_allclose(fused, wanted, rtol=1e-3, atol=1e-4)
    # As part of the search it is shown beside the others.
    spec = RetrievalSpec.model_validate({"sparse": splade})
    assert spec.used == "with_sparse"
    assert spec.parts == ("bm25", "dense", "fused", "sparse", "with_sparse")
    assert spec.alone("fused") == RetrievalSpec() and spec.alone("sparse").searches_sparse


def test_what_cannot_be_is_a_sentence(splade: str, index: Path, tmp_path: Path) -> None:
    with pytest.raises(ValidationError, match="no model is named"):
        RetrievalSpec(mode="sparse")
    (tmp_path / "nothing").mkdir()
    with pytest.raises(WorkbenchError, match="cannot be loaded"):
        load(str(tmp_path / "nothing"))
    with pytest.raises(WorkbenchError, match="holds no sparse vectors"):
        open_index(index, RetrievalSpec.model_validate({"sparse": splade}))
    assert "sparse" not in RetrievalSpec().model_dump(mode="json")
    build_index(passages_of(), RetrievalSpec.model_validate({"mode": "bm25", "sparse": splade}),
                tmp_path / "i")  # fmt: skip
    with pytest.raises(WorkbenchError, match="cannot be changed"):
        update_index(tmp_path / "i", removed=["facts"])
