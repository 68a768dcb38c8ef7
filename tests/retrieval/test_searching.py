"""The search finds by words and by meaning, reloads without embedding, and mixes fairly."""

from __future__ import annotations

import json
import shutil

import pytest

from tests.support.facts import FACTS, passages_of
from workbench.errors import WorkbenchError
from workbench.experiment.retrieval import RetrievalSpec
from workbench.retrieval import build_index, embeddings, open_index, read_passages, searching
from workbench.retrieval import dense as dense_module
from workbench.types import ModelReference

PLAIN = RetrievalSpec(rerank=None)
QUESTIONS = {
    "Who mended the timepiece at the port?": 0,
    "What was hidden inside the table?": 4,
    "How much tax had to be paid for salt?": 2,
    "Which animal brought the post over the ice?": 3,
    "Why did the school catch fire?": 9,
}


def test_the_default_finds_what_either_part_finds(index):
    matches = open_index(index, PLAIN).retrieve(list(QUESTIONS), 3)
    for question, ranked in zip(QUESTIONS, matches, strict=True):
        assert ranked[0].passage.text == FACTS[QUESTIONS[question]], question
        assert [hit.rank for hit in ranked] == [1, 2, 3]
        assert ranked[0].score >= ranked[1].score >= ranked[2].score


def test_passages_come_back_as_they_went_in(index):
    assert list(read_passages(index)) == passages_of()


def test_an_index_is_opened_and_moved_without_embedding_a_passage(index, tmp_path, monkeypatch):
    shutil.copytree(index, tmp_path / "moved")
    monkeypatch.setattr(
        "workbench.retrieval.windows.passage_vectors", lambda *_: pytest.fail("embedded")
    )
    retriever = open_index(tmp_path / "moved", PLAIN)
    assert retriever.retrieve(["Who ate eels?"], 1)[0][0].passage.text == FACTS[10]


def test_a_large_corpus_searches_only_what_is_proposed_and_finds_the_same(index, monkeypatch):
    whole = open_index(index, PLAIN).retrieve(list(QUESTIONS), 2)
    monkeypatch.setattr(searching, "EXHAUSTIVE", 3)
    monkeypatch.setattr(dense_module, "SAMPLE", 6)
    monkeypatch.setattr(searching, "POOL", 4)
    proposed = open_index(index, PLAIN).retrieve(list(QUESTIONS), 2)
    for a, b in zip(whole, proposed, strict=True):
        assert a[0].passage == b[0].passage


def test_llama_index_sees_an_ordinary_retriever(index):
    from llama_index.core import MockEmbedding, Settings
    from llama_index.core.llms import MockLLM
    from llama_index.core.query_engine import RetrieverQueryEngine

    retriever = open_index(index, PLAIN).as_llama_index_retriever(k=2)
    nodes = retriever.retrieve("What did Captain Osei sell?")
    assert nodes[0].node.get_content() == FACTS[7]
    assert nodes[0].node.node_id == passages_of()[7].id
    Settings.embed_model = MockEmbedding(embed_dim=4)
    engine = RetrieverQueryEngine.from_args(retriever, llm=MockLLM())
    reply = engine.query("What did Captain Osei sell?")
    assert len(reply.source_nodes) == 2
    assert FACTS[7] in str(reply)


def test_an_index_of_another_making_is_refused(index, tmp_path):
    with pytest.raises(WorkbenchError, match="no finished index"):
        open_index(tmp_path, PLAIN)
    with pytest.raises(WorkbenchError, match="embedding"):
        open_index(index, PLAIN.model_copy(update={"embedding": "other"}))
    with pytest.raises(WorkbenchError, match="windows of"):
        open_index(index, PLAIN.model_copy(update={"window_words": 33}))
    bare = tmp_path / "bm25"
    build_index(passages_of(), PLAIN.model_copy(update={"mode": "bm25"}), bare)
    with pytest.raises(WorkbenchError, match="no vectors"):
        open_index(bare, PLAIN)
    with pytest.raises(WorkbenchError, match="no passage"):
        build_index([], PLAIN, tmp_path / "none")


