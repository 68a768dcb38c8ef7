"""The offline writer: drafts by rule, judged by cheap filters, kept if a reader answers them.

Work is cut into units (a few sections each) whose outcome depends on nothing but the corpus, the
specification and the seed, so that a killed run redoes one unit and ends with the same files.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from workbench.questions.dataset.plan import Plan, Side
from workbench.questions.parsing.names import Names
from workbench.questions.parsing.statements import Reading
from workbench.questions.quality.estimate import estimate_draft
from workbench.questions.quality.filters import (
    answer_fault,
    subject_fault,
    wording_fault,
)
from workbench.questions.quality.fluency import LEAST_LIKELY, fluency
from workbench.questions.quality.leaks import leak_fault
from workbench.questions.quality.round_trip import (
    ROUND_TRIP_F1,
    answer_agreement,
    is_refusal,
    read_back,
)
from workbench.questions.quality.usage import BARELY, Usage, corpus_fault, is_passing, looseness
from workbench.questions.words import content
from workbench.questions.writers.drafts import Draft
from workbench.questions.writers.rules import drafts_of
from workbench.types import LanguageModel, Section

#: From this score on a draft is worth a second reading.
SURE_SCORE = 0.6
_TYPE_WORTH = {
    "money": 1.0,
    "number": 1.0,
    "time": 0.9,
    "duration": 0.9,
    "reason": 0.8,
    "means": 0.7,
    "place": 0.6,
    "person": 0.6,
    "deed": 0.8,
    "name": 0.9,
    "thing": 0.5,
    "definition": 0.9,
    "condition": 0.7,
    "list": 0.9,
    "order": 0.6,
    "row": 0.6,
}
#: What it costs that the answer is a bare noun, "the program", which says little.
_BARE = 0.4
#: What it costs that the question is about a passing look: such are asked last.
_IN_PASSING = 1.0


@dataclass(frozen=True, slots=True)
class Dropped:
    """A draft that was not kept, with the reason that the report counts.

    ``way`` is who wrote it: rule, reader or chat.
    """

    question: str
    answer: str
    section: str
    reason: str
    detail: str = ""
    way: str = "rule"
    kind: str = "factoid"


@dataclass(frozen=True, slots=True)
class Kept:
    """A draft that the reader answered, with how well it agreed (0 to 1).

    ``fluency`` is how likely its wording is (None: not weighed); ``right`` and ``worth`` are the
    chances that it is right and clear, and worth asking.
    """

    draft: Draft
    roundtrip_f1: float
    fluency: float | None = None
    right: float = 1.0
    worth: float = 1.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one unit of work gave."""

    kept: tuple[Kept, ...]
    dropped: tuple[Dropped, ...]

    def to_record(self, unit: str) -> dict[str, Any]:
        return {
            "unit": unit,
            "kept": [asdict(k) for k in self.kept],
            "dropped": [asdict(d) for d in self.dropped],
        }

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> Outcome:
        return cls(
            tuple(Kept(**{**k, "draft": _draft(k["draft"])}) for k in record["kept"]),
            tuple(Dropped(**d) for d in record["dropped"]),
        )


def _draft(record: Mapping[str, Any]) -> Draft:
    return Draft(
        **{
            **record,
            "answers": tuple(record["answers"]),
            "wordings": tuple(record["wordings"]),
            "rewordings": tuple(record.get("rewordings", ())),
            "more": tuple((d, a, b, q) for d, a, b, q in record["more"]),
        }
    )


@dataclass(frozen=True, slots=True)
class Offers:
    """The drafts of a section by rule, best first: those that pass the cheap filters, those that
    only tell too little to be asked at once, and the others, these included."""

    kept: tuple[Draft, ...]
    spare: tuple[Draft, ...]
    dropped: tuple[Dropped, ...]


