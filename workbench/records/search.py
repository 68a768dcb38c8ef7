"""What results.json says of the search alone: how often the evidence is among the first k."""

from __future__ import annotations

from typing import Any

from workbench.records.record import Record
from workbench.records.variants import Estimate


class RecallAt(Record):
    """The share of questions with evidence among the first ``count`` passages."""

    count: int = 0
    recall: Estimate = Estimate()


class PartRecall(Record):
    """The recall of one part: ``bm25``, ``dense``, ``fused``, ``reranked`` or ``refined``, or of a
    variant's own search, under the variant's name."""

    part: str = ""
    at: tuple[RecallAt, ...] = ()

    def recall(self, count: int) -> Estimate:
        """The recall at so many passages; an empty estimate where it was not measured."""
        return next((item.recall for item in self.at if item.count == count), Estimate())


class Miss(Record):
    """A question whose evidence no shown passage holds; ``ranks`` by part (None: not in reach)."""

    question: str = ""
    text: str = ""
    ranks: dict[str, int | None] = {}


class SearchRecall(Record):
    """Every part over the exam questions with evidence; the variants are shown ``used``.

    ``missed`` are the questions without evidence among the passages shown (None: not recorded),
    ``misses`` the hardest few of them. ``passages`` is by variant how the text is cut for it, where
    that is not alike and plain for all. ``learned`` is by variant what its retriever's training
    came to ("": that of all which search as the experiment does). ``kept_order`` is how often a
    model that was to rank what was found said nothing of use, so that its order stayed.
    """

    questions: int = 0
    used: str = ""
    top_k: int = 0
    parts: tuple[PartRecall, ...] = ()
    missed: int | None = None
    misses: tuple[Miss, ...] = ()
    passages: dict[str, dict[str, Any]] = {}
    learned: dict[str, dict[str, Any]] = {}
    kept_order: int = 0

    def part(self, name: str) -> PartRecall:
        """The part of that name, or an empty one."""
        return next((item for item in self.parts if item.part == name), PartRecall())
