"""The simple clause of a sentence: subject, verb, object, phrases, cause.

A shallow reading by closed word classes (articles, prepositions, auxiliaries, subordinators) and
the verb forms of :mod:`workbench.questions.verbs`; see there for why no tagger is used. It is meant
to be strict: a sentence that does not fit is left alone, since a question made from a misread
sentence costs more than a missed fact.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from workbench.questions import verbs
from workbench.questions.names import Names, bare, is_person_noun, name_run
from workbench.questions.sentences import Sentence
from workbench.questions.words import Token

ARTICLES = frozenset(["the", "a", "an"])
POSSESSIVES = frozenset(["his", "her", "its", "their", "my", "our", "your"])
PRONOUNS = frozenset(
    ["i", "he", "she", "it", "they", "we", "you", "me", "him", "them", "us", "this", "that", "these", "those", "who", "which", "what", "there", "here", "himself", "herself", "itself", "themselves", "one", "ones", "someone", "somebody", "something", "anyone", "anybody", "anything", "everyone", "everybody", "everything", "nobody", "nothing", "none", "other", "others", "another", "such", "both"]
)
PREPOSITIONS = frozenset(
    ["of", "in", "on", "at", "by", "for", "with", "from", "to", "into", "onto", "upon", "under", "over", "through", "across", "along", "against", "among", "between", "behind", "beside", "beneath", "below", "above", "before", "after", "during", "until", "till", "within", "without", "near", "towards", "toward", "round", "around", "inside", "outside", "beyond", "past", "off", "up", "down", "out", "since", "about", "despite", "except", "like", "as", "than"]
)
NUMBERS = frozenset(
    ["two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety", "hundred", "thousand", "million", "dozen"]
)
QUANTIFIERS = frozenset(["some", "any", "no", "every", "each", "all", "many", "much", "few", "several", "more", "most", "half"])
SUBORDINATORS = frozenset(
    ["because", "when", "while", "until", "till", "after", "before", "since", "although", "though", "if", "unless", "as", "where", "whereas", "once", "so"]
)
ADVERBS = frozenset(
    ["never", "always", "once", "also", "often", "soon", "then", "still", "already", "even", "just", "now", "again", "ever", "only", "almost", "nearly", "himself", "herself", "later", "first", "twice", "seldom", "sometimes", "afterwards", "long", "at_once"]
)
_PARTICLES = frozenset(["up", "out", "off", "away", "back", "down", "in", "over", "on", "aside", "forth"])
_ENDS = frozenset(".;:!?—–()[]\"“”-")
SegmentKind = Literal["object", "prep", "cause", "purpose", "means", "time", "that", "other"]


@dataclass(frozen=True, slots=True)
class Phrase:
    """A noun phrase as a range of tokens; ``head`` is the place of its main word."""

    start: int
    end: int
    head: int
    person: bool
    named: bool
    number: bool
    plural: bool


@dataclass(frozen=True, slots=True)
class Segment:
    """A piece after the verb; ``word`` is its preposition or conjunction, in lower case."""

    kind: SegmentKind
    start: int
    end: int
    word: str = ""
    phrase: Phrase | None = None


@dataclass(frozen=True, slots=True)
class Clause:
    """One clause; ranges are places in ``tokens``. ``auxiliary`` is "" for a simple tense."""

    tokens: tuple[Token, ...]
    text: str
    fronted: tuple[int, int] | None
    subject: Phrase
    apposition: tuple[int, int] | None
    auxiliary: str
    negated: bool
    verb: int
    verb_end: int
    form: Literal["past", "present", "base", "participle", "gerund", "be", "have"]
    segments: tuple[Segment, ...]
    end: int

    def words(self, start: int, end: int) -> str:
        """The source text of a range of tokens, on one line."""
        if start >= end:
            return ""
        origin = self.tokens[0].start
        piece = self.text[self.tokens[start].start - origin : self.tokens[end - 1].end - origin]
        return " ".join(piece.split())

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The offsets of a range of tokens, as the tokens count them."""
        return self.tokens[start].start, self.tokens[end - 1].end


