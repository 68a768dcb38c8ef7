"""The verb group of a clause: auxiliary, negation, main verb, particle."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from workbench.questions import verbs
from workbench.questions.lexicon import lexicon
from workbench.questions.phrases import ADVERBS, ARTICLES, POSSESSIVES, Phrase
from workbench.questions.words import Token

Form = Literal["past", "present", "base", "participle", "gerund", "be", "have", "plural"]
#: (auxiliary, negated, place of the verb, end of the verb, form)
Group = tuple[str, bool, int, int, Form]
_GOING = lexicon("verbs", "going")
_PARTICLES = frozenset({"up", "out", "off", "away", "back", "down", "aside"})


def verb_group(run: Sequence[Token], at: int) -> Group | None:
    """(auxiliary, negated, place of the verb, end, form) of the verb group at ``at``."""
    if at >= len(run) or not run[at].is_word:
        return None
    low = run[at].lower
    if low in verbs.BE | verbs.HAVE | verbs.MODALS | {"did"}:
        return _with_auxiliary(run, at, low)
    if run[at].is_capital:
        return None
    if verbs.is_past(low):
        end = at + 1 if _along(run, at) else _particle(run, at + 1)
        return "", False, at, end, "past"
    if verbs.is_present(low) and not (low == "thanks" and run[at + 1 :][:1]):
        return "", False, at, _particle(run, at + 1), "present"
    return None


def _with_auxiliary(run: Sequence[Token], at: int, low: str) -> Group | None:
    after, negated = at + 1, False
    while after < len(run) and (
        run[after].lower in (ADVERBS | {"not"}) - {"long", "forward", "home", "first"}
        or (run[after].lower.endswith("ly") and run[after].lower not in {"early", "lonely", "ugly"})
    ):
        negated = negated or run[after].lower in {"not", "never", "no"}
        after += 1
    main = run[after].lower if after < len(run) and run[after].is_word else ""
    if low in verbs.MODALS | {"did"}:
        known = verbs.is_base(main) and main not in {"be", "have"}
        return (low, negated, after, _particle(run, after + 1), "base") if known else None
    base = verbs.base_of_past(main)
    if low in verbs.HAVE:
        if main == "been":
            return _been(run, at, after, negated)
        if negated and base is None:
            return None
        if base and not run[after].is_capital:
            return low, negated, after, _particle(run, after + 1), "participle"
        return "", negated, at, at + 1, "have"
    if base is not None and (main.endswith("ed") or verbs.participle(base) == main):
        return low, negated, after, _particle(run, after + 1), "participle"
    if verbs.is_gerund(main):
        if main == "going" and after + 1 < len(run) and run[after + 1].lower == "to":
            then = run[after + 2].lower if after + 2 < len(run) else ""
            if verbs.is_base(then):
                return None
        return low, negated, after, _particle(run, after + 1), "gerund"
    return "", negated, at, after if negated else at + 1, "be"


def _been(run: Sequence[Token], at: int, been: int, negated: bool) -> Group | None:
    """ "had been built": the auxiliary is two words."""
    main = run[been + 1].lower if been + 1 < len(run) else ""
    base = verbs.base_of_past(main)
    if base is None and been == at + 1 and not verbs.is_gerund(main):
        return "", negated, at, been + 1, "be"
    if (
        base is None
        or been != at + 1
        or not (main.endswith("ed") or verbs.participle(base) == main)
    ):
        return None
    auxiliary = f"{run[at].lower} been"
    return auxiliary, negated, been + 1, _particle(run, been + 2), "participle"


def _along(run: Sequence[Token], at: int) -> bool:
    """Whether "up" or "down" after a verb of going governs a noun: "ran **up the street**"."""
    if at + 2 >= len(run) or run[at + 1].lower not in {"up", "down", "off"}:
        return False
    after = run[at + 2].lower
    return verbs.base_of_past(run[at].lower) in _GOING and after in ARTICLES | POSSESSIVES


def _particle(run: Sequence[Token], at: int) -> int:
    """Take in "up" of "gave up the key", not "in" of "lived in the town"."""
    if at + 1 < len(run) and run[at].lower == "out" and run[at + 1].lower == "of":
        return at
    return at + 1 if at < len(run) and run[at].lower in _PARTICLES else at


def plural_present(run: Sequence[Token], at: int, subject: Phrase) -> Group | None:
    """ "Employees receive": a base form after a plural subject."""
    if at >= len(run) or not subject.plural or run[at].text != run[at].lower:
        return None
    known = verbs.is_base(run[at].lower) and not verbs.is_past(run[at].lower)
    return ("", False, at, _particle(run, at + 1), "plural") if known else None


def past_adverbs(run: Sequence[Token], at: int) -> int:
    while at < len(run) and (run[at].lower in ADVERBS or run[at].lower.endswith("ly")):
        at += 1
    return at
