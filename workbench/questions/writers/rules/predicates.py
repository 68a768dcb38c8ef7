"""Why, on what condition, and what one must do: the clauses beside the main one."""

from __future__ import annotations

from collections.abc import Iterator

from workbench.questions.parsing.clauses import Clause
from workbench.questions.parsing.parts import Part
from workbench.questions.writers.proposals import Proposal
from workbench.questions.writers.rules.asker import LONGEST_DEED, Asker
from workbench.questions.writers.rules.phrases import lower


def of_reason(w: Asker, part: Part) -> Iterator[Proposal]:
    clause = w.clause
    word = part.marker.lower_ if part.marker is not None else ""
    if word == "as" or (word == "since" and w.narrative):
        # Mostly "while" and "in the way that".
        return
    answer = clause.of(part)
    if len(answer.split()) > 24:
        return
    wordings = [*w.both("Why", [part]), w.asked("For what reason", [part])]
    yield Proposal((lower(answer), clause.inner(part)), tuple(wordings), "reason")


def of_purpose(w: Asker, part: Part) -> Iterator[Proposal]:
    clause = w.clause
    answer = lower(clause.of(part))
    others = [p for p in w.parts if p is not part]
    if not 3 <= len(answer.split()) <= LONGEST_DEED or not (others or len(clause.group) > 1):
        return
    before = [t.lower_ for t in clause.doc[clause.sentence.start : part.start]]
    if {"enough", "too"} & set(before[-14:]) or (
        clause.main.lemma_ in _GO_ON and before[-1:] != [","] and not w.narrative
    ):
        # "enough to understand", "proceed on to complete": what follows, and no purpose.
        return
    # "Why can you opt in?" asks what gives the right.
    why = [] if modal_can(clause) else w.both("Why", [part])
    wordings = [*why, w.asked("For what purpose", [part])]
    yield Proposal(
        (answer, answer.removeprefix("in order ").removeprefix("so that ").removeprefix("to ")),
        tuple(wordings),
        "reason",
    )


#: Verbs behind which "to" tells the next step.
_GO_ON = frozenset({"proceed", "continue", "move", "go", "come", "get"})
#: What begins with one of these behind a deed is still part of it.
_GOING_ON = frozenset({"NOUN", "PROPN", "VERB", "ADP", "SCONJ"})


def of_predicate(w: Asker) -> Iterator[Proposal]:
    """The whole predicate: what must you do, what does the command do."""
    clause = w.clause
    condition = next((p for p in w.parts if p.role in {"condition", "purpose"}), None)
    rest = [p for p in w.parts if p is not condition and not (p.fronted and p.role != "prep")]
    if w.narrative or not rest or clause.passive or clause.verb.lemma_ in {"be", "have"}:
        return
    if clause.group[0].tag_ != "MD" and w.helper[0] not in {"do", "does", "did", "should"}:
        return
    fronted = [p for p in rest if p.fronted]
    after = [p for p in rest if not p.fronted]
    if modal_will(clause) and clause.main.lemma_.lower() in _BEFALLS:
        # "If it is approved, you will receive a letter": nothing that you do.
        return
    if modal_can(clause) and condition is not None and condition.end - condition.start < _TOLD:
        # "If you use Ubuntu, what can you do?" has a hundred answers.
        return
    deed = clause.words(clause.main.i, max((p.end for p in after), default=clause.main.i + 1))
    end = max((p.end for p in after), default=clause.main.i + 1)
    within = any(p.start <= end < p.end for p in w.parts)
    if not within and end < clause.sentence.end and clause.doc[end].pos_ in _GOING_ON:
        # What follows without a mark between belongs to it: the answer would be cut.
        return
    if not after or not 3 <= len(deed.split()) <= LONGEST_DEED:
        return
    if any(c.dep_ == "conj" and c.pos_ == "VERB" for c in clause.main.children):
        # "Log in, find the page and click": one step of several is not what you should do.
        return
    subject = w.subject.lower()
    place = clause.of(fronted[0]) if len(fronted) == 1 else ""
    first = clause.group[0]
    modal = first.text.lower() if first.tag_ == "MD" else ""
    told = clause.of(condition) if condition is not None else ""
    code = (
        clause.subject is not None and clause.doc[clause.subject[0]].text != "" and _is_code(clause)
    )
    duty = (
        clause.imperative
        or modal in {"must", "should", "may", "can", "shall"}
        or (len(clause.group) > 1 and clause.verb.lemma_ in {"need", "require", "have"})
    )
    if (
        condition is not None
        and (duty or not w.narrative)
        and (subject in {"you", "we"} or w.subject_kind in {"person", "group"} or clause.imperative)
    ):
        auxiliary, helper_rest = w.helper
        between = helper_rest.rsplit(" ", 1)[0] if " " in helper_rest else ""
        if clause.imperative:
            between = ""
        answer = _bare(deed, clause)
        told = lower(told)
        who = w.subject
        at = f" {lower(place)}" if place else ""
        wordings = (
            f"What {auxiliary} {who} {between} do{at} {told}",
            f"{told}, what {auxiliary} {who} {between} do{at}",
        )
        yield Proposal((answer,), wordings, "deed", 0.1)
    elif code and clause.verb.tag_ == "VBZ" and len(clause.group) == 1:
        yield Proposal(
            (deed,),
            (
                f"What does {w.subject} do",
                f"What is {w.subject} for",
                f"What is the effect of {w.subject}",
            ),
            "deed",
            lasting=True,
        )


#: Verbs of what befalls somebody.
_BEFALLS = frozenset({"receive", "get", "lose", "see", "find", "have", "need", "want", "be"})


#: Words of a condition that leaves little open.
_TOLD = 6


def modal_can(clause: Clause) -> bool:
    return clause.group[0].lower_ in {"can", "may", "could", "might"}


def modal_will(clause: Clause) -> bool:
    return clause.group[0].lower_ in {"will", "'ll", "’ll", "would"}


def _bare(deed: str, clause: Clause) -> str:
    _first, _, rest = deed.partition(" ")
    return (
        f"{clause.main.lemma_.lower()} {rest}" if clause.main.tag_ not in {"VBG", "VBN"} else deed
    )


def _is_code(clause: Clause) -> bool:
    start, end = clause.subject or (0, 0)
    return any(
        any(c in t.text for c in "`_-.()<>{}/!&*") and len(t.text) > 2
        for t in clause.doc[start:end]
    )


def of_condition(w: Asker) -> Iterator[Proposal]:
    """Under what condition, when: asked where the rest of the clause is a rule."""
    clause = w.clause
    part = next((p for p in w.parts if p.role == "condition"), None)
    if part is None or w.narrative or part.marker is None:
        return
    answer = lower(clause.of(part))
    word = part.marker.lower_
    rest = [p for p in w.parts if p is not part]
    if not 3 < len(answer.split()) <= LONGEST_DEED or not (rest or clause.passive):
        return
    if not any(c.dep_ in {"nsubj", "nsubjpass", "expl"} for c in part.head.children):
        # "when encoded in UTF-8": how it is looked at, not when it is so.
        return
    wordings: tuple[str, ...]
    if word in {"if", "unless"}:
        wordings = (w.asked("Under what condition", [part]), w.asked("In what case", [part]))
    elif word == "until":
        # Asked with "when", it would be turned round.
        yield Proposal((answer,), (w.asked("Until when", [part]),), "condition", 0.1)
        return
    elif word in {"before", "after", "when", "once", "whenever"}:
        wordings = (w.asked("When", [part]),)
    else:
        return
    yield Proposal((answer, clause.inner(part)), wordings, "condition", 0.1)