class Favourite:
    """A language model that finds every question likely beside one passage."""

    prompt_format = "chat"
    context_window = 4096
    reference = ModelReference("favourite")

    def __init__(self, text: str) -> None:
        self.text = text
        self.seen: list[str] = []

    def count_tokens(self, text: str) -> int:
        return len(text.split())

    def log_likelihood(self, prompts, completions):
        self.seen += [prompt.text for prompt in prompts]
        return [-1.0 if self.text in prompt.text else -5.0 for prompt in prompts]


def test_reranking_mixes_the_model_s_opinion_with_the_fused_score(index):
    question = "What was hidden inside the table?"
    spec = PLAIN.model_copy(update={"rerank": "likelihood", "candidates": 12})
    model = Favourite(FACTS[8])
    for weight, first in ((1.0, 8), (0.0, 4)):
        retriever = open_index(index, spec.model_copy(update={"rerank_weight": weight}), model)
        ranked = retriever.retrieve([question], 3)[0]
        assert ranked[0].passage.text == FACTS[first]
    assert len(model.seen) == 24
    with pytest.raises(WorkbenchError, match="needs a language model"):
        open_index(index, spec, None)


def test_only_the_candidates_are_reranked(index):
    model = Favourite("nothing")
    spec = PLAIN.model_copy(update={"rerank": "likelihood", "candidates": 5})
    open_index(index, spec, model).retrieve(["salt", "bells"], 2)
    assert len(model.seen) == 10


def test_a_passage_longer_than_the_window_is_read_in_pieces(index):
    model = Favourite("Doctor Venn")
    model.context_window = 64
    spec = PLAIN.model_copy(update={"rerank": "likelihood", "rerank_weight": 1.0})
    long = passages_of((*FACTS[:4], "word " * 60 + FACTS[4] + " word" * 60))
    folder = index.parent / "long"
    build_index(long, spec, folder)
    ranked = open_index(folder, spec, model).retrieve(["Which doctor?"], 1)[0]
    assert "Doctor Venn" in ranked[0].passage.text
    assert all(len(text.split()) < 64 for text in model.seen)


def test_the_reader_reranks_for_real(index, reader):
    spec = PLAIN.model_copy(update={"rerank": "likelihood"})
    ranked = open_index(index, spec, reader).retrieve(list(QUESTIONS), 1)
    wanted = [FACTS[place] for place in QUESTIONS.values()]
    right = [w == hits[0].passage.text for w, hits in zip(wanted, ranked, strict=True)]
    assert sum(right) >= 4


def test_chinese_is_found_by_words_within_a_sentence(tmp_path, vectors):
    texts = (
        "建宁二年四月望日，皇帝坐在温德殿，忽然狂风大作。",
        "张飞怒鞭督邮，众人不敢上前劝阻。",
        "曹操献刀不成，连夜骑马逃出洛阳。",
        "刘备三次前往茅庐，请诸葛亮出山。",
    )
    spec = PLAIN.model_copy(update={"mode": "bm25"})
    build_index(passages_of(texts), spec, tmp_path / "zh")
    ranked = open_index(tmp_path / "zh", spec).retrieve(
        ["诸葛亮是谁请出山的？", "谁逃出了洛阳？"], 1
    )
    assert [hits[0].passage.text for hits in ranked] == [texts[3], texts[2]]


def test_names_resolve_without_a_hub_or_say_so(tmp_path, monkeypatch):
    assert embeddings.resolve_embedding("all-MiniLM-L6-v2").endswith("model")
    assert embeddings.resolve_embedding(str(tmp_path)) == str(tmp_path.resolve())
    with pytest.raises(WorkbenchError, match="no embedding model at"):
        embeddings.resolve_embedding("./nowhere/model")
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(WorkbenchError, match="cannot be loaded") as caught:
        embeddings.embed(["x"], "someone/unknown-embedding")
    assert "all-MiniLM-L6-v2" in caught.value.hint
    with pytest.raises(WorkbenchError, match="cross-encoder"):
        searching.make_reranker(PLAIN.model_copy(update={"rerank": "someone/unknown"}), None)


def test_metadata_is_written_last(index):
    facts = json.loads((index / "metadata.json").read_text())
    assert facts["passages"] == len(FACTS) and facts["dimension"] == 384
    assert not list(index.glob("*.partial"))
