"""The plain clauses of a sentence: subject, verb, object, phrases, cause.

A shallow reading by closed word classes (articles, prepositions, auxiliaries, subordinators) and
the verb forms of :mod:`workbench.questions.verbs`; see there for why no tagger is used. It is meant
to be strict: a clause that does not fit is left alone, since a question made from a misread one
costs more than a missed fact.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from workbench.questions import verbs
from workbench.questions.names import Names, name_run
from workbench.questions.openings import aside, fronted_phrase
from workbench.questions.phrases import (
    PREPOSITIONS,
    SUBORDINATORS,
    Phrase,
    noun_phrase,
)
from workbench.questions.segments import Segment, clause_end, segments_of
from workbench.questions.verb_agreement import disagrees, second_of_two
from workbench.questions.verb_groups import Form, Group, past_adverbs, plural_present, verb_group
from workbench.questions.words import Token, piece

#: After these a clause says what is supposed or denied, not what is so.
_SUPPOSED = frozenset({"if", "unless", "whether", "that", "lest", "than", "or", "how", "why"})


_PLACING = frozenset({"from", "in", "on", "at", "with", "for", "under", "behind", "to", "between"})


_OPENERS = frozenset(
    {
        "and",
        "but",
        "because",
        "when",
        "while",
        "after",
        "before",
        "until",
        "since",
        "as",
        "where",
        "though",
        "although",
        "so",
        "once",
        "till",
    }
)


_TEMPORAL = frozenset({"until", "till", "before", "after", "since"})


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
        return piece(self.tokens, self.text, start, end)

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The offsets of a range of tokens, as the tokens count them."""
        return self.tokens[start].start, self.tokens[end - 1].end


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
        if opener in _SUPPOSED or (opener in {"and", "or"} and second_of_two(run, at - 1, names)):
            continue
        clause = clause_at(run, text, at, names, resolve)
        if clause is not None and opener == "as" and not clause.subject.named:
            continue
        if clause is not None and opener in _TEMPORAL and clause.fronted is not None:
            # "Until **the Charter Year 211** Dunmarrow had bought": the phrase is the opener's.
            continue
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
    while at < len(run) and (
        not run[at].is_word or run[at].lower in {"and", "but", "so", "then", "yet", "now", "still"}
    ):
        at += 1
    yield at, ""
    for place in range(at, len(run) - 2):
        token = run[place]
        if token.text in ",;:—–" or token.lower in _OPENERS | {"that", "if", "whether"}:
            after = run[place + 1].lower
            if after in _OPENERS | _SUPPOSED:
                continue
            yield place + 1, token.lower if token.is_word else ""


def clause_at(
    run: Sequence[Token],
    text: str,
    at: int,
    names: Names,
    resolve: Callable[[Token], str] = lambda pronoun: "",
) -> Clause | None:
    """The clause that begins at ``at``, or None."""
    size = len(run)
    fronted, at = fronted_phrase(run, at, names)
    if at >= size:
        return None
    who = resolve(run[at]) if run[at].lower in {"he", "she"} else ""
    if who:
        subject: Phrase | None = Phrase(at, at + 1, at, True, True, False, False)
    else:
        subject = noun_phrase(run, at, size, names, before_verb=True)
    if subject is None:
        return None
    if run[at].lower in {"his", "her"} and subject.person:
        who, subject = _owned(run, subject, resolve(run[at]), text)
    subject = _joint_subject(run, _placed_subject(run, subject, names), names)
    at = subject.end
    apposition, at = aside(run, at, names)
    at = past_adverbs(run, at)
    group = verb_group(run, at) or plural_present(run, at, subject)
    if group is None or (not who and disagrees(run, subject, group)):
        return None
    return _complete(run, text, fronted, subject, apposition, group, names, who)


def _owned(run: Sequence[Token], subject: Phrase, owner: str, text: str) -> tuple[str, Phrase]:
    """ "Her father" as "Dorcas Pell's father", where the owner is known and one is meant."""
    if not owner or subject.plural or subject.named:
        return "", subject
    origin = run[0].start
    whose = text[run[subject.start + 1].start - origin : run[subject.end - 1].end - origin]
    return f"{owner}'s {' '.join(whose.split())}", replace(subject, named=True)


