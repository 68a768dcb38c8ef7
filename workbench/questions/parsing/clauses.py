"""The clauses of a parsed sentence: subject, verb group, and the parts around them.

A clause is read from the dependency parse. Verbs that take an infinitive ("need to email the
form") are one group with it, since questions reach through them: "What do you need to email?".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

from workbench.questions.parsing.parts import (
    FINITE,
    SUBJECTS,
    MisreadError,
    Part,
    noun_span,
    part_of,
)

if TYPE_CHECKING:
    from spacy.tokens import Doc, Span, Token

#: Marks of a clause that a parse has not understood as a plain statement.
_UNREAD = frozenset({"dep", "parataxis", "csubj", "csubjpass", "preconj", "meta"})
_CONTRACTED = {"'ll": "will", "'ve": "have", "'re": "are", "'m": "am"}
_NEGATING = frozenset({"never", "hardly"})


@dataclass(frozen=True)
class Clause:
    """One finite verb with its subject and parts; ``names`` are words to put for pronouns.

    ``group`` is the verb group in order, from its first auxiliary to its last verb. ``imperative``
    clauses ("Submit the form") have no subject.
    """

    doc: Doc
    sentence: Span
    subject: tuple[int, int] | None
    verb: Token
    group: tuple[Token, ...]
    parts: tuple[Part, ...]
    negated: bool
    passive: bool
    imperative: bool = False
    doubtful: bool = False
    names: Mapping[int, str] = field(default_factory=dict)

    def words(self, start: int, end: int) -> str:
        """The text of some tokens, pronouns named, marks at its ends left out."""
        run: list[str] = []
        for token in self.doc[start:end]:
            low = token.lower_
            text = self.names.get(token.i) or _CONTRACTED.get(low) or self._plain(token)
            glued = low in _CONTRACTED and run
            run.append(f" {text}{token.whitespace_}" if glued else text + token.whitespace_)
        return " ".join("".join(run).split()).strip(" ,;:-–—")

    def _plain(self, token: Token) -> str:
        """A word as it stands inside a sentence: the first one in small letters, unless a name."""
        text = str(token.text)
        first = token.i == self.sentence.start and token.pos_ != "PROPN" and not token.ent_type_
        if first and text != "I":
            return text.lower() if text[1:] == text[1:].lower() else text
        return text

    def of(self, part: Part) -> str:
        """The text of a part."""
        return self.words(part.start, part.end)

    def inner(self, part: Part) -> str:
        """The text of a part without the preposition or conjunction that opens it."""
        return self.words(part.start + 1 if part.marker is not None else part.start, part.end)

    @property
    def main(self) -> Token:
        """The last verb of the group, which the parts belong to."""
        return self.group[-1]


def clauses(sentence: Span, names: Mapping[int, str]) -> Iterator[Clause]:
    """All clauses of a sentence that can be read whole, in the order of the text."""
    for token in sentence:
        if token.pos_ in {"VERB", "AUX"} and token.dep_ in {"ROOT", "conj", "relcl"}:
            try:
                clause = _clause(token, sentence, names)
            except MisreadError:
                continue
            if clause is not None:
                yield clause


def _clause(verb: Token, sentence: Span, names: Mapping[int, str]) -> Clause | None:
    subject = _subject(verb)
    auxiliaries = [c for c in verb.lefts if c.dep_ in {"aux", "auxpass"}]
    if verb.dep_ == "conj" and not any(c.dep_ in SUBJECTS for c in verb.lefts):
        head = verb.head
        if head.pos_ not in {"VERB", "AUX"}:
            return None
        passive = head.tag_ == "VBN" and any(c.dep_ == "auxpass" for c in head.lefts)
        if not auxiliaries and passive and verb.tag_ == "VBD":
            # "must be completed and made part of it": past or passive, its form does not tell.
            return None
        if not auxiliaries and verb.tag_ != head.tag_ and verb.tag_ not in FINITE:
            # "must be signed and returned": the second verb shares the first one's auxiliaries.
            auxiliaries = [c for c in head.lefts if c.dep_ in {"aux", "auxpass"}]
            if head.dep_ == "conj" and not auxiliaries:
                return None
        elif not auxiliaries and head.tag_ == verb.tag_ and verb.tag_ in {"VB", "VBN"}:
            auxiliaries = [c for c in head.lefts if c.dep_ in {"aux", "auxpass"}]
    if verb.dep_ == "conj" and verb.head.dep_ not in {"ROOT", "conj"}:
        return None
    imperative = (
        subject is None and verb.tag_ in {"VB", "VBP"} and not auxiliaries and verb.dep_ == "ROOT"
    )
    if subject is None and not imperative:
        return None
    finite = (
        imperative
        or verb.tag_ in FINITE
        or any(a.tag_ in {"MD", "VBD", "VBP", "VBZ"} for a in auxiliaries)
    )
    if not finite:
        return None
    children = list(verb.children)
    if any(c.dep_ in _UNREAD or c.dep_ == "expl" for c in children):
        return None
    if any(c.dep_ == "mark" or (c.dep_ == "advmod" and c.tag_ == "WRB") for c in verb.lefts):
        # "If the value is an Ok": said under a condition, whatever the parse made of it.
        return None
    if any(c.dep_ == "ccomp" and (c.i < verb.i or _stands_alone(c)) for c in children):
        return None
    chain = [verb]
    while (after := _infinitive(chain[-1])) is not None:
        chain.append(after)
    first = min([a.i for a in auxiliaries if a.head == verb] or [verb.i])
    group: list[Token] = [a for a in auxiliaries if a.head != verb]
    last = chain[-1].i
    members = set(chain)
    parts: list[Part] = []
    for token in verb.doc[first : last + 1]:
        inside = token in members or (
            token.head in members and token.dep_ in {"aux", "auxpass", "prt", "neg"}
        )
        adverb = token.head in members and token.dep_ == "advmod" and not list(token.children)
        link = token.dep_ == "acomp" and token.head in members
        if inside or adverb or link:
            group.append(token)
        elif any(token.i >= p.start and token.i < p.end for p in parts):
            continue
        elif not token.is_punct and not _inside_child(token, members, verb):
            return None
    negated = any(c.dep_ == "neg" or c.lower_ in _NEGATING for m in chain for c in m.children)
    for member in chain:
        for child in member.children:
            if child.i in {g.i for g in group} or child.dep_ in SUBJECTS:
                continue
            part = part_of(child, verb)
            if part is None:
                continue
            if part.start < first and subject is not None and part.start > subject[0]:
                continue
            parts.append(part)
    if verb.dep_ == "conj" and verb.head.pos_ in {"VERB", "AUX"} and not parts_before(parts, first):
        # "If it rains, she closes the door and lights the lamp": the condition holds of both.
        parts += [
            p
            for p in (part_of(c, verb.head) for c in verb.head.lefts)
            if p is not None and p.role in {"condition", "purpose", "prep", "measure"}
        ]
    later = [
        c.i for m in chain for c in m.children if c.dep_ == "conj" and c.pos_ in {"VERB", "AUX"}
    ]
    if later and any(p.start > min(later) for p in parts):
        # What follows the next predicate may belong to that.
        return None
    parts.sort(key=lambda p: p.start)
    if any(a.end > b.start for a, b in pairwise(parts)):
        return None
    group.sort(key=lambda t: t.i if t.head in members or t in members else -1)
    own = [t for t in group if t in members or t.head in members]
    if not _agrees(group) or _skips(verb, subject, own, parts):
        return None
    if any(_torn_list(p) for p in parts):
        # "20th Century Fox, Lionsgate and Walt Disney Studios paid": a torn list of subjects.
        return None
    passive = any(c.dep_ == "auxpass" for c in chain[-1].children) or (
        any(a.dep_ == "auxpass" for a in auxiliaries)
    )
    return Clause(
        verb.doc, sentence, subject, verb, tuple(group), tuple(parts), negated, passive,
        imperative, names=names,
    )  # fmt: skip


def _torn_list(part: Part) -> bool:
    """Whether names in front of a clause are the first of its subjects, and no time."""
    if not part.fronted or part.role != "measure":
        return False
    listed = any(t.text == "," for t in part.head.doc[part.start : part.end])
    return listed or (part.head.pos_ == "PROPN" and part.head.ent_type_ not in {"DATE", "TIME"})


def _agrees(group: Sequence[Token]) -> bool:
    """Whether a modal is followed by a bare verb: not "may reimbursed"."""
    verbs = [t for t in group if t.dep_ != "neg" and t.pos_ in {"VERB", "AUX"}]
    return not (len(verbs) > 1 and verbs[0].tag_ == "MD" and verbs[1].tag_ not in {"VB", "VBP"})


def _skips(
    verb: Token, subject: tuple[int, int] | None, group: Sequence[Token], parts: Sequence[Part]
) -> bool:
    """Whether words of the clause belong to no part, so that it was taken apart wrongly.

    What stands apart after a comma, a dash or a bracket may be left out, and so may the next
    predicate.
    """
    spans = [(p.start, p.end) for p in parts] + [(t.i, t.i + 1) for t in group]
    own = subject is not None and any(c.dep_ in SUBJECTS for c in verb.lefts)
    if own and subject is not None and verb.dep_ != "relcl":
        spans.append(subject)
    covered = {i for start, end in spans for i in range(start, end)}
    doc = verb.doc
    first, last = min(covered), max(covered)
    other = {
        t.i
        for child in verb.children
        if child.dep_ in {"conj", "cc", "intj", "neg"} or child.lower_ in _NEGATING
        for t in child.subtree
    }
    whole = {t.i for t in verb.subtree}
    while last + 1 in whole and last + 1 not in other and not doc[last + 1].is_punct:
        # What follows without a mark between is part of it too.
        last += 1
    at = first
    while at <= last:
        loose = at not in covered and at not in other and not doc[at].is_punct
        loose = loose and not _passing(doc[at])
        if loose and not doc[at - 1].is_punct:
            return True
        if loose:
            # Set off: all of it up to the next word of the clause.
            while at <= last and at not in covered:
                at += 1
            continue
        at += 1
    return False


def _passing(token: Token) -> bool:
    """Whether a lone adverb can be left out: "thus", "soon", but not "only"."""
    lone = token.dep_ == "advmod" and not list(token.children)
    return lone and token.lower_ not in {"only", "even", "just", "not", "almost", "nearly"}


def parts_before(parts: Sequence[Part], first: int) -> bool:
    """Whether a phrase of a clause's own stands before its verb."""
    return any(p.start < first for p in parts)


