"""A large index finds what an exact one finds, takes passages in and out, and survives a kill."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.support.facts import FACTS, passages_of
from workbench.errors import WorkbenchError
from workbench.experiment.retrieval import RetrievalSpec
from workbench.retrieval import (
    build_index,
    first_stage,
    open_index,
    ranking,
    read_passages,
    searching,
    update_index,
    windows,
)
from workbench.retrieval import dense as dense_module
from workbench.retrieval.embeddings import unit
from workbench.retrieval.index_files import StoredPassages
from workbench.retrieval.lexical import Lexical
from workbench.retrieval.rows import pack
from workbench.types import Passage

PLAIN = RetrievalSpec(rerank=None)
KEEPERS = ("Ann", "Bob", "Cleo", "Dan", "Eve", "Finn", "Gus", "Hal")
COLOURS = ("red", "green", "blue", "amber", "white", "violet")
PLACES = ("on the pier", "in the mill", "by the well", "at the gate", "under the bridge")


def lamps() -> list[Passage]:
    """240 sentences that differ, eight to a document."""
    texts = [f"{k} keeps a {c} lamp {p}." for k in KEEPERS for c in COLOURS for p in PLACES]
    return [Passage(f"d{n // 8}", n, n + len(t), t, f"d{n // 8}#01") for n, t in enumerate(texts)]


ASKED = [f"Who has the {c} lamp {p}?" for c in COLOURS for p in PLACES]
QUESTION, ANSWER = "Which animal brought the post over the ice?", FACTS[3]


@pytest.fixture
def large(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is a large corpus begins at some hundred passages."""
    monkeypatch.setattr(first_stage, "EXACT", 100)
    monkeypatch.setattr(searching, "EXHAUSTIVE", 100)
    monkeypatch.setattr(searching, "POOL", 60)
    monkeypatch.setattr(ranking, "SORTED_WHOLE", 50)
    monkeypatch.setattr(ranking, "EXACT", 100)
    monkeypatch.setattr(dense_module, "SAMPLE", 50)


@pytest.fixture(scope="session")
def lamp_index(tmp_path_factory: pytest.TempPathFactory, vectors: Path) -> Path:
    """An index of the lamps as a small corpus has it."""
    out = tmp_path_factory.mktemp("lamps") / "exact"
    build_index(lamps(), PLAIN, out, cache=vectors)
    return out


def texts_of(index: Path, questions: list[str], k: int = 5, spec=PLAIN) -> list[list[str]]:
    return [
        [h.passage.text for h in hits] for hits in open_index(index, spec).retrieve(questions, k)
    ]


def test_a_large_index_finds_what_the_exact_one_finds(lamp_index, vectors, tmp_path, large):
    facts = build_index(lamps(), PLAIN, tmp_path / "large", cache=vectors)
    assert facts["search"]["index"].startswith("IVF") and facts["search"]["recall"] >= 0.98
    assert json.loads((tmp_path / "large" / "metadata.json").read_text())["search"]["probes"] >= 4
    assert json.loads((lamp_index / "metadata.json").read_text())["search"] == {"index": "Flat"}
    shares = [
        len(set(a) & set(b)) / 5
        for a, b in zip(
            texts_of(tmp_path / "large", ASKED), texts_of(lamp_index, ASKED), strict=True
        )
    ]
    assert sum(shares) / len(shares) >= 0.95
    retriever = open_index(tmp_path / "large", PLAIN)
    assert isinstance(retriever.passages, StoredPassages)
    assert list(retriever.passages) == lamps() and retriever.passages[-1] == lamps()[-1]


def test_the_recall_that_is_told_is_that_of_the_index():
    rng = np.random.default_rng(3)
    centres = unit(rng.normal(size=(60, 32)).astype(np.float32))
    near = centres[rng.integers(60, size=120_000)] + 0.05 * rng.normal(size=(120_000, 32))
    rows = pack(unit(near.astype(np.float32)))
    index, facts = first_stage.build(rows, rows, np.arange(120_001))
    assert facts["index"] == "IVF512,SQ8" and facts["probes"] <= 64
    vectors = rows["code"].astype(np.float32) * rows["scale"][:, None]
    asked = unit(near[rng.integers(120_000, size=60)].astype(np.float32) + 0.02)
    truth = np.argsort(-(asked @ vectors.T), axis=1)[:, :20]
    assert first_stage.exact(rows, asked, 20).tolist() == truth.tolist()
    _, found = index.search(asked, 200)
    recall = np.mean([len(set(a) & set(b)) / 20 for a, b in zip(found, truth, strict=True)])
    assert recall >= 0.95 and abs(recall - facts["recall"]) < 0.05


@pytest.mark.parametrize("sparse", [0.0, 0.5, 0.9995])
@pytest.mark.parametrize("sorted_", [False, True])
def test_the_highest_of_very_many_scores_are_those_of_a_whole_sort(sparse, sorted_):
    """Most words are in few passages, and passages of one kind may stand together."""
    rng = np.random.default_rng(5)
    scores = rng.exponential(size=150_001).astype(np.float32)
    scores[rng.random(len(scores)) < sparse] = 0
    if sorted_:
        scores = np.sort(scores)
    found = ranking.highest(scores, 200)
    assert len(set(found.tolist())) == 200
    assert sorted(scores[found]) == sorted(np.sort(scores)[-200:])


