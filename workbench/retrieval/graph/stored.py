"""A graph in Neo4j: written once for an index, then asked what stands around the things of a
question.

The connection is llama-index's adapter, and what lies there has its shape: ``__Node__`` with an id,
things as ``__Entity__``, passages as ``Chunk`` that ``MENTIONS`` them. It is written and asked in
plain Cypher, since the adapter's own writing

- calls APOC, a plugin that many servers lack;
- names a node by its name alone, so that the Anna of one text would be the Anna of another;
- makes a relationship type of every verb, and Neo4j holds 65,535 of them;
- and its reading leaves out lists of more than 128 entries.

Every node of a graph bears a label of its own. The node that says it is whole is written last.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from textwrap import shorten
from typing import Any

from workbench.engine.hashing import content_id
from workbench.errors import WorkbenchError
from workbench.experiment.stores import GraphStoreSpec
from workbench.io.files import read_json, write_json
from workbench.models.api_key import NO_KEY, hider, key_of
from workbench.retrieval.graph.triples import FOLDER, Triple
from workbench.types import ModelReference, Passage, Progress, silent

#: The file of an index's folder that says where its graph lies, in the place of the graph itself.
PLACE = "store.json"
#: Nodes or relations that are sent, or deleted, at once.
TOGETHER = 1000
#: Signs of what a server says that are told.
LONGEST = 300
#: Seconds for which a statement is tried again: a server that is gone is told of, not waited for.
PATIENCE_S = 5.0
#: The adapter's own statement, so that a server that it has used before takes it too.
_UNIQUE = "CREATE CONSTRAINT IF NOT EXISTS FOR (n:`__Node__`) REQUIRE n.id IS UNIQUE"
_RELATE = """
UNWIND $rows AS row
MATCH (a:`__Node__` {id: row.source})
MATCH (b:`__Node__` {id: row.target})
"""
#: What Neo4j calls a statement that it does not understand.
_UNKNOWN = ("ProcedureNotFound", "SyntaxError")


class Database:
    """A database of a Neo4j server, by llama-index's adapter."""

    def __init__(self, spec: GraphStoreSpec, key: str) -> None:
        self.spec, self._without_key = spec, hider(key)
        with self._answering():
            self._check(key)
            from llama_index.graph_stores.neo4j import Neo4jPropertyGraphStore

            try:
                # Its schema is read by APOC.
                self._adapter = Neo4jPropertyGraphStore(
                    *self._login(key), spec.url, database=spec.database, refresh_schema=False,
                    create_indexes=False, sanitize_query_output=False, timeout=spec.timeout_s,
                    connection_timeout=spec.timeout_s, max_transaction_retry_time=PATIENCE_S,
                )  # fmt: skip
            except (ValueError, LookupError) as error:
                # The adapter reads the server's version as numbers.
                raise told(spec, _UNKNOWN[0], f"its version is none of Neo4j's: {error}") from error

    def ask(self, cypher: str, **values: Any) -> list[dict[str, Any]]:
        """The rows of an answer. Raises WorkbenchError where there is none."""
        with self._answering():
            rows: list[dict[str, Any]] = self._adapter.structured_query(cypher, values)
        return rows

    def _check(self, key: str) -> None:
        # The adapter would try a server that is not there for half a minute.
        from neo4j import GraphDatabase

        wait = self.spec.timeout_s
        with GraphDatabase.driver(
            self.spec.url, auth=self._login(key), connection_timeout=wait
        ) as driver:
            driver.verify_connectivity()

    def _login(self, key: str) -> tuple[str, str]:
        # A server without users takes any.
        return self.spec.user or "", "" if key == NO_KEY else key

    @contextmanager
    def _answering(self) -> Iterator[None]:
        """What the driver raises, in one sentence without the password."""
        try:
            from neo4j.exceptions import DriverError, Neo4jError
        except ImportError as error:
            raise _not_installed(error) from error
        try:
            yield
        except ImportError as error:
            raise _not_installed(error) from error
        except (Neo4jError, DriverError, OSError) as error:
            text = self._without_key(str(getattr(error, "message", None) or error))
            reason = (text.strip().splitlines() or [type(error).__name__])[0].rstrip(".:")
            code = str(getattr(error, "code", None) or "")
            raise told(self.spec, code, shorten(reason, LONGEST, placeholder=" …")) from error


