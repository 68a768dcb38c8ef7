"""A graph in Neo4j: found by as the one beside the index, its own alone replaced, every refusal a
sentence.

What is written and asked is tried twice: in memory, by a stand-in that understands these statements
alone, and on a real server that speaks Neo4j's protocol, by Neo4j's own driver.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from tests.retrieval.test_graph import ANSWER, BRIDGE, QUESTION, hill
from tests.support.servers import arcade
from workbench.engine.inputs import ArtifactReference
from workbench.engine.stage import stage_id
from workbench.errors import WorkbenchError
from workbench.experiment import Experiment
from workbench.experiment.graph import GraphSpec
from workbench.experiment.identity import resolve
from workbench.experiment.retrieval import RetrievalSpec
from workbench.experiment.stores import GraphStoreSpec
from workbench.io.files import read_json
from workbench.retrieval import build_index, open_index
from workbench.retrieval.graph import Triple, build_graph, stored
from workbench.retrieval.graph.building import property_graph
from workbench.stages import INDEX
from workbench.stages.inputs import GraphInput
from workbench.stages.plan import RunPlan
from workbench.stages.refusals import check_policy, check_servers

QUESTIONS = [
    QUESTION,
    "Where lives the person who was taught by the one who mended the harbour clock?",
    "Who lives in Lisk, and who taught Falk?",
    "What is it about?",
]
MODEL = "all-MiniLM-L6-v2"


class Remembering:
    """A database in memory: the statements of a graph, and no others."""

    def __init__(self, spec: GraphStoreSpec, dies_at: str = "nowhere") -> None:
        self.spec, self.dies_at = spec, dies_at
        self.nodes: list[tuple[set[str], dict[str, Any]]] = []
        self.relations: list[tuple[str, str, str, dict[str, Any]]] = []
        self.asked = 0

    def ask(self, cypher: str, **values: Any) -> list[dict[str, Any]]:
        if self.dies_at in cypher:
            raise KeyboardInterrupt
        labels = set(re.findall(r":`?(\w+)`?", cypher.split("(n", 1)[-1].split(")")[0]))
        if "CREATE (n" in cypher:
            self.nodes += [(labels, row) for row in values.get("rows", [values])]
        elif made := re.search(r"CREATE \(a\)-\[r?:(\w+)", cypher):
            ids = {node.get("id") for _, node in self.nodes}
            self.relations += [
                (made[1], row["source"], row["target"], row.get("values", {}))
                for row in values["rows"]
                if {row["source"], row["target"]} <= ids
            ]
        elif "DELETE" in cypher:
            gone = [node for kinds, node in self.nodes if labels <= kinds]
            ids = {node.get("id") for node in gone}
            self.nodes = [(kinds, node) for kinds, node in self.nodes if not labels <= kinds]
            self.relations = [r for r in self.relations if not {r[1], r[2]} & ids]
            return [{"gone": len(gone)}]
        elif "RELATION" in cypher:
            self.asked += 1
            near = [r for r in self.relations if r[0] == "RELATION"]
            numbers = {n for r in near if {r[1], r[2]} & set(values["ids"])
                       for n in r[3]["triples"]}  # fmt: skip
            return [{"triple": number} for number in sorted(numbers)]
        elif cypher.startswith("MATCH (n"):
            found = [node for kinds, node in self.nodes if labels <= kinds]
            return sorted(found, key=lambda node: node.get("number", 0))
        else:
            assert cypher.startswith("CREATE CONSTRAINT")
        return []

    def count(self, label: str) -> int:
        return sum(label in kinds for kinds, _ in self.nodes)


Counting = Callable[[str], int]


@pytest.fixture
def memory(monkeypatch: pytest.MonkeyPatch) -> Remembering:
    spec = GraphStoreSpec(kind="neo4j", url="bolt://127.0.0.1:1")
    held = Remembering(spec)
    monkeypatch.setattr(stored, "_opened", lambda spec, key: held)
    return held


@pytest.fixture(scope="module")
def server() -> Iterator[arcade.Arcade]:
    if why := arcade.missing():
        pytest.skip(why)
    with arcade.Arcade() as running:
        yield running


@pytest.fixture
def real(server: arcade.Arcade, monkeypatch: pytest.MonkeyPatch) -> GraphStoreSpec:
    monkeypatch.setenv("GRAPH_PASSWORD", server.password)
    return GraphStoreSpec(
        kind="neo4j", url=server.url, database=server.database, user=server.user,
        password_env="GRAPH_PASSWORD",
    )  # fmt: skip


@pytest.fixture(params=["memory", pytest.param("real", marks=pytest.mark.slow)])
def held(request: pytest.FixtureRequest) -> tuple[GraphStoreSpec, Counting]:
    """A database, and what counts the nodes of a label there."""
    if request.param == "memory":
        database = request.getfixturevalue("memory")
        return database.spec, database.count
    spec = request.getfixturevalue("real")
    opened = stored.open_database(spec)
    return spec, lambda label: opened.ask(f"MATCH (n:`{label}`) RETURN count(n) AS n")[0]["n"]


def by(store: GraphStoreSpec | None, **more: Any) -> RetrievalSpec:
    return RetrievalSpec(mode="graph", graph=GraphSpec(store=store, **more))


def made(
    out: Path, store: GraphStoreSpec | None, vectors: Path, name: str = "index-a",
    triples: list[Triple] | None = None,
) -> Path:  # fmt: skip
    passages, all_of_them = hill()
    build_index(passages, RetrievalSpec(), out, cache=vectors)
    said = all_of_them if triples is None else triples
    elsewhere = None if store is None else (store, name)
    summary = build_graph(out, [("all", lambda: said)], MODEL, elsewhere=elsewhere)
    assert ("store" in summary) == (store is not None)
    return out


def found(index: Path, spec: RetrievalSpec) -> list[Any]:
    retriever = open_index(index, spec)
    return [retriever.retrieve(QUESTIONS, 40), retriever.told(QUESTIONS)]


def test_the_same_is_found_in_the_same_order_as_beside_the_index(
    held: tuple[GraphStoreSpec, Counting], vectors: Path, tmp_path: Path
) -> None:
    store, count = held
    made(tmp_path / "here", None, vectors)
    made(tmp_path / "there", store, vectors)
    assert not (tmp_path / "there" / "graph" / "property_graph.json").exists()
    for more in ({"shown": 4}, {"hops": 1}):
        there, here = by(store, **more), by(None, **more)
        assert found(tmp_path / "there", there) == found(tmp_path / "here", here)
    first = open_index(tmp_path / "there", by(store)).retrieve([QUESTION], 5)[0]
    assert first[0].passage.text == BRIDGE and ANSWER in {hit.passage.text for hit in first}
    # 25 things, the 33 passages that say something, and the mark that it is whole.
    assert count("workbench_index_a") == 59


def test_the_neighbourhood_of_a_thing_is_asked_of_the_database(
    held: tuple[GraphStoreSpec, Counting], vectors: Path, tmp_path: Path
) -> None:
    store, _ = held
    _, triples = hill()
    graph = stored.open_graph(made(tmp_path / "index", store, vectors), store)
    assert graph is not None
    number = {name: place for place, (name, _) in enumerate(graph.things)}
    for name in ("Kaspar", "harbour clock", "Lisk"):
        own = [n for n, item in enumerate(triples) if name in (item.subject, item.object)]
        assert graph.around([number[name]]) == own and own
    both = graph.around([number["Kaspar"], number["Lisk"]])
    assert both == sorted({*graph.around([number["Kaspar"]]), *graph.around([number["Lisk"]])})
    assert graph.around([]) == []


def test_without_its_relations_a_search_leads_nowhere(
    memory: Remembering, vectors: Path, tmp_path: Path
) -> None:
    made(tmp_path / "index", memory.spec, vectors)
    whole = found(tmp_path / "index", by(memory.spec))
    assert memory.asked == len(QUESTIONS), "once for a question"
    memory.relations.clear()
    assert found(tmp_path / "index", by(memory.spec)) != whole


def test_two_indexes_do_not_mix_and_each_replaces_its_own(
    held: tuple[GraphStoreSpec, Counting], vectors: Path, tmp_path: Path
) -> None:
    store, count = held
    _, triples = hill()
    some = triples[:20]
    made(tmp_path / "a", store, vectors)
    before = found(tmp_path / "a", by(store))
    made(tmp_path / "b", store, vectors, "index-b", some)
    made(tmp_path / "beside", None, vectors, triples=some)
    assert found(tmp_path / "a", by(store)) == before
    assert found(tmp_path / "b", by(store)) == found(tmp_path / "beside", by(None))
    mine, others = count("workbench_index_a"), count("workbench_index_b")
    made(tmp_path / "again", store, vectors, "index-b", some)
    assert (count("workbench_index_a"), count("workbench_index_b")) == (mine, others)
    # Another build under the same id: the earlier folder is told, and not led astray.
    made(tmp_path / "third", store, vectors, "index-b", triples[:10])
    with pytest.raises(WorkbenchError, match="is not that of this index"):
        open_index(tmp_path / "b", by(store))
    assert found(tmp_path / "a", by(store)) == before


def test_more_than_is_sent_at_once_arrives(
    held: tuple[GraphStoreSpec, Counting], vectors: Path, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    store, count = held
    monkeypatch.setattr(stored, "TOGETHER", 7)
    for _ in range(2):
        made(tmp_path / "there", store, vectors)
        assert count("workbench_index_a") == 59
    made(tmp_path / "here", None, vectors)
    assert found(tmp_path / "there", by(store)) == found(tmp_path / "here", by(None))


def test_a_killed_build_leaves_no_graph_that_is_taken_for_whole(
    memory: Remembering, vectors: Path, tmp_path: Path
) -> None:
    index = made(tmp_path / "index", memory.spec, vectors)
    place = read_json(index / "graph" / "store.json")
    memory.dies_at = "MENTIONS"
    with pytest.raises(KeyboardInterrupt):
        made(tmp_path / "again", memory.spec, vectors)
    memory.dies_at = "nowhere"
    assert memory.count(place["label"]) > 0
    with pytest.raises(WorkbenchError, match="is not there, or not whole"):
        open_index(index, by(memory.spec))
    made(tmp_path / "again", memory.spec, vectors)
    assert open_index(index, by(memory.spec)).retrieve(QUESTIONS[:1], 1)


def test_a_graph_that_lies_elsewhere_than_is_said_is_refused(
    memory: Remembering, vectors: Path, tmp_path: Path
) -> None:
    there = made(tmp_path / "there", memory.spec, vectors)
    here = made(tmp_path / "here", None, vectors)
    with pytest.raises(WorkbenchError, match=r"lies in neo4j bolt.*store says the index"):
        open_index(there, by(None))
    with pytest.raises(WorkbenchError, match=r"lies in the index, and .* says neo4j bolt"):
        open_index(here, by(memory.spec))
    other = memory.spec.model_copy(update={"database": "other"})
    with pytest.raises(WorkbenchError, match=r"says neo4j bolt://127\.0\.0\.1:1 other"):
        open_index(there, by(other))


@pytest.mark.slow
def test_llama_index_reads_there_what_its_own_store_holds(
    real: GraphStoreSpec, vectors: Path, tmp_path: Path
) -> None:
    """Its classes for the thing itself, its neighbourhood one and two steps on, and the way from
    one thing to another."""
    made(tmp_path / "index", real, vectors)
    here, database = property_graph(hill()[1]), stored.open_database(real)
    there = database._adapter
    for name in ("Kaspar", "harbour clock", "Lisk"):
        (mine,) = here.get(ids=[name])
        (theirs,) = there.get(ids=[f"workbench_index_a/{name}"])
        assert theirs.properties["name"] == mine.name
        assert theirs.properties["aliases"] == mine.properties["aliases"]
        for depth in (1, 2):
            around = there.get_rel_map([theirs], depth=depth, limit=1000)
            told = {(a.properties["name"], r.properties["relation"], b.properties["name"])
                    for a, r, b in around}  # fmt: skip
            own = here.get_rel_map([mine], depth=depth, limit=1000)
            kept = {(a.name, r.label, b.name) for a, r, b in own}
            # From a neighbour its store in memory goes on to objects only, Neo4j's to subjects too.
            assert told == kept if depth == 1 else told > kept
    way = database.ask(
        "MATCH p = shortestPath((a:workbench_index_a {name: 'harbour clock'})"
        "-[:RELATION*..4]-(b:workbench_index_a {name: 'Lisk'})) "
        "RETURN [n IN nodes(p) | n.name] AS names"
    )
    assert way == [{"names": ["harbour clock", "Kaspar", "Lisk"]}]
    passages = database.ask(
        "MATCH (c:Chunk)-[:MENTIONS]->(:workbench_index_a {name: 'harbour clock'}) "
        "RETURN c.text AS text"
    )
    assert passages == [{"text": BRIDGE}]


@pytest.mark.slow
def test_a_server_s_refusals_are_one_sentence_each(
    real: GraphStoreSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored.open_database(real)
    with pytest.raises(WorkbenchError, match="has no database 'nowhere'"):
        stored.open_database(real.model_copy(update={"database": "nowhere"}))
    with pytest.raises(WorkbenchError, match="wants a user with a password"):
        stored.open_database(real.model_copy(update={"user": None, "password_env": None}))
    with pytest.raises(WorkbenchError, match=r"failed: .*apoc"):
        stored.open_database(real).ask("CALL apoc.meta.data({}) YIELD label RETURN label")
    monkeypatch.setenv("GRAPH_PASSWORD", "wrong-word-7")
    with pytest.raises(WorkbenchError, match="refuses the user root with the password in GRAPH_P"):
        stored.open_database(real)


@pytest.mark.skipif(find_spec("neo4j") is None, reason="the extra neo4j is not installed")
def test_a_run_meets_its_database_before_it_makes_anything(tmp_path: Path) -> None:
    with pytest.raises(WorkbenchError, match=r"at bolt://127\.0\.0\.1:9 does not answer \(Could"):
        check_servers(RunPlan(resolve(mill(tmp_path, "bolt://127.0.0.1:9"))))


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("Neo.ClientError.Security.Unauthorized", "wants a user with a password"),
        ("Neo.ClientError.Database.DatabaseNotFound", "has no database 'neo4j'"),
        ("Neo.ClientError.Procedure.ProcedureNotFound", "does not do what a graph needs"),
        ("Neo.ClientError.Statement.SyntaxError", "does not do what a graph needs"),
        ("Neo.ClientError.Security.Forbidden", "failed: it says so"),
        ("Neo.TransientError.General.DatabaseUnavailable", "does not answer"),
        ("", r"does not answer \(it says so\)"),
    ],
)
def test_what_neo4j_calls_a_refusal_is_told_with_the_way_out(code: str, why: str) -> None:
    spec = GraphStoreSpec(kind="neo4j", url="neo4j+s://db.example.org")
    error = stored.told(spec, code, "it says so")
    assert re.search(why, str(error)) and "db.example.org" in str(error) and error.hint


@pytest.mark.parametrize("package", ["neo4j", "llama_index.graph_stores.neo4j"])
def test_a_missing_package_is_named_with_the_extra(
    package: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    monkeypatch.setattr(stored.Database, "_check", lambda self, key: None)
    stored._opened.cache_clear()
    with pytest.raises(WorkbenchError, match="neo4j needs a package") as told:
        stored.open_database(GraphStoreSpec(kind="neo4j", url="bolt://127.0.0.1:9"))
    assert "rag-finetune-workbench[neo4j]" in str(told.value.hint)


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"kind": "kuzu", "url": "bolt://h"}, "neo4j"),
        ({"kind": "neo4j", "url": "http://h:7474"}, "bolt://host:7687"),
        ({"kind": "neo4j", "url": "bolt:h"}, "bolt://host:7687"),
        ({"kind": "neo4j", "url": "bolt://me:secret@h"}, "environment variable"),
        ({"kind": "neo4j", "url": "bolt://h", "user": "me"}, "name user and password_env"),
        ({"kind": "neo4j", "url": "bolt://h", "database": ""}, "at least 1 character"),
    ],
)
def test_a_database_that_cannot_be_is_refused(said: dict[str, str], why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        GraphStoreSpec(**said)  # type: ignore[arg-type]


def mill(folder: Path, url: str, **changes: Any) -> Experiment:
    text = folder / "text.md"
    text.write_text("# One\n\nThe miller Anna kept the bridge.\n" * 40, "utf-8")
    store = {"kind": "neo4j", "url": url, **changes.pop("store", {})}
    return Experiment(
        purpose="Answer questions about the mill.", name="mill", corpus=str(text),  # type: ignore[arg-type]
        retrieval={"graph_weight": 0.3, "graph": {"store": store}}, **changes,
    )  # fmt: skip


def test_text_goes_to_no_database_elsewhere_unless_it_may(tmp_path: Path) -> None:
    far = "neo4j+s://db.example.org"
    with pytest.raises(WorkbenchError, match=r"neo4j database is at .* leave this machine"):
        check_policy(RunPlan(resolve(mill(tmp_path, far))))
    check_policy(RunPlan(resolve(mill(tmp_path, far, text_may_leave_this_machine=True))))
    check_policy(RunPlan(resolve(mill(tmp_path, "bolt://localhost:7687"))))


def test_how_a_database_is_reached_changes_no_index_and_no_database_no_id(tmp_path: Path) -> None:
    corpus = ArtifactReference(id="corpus-1", path=tmp_path)
    login = {"user": "me", "password_env": "WORD", "timeout_s": 5}
    ids = [
        stage_id(INDEX, RunPlan(resolve(one)).index_inputs(corpus))
        for one in (
            mill(tmp_path, "bolt://localhost"), mill(tmp_path, "bolt://localhost", store=login),
            mill(tmp_path, "bolt://localhost:7688"),
            mill(tmp_path, "bolt://localhost", store={"database": "other"}),
        )
    ]  # fmt: skip
    assert ids[0] == ids[1] and len(set(ids)) == 3
    plan = RunPlan(resolve(mill(tmp_path, "bolt://localhost")))
    inputs = plan.index_inputs(corpus)
    assert inputs.graph is not None and inputs.graph.store is not None
    assert inputs.beside.graph == GraphInput(extractor="parse")
    assert "store" not in GraphSpec().model_dump()
    assert "store" not in GraphInput(extractor="parse").record()
    assert plan.experiment.retrieval.beside.own_graph == GraphSpec()