def candidates(section: Section, plan: Plan, reading: Reading, usage: Usage) -> Offers:
    """What a section offers, sifted by the cheap filters."""
    names = reading.names
    kept: list[Draft] = []
    spare: list[Draft] = []
    dropped: list[Dropped] = []
    for draft in drafts_of(section, plan, reading):
        draft, fault = _judged(draft, names, usage)
        if not fault and not draft.tale and draft.type == "thing":
            bare = _is_bare(draft.answers[0]) and usage.is_common(draft.answers[0])
            fault = "vague answer" if bare else None
        if fault and fault != BARELY:
            dropped.append(drop(draft, fault))
        else:
            worth = (
                _TYPE_WORTH.get(draft.type, 0.5)
                + 0.06 * min(20.0, usage.bits(draft.text, names))
                - draft.doubt
                - _BARE * (not draft.tale and _is_bare(draft.answers[0]))
                - looseness(draft)
                - _IN_PASSING * is_passing(draft, names)
            )
            (spare if fault else kept).append(replace(draft, score=round(worth, 4)))
    kept, longer = _plainest(kept)
    dropped += [drop(draft, "a shorter question asks it") for draft in longer]
    for drafts_ in (kept, spare):
        drafts_.sort(key=lambda d: (-d.score, d.start, d.fact))
    dropped += [drop(draft, BARELY) for draft in spare]
    return Offers(tuple(kept), tuple(spare), tuple(dropped))


def _is_bare(answer: str) -> bool:
    """Whether an answer is one common noun with its article."""
    run = answer.split()
    return (
        len(run) <= 2 and answer.islower() and not any(c.isdigit() or c in "_-.:(" for c in answer)
    )


def _plainest(matches: Sequence[Draft]) -> tuple[list[Draft], list[Draft]]:
    """Without questions that say all that another on the same answer says, and more; and those."""
    asked = [(d.start, d.answers[0], content(d.text)) for d in matches]
    longer = {
        place
        for place, (start, answer, sentence) in enumerate(asked)
        if any(s == start and a == answer and other < sentence for s, a, other in asked)
    }
    return (
        [d for place, d in enumerate(matches) if place not in longer],
        [d for place, d in enumerate(matches) if place in longer],
    )


def _judged(draft: Draft, names: Names, usage: Usage) -> tuple[Draft, str | None]:
    fault = answer_fault(draft, names) or subject_fault(draft)
    if fault:
        return draft, fault
    faults = [
        wording_fault(w, draft, names) or leak_fault(w, draft.answers) for w in draft.wordings
    ]
    if faults[0]:
        return draft, faults[0]
    sound = [w for w, f in zip(draft.wordings, faults, strict=True) if not f]
    draft = draft.with_wordings(sound)
    fault = corpus_fault(draft, usage, names)
    if fault:
        return draft, fault
    # A shorter wording may tell too little, or fit another place.
    told = [sound[0], *(w for w in sound[1:] if _as_sure(draft, w, usage, names))]
    return draft.with_wordings(told), None


def _as_sure(draft: Draft, wording: str, usage: Usage, names: Names) -> bool:
    return corpus_fault(draft.with_wordings((wording,)), usage, names) is None


def drop(draft: Draft, reason: str, detail: str = "") -> Dropped:
    """A draft that falls, and why."""
    answer = draft.answers[0] if draft.answers else ""
    return Dropped(draft.text, answer, draft.section, reason, detail, draft.way, draft.kind)


def take(
    matches: Sequence[Draft], caps: Mapping[Side, int], skip: Mapping[Side, int]
) -> list[Draft]:
    """The next best drafts of each side, at most two on one sentence, types taken in turn."""
    chosen: list[Draft] = []
    for side in ("trained", "held_out", "unseen"):
        ranked = _in_turn([d for d in matches if d.side == side])
        chosen += ranked[skip[side] : skip[side] + caps[side]]
    return chosen