def told(spec: GraphStoreSpec, code: str, reason: str) -> WorkbenchError:
    """What a server's refusal means; ``code`` is Neo4j's, empty where the driver met no server."""
    if code.startswith("Neo.ClientError.Security") and "Forbidden" not in code:
        if spec.user is None:
            return WorkbenchError(
                f"The Neo4j server at {spec.url} wants a user with a password.",
                "Name retrieval.graph.store.user, and in password_env the variable with the "
                "password.",
            )
        return WorkbenchError(
            f"The Neo4j server at {spec.url} refuses the user {spec.user} with the password in "
            f"{spec.password_env} ({reason}).",
            f"Correct retrieval.graph.store.user, or export {spec.password_env}=… and run again.",
        )
    if code.endswith("DatabaseNotFound"):
        return WorkbenchError(
            f"The Neo4j server at {spec.url} has no database {spec.database!r}.",
            "Correct retrieval.graph.store.database (a new server has the one called neo4j), or "
            "make it there: CREATE DATABASE …",
        )
    if code.endswith(_UNKNOWN):
        return WorkbenchError(
            f"The server at {spec.url} does not do what a graph needs ({reason}).",
            "Take Neo4j from version 4.4 on, which needs no plugin for it; or leave "
            "retrieval.graph.store out, which keeps the graph with the index.",
        )
    if not code or "TransientError" in code:
        return WorkbenchError(
            f"The Neo4j server at {spec.url} does not answer ({reason}).",
            "Start it, or correct retrieval.graph.store.url: bolt://host:7687 asks one server, "
            "neo4j://host:7687 a cluster, and +s encrypts.",
        )
    return WorkbenchError(
        f"The Neo4j server at {spec.url} failed: {reason}.",
        "See to it there, and run again: what was read of the text is kept.",
    )


def open_database(spec: GraphStoreSpec) -> Database:
    """The database, met. Raises WorkbenchError where it cannot be used, or its package is not
    installed."""
    return _opened(spec, key_of(ModelReference("neo4j", endpoint=spec.url,
                                               key_env=spec.password_env)))  # fmt: skip


@lru_cache(maxsize=4)
def _opened(spec: GraphStoreSpec, key: str) -> Database:
    """One in a process: a driver holds its connections for all that ask."""
    return Database(spec, key)


class StoredGraph:
    """The things of one index's graph, and what relates them, as they lie in a database."""

    def __init__(self, database: Database, label: str, digest: str) -> None:
        self._database, self._label = database, label
        whole = database.ask(f"MATCH (n:`{label}`:Whole) RETURN n.digest AS digest")
        if [row["digest"] for row in whole] != [digest]:
            spec = database.spec
            raise WorkbenchError(
                f"The graph {label} in {spec.database} at {spec.url} "
                + ("is not that of this index." if whole else "is not there, or not whole."),
                "Delete the index and run the experiment again: its graph is then written anew.",
            )
        rows = database.ask(
            f"MATCH (n:`{label}`:`__Entity__`) "
            "RETURN n.name AS name, n.aliases AS aliases ORDER BY n.number"
        )
        #: Its things in their order, each with the names that it goes by.
        self.things: list[tuple[str, list[str]]] = [(row["name"], row["aliases"]) for row in rows]

    def around(self, things: Sequence[int]) -> list[int]:
        """The numbers of the triples that say something of one of the things, in their order."""
        rows = self._database.ask(
            "MATCH (n:`__Node__`)-[r:RELATION]-() WHERE n.id IN $ids "
            "UNWIND r.triples AS triple RETURN DISTINCT triple ORDER BY triple",
            ids=[_id(self._label, self.things[thing][0]) for thing in things],
        )
        return [row["triple"] for row in rows]


def open_graph(index: Path, spec: GraphStoreSpec | None) -> StoredGraph | None:
    """The graph of an index, where it lies in a database; None where it lies with the index.

    Raises WorkbenchError where it lies elsewhere than ``spec`` says, or is not whole.
    """
    place = index / FOLDER / PLACE
    own: Mapping[str, Any] | None = read_json(place) if place.exists() else None
    keys = ("kind", "url", "database")
    there = None if own is None else [own[key] for key in keys]
    wanted = None if spec is None else [getattr(spec, key) for key in keys]
    if there != wanted:
        lie, said = ("the index" if it is None else " ".join(it) for it in (there, wanted))
        raise WorkbenchError(
            f"The graph of the index in {index} lies in {lie}, and retrieval.graph.store says "
            f"{said}.",
            "Correct retrieval.graph.store, or delete the index and run the experiment again.",
        )
    if spec is None or own is None:
        return None
    return StoredGraph(open_database(spec), own["label"], own["digest"])


