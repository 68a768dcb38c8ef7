"""The plain clauses of a sentence: subject, verb, object, phrases, cause.

A shallow reading by closed word classes (articles, prepositions, auxiliaries, subordinators) and
the verb forms of :mod:`workbench.questions.verbs`; see there for why no tagger is used. It is meant
to be strict: a clause that does not fit is left alone, since a question made from a misread one
costs more than a missed fact.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
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
from workbench.questions.words import Token

SegmentKind = Literal["object", "prep", "cause", "purpose", "means", "time", "that", "other"]
Form = Literal["past", "present", "base", "participle", "gerund", "be", "have", "plural"]
_PARTICLES = frozenset({"up", "out", "off", "away", "back", "down", "aside"})
_INNER_MARKS = frozenset({"'", "’", "£", "$", "&", "%", "/"})
#: After these a clause says what is supposed or denied, not what is so.
_SUPPOSED = frozenset({"if", "unless", "whether", "that", "lest", "than", "or", "how", "why"})
_TIMED = frozenset({"in", "on", "at", "by", "after", "before", "for", "during", "that", "the",
                    "next", "this", "one", "every", "each"})
_PLACING = frozenset({"from", "in", "on", "at", "with", "for", "under", "behind", "to", "between"})
_OPENERS = frozenset({"and", "but", "because", "when", "while", "after", "before", "until", "since",
                      "as", "for", "where", "though", "although", "so", "once", "till"})


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
    """One clause; ranges are places in ``tokens``. ``auxiliary`` is "" for a simple tense.

    ``alias`` is the name that stands for a pronoun subject ("she" resolved to "Dorcas Pell").
    """

    tokens: tuple[Token, ...]
    text: str
    fronted: tuple[int, int] | None
    subject: Phrase
    apposition: tuple[int, int] | None
    auxiliary: str
    negated: bool
    verb: int
    verb_end: int
    form: Form
    segments: tuple[Segment, ...]
    end: int
    alias: str = ""

    def words(self, start: int, end: int) -> str:
        """The source text of a range of tokens, on one line."""
        if start >= end:
            return ""
        origin = self.tokens[0].start
        piece = self.text[self.tokens[start].start - origin : self.tokens[end - 1].end - origin]
        return " ".join(piece.replace("*", "").replace("_", "").split())

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The offsets of a range of tokens, as the tokens count them."""
        return self.tokens[start].start, self.tokens[end - 1].end


_Group = tuple[str, bool, int, int, Form]


def clauses(
    run: Sequence[Token],
    text: str,
    names: Names,
    resolve: Callable[[Token], str] = lambda pronoun: "",
) -> Iterator[Clause]:
    """Every clause of a sentence that reads plainly, in order.

    ``text`` is the sentence that ``run`` tokenises; ``resolve`` gives the name that a "he" or "she"
    stands for, or "".
    """
    seen: set[int] = set()
    for at, opener in _starts(run):
        if opener in _SUPPOSED:
            continue
        clause = _clause(run, text, at, names, resolve)
        while clause is not None and clause.verb not in seen:
            seen.add(clause.verb)
            yield clause
            clause = _same_subject(clause, names)
    for clause in _relative(run, text, names):
        if clause.verb not in seen:
            seen.add(clause.verb)
            yield clause


def _starts(run: Sequence[Token]) -> Iterator[tuple[int, str]]:
    """Places where a clause may begin, with the word that opens it."""
    at = 0
    while at < len(run) and (not run[at].is_word or run[at].lower in {"and", "but", "so", "then",
                                                                      "yet", "now", "still"}):
        at += 1
    yield at, ""
    for place in range(at, len(run) - 2):
        token = run[place]
        if token.text in ",;:—–" or token.lower in _OPENERS | {"that", "if", "whether"}:
            after = run[place + 1].lower
            if after in _OPENERS | _SUPPOSED:
                continue
            yield place + 1, token.lower if token.is_word else ""