@pytest.mark.parametrize("size", ["small", "large"])
def test_passages_are_added_and_documents_taken_out(
    lamp_index, vectors, tmp_path, monkeypatch, size, request
):
    if size == "large":
        request.getfixturevalue("large")
        build_index(lamps(), PLAIN, tmp_path / "index", cache=vectors)
    else:
        shutil.copytree(lamp_index, tmp_path / "index")
    index = tmp_path / "index"
    before = texts_of(index, ASKED, 3)
    embedded: list[str] = []
    real = windows.passage_vectors
    monkeypatch.setattr(
        windows, "passage_vectors", lambda new, *rest: embedded.extend(new) or real(new, *rest)
    )
    update_index(index, passages_of(), cache=tmp_path / "other-cache")
    assert embedded == list(FACTS)
    assert texts_of(index, [QUESTION], 1) == [[ANSWER]]
    for mode in ("bm25", "dense"):
        spec = PLAIN.model_copy(update={"mode": mode})
        assert texts_of(index, ["Which donkey carried the mail?"], 1, spec) == [[ANSWER]]
    same = [a[0] == b[0] for a, b in zip(texts_of(index, ASKED, 3), before, strict=True)]
    assert sum(same) >= 0.9 * len(same)
    facts = update_index(index, removed=["d0", "town"], cache=vectors)
    assert facts["passages"] == 252 and facts["removed"] == 20
    left = [p for p in lamps() if p.document != "d0"]
    assert list(read_passages(index)) == left
    for mode in ("fused", "bm25", "dense"):
        spec = PLAIN.model_copy(update={"mode": mode})
        found = texts_of(index, [QUESTION, "Who keeps the red lamp on the pier?"], 60, spec)
        assert not {p.text for p in lamps() if p.document == "d0"} & set(found[1])
        assert not set(FACTS) & set(found[0])
    update_index(index, [p for p in lamps() if p.document == "d0"], cache=vectors)
    assert lamps()[0].text in texts_of(index, ["Who keeps the red lamp on the pier?"], 3)[0]
    assert len([f for f in index.iterdir() if f.suffix == ".faiss"]) == 1


@pytest.mark.slow
def test_a_change_that_is_killed_leaves_the_index_as_it_was(lamp_index, vectors, tmp_path):
    shutil.copytree(lamp_index, tmp_path / "index")
    before = texts_of(tmp_path / "index", ASKED[:5])
    script = (
        "import os, signal, sys\n"
        "from pathlib import Path\n"
        "from tests.support.facts import passages_of\n"
        "from workbench.retrieval import updating\n"
        "updating.write_json = lambda *_: os.kill(os.getpid(), signal.SIGKILL)\n"
        "updating.update_index(Path(sys.argv[1]), passages_of(), ['d0'], cache=Path(sys.argv[2]))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path / "index"), str(vectors)], check=False
    )
    assert done.returncode == -signal.SIGKILL
    assert list(read_passages(tmp_path / "index")) == lamps()
    assert texts_of(tmp_path / "index", ASKED[:5]) == before
    update_index(tmp_path / "index", passages_of(), cache=vectors)
    assert list(read_passages(tmp_path / "index")) == [*lamps(), *passages_of()]
    assert texts_of(tmp_path / "index", [QUESTION], 1) == [[ANSWER]]


def test_an_index_of_an_earlier_version_is_opened(index, tmp_path):
    shutil.copytree(index, tmp_path / "older")
    facts = json.loads((index / "metadata.json").read_text())
    del facts["search"]
    (tmp_path / "older" / "metadata.json").write_text(json.dumps(facts))
    assert texts_of(tmp_path / "older", [QUESTION]) == texts_of(index, [QUESTION])


def test_what_cannot_be_changed_is_one_sentence(lamp_index, tmp_path):
    with pytest.raises(WorkbenchError, match="no document nowhere"):
        update_index(lamp_index, removed=["nowhere"])
    with pytest.raises(WorkbenchError, match=r"d0:0-.* is in the index already"):
        update_index(lamp_index, lamps()[:1])
    with pytest.raises(WorkbenchError, match="no finished index"):
        update_index(tmp_path, lamps()[:1])
    assert "change" not in json.loads((lamp_index / "metadata.json").read_text())


def test_added_words_weigh_as_in_an_index_of_the_whole():
    # Of equal length, so that how long a text is beside the others makes no difference.
    old, new = ["red lamp pier mill"] * 5 + ["blue lamp well gate"], ["green lamp pier well"] * 2
    whole = Lexical.build([*old, *new]).scores("green pier lamp")
    beside = Lexical.beside(new, Lexical.build(old), len(old)).scores("green pier lamp")
    assert np.allclose(beside, whole[len(old) :], rtol=1e-5)


def test_the_best_of_many_scores_are_those_of_a_whole_sort():
    scores = np.random.default_rng(0).integers(0, 40, 20_000).astype(np.float32)
    whole = np.argsort(-scores, kind="stable")
    for count in (1, 7, 1000, 20_000):
        assert ranking.best(scores, count).tolist() == whole[:count].tolist()