def label_of(index: str) -> str:
    """What the nodes of an index's graph are labelled, by the index's id.

    >>> label_of("index-0a1b")
    'workbench_index_0a1b'
    """
    return "workbench_" + "".join(sign if sign.isalnum() else "_" for sign in index)


def write_graph(
    index: Path, spec: GraphStoreSpec, name: str, graph: Any, triples: Sequence[Triple],
    passages: Sequence[tuple[Passage, Sequence[int]]], progress: Progress = silent,
) -> dict[str, Any]:  # fmt: skip
    """Put a graph into the database in the place of the same index's earlier one; what to tell.

    ``graph`` is llama-index's property graph of the triples, ``passages`` are those that say a
    triple, each with the triples' numbers.
    """
    database, label = open_database(spec), label_of(name)
    database.ask(_UNIQUE)
    while database.ask(
        f"MATCH (n:`{label}`) WITH n LIMIT {TOGETHER} DETACH DELETE n RETURN count(*) AS gone"
    )[0]["gone"]:
        pass
    digest = content_id([[item.text, item.document, item.start, item.end] for item in triples])
    steps = [*_statements(label, graph, triples, passages)]
    for number, (cypher, rows) in enumerate(steps, 1):
        database.ask(cypher, rows=rows)
        progress(number, len(steps), spec.kind)
    database.ask(f"CREATE (n:`{label}`:Whole) SET n.digest = $digest", digest=digest)
    place = {"kind": spec.kind, "url": spec.url, "database": spec.database, "label": label}
    write_json(index / FOLDER / PLACE, {**place, "digest": digest})
    return place


def _statements(
    label: str, graph: Any, triples: Sequence[Triple],
    passages: Sequence[tuple[Passage, Sequence[int]]],
) -> Iterator[tuple[str, list[dict[str, Any]]]]:  # fmt: skip
    """What is sent, a block at a time: things, passages, relations, and which passage says what."""
    kinds: dict[str, list[dict[str, Any]]] = defaultdict(list)
    numbers = {thing: number for number, thing in enumerate(graph.nodes)}
    for thing, node in graph.nodes.items():
        own = {"id": _id(label, thing), "name": thing, "number": numbers[thing],
               "aliases": node.properties["aliases"]}  # fmt: skip
        kinds[node.label].append(own)
    for kind, rows in kinds.items():
        # All labels at once: not every server lets a node change them.
        yield from _blocks(f"CREATE (n:`__Node__`:`__Entity__`:`{label}`:`{kind}`) "
                           "SET n = row", rows)  # fmt: skip
    yield from _blocks(
        f"CREATE (n:`__Node__`:Chunk:`{label}`) SET n = row",
        [{"id": _id(label, passage.id), "text": passage.text, "document": passage.document,
          "start": passage.start, "end": passage.end, "section": passage.section}
         for passage, _ in passages],
    )  # fmt: skip
    related: dict[int, tuple[str, str]] = {}
    relations = []
    for relation in graph.relations.values():
        ends = _id(label, relation.source_id), _id(label, relation.target_id)
        own = relation.properties["triples"]
        said = [triples[number].said for number in own]
        values = {"relation": relation.label, "triples": own, "said": said}
        relations.append({"source": ends[0], "target": ends[1], "values": values})
        related.update(dict.fromkeys(own, ends))
    yield from _blocks("CREATE (a)-[r:RELATION]->(b) SET r = row.values", relations, _RELATE)
    told = {(_id(label, passage.id), end): None for passage, numbers_of in passages
            for number in numbers_of for end in related.get(number, ())}  # fmt: skip
    mentions = [{"source": passage, "target": end} for passage, end in told]
    yield from _blocks("CREATE (a)-[:MENTIONS]->(b)", mentions, _RELATE)


def _blocks(
    does: str, rows: Sequence[dict[str, Any]], before: str = "UNWIND $rows AS row\n"
) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    for first in range(0, len(rows), TOGETHER):
        yield before + does, list(rows[first : first + TOGETHER])


def _id(label: str, name: str) -> str:
    return f"{label}/{name}"


def _not_installed(error: ImportError) -> WorkbenchError:
    return WorkbenchError(
        f"retrieval.graph.store: neo4j needs a package that is not installed ({error}).",
        "pip install 'rag-finetune-workbench[neo4j]', or leave retrieval.graph.store out.",
    )
