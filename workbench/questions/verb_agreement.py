"""Whether a subject was read whole: it agrees with its verb, and no other stands joined to it."""

from __future__ import annotations

from collections.abc import Sequence

from workbench.questions import verbs
from workbench.questions.names import Names
from workbench.questions.phrases import PREPOSITIONS, SUBORDINATORS, Phrase, noun_phrase
from workbench.questions.verb_groups import Group
from workbench.questions.words import Token

_MANY = frozenset({"were", "are", "have"})
_ONE = frozenset({"was", "is", "has"})
_PLURALS = frozenset({"people", "folk", "police", "children", "cattle", "mice", "feet", "teeth"})
_OPENING = SUBORDINATORS | {"that", "which", "whom", "whose", "if", "whether", "where", "than"}


def disagrees(run: Sequence[Token], subject: Phrase, group: Group) -> bool:
    """ "the Dean were locked": one subject with a verb of several, so that another is missing."""
    auxiliary, _, verb, _, form = group
    finite = auxiliary.split(" ", 1)[0] or run[verb].lower
    head = run[subject.head].lower
    plural = subject.plural or head in _PLURALS or head.endswith("men")
    if finite in _MANY:
        return not plural
    if finite in _ONE or form == "present":
        return subject.number and run[subject.start].lower != "one" and head.endswith("s")
    return False


def second_of_two(run: Sequence[Token], joint: int, names: Names) -> bool:
    """Whether the "and" at ``joint`` joins what follows to a subject that stands before it.

    "in which **the Bishop** and the Dean were locked": the noun phrase before opens its clause.
    """
    if run[joint].lower not in {"and", "or"} or joint == 0:
        return False
    for start in range(joint - 1, max(-1, joint - 9), -1):
        phrase = noun_phrase(run, start, joint, names, before_verb=False)
        if phrase is None or phrase.end != joint:
            continue
        before = run[start - 1] if start else None
        if before is None or not before.is_word or before.lower in _OPENING:
            return True
        if before.lower in PREPOSITIONS:
            # "Of the Bishop and the Dean": joined inside the phrase, unless a verb stands before.
            return not any(_is_verb(t) for t in run[:start])
    return False


def _is_verb(token: Token) -> bool:
    low = token.lower
    return low in verbs.BE | verbs.HAVE | verbs.MODALS or verbs.is_past(low)
