"""Vectors in a database: found as FAISS finds them, sent once, and every refusal a sentence."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from llama_index.core.schema import TextNode
from llama_index.core.vector_stores import SimpleVectorStore
from pydantic import ValidationError

from tests.retrieval.test_scale import ASKED, lamps
from tests.support.servers import postgres
from tests.support.servers.elastic import ElasticServer
from workbench.engine.cache import ArtifactCache
from workbench.engine.stage import stage_id
from workbench.errors import WorkbenchError
from workbench.experiment import Experiment
from workbench.experiment.identity import resolve
from workbench.experiment.retrieval import RetrievalSpec
from workbench.experiment.stores import StoreSpec
from workbench.records.playground import Setting, Try, TryFiles
from workbench.retrieval import build_index, open_index, searching, stores, update_index
from workbench.retrieval import dense as dense_module
from workbench.retrieval.stores import collection, collection_name, open_collection
from workbench.retrieval.stores.collection import Adapter, Opening
from workbench.serve import playground
from workbench.stages import CORPUS, INDEX
from workbench.stages.context import RunContext, TrialContext
from workbench.stages.plan import RunPlan
from workbench.stages.refusals import check_policy, check_servers

PASSAGES, QUESTIONS = lamps()[:120], ASKED[:10]
#: A collection is created where its id is new, and what it held is looked up otherwise.
NAME = "index-0123456789abcdef"


class Remembering(SimpleVectorStore):
    """llama-index's own store in memory, which can say what it holds."""

    def get_nodes(self, node_ids: Any = None, filters: Any = None) -> list[Any]:
        return [TextNode(id_=one) for one in node_ids or [] if one in self.data.embedding_dict]

    def holds(self) -> tuple[int, int] | None:
        vectors = self.data.embedding_dict
        return (len(vectors), len(next(iter(vectors.values())))) if vectors else None


@pytest.fixture
def memory(monkeypatch: pytest.MonkeyPatch) -> StoreSpec:
    """A store in this process under Qdrant's name."""
    held: dict[str, Remembering] = {}

    def opened(opening: Opening) -> Adapter:
        store = held.setdefault(opening.name, Remembering())
        return Adapter(store, store.holds, (ConnectionError,))

    monkeypatch.setitem(stores.STORES, "qdrant", opened)
    return StoreSpec(kind="qdrant", url="http://127.0.0.1:1")


@pytest.fixture
def folder(tmp_path: Path) -> StoreSpec:
    """A real Qdrant in a folder."""
    if find_spec("qdrant_client") is None:
        pytest.skip("qdrant-client is not installed (the extra qdrant)")
    return StoreSpec(kind="qdrant", url=f"file://{tmp_path / 'qdrant'}")


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[StoreSpec, postgres.Postgres]]:
    """A real PostgreSQL that wants a password."""
    if find_spec("pgvector") is None or find_spec("psycopg2") is None:
        pytest.skip("the packages of the extra pgvector are not installed")
    if why := postgres.missing():
        pytest.skip(why)
    with postgres.Postgres() as running:
        monkeypatch.setenv("BENCH_PASSWORD", running.password)
        said = {"user": running.user, "key_env": "BENCH_PASSWORD"}
        yield StoreSpec(kind="pgvector", url=running.url, **said), running  # type: ignore[arg-type]


@pytest.fixture(params=["elasticsearch", "opensearch"])
def elastic(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[StoreSpec, ElasticServer]]:
    """A server that speaks the part of its protocol that the adapter does, and wants a password."""
    kind = request.param
    if find_spec("elasticsearch" if kind == "elasticsearch" else "opensearchpy") is None:
        pytest.skip(f"the packages of the extra {kind} are not installed")
    with ElasticServer(kind) as running:
        monkeypatch.setenv("BENCH_PASSWORD", running.password)
        said = {"user": running.user, "key_env": "BENCH_PASSWORD"}
        yield StoreSpec(kind=kind, url=running.address, **said), running


@pytest.fixture(autouse=True)
def proposing(monkeypatch: pytest.MonkeyPatch) -> None:
    """A corpus of 120 passages is so large that not all are compared, and is sent in parts."""
    monkeypatch.setattr(searching, "EXHAUSTIVE", 100)
    monkeypatch.setattr(searching, "POOL", 60)
    monkeypatch.setattr(dense_module, "SAMPLE", 50)
    monkeypatch.setattr(collection, "TOGETHER", 50)


