"""A knowledge graph of the text as a way of retrieving: triples, and the passages that say them.

``build_graph`` writes it into an index's folder; :class:`.searching.GraphSearch` searches it.
"""

from __future__ import annotations

from workbench.retrieval.graph.building import build_graph
from workbench.retrieval.graph.triples import Triple, Unit, load_triples

__all__ = ["Triple", "Unit", "build_graph", "load_triples"]