def is_number(token: Token) -> bool:
    """Digits or a number word, hyphenated ones included ("forty-one")."""
    return token.text[0].isdigit() or (all(
        part in NUMBERS or part == "one" for part in token.lower.split("-")
    ) and token.lower != "one")


def _boundary(token: Token) -> bool:
    low = token.lower
    return (
        not token.is_word
        or low in PREPOSITIONS
        or low in PRONOUNS
        or low in SUBORDINATORS
        or low in {"and", "or", "but", "nor", "not", "yet", "whose", "whom", "how", "why"}
        or low in verbs.BE | verbs.HAVE | verbs.MODALS
        or low in {"did", "does", "do"}
    )


def noun_phrase(
    run: Sequence[Token], start: int, stop: int, names: Names, before_verb: bool
) -> Phrase | None:
    """The noun phrase at ``start``, with what "of" attaches to it; None where none begins.

    ``before_verb``: a finite verb ends it ("the ferryman **paid**"); otherwise only function words
    and marks do.
    """
    if start >= stop or not run[start].is_word:
        return None
    at = start
    named_end = name_run(run, at, names)
    named = named_end > at and named_end <= stop
    if named and bare(run[named_end - 1].text) == run[named_end - 1].text:
        follow = named_end
        if run[start].lower != "the" or before_verb or follow >= stop or _boundary(run[follow]):
            phrase = _named(run, start, named_end, names)
            return _with_of(run, phrase, stop, names, before_verb)
    low = run[at].lower
    if low in PRONOUNS or low in PREPOSITIONS or low in SUBORDINATORS:
        return None
    determined = low in ARTICLES | POSSESSIVES | QUANTIFIERS or is_number(run[at]) or named
    if before_verb and not determined and not run[at].lower.endswith("s"):
        return None
    at = named_end if named else at + 1 if determined else at
    first = at
    while at < stop:
        token = run[at]
        if _boundary(token):
            break
        if token.lower in ADVERBS or (token.lower.endswith("ly") and at > first):
            break
        if before_verb and at > first and verbs.is_past(token.lower) and not token.is_capital:
            break
        if not before_verb and at > first and verbs.is_gerund(token.lower) and at > first + 1:
            break
        at += 1
        if at - first > 6:
            return None
    if at == first and not is_number(run[start]):
        return None
    head = at - 1
    person = is_person_noun(run[head].lower) or names.is_person(run[max(start, head) : at])
    number = is_number(run[start]) or (
        low in {"some", "about", "over"} and start + 1 < at and is_number(run[start + 1])
    )
    plural = number or (run[head].lower.endswith("s") and not run[head].lower.endswith("ss"))
    phrase = Phrase(start, at, head, person, named or run[head].is_capital, number, plural)
    return _with_of(run, phrase, stop, names, before_verb)


def _named(run: Sequence[Token], start: int, end: int, names: Names) -> Phrase:
    person = names.is_person(run[start:end])
    return Phrase(start, end, end - 1, person, True, False, False)


def _with_of(
    run: Sequence[Token], phrase: Phrase, stop: int, names: Names, before_verb: bool
) -> Phrase:
    if phrase.end + 1 >= stop or run[phrase.end].lower != "of":
        return phrase
    inner = noun_phrase(run, phrase.end + 1, stop, names, before_verb)
    if inner is None:
        return phrase
    return Phrase(
        phrase.start, inner.end, phrase.head, phrase.person, phrase.named, phrase.number,
        phrase.plural,
    )


def parse(run: Sequence[Token], text: str, names: Names) -> Clause | None:
    """The main clause of one sentence, or None where it does not read as one."""
    size = len(run)
    at = 0
    while at < size and run[at].lower in {"and", "but", "so", "then", "yet", "now", "still", "thus"}:
        at += 1
        if at < size and run[at].text == ",":
            at += 1
    fronted, at = _fronted(run, at)
    subject = noun_phrase(run, at, size, names, before_verb=True)
    if subject is None:
        return None
    at = subject.end
    apposition, at = _apposition(run, at, names)
    while at < size and (run[at].lower in ADVERBS or run[at].lower.endswith("ly")):
        at += 1
    group = _verb_group(run, at)
    if group is None:
        return None
    auxiliary, negated, verb, verb_end, form = group
    end = _clause_end(run, verb_end, names)
    segments = _segments(run, verb_end, end, names)
    return Clause(
        tuple(run), text, fronted, subject, apposition, auxiliary, negated, verb, verb_end, form,
        tuple(segments), end,
    )


