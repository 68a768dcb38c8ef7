"""What a text's graph is read from: the parse that the question writers read by, or a model."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from workbench.engine.inputs import ArtifactReference
from workbench.errors import WorkbenchError
from workbench.experiment.retrieval import Embedding
from workbench.stages.context import RunContext
from workbench.stages.inputs import GraphInput

if TYPE_CHECKING:
    from workbench.corpus import Corpus
    from workbench.questions.parsing.statements import Reading
    from workbench.retrieval.graph import Triple, Unit
    from workbench.types import Section

#: Sections from which names are learned, evenly spread.
SAMPLED = 200


def graph_units(
    corpus: ArtifactReference, given: GraphInput, embedding: Embedding, context: RunContext
) -> list[Unit]:
    """The stretches of a corpus, each with what reads its triples.

    Raises WorkbenchError where the text has no parse to read them from.
    """
    text = context.corpus(corpus)
    if given.model is not None:
        from workbench.retrieval.graph import written

        return written.units(text.sections, context.model(given.model), given.relations)
    check_parsed(text)
    from workbench.questions.parsing.statements import Reading
    from workbench.retrieval.embeddings import embed

    spread = text.sections[:: -(-len(text.sections) // SAMPLED)]
    reading = Reading(text, [s.id for s in spread], lambda words: embed(list(words), embedding))
    return [(section.id, partial(_parsed, reading, section)) for section in text.sections]


def check_parsed(text: Corpus) -> None:
    """Refuse a text whose parse tells nothing of who does what."""
    if not text.language.startswith("en"):
        raise WorkbenchError(
            f"The graph is read from the parse of English text, and the corpus {text.title!r} is "
            f"not English (it looks like {text.language!r}).",
            "Have a chat model read it: retrieval={'graph': {'extractor': 'model', 'model': …}}; "
            "or search without a graph.",
        )


def _parsed(reading: Reading, section: Section) -> list[Triple]:
    from workbench.questions.parsing.told import told
    from workbench.retrieval.graph import Triple
    from workbench.retrieval.graph.parsed import facts

    text = reading.corpus.document(section.document).text
    return [
        Triple(
            subject.text, relation, target.text, section.document, sentence.start, sentence.end,
            subject.kind, target.kind, text[sentence.start : sentence.end],
        )
        for sentence in told(reading, section)
        for subject, relation, target in facts(sentence.sentence, sentence.names)
    ]  # fmt: skip
