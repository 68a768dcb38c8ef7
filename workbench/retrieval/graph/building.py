"""Units of text -> the graph in an index's folder: triples, llama-index's property graph, vectors.

``triples.jsonl`` holds what was read, unit by unit: a killed build goes on after the last of them.
``property_graph.json`` holds its things and relations as llama-index stores them; a relation names
its triples by their numbers. Where a database holds them, ``store.json`` says which. The vectors
are those of the triples and of the things' names.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from workbench.experiment.retrieval import Embedding
from workbench.experiment.stores import GraphStoreSpec
from workbench.io.files import write_json
from workbench.retrieval.graph.nodes import nodes_of
from workbench.retrieval.graph.triples import FOLDER, Triple, Unit, load_triples, read_units
from workbench.types import Progress, silent

STORE, TRIPLE_VECTORS, NODE_VECTORS = "property_graph.json", "triples.npy", "nodes.npy"


def build_graph(
    index: Path, units: Sequence[Unit], embedding: Embedding, progress: Progress = silent,
    elsewhere: tuple[GraphStoreSpec, str] | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Read the units, and write the graph beside the index; the summary counts what it holds.

    ``elsewhere`` is the database that is to hold it, with the index's name there. Raises
    WorkbenchError where that does not take it.
    """
    if elsewhere is not None:
        from workbench.retrieval.graph.stored import open_database

        # Before anything is read: a database that does not answer is told of at once.
        open_database(elsewhere[0])
    for done in read_units(index, units):
        progress(done, len(units), "graph")
    triples = load_triples(index)
    store = property_graph(triples)
    kept = store.graph
    summary: dict[str, Any] = {
        "triples": len(triples), "things": len(kept.nodes), "relations": len(kept.relations)
    }  # fmt: skip
    if elsewhere is None:
        # llama-index holds them in a set, whose order changes from process to process.
        values = {**store.to_dict(), "triplets": sorted(kept.triplets)}
        write_json(index / FOLDER / STORE, values)
    else:
        summary["store"] = _write_elsewhere(index, *elsewhere, kept, triples, progress)
    _write_vectors(index / FOLDER / TRIPLE_VECTORS, [item.text for item in triples], embedding)
    _write_vectors(index / FOLDER / NODE_VECTORS, list(kept.nodes), embedding)
    return summary


def _write_elsewhere(
    index: Path, spec: GraphStoreSpec, name: str, graph: Any, triples: Sequence[Triple],
    progress: Progress,
) -> dict[str, Any]:  # fmt: skip
    from workbench.retrieval.graph.searching import passages_of
    from workbench.retrieval.graph.stored import write_graph
    from workbench.retrieval.index_files import read_passages

    passages = list(read_passages(index))
    said: dict[int, list[int]] = {}
    for number, places in enumerate(passages_of(triples, passages)):
        for place in places:
            said.setdefault(place, []).append(number)
    saying = [(passages[place], said[place]) for place in sorted(said)]
    return write_graph(index, spec, name, graph, triples, saying, progress)


def property_graph(triples: Sequence[Triple]) -> Any:
    """llama-index's property graph of the triples."""
    from llama_index.core.graph_stores import SimplePropertyGraphStore
    from llama_index.core.graph_stores.types import EntityNode, Relation

    nodes = nodes_of(triples)
    relations: dict[tuple[str, str, str], list[int]] = {}
    for number, item in enumerate(triples):
        ends = nodes[item.subject].name, nodes[item.object].name
        if ends[0] != ends[1]:
            relations.setdefault((ends[0], item.relation, ends[1]), []).append(number)
    store = SimplePropertyGraphStore()
    store.upsert_nodes([
        EntityNode(name=node.name, label=node.kind, properties={"aliases": sorted(node.aliases)})
        for node in {id(node): node for node in nodes.values()}.values()
    ])  # fmt: skip
    store.upsert_relations([
        Relation(label=label, source_id=_id(source), target_id=_id(target),
                 properties={"triples": numbers})
        for (source, label, target), numbers in relations.items()
    ])  # fmt: skip
    return store


def _id(name: str) -> str:
    """What llama-index calls a thing of that name."""
    return name.replace('"', " ")


def _write_vectors(path: Path, texts: Sequence[str], embedding: Embedding) -> None:
    import numpy as np

    from workbench.retrieval.embeddings import embed

    np.save(path, embed(texts, embedding).astype(np.float16))
