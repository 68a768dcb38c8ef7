"""The corpus cut as an index's inputs say: what is searched, and what is shown in its place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from workbench.corpus.showing import Shown
from workbench.stages.context import RunContext
from workbench.types import Passage, Section

if TYPE_CHECKING:
    from workbench.stages.index import IndexInputs


@dataclass(frozen=True, slots=True)
class CutText:
    """The passages that are searched; ``shown`` is None where they are what is shown too, and
    ``indexed`` where they are found by their own text alone."""

    passages: Sequence[Passage]
    shown: Shown | None = None
    indexed: Sequence[str] | None = None

    @property
    def texts(self) -> Sequence[str]:
        """What each passage is found by."""
        return self.indexed or [passage.text for passage in self.passages]

    def only(self, places: Sequence[int]) -> CutText:
        """Some of the passages, with what is shown for them."""
        passages = [self.passages[at] for at in places]
        indexed = None if self.indexed is None else [self.indexed[at] for at in places]
        if self.shown is None:
            return CutText(passages, indexed=indexed)
        used = sorted({self.shown.places[at] for at in places})
        moved = {place: at for at, place in enumerate(used)}
        return CutText(
            passages,
            Shown(
                tuple(self.shown.passages[place] for place in used),
                tuple(moved[self.shown.places[at]] for at in places),
            ),
            indexed,
        )


def cut_text(inputs: IndexInputs, context: RunContext) -> CutText:
    """The passages of a corpus as the inputs want them."""
    cut, corpus = _cut(inputs, context), context.corpus(inputs.corpus)
    if not inputs.headings:
        return cut
    from workbench.corpus.above import with_headings

    texts = with_headings(cut.passages, corpus.documents, corpus.sections)
    return replace(cut, indexed=texts)


def _cut(inputs: IndexInputs, context: RunContext) -> CutText:
    from workbench.corpus.choosing import chosen
    from workbench.corpus.passages import passages
    from workbench.corpus.showing import with_neighbours, within

    model = context.model(inputs.tokenizer)
    corpus = context.corpus(inputs.corpus)
    sections: Sequence[Section] = corpus.sections
    if inputs.only:
        kept = chosen(corpus.documents, inputs.only)
        sections = [section for section in sections if section.document in kept]
    # Half the window: a prompt has to hold one such passage whole, question and all.
    size = model.context_window // 2 if inputs.split == "section" else inputs.chunk_size
    embedding = None
    if inputs.split == "semantic":
        from workbench.retrieval import embeddings

        embedding = embeddings.load(inputs.embedding.source)
    cut = partial(
        passages, tokens=size, overlap=inputs.chunk_overlap, count_tokens=model.count_tokens,
        split=inputs.split, embedding=embedding, progress=context.progress,
    )  # fmt: skip
    read = inputs.read
    if read is None:
        return CutText(cut(sections))
    if read.sentences is not None:
        found = cut(sections)
        return CutText(found, with_neighbours(found, sections, read.sentences))
    assert read.chunk_size is not None, "it says one of the two"
    larger = cut(sections, tokens=read.chunk_size, overlap=0)
    return CutText(*within(larger, cut))
