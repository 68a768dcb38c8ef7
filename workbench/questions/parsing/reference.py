"""Whom a pronoun means, where only one person can be meant.

A small coreference of our own on the parse: better no question than one about the wrong person.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from workbench.questions.lexicon import lexicon
from workbench.questions.parsing.names import Names, bare
from workbench.questions.parsing.noun_classes import NounClasses

if TYPE_CHECKING:
    from spacy.tokens import Span, Token

#: How many sentences back a name may stand for a pronoun to be read as it.
REACH = 4
_SUBJECTS = {"he": "his", "she": "her"}
_GENDERS = {**_SUBJECTS, "his": "his", "him": "his", "her": "her", "hers": "her"}
_SUBJECT = frozenset({"nsubj", "nsubjpass"})
_MEN, _WOMEN = lexicon("names", "men"), lexicon("names", "women")


@dataclass(frozen=True, slots=True)
class _Mention:
    """Somebody named, or (``~clerk``) somebody unnamed whom a pronoun may mean."""

    at: tuple[int, int]
    name: str
    gender: str
    opens: bool
    acts: bool = False


class Referents:
    """The persons that the narration of a section names, in order."""

    def __init__(
        self, sentences: Sequence[Span], spoken: Sequence[str], names: Names, classes: NounClasses
    ) -> None:
        self._sentences, self._spoken = sentences, spoken
        self._names, self._classes = names, classes
        self._mentions: list[list[_Mention]] = []
        for place, sentence in enumerate(sentences):
            self._mentions.append(self._named(place, sentence))
            first = next((t for t in sentence if not t.is_punct), None)
            if first is not None and first.lower_ in _SUBJECTS:
                # A pronoun that opens a sentence and is understood names its person again.
                name = self.resolve(place, first)
                if name:
                    mention = _Mention((place, first.i), name, _SUBJECTS[first.lower_], True, True)
                    self._mentions[place].insert(0, mention)

    def resolve(self, place: int, pronoun: Token) -> str:
        """The person whom a pronoun of the sentence at ``place`` must mean, or "".

        Either only one person of that gender (or of unknown gender) has been named in the last few
        sentences; or the sentence before opened with one, and neither it nor this one names a rival
        before the pronoun.
        """
        gender = _GENDERS.get(pronoun.lower_)
        if gender is None or self._spoken[place]:
            return ""
        sentence = self._sentences[place]
        for token in sentence:
            # The same pronoun again means the same person, or one that was not understood.
            if token.i >= pronoun.i:
                break
            if _GENDERS.get(token.lower_) == gender:
                return self.resolve(place, token)
        before = [
            m
            for at in range(max(0, place - REACH), place + 1)
            for m in self._mentions[at]
            if m.at < (place, pronoun.i)
        ]
        only = _only(before, gender)
        if only:
            return only
        # A sentence that names nobody changes nothing.
        last = next(
            (at for at in range(place - 1, max(-1, place - REACH), -1) if self._mentions[at]), place
        )
        near = [m for m in before if m.at[0] >= last]
        opened = [m for m in near if m.opens and m.at[0] == last]
        if not opened or opened[0].gender != gender:
            return ""
        return _only(near, gender) or self._carried(place, last, gender, near)

    def _carried(self, place: int, last: int, gender: str, near: Sequence[_Mention]) -> str:
        """Whom the sentence before is about, if nobody else in it does anything.

        What is told goes on about the same subject (centering: Grosz, Joshi and Weinstein 1995).
        """
        same_paragraph = self._sentences[place].doc is self._sentences[last].doc
        rivals = [m for m in near if m.gender in {gender, ""} and (m.at[0] == place or m.acts)]
        return _only(rivals, gender) if same_paragraph and rivals else ""

    def replacements(self, place: int, subject: Token | None) -> Mapping[int, str]:
        """Names to put for the pronouns of a sentence, except those of its own subject.

        ``subject`` is the head of the sentence's subject: "his" that means it stays "his".
        """
        sentence = self._sentences[place]
        own = self.name_of(place, subject) if subject is not None else ""
        result: dict[int, str] = {}
        for token in sentence:
            if token.lower_ not in _GENDERS or token.tag_ not in {"PRP", "PRP$"}:
                continue
            name = self.resolve(place, token)
            if not name:
                continue
            if token == subject:
                result[token.i] = name
            elif name == own:
                # Kept as it stands, and known to mean the subject.
                result[token.i] = token.text
            else:
                result[token.i] = f"{name}'s" if token.tag_ == "PRP$" else name
        return result

    def name_of(self, place: int, noun: Token) -> str:
        """The name of the person that a noun or pronoun stands for, or ""."""
        if noun.lower_ in _GENDERS:
            return self.resolve(place, noun)
        matches = [m for m in self._mentions[place] if m.at == (place, noun.i)]
        return matches[0].name if matches and not matches[0].name.startswith("~") else ""

    def _named(self, place: int, sentence: Span) -> list[_Mention]:
        result = []
        first = next((t.i for t in sentence if not t.is_punct), -1)
        quoted = _quoted(sentence)
        for token in sentence:
            if token.i in quoted:
                # Whom somebody speaks of is not whom the tale goes on about.
                continue
            if token.pos_ == "PROPN" and token.dep_ not in {"compound", "poss_compound"}:
                start = min([c.i for c in token.lefts if c.dep_ == "compound"] or [token.i])
                text = sentence.doc[start : token.i + 1].text
                if self._names.kind(text, token.ent_type_) == "person":
                    name = bare(" ".join(text.split()))
                    root = token.dep_ in {"nsubj", "nsubjpass"} and token.head == sentence.root
                    opens = start <= first + 1 or root
                    gender = self._names.gender(name)
                    acts = _acts(token)
                    result.append(_Mention((place, token.i), name, gender, opens, acts))
            elif token.tag_ == "NN" and not token.ent_type_ and self._is_somebody(token):
                gender = "his" if token.lower_ in _MEN else "her" if token.lower_ in _WOMEN else ""
                acts = _acts(token)
                mention = _Mention((place, token.i), f"~{token.lower_}", gender, False, acts)
                result.append(mention)
        return result

    def _is_somebody(self, token: Token) -> bool:
        """Whether a common noun tells of one person: "the clerk", "a gaunt young man"."""
        if not any(c.dep_ == "det" for c in token.lefts):
            return False
        low = token.lower_
        return low in _MEN or low in _WOMEN or self._classes[token.lemma_.lower()] == "person"


def _quoted(sentence: Span) -> set[int]:
    """Tokens between quotation marks, or after one that opens and is not closed."""
    result: set[int] = set()
    inside = False
    for token in sentence:
        if token.text in {"“", "”"} or (token.text == '"' and token.is_quote):
            inside = token.text == "“" or (token.text == '"' and not inside)
        elif inside:
            result.add(token.i)
    return result


def _acts(token: Token) -> bool:
    """Whether somebody does something: the subject, or one of several subjects."""
    joined = token.dep_ == "conj" and token.head.dep_ in _SUBJECT
    return token.dep_ in _SUBJECT or joined


def _only(mentions: Sequence[_Mention], gender: str) -> str:
    """The fullest name of the one person of that gender among the mentions, or ""."""
    rivals = [m for m in mentions if m.gender in {gender, ""}]
    if not rivals or any(m.name.startswith("~") for m in rivals):
        return ""
    fullest = max(rivals, key=lambda m: (len(m.name), m.at))
    whole = set(fullest.name.split())
    if any(not set(m.name.split()) <= whole for m in rivals):
        return ""
    return fullest.name if fullest.gender == gender else ""