def _placed_subject(run: Sequence[Token], subject: Phrase, names: Names) -> Phrase:
    """ "The ship from Port Isarn" as one subject, where a verb follows."""
    at = subject.end
    if at + 1 >= len(run) or run[at].lower not in _PLACING or (subject.person and subject.named):
        return subject
    place = noun_phrase(run, at + 1, len(run), names, before_verb=True, governed=True)
    if place is None or verb_group(run, past_adverbs(run, place.end)) is None:
        return subject
    return replace(subject, end=place.end, named=subject.named or place.named)


def _joint_subject(run: Sequence[Token], subject: Phrase, names: Names) -> Phrase:
    """ "Dorcas Pell and Tobit Lunn" as one subject, where a verb follows both."""
    at = subject.end
    if at + 1 >= len(run) or run[at].lower != "and":
        return subject
    other = noun_phrase(run, at + 1, len(run), names, before_verb=True)
    if other is None or verb_group(run, past_adverbs(run, other.end)) is None:
        return subject
    return Phrase(
        subject.start,
        other.end,
        subject.head,
        subject.person and other.person,
        subject.named and other.named,
        False,
        True,
    )


def _complete(
    run: Sequence[Token],
    text: str,
    fronted: tuple[int, int] | None,
    subject: Phrase,
    apposition: tuple[int, int] | None,
    group: Group,
    names: Names,
    alias: str,
) -> Clause:
    auxiliary, negated, verb, verb_end, form = group
    end = clause_end(run, verb_end, names)
    return Clause(
        tuple(run),
        text,
        fronted,
        subject,
        apposition,
        auxiliary,
        negated,
        verb,
        verb_end,
        form,
        tuple(segments_of(run, verb_end, end, names)),
        end,
        alias,
    )


def _same_subject(clause: Clause, names: Names) -> Clause | None:
    """The next predicate of the same subject: "climbed the stairs, **and laid** a lemon on ..."."""
    run, at = clause.tokens, clause.end
    if any(segment.kind == "other" for segment in clause.segments):
        return None
    joined = conjoined = False
    while at < len(run) and (run[at].text == "," or run[at].lower in {"and", "but", "then"}):
        joined, conjoined = True, conjoined or run[at].text != ","
        at += 1
    at = past_adverbs(run, at)
    group = verb_group(run, at) if joined else None
    if group is not None and not conjoined and group[4] == "past":
        # After a mere comma "wrapped in a stocking" is a participle; "climbed the stairs" is not.
        after = run[group[3]].lower if group[3] < len(run) else ""
        if after in PREPOSITIONS or not after.isalnum():
            return None
    if group is None or (group[0] in verbs.BE and group[4] == "gerund"):
        return None
    following = _complete(run, clause.text, None, clause.subject, None, group, names, clause.alias)
    return replace(following, apposition=None)


def _relative(run: Sequence[Token], text: str, names: Names) -> Iterator[Clause]:
    """The clause in "Luke Farthing, who had dropped it", "the porter who kept the door"."""
    for place in range(1, len(run) - 2):
        if run[place].lower != "who":
            continue
        end = place - 1 if run[place - 1].text == "," else place
        for start in range(end - 1, max(-1, end - 9), -1):
            phrase = noun_phrase(run, start, end, names, before_verb=False)
            if phrase is None or phrase.end != end or not (phrase.named and phrase.person):
                continue
            if name_run(run, start, names) != end:
                continue
            before = run[start - 1] if start > 0 else None
            if before is not None and _described(before, names):
                continue
            group = verb_group(run, past_adverbs(run, place + 1))
            if group is not None:
                yield _complete(run, text, None, phrase, None, group, names, "")
            break


def _described(before: Token, names: Names) -> bool:
    """Whether the word before a name belongs to it: "the red-headed **Irishman** who"."""
    if before.is_capital:
        return names.is_name(before)
    low = before.lower
    if not before.is_word or low in PREPOSITIONS | SUBORDINATORS | {"and", "but", "or", "that"}:
        return False
    if low in verbs.BE | verbs.HAVE | verbs.MODALS:
        return False
    return verbs.base_of_past(low) is None and not verbs.is_present(low)