def clauses(run: Sequence[Token], sentence: Sentence, names: Names) -> Iterator[Clause]:
    """The clauses of a sentence that read plainly; sentences with speech give none."""
    if sentence.speech:
        return
    clause = parse(run, sentence.text, names)
    if clause is not None:
        yield clause


def _fronted(run: Sequence[Token], at: int) -> tuple[tuple[int, int] | None, int]:
    if at >= len(run):
        return None, at
    low = run[at].lower
    opening = low in PREPOSITIONS | SUBORDINATORS or low in {
        "one", "that", "next", "every", "each", "the", "all", "two", "three", "some", "this",
    }
    if not opening:
        return None, at
    for place in range(at + 1, min(at + 16, len(run))):
        if run[place].text == ",":
            time = low in PREPOSITIONS | SUBORDINATORS or run[place - 1].lower in TIME_NOUNS | {
                "later", "earlier", "after"}
            return ((at, place), place + 1) if time else (None, at)
        if not run[place].is_word:
            break
    return None, at


TIME_NOUNS = frozenset(
    ["day", "days", "night", "nights", "morning", "mornings", "evening", "evenings", "afternoon", "noon", "midnight", "dawn", "dusk", "week", "weeks", "month", "months", "year", "years", "spring", "summer", "autumn", "winter", "hour", "hours", "minute", "minutes", "moment", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday", "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december", "century", "daybreak", "sunrise", "sunset", "christmas", "easter", "michaelmas", "tide", "harvest", "season", "o'clock", "fortnight", "decade", "eve"]
)


def _apposition(
    run: Sequence[Token], at: int, names: Names
) -> tuple[tuple[int, int] | None, int]:
    """Skip ", the harbour clerk," or ", who kept the light," between subject and verb."""
    if at >= len(run) or run[at].text != ",":
        return None, at
    for place in range(at + 2, min(at + 16, len(run) - 1)):
        if run[place].text == "," and _verb_group(run, place + 1) is not None:
            phrase = noun_phrase(run, at + 1, place, names, before_verb=False)
            whole = phrase is not None and phrase.end == place
            return ((at + 1, place) if whole else None), place + 1
        if not run[place].is_word and run[place].text != ",":
            break
    return None, at


_Group = tuple[
    str, bool, int, int, Literal["past", "present", "base", "participle", "gerund", "be", "have"]
]


def _verb_group(run: Sequence[Token], at: int) -> _Group | None:
    """(auxiliary, negated, place of the verb, end, form) of the verb group at ``at``."""
    size = len(run)
    if at >= size or not run[at].is_word:
        return None
    low = run[at].lower
    if low in verbs.BE | verbs.HAVE | verbs.MODALS | {"did"}:
        after, negated = at + 1, False
        while after < size and (
            run[after].lower in ADVERBS | {"not"} or run[after].lower.endswith("ly")
        ):
            negated = negated or run[after].lower in {"not", "never"}
            after += 1
        main = run[after].lower if after < size and run[after].is_word else ""
        if low in verbs.MODALS | {"did"}:
            if not verbs.is_base(main):
                return None
            return low, negated, after, _particle(run, after + 1), "base"
        if low in verbs.HAVE:
            if main == "been":
                return None
            if verbs.base_of_past(main) and not run[after].is_capital:
                return low, negated, after, _particle(run, after + 1), "participle"
            return "", negated, at, at + 1, "have"
        if verbs.base_of_past(main) is not None and verbs.participle(
            verbs.base_of_past(main) or ""
        ) == main:
            return low, negated, after, _particle(run, after + 1), "participle"
        if verbs.is_gerund(main):
            return low, negated, after, _particle(run, after + 1), "gerund"
        return "", negated, at, after if negated else at + 1, "be"
    if run[at].is_capital:
        return None
    if verbs.is_past(low):
        return "", False, at, _particle(run, at + 1), "past"
    if verbs.is_present(low):
        return "", False, at, _particle(run, at + 1), "present"
    return None


def _particle(run: Sequence[Token], at: int) -> int:
    """Take in "up" of "gave up the key", not "in" of "lived in the town"."""
    if at < len(run) and run[at].lower in {"up", "out", "off", "away", "back", "down", "aside"}:
        return at + 1
    return at


def _clause_end(run: Sequence[Token], at: int, names: Names) -> int:
    """Where the clause stops: at a mark, or where another clause is joined to it."""
    size = len(run)
    while at < size:
        token = run[at]
        if token.text == ",":
            after = run[at + 1].lower if at + 1 < size else ""
            if after in {"because", "so", "in"} and _cause_word(run, at + 1):
                at += 1
                continue
            return at
        if not token.is_word and token.text not in {"'", "’", "£", "$", "&", "%", "/"}:
            return at
        if token.lower in {"and", "but", "or", "nor", "yet"} and _joins_clause(run, at + 1, names):
            return at
        at += 1
    return at


def _joins_clause(run: Sequence[Token], at: int, names: Names) -> bool:
    if at >= len(run):
        return True
    low = run[at].lower
    if low in PRONOUNS | PREPOSITIONS | SUBORDINATORS | ADVERBS or low.endswith("ly"):
        return True
    if _verb_group(run, at) is not None:
        return True
    phrase = noun_phrase(run, at, len(run), names, before_verb=True)
    return phrase is not None and _verb_group(run, phrase.end) is not None


def _cause_word(run: Sequence[Token], at: int) -> int:
    """The tokens of a conjunction of cause or purpose at ``at``; 0 where none stands."""
    low = run[at].lower
    after = run[at + 1].lower if at + 1 < len(run) else ""
    third = run[at + 2].lower if at + 2 < len(run) else ""
    if low == "because":
        return 1
    if low == "so" and after == "that":
        return 2
    if (low, after, third) == ("in", "order", "to"):
        return 3
    return 0


def _segments(run: Sequence[Token], at: int, end: int, names: Names) -> list[Segment]:
    found: list[Segment] = []
    while at < end:
        low = run[at].lower
        after = run[at + 1].lower if at + 1 < end else ""
        if not run[at].is_word or low in ADVERBS:
            at += 1
            continue
        if _cause_word(run, at):
            kind: SegmentKind = "purpose" if low == "in" else "cause"
            found.append(Segment(kind, at, end, low))
            break
        if low == "to" and verbs.is_base(after):
            found.append(Segment("purpose", at, end, "to"))
            break
        if low == "by" and verbs.is_gerund(after):
            found.append(Segment("means", at, end, "by"))
            break
        if low in {"when", "while", "until", "till", "before", "after", "as", "since", "once"} and (
            _joins_clause(run, at + 1, names) or low in {"when", "while"}
        ):
            found.append(Segment("time" if low != "as" else "other", at, end, low))
            break
        if low in {"that", "whether", "how", "why", "what", "if", "where", "which", "who"}:
            found.append(Segment("that", at, end, low))
            break
        if low in PREPOSITIONS:
            phrase = noun_phrase(run, at + 1, end, names, before_verb=False)
            stop = _joined(run, phrase.end, end, names) if phrase else at + 1
            found.append(
                Segment("prep" if phrase else "other", at, max(stop, at + 1), low, phrase)
            )
            at = max(stop, at + 1)
            continue
        phrase = noun_phrase(run, at, end, names, before_verb=False)
        if phrase is None:
            found.append(Segment("other", at, at + 1, low))
            at += 1
            continue
        stop = _joined(run, phrase.end, end, names)
        found.append(Segment("object", at, stop, "", phrase))
        at = stop
    return found


def _joined(run: Sequence[Token], at: int, end: int, names: Names) -> int:
    """Extend a phrase over "and NP"."""
    while at + 1 < end and run[at].lower in {"and", "or"}:
        phrase = noun_phrase(run, at + 1, end, names, before_verb=False)
        if phrase is None:
            return at
        at = phrase.end
    return at
