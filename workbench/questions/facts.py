"""What a clause says, as questions: for each answer in it, several wordings that mean the same.

Every wording is built from the clause's own words by one syntactic rule (subject question, object
question with "did", fronted phrase, cleft, passive, indirect question), so that a wording can be
wrong only where the clause was misread; the filters and the reader's round trip look for that.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from workbench.questions import verbs
from workbench.questions.clauses import (
    NUMBERS,
    PREPOSITIONS,
    TIME_NOUNS,
    Clause,
    Phrase,
    Segment,
    is_number,
)

MONEY = frozenset(
    ["crown", "crowns", "pound", "pounds", "shilling", "shillings", "penny", "pence", "guinea", "guineas", "dollar", "dollars", "franc", "francs", "cent", "cents", "florin", "florins", "ducat", "ducats", "mark", "marks", "farthing", "farthings", "euro", "euros", "sovereign", "sovereigns", "louis", "livres", "thaler", "groat", "groats"]
)
DURATIONS = frozenset(
    ["day", "days", "night", "nights", "week", "weeks", "month", "months", "year", "years", "hour", "hours", "minute", "minutes", "winters", "summers", "fortnight", "decades", "centuries"]
)
_NOT_PLACES = frozenset(
    ["voice", "way", "manner", "tone", "silence", "moment", "hurry", "while", "mind", "heart", "hand", "hands", "arm", "arms", "lap", "name", "face", "eye", "eyes", "turn", "order", "case", "fact", "end", "beginning", "middle", "truth", "peace", "love", "fear", "doubt", "opinion", "view", "life", "death", "time", "times", "office-book", "favour", "return", "answer", "reply", "earnest", "pieces", "pairs", "rows"]
)
_AGREES = frozenset(["promise", "agree", "refuse", "offer", "swear", "decide", "vow", "threaten", "try", "resolve", "consent"])
_MOTION = frozenset(
    ["go", "come", "travel", "walk", "ride", "sail", "run", "return", "hurry", "climb", "move", "march", "row", "drive", "send", "carry", "bring", "take", "lead", "fly", "swim", "wander", "retire", "journey"]
)


@dataclass(frozen=True, slots=True)
class Proposal:
    """One answer with the wordings of the question for it; the first wording is the plainest.

    ``start`` and ``end`` span the answer, as the clause's tokens count. ``type`` is what the
    wordings ask for: person, thing, number, money, time, duration, place, reason, means, name, deed.
    """

    answers: tuple[str, ...]
    wordings: tuple[str, ...]
    type: str
    start: int
    end: int


def proposals(clause: Clause) -> Iterator[Proposal]:
    """All question-answer pairs that the rules find in a clause."""
    if clause.negated:
        return
    for rule in (_subject, _object, _phrases, _reason, _deed, _be, _apposition):
        for proposal in rule(clause):
            kept = tuple(dict.fromkeys(_polish(w) for w in proposal.wordings if w))
            if kept:
                yield Proposal(proposal.answers, kept, proposal.type, proposal.start, proposal.end)


def _polish(text: str) -> str:
    text = " ".join(text.split()).replace(" ,", ",").strip(" ,")
    text = text[:1].upper() + text[1:]
    return text if text[-1] in "?." else text + "?"


def _lower_first(clause: Clause, start: int, end: int) -> str:
    """The words of a range, its first word in lower case unless it is a name."""
    text = clause.words(start, end)
    first = clause.tokens[start]
    if first.lower in PREPOSITIONS | {
        "the", "a", "an", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine",
        "ten", "every", "each", "all", "some", "that", "next", "when", "because", "while", "no",
        "his", "her", "their", "its", "until", "although",
    } or first.lower in NUMBERS:
        return text[:1].lower() + text[1:]
    return text


def _subject_text(clause: Clause) -> str:
    return _lower_first(clause, clause.subject.start, clause.subject.end)


def _verb_text(clause: Clause) -> str:
    """The verb group as it stands, without adverbs: "was built", "gave up"."""
    main = clause.words(clause.verb, clause.verb_end)
    return f"{clause.auxiliary} {main}".strip()


def _inverted(clause: Clause) -> tuple[str, str]:
    """("did", "pay") for "paid"; ("was", "built") for "was built"; ("must", "pay")."""
    tokens = clause.tokens
    main = tokens[clause.verb].lower
    rest = clause.words(clause.verb + 1, clause.verb_end)
    if clause.auxiliary:
        return clause.auxiliary, clause.words(clause.verb, clause.verb_end)
    if clause.form == "past":
        return "did", f"{verbs.base_of_past(main)} {rest}".strip()
    if clause.form == "have":
        helper = {"had": "did", "has": "does", "have": "do"}[main]
        return helper, "have"
    if clause.form == "present":
        return "does", f"{verbs.base_of_present(main)} {rest}".strip()
    return main, ""


def _rest(clause: Clause, without: Segment | None = None) -> str:
    """Everything after the verb up to the causal clause, without one segment."""
    parts = [
        clause.words(s.start, s.end)
        for s in clause.segments
        if s is not without and s.kind in {"object", "prep", "purpose", "means", "time", "that", "other"}
    ]
    return " ".join(parts)


def _core(clause: Clause, without: Segment | None = None) -> list[Segment]:
    """The segments that a question may repeat: object and phrases, not clauses."""
    return [s for s in clause.segments if s is not without and s.kind in {"object", "prep"}]


def _clean(clause: Clause) -> bool:
    """Whether everything after the verb was read as objects, phrases and known clauses."""
    return all(s.kind != "other" for s in clause.segments)


def _front(clause: Clause) -> str:
    return _lower_first(clause, *clause.fronted) if clause.fronted else ""


def _answers(clause: Clause, phrase: Phrase, start: int, end: int) -> tuple[str, ...]:
    """The phrase, and for numbers the bare number too."""
    full = _lower_first(clause, start, end)
    found = [full]
    if phrase.number:
        digits = start
        while digits < end and (is_number(clause.tokens[digits]) or clause.tokens[digits].lower in {
            "and", "a", "an", "about", "some", "over"
        }):
            digits += 1
        if digits > start:
            found.append(_lower_first(clause, start, digits))
    return tuple(dict.fromkeys(found))


def _subject(clause: Clause) -> Iterator[Proposal]:
    """"Marta paid forty crowns": who paid forty crowns?"""
    subject = clause.subject
    if clause.form == "be" or not _clean(clause) or not clause.segments:
        return
    rest = _rest(clause)
    front = _front(clause)
    verb = _verb_text(clause)
    if clause.form == "present" or not subject.person:
        which = "What"
        if not (subject.named and clause.tokens[subject.start].lower == "the"):
            return
    else:
        which = "Who"
    if subject.plural and clause.auxiliary in {"were", "are", "have"}:
        return
    tail = f"{rest} {front}".strip()
    wordings = [f"{which} {verb} {tail}"]
    if front:
        wordings.append(f"{front}, {which.lower()} {verb} {rest}")
    wordings.append(f"{which} was it that {verb} {tail}")
    passive = _passive(clause)
    if passive and which == "Who":
        subject_np, auxiliary, past_participle, others = passive
        wordings.append(f"By whom {auxiliary} {subject_np} {past_participle} {others} {front}")
        wordings.append(f"{subject_np} {auxiliary} {past_participle} by whom {others} {front}")
    if which == "Who":
        wordings.append(f"Which person {verb} {tail}")
        wordings.append(f"Can you name the person who {verb} {tail}")
    yield Proposal(
        (_lower_first(clause, subject.start, subject.end),), tuple(wordings),
        "person" if which == "Who" else "thing", *clause.span(subject.start, subject.end),
    )


def _passive(clause: Clause) -> tuple[str, str, str, str] | None:
    """(object, was/were, participle with particle, other phrases) of an active simple past."""
    if clause.form != "past" or not clause.segments or clause.segments[0].kind != "object":
        return None
    first = clause.segments[0]
    phrase = first.phrase
    if phrase is None or sum(s.kind == "object" for s in clause.segments) > 1:
        return None
    opening = clause.tokens[first.start].lower
    if opening in {"his", "her", "their", "its"} or any(s.kind in {"purpose", "that"} for s in clause.segments):
        return None
    base = verbs.base_of_past(clause.tokens[clause.verb].lower)
    if base is None or base in {"have", "become", "cost", "resemble", "lack", "marry", "weigh", "get",
                                "leave", "enter", "reach", "return", "die", "live", "last", "come",
                                "go", "wait", "walk", "sail", "stand", "remain", "stay", "let"}:
        return None
    if phrase.start < first.end and clause.tokens[phrase.head].lower in TIME_NOUNS | DURATIONS:
        return None
    done = f"{verbs.participle(base)} {clause.words(clause.verb + 1, clause.verb_end)}".strip()
    joined = "and" in [t.lower for t in clause.tokens[phrase.end : first.end]]
    auxiliary = "were" if phrase.plural or joined else "was"
    others = " ".join(clause.words(s.start, s.end) for s in clause.segments if s is not first)
    return _lower_first(clause, first.start, first.end), auxiliary, done, others


def _object(clause: Clause) -> Iterator[Proposal]:
    """"Marta paid forty crowns for the bell": how much did Marta pay for the bell?"""
    if clause.form == "be" or not _clean(clause):
        return
    objects = [s for s in clause.segments if s.kind == "object"]
    if len(objects) != 1 or clause.segments[0] is not objects[0]:
        return
    segment = objects[0]
    phrase = segment.phrase
    if phrase is None:
        return
    if clause.auxiliary in verbs.BE:
        return
    tokens = clause.tokens
    head = tokens[phrase.head].lower
    if head in TIME_NOUNS:
        return
    subject, verb = _subject_text(clause), _verb_text(clause)
    helper, base = _inverted(clause)
    front = _front(clause)
    others = " ".join(
        clause.words(s.start, s.end) for s in clause.segments if s is not segment and s.kind != "cause"
    )
    asks = _asks(clause, segment)
    for which, kind, answer_end in asks[:1]:
        tail = f"{others} {front}".strip()
        wordings = [f"{which} {helper} {subject} {base} {tail}"]
        if front:
            wordings.append(f"{front}, {which} {helper} {subject} {base} {others}")
        passive = _passive(clause)
        if kind not in {"deed"} and passive:
            plural = "were" if kind in {"number", "money"} and which.startswith("How many") else "was"
            lead = which if kind != "person" else "Who"
            wordings.append(f"{lead} {plural} {passive[2]} by {subject} {others} {front}")
        if kind in {"number", "money"}:
            wordings.append(f"{subject} {verb} {which.lower()} {tail}")
        elif kind == "person":
            wordings.append(f"Who was it that {subject} {verb} {tail}")
        else:
            wordings.append(f"What was it that {subject} {verb} {tail}")
            wordings.append(f"{subject} {verb} what {tail}")
        wordings.append(f"Do you know {which.lower()} {subject} {verb} {tail}")
        yield Proposal(
            _answers(clause, phrase, segment.start, answer_end), tuple(wordings), kind,
            *clause.span(segment.start, answer_end),
        )
    for which, _, answer_end in asks[1:]:
        del which, answer_end


def _asks(clause: Clause, segment: Segment) -> list[tuple[str, str, int]]:
    """(question words, type, end of the answer) for an object."""
    phrase = segment.phrase
    assert phrase is not None
    tokens = clause.tokens
    noun = tokens[phrase.head].lower
    if phrase.number and segment.end == phrase.end:
        at = segment.start
        while at < phrase.end and (is_number(tokens[at]) or tokens[at].lower in {"and", "a", "some", "about", "over"}):
            at += 1
        if at >= phrase.end or not tokens[phrase.head].lower.endswith("s"):
            return []
        if noun in MONEY and at == phrase.head:
            return [("How much money", "money", phrase.end)]
        return [(f"How many {clause.words(at, phrase.end)}", "number", phrase.end)]
    if phrase.person and phrase.named:
        return [("Whom", "person", segment.end)]
    if phrase.person:
        return [("Whom", "person", segment.end)]
    return [("What", "thing", segment.end)]


def _phrases(clause: Clause) -> Iterator[Proposal]:
    """When, where, how long, for how much: one of the phrases after the verb, or the fronted one."""
    if clause.form in {"be", "have"} or not _clean(clause):
        return
    subject, verb = _subject_text(clause), _verb_text(clause)
    helper, base = _inverted(clause)
    if clause.fronted and clause.tokens[clause.fronted[0]].lower in PREPOSITIONS:
        start, end = clause.fronted
        which = _time_or_place(clause, start, end, clause.tokens[start].lower, clause.tokens[end - 1].lower)
        if which == "When":
            rest = _rest(clause)
            yield Proposal(
                (_lower_first(clause, start, end),),
                (
                    f"When {helper} {subject} {base} {rest}",
                    f"When was it that {subject} {verb} {rest}",
                    f"At what time, or on what occasion, {helper} {subject} {base} {rest}",
                    f"Do you know when {subject} {verb} {rest}",
                ),
                "time", *clause.span(start, end),
            )
    last = clause.segments[-1] if clause.segments else None
    for segment in clause.segments:
        if segment.kind != "prep" or segment.phrase is None:
            continue
        phrase = segment.phrase
        others = _rest(clause, segment)
        front = _front(clause)
        tail = f"{others} {front}".strip()
        answer = (clause.words(segment.start, segment.end),)
        short = _answers(clause, phrase, segment.start + 1, segment.end)
        which = _time_or_place(
            clause, segment.start, segment.end, segment.word, clause.tokens[phrase.head].lower
        )
        span = clause.span(segment.start, segment.end)
        if which == "When" and segment is last:
            yield Proposal(answer, (
                f"When {helper} {subject} {base} {tail}",
                f"When was it that {subject} {verb} {tail}",
                f"Do you know when {subject} {verb} {tail}",
            ), "time", *span)
        elif which == "How long":
            yield Proposal((*short, *answer), (
                f"How long {helper} {subject} {base} {tail}",
                f"For how long {helper} {subject} {base} {tail}",
                f"For how long was it that {subject} {verb} {tail}",
            ), "duration", *span)
        elif which == "Where" and segment is last:
            yield Proposal((*answer, *short), (
                f"Where {helper} {subject} {base} {tail}",
                f"Where was it that {subject} {verb} {tail}",
                f"In what place {helper} {subject} {base} {tail}" if segment.word in {"in", "at", "on"} else "",
                f"Do you know where {subject} {verb} {tail}",
            ), "place", *span)
        elif segment.word in {"for", "at"} and clause.tokens[phrase.head].lower in MONEY:
            yield Proposal(short, (
                f"For how much money {helper} {subject} {base} {tail}",
                f"For what sum {helper} {subject} {base} {tail}",
                f"What was the sum for which {subject} {verb} {tail}",
            ), "money", *span)
        elif segment.word in {"to", "from", "with", "by"} and phrase.person and phrase.named:
            low = segment.word
            wordings = [
                f"{low} whom {helper} {subject} {base} {tail}",
                f"Who was it that {subject} {verb} {others} {low} {_front(clause)}" if segment is last else "",
                f"{subject} {verb} {others} {low} whom {front}" if segment is last else "",
            ]
            if low == "by" and clause.auxiliary in {"was", "were"}:
                wordings.insert(0, f"Who {base} {subject} {tail}" if verbs.is_past(base) else "")
            yield Proposal(short, tuple(wordings), "person", *span)


def _time_or_place(clause: Clause, start: int, end: int, word: str, head: str) -> str:
    numbers = [t for t in clause.tokens[start + 1 : end] if is_number(t)]
    year = bool(numbers) and numbers[-1].text.isdigit() and 1000 <= int(numbers[-1].text) <= 2100
    inside = {t.lower for t in clause.tokens[start + 1 : end]}
    if word == "for" and (head in DURATIONS) and numbers:
        return "How long"
    timed = head in TIME_NOUNS or year or bool(inside & (TIME_NOUNS - DURATIONS - {"tide"}))
    if word in {"in", "on", "at", "before", "after", "during", "since", "until", "by"} and timed:
        return "When"
    if word in {"in", "at", "on", "under", "behind", "beside", "beneath", "near", "inside", "above",
                "below", "outside", "to", "into", "onto"}:
        base = verbs.base_of_past(clause.tokens[clause.verb].lower) or clause.tokens[clause.verb].lower
        if word == "to" and base not in _MOTION:
            return ""
        first = clause.tokens[start + 1]
        defined = first.lower in {"the", "a", "an", "his", "her", "their"} or first.is_capital
        if head in _NOT_PLACES or not defined or timed:
            return ""
        return "Where"
    return ""


def _reason(clause: Clause) -> Iterator[Proposal]:
    """Because, so that, in order to, by doing."""
    for segment in clause.segments:
        if segment.kind not in {"cause", "purpose", "means"}:
            continue
        base_main = verbs.base_of_past(clause.tokens[clause.verb].lower) or ""
        if segment.word == "to" and base_main not in _MOTION:
            continue
        subject, verb = _subject_text(clause), _verb_text(clause)
        helper, base = _inverted(clause)
        others = " ".join(
            clause.words(s.start, s.end) for s in clause.segments if s is not segment
        )
        tail = f"{others} {_front(clause)}".strip()
        if clause.form == "be":
            base = ""
        question = "How" if segment.kind == "means" else "Why"
        answer = clause.words(segment.start, segment.end)
        yield Proposal(
            (answer,),
            (
                f"{question} {helper} {subject} {base} {tail}",
                f"What was the reason that {subject} {verb} {tail}" if question == "Why"
                else f"In what way {helper} {subject} {base} {tail}",
                f"For what reason {helper} {subject} {base} {tail}" if question == "Why"
                else f"By what means {helper} {subject} {base} {tail}",
                f"Do you know {question.lower()} {subject} {verb} {tail}",
            ),
            "reason" if question == "Why" else "means", *clause.span(segment.start, segment.end),
        )


def _deed(clause: Clause) -> Iterator[Proposal]:
    """"Marta promised to mend the lamp": what did Marta promise to do?"""
    base = verbs.base_of_past(clause.tokens[clause.verb].lower) or ""
    if base not in _AGREES or not clause.segments or clause.form != "past":
        return
    segment = clause.segments[0]
    if segment.kind != "purpose" or segment.word != "to":
        return
    subject = _subject_text(clause)
    front = _front(clause)
    answer = clause.words(segment.start, segment.end)
    yield Proposal(
        (answer,),
        (
            f"What did {subject} {base} to do {front}",
            f"What was it that {subject} {_verb_text(clause)} to do {front}",
            f"{subject} {_verb_text(clause)} to do what {front}",
        ),
        "deed", *clause.span(segment.start, segment.end),
    )


def _be(clause: Clause) -> Iterator[Proposal]:
    """"Marta was the keeper of the light", "The bell was in the tower", "was forty years old"."""
    if clause.form != "be" or not clause.segments or not _clean(clause):
        return
    first = clause.segments[0]
    subject = _subject_text(clause)
    was = clause.tokens[clause.verb].lower
    tokens = clause.tokens
    front = _front(clause)
    if first.kind == "object" and first.phrase is not None:
        phrase = first.phrase
        whole = clause.words(first.start, clause.segments[-1].end)
        opening = tokens[first.start].lower
        head = tokens[phrase.head].lower
        if (phrase.number and tokens[first.end - 1].lower == "old") or head == "old":
            yield Proposal(_answers(clause, phrase, first.start, first.end), (
                f"How old {was} {subject} {front}", f"What {was} the age of {subject} {front}",
            ), "number", *clause.span(first.start, first.end))
            return
        definite = opening == "the" or tokens[first.start].text.endswith(("'s", "’s"))
        if definite and clause.subject.named and was in {"was", "is"}:
            which = "Who" if clause.subject.person else "What"
            yield Proposal((subject,), (
                f"{which} {was} {whole} {front}",
                f"What {was} the name of {whole} {front}",
                f"{whole} {was} {'who' if which == 'Who' else 'what'} {front}",
            ), "person" if which == "Who" else "thing", *clause.span(clause.subject.start, clause.subject.end))
    elif first.kind == "prep" and len(clause.segments) == 1 and first.phrase is not None:
        which = _time_or_place(clause, first.start, first.end, first.word,
                               tokens[first.phrase.head].lower)
        if which == "Where":
            yield Proposal((clause.words(first.start, first.end),), (
                f"Where {was} {subject} {front}", f"In what place {was} {subject} {front}",
            ), "place", *clause.span(first.start, first.end))


def _apposition(clause: Clause) -> Iterator[Proposal]:
    """"Ambrose Keel, the clerk of the Salt House, ...": who was the clerk of the Salt House?"""
    if clause.apposition is None or not (clause.subject.named and clause.subject.person):
        return
    start, end = clause.apposition
    if clause.tokens[start].lower != "the":
        return
    role = clause.words(start, end)
    subject = _subject_text(clause)
    yield Proposal((subject,), (
        f"Who was {role}", f"What was the name of {role}", f"{role} was called what",
    ), "person", *clause.span(clause.subject.start, clause.subject.end))
