"""Names of people and places, learned from how the corpus itself uses its capitals.

A recogniser with weights is a download, so the corpus is the witness: what is capitalised inside
sentences is a name; what speaks, thinks or carries a title is a person; what stands after "in",
"at" or "from" is a place. A whole book gives enough of such uses for the names that matter.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from workbench.questions.lexicon import lexicon
from workbench.questions.words import STOP, Token, tokens

TITLES = lexicon("names", "titles")
_GIVEN_MALE = lexicon("names", "given_male")
_GIVEN_FEMALE = lexicon("names", "given_female")
_CONTRACTED = re.compile(r"(?:i|he|she|it|we|you|they|that|there|what|who)['’]", re.IGNORECASE)
_MINDS = lexicon("names", "minds")
_MALE = lexicon("names", "male")
_FEMALE = lexicon("names", "female")
_LOCATIVE = lexicon("names", "locative")
_LINKS = frozenset(["of", "the", "de", "van", "von", "du", "la", "le"])
PERSON_NOUNS = lexicon("names", "person_nouns")
_NOT_PERSON = lexicon("names", "not_person")


def is_person_noun(word: str) -> bool:
    """Whether a lower-case common noun names a person ("keeper", "ferryman")."""
    tail = word.rsplit("-", 1)[-1]
    if tail in _NOT_PERSON:
        return False
    if tail in PERSON_NOUNS or tail in TITLES - {"old", "young"}:
        return True
    if tail.endswith("s") and not tail.endswith("ss") and is_person_noun(tail[:-1]):
        return True
    return (
        len(tail) > 4
        and tail.endswith(
            (
                "keeper",
                "maker",
                "man",
                "woman",
                "master",
                "mistress",
                "smith",
                "monger",
                "wright",
                "tailor",
                "sailor",
                "baker",
                "weaver",
                "builder",
                "teacher",
                "painter",
                "fisher",
                "writer",
                "singer",
                "dealer",
                "owner",
                "leader",
                "trader",
                "hunter",
                "farmer",
                "banker",
                "brewer",
                "dyer",
                "lender",
                "lodger",
                "officer",
                "soldier",
                "gardener",
                "prisoner",
                "lawyer",
                "engraver",
                "carver",
                "printer",
                "manager",
                "employee",
                "director",
                "collector",
                "inspector",
                "doctor",
                "sculptor",
                "editor",
                "examiner",
                "tutor",
                "solicitor",
                "ist",
                "ess",
            )
        )
        and not tail.endswith(
            (
                "ness",
                "less",
                "mist",
                "twist",
                "list",
                "fist",
                "wrist",
                "chest",
                "press",
                "dress",
                "success",
                "access",
                "process",
                "address",
                "human",
            )
        )
    )


@dataclass
class Names:
    """Counts of capitalised words over a corpus, and what they say about persons and places."""

    inside: Counter[str] = field(default_factory=Counter)
    initial: Counter[str] = field(default_factory=Counter)
    small: Counter[str] = field(default_factory=Counter)
    person: Counter[str] = field(default_factory=Counter)
    place: Counter[str] = field(default_factory=Counter)
    article: Counter[str] = field(default_factory=Counter)
    his: Counter[str] = field(default_factory=Counter)
    her: Counter[str] = field(default_factory=Counter)

    def gender(self, name: str) -> str:
        """ "his" or "her", as the sentences about the name go on; "" where they do not tell."""
        marks = [bare(t.text) for t in tokens(name) if t.is_capital]
        low = {mark.lower() for mark in marks}
        if low & _MALE:
            return "his"
        if low & _FEMALE:
            return "her"
        for mark in marks:
            his, her = self.his[mark], self.her[mark]
            if his >= 2 and his >= 3 * her:
                return "his"
            if her >= 2 and her >= 3 * his:
                return "her"
        given = marks[0].lower() if marks else ""
        if given in _GIVEN_MALE or given in _GIVEN_FEMALE:
            return "his" if given in _GIVEN_MALE else "her"
        for mark in marks:
            if bool(self.his[mark]) != bool(self.her[mark]):
                return "his" if self.his[mark] else "her"
        return ""

    def is_name(self, token: Token) -> bool:
        """Whether a capitalised token is a name and not merely first in its sentence."""
        if not token.is_capital or not token.text[0].isalpha():
            return False
        word = bare(token.text)
        if word.lower() in STOP or len(word) < 2 or _CONTRACTED.match(word):
            return False
        known = self.inside[word]
        return known > 0 and known * 2 >= self.small[word.lower()]

    def is_person(self, run: Sequence[Token]) -> bool:
        """Whether a run of name tokens names a person."""
        linked = next((n for n, token in enumerate(run) if token.lower == "of"), len(run))
        marks = [bare(token.text) for token in run[:linked] if token.is_capital]
        marks = [mark for mark in marks if mark.lower() != "the"]
        if not marks:
            return False
        if any(mark.lower().rstrip(".") in TITLES for mark in marks[:-1]):
            return True
        if run[0].lower == "the" and len(marks) == 1:
            # "The Bishop" may be a man or a brass weight: only what it is said to do can tell.
            role = marks[0]
            if not is_person_noun(role.lower()):
                return False
            uses = self.inside[role] + self.initial[role]
            minds, gendered = self.person[role], self.his[role] + self.her[role]
            return uses < 5 or minds * 10 >= uses or gendered * 6 >= uses
        if run[0].lower == "the":
            return is_person_noun(marks[-1].lower()) or (
                marks[0].lower().rstrip(".") in TITLES - {"old", "young"}
            )
        people = sum(self.person[mark] for mark in marks)
        places = sum(self.place[mark] + self.article[mark] for mark in marks)
        if len(marks) > 1 and marks[0].lower() in _GIVEN_MALE | _GIVEN_FEMALE:
            people += 1 + places // 2
        return people > 0 and people * 2 > places

    def mentions(self, text: str) -> bool:
        """Whether a text names a person."""
        matches = [t for t in tokens(text) if self.is_name(t)]
        return bool(matches) and self.is_person(matches)

    def frequency(self, text: str) -> int:
        """How often the most frequent name of ``text`` occurs in the corpus."""
        matches = [
            self.inside[bare(t.text)] + self.initial[bare(t.text)]
            for t in tokens(text)
            if self.is_name(t)
        ]
        return max(matches, default=0)


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
        for place, token in enumerate(run):
            if not token.is_word:
                opening = opening or token.text in '"“‘:([—'
                continue
            word = bare(token.text)
            if not token.is_capital:
                names.small[token.lower] += 1
            elif opening:
                names.initial[word] += 1
            else:
                names.inside[word] += 1
            before = run[place - 1].lower if place else ""
            after = run[place + 1].lower if place + 1 < len(run) else ""
            if token.is_capital and word.lower() not in STOP:
                if after in _MINDS or (before in _MINDS and before not in {"told", "married"}):
                    names.person[word] += 2
                if before.rstrip(".") in TITLES:
                    names.person[word] += 2
                if before in _LOCATIVE:
                    names.place[word] += 1
                if before == "the":
                    names.article[word] += 1
            opening = False
        _learn_gender(names, run)
    return names


_HIS = frozenset({"he", "his", "him", "himself"})
_HER = frozenset({"she", "her", "hers", "herself"})


def _learn_gender(names: Names, run: Sequence[Token]) -> None:
    """Let the first pronoun after a name, with no other name between, speak for its gender."""
    mark = ""
    for place, token in enumerate(run):
        if token.is_capital and token.lower not in STOP and token.text[0].isalpha():
            joined = place > 0 and run[place - 1].is_capital and mark
            mark = mark if joined else bare(token.text)
        elif mark and token.lower in _HIS | _HER:
            (names.his if token.lower in _HIS else names.her)[mark] += 1
            mark = ""


def name_run(run: Sequence[Token], start: int, names: Names) -> int:
    """The end (exclusive) of the name that begins at ``start``; ``start`` where none does.

    "Captain Aldous Finch", "Mr. Rook", "Sound of Ebb", "the Drowned Bell" (from the article on).
    """
    at = start
    if run[at].lower == "the" and at + 1 < len(run) and run[at + 1].is_capital:
        at += 1
    first = at
    while at < len(run):
        token = run[at]
        title = token.is_capital and token.lower.rstrip(".") in TITLES
        if names.is_name(token) or (title and (at > first or _follows(run, at, names))):
            at += 1
            if bare(token.text) != token.text:
                break
            continue
        if (
            token.lower in _LINKS
            and at > first
            and at + 1 < len(run)
            and (
                names.is_name(run[at + 1])
                or (run[at + 1].lower == "the" and _follows(run, at + 1, names))
            )
        ):
            at += 1
            continue
        break
    return at if at > first else start


def _follows(run: Sequence[Token], at: int, names: Names) -> bool:
    after = at + 1
    return after < len(run) and names.is_name(run[after])