def _stands_alone(clause: Token) -> bool:
    """Whether what is read as an object clause is a sentence of its own: "there was a grate"."""
    if any(c.dep_ == "expl" for c in clause.children):
        return True
    before = clause.doc[clause.left_edge.i - 1] if clause.left_edge.i else None
    return before is not None and before.text in {",", ";", ":", "-", "–", "—"}


def _inside_child(token: Token, members: set[Token], verb: Token) -> bool:
    """Whether a token between the verbs belongs to a phrase of one of them: it is read there."""
    at = token
    while at.head != at and at.head not in members:
        at = at.head
    return at.head in members and at.dep_ in {"npadvmod", "advmod", "prep", "dobj", "dative"}


def _subject(verb: Token) -> tuple[int, int] | None:
    """Tokens of the subject; a second predicate takes the first one's, a relative its noun."""
    for child in verb.lefts:
        if child.dep_ in SUBJECTS:
            if verb.dep_ == "relcl":
                return _antecedent(verb) if child.lower_ in {"who", "which", "that"} else None
            return noun_span(child)
    if verb.dep_ == "conj" and verb.head.pos_ in {"VERB", "AUX"}:
        return _subject(verb.head)
    return None


def _antecedent(verb: Token) -> tuple[int, int] | None:
    noun = verb.head
    start = noun.left_edge.i
    end = verb.left_edge.i
    while end > start and verb.doc[end - 1].is_punct:
        end -= 1
    return (start, end) if noun.i < end else None


def _infinitive(verb: Token) -> Token | None:
    """The infinitive that a verb takes: need -> email, is required -> submit, is able -> do."""
    for child in verb.children:
        if child.dep_ == "xcomp" and child.pos_ in {"VERB", "AUX"} and child.i > verb.i:
            to = any(c.lower_ == "to" and c.dep_ == "aux" for c in child.lefts)
            plain = not any(c.dep_ in {"dobj", "dative"} and c.i < child.i for c in verb.rights)
            if to and plain and not any(c.dep_ in SUBJECTS for c in child.lefts):
                return child
        if child.dep_ == "acomp" and child.i > verb.i:
            for inner in child.children:
                if inner.dep_ == "xcomp" and any(c.lower_ == "to" for c in inner.lefts):
                    return inner if inner.pos_ in {"VERB", "AUX"} else None
    return None
