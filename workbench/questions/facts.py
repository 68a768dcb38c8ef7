"""What a clause says, as questions: for each answer in it, several wordings that mean the same.

Every wording is built from the clause's own words by one syntactic rule (subject question, object
question with "did", fronted phrase, cleft, passive, indirect question), so that a wording can be
wrong only where the clause was misread; the filters and the reader's round trip look for that.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from workbench.questions import verbs
from workbench.questions.clauses import Clause, Segment
from workbench.questions.lexicon import lexicon
from workbench.questions.phrases import NUMBERS, PREPOSITIONS, TIME_NOUNS, Phrase, is_number

MONEY = lexicon("facts", "money")
DURATIONS = lexicon("facts", "durations")
MEASURES = frozenset({"old", "high", "long", "wide", "deep", "tall", "thick", "broad"})
_NOT_PLACES = lexicon("facts", "not_places")
_AGREES = lexicon("facts", "agrees")
_MOTION = lexicon("facts", "motion")
_ORDINALS = frozenset({"first", "second", "third", "fourth", "fifth", "sixth", "seventh", "last",
                       "latter", "former", "next", "rest", "whole", "lot", "number", "thing"})
_TRADES = ("maker", "mender", "keeper", "smith", "wright", "monger", "teacher", "founder", "pilot",
           "clerk", "baker", "tailor", "lawyer", "doctor", "carpenter", "cook", "porter", "weaver",
           "printer", "sailor", "surgeon", "merchant", "nurse", "brewer", "engineer", "painter")
_NO_TRADES = frozenset({"housekeeper's", "troublemaker", "peacemaker"})
_NO_PASSIVE = lexicon("facts", "no_passive")
_NO_OBJECT = lexicon("facts", "no_object")
_FAINT = lexicon("facts", "faint")
_GIVING = lexicon("facts", "giving")
_LOWERED = lexicon("facts", "lowered")
_NUMBER_LEADS = frozenset({"and", "a", "an", "about", "some", "over", "nearly", "almost", "the",
                           "all", "only", "exactly"})


@dataclass(frozen=True, slots=True)
class Proposal:
    """One answer with the wordings of the question for it; the first wording is the plainest.

    ``type`` is what the wordings ask for: person, thing, number, money, time, duration, place,
    reason, means, deed.
    """

    answers: tuple[str, ...]
    wordings: tuple[str, ...]
    type: str


def proposals(clause: Clause) -> Iterator[Proposal]:
    """All question-answer pairs that the rules find in a clause."""
    if clause.negated or clause.auxiliary in {"could", "would", "should", "might"}:
        return
    first = clause.tokens[clause.subject.start].lower
    head = clause.tokens[clause.subject.head].lower
    if (first == "no" or head in _ORDINALS) and not clause.alias:
        return
    if any(clause.tokens[s.start].lower in {"no", "nothing", "neither"} for s in clause.segments):
        return
    for rule in (_subject, _object, _phrases, _reason, _deed, _be):
        for proposal in rule(_Words(clause)):
            kept = tuple(dict.fromkeys(polish(w) for w in proposal.wordings if w))
            if kept:
                yield Proposal(proposal.answers, kept, proposal.type)


def polish(text: str) -> str:
    """One space between words, a capital in front, a question mark behind."""
    text = " ".join(text.split()).replace(" ,", ",").strip(" ,")
    text = text[:1].upper() + text[1:]
    return text if text[-1:] in {"?", "."} else text + "?"


def lower_first(text: str) -> str:
    """The text with its first word in lower case unless that word is a name."""
    first = text.split(" ", 1)[0].lower().strip(",")
    common = first in PREPOSITIONS or first in NUMBERS or first in _LOWERED or (
        "-" in first and all(part in NUMBERS | {"one"} for part in first.split("-"))
    )
    return text[:1].lower() + text[1:] if common else text


class _Words:
    """The pieces of a clause that the rules put together."""

    def __init__(self, clause: Clause) -> None:
        self.clause = clause
        self.tokens = clause.tokens
        main = clause.tokens[clause.verb].lower
        self.base = (
            verbs.base_of_past(main) or verbs.base_of_present(main) or main
        ) if clause.form not in {"be", "have"} else clause.form
        self.subject = clause.alias or lower_first(
            clause.words(clause.subject.start, clause.subject.end)
        )
        self.verb = f"{clause.auxiliary} {clause.words(clause.verb, clause.verb_end)}".strip()
        self.front = self._front()
        loose = next((n for n, s in enumerate(clause.segments) if s.kind == "other"), None)
        self.clean = loose is None or clause.segments[loose].word == "as"
        self.segments = clause.segments[:loose]
        self.passive_voice = clause.form == "participle" and (
            clause.auxiliary in verbs.BE or clause.auxiliary.endswith(" been")
        )
        self.helper, self.bare = self._inverted(main)

    def _front(self) -> str:
        clause = self.clause
        if clause.fronted is None:
            return ""
        text = lower_first(clause.words(*clause.fronted))
        return "" if len(text.split()) > 9 else text

    def _inverted(self, main: str) -> tuple[str, str]:
        """("did", "pay") for "paid"; ("was", "built") for "was built"; ("must", "pay")."""
        clause = self.clause
        rest = clause.words(clause.verb + 1, clause.verb_end)
        if clause.auxiliary:
            helper, _, been = clause.auxiliary.partition(" ")
            return helper, f"{been} {clause.words(clause.verb, clause.verb_end)}".strip()
        if clause.form == "past":
            return "did", f"{self.base} {rest}".strip()
        if clause.form == "have":
            return {"had": "did", "has": "does", "have": "do"}[main], "have"
        if clause.form == "plural":
            return "do", f"{self.base} {rest}".strip()
        if clause.form == "present":
            return "does", f"{self.base} {rest}".strip()
        if clause.verb_end > clause.verb + 1:
            return main, "been"
        return main, ""

    def text(self, segment: Segment) -> str:
        return self.clause.words(segment.start, segment.end)

    def tail(self, without: Segment | None = None, clauses: bool = False) -> str:
        """Object and phrases after the verb; with ``clauses`` also what they run into."""
        parts: list[str] = []
        for segment in self.segments:
            if segment is without:
                continue
            if segment.kind in {"object", "prep"}:
                parts.append(self.text(segment))
            elif clauses and segment.kind in {"purpose", "that", "means", "time"}:
                parts.append(self.text(segment))
                break
            else:
                break
        return " ".join(parts)

    def passive(self) -> tuple[str, str, str, str] | None:
        """(object, was/were, participle with particle, other phrases) of an active simple past."""
        clause = self.clause
        first = self.segments[0] if self.segments else None
        if clause.form != "past" or first is None or first.kind != "object" or not first.phrase:
            return None
        head = self.tokens[first.phrase.head].lower
        opening = self.tokens[first.start].lower
        if (
            self.base in _NO_PASSIVE
            or sum(s.kind == "object" for s in self.segments) > 1
            or opening in {"his", "her", "their", "its"}
            or head in TIME_NOUNS | DURATIONS
        ):
            return None
        rest = clause.words(clause.verb + 1, clause.verb_end)
        joined = any(t.lower == "and" for t in self.tokens[first.phrase.end : first.end])
        return (
            lower_first(self.text(first)),
            "were" if first.phrase.plural or joined else "was",
            f"{verbs.participle(self.base)} {rest}".strip(),
            self.tail(first),
        )

    def answers(self, phrase: Phrase, start: int, end: int) -> tuple[str, ...]:
        """The phrase, and for numbers the bare number too."""
        full = lower_first(self.clause.words(start, end))
        if not phrase.number:
            return (full,)
        at = self.past_number(start, end)
        first = start + (self.tokens[start].lower in {"the", "all", "only"})
        bare = lower_first(self.clause.words(first, at)) if at > first else full
        return tuple(dict.fromkeys((lower_first(self.clause.words(first, end)), bare)))

    def past_number(self, start: int, end: int) -> int:
        """The place after the number with which a range begins; ``start`` where none does."""
        at, found = start, start
        while at < end and (is_number(self.tokens[at]) or self.tokens[at].lower in _NUMBER_LEADS):
            at += 1
            if is_number(self.tokens[at - 1]):
                found = at
        return found

    def place_or_time(self, segment: Segment) -> str:
        """When, Where, How long, or "" for a phrase with a preposition."""
        assert segment.phrase is not None
        return self.when_where(
            segment.start, segment.end, self.tokens[segment.phrase.head].lower
        )

    def when_where(self, start: int, end: int, head: str) -> str:
        word = self.tokens[start].lower
        inside = self.tokens[start + 1 : end]
        numbers = [t for t in inside if is_number(t)]
        if word == "for" and head in DURATIONS and numbers:
            return "How long"
        year = bool(numbers) and numbers[-1].text.isdigit() and len(numbers[-1].text) >= 3
        timed = head in TIME_NOUNS or year or any(
            t.lower in TIME_NOUNS - DURATIONS - {"tide", "march", "may", "season"} for t in inside
        )
        if timed:
            return "When" if word in {"in", "on", "at", "before", "after", "during", "since",
                                      "until", "by"} else ""
        if word not in {"in", "at", "on", "under", "behind", "beside", "beneath", "near", "inside",
                        "above", "below", "outside", "to", "into", "onto"}:
            return ""
        if word in {"to", "into", "onto"} and self.base not in _MOTION:
            return ""
        first = inside[0]
        defined = first.lower in {"the", "a", "an"} or first.is_capital
        return "Where" if defined and head not in _NOT_PLACES else ""


def _subject(w: _Words) -> Iterator[Proposal]:
    """"Marta paid forty crowns": who paid forty crowns?"""
    clause, subject = w.clause, w.clause.subject
    if clause.form == "be" or not w.clean or not w.segments or w.base in _FAINT:
        return
    if w.segments[0].word == "by" and clause.form == "past":
        return
    if subject.plural and (clause.auxiliary in {"were", "are", "have"} or subject.number):
        return
    if not (subject.named and subject.person):
        if not subject.named and not subject.person:
            return
        if not subject.named and subject.end - subject.start < 3:
            return
        if not subject.person and (clause.form == "have" or w.base in {"say", "tell"}):
            return
    needs = w.base in _AGREES | {"want", "begin", "have", "try", "use", "ask", "order", "tell"}
    rest = w.tail(clauses=needs)
    if not rest:
        return
    which = "Who" if subject.person else "What"
    tail = f"{rest} {w.front}".strip()
    wordings = [f"{which} {w.verb} {tail}"]
    if w.front:
        wordings.append(f"{w.front}, {which.lower()} {w.verb} {rest}")
    wordings.append(f"{which} was it that {w.verb} {tail}")
    passive = w.passive()
    if passive and which == "Who" and not needs:
        thing, auxiliary, done, others = passive
        wordings.append(f"By whom {auxiliary} {thing} {done} {others} {w.front}")
        wordings.append(f"{thing} {auxiliary} {done} by whom {others} {w.front}")
    if which == "Who":
        wordings.append(f"Which person {w.verb} {tail}")
        wordings.append(f"Can you name the person who {w.verb} {tail}")
    yield Proposal((w.subject,), tuple(wordings), "person" if which == "Who" else "thing")


def _object(w: _Words) -> Iterator[Proposal]:
    """"Marta paid forty crowns for the bell": how much did Marta pay for the bell?"""
    clause = w.clause
    first = w.segments[0] if w.segments else None
    if (
        clause.form == "be" or not w.clean or w.base in _NO_OBJECT
        or first is None or first.kind != "object" or first.phrase is None
    ):
        return
    objects = [s for s in w.segments if s.kind == "object"]
    if len(objects) > 1:
        if len(objects) == 2 and w.segments[1] is objects[1] and first.phrase.person:
            yield from _given(w, first, objects[1])
        return
    asked = _asked(w, first)
    if asked is None or (w.passive_voice and asked[1] not in {"number", "money"}):
        return
    which, kind = asked
    others = w.tail(first)
    tail = f"{others} {w.front}".strip()
    wordings = [f"{which} {w.helper} {w.subject} {w.bare} {tail}"]
    if w.front:
        wordings.append(f"{w.front}, {which} {w.helper} {w.subject} {w.bare} {others}")
    passive = w.passive()
    if passive:
        plural = "were" if which.startswith("How many") else "was"
        lead = "Who" if kind == "person" else which
        wordings.append(f"{lead} {plural} {passive[2]} by {w.subject} {others} {w.front}")
    if kind in {"number", "money"}:
        wordings.append(f"{w.subject} {w.verb} {which.lower()} {tail}")
    else:
        wordings.append(f"{'Who' if kind == 'person' else 'What'} was it that "
                        f"{w.subject} {w.verb} {tail}")
        wordings.append(f"{w.subject} {w.verb} {which.lower()} {tail}")
    wordings.append(f"Do you know {which.lower()} {w.subject} {w.verb} {tail}")
    yield Proposal(w.answers(first.phrase, first.start, first.end), tuple(wordings), kind)


def _given(w: _Words, whom: Segment, what: Segment) -> Iterator[Proposal]:
    """"Ambrose Keel taught Tobit Lunn his letters": what did Ambrose Keel teach Tobit Lunn?"""
    asked = _asked(w, what)
    if asked is None or what.phrase is None or asked[1] == "person" or w.base not in _GIVING:
        return
    which, kind = asked
    tail = f"{w.text(whom)} {' '.join(w.text(s) for s in w.segments[2:] if s.kind == 'prep')}"
    yield Proposal(w.answers(what.phrase, what.start, what.end), (
        f"{which} {w.helper} {w.subject} {w.bare} {tail} {w.front}",
        f"{which} {'were' if which.startswith('How many') else 'was'} {w.text(whom)} "
        f"{verbs.participle(w.base)} by {w.subject} {w.front}",
        f"{w.subject} {w.verb} {w.text(whom)} {which.lower()} {w.front}",
        f"Do you know {which.lower()} {w.subject} {w.verb} {tail} {w.front}",
    ), kind)


def _asked(w: _Words, segment: Segment) -> tuple[str, str] | None:
    """(question words, type) for an object, or None where none fits."""
    phrase = segment.phrase
    assert phrase is not None
    noun = w.tokens[phrase.head].lower
    at = w.past_number(segment.start, phrase.end)
    if at > segment.start and segment.end == phrase.end:
        if at >= phrase.end or not noun.endswith(("s", "men", "women", "children", "people")):
            return ("How much money", "money") if noun in MONEY else None
        if noun in MONEY and at == phrase.head:
            return ("How much", "number") if w.base == "weigh" else ("How much money", "money")
        if noun in TIME_NOUNS:
            return None
        return f"How many {w.clause.words(at, phrase.end)}", "number"
    if noun in TIME_NOUNS or phrase.number:
        return None
    by = w.segments[1] if len(w.segments) > 1 else None
    if by is not None and by.word == "by" and by.phrase is not None and by.phrase.person:
        return None
    return ("Whom", "person") if phrase.person else ("What", "thing")


def _phrases(w: _Words) -> Iterator[Proposal]:
    """When, where, how long, for how much, with whom: the phrases around the verb."""
    clause = w.clause
    if clause.form in {"be", "have"} or not w.clean or w.base in _FAINT:
        return
    if clause.fronted and w.front and w.tokens[clause.fronted[0]].lower in PREPOSITIONS:
        start, end = clause.fronted
        if w.when_where(start, end, w.tokens[end - 1].lower) == "When":
            yield Proposal((w.front,), _when(w, w.tail(), ""), "time")
    core = [s for s in w.segments if s.kind in {"object", "prep"}]
    for segment in core:
        if segment.kind == "prep" and segment.phrase is not None:
            later = core[core.index(segment) + 1 :]
            last = all(s.word in {"with", "without"} or (
                s.phrase is not None and s.kind == "prep" and w.place_or_time(s) == "When"
            ) for s in later)
            yield from _phrase(w, segment, last)


def _when(w: _Words, others: str, front: str) -> tuple[str, ...]:
    tail = f"{others} {front}".strip()
    return (
        f"When {w.helper} {w.subject} {w.bare} {tail}",
        f"When was it that {w.subject} {w.verb} {tail}",
        f"{w.subject} {w.verb} {tail} at what time",
        f"Do you know when {w.subject} {w.verb} {tail}",
    )


def _phrase(w: _Words, segment: Segment, last: bool) -> Iterator[Proposal]:
    phrase = segment.phrase
    assert phrase is not None
    others, full = w.tail(segment), w.text(segment)
    tail = f"{others} {w.front}".strip()
    short = w.answers(phrase, segment.start + 1, segment.end)
    which, word = w.place_or_time(segment), segment.word
    noun = w.tokens[phrase.head].lower
    number = w.past_number(segment.start + 1, phrase.end)
    if which == "When" and last:
        yield Proposal((full,), _when(w, others, w.front), "time")
    elif which == "How long":
        yield Proposal((*short, full), (
            f"How long {w.helper} {w.subject} {w.bare} {tail}",
            f"For how long {w.helper} {w.subject} {w.bare} {tail}",
            f"{w.subject} {w.verb} {tail} for how long",
            f"Do you know how long {w.subject} {w.verb} {tail}",
        ), "duration")
    elif which == "Where" and last:
        yield Proposal(tuple(dict.fromkeys((full, *short))), _where(w, segment, tail), "place")
    elif word in {"for", "at"} and noun in MONEY and number > segment.start + 1:
        yield Proposal(short, (
            f"For how much money {w.helper} {w.subject} {w.bare} {tail}",
            f"For what sum {w.helper} {w.subject} {w.bare} {tail}",
            f"{w.subject} {w.verb} {tail} for how much",
            f"What was the sum for which {w.subject} {w.verb} {tail}",
        ), "money")
    elif number > segment.start + 1 and number < phrase.end and noun not in TIME_NOUNS and (
        noun.endswith("s") and segment.end == phrase.end
    ):
        counted = w.clause.words(number, phrase.end)
        yield Proposal(short, (
            f"{word} how many {counted} {w.helper} {w.subject} {w.bare} {tail}",
            f"{w.subject} {w.verb} {others} {word} how many {counted} {w.front}" if last else "",
            f"How many {counted} {w.helper} {w.subject} {w.bare} {others} {word}" if last else "",
        ), "number")
    elif word in {"to", "from", "with"} and phrase.person and phrase.named:
        yield Proposal(short, (
            f"{word} whom {w.helper} {w.subject} {w.bare} {tail}",
            f"Who was it that {w.subject} {w.verb} {others} {word} {w.front}" if last else "",
            f"{w.subject} {w.verb} {others} {word} whom {w.front}" if last else "",
            f"Do you know {word} whom {w.subject} {w.verb} {tail}",
        ), "person")
    elif word == "by" and w.passive_voice and phrase.person and last:
        done = verbs.past(w.base)
        yield Proposal(short, (
            f"By whom {w.helper} {w.subject} {w.bare} {tail}",
            f"Who {done} {w.clause.words(w.clause.verb + 1, w.clause.verb_end)} {w.subject} {tail}",
            f"{w.subject} {w.verb} {others} by whom {w.front}",
            f"Who was it that {done} {w.subject} {tail}",
        ), "person")


def _where(w: _Words, segment: Segment, tail: str) -> tuple[str, ...]:
    passive = w.passive()
    found = [
        f"Where {w.helper} {w.subject} {w.bare} {tail}",
        f"Where was it that {w.subject} {w.verb} {tail}",
    ]
    if passive:
        others = " ".join(w.text(s) for s in w.segments[1:] if s is not segment
                          and s.kind == "prep")
        found.append(f"Where {passive[1]} {passive[0]} {passive[2]} {others} by {w.subject}")
    found.append(f"{w.subject} {w.verb} {tail} where")
    found.append(f"Do you know where {w.subject} {w.verb} {tail}")
    return tuple(found)


def _reason(w: _Words) -> Iterator[Proposal]:
    """Because, so that, in order to, by doing."""
    for place, segment in enumerate(w.segments):
        if segment.kind not in {"cause", "purpose", "means"}:
            continue
        if segment.word == "to" and (w.base not in _MOTION or w.passive_voice):
            continue
        if any(s.kind == "other" for s in w.segments[:place]):
            continue
        between = w.segments[:place]
        others = " ".join(w.text(s) for s in between)
        tail = f"{others} {w.front}".strip()
        bare = "" if w.clause.form == "be" else w.bare
        stem = f"{w.subject} {bare} {tail}"
        plain = f"{w.subject} {w.verb} {tail}"
        if segment.kind == "means":
            yield Proposal((w.text(segment),), (
                f"How {w.helper} {stem}", f"In what way {w.helper} {stem}",
                f"By what means {w.helper} {stem}", f"{plain} by what means",
                f"Do you know how {plain}",
            ), "means")
        else:
            yield Proposal((w.text(segment),), (
                f"Why {w.helper} {stem}", f"What was the reason that {plain}",
                f"For what reason {w.helper} {stem}", f"{plain} for what reason",
                f"Do you know why {plain}",
            ), "reason")


def _deed(w: _Words) -> Iterator[Proposal]:
    """"Marta promised to mend the lamp": what did Marta promise to do?"""
    if w.base not in _AGREES or not w.segments or w.clause.form not in {"past", "participle"}:
        return
    segment = w.segments[0]
    if segment.kind != "purpose" or segment.word != "to" or w.passive_voice:
        return
    yield Proposal((w.text(segment),), (
        f"What {w.helper} {w.subject} {w.bare} to do {w.front}",
        f"What was it that {w.subject} {w.verb} to do {w.front}",
        f"{w.subject} {w.verb} to do what {w.front}",
        f"Do you know what {w.subject} {w.verb} to do {w.front}",
    ), "deed")


def _be(w: _Words) -> Iterator[Proposal]:
    """"Marta was the keeper of the light", "The bell was in the tower", "was ninety feet high"."""
    clause = w.clause
    if clause.form != "be" or not w.segments or not w.clean:
        return
    yield from _how_long(w)
    if w.bare:
        return
    first, was = w.segments[0], clause.words(clause.verb, clause.verb_end).lower()
    if first.kind == "object" and first.phrase is not None:
        head = w.tokens[first.phrase.head].lower
        if first.phrase.number and head in MEASURES:
            answers = tuple(dict.fromkeys((
                clause.words(first.start, first.phrase.head),
                *w.answers(first.phrase, first.start, first.end),
            )))
            yield Proposal(answers, (
                f"How {head} {was} {w.subject} {w.front}",
                f"{w.subject} {was} how {head} {w.front}",
                f"Do you know how {head} {w.subject} {was} {w.front}",
            ), "number")
        elif _definite(w, first) and clause.subject.named and was in {"was", "is"}:
            whole = clause.words(first.start, w.segments[-1].end)
            which = "Who" if clause.subject.person else "What"
            yield Proposal((w.subject,), (
                f"{which} {was} {whole} {w.front}",
                f"What {was} the name of {whole} {w.front}",
                f"{whole} {was} {which.lower()} {w.front}",
                f"Do you know {which.lower()} {was} {whole} {w.front}",
            ), "person" if which == "Who" else "thing")
        elif clause.subject.named and clause.subject.person and _trade(w, first, head):
            yield Proposal((clause.words(first.start, first.end),), (
                f"What {was} {w.subject}'s occupation {w.front}",
                f"What did {w.subject} do for a living {w.front}",
                f"What kind of work did {w.subject} do {w.front}",
            ), "thing")
    elif first.kind == "prep" and len(w.segments) == 1 and w.place_or_time(first) == "Where":
        yield Proposal((w.text(first),), (
            f"Where {was} {w.subject} {w.front}", f"{w.subject} {was} where {w.front}",
            f"Do you know where {w.subject} {was} {w.front}",
        ), "place")


def _definite(w: _Words, segment: Segment) -> bool:
    opening: Sequence[str] = [t.text for t in w.tokens[segment.start : segment.start + 3]]
    return opening[0].lower() == "the" or any(t.endswith(("'s", "’s")) for t in opening)


def _how_long(w: _Words) -> Iterator[Proposal]:
    """"Ambrose Keel had been clerk for thirty-eight years": for how long?"""
    for segment in w.segments[1:]:
        if segment.kind != "prep" or segment.phrase is None:
            continue
        if w.place_or_time(segment) == "How long":
            rest = w.tail(segment)
            yield Proposal(
                (*w.answers(segment.phrase, segment.start + 1, segment.end), w.text(segment)), (
                    f"How long {w.helper} {w.subject} {w.bare} {rest}",
                    f"For how long {w.helper} {w.subject} {w.bare} {rest}",
                    f"{w.subject} {w.verb} {rest} for how long",
                ), "duration")


def _trade(w: _Words, segment: Segment, head: str) -> bool:
    opening = w.tokens[segment.start].lower
    second = w.tokens[segment.start + 1].lower
    if second in {"better", "good", "bad", "great", "poor", "worse", "fine", "kind", "born"}:
        return False
    return opening in {"a", "an"} and head.endswith(_TRADES) and head not in _NO_TRADES
