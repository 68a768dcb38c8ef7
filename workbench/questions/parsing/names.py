"""Names of persons, places and organisations: what the recogniser says, by vote over the corpus.

The recogniser errs on single places, so a name is what it is called most often. Whether a word is a
name at all, and whether a person is a he or a she, the corpus shows by its capitals and pronouns.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from workbench.questions.lexicon import lexicon
from workbench.questions.parsing.noun_classes import NounClass
from workbench.questions.words import STOP, Token, tokens

if TYPE_CHECKING:
    from spacy.tokens import Doc

TITLES = lexicon("names", "titles")
_GIVEN = {"his": lexicon("names", "given_male"), "her": lexicon("names", "given_female")}
_TITLED = {"his": lexicon("names", "male"), "her": lexicon("names", "female")}
_CONTRACTED = re.compile(r"(?:i|he|she|it|we|you|they|that|there|what|who)['’]", re.IGNORECASE)
_LABELS: dict[str, NounClass] = {
    "PERSON": "person",
    "GPE": "place",
    "LOC": "place",
    "FAC": "place",
    "ORG": "group",
    "NORP": "group",
    "PRODUCT": "thing",
    "WORK_OF_ART": "thing",
    "EVENT": "event",
    "LAW": "information",
    "DATE": "time",
    "TIME": "time",
}
#: Verbs of thinking and speaking: who is said to do so is a person.
_MINDS = lexicon("names", "minds")
_LOCATIVE = lexicon("names", "locative")
_HIS, _HER = (
    frozenset({"he", "his", "him", "himself"}),
    frozenset({"she", "her", "hers", "herself"}),
)


@dataclass
class Names:
    """Counts of capitalised words over a corpus, what the recogniser calls them, and genders."""

    inside: Counter[str] = field(default_factory=Counter)
    initial: Counter[str] = field(default_factory=Counter)
    small: Counter[str] = field(default_factory=Counter)
    votes: dict[str, Counter[NounClass]] = field(default_factory=lambda: defaultdict(Counter))
    pronouns: dict[str, Counter[str]] = field(
        default_factory=lambda: {"his": Counter(), "her": Counter()}
    )
    organisations: Counter[str] = field(default_factory=Counter)
    #: Last words of persons named in full, and of peoples ("the Normans").
    surnames: Counter[str] = field(default_factory=Counter)
    peoples: Counter[str] = field(default_factory=Counter)

    def is_name(self, token: Token) -> bool:
        """Whether a capitalised token is a name and not merely first in its sentence."""
        if not token.is_capital or not token.text[0].isalpha():
            return False
        word = bare(token.text)
        if word.lower() in STOP or len(word) < 2 or _CONTRACTED.match(word):
            return False
        known = self.inside[word]
        return known > 0 and known * 2 >= self.small[word.lower()]

    def lowered(self, text: str) -> str:
        """The text with a small first letter, unless its first word is a name here."""
        first = re.split(r"[\s,]", text, maxsplit=1)[0]
        word = bare(first)
        odd = word[1:] != word[1:].lower() or not word[:1].isupper() or word == "I"
        if odd or (not word.isalpha() and "-" not in word):
            return text
        known = self.small[word.lower()] > 4 * self.inside[word] or word.lower() in STOP
        return text[:1].lower() + text[1:] if known else text

    def kind(self, text: str, label: str = "") -> NounClass:
        """What a name names; ``label`` is the recogniser's at this place. "" where unknown."""
        marks = [bare(t.text) for t in tokens(text) if t.is_capital]
        if any(mark.lower().rstrip(".") in TITLES for mark in marks[:-1]):
            return "person"
        linked = re.split(r"\s(?:of|in|at|the)\s", text)[0]
        own = [bare(t.text) for t in tokens(linked) if t.is_capital] or marks
        # The last word is what a name is called by; the others tell where it is unknown.
        votes: Counter[NounClass] = Counter()
        for mark in own[-1:] if self.votes.get(own[-1] if own else "") else own:
            votes += self.votes.get(mark, Counter())
            gendered = self.pronouns["his"][mark] + self.pronouns["her"][mark]
            often = gendered >= 2 and gendered * 4 >= self.inside[mark] + self.initial[mark]
            if often:
                # Whoever is spoken of as he or she is nobody's company, whatever the label says.
                return "person"
            if votes["person"] > votes["place"] + votes["group"]:
                votes["person"] += gendered
        if label in _LABELS:
            votes[_LABELS[label]] += 1
        if not votes:
            return ""
        best, count = votes.most_common(1)[0]
        return best if count * 2 > votes.total() else _LABELS.get(label, "")

    def surely_person(self, text: str) -> bool:
        """Whether a name is a person's beyond one label: in full, or spoken of as he or she."""
        marks = [bare(t.text) for t in tokens(text) if t.is_capital]
        gendered = sum(self.pronouns[g][m] for g in ("his", "her") for m in marks[-1:])
        votes = sum((self.votes.get(m, Counter()) for m in marks), Counter())
        sure = votes["person"] * 5 >= votes.total() * 4
        last = marks[-1] if marks else ""
        if self.peoples[last] * 2 > sum(self.votes.get(last, Counter()).values()):
            return True
        return sure and (len(marks) > 1 or gendered > 0 or self.surnames[last] > 0)

    def is_people(self, text: str) -> bool:
        """Whether a name is a people's, in the plural: "the Normans"."""
        marks = [bare(t.text) for t in tokens(text) if t.is_capital]
        last = marks[-1] if marks else ""
        votes = sum(self.votes.get(last, Counter()).values())
        return last.endswith(("s", "men")) and self.peoples[last] * 2 > votes

    def gender(self, name: str) -> str:
        """ "his" or "her", as the sentences about the name go on; "" where they do not tell."""
        marks = [bare(t.text) for t in tokens(name) if t.is_capital]
        low = {mark.lower().rstrip(".") for mark in marks}
        for gender in ("his", "her"):
            if low & _TITLED[gender]:
                return gender
        his = sum(self.pronouns["his"][m] for m in marks[-1:])
        her = sum(self.pronouns["her"][m] for m in marks[-1:])
        if his >= 2 and his >= 3 * her:
            return "his"
        if her >= 2 and her >= 3 * his:
            return "her"
        first = marks[0].lower() if marks else ""
        for gender in ("his", "her"):
            if first in _GIVEN[gender]:
                return gender
        return ("his" if his else "her") if bool(his) != bool(her) else ""

    def mentions(self, text: str) -> bool:
        """Whether a text names a person."""
        return any(self.is_name(t) for t in tokens(text)) and self.kind(text) == "person"

    def frequency(self, text: str) -> int:
        """How often the most frequent name of ``text`` occurs in the corpus."""
        counts = [
            self.inside[bare(t.text)] + self.initial[bare(t.text)]
            for t in tokens(text)
            if self.is_name(t)
        ]
        return max(counts, default=0)

    def learn_entities(self, docs: Iterable[Doc]) -> None:
        """Count what the recogniser calls each word of a name."""
        for doc in docs:
            for entity in doc.ents:
                kind = _LABELS.get(entity.label_)
                if kind is None or kind == "time":
                    continue
                if entity.label_ == "ORG":
                    self.organisations[entity.text.removeprefix("the ")] += 1
                last = bare(entity[-1].text)
                if entity.label_ == "PERSON" and len(entity) > 1 and last.isalpha():
                    self.surnames[last] += 1
                if entity.label_ == "NORP":
                    self.peoples[last] += 1
                for token in entity:
                    if token.text[:1].isupper():
                        self.votes[bare(token.text)][kind] += 1
            for token in doc:
                if (
                    token.pos_ == "PROPN"
                    and token.dep_ == "pobj"
                    and token.head.lower_ in _LOCATIVE
                ):
                    self.votes[bare(token.text)]["place"] += 1
                mind = token.dep_ == "nsubj" and token.head.lower_ in _MINDS
                if mind and token.text[:1].isupper() and token.pos_ == "PROPN":
                    self.votes[bare(token.text)]["person"] += 2


