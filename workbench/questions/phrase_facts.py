"""When, where, how long, for how much, with whom, why, how: questions for phrases and clauses."""

from __future__ import annotations

from collections.abc import Iterator

from workbench.questions import verbs
from workbench.questions.lexicon import lexicon
from workbench.questions.phrases import ARTICLES, PREPOSITIONS
from workbench.questions.pieces import AGREES, BY_TOOL, FAINT, MONEY, MOTION, UNCOUNTED, Pieces
from workbench.questions.proposals import Proposal
from workbench.questions.segments import Segment
from workbench.questions.wholeness import rooted

_COUNTING = frozenset({"with", "for", "on", "in", "at", "to", "from", "by", "after", "against"})
_TELLING = lexicon("facts", "telling")
#: The doubt about why somebody went, or what was resolved, with nothing to tell which time.
_BARE = 0.4
_FROM = lexicon("facts", "from")


def of_phrases(w: Pieces) -> Iterator[Proposal]:
    """When, where, how long, for how much, with whom: the phrases around the verb."""
    clause = w.clause
    if clause.form in {"be", "have"} or not w.clean or w.base in FAINT:
        return
    if clause.fronted and w.front and w.tokens[clause.fronted[0]].lower in PREPOSITIONS:
        start, end = clause.fronted
        if w.when_where(start, end, w.tokens[end - 1].lower) == "When":
            yield Proposal((w.front,), _when(w, w.tail(), ""), "time")
    core = [s for s in w.segments if s.kind in {"object", "prep"}]
    for segment in core:
        if segment.kind == "prep" and segment.phrase is not None:
            later = core[core.index(segment) + 1 :]
            last = all(
                s.phrase is not None and s.kind == "prep" and w.place_or_time(s) == "When"
                for s in later
            )
            yield from _phrase(w, segment, last)


def _when(w: Pieces, others: str, front: str) -> tuple[str, ...]:
    tail = f"{others} {front}".strip()
    return (
        f"When {w.helper} {w.subject} {w.bare} {tail}",
        f"When {w.was_it} that {w.subject} {w.verb} {tail}",
        f"{w.subject} {w.verb} {tail} at what time",
        f"Do you know when {w.subject} {w.verb} {tail}",
        f"Can you say when {w.subject} {w.verb} {tail}",
    )


def _phrase(w: Pieces, segment: Segment, last: bool) -> Iterator[Proposal]:
    phrase = segment.phrase
    assert phrase is not None
    others, full = w.tail(segment), w.text(segment)
    tail = f"{others} {w.front}".strip()
    short = w.answers(phrase, segment.start + 1, segment.end)
    which, word = w.place_or_time(segment), segment.word
    noun = w.tokens[phrase.head].lower
    number = w.past_number(segment.start + 1, phrase.end)
    if which == "When" and last:
        if any(s is not segment and _timed(w, s) for s in w.segments):
            return
        yield Proposal((full,), _when(w, others, w.front), "time")
    elif which == "How long":
        yield Proposal(
            (*short, full),
            (
                f"How long {w.helper} {w.subject} {w.bare} {tail}",
                f"For how long {w.helper} {w.subject} {w.bare} {tail}",
                f"{w.subject} {w.verb} {tail} for how long",
                f"Do you know how long {w.subject} {w.verb} {tail}",
                f"Can you say how long {w.subject} {w.verb} {tail}",
            ),
            "duration",
        )
    elif which == "Where" and last:
        if rooted(w, segment):
            answers = tuple(dict.fromkeys((full, *short)))
            yield Proposal(answers, _where(w, segment, tail), "place")
    elif word in {"for", "at"} and noun in MONEY and number > segment.start + 1:
        yield Proposal(
            short,
            (
                f"For how much money {w.helper} {w.subject} {w.bare} {tail}",
                f"For what sum {w.helper} {w.subject} {w.bare} {tail}",
                f"{w.subject} {w.verb} {tail} for how much",
                f"What was the sum for which {w.subject} {w.verb} {tail}",
                f"Do you know for how much money {w.subject} {w.verb} {tail}",
            ),
            "money",
        )
    elif (
        number > segment.start + 1
        and word in _COUNTING
        and number < phrase.end
        and noun not in UNCOUNTED
        and rooted(w, segment)
        and (noun.endswith("s") and segment.end == phrase.end)
    ):
        counted = w.clause.words(number, phrase.end)
        yield Proposal(
            short,
            (
                f"{word} how many {counted} {w.helper} {w.subject} {w.bare} {tail}",
                f"{w.subject} {w.verb} {others} {word} how many {counted} {w.front}"
                if last
                else "",
                f"How many {counted} {w.helper} {w.subject} {w.bare} {others} {word}"
                if last
                else "",
                f"Do you know {word} how many {counted} {w.subject} {w.verb} {tail}",
                f"Can you say {word} how many {counted} {w.subject} {w.verb} {tail}",
            ),
            "number",
        )
    elif word == "with" and w.base in BY_TOOL and last and not phrase.person:
        yield Proposal(
            short,
            (
                f"With what {w.helper} {w.subject} {w.bare} {tail}",
                f"What {w.helper} {w.subject} {w.bare} {tail} with",
                f"{w.subject} {w.verb} {others} with what {w.front}",
                f"What {w.was_it} that {w.subject} {w.verb} {others} with {w.front}",
                f"Do you know what {w.subject} {w.verb} {others} with {w.front}",
            ),
            "thing",
        )
    elif (
        word == "from"
        and (w.base in _FROM and last and rooted(w, segment))
        and not (phrase.person or which)
    ):
        if w.tokens[phrase.start].lower not in ARTICLES and not phrase.named:
            return
        yield Proposal(
            tuple(dict.fromkeys((full, *short))),
            (
                f"From where {w.helper} {w.subject} {w.bare} {tail}",
                f"Where {w.helper} {w.subject} {w.bare} {tail} from",
                f"{w.subject} {w.verb} {others} from where {w.front}",
                f"Do you know from where {w.subject} {w.verb} {tail}",
                f"Can you say from where {w.subject} {w.verb} {tail}",
            ),
            "place",
        )
    elif word in {"to", "from", "with"} and phrase.person and phrase.named:
        yield Proposal(
            short,
            (
                f"{word} whom {w.helper} {w.subject} {w.bare} {tail}",
                f"Who {w.was_it} that {w.subject} {w.verb} {others} {word} {w.front}"
                if last
                else "",
                f"{w.subject} {w.verb} {others} {word} whom {w.front}" if last else "",
                f"Do you know {word} whom {w.subject} {w.verb} {tail}",
                f"Can you say {word} whom {w.subject} {w.verb} {tail}",
            ),
            "person",
        )
    elif word == "by" and w.passive_voice and phrase.person and last:
        done = verbs.past(w.base)
        particle = w.clause.words(w.clause.verb + 1, w.clause.verb_end)
        yield Proposal(
            short,
            (
                f"By whom {w.helper} {w.subject} {w.bare} {tail}",
                f"Who {done} {particle} {w.subject} {tail}",
                f"{w.subject} {w.verb} {others} by whom {w.front}",
                f"Who {w.was_it} that {done} {w.subject} {tail}",
                f"Do you know by whom {w.subject} {w.verb} {tail}",
            ),
            "person",
        )


