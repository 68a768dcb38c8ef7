"""What stands before a clause's verb besides its subject: a fronted phrase, an aside."""

from __future__ import annotations

from collections.abc import Sequence

from workbench.questions import verbs
from workbench.questions.names import Names
from workbench.questions.phrases import PREPOSITIONS, SUBORDINATORS, TIME_NOUNS, noun_phrase
from workbench.questions.verb_groups import past_adverbs, verb_group
from workbench.questions.words import Token

_TIMED = frozenset(
    {
        "in",
        "on",
        "at",
        "by",
        "after",
        "before",
        "for",
        "during",
        "that",
        "the",
        "until",
        "since",
        "next",
        "this",
        "one",
        "every",
        "each",
    }
)
#: Prepositions with which a sentence may open without a comma: "At the bottom he gave ...".
_LEADING = frozenset({"in", "on", "at", "by", "after", "during", "from", "for", "under", "with"})


def fronted_phrase(
    run: Sequence[Token], at: int, names: Names
) -> tuple[tuple[int, int] | None, int]:
    """A phrase of time or place before the subject, with or without its comma."""
    if at >= len(run):
        return None, at
    low = run[at].lower
    if low not in PREPOSITIONS | SUBORDINATORS | {
        "one",
        "that",
        "next",
        "every",
        "each",
        "the",
        "all",
        "some",
        "this",
    }:
        return None, at
    reach = 16 if low in PREPOSITIONS | SUBORDINATORS else 6
    for place in range(at + 1, min(at + reach, len(run))):
        if run[place].text == ",":
            timed = low in PREPOSITIONS | SUBORDINATORS or run[place - 1].lower in TIME_NOUNS | {
                "later",
                "earlier",
                "after",
            }
            return ((at, place), place + 1) if timed else (None, at)
        if not run[place].is_word:
            break
    if low in _LEADING:
        for place in range(at + 2, min(at + 10, len(run) - 1)):
            if not run[place].is_word:
                break
            if run[place].lower in {"he", "she"}:
                phrase = noun_phrase(run, at + 1, place, names, before_verb=False, governed=True)
                whole = phrase is not None and phrase.end == place
                return ((at, place), place) if whole else (None, at)
    if low in _TIMED and at + 1 < len(run):
        for end in range(min(at + 8, len(run) - 2), at + 1, -1):
            timed = run[end - 1].lower in TIME_NOUNS or run[end - 1].text.isdigit()
            subject = noun_phrase(run, end, len(run), names, before_verb=True) if timed else None
            if subject and subject.named and verb_group(run, past_adverbs(run, subject.end)):
                return (at, end), end
    return None, at


def aside(run: Sequence[Token], at: int, names: Names) -> tuple[tuple[int, int] | None, int]:
    """Skip ", the harbour clerk," or ", who kept the light," between subject and verb."""
    if at < len(run) and run[at].lower == "the" and run[at - 1].is_capital:
        role = noun_phrase(run, at, len(run), names, before_verb=True)
        if role is not None and role.person and verb_group(run, role.end) is not None:
            return (at, role.end), role.end
    if at >= len(run) or run[at].text != ",":
        return None, at
    for place in range(at + 2, min(at + 16, len(run) - 1)):
        if run[place].text == "," and verb_group(run, place + 1) is not None:
            phrase = noun_phrase(run, at + 1, place, names, before_verb=False)
            whole = phrase is not None and phrase.end == place
            apart = run[at + 1].lower in PREPOSITIONS | {"who", "which", "whose", "whom"} or (
                verbs.is_gerund(run[at + 1].lower)
            )
            if whole or apart:
                return ((at + 1, place) if whole else None), place + 1
        if not run[place].is_word and run[place].text != ",":
            break
    return None, at