def bare(word: str) -> str:
    """A word without its possessive ending."""
    for ending in ("'s", "’s", "s'", "s’"):
        if word.endswith(ending) and len(word) > len(ending):
            return word[: -len(ending)] + ("s" if ending[0] == "s" else "")
    return word


def learn_names(sentences: Iterable[str]) -> Names:
    """Read the capitals of a corpus, sentence by sentence."""
    names = Names()
    for sentence in sentences:
        run = tokens(sentence)
        opening = True
        for token in run:
            if not token.is_word:
                opening = opening or token.text in '"“‘:([—'
                continue
            word = bare(token.text)
            if not token.is_capital:
                names.small[token.lower] += 1
            else:
                (names.initial if opening else names.inside)[word] += 1
            opening = False
        _learn_gender(names, run)
    return names


def _learn_gender(names: Names, run: Sequence[Token]) -> None:
    """Let the first pronoun after a name, with no other name between, speak for its gender."""
    mark = ""
    for place, token in enumerate(run):
        if token.is_capital and token.lower not in STOP and token.text[0].isalpha():
            # The last word of a name is what it is called by: "Rook" in "Mr. Rook".
            mark = bare(token.text)
        elif mark and token.lower in _HIS | _HER:
            names.pronouns["his" if token.lower in _HIS else "her"][mark] += 1
            mark = ""
        del place