def _clause(
    run: Sequence[Token], text: str, at: int, names: Names, resolve: Callable[[Token], str]
) -> Clause | None:
    """The clause that begins at ``at``, or None."""
    size = len(run)
    fronted, at = _fronted(run, at, names)
    if at >= size:
        return None
    who = resolve(run[at]) if run[at].lower in {"he", "she"} else ""
    if who:
        subject: Phrase | None = Phrase(at, at + 1, at, True, True, False, False)
    else:
        subject = noun_phrase(run, at, size, names, before_verb=True)
    if subject is None:
        return None
    subject = _joint_subject(run, _placed_subject(run, subject, names), names)
    at = subject.end
    apposition, at = _apposition(run, at, names)
    at = _past_adverbs(run, at)
    group = _verb_group(run, at) or _plural_present(run, at, subject)
    if group is None:
        return None
    return _complete(run, text, fronted, subject, apposition, group, names, who)


def _placed_subject(run: Sequence[Token], subject: Phrase, names: Names) -> Phrase:
    """"The ship from Port Isarn" as one subject, where a verb follows."""
    at = subject.end
    if at + 1 >= len(run) or run[at].lower not in _PLACING or (subject.person and subject.named):
        return subject
    place = noun_phrase(run, at + 1, len(run), names, before_verb=True, governed=True)
    if place is None or _verb_group(run, _past_adverbs(run, place.end)) is None:
        return subject
    return replace(subject, end=place.end, named=subject.named or place.named)


def _joint_subject(run: Sequence[Token], subject: Phrase, names: Names) -> Phrase:
    """"Dorcas Pell and Tobit Lunn" as one subject, where a verb follows both."""
    at = subject.end
    if at + 1 >= len(run) or run[at].lower != "and":
        return subject
    other = noun_phrase(run, at + 1, len(run), names, before_verb=True)
    if other is None or _verb_group(run, _past_adverbs(run, other.end)) is None:
        return subject
    return Phrase(
        subject.start, other.end, subject.head, subject.person and other.person,
        subject.named and other.named, False, True,
    )


def _plural_present(run: Sequence[Token], at: int, subject: Phrase) -> _Group | None:
    """"Employees receive": a base form after a plural subject."""
    if at >= len(run) or not subject.plural or run[at].text != run[at].lower:
        return None
    known = verbs.is_base(run[at].lower) and not verbs.is_past(run[at].lower)
    return ("", False, at, _particle(run, at + 1), "plural") if known else None


def _complete(
    run: Sequence[Token], text: str, fronted: tuple[int, int] | None, subject: Phrase,
    apposition: tuple[int, int] | None, group: _Group, names: Names, alias: str,
) -> Clause:
    auxiliary, negated, verb, verb_end, form = group
    end = _clause_end(run, verb_end, names)
    return Clause(
        tuple(run), text, fronted, subject, apposition, auxiliary, negated, verb, verb_end, form,
        tuple(_segments(run, verb_end, end, names)), end, alias,
    )


def _same_subject(clause: Clause, names: Names) -> Clause | None:
    """The next predicate of the same subject: "..., climbed the stairs, and laid a lemon on ..."."""
    run, at = clause.tokens, clause.end
    joined = False
    while at < len(run) and (run[at].text == "," or run[at].lower in {"and", "but", "then"}):
        joined = True
        at += 1
    at = _past_adverbs(run, at)
    group = _verb_group(run, at) if joined else None
    if group is None or (group[0] in verbs.BE and group[4] == "gerund"):
        return None
    following = _complete(
        run, clause.text, None, clause.subject, None, group, names, clause.alias
    )
    return replace(following, apposition=None)


def _relative(run: Sequence[Token], text: str, names: Names) -> Iterator[Clause]:
    """"Luke Farthing, who had dropped it", "the porter who kept the door": clauses on their own."""
    for place in range(1, len(run) - 2):
        if run[place].lower != "who":
            continue
        end = place - 1 if run[place - 1].text == "," else place
        for start in range(end - 1, max(-1, end - 9), -1):
            phrase = noun_phrase(run, start, end, names, before_verb=False)
            if phrase is None or phrase.end != end or not (phrase.named and phrase.person):
                continue
            if start > 0 and run[start - 1].is_capital and names.is_name(run[start - 1]):
                continue
            group = _verb_group(run, _past_adverbs(run, place + 1))
            if group is not None:
                yield _complete(run, text, None, phrase, None, group, names, "")
            break


