"""One index's vectors in a store: sent once, found again, asked for the nearest."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from workbench.errors import WorkbenchError
from workbench.experiment.stores import StoreSpec
from workbench.models.api_key import hider, key_of
from workbench.retrieval.arrays import Floats, Integers
from workbench.retrieval.embeddings import unit
from workbench.retrieval.rows import unpack
from workbench.types import ModelReference, Passage, Progress, silent

#: Vectors that are sent at once.
TOGETHER = 256
#: Signs of what a store says that are told.
LONGEST = 300


@dataclass(frozen=True)
class Opening:
    """What a kind is opened with. ``key`` is ``none`` where no variable is named; ``many`` says
    that the store should search by an index of its own rather than compare every vector."""

    spec: StoreSpec
    name: str
    key: str
    dimension: int
    many: bool


@dataclass(frozen=True)
class Adapter:
    """llama-index's vector store, and what it does not say: ``holds`` gives how many vectors of
    which length the collection has (None: there is none), ``faults`` are its errors, ``known`` says
    which of some ids are there, where llama-index's store cannot."""

    vectors: Any
    holds: Callable[[], tuple[int, int] | None]
    faults: tuple[type[Exception], ...]
    known: Callable[[Sequence[str]], Sequence[str]] | None = None


class Collection:
    """The whole vectors of one index; a passage's id there is its position in the index."""

    def __init__(
        self,
        spec: StoreSpec,
        name: str,
        dimension: int,
        passages: int,
        opened: Callable[[Opening], Adapter],
    ) -> None:
        from workbench.retrieval.first_stage import EXACT

        self.spec, self.name, self.passages = spec, name, passages
        key = key_of(ModelReference(spec.kind, endpoint=spec.url, key_env=spec.key_env))
        self._without_key = hider(key)
        try:
            self._adapter = opened(Opening(spec, name, key, dimension, passages > EXACT))
        except ImportError as error:
            raise WorkbenchError(
                f"retrieval.store: {spec.kind} needs a package that is not installed ({error}).",
                f"pip install 'rag-finetune-workbench[{spec.kind}]', or leave retrieval.store out.",
            ) from error
        held = self.held()
        if held is not None and held[1] != dimension:
            raise WorkbenchError(
                f"The collection {name} at {spec.url} holds vectors of {held[1]} numbers, and the "
                f"embedding gives {dimension}.",
                "Delete it there, or name another in retrieval.store.collection.",
            )

    def held(self) -> tuple[int, int] | None:
        """How many vectors of how many numbers there are; None where there is no collection."""
        with self._answering():
            return self._adapter.holds()

    def fill(
        self, passages: Sequence[Passage], rows: NDArray[np.void], progress: Progress = silent
    ) -> int:
        """Send the vectors that are not there yet, block by block; how many were sent."""
        held, sent = self.held(), 0
        for first in range(0, len(rows), TOGETHER):
            places = list(range(first, min(first + TOGETHER, len(rows))))
            there = self._known(places) if held is not None and held[0] else set()
            new = [place for place in places if place not in there]
            if new:
                vectors = unit(unpack(np.asarray(rows[new])))
                with self._answering():
                    self._adapter.vectors.add(
                        [
                            _node(place, passages[place], vector)
                            for place, vector in zip(new, vectors, strict=True)
                        ]
                    )
                sent += len(new)
            progress(places[-1] + 1, len(rows), self.spec.kind)
        self.check()
        return sent

    def check(self) -> None:
        """Raise WorkbenchError where the collection is not that of the whole index."""
        held = self.held()
        count = 0 if held is None else held[0]
        if count != self.passages:
            raise WorkbenchError(
                f"The collection {self.name} at {self.spec.url} holds {count} vectors for an index "
                f"of {self.passages} passages.",
                "Delete the collection there and the index here, and run the experiment again; the "
                "vectors are in the cache.",
            )

    def nearest(self, vector: Floats, count: int) -> Integers:
        """Positions of the ``count`` passages whose vectors are nearest, best first."""
        from llama_index.core.vector_stores.types import VectorStoreQuery

        asked = VectorStoreQuery(query_embedding=vector.tolist(), similarity_top_k=count)
        with self._answering():
            matches = self._adapter.vectors.query(asked)
        return np.array([UUID(one).int for one in matches.ids or []], np.int64)

    def _known(self, places: Sequence[int]) -> set[int]:
        """Those of the positions whose vectors are there."""
        ids = [_id(place) for place in places]
        with self._answering():
            if self._adapter.known is not None:
                found = self._adapter.known(ids)
            else:
                found = [node.node_id for node in self._adapter.vectors.get_nodes(node_ids=ids)]
        return {UUID(one).int for one in found}

    @contextmanager
    def _answering(self) -> Iterator[None]:
        """What the store's client raises, in one sentence without the key."""
        try:
            yield
        except self._adapter.faults as error:
            told = self._without_key(str(error)).strip().splitlines() or [type(error).__name__]
            # SQLAlchemy begins with the name of the driver's error.
            reason = re.sub(r"^\([\w.]+\) ", "", told[0]).rstrip(".")
            # A refused document comes back whole.
            reason = textwrap.shorten(reason, LONGEST, placeholder=" …")
            raise WorkbenchError(
                f"The {self.spec.kind} store at {self.spec.url} failed: {reason}.",
                "Start it, or correct retrieval.store, and run again: what it holds already is "
                "not sent twice.",
            ) from error


def _id(place: int) -> str:
    # Stores take UUIDs for ids, and a position is one.
    return str(UUID(int=place))


def _node(place: int, passage: Passage, vector: Floats) -> Any:
    from llama_index.core.schema import TextNode

    return TextNode(
        id_=_id(place),
        text=passage.text,
        start_char_idx=passage.start,
        end_char_idx=passage.end,
        metadata={"document": passage.document, "section": passage.section, "passage": passage.id},
        embedding=vector.tolist(),
    )
