"""The graph of a run's text, for looking at: its things, and what is told of each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from workbench.dashboard.queries.runs import stamp
from workbench.retrieval.graph.nodes import nodes_of
from workbench.retrieval.graph.triples import Triple, triples_in


@dataclass(frozen=True, slots=True)
class Told:
    """A triple under the names that its things go by in the graph."""

    subject: str
    relation: str
    object: str
    triple: Triple

    def other(self, thing: str) -> str:
        """The thing at the triple's other end."""
        return self.object if self.subject == thing else self.subject


@dataclass(frozen=True)
class Graph:
    """All that is told, and the things by how much is told of them, the most first."""

    told: tuple[Told, ...]
    things: tuple[str, ...]

    def about(self, thing: str) -> list[Told]:
        """What is told of a thing, in the order of the text."""
        return [item for item in self.told if thing in (item.subject, item.object)]


def neighbours(told: Sequence[Told], thing: str, count: int) -> list[tuple[str, list[Told]]]:
    """The things that most is told of together with ``thing``, each with what it is."""
    grouped: dict[str, list[Told]] = {}
    for item in told:
        grouped.setdefault(item.other(thing), []).append(item)
    return sorted(grouped.items(), key=lambda pair: -len(pair[1]))[:count]


def read(path: Path) -> Graph | None:
    """The graph of a file of triples; None where the run has none, or nothing in it."""
    return _read(path, stamp(path)) if path.exists() else None


# ``_stamp`` is part of the key only: a changed file is another key.
@lru_cache(maxsize=8)
def _read(path: Path, _stamp: tuple[Any, ...]) -> Graph | None:
    triples = triples_in(path)
    nodes = nodes_of(triples)
    told = [
        Told(nodes[item.subject].name, item.relation, nodes[item.object].name, item)
        for item in triples
    ]
    told = [item for item in told if item.subject != item.object]
    counts = Counter(name for item in told for name in (item.subject, item.object))
    things = sorted(counts, key=lambda name: (-counts[name], name))
    return Graph(tuple(told), tuple(things)) if told else None
