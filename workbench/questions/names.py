"""Names of people and places, learned from how the corpus itself uses its capitals.

A recogniser with weights is a download, so the corpus is the witness: what is capitalised inside
sentences is a name; what speaks, thinks or carries a title is a person; what stands after "in",
"at" or "from" is a place. A whole book gives enough of such uses for the names that matter.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from workbench.questions.words import STOP, Token, tokens

TITLES = frozenset(
    ["mr", "mrs", "miss", "ms", "dr", "sir", "lady", "lord", "captain", "colonel", "major", "general", "king", "queen", "prince", "princess", "duke", "duchess", "count", "countess", "baron", "father", "mother", "brother", "sister", "aunt", "uncle", "professor", "reverend", "judge", "provost", "mayor", "bishop", "abbot", "doctor", "master", "mistress", "dame", "widow", "old", "young", "saint", "squire", "parson", "sergeant", "lieutenant", "admiral", "constable", "nurse", "madame", "monsieur", "monseigneur"]
)
_MINDS = frozenset(
    ["said", "asked", "replied", "thought", "knew", "told", "smiled", "laughed", "answered", "cried", "felt", "wanted", "believed", "remembered", "whispered", "wrote", "nodded", "looked", "sat", "spoke", "promised", "decided", "agreed", "refused", "swore", "married", "learned", "wept", "shouted", "explained", "added", "wished", "hoped", "died", "swore", "walked", "loved"]
)
_MALE = frozenset(["mr", "sir", "lord", "king", "prince", "duke", "count", "baron", "father", "brother", "uncle", "monsieur"])
_FEMALE = frozenset(["mrs", "miss", "ms", "lady", "queen", "princess", "duchess", "countess", "mother", "sister", "aunt", "dame", "widow", "madame", "mistress"])
_LOCATIVE = frozenset(["in", "at", "from", "near", "towards", "toward", "to", "through", "into", "outside", "around"])
_LINKS = frozenset(["of", "the", "de", "van", "von", "du", "la", "le"])
PERSON_NOUNS = frozenset(
    ["man", "woman", "boy", "girl", "child", "king", "queen", "prince", "princess", "clerk", "widow", "wife", "husband", "brother", "sister", "mother", "father", "son", "daughter", "aunt", "uncle", "cousin", "nephew", "niece", "friend", "captain", "master", "mistress", "doctor", "priest", "monk", "nun", "judge", "mayor", "provost", "bishop", "abbot", "pilot", "cook", "nurse", "thief", "servant", "maid", "apprentice", "merchant", "smith", "guard", "guest", "host", "heir", "neighbour", "lord", "lady", "squire", "parson", "chief", "ancestor", "grandmother", "grandfather", "ferryman", "stranger", "secretary", "surgeon", "carpenter", "sergeant", "constable", "cashier", "porter", "assistant", "agent", "student", "pupil", "partner", "founder", "owner", "bride", "groom", "godfather", "godmother", "stepmother", "stepfather", "twin", "orphan", "beggar", "sexton", "verger", "warden", "midwife", "surveyor", "engineer", "advocate", "magistrate", "lawyer", "attorney", "notary", "scholar", "magician", "witch"]
)
_NOT_PERSON = frozenset(
    ["water", "river", "letter", "paper", "order", "corner", "matter", "number", "quarter", "daughter-ship", "winter", "summer", "danger", "power", "tower", "flower", "dinner", "supper", "anger", "silver", "copper", "timber", "harbour", "door", "floor", "honour", "colour", "labour", "favour", "manner", "chapter", "shoulder", "finger", "border", "shelter", "weather", "leather", "feather", "lantern", "ladder", "barrier", "charter", "register", "counter", "ladder", "hammer", "cellar", "pillar", "collar", "dollar", "altar", "sugar", "pepper", "butter", "paper", "tenor", "error", "terror", "mirror", "motor", "sector", "factor", "anchor", "parlour", "vapour", "odour", "order", "offer", "answer", "temper", "banner", "barter", "boiler", "locker", "buffer", "folder", "ledger", "laughter", "slaughter", "computer", "printer", "server", "user-name", "calendar", "member-ship", "disaster", "plaster", "cluster", "monster", "minister-ship", "theatre", "centre", "acre", "fibre", "metre", "litre", "litter", "gutter", "shutter", "cutter", "oyster", "tiger", "spider", "otter", "beaver", "badger"]
)


def is_person_noun(word: str) -> bool:
    """Whether a lower-case common noun names a person ("keeper", "ferryman")."""
    tail = word.rsplit("-", 1)[-1]
    if tail in _NOT_PERSON:
        return False
    if tail in PERSON_NOUNS or tail in TITLES - {"old", "young"}:
        return True
    return len(tail) > 4 and tail.endswith(
        ("keeper", "maker", "man", "woman", "master", "mistress", "smith", "monger", "wright",
         "tailor", "sailor", "baker", "weaver", "builder", "teacher", "painter", "fisher", "writer",
         "singer", "dealer", "owner", "leader", "trader", "hunter", "farmer", "banker", "brewer",
         "dyer", "lender", "lodger", "officer", "soldier", "gardener", "prisoner", "lawyer",
         "engraver", "carver", "printer", "manager", "employee", "director", "collector",
         "inspector", "doctor", "sculptor", "editor", "tutor", "solicitor", "ist", "ess")
    ) and not tail.endswith(("ness", "less", "mist", "twist", "list", "fist", "wrist", "chest",
                             "press", "dress", "success", "access", "process", "address", "human"))


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
        """"his" or "her", as the sentences about the name go on; "" where they do not tell."""
        marks = [bare(t.text) for t in tokens(name) if t.is_capital]
        low = {mark.lower() for mark in marks}
        if low & _MALE:
            return "his"
        if low & _FEMALE:
            return "her"
        his, her = sum(self.his[m] for m in marks), sum(self.her[m] for m in marks)
        if his >= 2 and his > 3 * her:
            return "his"
        return "her" if her >= 2 and her > 3 * his else ""

    def is_name(self, token: Token) -> bool:
        """Whether a capitalised token is a name and not merely first in its sentence."""
        if not token.is_capital or not token.text[0].isalpha():
            return False
        word = bare(token.text)
        if word.lower() in STOP or len(word) < 2:
            return False
        known = self.inside[word]
        return known > 0 and known * 2 >= self.small[word.lower()]

    def is_person(self, run: Sequence[Token]) -> bool:
        """Whether a run of name tokens names a person."""
        marks = [bare(token.text) for token in run if token.is_capital]
        if not marks or (run[0].lower == "the" and not is_person_noun(marks[-1].lower())):
            return False
        if any(mark.lower().rstrip(".") in TITLES for mark in marks[:-1]):
            return True
        if is_person_noun(marks[-1].lower()) and run[0].lower == "the":
            return True
        people = sum(self.person[mark] for mark in marks)
        places = sum(self.place[mark] + self.article[mark] for mark in marks)
        return people > 0 and people * 2 > places

    def frequency(self, text: str) -> int:
        """How often the most frequent name of ``text`` occurs in the corpus."""
        found = [
            self.inside[bare(t.text)] + self.initial[bare(t.text)]
            for t in tokens(text)
            if self.is_name(t)
        ]
        return max(found, default=0)


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
                opening = opening or token.text in "\"“‘:([—"
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


def _learn_gender(names: Names, run: Sequence[Token]) -> None:
    """Count "his" and "her" after the one person with whom a sentence opens."""
    subject = [bare(t.text) for t in run[:4] if t.is_capital and t.lower not in STOP]
    others = [t for t in run[4:] if t.is_capital and bare(t.text) not in subject]
    if not subject or others:
        return
    found = {t.lower for t in run[1:]}
    for mark in subject:
        names.his[mark] += bool(found & {"his", "himself", "he"})
        names.her[mark] += bool(found & {"her", "herself", "she"})


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
        title = token.is_capital and token.lower in TITLES
        if names.is_name(token) or (title and (at > first or _follows(run, at, names))):
            at += 1
            if bare(token.text) != token.text:
                break
            if token.lower in {"mr", "mrs", "dr", "st", "ms"} and at < len(run):
                at += run[at].text == "."
            continue
        if (
            token.lower in _LINKS
            and at > first
            and at + 1 < len(run)
            and (names.is_name(run[at + 1]) or (run[at + 1].lower == "the" and _follows(run, at + 1, names)))
        ):
            at += 1
            continue
        break
    return at if at > first else start


def _follows(run: Sequence[Token], at: int, names: Names) -> bool:
    after = at + 1
    if after < len(run) and run[after].text == ".":
        after += 1
    return after < len(run) and names.is_name(run[after])