def mill(folder: Path, store: Any, **changes: Any) -> Experiment:
    """An experiment on a small text whose vectors lie in a store."""
    text = folder / "text.md"
    text.write_text("# One\n\nThe miller Anna kept the bridge.\n" * 40, "utf-8")
    values = {"purpose": "Answer questions about the mill.", "name": "mill", "corpus": str(text)}
    return Experiment(**values, retrieval={"store": store}, **changes)  # type: ignore[arg-type]


def found(index: Path, spec: RetrievalSpec) -> list[list[tuple[str, float]]]:
    hits = open_index(index, spec).retrieve(QUESTIONS, 5)
    return [[(hit.passage.id, round(hit.score, 4)) for hit in row] for row in hits]


def sent(index: Path) -> int:
    return int(json.loads((index / "metadata.json").read_text())["store"]["sent"])


def store_is_as_good_as_faiss(said: StoreSpec, vectors: Path, folder: Path) -> None:
    """The whole of what a kind promises."""
    plain, stored = RetrievalSpec(), RetrievalSpec(store=said)
    build_index(PASSAGES, plain, folder / "faiss", cache=vectors)
    assert (folder / "faiss" / "passages.faiss").exists()
    # Killed when the second part is to be sent, and gone on with.
    add_killed(stored, vectors, folder / "first")
    build_index(PASSAGES, stored, folder / "first", cache=vectors, name=NAME)
    assert sent(folder / "first") == 70, "what was there is not sent again"
    assert not (folder / "first" / "passages.faiss").exists()
    for mode in ("fused", "dense"):
        ours = stored.model_copy(update={"mode": mode})
        theirs = plain.model_copy(update={"mode": mode})
        assert found(folder / "first", ours) == found(folder / "faiss", theirs)
    # Another machine with the same text finds it.
    build_index(PASSAGES, stored, folder / "second", cache=vectors, name=NAME)
    assert sent(folder / "second") == 0
    assert found(folder / "second", stored) == found(folder / "faiss", plain)
    name = collection_name(said, NAME)
    with pytest.raises(WorkbenchError, match=r"holds vectors of 384 numbers, and .* gives 3"):
        open_collection(said, name, 3, 120)
    with pytest.raises(WorkbenchError, match="holds 120 vectors for an index of 121 passages"):
        open_collection(said, name, 384, 121).check()
    with pytest.raises(WorkbenchError, match="holds 0 vectors for an index of 120 passages"):
        open_collection(said, "workbench_nowhere", 384, 120).check()


def add_killed(stored: RetrievalSpec, vectors: Path, index: Path) -> None:
    """A build that ends after its first part was sent."""
    real, parts = collection.Collection._answering, []

    def dying(self: collection.Collection) -> Any:
        caller = sys._getframe(1).f_code.co_name
        if caller == "fill":
            parts.append(caller)
            if len(parts) == 2:
                raise KeyboardInterrupt
        return real(self)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(collection.Collection, "_answering", dying)
        with pytest.raises(KeyboardInterrupt):
            build_index(PASSAGES, stored, index, cache=vectors, name=NAME)
    assert not (index / "metadata.json").exists()


def test_a_store_proposes_what_faiss_proposes(
    memory: StoreSpec, vectors: Path, tmp_path: Path
) -> None:
    store_is_as_good_as_faiss(memory, vectors, tmp_path)
    asked: list[int] = []
    real = collection.Collection.nearest
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(
            collection.Collection,
            "nearest",
            lambda self, vector, count: asked.append(count) or real(self, vector, count),
        )
        found(tmp_path / "first", RetrievalSpec(store=memory))
    assert asked == [60] * len(QUESTIONS), "the store is what proposes"


def test_qdrant_proposes_what_faiss_proposes(
    folder: StoreSpec, vectors: Path, tmp_path: Path
) -> None:
    store_is_as_good_as_faiss(folder, vectors, tmp_path)


@pytest.mark.slow
def test_postgresql_proposes_what_faiss_proposes(
    server: tuple[StoreSpec, postgres.Postgres], vectors: Path, tmp_path: Path
) -> None:
    said, running = server
    store_is_as_good_as_faiss(said, vectors, tmp_path)
    wrong = said.model_copy(update={"user": "nobody_known"})
    with pytest.raises(WorkbenchError, match=r"pgvector store at postgresql://.* failed") as told:
        open_collection(wrong, "workbench_x", 384, 1)
    assert running.password not in str(told.value)
    running.stop()
    with pytest.raises(WorkbenchError, match=r"pgvector store at .* failed.*refused"):
        open_index(tmp_path / "first", RetrievalSpec(store=said))


