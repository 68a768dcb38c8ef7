"""Noun phrases, by closed word classes and the names of the corpus."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from workbench.questions import verbs
from workbench.questions.lexicon import lexicon
from workbench.questions.names import Names, bare, is_person_noun, name_run
from workbench.questions.words import Token

ARTICLES = lexicon("phrases", "articles")
POSSESSIVES = lexicon("phrases", "possessives")
PRONOUNS = lexicon("phrases", "pronouns")
PREPOSITIONS = lexicon("phrases", "prepositions")
NUMBERS = lexicon("phrases", "numbers")
QUANTIFIERS = lexicon("phrases", "quantifiers")
SUBORDINATORS = lexicon("phrases", "subordinators")
ADVERBS = lexicon("phrases", "adverbs")
TIME_NOUNS = lexicon("phrases", "time_nouns")
_ADJECTIVES = lexicon("phrases", "adjectives")
_ADJECTIVE_ENDS = ("ous", "ful", "less", "able", "ible", "ive", "ish", "esque")
_NOUNS_LIKE_ADJECTIVES = lexicon("phrases", "nouns_like_adjectives")


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


def is_number(token: Token) -> bool:
    """Digits or a number word, hyphenated ones included ("forty-one")."""
    return token.text[0].isdigit() or (
        all(part in NUMBERS or part == "one" for part in token.lower.split("-"))
        and token.lower != "one"
    )


_LY_NOUNS = frozenset(
    {
        "family",
        "ally",
        "bully",
        "assembly",
        "lily",
        "jelly",
        "belly",
        "supply",
        "reply",
        "fly",
        "july",
        "italy",
        "sicily",
        "holly",
        "folly",
        "gully",
    }
)
_INTENSIFIERS = frozenset({"very", "rather", "quite"})
_ORDINALS = frozenset({"first", "second", "third"})
_NEW = ARTICLES | POSSESSIVES | QUANTIFIERS


def _goes_on(token: Token) -> bool:
    """Whether a name is only the beginning of a phrase: "Port Isarn **brandy**"."""
    low = token.lower
    return not (
        _boundary(token)
        or token.is_capital
        or low in _NEW | ADVERBS
        or low.endswith("ly")
        or is_number(token)
        or verbs.base_of_past(low) is not None
        or verbs.is_present(low)
        or verbs.is_gerund(low)
    )


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
    run: Sequence[Token],
    start: int,
    stop: int,
    names: Names,
    before_verb: bool,
    governed: bool = False,
) -> Phrase | None:
    """The noun phrase at ``start``, with what "of" attaches to it; None where none begins.

    ``before_verb``: a finite verb ends it ("the ferryman **paid**"); otherwise only function words
    and marks do. ``governed``: a preposition stands before it, so that "spoiled bills" is one.
    """
    if start >= stop or not run[start].is_word:
        return None
    at = start
    named_end = name_run(run, at, names)
    named = named_end > at and named_end <= stop
    owner = named and bare(run[named_end - 1].text) != run[named_end - 1].text
    if named and not owner and (named_end >= stop or not _goes_on(run[named_end])):
        phrase = _named(run, start, named_end, names)
        return _with_date(run, _with_of(run, phrase, stop, names, before_verb), stop)
    dated = _ordinal_date(run, start, stop)
    if dated is not None:
        return dated
    low = run[at].lower
    item = low == "one" and at + 1 < stop and not _boundary(run[at + 1])
    if (low in PRONOUNS and not item) or low in PREPOSITIONS or low in SUBORDINATORS:
        return None
    determined = low in ARTICLES | POSSESSIVES | QUANTIFIERS or is_number(run[at]) or named
    determined = determined or item
    if not determined and not governed and verbs.base_of_past(low) and not run[at].is_capital:
        return None
    if not determined and verbs.is_gerund(low) and not run[at].is_capital:
        return None
    if before_verb and not determined and not run[at].lower.endswith("s"):
        return None
    at = named_end if named else at + 1 if determined else at
    first = at
    while at < stop:
        token = run[at]
        if _boundary(token) or (at > first and token.lower in _NEW):
            break
        if at > first and named and (is_number(token) or token.is_capital):
            break
        if at > first and low in {"a", "an"} and token.is_capital and names.is_person([token]):
            return None
        if token.lower in _INTENSIFIERS and determined and _phrase_goes_on(run, at + 1, stop):
            at += 1
            continue
        if token.lower in ADVERBS or (_is_ly(token.lower) and at > first):
            if _phrase_goes_on(run, at + 1, stop):
                return None
            break
        if at > first and verbs.base_of_past(token.lower) and not token.is_capital:
            break
        if at > first and verbs.is_gerund(token.lower):
            break
        at += 1
        if at - first > 6:
            return None
    if at == first and not is_number(run[start]):
        return None
    head = at - 1
    low_head = run[head].lower
    if low_head in {"former", "latter"} or _is_ly(low_head):
        return None
    cut = (determined or at - start > 1) and not (run[head].is_capital or is_number(run[start]))
    if cut and is_adjective(low_head):
        return None
    person = is_person_noun(run[head].lower) or names.is_person(run[max(start, head) : at])
    number = is_number(run[start]) or (
        low in {"some", "about", "over"} and start + 1 < at and is_number(run[start + 1])
    )
    plural = number or (run[head].lower.endswith("s") and not run[head].lower.endswith("ss"))
    phrase = Phrase(start, at, head, person, named or run[head].is_capital, number, plural)
    return _with_date(run, _with_of(run, phrase, stop, names, before_verb), stop)


def _is_ly(low: str) -> bool:
    return low.endswith("ly") and low not in _LY_NOUNS


def is_adjective(low: str) -> bool:
    """Whether a lower-case word is hardly ever a noun, so that no phrase ends with it."""
    if low in _ADJECTIVES:
        return True
    return len(low) > 5 and low.endswith(_ADJECTIVE_ENDS) and low not in _NOUNS_LIKE_ADJECTIVES


def _phrase_goes_on(run: Sequence[Token], at: int, stop: int) -> bool:
    """Whether a noun follows an adverb inside the phrase: "a small rather **dirty office**"."""
    if at >= stop or not run[at].is_word or run[at].is_capital:
        return False
    low = run[at].lower
    if _boundary(run[at]) or low in _NEW | ADVERBS or low.endswith("ly"):
        return False
    finite = verbs.is_past(low) and not low.endswith("ed")
    return not (finite or verbs.is_gerund(low) or verbs.is_present(low))


def _with_date(run: Sequence[Token], phrase: Phrase, stop: int) -> Phrase:
    """Take in the rest of a date: "Saturday **the thirtieth of November**", "Year **61**"."""
    if run[phrase.end - 1].lower not in TIME_NOUNS:
        return phrase
    end = phrase.end
    if end + 1 < stop and run[end].lower == "the" and _is_ordinal(run[end + 1].lower):
        end += 2
        if end + 1 < stop and run[end].lower == "of" and run[end + 1].lower in TIME_NOUNS:
            end += 2
    if end < stop and run[end].text.isdigit():
        end += 1
    if end == phrase.end:
        return phrase
    return Phrase(phrase.start, end, phrase.head, False, phrase.named, phrase.number, False)


def _ordinal_date(run: Sequence[Token], start: int, stop: int) -> Phrase | None:
    """ "the first of March 212"."""
    if start + 3 >= stop or run[start].lower != "the" or run[start + 2].lower != "of":
        return None
    if not _is_ordinal(run[start + 1].lower) or run[start + 3].lower not in TIME_NOUNS:
        return None
    end = start + 4 + (start + 4 < stop and run[start + 4].text.isdigit())
    return Phrase(start, end, start + 3, False, False, False, False)


def _is_ordinal(word: str) -> bool:
    tail = word.rsplit("-", 1)[-1]
    return tail in _ORDINALS or (tail.endswith("th") and tail != "with") or word[:1].isdigit()


def _named(run: Sequence[Token], start: int, end: int, names: Names) -> Phrase:
    person = names.is_person(run[start:end])
    return Phrase(start, end, end - 1, person, True, False, False)


def _with_of(
    run: Sequence[Token], phrase: Phrase, stop: int, names: Names, before_verb: bool
) -> Phrase:
    if phrase.end + 1 >= stop or run[phrase.end].lower != "of":
        return phrase
    inner = noun_phrase(run, phrase.end + 1, stop, names, before_verb, governed=True)
    if inner is None:
        return phrase
    return Phrase(
        phrase.start,
        inner.end,
        phrase.head,
        phrase.person,
        phrase.named,
        phrase.number,
        phrase.plural,
    )
