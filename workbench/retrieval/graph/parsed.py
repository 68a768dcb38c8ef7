"""Triples from a parsed sentence: who does what to whom, whose it is, and what somebody is.

Works on the dependency labels of spaCy's English pipelines. Subjects are found through relative
clauses, infinitives and what is joined by "and"; the doer of a passive is its subject. A pronoun
is read as the name that it stands for, and is left out where that is not understood: a graph in
which everybody meets at "he" leads nowhere.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from spacy.tokens import Span, Token

_SUBJECTS = frozenset({"nsubj", "nsubjpass"})
_OBJECTS = frozenset({"dobj", "attr", "oprd", "dative"})
#: Words before a noun that tell which one it is.
_NARROWING = frozenset({"amod", "compound", "nummod", "nmod", "quantmod"})
_KINDS = {
    "PERSON": "person", "GPE": "place", "LOC": "place", "FAC": "place", "ORG": "group",
    "NORP": "group", "DATE": "time", "TIME": "time",
}  # fmt: skip
#: Verbs between one without a subject and the one that has it, at the most.
_REACH = 4
#: A phrase of more words is a clause that the parse took for one.
_LONGEST = 9


@dataclass(frozen=True, slots=True)
class Mention:
    """A thing as a sentence names it."""

    text: str
    kind: str


Fact = tuple[Mention, str, Mention]


def facts(sentence: Span, names: Mapping[int, str]) -> list[Fact]:
    """The facts of one sentence, each once; ``names`` are the names that pronouns stand for."""
    reader = _Sentence(names)
    found: dict[tuple[str, str, str], Fact] = {}
    for token in sentence:
        for fact in reader.about(token):
            subject, relation, target = fact
            if subject.text != target.text:
                found.setdefault((subject.text, relation, target.text), fact)
    return list(found.values())


class _Sentence:
    def __init__(self, names: Mapping[int, str]) -> None:
        self._names = names

    def about(self, token: Token) -> Iterator[Fact]:
        """What one word heads: a verb's facts, or what belongs to a noun."""
        if token.pos_ in {"VERB", "AUX"} and token.dep_ not in {"aux", "auxpass"}:
            yield from self._of_verb(token)
        elif token.pos_ in {"NOUN", "PROPN"}:
            yield from self._of_noun(token)

    def _of_verb(self, verb: Token) -> Iterator[Fact]:
        subjects, passive = _subjects(verb)
        relation = _relation(verb)
        doers = self._mentions(subjects)
        objects = [t for c in verb.children if c.dep_ in _OBJECTS for t in _joined(c)]
        things = self._mentions([t for t in objects if t.pos_ not in {"ADP", "ADJ"}])
        yield from ((d, relation, t) for d in doers for t in things)
        for child in verb.children:
            if child.dep_ == "agent":
                by = self._mentions(_inner(child))
                yield from ((b, relation, d) for b in by for d in doers)
            elif child.dep_ == "acomp":
                quality = Mention(child.text, "quality")
                yield from ((d, relation, quality) for d in doers)
            elif child.dep_ == "npadvmod":
                yield from ((d, relation, t) for d in doers for t in self._mentions([child]))
            elif child.dep_ in {"prep", "dative"} and child.pos_ == "ADP":
                where = self._mentions(_inner(child))
                said = f"be {verb.lower_}" if passive else relation
                yield from ((d, f"{said} {child.lower_}", w) for d in doers for w in where)
                moved = f"{relation} {child.lower_}"
                yield from ((t, moved, w) for t in things for w in where)

    def _of_noun(self, noun: Token) -> Iterator[Fact]:
        named = self._mention(noun)
        if named is None:
            return
        for child in noun.children:
            if child.dep_ == "poss":
                yield from ((owner, "have", named) for owner in self._mentions([child]))
            elif child.dep_ == "appos":
                yield from ((named, "be", other) for other in self._mentions(_joined(child)))
            elif child.dep_ == "prep" and child.lower_ != "of":
                inner = self._mentions(_inner(child))
                yield from ((named, child.lower_, other) for other in inner)
            elif child.dep_ == "prep" and noun.pos_ == "NOUN":
                yield from ((named, "of", other) for other in self._mentions(_inner(child)))

    def _mentions(self, tokens: list[Token]) -> list[Mention]:
        return [m for token in tokens if (m := self._mention(token)) is not None]

    def _mention(self, token: Token) -> Mention | None:
        """A noun with the words that tell which one it is; None for what names nothing."""
        if token.i in self._names:
            return Mention(self._names[token.i], "person")
        if token.pos_ not in {"NOUN", "PROPN", "NUM"} or not any(map(str.isalnum, token.text)):
            return None
        first = token.i
        while first > token.sent.start and _narrows(token.doc[first - 1], token):
            first -= 1
        words = token.doc[first : token.i + 1]
        text = words.text
        if token.pos_ == "NOUN":
            for child in token.children:
                inner = _inner(child) if child.dep_ == "prep" and child.lower_ == "of" else []
                whole = self._mention(inner[0]) if inner else None
                if whole is not None:
                    text = f"{text} of {whole.text}"
                    break
        if len(text.split()) > _LONGEST:
            return None
        kind = _KINDS.get(token.ent_type_, "name" if token.pos_ == "PROPN" else "thing")
        return Mention(" ".join(text.split()), kind)


def _narrows(word: Token, noun: Token) -> bool:
    """Whether a word before a noun belongs to its name: "oak" in "the oak cupboard"."""
    tells = word.dep_ in _NARROWING or word.text == "-"
    return noun.is_ancestor(word) and tells and (word.pos_ == "NUM" or not word.is_stop)


def _relation(verb: Token) -> str:
    particle = next((c.lower_ for c in verb.children if c.dep_ == "prt"), "")
    denied = "not " if any(c.dep_ == "neg" for c in verb.children) else ""
    return f"{denied}{verb.lemma_.lower()} {particle}".strip()


def _joined(token: Token) -> list[Token]:
    """A word and what is joined to it: "bread and salt"."""
    return [token, *(t for child in token.children if child.dep_ == "conj" for t in _joined(child))]


def _inner(preposition: Token) -> list[Token]:
    """What follows a preposition."""
    return [t for c in preposition.children if c.dep_ == "pobj" for t in _joined(c)]


def _subjects(verb: Token) -> tuple[list[Token], bool]:
    """Who does what a verb tells, or undergoes it, and whether it is undergone."""
    for _ in range(_REACH):
        own = [c for c in verb.children if c.dep_ in _SUBJECTS]
        passive = any(c.dep_ in {"auxpass", "nsubjpass"} for c in verb.children)
        if own:
            relative = own[0].tag_ in {"WDT", "WP"} and verb.dep_ == "relcl"
            return _joined(verb.head if relative else own[0]), passive
        if verb.dep_ in {"acl", "relcl"} and verb.head.pos_ in {"NOUN", "PROPN"}:
            return [verb.head], verb.tag_ == "VBN"
        if verb.dep_ == "xcomp":
            asked = [c for c in verb.head.children if c.dep_ == "dobj"]
            if asked and any(c.lower_ == "to" for c in verb.lefts):
                return asked, passive
        if verb.dep_ in {"conj", "xcomp", "advcl", "pcomp"} and verb.head.i != verb.i:
            head = verb.head
            verb = head.head if head.pos_ == "ADP" else head
            continue
        break
    return [], False