def _timed(w: Pieces, segment: Segment) -> bool:
    """Whether another phrase tells the time already: "at three o'clock **in the afternoon**"."""
    return (
        segment.kind == "prep"
        and segment.phrase is not None
        and (w.place_or_time(segment) == "When")
    )


def _where(w: Pieces, segment: Segment, tail: str) -> tuple[str, ...]:
    passive = w.passive()
    matches = [
        f"Where {w.helper} {w.subject} {w.bare} {tail}",
        f"Where {w.was_it} that {w.subject} {w.verb} {tail}",
    ]
    if passive:
        others = " ".join(
            w.text(s) for s in w.segments[1:] if s is not segment and s.kind == "prep"
        )
        matches.append(f"Where {passive[1]} {passive[0]} {passive[2]} {others} by {w.subject}")
    matches.append(f"{w.subject} {w.verb} {tail} where")
    matches.append(f"Do you know where {w.subject} {w.verb} {tail}")
    matches.append(f"Can you say where {w.subject} {w.verb} {tail}")
    return tuple(matches)


def of_reason(w: Pieces) -> Iterator[Proposal]:
    """Because, so that, in order to, by doing."""
    for place, segment in enumerate(w.segments):
        if segment.kind not in {"cause", "purpose", "means"}:
            continue
        if segment.word == "to" and (w.base not in MOTION or w.passive_voice):
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
            yield Proposal(
                (w.text(segment),),
                (
                    f"How {w.helper} {stem}",
                    f"In what way {w.helper} {stem}",
                    f"By what means {w.helper} {stem}",
                    f"{plain} by what means",
                    f"Do you know how {plain}",
                ),
                "means",
            )
        else:
            yield Proposal(
                (w.text(segment),),
                (
                    f"Why {w.helper} {stem}",
                    f"What was the reason that {plain}",
                    f"For what reason {w.helper} {stem}",
                    f"{plain} for what reason",
                    f"Do you know why {plain}",
                    f"Can you say why {plain}",
                ),
                "reason",
                _BARE if w.base in MOTION and not tail else 0.0,
            )


def of_deed(w: Pieces) -> Iterator[Proposal]:
    """ "Marta promised to mend the lamp": what did Marta promise to do?"""
    yield from _told(w)
    if w.base not in AGREES or not w.segments or w.clause.form not in {"past", "participle"}:
        return
    segment = w.segments[0]
    if segment.kind != "purpose" or segment.word != "to" or w.passive_voice:
        return
    yield Proposal(
        (w.text(segment),),
        (
            f"What {w.helper} {w.subject} {w.bare} to do {w.front}",
            f"What {w.was_it} that {w.subject} {w.verb} to do {w.front}",
            f"{w.subject} {w.verb} to do what {w.front}",
            f"Do you know what {w.subject} {w.verb} to do {w.front}",
        ),
        "deed",
        0.0 if w.front else _BARE,
    )


def _told(w: Pieces) -> Iterator[Proposal]:
    """ "Marta asked Peder to mend the lamp": what did Marta ask Peder to do?"""
    if w.base not in _TELLING or len(w.segments) < 2 or w.passive_voice:
        return
    whom, segment = w.segments[:2]
    if whom.phrase is None or not (whom.phrase.person and whom.phrase.named):
        return
    if segment.kind != "purpose" or segment.word != "to":
        return
    name = w.text(whom)
    yield Proposal(
        (w.text(segment),),
        (
            f"What {w.helper} {w.subject} {w.bare} {name} to do {w.front}",
            f"What was {name} {verbs.participle(w.base)} to do by {w.subject} {w.front}",
            f"{w.subject} {w.verb} {name} to do what {w.front}",
            f"Do you know what {w.subject} {w.verb} {name} to do {w.front}",
        ),
        "deed",
    )