def test_elasticsearch_and_opensearch_propose_what_faiss_proposes(
    elastic: tuple[StoreSpec, ElasticServer], vectors: Path, tmp_path: Path
) -> None:
    said, running = elastic
    store_is_as_good_as_faiss(said, vectors, tmp_path)
    name = collection_name(said, NAME)
    settings = json.dumps(running.created[name].get("settings"))
    if said.kind == "elasticsearch":
        assert "script_score" in running.searches[-1]["query"], "every vector is compared"
        key = said.model_copy(update={"user": None})
        assert open_collection(key, name, 384, 120).held() == (120, 384)
    else:
        assert '"knn.advanced.approximate_threshold": -1' in settings, "no graph is built"
    wrong = said.model_copy(update={"user": "nobody"})
    with pytest.raises(WorkbenchError, match=rf"{said.kind} store at .* failed: .*auth") as told:
        open_collection(wrong, name, 384, 120)
    assert running.password not in str(told.value)
    # A vector that the server does not take ends the build, in one line.
    short = collection._node(0, PASSAGES[0], np.ones(3, np.float32))
    there = open_collection(said, name, 384, 120)
    with pytest.raises(WorkbenchError, match=r"store at .* failed") as told, there._answering():
        there._adapter.vectors.add([short])
    assert len(str(told.value)) < 500


