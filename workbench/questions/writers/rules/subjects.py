"""Who or what does it, how many do it, and what something is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from workbench.questions.parsing.noun_classes import EXAMPLES, NounClass
from workbench.questions.writers.proposals import Proposal
from workbench.questions.writers.rules.asker import Asker
from workbench.questions.writers.rules.objects import of_amount
from workbench.questions.writers.rules.phrases import (
    after_number,
    agreed,
    lower,
    modified,
    number_of,
    owned,
    told_apart,
)
from workbench.types import Kind

if TYPE_CHECKING:
    from spacy.tokens import Span, Token


#: Names told of more often than this are many things.
_FAMILIAR = 4
#: An organisation named so often is the one that speaks.
_OWN = 20
#: Nouns that say nothing without what they are of.
_OPEN_NOUNS = frozenset({"example", "case", "exception", "reason", "way", "start", "thing", "one"})
#: Verbs that tell what belongs to what, and not what anybody does.
_HOLDING = frozenset({"include", "contain", "comprise", "consist", "involve"})
#: Nouns of people who act as one.
_TEAMS = frozenset(EXAMPLES["group"].split()) | {
    "parliament", "staff", "tribe", "jury", "tribunal", "congress", "senate", "cabinet", "police",
    "choir", "panel", "gang", "regiment", "troop", "congregation", "commission", "assembly",
}  # fmt: skip
#: Verbs of a group that tell how it is, and not what its people do.
_STATES = _HOLDING | {"be", "become", "have", "remain", "exist", "begin", "end", "start", "stand"}


#: With these alone, "is" says nothing that could be asked: "is through conditionals".
_LINKS = frozenset({"of", "through", "by", "via", "with", "about"})


def _unknown_name(w: Asker, head: Token, kind: NounClass) -> bool:
    """Whether a name may be anybody's or anything's, so that neither "who" nor "what" is safe."""
    bare = head.pos_ == "PROPN" and head.left_edge.pos_ != "DET" and head.text[:1].isupper()
    word = head.text.isalpha() and not head.text.isupper()
    return bare and word and not w.narrative and not kind


def _dated(subject: Span) -> bool:
    """Whether a date was read into a thing: "the city-centre of Warsaw in 1980"."""
    return any(
        t.dep_ == "pobj" and t.head.lower_ in {"in", "on"} and t.ent_type_ == "DATE"
        and t.text.isdigit() and t.head.head == subject.root
        for t in subject
    )  # fmt: skip


def _open(noun: Token) -> bool:
    """Whether a noun says nothing by itself, and is told nothing of."""
    told = any(c.dep_ in {"prep", "relcl", "acl"} for c in noun.rights)
    return noun.lemma_ in _OPEN_NOUNS and not told


def _doer(w: Asker, head: Token, kind: NounClass) -> str:
    """ "Who" of persons, and of a team or a board that does something; "what" of all else."""
    clause = w.clause
    acts = not clause.passive and clause.main.lemma_ not in _STATES
    # The noun itself has to say so: a name may be a program's, and vectors take hymns for a choir.
    people = head.tag_ == "NNPS" or (head.ent_type_ == "NORP" and head.text.endswith("s"))
    team = kind == "group" and acts and (people or head.lemma_.lower() in _TEAMS)
    return "Who" if kind == "person" or team else "What"


def of_subject(w: Asker) -> Iterator[Proposal]:
    """Who or what does it."""
    clause = w.clause
    if clause.subject is None or w.subject.lower() in {
        "you",
        "we",
        "i",
        "one",
        "people",
        "the narrator",
    }:
        return
    start, end = clause.subject
    head = clause.doc[start:end].root
    common = w.names.organisations.most_common(1)
    if not w.narrative and common and w.subject == common[0][0] and common[0][1] >= _OWN:
        # Who "we" are is what every sentence is about, and no news.
        return
    kind = w.subject_kind
    if w.doubtful_person(head) or _unknown_name(w, head, kind) or _dated(clause.doc[start:end]):
        return
    tail = w.tail()
    condition = w.lead()
    plural = head.tag_ in {"NNS", "NNPS"} or any(c.dep_ == "conj" for c in head.children)
    being = clause.main.lemma_ == "be"
    group = w.finite(singular=not (plural and being))
    if clause.group == (clause.verb,) and clause.verb.lemma_ == "be":
        attribute = next((p for p in w.parts if p.role == "attribute"), None)
        preps = [p for p in w.parts if p.role == "prep" and p.marker is not None]
        if attribute is None and all(p.marker and p.marker.lower_ in _LINKS for p in preps):
            return
        if attribute is not None and _open(attribute.head):
            # "the String type is a great example": of what, the sentence before told.
            return
        if attribute is not None and attribute.head.left_edge.lower_ in {"a", "an"} and w.narrative:
            return
    number = number_of(head)
    if number is not None and clause.verb.dep_ == "conj" and not w.narrative:
        # "Up to six days may be carried over and must be used": which six, the first half told.
        return
    if number is not None:
        yield from _counted_subject(w, head, number, tail)
        return
    named = head.i in clause.names
    if clause.doc[start].tag_ == "CD" and head.pos_ == "PROPN":
        # "Until the year 211 Dunmarrow ...": the number belongs to the phrase before.
        return
    if w.narrative and any(t.ent_type_ in {"DATE", "TIME"} for t in clause.doc[start:end]):
        # "On Monday the third the porter came down": the date was read as the subject.
        return
    if not named and head.pos_ not in {"NOUN", "PROPN", "X"} and head.tag_ != "VBG":
        return
    thing = next((p for p in w.parts if p.role == "attribute"), None)
    if being and thing is not None:
        told = thing.head
        if any(t.like_num for t in clause.doc[thing.start : told.i + 1]):
            return
        if number_of(told) is not None or told.pos_ == "NUM" or w.kind(told) == "time":
            return
        if not plural and told.tag_ == "NNS":
            return
    if being and thing is not None:
        if head.pos_ == "PROPN" and thing.head.left_edge.lower_ in {"a", "an"}:
            # "Harvard is a large research university": so are others.
            return
        told_kind = w.kind(thing.head)
        if told_kind == "person":
            kind = "person"
        elif told_kind not in {"group", ""}:
            kind = "thing"
    if clause.doc[start].lower_ in {"a", "an"} and head.pos_ == "PROPN" and kind == "person":
        # "for an instant Holmes ...": the phrase before was read into the name.
        return
    wh = _doer(w, head, kind)
    if wh == "Who" and clause.main.lemma_ in _HOLDING:
        return
    opening = f"{condition}, " if condition else ""
    wordings = [f"{opening}{wh.lower() if opening else wh} {group} {tail}"]
    moved = [p for p in w.parts if p.fronted and p.role not in {"condition", "purpose"}]
    if len(moved) == 1 and not opening:
        wordings.append(f"{clause.of(moved[0])}, {wh.lower()} {group} {w.tail(moved)}")
    elif not opening:
        last = next((p for p in reversed(w.parts) if not p.fronted and w.movable(p)), None)
        if last is not None:
            wordings.append(f"{clause.of(last)}, {wh.lower()} {group} {w.tail([last])}")
    beside = next((p for p in reversed(w.parts) if p.role == "prep" and w.aside(p)), None)
    if beside is not None and len(w.parts) > 1 and not opening:
        wordings.append(f"{wh}, {clause.of(beside)}, {group} {w.tail([beside])}")
    spare = w.spare()
    if spare and not opening:
        wordings.append(f"{wh} {group} {w.tail(spare)}")
    one = named or (head.pos_ == "PROPN" and head.left_edge.pos_ != "DET")
    if wh == "Who" and kind == "person" and not plural and one:
        wordings.append(f"{opening}{'which' if opening else 'Which'} person {w.finite()} {tail}")
    elif (
        wh == "What"
        and told_apart(head, w.narrative)
        and not clause.passive
        and (kind != "abstract")
    ):
        plural = head.tag_ in {"NNS", "NNPS"}
        wordings.append(f"Which {head.text} {w.finite(singular=not plural)} {tail}")
    done_to = next((p for p in w.parts if p.role == "object"), None)
    passive = w.passive() if len(w.subject.split()) <= 4 else ""
    if passive and done_to is not None and wh == "Who" and not opening and not owned(done_to):
        auxiliary, _, done = passive.partition(" ")
        auxiliary = agreed(auxiliary, done_to.head)
        others = w.tail([done_to])
        wordings.append(f"By whom {auxiliary} {lower(clause.of(done_to))} {done} {others}")
    kind_asked: Kind = "reversed" if being and thing is not None else "factoid"
    type_ = "person" if wh == "Who" else "thing"
    yield Proposal((lower(w.subject),), tuple(wordings), type_, kind=kind_asked)


def _counted_subject(w: Asker, head: Token, number: Token, tail: str) -> Iterator[Proposal]:
    clause = w.clause
    start, end = clause.subject or (0, 0)
    if clause.doc[start].lower_ in {"the", "all", "these", "those", "both", "each", "every", "our"}:
        return
    if number.i < start or head.tag_ not in {"NNS", "NNPS"} or not tail:
        return
    noun = clause.words(after_number(head, number), end)
    group = w.finite(singular=False)
    answers = (clause.words(start, head.i + 1), clause.words(start, end))
    yield Proposal(
        answers,
        (f"How many {noun} {group} {tail}", f"What number of {noun} {group} {tail}"),
        "number",
    )


def of_definition(w: Asker) -> Iterator[Proposal]:
    """ "Ownership is a set of rules that ...": what is ownership?"""
    clause = w.clause
    if clause.group[-1].lemma_ != "be" or len(clause.group) > 1 or clause.subject is None:
        return
    attribute = next((p for p in w.parts if p.role == "attribute"), None)
    if attribute is None or attribute.fronted or attribute.head.pos_ not in {"NOUN", "PROPN"}:
        return
    rest = [p for p in w.parts if p is not attribute]
    if attribute.head.lemma_.lower() in _OPEN_NOUNS and not any(
        c.dep_ == "prep" for c in attribute.head.rights
    ):
        # "The String type is a great example": of what, the sentence before told.
        return
    start, end = clause.subject
    head = clause.doc[start:end].root
    if head.pos_ not in {"NOUN", "PROPN"} and not any(i in clause.names for i in range(start, end)):
        return
    verb = clause.group[0].text.lower()
    answer = clause.of(attribute)
    tail = w.tail([attribute])
    if len(answer.split()) > 30 or len(rest) > 2:
        return
    if w.doubtful_person(head):
        return
    person = w.subject_kind == "person" or w.kind(attribute.head) == "person"
    known = head.pos_ == "PROPN" and not w.narrative and w.names.frequency(w.subject) > _FAMILIAR
    if known and verb not in {"is", "are"}:
        # "Normandy was the site of ...": much else is told of it.
        return
    if not person and w.narrative and not modified(head):
        return
    if person and w.kind(attribute.head) not in {"person", "group", ""}:
        # "She was an eel": a figure of speech.
        return
    number = number_of(attribute.head)
    if number is not None:
        yield from of_amount(w, attribute, number)
        return
    if (
        clause.doc[attribute.start].lower_ in {"the", "my", "his", "her", "our", "its"}
        and not person
    ):
        wh = "What"
    else:
        wh = "Who" if person else "What"
    if attribute.head.tag_ == "CD" or w.kind(attribute.head) == "time":
        return
    wordings = [f"{wh} {verb} {lower(w.subject)} {tail}"]
    if not person:
        indefinite = (
            clause.doc[attribute.start].lower_ in {"a", "an"} or attribute.head.tag_ == "NNS"
        )
        plain = len(w.subject.split()) <= 4 and w.subject.split()[0].lower() not in {"the", "these"}
        if verb in {"is", "are"} and not rest and indefinite and plain:
            wordings.append(f"What is meant by {lower(w.subject)}")
            wordings.append(f"How would you explain what {lower(w.subject)} {verb}")
    yield Proposal((answer,), tuple(wordings), "definition", lasting=True)