def _in_turn(matches: Sequence[Draft]) -> list[Draft]:
    """Best first, but each sentence's second fact after all first ones, and kinds mixed."""
    ranked: list[tuple[int, int, Draft]] = []
    per_sentence: dict[int, int] = {}
    per_type: dict[str, int] = {}
    for draft in matches:
        nth = per_sentence[draft.start] = per_sentence.get(draft.start, 0) + 1
        if nth > 4:
            continue
        kth = per_type[draft.type] = per_type.get(draft.type, 0) + 1
        ranked.append(((nth - 1) * 4 + (kth - 1) // 2, -int(draft.score * 100), draft))
    return [d for _, _, d in sorted(ranked, key=lambda r: (r[0], r[1], r[2].start, r[2].fact))]


#: What is laid out, not told, no model of sentences can weigh.
_LAID_OUT = frozenset({"list", "order", "row"})


def _likely(
    drafts_: Sequence[Draft], model: LanguageModel
) -> tuple[dict[str, float], list[Draft], list[Dropped]]:
    """(fluency by fact, the drafts whose wording is likely enough, the others dropped)."""
    weighed = [d for d in drafts_ if d.answers and d.quote and d.type not in _LAID_OUT]
    values = fluency(model, [(d.named or d.quote, d.answers[0], d.text) for d in weighed])
    unlikely = {
        id(d): value for d, value in zip(weighed, values, strict=True) if value < LEAST_LIKELY
    }
    dropped = [
        drop(d, "unlikely wording", f"{unlikely[id(d)]:.2f}") for d in drafts_ if id(d) in unlikely
    ]
    known = model.prompt_format == "reader"
    fluent = {d.fact: round(v, 4) for d, v in zip(weighed, values, strict=True) if known}
    return fluent, [d for d in drafts_ if id(d) not in unlikely], dropped


def unsure(item: Kept) -> Dropped:
    """A question dropped because it is likely unclear or wrong."""
    return drop(item.draft, "likely unclear or wrong", f"{item.right:.2f}")


def weighed(kept: Sequence[Kept], names: Names, usage: Usage) -> tuple[Kept, ...]:
    """The kept drafts with the chances that they are right and worth asking."""
    rated = [estimate_draft(k.draft, k.fluency, k.roundtrip_f1, names, usage) for k in kept]
    return tuple(
        replace(k, right=right, worth=worth) for k, (right, worth) in zip(kept, rated, strict=True)
    )


#: Why a draft falls that is read back.
UNREADABLE = ("reader finds no answer", "reader answers otherwise", "the reader answers it")


def check_round_trip(
    drafts_: Sequence[Draft],
    model: LanguageModel,
    names: Names | None = None,
    checker: LanguageModel | None = None,
) -> Outcome:
    """The round trip over a unit's drafts, read back by ``checker`` (None: by ``model``).

    A draft by a rule that cannot have gone astray is read once more with its sentence alone where
    the reader loses itself in the neighbours; where a pronoun was resolved, only if what the reader
    answered at first is nobody that ``names`` knows.
    """
    fluent, drafts_, unlikely = _likely(drafts_, model)
    reader = checker or model
    if not drafts_:
        return Outcome((), tuple(unlikely))
    given = read_back(reader, [(d.stretch, d.text) for d in drafts_])
    again = [
        place
        for place, (draft, answer) in enumerate(zip(drafts_, given, strict=True))
        if draft.answers
        and draft.subject
        and draft.score >= SURE_SCORE
        and answer_agreement(answer, draft.answers) < ROUND_TRIP_F1
        and (draft.doubt == 0 or (draft.named and names and not names.mentions(answer)))
    ]
    if again:
        read = [drafts_[place] for place in again]
        pairs = [(d.named or d.quote, d.text) for d in read]
        for place, answer in zip(again, read_back(reader, pairs), strict=True):
            given[place] = answer
    kept: list[Kept] = []
    dropped: list[Dropped] = unlikely
    for draft, answer in zip(drafts_, given, strict=True):
        if draft.kind == "unanswerable":
            if is_refusal(answer):
                kept.append(Kept(draft, 1.0))
            else:
                dropped.append(drop(draft, UNREADABLE[2], answer))
            continue
        if draft.kind in {"behaviour", "summary"}:
            kept.append(Kept(draft, 1.0))
            continue
        f1 = answer_agreement(answer, draft.answers)
        if is_refusal(answer):
            dropped.append(drop(draft, UNREADABLE[0]))
        elif f1 < ROUND_TRIP_F1:
            dropped.append(drop(draft, UNREADABLE[1], answer))
        else:
            kept.append(Kept(draft, round(f1, 4), fluent.get(draft.fact)))
    return Outcome(tuple(kept), tuple(dropped))
