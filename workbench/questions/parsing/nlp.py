"""Texts parsed by spaCy: sentences, parts of speech, dependencies, lemmas, entities."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from workbench.parser import pipeline

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.tokens import Doc

#: All that a parse is: without one of these a sentence would be read otherwise where it is sent to.
ATTRIBUTES = (
    "LEMMA", "POS", "TAG", "MORPH", "DEP", "HEAD", "ENT_IOB", "ENT_TYPE", "SENT_START", "NORM",
)  # fmt: skip
_DAY = r"(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day"
_MONTH = (
    r"(?:January|February|March|April|May|June|July|August|September|October|November|December)"
)
#: Dates in words are one noun, of which the pipeline makes subjects: "On Monday the third of May
#: she called".
DATE = re.compile(
    rf"(?:{_DAY},? )?the (?:[a-z]+-)?(?:\d+)?[a-z]+ of {_MONTH}(?:,? \d{{1,4}})?"
    rf"|(?:{_DAY},? )?(?:\d{{1,2}} {_MONTH}|{_MONTH} \d{{1,2}}(?:st|nd|rd|th)?)\b(?:,? \d{{3,4}})?"
)
#: Marks that the pipeline was not trained on, each for one of the same length, so that places stay.
_PLAIN = str.maketrans("’‘“”\u00a0", "''\"\" ")


def parse(
    texts: Iterable[tuple[str, Sequence[tuple[int, int]]]], language: str = "en"
) -> Iterator[Doc]:
    """One parse per text. Each text comes with spans (start, end) that are one word, as code is."""
    nlp = pipeline(language)
    return nlp.pipe((_tokenised(nlp, text, spans) for text, spans in texts), batch_size=64)


def parsed_there(texts: Sequence[tuple[str, Sequence[tuple[int, int]]]], language: str) -> bytes:
    """The parses of texts, as bytes, for the process that asked for them."""
    from spacy.tokens import DocBin

    return DocBin(attrs=list(ATTRIBUTES), docs=parse(texts, language)).to_bytes()


def as_parsed(made: bytes, language: str) -> list[Doc]:
    """What :func:`parsed_there` gave."""
    from spacy.tokens import DocBin

    return list(DocBin().from_bytes(made).get_docs(pipeline(language).vocab))


def _tokenised(nlp: Language, text: str, spans: Sequence[tuple[int, int]]) -> Doc:
    doc = nlp.make_doc(text.translate(_PLAIN))
    spans = sorted([*spans, *(m.span() for m in DATE.finditer(text))])
    if spans:
        with doc.retokenize() as merger:
            end = 0
            for left, right in spans:
                span = doc.char_span(left, right, alignment_mode="expand")
                if span is not None and span.start >= end and len(span):
                    end = span.end
                    merger.merge(span)
    return doc
