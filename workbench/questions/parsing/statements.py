"""The sentences of a section, parsed, each with its block and its place in the document."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING

from workbench.corpus.corpus import Corpus
from workbench.questions.aside import Aside
from workbench.questions.parsing.blocks import Block, Page, read_page
from workbench.questions.parsing.names import Names, learn_names
from workbench.questions.parsing.nlp import as_parsed, parse, parsed_there
from workbench.questions.parsing.noun_classes import Embed, NounClasses
from workbench.questions.parsing.sentences import sentences as rough_sentences
from workbench.types import Section

if TYPE_CHECKING:
    from spacy.tokens import Doc, Span

#: Blocks whose text is read as prose.
PROSE = frozenset({"paragraph", "item", "definition", "caption", "row", "heading"})
#: A document in which at least so many of 1,000 words are he or she, and so many are within
#: quotation marks, is a tale.
_PERSONS_PER_1000, _SPOKEN_PER_1000 = 14, 40
#: "I" and "my" of 1,000 words outside speech, from which on a tale has a teller.
_TOLD_BY_I = 8
#: Uses with "the" that a noun needs, and their share of all, to name one thing.
_OFTEN, _MOSTLY = 4, 0.55
_WORD = re.compile(r"[a-z]+(?:-[a-z]+)*")
_QUOTED = re.compile(r"“[^”\n]{12,}?”|\"[^\"\n]{12,}?\"|(?<!\w)'[^'\n]{25,}?[,.!?]'(?!\w)")
_PERSON = re.compile(r"\b(?:he|she|his|her|him)\b", re.IGNORECASE)
_FIRST_PERSON = re.compile(r"\b(?:I|my|me)\b")


@dataclass(frozen=True, slots=True)
class Statement:
    """One sentence of a block. ``spoken``: somebody says it, "wholly" or "partly", or ""."""

    sentence: Span
    block: Block
    spoken: str

    @property
    def text(self) -> str:
        return str(self.sentence.text).strip()

    @property
    def place(self) -> tuple[int, int]:
        """Where it stands in its document."""
        start = self.sentence.start_char
        end = start + len(self.sentence.text.rstrip())
        return self.block.span(start, end)


class Reading:
    """A corpus as the writers read it: pages in blocks, sections in sentences, names, classes."""

    def __init__(
        self,
        corpus: Corpus,
        sample: Sequence[str],
        embed: Embed | None = None,
        aside: Aside | None = None,
        later: Sequence[str] = (),
    ) -> None:
        """``sample``: ids of sections from which the names are learned; ``later``: those that are
        read afterwards, in their order. ``aside`` parses half of the former and the latter."""
        self.corpus = corpus
        self.classes = NounClasses(embed)
        self._pages: dict[str, Page] = {}
        self._starts: dict[str, list[int]] = {}
        self._parsed: dict[str, list[tuple[Block, Doc]]] = {}
        self._manners: dict[str, tuple[bool, bool]] = {}
        self._sample = list(sample)
        self._aside = aside
        self._later = list(later)

    @cached_property
    def names(self) -> Names:
        """Names of the corpus: capitals of all its text, entities of the sample."""
        names = learn_names(
            sentence
            for s in self.corpus.sections
            for sentence in (r.text for r in rough_sentences(s.text))
        )
        if not self.corpus.language.startswith("en"):
            return names
        sections = {s.id: s for s in self.corpus.sections}
        if self._aside is not None:
            for section in (*self._sample[::2], *self._later):
                texts = [(b.text, b.code_spans) for b in self._prose(sections[section])]
                self._aside.ask(section, parsed_there, texts, self.corpus.language)
        for section in self._sample:
            self._parsed[section] = self._parse(sections[section])
        docs = [doc for section in self._sample for _, doc in self._parsed[section]]
        names.learn_entities(docs)
        nouns = {t.lemma_.lower() for d in docs for t in d if t.pos_ == "NOUN"}
        self.classes.learn(nouns)
        return names

    def page(self, document: str) -> Page:
        """A document in blocks."""
        if document not in self._pages:
            text = self.corpus.document(document)
            self._pages[document] = page = read_page(text.text, text.title)
            self._starts[document] = [b.start for b in page.blocks]
        return self._pages[document]

    def blocks(self, section: Section) -> Sequence[Block]:
        """The blocks that begin in a section."""
        page = self.page(section.document)
        starts = self._starts[section.document]
        return page.blocks[bisect_left(starts, section.start) : bisect_left(starts, section.end)]

    def is_tale(self, document: str) -> bool:
        """Whether a document tells of persons, much of it in their words."""
        return self._manner(document)[0]

    def is_first_person(self, document: str) -> bool:
        """Whether somebody tells a document as his own: "I" stands outside all that is spoken."""
        return self._manner(document)[1]

    def _manner(self, document: str) -> tuple[bool, bool]:
        """(a tale, told by an "I"), read once for each document: every section asks."""
        if document not in self._manners:
            text = self.corpus.document(document).text
            words = max(1, len(text.split()))
            persons = len(_PERSON.findall(text)) * 1000 / words
            spoken = sum(len(m.group().split()) for m in _QUOTED.finditer(text)) * 1000 / words
            told = _QUOTED.sub(" ", text)
            first = len(_FIRST_PERSON.findall(told)) * 1000 / max(1, len(told.split()))
            tale = persons >= _PERSONS_PER_1000 and (spoken >= _SPOKEN_PER_1000 or persons >= 40)
            self._manners[document] = tale, first >= _TOLD_BY_I
        return self._manners[document]

    @cached_property
    def _articles(self) -> tuple[Counter[str], Counter[str]]:
        """How often each word stands in the corpus, and how often straight after "the"."""
        every: Counter[str] = Counter()
        definite: Counter[str] = Counter()
        for document in self.corpus.documents:
            words = _WORD.findall(document.text.lower())
            every.update(words)
            definite.update(after for before, after in pairwise(words) if before == "the")
        return every, definite

    def is_unique(self, noun: str) -> bool:
        """Whether a noun names one thing throughout the corpus: most of its uses are "the N"."""
        every, definite = self._articles
        return definite[noun] >= _OFTEN and definite[noun] >= _MOSTLY * every[noun]

    def statements(self, section: Section) -> list[Statement]:
        """The sentences of a section in order."""
        parsed = self._parsed.pop(section.id, None) or self._parse(section)
        # In one call of the embedding model, which takes hardly longer than one word does.
        self.classes.learn(t.lemma_.lower() for _, doc in parsed for t in doc if t.tag_ == "NN")
        return [s for block, doc in parsed for s in _statements(block, doc)]

    def _prose(self, section: Section) -> list[Block]:
        return [b for b in self.blocks(section) if b.kind in PROSE and b.text.strip()]

    def _parse(self, section: Section) -> list[tuple[Block, Doc]]:
        blocks = self._prose(section)
        made = self._aside.take(section.id) if self._aside is not None else None
        if made is None:
            texts = ((b.text, b.code_spans) for b in blocks)
            docs = list(parse(texts, self.corpus.language))
        else:
            docs = as_parsed(made, self.corpus.language)
        return list(zip(blocks, docs, strict=True))


def _statements(block: Block, doc: Doc) -> Iterator[Statement]:
    quoted = [m.span() for m in _QUOTED.finditer(block.text)]
    for sentence in doc.sents:
        if sentence.text.strip():
            start, end = sentence.start_char, sentence.end_char
            near = [(a, b) for a, b in quoted if a < end and start < b]
            within = any(a <= start + 1 and end <= b + 1 for a, b in near)
            yield Statement(sentence, block, "wholly" if within else "partly" if near else "")