def _past_adverbs(run: Sequence[Token], at: int) -> int:
    while at < len(run) and (run[at].lower in ADVERBS or run[at].lower.endswith("ly")):
        at += 1
    return at


def _fronted(
    run: Sequence[Token], at: int, names: Names
) -> tuple[tuple[int, int] | None, int]:
    """A phrase of time or place before the subject, with or without its comma."""
    if at >= len(run):
        return None, at
    low = run[at].lower
    if low not in PREPOSITIONS | SUBORDINATORS | {
        "one", "that", "next", "every", "each", "the", "all", "some", "this"
    }:
        return None, at
    reach = 16 if low in PREPOSITIONS | SUBORDINATORS else 6
    for place in range(at + 1, min(at + reach, len(run))):
        if run[place].text == ",":
            timed = low in PREPOSITIONS | SUBORDINATORS or run[place - 1].lower in TIME_NOUNS | {
                "later", "earlier", "after"}
            return ((at, place), place + 1) if timed else (None, at)
        if not run[place].is_word:
            break
    if low in _TIMED and at + 1 < len(run):
        for end in range(at + 2, min(at + 9, len(run) - 1)):
            timed = run[end - 1].lower in TIME_NOUNS or run[end - 1].text.isdigit()
            subject = noun_phrase(run, end, len(run), names, before_verb=True) if timed else None
            if subject and subject.named and _verb_group(run, _past_adverbs(run, subject.end)):
                return (at, end), end
    return None, at


def _apposition(
    run: Sequence[Token], at: int, names: Names
) -> tuple[tuple[int, int] | None, int]:
    """Skip ", the harbour clerk," or ", who kept the light," between subject and verb."""
    if at < len(run) and run[at].lower == "the" and run[at - 1].is_capital:
        role = noun_phrase(run, at, len(run), names, before_verb=True)
        if role is not None and role.person and _verb_group(run, role.end) is not None:
            return (at, role.end), role.end
    if at >= len(run) or run[at].text != ",":
        return None, at
    for place in range(at + 2, min(at + 16, len(run) - 1)):
        if run[place].text == "," and _verb_group(run, place + 1) is not None:
            phrase = noun_phrase(run, at + 1, place, names, before_verb=False)
            whole = phrase is not None and phrase.end == place
            aside = run[at + 1].lower in PREPOSITIONS | {"who", "which", "whose", "whom"} or (
                verbs.is_gerund(run[at + 1].lower)
            )
            if whole or aside:
                return ((at + 1, place) if whole else None), place + 1
        if not run[place].is_word and run[place].text != ",":
            break
    return None, at


def _verb_group(run: Sequence[Token], at: int) -> _Group | None:
    """(auxiliary, negated, place of the verb, end, form) of the verb group at ``at``."""
    if at >= len(run) or not run[at].is_word:
        return None
    low = run[at].lower
    if low in verbs.BE | verbs.HAVE | verbs.MODALS | {"did"}:
        return _with_auxiliary(run, at, low)
    if run[at].is_capital:
        return None
    if verbs.is_past(low):
        return "", False, at, _particle(run, at + 1), "past"
    if verbs.is_present(low):
        return "", False, at, _particle(run, at + 1), "present"
    return None


def _with_auxiliary(run: Sequence[Token], at: int, low: str) -> _Group | None:
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
        return low, negated, after, _particle(run, after + 1), "gerund"
    return "", negated, at, after if negated else at + 1, "be"


