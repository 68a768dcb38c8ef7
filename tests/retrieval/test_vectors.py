"""Vectors: right, remembered, and safe from a kill."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from tests.support.facts import FACTS, passages_of
from workbench.experiment.retrieval import RetrievalSpec
from workbench.retrieval import build_index, embeddings, open_index, windows
from workbench.retrieval.queries import encode, occurrences
from workbench.retrieval.rows import open_rows, pack, unpack
from workbench.retrieval.vector_cache import VectorCache
from workbench.retrieval.windows import token_ids

MODEL = "all-MiniLM-L6-v2"
SPEC = RetrievalSpec(rerank=None)


def test_embed_gives_unit_rows_in_order():
    vectors = embeddings.embed([FACTS[0], FACTS[1], FACTS[0]])
    assert vectors.shape == (3, 384) and vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-4)
    np.testing.assert_array_equal(vectors[0], vectors[2])
    assert embeddings.embed([]).shape == (0, 384)


def test_a_passage_s_first_vector_is_what_sentence_transformers_gives():
    ours = np.stack([v[0] for v in windows.passage_vectors(FACTS, 12, MODEL)])
    theirs = embeddings.embed(FACTS)
    assert (ours * theirs).sum(axis=1).min() > 0.999


def test_windows_cover_a_passage_and_say_what_stands_there():
    text = " ".join(FACTS)
    (vectors,) = windows.passage_vectors([text], 12, MODEL)
    tokens = len(embeddings.sentence_transformer(MODEL).tokenizer.tokenize(text))
    assert len(vectors) == 1 + len(windows.spans(tokens, 16))
    query = embeddings.encode_queries(["Which animal carried letters over the marsh?"], MODEL)[0]
    best = int(np.argmax(vectors[1:] @ query))
    assert (vectors[1:] @ query).max() > vectors[0] @ query + 0.03
    assert 0.2 < best / len(vectors) < 0.45


def test_a_passage_longer_than_the_model_reads_is_not_cut_off():
    text = " ".join(FACTS * 4) + " The purple elephant plays chess."
    (vectors,) = windows.passage_vectors([text], 9, MODEL)
    query = embeddings.encode_queries(["an elephant playing chess"], MODEL)[0]
    assert int(np.argmax(vectors[1:] @ query)) >= len(vectors) - 4


def test_rare_words_of_a_question_weigh_more_and_asking_words_hardly():
    tokenizer = embeddings.sentence_transformer(MODEL).tokenizer
    counts = occurrences(len(tokenizer), token_ids(tokenizer, FACTS))
    (query,) = encode(["Why did the donkey carry the salt?"], MODEL, counts, len(FACTS))
    words = ["why", "did", "the", "donkey", "carry", "the", "salt", "?"]
    weight = dict(zip(words, query.weights, strict=True))
    assert weight["donkey"] > 2 * weight["why"] and weight["salt"] > 2 * weight["the"]
    assert query.rows.shape == (8, 384) and abs(query.weights.sum() - 1) < 1e-5
    plain = embeddings.encode_queries(["Why did the donkey carry the salt?"], MODEL)[0]
    assert query.whole @ plain > 0.999


def test_a_model_that_pools_otherwise_embeds_windows_as_texts(tmp_path, monkeypatch):
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.models import Pooling

    network = SentenceTransformer(embeddings.resolve_embedding(MODEL))
    network[1] = Pooling(384, pooling_mode="cls")
    network.save(str(tmp_path / "cls"))
    name = str(tmp_path / "cls")
    assert not windows.pools_by_mean(embeddings.sentence_transformer(name))
    text = " ".join(FACTS)
    (vectors,) = windows.passage_vectors([text], 3, name)
    assert 3 <= len(vectors) <= 6
    np.testing.assert_allclose(vectors[0], embeddings.embed([text], name)[0], atol=0.03)
    spec = SPEC.model_copy(update={"embedding": name})
    build_index(passages_of(), spec, tmp_path / "index", cache=tmp_path / "vectors")
    matches = open_index(tmp_path / "index", spec).retrieve(["Who sold ships for coats?"], 1)
    assert matches[0][0].passage.text == FACTS[7]


def test_odd_texts_have_vectors_too():
    for vectors in windows.passage_vectors(["", " ", "x", "[SEP] [PAD]", "灯" * 700], 9, MODEL):
        assert len(vectors) >= 2 and np.isfinite(vectors).all()


@pytest.mark.parametrize("tokens", [0, 1, 11, 12, 13, 18, 19, 300])
def test_spans_cover_every_token(tokens):
    matches = windows.spans(tokens, 12)
    assert matches[0][0] == 0 and matches[-1][1] == tokens
    assert all(a[1] >= b[0] for a, b in pairwise(matches))


def test_rows_keep_cosines(tmp_path):
    vectors = embeddings.unit(np.random.default_rng(0).normal(size=(200, 384)))
    (tmp_path / "rows.bin").write_bytes(pack(vectors).tobytes())
    back = unpack(open_rows(tmp_path / "rows.bin", 384))
    assert np.abs(back @ back.T - vectors @ vectors.T).max() < 0.004


def test_a_second_index_of_the_same_text_embeds_nothing(tmp_path, vectors, monkeypatch):
    first = build_index(passages_of(), SPEC, tmp_path / "one", cache=vectors)
    monkeypatch.setattr(windows, "passage_vectors", lambda *_: pytest.fail("embedded"))
    again = build_index(passages_of(), SPEC, tmp_path / "two", cache=vectors)
    assert again["embedded"] == 0 and again["vectors"] == first["vectors"]
    for name in ("windows.bin", "passages.faiss", "places.npy", "passages.jsonl"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


def test_the_cache_survives_a_kill_at_any_byte(tmp_path):
    def fresh() -> VectorCache:
        return VectorCache(tmp_path, "model", 9, 4)

    rng = np.random.default_rng(0)
    result = {f"text {i}": embeddings.unit(rng.normal(size=(i % 3 + 1, 4))) for i in range(6)}
    names = list(result)
    fresh().put(names[:3], [result[n] for n in names[:3]])
    folder = next(tmp_path.iterdir())
    rows, entries = folder / "rows.bin", folder / "entries.bin"
    before = rows.stat().st_size, entries.stat().st_size
    fresh().put(names[3:], [result[n] for n in names[3:]])
    after = rows.read_bytes(), entries.read_bytes()
    for torn_rows in (before[0], before[0] + 5, len(after[0])):
        for torn_entries in (before[1], before[1] + 7):
            rows.write_bytes(after[0][:torn_rows])
            entries.write_bytes(after[1][:torn_entries])
            cache = fresh()
            assert cache.missing(names) == names[3:]
            cache.put(names[3:], [result[n] for n in names[3:]])
            for name, got in zip(names, fresh().get(names), strict=True):
                np.testing.assert_allclose(unpack(got), result[name], atol=0.01)


def test_two_writers_do_not_overwrite_each_other(tmp_path):
    first, two = (VectorCache(tmp_path, "model", 9, 4) for _ in range(2))
    a, b = embeddings.unit(np.eye(4, dtype=np.float32)[:2]), -np.eye(4, dtype=np.float32)[:3]
    first.put(["a"], [a])
    two.put(["b"], [b])
    first.put(["c"], [a + b[:2]])
    fresh = VectorCache(tmp_path, "model", 9, 4)
    np.testing.assert_allclose(unpack(fresh.get(["a"])[0]), a, atol=0.01)
    np.testing.assert_allclose(unpack(fresh.get(["b"])[0]), b, atol=0.01)
    assert two.missing(["a", "b", "c"]) == [] or fresh.missing(["a", "b", "c"]) == []
