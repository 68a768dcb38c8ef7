"""Rules as handbooks write them: "A quotation is valid for fourteen days from its date".

Handbooks, terms and manuals speak in the present tense of kinds of things, not of persons who did
something once. A rule reads: subject, "is", "must be", "may" or a present verb, then an object and
phrases; a phrase in front ("For Grade 3") or a condition ("if it is locked") belongs to it. A
sentence with an exception, an alternative or anything that does not fit is no plain rule.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from workbench.questions import verbs
from workbench.questions.lexicon import lexicon
from workbench.questions.names import Names
from workbench.questions.phrases import (
    ADVERBS,
    PREPOSITIONS,
    Phrase,
    is_adjective,
    is_number,
    noun_phrase,
)
from workbench.questions.words import Token, piece

MODALS = lexicon("rules", "modals")
_NO_SUBJECTS = lexicon("rules", "no_subjects")
_CONDITIONS = lexicon("rules", "conditions")
_EXCEPTIONS = lexicon("rules", "exceptions")
_ASIDES = lexicon("rules", "asides")
_CLOSING = lexicon("rules", "closing")
_BREAKS = lexicon("rules", "breaks")
_OPENINGS = frozenset({"the", "a", "an", "every", "each", "all", "any"})
_AMOUNTS = (("up", "to"), ("at", "least"), ("at", "most"), ("more", "than"), ("no", "more", "than"))
_LONGEST_CONDITION, _LONGEST_RULE, _LONGEST_SUBJECT = 14, 45, 14


@dataclass(frozen=True, slots=True)
class Part:
    """A phrase after the verb; ``amount`` words ("up to") stand between ``word`` and the phrase."""

    word: str
    amount: str
    phrase: Phrase | None
    text: str
    inner: str
    joined: bool = False


@dataclass(frozen=True, slots=True)
class Rule:
    """``finite`` is the verb as it stands; a question takes ``helper`` and ``bare`` apart."""

    subject: str
    named_role: bool
    finite: str
    helper: str
    bare: str
    base: str
    passive: bool
    parts: tuple[Part, ...]
    condition: str


def rule_of(run: Sequence[Token], text: str, names: Names) -> Rule | None:
    """The rule that a sentence (``run`` tokenises ``text``) states; None where it is none."""
    if not 5 <= len(run) <= _LONGEST_RULE:
        return None
    front, start = _front(run, text, names)
    if run[start].lower in _NO_SUBJECTS | ADVERBS or not run[start].is_word:
        return None
    for at in range(start + 1, min(start + _LONGEST_SUBJECT, len(run) - 1)):
        low = run[at].lower
        if low in _BREAKS or run[at].text in ".;:(":
            return None
        verb = _verb(run, at, run[at - 1]) if _ends_subject(run, start, at) else None
        if verb is not None:
            return _told(run, text, names, (front, start, at), verb)
    return None


def _told(
    run: Sequence[Token],
    text: str,
    names: Names,
    place: tuple[str, int, int],
    verb: tuple[str, str, str, bool, int],
) -> Rule | None:
    (front, start, at), (helper, bare, base, passive, after) = place, verb
    matches = _parts(run, after, text, names)
    if matches is None:
        return None
    parts, condition = matches
    if front and condition:
        return None
    low = run[start].lower
    phrase = noun_phrase(run, start, at, names, before_verb=False)
    if phrase is None:
        return None
    told = piece(run, text, start, at)
    known = names.inside[run[start].text] > names.small[low] + names.small[low.removesuffix("s")]
    name = run[start].is_capital and known and low not in _OPENINGS
    return Rule(
        subject=told if name else told[:1].lower() + told[1:],
        named_role=low == "the" and phrase.end == at and (phrase.person or is_role(run, phrase)),
        finite=piece(run, text, at, after),
        helper=helper,
        bare=bare,
        base=base,
        passive=passive,
        parts=tuple(parts),
        condition=condition or front,
    )


def _front(run: Sequence[Token], text: str, names: Names) -> tuple[str, int]:
    """ "For Grade 3 **the customer** pays": a phrase before the subject, and where that begins."""
    if run[0].lower not in PREPOSITIONS:
        return "", 0
    phrase = noun_phrase(run, 1, len(run), names, before_verb=False, governed=True)
    if phrase is None:
        return "", 0
    end = phrase.end + (phrase.end < len(run) and run[phrase.end].text.isdigit())
    start = end + (end < len(run) and run[end].text == ",")
    if start >= len(run) or run[start].lower not in _OPENINGS:
        return "", 0
    front = piece(run, text, 0, end)
    return front[:1].lower() + front[1:], start


def _ends_subject(run: Sequence[Token], start: int, at: int) -> bool:
    """Whether what stands before ``at`` can be a whole subject: it ends with a noun or an aside."""
    before = run[at - 1]
    commas = sum(token.text == "," for token in run[start:at])
    if before.text == ",":
        return commas == 2 and at - start > 4
    low = before.lower
    if commas or not before.is_word or low in PREPOSITIONS | _OPENINGS | {"and", "of"}:
        return False
    return not (is_adjective(low) or verbs.is_gerund(low))


def _verb(run: Sequence[Token], at: int, before: Token) -> tuple[str, str, str, bool, int] | None:
    """(helper, what follows the subject in a question, base, passive, end) of a verb."""
    if at + 1 >= len(run):
        return None
    low = run[at].lower
    if low in {"is", "are"} or (low in MODALS and run[at + 1].lower == "be"):
        modal = low in MODALS
        after = at + 1 + modal
        adverb = run[after].lower if after < len(run) and run[after].lower in ADVERBS else ""
        if adverb in {"not", "never", "only", "no"}:
            return None
        done = after + bool(adverb)
        if done >= len(run) or not run[done].is_word or run[done].is_capital:
            return None
        main = run[done].lower
        base = verbs.base_of_past(main)
        passive = base is not None and (main.endswith("ed") or verbs.participle(base) == main)
        if not passive and not is_adjective(main) and main not in _CLOSING:
            return None
        end = _after_particle(run, done + 1)
        sentences = " ".join(t.lower for t in run[after:end])
        return low, f"be {sentences}" if modal else sentences, base or "be", passive, end
    if low in MODALS:
        main = run[at + 1].lower
        if main in {"not", "have", "be", "only"} or not verbs.is_base(main):
            return None
        end = _after_particle(run, at + 2)
        return low, " ".join(t.lower for t in run[at + 1 : end]), main, False, end
    if run[at].is_capital:
        return None
    many = before.lower.endswith("s") and not before.lower.endswith("ss")
    plural = many and verbs.is_base(low) and not verbs.is_past(low)
    matches = low if plural else verbs.base_of_present(low)
    if matches is None or matches in {"be", "do"} or (not plural and many):
        return None
    end = _after_particle(run, at + 1)
    if end >= len(run) or not _may_follow(run, end):
        return None
    particle = " ".join(t.lower for t in run[at + 1 : end])
    return "do" if plural else "does", f"{matches} {particle}".strip(), matches, False, end


def _may_follow(run: Sequence[Token], at: int) -> bool:
    """Whether the word shows that a verb stood before it, and no noun: "carries **a** plate"."""
    low = run[at].lower
    known = low in PREPOSITIONS | _OPENINGS | {"its", "their", "it"} and low != "of"
    return known or is_number(run[at]) or bool(_amount(run, at)) or run[at].is_capital


def _after_particle(run: Sequence[Token], at: int) -> int:
    taken = at < len(run) and run[at].lower in {"up", "out", "off", "away", "back", "down"}
    ahead = run[at + 1].lower if taken and at + 1 < len(run) else ""
    return at + 1 if taken and ahead != "to" else at


def _parts(run: Sequence[Token], at: int, text: str, names: Names) -> tuple[list[Part], str] | None:
    """The phrases up to the end of the rule, and its condition; None where something is left."""
    parts: list[Part] = []
    while at < len(run):
        low = run[at].lower
        if low in _CONDITIONS:
            last = len(run) - (run[-1].text in ".;")
            condition = piece(run, text, at, last)
            plain = len(condition.split()) <= _LONGEST_CONDITION
            return (
                (parts, condition) if parts and plain and not {";", ":"} & _marks(run, at) else None
            )
        after = run[at + 1].lower if at + 1 < len(run) else ""
        if run[at].text == "," and parts and (after in PREPOSITIONS or _amount(run, at + 1)):
            at += 1
            continue
        if not run[at].is_word:
            over = run[at].text in ".;" or (run[at].text == "," and after in _ASIDES)
            return (parts, "") if over and parts and not _EXCEPTIONS & _marks(run, at) else None
        if low == "because":
            return (parts, "") if parts else None
        if low in {"and", "but"} and at + 1 < len(run):
            verb = after in {"is", "are"} | MODALS or verbs.is_present(after)
            verb = verb or verbs.base_of_past(after) is not None
            if verb:
                return (parts, "") if parts and not _EXCEPTIONS & _marks(run, at) else None
            joined = _joined(run, at, text, names, parts)
            if joined is None:
                return None
            at = joined
            continue
        if low in _EXCEPTIONS:
            return None
        part, at = _part(run, at, text, names)
        if part is None:
            return None
        parts.append(part)
    return (parts, "") if parts else None


def _joined(
    run: Sequence[Token], at: int, text: str, names: Names, parts: list[Part]
) -> int | None:
    """Take "and 17.00" into the phrase before it, which then asks for nothing of its own."""
    other = noun_phrase(run, at + 1, len(run), names, before_verb=False, governed=True)
    if other is None or not parts or parts[-1].phrase is None:
        return None
    last = parts.pop()
    more = f" and {piece(run, text, at + 1, other.end)}"
    clock = last.phrase is not None and is_clock(run[last.phrase.head].lower)
    parts.append(replace(last, text=last.text + more, inner=last.inner + more, joined=not clock))
    return other.end


def _part(run: Sequence[Token], at: int, text: str, names: Names) -> tuple[Part | None, int]:
    start, word = at, ""
    if run[at].lower in PREPOSITIONS and not _amount(run, at):
        word = run[at].lower
        at += 1
    amount = _amount(run, at)
    inner = at
    at += amount
    phrase = noun_phrase(run, at, len(run), names, before_verb=False, governed=bool(word))
    if phrase is None:
        if not word and not amount and run[at].lower in ADVERBS | {"alone", "together"}:
            sentences = run[at].lower
            return Part("", "", None, sentences, sentences), at + 1
        return None, at
    end = phrase.end
    if run[phrase.head].lower == "form" and end + 2 < len(run) and run[end + 1].text == "-":
        end += 3
        phrase = Phrase(phrase.start, end, phrase.head, False, True, False, False)
    if amount and not phrase.number:
        return None, at
    sentences = " ".join(t.lower for t in run[inner : inner + amount])
    return Part(
        word, sentences, phrase, piece(run, text, start, end), piece(run, text, inner, end)
    ), end


def _amount(run: Sequence[Token], at: int) -> int:
    """How many words of "up to", "at least" stand here before a number."""
    for words in _AMOUNTS:
        size = len(words)
        sentences = tuple(t.lower for t in run[at : at + size])
        if sentences == words and at + size < len(run) and is_number(run[at + size]):
            return size
    return 0


def is_role(run: Sequence[Token], phrase: Phrase) -> bool:
    """Whether "the Workshop Master" stands here: an office in capitals."""
    first = run[phrase.start].lower
    inside = run[phrase.start + 1 : phrase.head + 1]
    return (
        first == "the"
        and bool(inside)
        and all(t.is_capital for t in inside)
        and any(
            t.lower.endswith(
                ("er", "or", "ist", "master", "head", "chief", "clerk", "context", "officer")
            )
            for t in inside
        )
    )


def is_clock(word: str) -> bool:
    """Whether a word is an hour in figures: "16.30", "9:00"."""
    return word[:1].isdigit() and any(mark in word for mark in ".:")


def _marks(run: Sequence[Token], at: int) -> set[str]:
    return {t.lower for t in run[at:]}