def _been(run: Sequence[Token], at: int, been: int, negated: bool) -> _Group | None:
    """"had been built": the auxiliary is two words."""
    main = run[been + 1].lower if been + 1 < len(run) else ""
    base = verbs.base_of_past(main)
    if base is None and been == at + 1 and not verbs.is_gerund(main):
        return "", negated, at, been + 1, "be"
    if base is None or been != at + 1 or not (
        main.endswith("ed") or verbs.participle(base) == main
    ):
        return None
    auxiliary = f"{run[at].lower} been"
    return auxiliary, negated, been + 1, _particle(run, been + 2), "participle"


def _particle(run: Sequence[Token], at: int) -> int:
    """Take in "up" of "gave up the key", not "in" of "lived in the town"."""
    return at + 1 if at < len(run) and run[at].lower in _PARTICLES else at


def _clause_end(run: Sequence[Token], at: int, names: Names) -> int:
    """Where the clause stops: at a mark, or where another clause is joined to it."""
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


_TRAILING = frozenset({"in", "on", "at", "for", "from", "with", "under", "during", "by", "to"})


def _trailing(run: Sequence[Token], at: int, names: Names) -> int:
    """Past ", in the Weighing House": a phrase after a comma; ``at`` itself where none stands."""
    if at + 2 >= len(run) or run[at + 1].lower not in _TRAILING:
        return at
    phrase = noun_phrase(run, at + 2, len(run), names, before_verb=False, governed=True)
    if phrase is None or (
        phrase.end < len(run) and _verb_group(run, _past_adverbs(run, phrase.end)) is not None
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
        if start > place + 1:
            return phrase.end if not _verb_group(run, phrase.end) else at
        place = phrase.end
    if place > at and place + 1 < len(run) and run[place].lower == "and":
        phrase = noun_phrase(run, place + 1, len(run), names, before_verb=False)
        if phrase is not None and not _verb_group(run, phrase.end):
            return phrase.end
    return at


def _joins_clause(run: Sequence[Token], at: int, names: Names) -> bool:
    if at >= len(run):
        return True
    low = run[at].lower
    if low in PRONOUNS | PREPOSITIONS | SUBORDINATORS | ADVERBS or low.endswith("ly"):
        return True
    if _verb_group(run, at) is not None or not run[at].is_word:
        return True
    phrase = noun_phrase(run, at, len(run), names, before_verb=True)
    return phrase is not None and (
        _verb_group(run, _past_adverbs(run, phrase.end)) is not None
    )


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


_TIME_WORDS = frozenset({"when", "while", "until", "till", "before", "after", "as", "since", "once"})
_CONTENT_WORDS = frozenset({"that", "whether", "how", "why", "what", "if", "where", "which", "who",
                            "whose", "whom"})


def _segments(run: Sequence[Token], at: int, end: int, names: Names) -> list[Segment]:
    found: list[Segment] = []
    while at < end:
        segment = _segment(run, at, end, names)
        if segment is None:
            at += 1
            continue
        found.append(segment)
        at = segment.end
    return found


def _segment(run: Sequence[Token], at: int, end: int, names: Names) -> Segment | None:
    low = run[at].lower
    after = run[at + 1].lower if at + 1 < end else ""
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
    if low in _CONTENT_WORDS:
        return Segment("that", at, end, low)
    if low in PREPOSITIONS:
        phrase = noun_phrase(run, at + 1, end, names, before_verb=False, governed=True)
        if phrase is None:
            return Segment("other", at, at + 1, low)
        return Segment("prep", at, _joined(run, phrase.end, end, names), low, phrase)
    phrase = noun_phrase(run, at, end, names, before_verb=False)
    if phrase is None:
        return Segment("other", at, at + 1, low)
    return Segment("object", at, _joined(run, phrase.end, end, names), "", phrase)


def _joined(run: Sequence[Token], at: int, end: int, names: Names) -> int:
    """Extend a phrase over "and NP" and ", NP"."""
    while at + 1 < end and (run[at].lower in {"and", "or"} or run[at].text == ","):
        step = 2 if run[at].text == "," and run[at + 1].lower == "and" else 1
        phrase = noun_phrase(run, at + step, end, names, before_verb=False)
        if phrase is None:
            return at
        at = phrase.end
    return at
