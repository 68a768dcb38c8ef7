"""What follows the verb: object, phrases, and the clauses they run into."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from workbench.questions import verbs
from workbench.questions.names import Names
from workbench.questions.phrases import (
    ADVERBS,
    PREPOSITIONS,
    PRONOUNS,
    SUBORDINATORS,
    TIME_NOUNS,
    Phrase,
    noun_phrase,
)
from workbench.questions.verb_groups import past_adverbs, verb_group
from workbench.questions.words import Token

SegmentKind = Literal[
    "object", "prep", "particle", "cause", "purpose", "means", "time", "that", "other"
]
_INNER_MARKS = frozenset({"'", "’", "£", "$", "&", "%", "/"})
_TRAILING = frozenset({"in", "on", "at", "for", "from", "with", "under", "during", "by", "to"})
#: Words that say where to, after an object or alone: "put her arm **down** through the weed".
_DIRECTIONS = frozenset({"up", "down", "out", "off", "away", "back", "over", "home"})
#: Adverbs without which the verb says something else: "brought his fingers **together**".
_NEEDED = frozenset({"together", "apart", "regardless", "alike"})
_WITH_HOME = frozenset({"reached", "left", "found", "made", "had", "saw"})
_TIME_WORDS = frozenset(
    {"when", "while", "until", "till", "before", "after", "as", "since", "once"}
)
_UNITS = frozenset({"head", "piece", "pound", "sack", "ton", "yard", "mile", "dozen", "week"})
_CONTENT_WORDS = frozenset(
    {"that", "whether", "how", "why", "what", "if", "where", "which", "who", "whose", "whom"}
)


@dataclass(frozen=True, slots=True)
class Segment:
    """A piece after the verb; ``word`` is its preposition or conjunction, in lower case."""

    kind: SegmentKind
    start: int
    end: int
    word: str = ""
    phrase: Phrase | None = None


def segments_of(run: Sequence[Token], at: int, end: int, names: Names) -> list[Segment]:
    result: list[Segment] = []
    while at < end:
        segment = _segment(run, at, end, names)
        if segment is None:
            at += 1
            continue
        result.append(segment)
        at = segment.end
    return result


def _segment(run: Sequence[Token], at: int, end: int, names: Names) -> Segment | None:
    low = run[at].lower
    after = run[at + 1].lower if at + 1 < end else ""
    if low in _DIRECTIONS and run[at - 1].is_word and not _governs(run, at, end, names):
        return Segment("particle", at, at + 1, low)
    if low in _NEEDED or (low == "home" and run[at - 1].lower in _WITH_HOME):
        return Segment("other", at, at + 1, low)
    if not run[at].is_word or low in ADVERBS or low.endswith("ly"):
        return None
    if _cause_word(run, at):
        return Segment("purpose" if low == "in" else "cause", at, end, low)
    if low == "to" and verbs.is_base(after) and run[at + 1].text == after:
        return Segment("purpose", at, end, "to")
    if low == "by" and verbs.is_gerund(after):
        return Segment("means", at, end, "by")
    if low in _TIME_WORDS and (low in {"when", "while"} or _joins_clause(run, at + 1, names)):
        return Segment("time" if low != "as" else "other", at, end, low)
    if low == "that" and any(t.lower in TIME_NOUNS for t in run[at + 1 : min(at + 3, end)]):
        # "that Wednesday afternoon" leans on the page, and may be left out.
        while at + 1 < end and run[at + 1].lower in TIME_NOUNS | {"same", "very"}:
            at += 1
        return Segment("time", at, at + 1, "that")
    if low in _CONTENT_WORDS:
        return Segment("that", at, end, low)
    if low == "out" and after == "of":
        phrase = noun_phrase(run, at + 2, end, names, before_verb=False, governed=True)
        if phrase is not None:
            return Segment("prep", at, _joined(run, phrase.end, end, names), "out of", phrase)
    if low in PREPOSITIONS:
        phrase = noun_phrase(run, at + 1, end, names, before_verb=False, governed=True)
        if phrase is None or (phrase.end < end and run[phrase.end].lower == "as" == low):
            return Segment("other", at, at + 1, "" if low == "as" and phrase else low)
        phrase = _rated(run, phrase, end)
        return Segment("prep", at, _joined(run, phrase.end, end, names), low, phrase)
    phrase = noun_phrase(run, at, end, names, before_verb=False)
    if phrase is None:
        return Segment("other", at, at + 1, low)
    phrase = _rated(run, phrase, end)
    follows = run[phrase.end].lower if phrase.end < len(run) else ""
    if run[phrase.head].lower in TIME_NOUNS and follows in {"before", "after", "later", "earlier"}:
        return Segment("other", at, at + 1, low)
    return Segment("object", at, _joined(run, phrase.end, end, names), "", phrase)


def _governs(run: Sequence[Token], at: int, end: int, names: Names) -> bool:
    """Whether a noun phrase follows a word like "down", which is then a preposition."""
    if at + 1 >= end or not run[at + 1].is_word:
        return False
    if run[at + 1].lower == "of" or run[at + 1].lower in PRONOUNS:
        return True
    return noun_phrase(run, at + 1, end, names, before_verb=False, governed=True) is not None


def _rated(run: Sequence[Token], phrase: Phrase, end: int) -> Phrase:
    """Take in what a sum is counted by: "twenty-two crowns **a year**"."""
    at = phrase.end
    if not phrase.number or at + 1 >= end or run[at].lower not in {"a", "an", "per", "each"}:
        return phrase
    return replace(phrase, end=at + 2) if run[at + 1].lower in TIME_NOUNS | _UNITS else phrase


def _joined(run: Sequence[Token], at: int, end: int, names: Names) -> int:
    """Extend a phrase over "and NP" and ", NP"."""
    while at + 1 < end and (run[at].lower in {"and", "or"} or run[at].text == ","):
        step = 2 if run[at].text == "," and run[at + 1].lower == "and" else 1
        phrase = noun_phrase(run, at + step, end, names, before_verb=False)
        if phrase is None or (
            phrase.end - phrase.start == 1 and verbs.is_base(run[phrase.start].lower)
        ):
            return at
        if phrase.end < len(run) and run[phrase.end].lower in {"the", "a", "an", "his", "her"}:
            # "seized the bell and Jane the knocker"
            return at
        at = phrase.end
    return at


def clause_end(run: Sequence[Token], at: int, names: Names) -> int:
    """Where the clause stops: at a mark, or where another clause is joined to it."""
    if at < len(run) and run[at].text == ",":
        return at
    while at < len(run):
        token = run[at]
        if token.text == ",":
            if at + 1 < len(run) and _cause_word(run, at + 1):
                at += 1
                continue
            listed = _listed(run, at, names)
            if listed == at:
                listed = _trailing(run, at, names)
            if listed == at:
                return at
            at = listed
            continue
        if not token.is_word and token.text not in _INNER_MARKS:
            return at
        if token.lower in {"and", "but", "or", "nor", "yet"} and _joins_clause(run, at + 1, names):
            return at
        at += 1
    return at


def _trailing(run: Sequence[Token], at: int, names: Names) -> int:
    """Past ", in the Weighing House": a phrase after a comma; ``at`` itself where none stands."""
    if at + 2 >= len(run) or run[at + 1].lower not in _TRAILING:
        return at
    phrase = noun_phrase(run, at + 2, len(run), names, before_verb=False, governed=True)
    if phrase is None or (
        phrase.end < len(run) and verb_group(run, past_adverbs(run, phrase.end)) is not None
    ):
        return at
    return phrase.end


def _listed(run: Sequence[Token], at: int, names: Names) -> int:
    """Past "A, B and C" from its first comma on; ``at`` itself where no list goes on."""
    place = at
    while place < len(run) and run[place].text == ",":
        start = place + 1
        if start < len(run) and run[start].lower == "and":
            start += 1
        phrase = noun_phrase(run, start, len(run), names, before_verb=False)
        if phrase is None or phrase.end >= len(run):
            return at
        if (
            run[phrase.end].text == ","
            and run[phrase.end + 1 :][:1]
            and (run[phrase.end + 1].lower in {"who", "which", "whose", "whom", "being", "having"})
        ):
            return at
        if start > place + 1:
            return phrase.end if not verb_group(run, phrase.end) else at
        place = phrase.end
    if place > at and place + 1 < len(run) and run[place].lower == "and":
        phrase = noun_phrase(run, place + 1, len(run), names, before_verb=False)
        if phrase is not None and not verb_group(run, phrase.end):
            return phrase.end
    return at


def _joins_clause(run: Sequence[Token], at: int, names: Names) -> bool:
    if at >= len(run):
        return True
    low = run[at].lower
    if low in PRONOUNS | PREPOSITIONS | SUBORDINATORS | ADVERBS or low.endswith("ly"):
        return True
    if verb_group(run, at) is not None or not run[at].is_word:
        return True
    phrase = noun_phrase(run, at, len(run), names, before_verb=True)
    return phrase is not None and (verb_group(run, past_adverbs(run, phrase.end)) is not None)


def _cause_word(run: Sequence[Token], at: int) -> int:
    """The tokens of a conjunction of cause or purpose at ``at``; 0 where none stands."""
    low = run[at].lower
    after = run[at + 1].lower if at + 1 < len(run) else ""
    third = run[at + 2].lower if at + 2 < len(run) else ""
    if low == "because" and after != "of":
        return 1
    if low == "so" and after == "that":
        return 2
    return 3 if (low, after, third) == ("in", "order", "to") else 0
