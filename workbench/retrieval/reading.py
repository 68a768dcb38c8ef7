"""What is found is small, what is shown is larger: the stretch that it lies in.

What was found in a stretch that is shown already adds nothing, so a question is shown as many
different stretches as it was to be shown passages, each at the score of the best found in it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np

from workbench.errors import WorkbenchError
from workbench.retrieval.index_files import IndexFiles, read_passages, shown_passages
from workbench.types import Passage, Retrieved, Retriever, Written

#: So many times as many passages are looked for as are to be shown, and again where too few differ.
TIMES = 4


def read_larger(path: Path, retriever: Retriever) -> Retriever:
    """The search over an index folder, showing what is to be read there: itself where that is what
    it finds."""
    files = IndexFiles(path)
    if not files.shown.exists():
        return retriever
    places = np.load(files.shown_places)
    found = list(read_passages(path))
    if len(found) != len(places):
        raise WorkbenchError(
            f"The index in {path} has {len(found)} passages and places for {len(places)}.",
            "Delete it and run the experiment again.",
        )
    place = {passage.id: int(at) for passage, at in zip(found, places, strict=True)}
    return Reading(retriever, tuple(shown_passages(path)), place)


class Reading:
    """A search whose finds are shown as the larger stretches that they lie in."""

    def __init__(
        self, retriever: Retriever, shown: Sequence[Passage], place: Mapping[str, int]
    ) -> None:
        """``place`` is where in ``shown`` the stretch of a passage stands, by the passage's id."""
        self._retriever = retriever
        self._shown = shown
        self._place = place

    def written(self, queries: Sequence[str]) -> list[Written]:
        """What each query is searched with; nothing where no model writes."""
        write = getattr(self._retriever, "written", None)
        return [] if write is None else list(write(queries))

    def ranked(self, queries: Sequence[str]) -> list[Written]:
        """What ranking took of a model; nothing where none ranks."""
        ranked = getattr(self._retriever, "ranked", None)
        return [] if ranked is None else list(ranked(queries))

    def told(self, queries: Sequence[str]) -> list[list[Retrieved]]:
        """What a graph says before the passages; nothing where none does."""
        told = getattr(self._retriever, "told", None)
        return [] if told is None else list(told(queries))

    @property
    def kept_order(self) -> int:
        """How often the order of the candidates stayed, since the model ranked nothing."""
        return int(getattr(self._retriever, "kept_order", 0))

    def forgetful(self) -> Reading:
        """The same search, which has all it searches with written anew."""
        forget = getattr(self._retriever, "forgetful", None)
        return self if forget is None else Reading(forget(), self._shown, self._place)

    def retrieve(
        self, queries: Sequence[str], k: int, written: Sequence[Written] | None = None
    ) -> list[list[Retrieved]]:
        """The best ``k`` stretches for each query, best first; fewer only where there are fewer.

        ``written`` is what they are searched with, where the caller has had it written already.
        """
        own = self.written(queries) if written is None else written
        find: Callable[..., list[list[Retrieved]]] = self._retriever.retrieve
        result: list[list[Retrieved]] = [[] for _ in queries]
        waiting, depth = list(range(len(queries))), TIMES * k
        while waiting:
            given = ([own[at] for at in waiting],) if own else ()
            found = find([queries[at] for at in waiting], depth, *given)
            short = []
            for at, hits in zip(waiting, found, strict=True):
                result[at] = self._merged(hits, k)
                if len(result[at]) < min(k, len(self._shown)) and len(hits) == depth:
                    short.append(at)
            waiting, depth = short, TIMES * depth
        return result

    def _merged(self, hits: Sequence[Retrieved], k: int) -> list[Retrieved]:
        kept: list[Retrieved] = []
        for hit in hits:
            if len(kept) == k:
                break
            if not any(_holds(one.passage, hit.passage) for one in kept):
                stretch = self._shown[self._place[hit.passage.id]]
                kept.append(Retrieved(stretch, hit.score, len(kept) + 1))
        return kept


def _holds(larger: Passage, small: Passage) -> bool:
    return (
        larger.document == small.document
        and larger.start <= small.start
        and small.end <= larger.end
    )
