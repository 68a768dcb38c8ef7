"""Embeddings that more is said of than a name: endpoints, prefixes, fewer dimensions."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.support.facts import FACTS, passages_of
from tests.support.servers.embedding import EmbeddingServer
from workbench.errors import WorkbenchError
from workbench.experiment import Experiment
from workbench.experiment.retrieval import EmbeddingSpec, RetrievalSpec
from workbench.retrieval import build_index, embeddings, open_index, update_index, windows
from workbench.retrieval.prefixes import Prefixes, tabled
from workbench.stages.refusals import check_policy

MINI = "all-MiniLM-L6-v2"
ASKED = "Which animal carried the mail over the frozen marsh?"


@pytest.fixture
def server() -> Iterator[EmbeddingServer]:
    with EmbeddingServer(lambda texts: embeddings.embed(texts, MINI)) as running:
        yield running


def of(server: EmbeddingServer, **said: Any) -> EmbeddingSpec:
    return EmbeddingSpec(name="mini", endpoint=server.url, **said)


@pytest.mark.parametrize("mode", ["dense", "fused"])
def test_an_endpoint_embeds_passages_once_and_then_questions_alone(
    server: EmbeddingServer, mode: str, tmp_path: Path
) -> None:
    said = of(server, query_prefix="ask: ", passage_prefix="say: ", dimensions=128)
    spec = RetrievalSpec(embedding=said, mode=mode)  # type: ignore[arg-type]
    facts = build_index(passages_of(), spec, tmp_path / "index", cache=tmp_path / "vectors")
    assert facts["dimension"] == 128 and facts["tokens"] > 100
    assert all(text.startswith("say: ") for text in server.texts) and server.asked
    assert {body["model"] for body in server.asked} == {"mini"}
    assert {body["path"] for body in server.asked} == {"/v1/embeddings"}
    server.asked.clear()
    hits = open_index(tmp_path / "index", spec).retrieve([ASKED], 2)[0]
    assert hits[0].passage.text == FACTS[3]
    assert server.texts == ["ask: " + ASKED]
    # Built again, nothing is sent; added to, the new alone.
    build_index(passages_of(), spec, tmp_path / "again", cache=tmp_path / "vectors")
    assert len(server.texts) == 1
    more = passages_of((*FACTS, "A tin trumpet woke the whole of Carrow on Sunday."))[-1:]
    update_index(tmp_path / "again", more, cache=tmp_path / "vectors")
    assert {text.startswith("say: A tin trumpet") for text in server.texts[1:]} == {True}
    found = open_index(tmp_path / "again", spec).retrieve(["What woke Carrow on a Sunday?"], 1)
    assert found[0][0].passage.text.startswith("A tin trumpet")
    with pytest.raises(WorkbenchError, match="built with embedding"):
        open_index(tmp_path / "index", RetrievalSpec(mode=mode))  # type: ignore[arg-type]


def test_vectors_come_in_the_order_of_the_texts_whatever_the_reply_s(
    server: EmbeddingServer,
) -> None:
    texts = [f"{fact} {number}" for number in range(12) for fact in FACTS]
    theirs = embeddings.embed(texts, of(server))
    assert len(server.asked) == 3, "texts go in batches"
    np.testing.assert_allclose(theirs, embeddings.embed(texts, MINI), atol=1e-5)
    assert embeddings.embed([], of(server)).shape == (0, 384)


def test_the_text_is_cut_by_meaning_with_an_endpoint_s_embedding(server: EmbeddingServer) -> None:
    from workbench.corpus.passages import passages
    from workbench.types import Section

    text = " ".join(FACTS)
    sections = [Section("s", "d", 0, len(text), "", text)]
    found = passages(
        sections, 40, 0, lambda one: len(one.split()), "semantic", embeddings.load(of(server))
    )
    assert len(found) > 1 and server.texts
    own = passages(sections, 40, 0, lambda one: len(one.split()), "semantic", embeddings.load(MINI))
    assert [passage.text for passage in found] == [passage.text for passage in own]


def test_a_long_passage_is_sent_whole_and_in_windows_in_any_script(
    server: EmbeddingServer,
) -> None:
    latin, chinese = " ".join(FACTS), "建宁二年四月望日皇帝坐在温德殿忽然狂风大作" * 5
    vectors = windows.passage_vectors([latin, chinese, "Short."], 3, of(server))
    assert [len(rows) for rows in vectors] == [1 + 4, 1 + 3, 2]
    assert latin in server.texts and chinese in server.texts
    assert "".join(text for text in server.texts if text in chinese and text != chinese) == chinese


@pytest.mark.parametrize(
    ("status", "body", "says"),
    [
        (401, '{"error": {"message": "bad key s3cret"}}', "refuses the key"),
        (404, "{}", "knows no embedding model 'mini'"),
        (200, '{"data": [{"index": 0}]}', "other than vectors"),
        (200, '{"data": []}', "other than vectors"),
        (200, "<html>", "other than vectors"),
    ],
)
def test_a_server_that_gives_no_vectors_is_one_sentence(
    server: EmbeddingServer, monkeypatch: pytest.MonkeyPatch, status: int, body: str, says: str
) -> None:
    monkeypatch.setenv("SOME_KEY", "s3cret")
    server.always = (status, body)
    with pytest.raises(WorkbenchError, match=says) as caught:
        embeddings.embed(["a"], of(server, key_env="SOME_KEY"))
    assert server.asked[0]["auth"] == "Bearer s3cret"
    assert "s3cret" not in f"{caught.value} {caught.value.hint}"


def test_fewer_dimensions_are_the_first_numbers_at_length_one(index: Path, tmp_path: Path) -> None:
    said = EmbeddingSpec(name=MINI, dimensions=96)
    whole, cut = embeddings.embed(FACTS, MINI), embeddings.embed(FACTS, said)
    assert cut.shape == (12, 96)
    np.testing.assert_allclose(cut, embeddings.unit(whole[:, :96]), atol=1e-6)
    assert embeddings.embedding_identity(said) != embeddings.embedding_identity(MINI)
    spec = RetrievalSpec(embedding=said)
    facts = build_index(passages_of(), spec, tmp_path / "index", cache=tmp_path / "vectors")
    assert facts["dimension"] == 96
    assert (tmp_path / "index" / "windows.bin").stat().st_size < (
        0.3 * (index / "windows.bin").stat().st_size
    )
    hits = open_index(tmp_path / "index", spec).retrieve([ASKED], 1)[0]
    assert hits[0].passage.text == FACTS[3]
    with pytest.raises(WorkbenchError, match=r"gives 384 numbers, .* asks for 500"):
        embeddings.dimension(EmbeddingSpec(name=MINI, dimensions=500))


def test_words_before_a_text_are_the_experiment_s_the_model_s_or_the_table_s(
    tmp_path: Path,
) -> None:
    assert tabled("intfloat/multilingual-e5-small") == Prefixes("query: ", "passage: ")
    assert tabled("qwen3-embedding:0.6b").query.startswith("Instruct: ")  # type: ignore[union-attr]
    assert tabled("BAAI/bge-small-zh-v1.5").query.startswith("为这个句子")  # type: ignore[union-attr]
    assert tabled("BAAI/bge-m3") == Prefixes() and tabled(MINI) is None
    assert tabled("intfloat/multilingual-e5-large-instruct").passage == ""  # type: ignore[union-attr]
    folder = tmp_path / "e5-own"
    shutil.copytree(embeddings.resolve_embedding(MINI), folder)
    name = str(folder)
    assert embeddings.prefixes(name) == ("query: ", "passage: ")
    told = json.loads((folder / "config_sentence_transformers.json").read_text())
    told["prompts"] = {"query": "Q: ", "document": "D: "}
    (folder / "config_sentence_transformers.json").write_text(json.dumps(told))
    assert embeddings.prefixes(name) == ("Q: ", "D: ")
    assert embeddings.prefixes(EmbeddingSpec(name=name, query_prefix="")) == ("", "D: ")

    def row(*said: str) -> Any:
        return windows.passage_vectors([FACTS[0]], 3, EmbeddingSpec(
            name=name, **dict(zip(("passage_prefix",), said, strict=False))))[0]  # fmt: skip

    # The whole vector is that of the text with the words before it; a window's has been shaped by
    # them, and stands for the passage's own words alone.
    np.testing.assert_allclose(row()[0], embeddings.embed(["D: " + FACTS[0]], MINI)[0], atol=1e-3)
    assert len(row()) == len(row("")) and 0.8 < float(row()[1] @ row("")[1]) < 0.9999
    assert embeddings.embedding_identity(name) != embeddings.embedding_identity(
        EmbeddingSpec(name=name, passage_prefix="")
    )
    assert embeddings.prefixes(MINI) == ("", "")


def experiment(**values: Any) -> Experiment:
    return Experiment(**{"purpose": "Answer readers.", "name": "own", "corpus": "t.md", **values})


def test_an_embedding_is_written_short_or_at_length_and_kept_as_it_was(tmp_path: Path) -> None:
    plain = experiment(retrieval={"embedding": "BAAI/bge-small-zh-v1.5"})
    assert plain.model_dump()["retrieval"]["embedding"] == "BAAI/bge-small-zh-v1.5"
    long = experiment(retrieval={"embedding": {"name": MINI, "dimensions": 64}})
    assert Experiment.from_yaml(long.to_yaml()) == long
    for wrong, says in (
        ({"name": MINI, "dimension": 64}, r"unknown key 'retrieval\.embedding\.dimension'"),
        ({"name": MINI, "dimensions": 0}, r"retrieval\.embedding\.dimensions: "),
        ({"name": "m", "endpoint": "localhost:8000"}, "written as http"),
        ({"name": "m", "key_env": "A_KEY"}, "key_env is for an endpoint"),
    ):
        text = yaml_with(plain, wrong)
        with pytest.raises(WorkbenchError, match=says):
            Experiment.from_yaml(text)


def yaml_with(own: Experiment, embedding: Any) -> str:
    values = own.model_dump(mode="json")
    values["retrieval"]["embedding"] = embedding
    return json.dumps(values)


def test_text_is_embedded_elsewhere_only_where_it_may_leave(tmp_path: Path) -> None:
    from workbench.experiment.identity import resolve
    from workbench.experiment.variant import variants_of
    from workbench.stages.plan import RunPlan

    (tmp_path / "text.md").write_text("# One\n\nAnna kept the bridge.\n", "utf-8")
    away = {"embedding": {"name": "m", "endpoint": "https://example.org/v1"}}
    own = {"name": "other", "context": "retrieval", "retrieval": away}
    spec = experiment(variants=["rag", own], corpus=str(tmp_path / "text.md"))
    with pytest.raises(WorkbenchError, match=r"embedding m answers at .* leave this machine"):
        check_policy(RunPlan(resolve(spec)))
    allowed = spec.model_copy(update={"text_may_leave_this_machine": True})
    check_policy(RunPlan(resolve(allowed)))
    assert [variant.local for variant in variants_of(spec)] == [True, False]


def test_an_estimate_calls_no_endpoint_that_it_was_not_allowed_to() -> None:
    from workbench.engine.cache import ArtifactCache
    from workbench.stages.context import TrialContext
    from workbench.stages.inputs import EmbeddingInput

    given = EmbeddingInput.of(EmbeddingSpec(name="m", endpoint="http://127.0.0.1:9/v1"))
    context = TrialContext(ArtifactCache(Path("none")))
    assert context.embedding(given).source == MINI
    assert TrialContext(ArtifactCache(Path("none")), calls=True).embedding(given) == given
    assert EmbeddingInput.of(MINI).record().keys() == {"name", "weights"}