def test_a_large_corpus_is_searched_by_their_graph(
    elastic: tuple[StoreSpec, ElasticServer], vectors: Path, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    from workbench.retrieval import first_stage

    said, running = elastic
    monkeypatch.setattr(first_stage, "EXACT", 100)
    spec = RetrievalSpec(store=said)
    build_index(PASSAGES, spec, tmp_path / "large", cache=vectors, name=NAME)
    assert found(tmp_path / "large", spec)
    asked = running.searches[-1]
    if said.kind == "elasticsearch":
        assert asked["knn"]["k"] == 60 and asked["knn"]["num_candidates"] == 600
    else:
        settings = running.created[collection_name(said, NAME)]["settings"]["index"]
        assert settings["knn.advanced.approximate_threshold"] == 0
        assert asked["query"]["knn"]["embedding"]["k"] == 60


def test_a_store_is_asked_from_any_thread(
    elastic: tuple[StoreSpec, ElasticServer], vectors: Path, tmp_path: Path
) -> None:
    from concurrent.futures import ThreadPoolExecutor

    spec = RetrievalSpec(store=elastic[0])
    build_index(PASSAGES, spec, tmp_path / "index", cache=vectors, name=NAME)
    retriever = open_index(tmp_path / "index", spec)
    here = retriever.retrieve(QUESTIONS[:1], 3)
    with ThreadPoolExecutor(3) as threads:
        there = list(threads.map(lambda _: retriever.retrieve(QUESTIONS[:1], 3), range(6)))
    assert all(one == here for one in there)


@pytest.mark.slow
def test_postgresql_searches_a_large_corpus_by_a_graph(
    server: tuple[StoreSpec, postgres.Postgres],
    vectors: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from workbench.retrieval import first_stage

    build_index(PASSAGES, RetrievalSpec(), tmp_path / "faiss", cache=vectors)
    monkeypatch.setattr(first_stage, "EXACT", 100)
    spec = RetrievalSpec(store=server[0])
    build_index(PASSAGES, spec, tmp_path / "large", cache=vectors, name=NAME)
    pairs = zip(
        found(tmp_path / "large", spec), found(tmp_path / "faiss", RetrievalSpec()), strict=True
    )
    shares = [len({a for a, _ in one} & {b for b, _ in other}) / 5 for one, other in pairs]
    assert sum(shares) / len(shares) >= 0.95
    import psycopg2

    at = {"user": postgres.Postgres.user, "password": server[1].password}
    with psycopg2.connect(server[1].url, **at) as link, link.cursor() as cursor:
        cursor.execute("SELECT indexdef FROM pg_indexes WHERE indexdef LIKE '%hnsw%'")
        assert len(cursor.fetchall()) == 1


def test_what_is_amiss_is_one_sentence(memory: StoreSpec, vectors: Path, tmp_path: Path) -> None:
    spec = RetrievalSpec(store=memory)
    build_index(PASSAGES, spec, tmp_path / "index", cache=vectors)
    with pytest.raises(WorkbenchError, match=r"lie in qdrant at http.*retrieval.store says the"):
        open_index(tmp_path / "index", RetrievalSpec())
    other = memory.model_copy(update={"url": "http://127.0.0.1:2"})
    with pytest.raises(WorkbenchError, match=r"says qdrant at http://127\.0\.0\.1:2"):
        open_index(tmp_path / "index", RetrievalSpec(store=other))
    with pytest.raises(WorkbenchError, match="lie in qdrant, and cannot be changed"):
        update_index(tmp_path / "index", removed=["d0"])
    # Words alone need no store.
    words = RetrievalSpec(mode="bm25")
    assert found(tmp_path / "index", words)


def test_a_store_that_does_not_answer_is_told_of_without_the_key(
    memory: StoreSpec, vectors: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Silent(Remembering):
        def query(self, query: Any, **more: Any) -> Any:
            raise ConnectionError("no route for sesame-42\nand more")

    real: Callable[[Opening], Adapter] = stores.STORES["qdrant"]

    def opened(opening: Opening) -> Adapter:
        adapter = real(opening)
        silent = Silent()
        silent.data = adapter.vectors.data
        return Adapter(silent, silent.holds, adapter.faults)

    monkeypatch.setenv("STORE_KEY", "sesame-42")
    spec = RetrievalSpec(store=memory.model_copy(update={"key_env": "STORE_KEY"}))
    build_index(PASSAGES, spec, tmp_path / "index", cache=vectors)
    monkeypatch.setitem(stores.STORES, "qdrant", opened)
    with pytest.raises(WorkbenchError, match=r"failed: no route for \[key\]"):
        open_index(tmp_path / "index", spec).retrieve(QUESTIONS[:1], 3)
    monkeypatch.delenv("STORE_KEY")
    with pytest.raises(WorkbenchError, match="STORE_KEY holds no key for http"):
        open_index(tmp_path / "index", spec)


@pytest.mark.parametrize(
    ("package", "said", "why"),
    [
        ("qdrant_client", {"kind": "qdrant", "url": "http://127.0.0.1:9"}, "does not answer .*ref"),
        ("qdrant_client", {"kind": "qdrant", "url": "file:///proc/no"}, "folder /proc/no cannot"),
        ("pgvector", {"kind": "pgvector", "url": "postgresql://127.0.0.1:9/rag"}, "failed: conn"),
        ("elasticsearch", {"kind": "elasticsearch", "url": "http://127.0.0.1:9"}, "failed: .*onn"),
        ("opensearchpy", {"kind": "opensearch", "url": "http://127.0.0.1:9"}, "failed: .*onn"),
    ],
)
def test_a_run_meets_its_store_before_it_makes_anything(
    package: str, said: dict[str, str], why: str, tmp_path: Path
) -> None:
    if find_spec(package) is None:
        pytest.skip(f"{package} is not installed")
    with pytest.raises(WorkbenchError, match=why):
        check_servers(RunPlan(resolve(mill(tmp_path, said))))


def test_the_stage_fills_the_store_and_its_trial_sends_nothing(
    memory: StoreSpec, tmp_path: Path
) -> None:
    asked = mill(tmp_path, memory)
    plan, context = RunPlan(resolve(asked)), RunContext(ArtifactCache(tmp_path / "cache"))
    corpus = context.make(CORPUS, plan.corpus_inputs()).reference
    inputs = plan.index_inputs(corpus)
    (tmp_path / "trial").mkdir()
    trial = TrialContext(context.cache, folder=tmp_path / "trial", opened=dict(context.opened))
    tried = INDEX.estimate(inputs, trial).trial
    assert tried is not None
    assert trial.retriever(plan.search(tried)).retrieve(["Who kept the bridge?"], 1)[0]
    name = collection_name(memory, stage_id(INDEX, inputs))
    assert open_collection(memory, name, 384, 1).held() is None
    made = context.make(INDEX, inputs)
    assert made.summary["store"]["collection"] == name
    assert open_collection(memory, name, 384, 1).held() == (made.summary["passages"], 384)
    hits = context.retriever(plan.search(made.reference)).retrieve(["Who kept the bridge?"], 1)[0]
    assert "Anna" in hits[0].passage.text
    # How it is reached is no part of what was made.
    slower = memory.model_copy(update={"timeout_s": 5.0, "key_env": "A_KEY"})
    other = memory.model_copy(update={"collection": "other"})
    ids = [
        stage_id(INDEX, RunPlan(resolve(mill(tmp_path, said))).index_inputs(corpus))
        for said in (memory, slower, other, None)
    ]
    assert ids[0] == ids[1] == made.id and len(set(ids)) == 3


def test_passages_of_another_size_are_tried_beside_the_store(
    memory: StoreSpec, tmp_path: Path
) -> None:
    plan = RunPlan(resolve(mill(tmp_path, memory)))
    context = RunContext(ArtifactCache(tmp_path / "cache"))
    corpus = context.make(CORPUS, plan.corpus_inputs()).reference
    served: Any = SimpleNamespace(
        plan=plan, context=context, run=SimpleNamespace(path=tmp_path / "run"),
        inputs=SimpleNamespace(corpus=corpus),
    )  # fmt: skip
    name = next(item.name for item in plan.experiment.variants if "rag" in item.name)
    tried = Try(variant=name, setting=Setting(chunk_size=40, top_k=2))
    search = playground._search(served, tried, TryFiles(tmp_path / "try"))
    assert search is not None
    assert context.retriever(search).retrieve(["Who kept the bridge?"], 1)[0]
    assert open_collection(memory, collection_name(memory, search.index.id), 384, 1).held() is None


@pytest.mark.parametrize("kind", ["qdrant", "pgvector", "elasticsearch", "opensearch"])
def test_a_missing_package_is_named_with_the_extra(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = "postgres" if kind == "pgvector" else kind
    monkeypatch.setitem(sys.modules, f"llama_index.vector_stores.{module}", None)
    url = "postgresql://localhost/a" if kind == "pgvector" else "http://localhost:1"
    with pytest.raises(WorkbenchError, match=f"{kind} needs a package") as told:
        open_collection(StoreSpec(kind=kind, url=url), "x", 384, 1)  # type: ignore[arg-type]
    assert f"rag-finetune-workbench[{kind}]" in str(told.value.hint)


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"kind": "faiss", "url": "http://localhost"}, "qdrant"),
        ({"kind": "qdrant", "url": "localhost:6333"}, "http://host:6333"),
        ({"kind": "qdrant", "url": "http://me:secret@host"}, "environment variable"),
        ({"kind": "qdrant", "url": "http://host", "user": "me"}, "no users"),
        ({"kind": "pgvector", "url": "postgresql://host:5432"}, "names no database"),
        ({"kind": "elasticsearch", "url": "host:9200"}, "https://host:9200"),
        ({"kind": "opensearch", "url": "https://h:9200", "user": "me"}, "name user and key_env"),
        ({"kind": "pgvector", "url": "mysql://host/a"}, "postgresql://host:5432/database"),
        ({"kind": "pgvector", "url": "postgresql://h/a", "collection": "a; DROP"}, "pattern"),
    ],
)
def test_a_store_that_cannot_be_is_refused(said: dict[str, str], why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        StoreSpec(**said)  # type: ignore[arg-type]


def test_text_goes_to_no_store_elsewhere_unless_it_may(tmp_path: Path) -> None:
    for url in ("postgresql://db.example.org/rag", "postgresql://10.0.0.7/rag"):
        far = {"kind": "pgvector", "url": url}
        with pytest.raises(WorkbenchError, match=r"pgvector store is at .* leave this machine"):
            check_policy(RunPlan(resolve(mill(tmp_path, far))))
        allowed = mill(tmp_path, far, text_may_leave_this_machine=True)
        check_policy(RunPlan(resolve(allowed)))
    for near in (
        {"kind": "pgvector", "url": "postgresql://localhost/rag"},
        {"kind": "qdrant", "url": f"file://{tmp_path}/q"},
    ):
        check_policy(RunPlan(resolve(mill(tmp_path, near))))


def test_where_there_is_no_store_nothing_is_known_of_one() -> None:
    assert "store" not in RetrievalSpec().model_dump()
    said = StoreSpec(kind="qdrant", url="http://localhost:6333")
    assert RetrievalSpec(store=said).model_dump()["store"]["collection"] == "workbench"
