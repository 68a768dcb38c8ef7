"""A question -> how much of the graph speaks for each passage.

The question's words name things (exactly, by their stems, by an alias, or by the nearest name), and
the triples most like it name more. From these it goes along the relations, as far as it may: a
thing reached from two sides, or from a narrow one, is likelier meant than one of many neighbours. A
triple counts by how like the question it is and by how near the things are that it is about; a
passage by the best triples that its sentences say.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from workbench.errors import WorkbenchError
from workbench.experiment.graph import GraphSpec
from workbench.experiment.retrieval import Embedding
from workbench.retrieval.arrays import Floats, Integers
from workbench.retrieval.graph.building import NODE_VECTORS, STORE, TRIPLE_VECTORS
from workbench.retrieval.graph.nodes import Names
from workbench.retrieval.graph.stored import PLACE, open_graph
from workbench.retrieval.graph.triples import FOLDER, Triple, load_triples
from workbench.types import Passage, Retrieved

#: Chosen on training and dev questions of the demo's novella, like all that follows.
#: Triples that lead a search on, by how like the question they are; so much it counts there.
LEADING, SHARPLY = 10, 3
#: What one step along a relation keeps.
KEPT = 0.6
#: How like a name must be to a word that names nothing exactly, and names taken for it.
NEAR, NEARBY = 0.75, 2
#: Likeness below so many deviations under the mean is none; its power; what nearness adds to it.
FLOOR, POWER, NEARNESS = 2.0, 2.0, 3.0
#: Triples that are heard at all: the best of a large text, so that a question takes no seconds.
HEARD = 5000
#: Triples of a passage that count, each further one by so much of the one before.
COUNTED, FURTHER = 4, 0.3


class GraphSearch:
    """The graph of one index, and the passages that say what is in it."""

    def __init__(
        self, index: Path, spec: GraphSpec, passages: Sequence[Passage], embedding: Embedding
    ) -> None:
        folder = index / FOLDER
        if not ((folder / STORE).exists() or (folder / PLACE).exists()):
            raise WorkbenchError(
                f"The index in {index} holds no graph.", "Delete it and run the experiment again."
            )
        self.triples = load_triples(index)
        self._hops, self._embedding = spec.hops, embedding
        self._stored = open_graph(index, spec.store)
        things, ends = (
            _beside(folder / STORE, len(self.triples))
            if self._stored is None
            else (self._stored.things, _ends_by_name(self._stored.things, self.triples))
        )
        #: The things by number.
        self.things: list[str] = [name for name, _ in things]
        self._names = Names([aliases for _, aliases in things])
        self._triples: Integers = np.flatnonzero(ends[:, 0] != ends[:, 1])
        self._ends: Integers = ends[self._triples]
        degree = np.bincount(self._ends.ravel(), minlength=len(self.things))
        #: The more a thing is told of, the less it says that one comes by it.
        self._narrow: Floats = (np.maximum(degree, 1) ** -0.25).astype(np.float32)
        self._vectors: Floats = np.load(folder / TRIPLE_VECTORS).astype(np.float32)[self._triples]
        self._named: Floats = np.load(folder / NODE_VECTORS).astype(np.float32)
        self._said = passages_of([self.triples[row] for row in self._triples], passages)
        self._count = len(passages)
        self._sections = [passage.section for passage in passages] if spec.shown else []

    def scores(self, question: str, vector: Floats) -> Floats:
        """What the graph says for each passage, shape (passages,); zeros where it says nothing."""
        result = np.zeros(self._count, np.float32)
        if len(self._triples) == 0:
            return result
        worth = self._worth(question, vector)
        told: dict[int, list[float]] = defaultdict(list)
        for row in np.argsort(-worth, kind="stable")[:HEARD]:
            if worth[row] <= 0:
                break
            for passage in self._said[row]:
                told[passage].append(float(worth[row]))
        for passage, values in told.items():
            result[passage] = sum(value * FURTHER**at for at, value in enumerate(values[:COUNTED]))
        return result

    def told(self, question: str, vector: Floats, count: int) -> list[Retrieved]:
        """The sentences of the best ``count`` triples, each with what the graph has read in it."""
        if len(self._triples) == 0:
            return []
        worth = self._worth(question, vector)
        read: dict[tuple[str, int, int], list[int]] = {}
        for row in np.argsort(-worth, kind="stable")[:count]:
            triple = self.triples[self._triples[row]]
            if worth[row] > 0:
                read.setdefault((triple.document, triple.start, triple.end), []).append(int(row))
        found = []
        for rank, ((document, start, end), rows) in enumerate(read.items(), 1):
            triples = [self.triples[self._triples[row]] for row in rows]
            facts = "; ".join(dict.fromkeys(triple.text for triple in triples))
            said = next((triple.said for triple in triples if triple.said), "")
            section = self._sections[self._said[rows[0]][0]] if self._said[rows[0]] else ""
            text = f"{facts}: {said}" if said else facts
            passage = Passage(document, start, end, text, section)
            found.append(Retrieved(passage, float(worth[rows[0]]), rank))
        return found

    def _worth(self, question: str, vector: Floats) -> Floats:
        """What each triple counts for a question."""
        like = self._vectors @ vector
        # Where all triples are alike, those below the mean must still count for what is near.
        low = like.mean() - FLOOR * like.std()
        like = np.clip((like - low) / max(float(like.max() - low), 1e-6), 0, 1) ** POWER
        near = self._nearness(question, like)
        worth: Floats = like * (1 + NEARNESS * near[self._ends].max(axis=1))
        return worth

    def _nearness(self, question: str, like: Floats) -> Floats:
        """How near each thing is to what the question names, 0 to 1."""
        near = np.zeros(len(self.things), np.float32)
        for thing, sure in self._linked(question).items():
            near[thing] = sure
        if self._hops == 1:
            return near
        leading = np.argsort(-like, kind="stable")[:LEADING]
        np.maximum.at(near, self._ends[leading].ravel(), np.repeat(like[leading] ** SHARPLY, 2))
        step = np.zeros(len(near))
        rows = self._around(near)
        ends = self._ends[rows]
        for source, target in ((0, 1), (1, 0)):
            heads = ends[:, source]
            given = KEPT * near[heads] * self._narrow[heads] * (0.5 + like[rows])
            # Added up: what is reached from two sides lies between them.
            step += np.bincount(ends[:, target], given, len(step))
        return np.maximum(near, np.minimum(step, 1.0)).astype(np.float32)

    def _around(self, near: Floats) -> Integers | slice:
        """Triples that lead on from what is near: a database is asked, in memory all are there."""
        if self._stored is None:
            return slice(None)
        told = self._stored.around(np.flatnonzero(near).tolist())
        return np.flatnonzero(np.isin(self._triples, told))

    def _linked(self, question: str) -> dict[int, float]:
        found, left = self._names.find(question)
        if left and len(self._named):
            from workbench.retrieval.embeddings import embed

            likeness = embed(left, self._embedding) @ self._named.T
            for row in likeness:
                for thing in np.argsort(-row, kind="stable")[:NEARBY]:
                    if row[thing] >= NEAR:
                        found.setdefault(int(thing), float(row[thing]))
        return found


def _beside(store: Path, triples: int) -> tuple[list[tuple[str, list[str]]], Integers]:
    """The things of a graph that lies with its index, each with its names, and the two that each
    triple is about; twice the same where it is no relation."""
    from llama_index.core.graph_stores import SimplePropertyGraphStore

    graph = SimplePropertyGraphStore.from_persist_path(str(store)).graph
    number = {name: place for place, name in enumerate(graph.nodes)}
    ends = np.zeros((triples, 2), np.int64)
    for relation in graph.relations.values():
        pair = number[relation.source_id], number[relation.target_id]
        ends[relation.properties["triples"]] = pair
    return [(name, node.properties["aliases"]) for name, node in graph.nodes.items()], ends


def _ends_by_name(
    things: Sequence[tuple[str, Sequence[str]]], triples: Sequence[Triple]
) -> Integers:
    """The two things that each triple is about, by the names that they go by."""
    number = {alias: place for place, (_, names) in enumerate(things) for alias in names}
    pairs = [(number.get(item.subject, 0), number.get(item.object, 0)) for item in triples]
    return np.array(pairs, np.int64).reshape(-1, 2)


def passages_of(triples: Sequence[Triple], passages: Iterable[Passage]) -> list[tuple[int, ...]]:
    """For each triple the places of the passages that hold its sentence, or most of it."""
    by_document: dict[str, list[tuple[int, int, int]]] = defaultdict(list)
    for place, passage in enumerate(passages):
        by_document[passage.document].append((passage.start, passage.end, place))
    in_order = {name: sorted(spans) for name, spans in by_document.items()}
    return [_holding(item, in_order.get(item.document, [])) for item in triples]


def _holding(triple: Triple, spans: Sequence[tuple[int, int, int]]) -> tuple[int, ...]:
    shared: dict[int, int] = {}
    last = bisect_left(spans, (triple.end, 0, 0))
    for start, end, place in reversed(spans[:last]):
        common = min(end, triple.end) - max(start, triple.start)
        if common > 0:
            shared[place] = common
        elif shared:
            break
    most = max(shared.values(), default=0)
    return tuple(sorted(place for place, common in shared.items() if common == most))
