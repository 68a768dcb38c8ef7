"""The phrases of a clause, read one by one from the children of its verbs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from spacy.tokens import Doc, Token

Role = Literal[
    "object",
    "dative",
    "attribute",
    "complement",
    "prep",
    "agent",
    "measure",
    "adverb",
    "reason",
    "condition",
    "purpose",
    "means",
    "participle",
    "clause",
    "particle",
]
SUBJECTS = frozenset({"nsubj", "nsubjpass"})
_ROLES: Mapping[str, Role] = {
    "dobj": "object",
    "attr": "attribute",
    "acomp": "complement",
    "oprd": "complement",
    "agent": "agent",
    "npadvmod": "measure",
    "advmod": "adverb",
    "ccomp": "clause",
    "prt": "particle",
}
_MARKS: Mapping[str, Role] = {
    "because": "reason",
    "since": "reason",
    "as": "reason",
    "if": "condition",
    "unless": "condition",
    "when": "condition",
    "whenever": "condition",
    "once": "condition",
    "before": "condition",
    "after": "condition",
    "until": "condition",
    "till": "condition",
    "while": "condition",
    "so": "purpose",
}
#: Tags of verbs that make a sentence.
FINITE = frozenset({"VBD", "VBP", "VBZ"})


@dataclass(frozen=True, slots=True)
class Part:
    """A phrase of a clause: tokens ``start`` to ``end`` (excluded) of the document's parse.

    ``head`` is its head noun or verb, ``marker`` the preposition or conjunction that opens it.
    """

    role: Role
    start: int
    end: int
    head: Token
    marker: Token | None = None
    fronted: bool = False


class MisreadError(Exception):
    """The parse cannot be right."""


def noun_span(noun: Token) -> tuple[int, int]:
    """A noun with what belongs to it, up to what stands apart after a comma or dash."""
    start, end = noun.left_edge.i, noun.right_edge.i + 1
    doc = noun.doc
    if noun.pos_ == "PROPN" and any(_purpose(child) for child in noun.rights):
        # "register with MAX.gov to donate leave": a name has no purpose, the verb has.
        raise MisreadError
    for child in noun.rights:
        apart = doc[child.left_edge.i - 1].is_punct if child.left_edge.i else False
        if apart and child.dep_ not in {"conj", "cc", "punct", "nummod"}:
            end = min(end, child.left_edge.i)
    while end > start + 1 and doc[end - 1].is_punct and not _closes(doc, start, end - 1):
        end -= 1
    return start, end


def _purpose(child: Token) -> bool:
    infinitive = child.dep_ in {"acl", "relcl", "advcl", "xcomp"} and child.tag_ == "VB"
    return infinitive and any(c.lower_ == "to" for c in child.lefts)


def _closes(doc: Doc, start: int, at: int) -> bool:
    """Whether a mark belongs to a phrase: it closes what the phrase opens."""
    mark = doc[at].text
    opening = {")": "(", '"': '"', "”": "“", "%": ""}.get(mark)
    return opening == "" or (opening is not None and opening in doc[start:at].text)


def part_of(child: Token, verb: Token) -> Part | None:
    """The phrase that a verb's child heads; None for marks and for what is a clause of its own."""
    fronted = child.i < verb.i
    start, end = child.left_edge.i, child.right_edge.i + 1
    if child.dep_ in {"punct", "cc", "conj", "mark", "intj", "aux", "auxpass", "neg"}:
        return None
    if child.dep_ == "prep":
        if not fronted and _behind_a_shifted_object(child, verb):
            raise MisreadError
        inner = next((c for c in child.children if c.dep_ in {"pobj", "pcomp"}), None)
        if inner is None:
            return Part("adverb", start, end, child, None, fronted)
        if inner.dep_ == "pcomp":
            by = child.lower_ == "by" and inner.tag_ == "VBG"
            return Part("means" if by else "participle", start, end, inner, child, fronted)
        if any(c.dep_ in {"conj", "prep"} for c in child.children):
            # "in March and in September", "from June to October": told whole, or not at all.
            return Part("adverb", start, end, child, None, fronted)
        if start < child.i:
            # "only in the loft", "about forty": the word before narrows the phrase.
            return Part("adverb", start, end, child, None, fronted)
        return Part("prep", start, noun_span(inner)[1], inner, child, fronted)
    if child.dep_ == "agent":
        inner = next((c for c in child.children if c.dep_ == "pobj"), None)
        if inner is None:
            return None
        return Part("agent", start, noun_span(inner)[1], inner, child, fronted)
    if child.dep_ == "dative":
        inner = next((c for c in child.children if c.dep_ == "pobj"), None)
        if inner is not None:
            return Part("prep", start, noun_span(inner)[1], inner, child, fronted)
        return Part("dative", *noun_span(child), child, None, fronted)
    if child.dep_ == "advcl":
        marked = any(c.dep_ == "mark" or c.tag_ == "WRB" for c in child.lefts)
        if child.tag_ in FINITE and not marked and _headless(child) and not fronted:
            raise MisreadError
        return _adverbial(child, start, end, fronted)
    if child.dep_ == "xcomp":
        return Part("clause", start, end, child, None, fronted)
    if child.dep_ == "ccomp" and child.tag_ in FINITE and _headless(child):
        # "Guiscard, elevated to the dignity of count, drove ...": a participle read as the verb.
        raise MisreadError
    role = _ROLES.get(child.dep_)
    if role is None:
        return None
    if role in {"object", "attribute", "measure"} or (role == "complement" and child.pos_ != "ADJ"):
        start, end = noun_span(child)
    return Part(role, start, end, child, None, fronted)


def _behind_a_shifted_object(prep: Token, verb: Token) -> bool:
    """Whether a phrase follows an object that stands behind another phrase, so that it may be the
    object's or the verb's: "took from a ledge a jar without a lid"."""
    objects = [c for c in verb.rights if c.dep_ == "dobj" and c.i < prep.i]
    before = [c for c in verb.rights if c.dep_ == "prep" and c.i < prep.i]
    return any(
        noun.right_edge.i + 1 == prep.i and any(c.i < noun.left_edge.i for c in before)
        for noun in objects
    )


def _headless(verb: Token) -> bool:
    """Whether a finite verb has no subject of its own."""
    return not any(c.dep_ in SUBJECTS or c.dep_ == "expl" for c in verb.children) and not any(
        c.dep_ == "aux" and c.tag_ == "TO" for c in verb.lefts
    )


def _adverbial(child: Token, start: int, end: int, fronted: bool) -> Part | None:
    doc = child.doc
    while end > start and doc[end - 1].is_punct:
        end -= 1
    mark = next((c for c in child.lefts if c.dep_ in {"mark", "advmod"} and c.i == start), None)
    if mark is not None and mark.dep_ == "mark":
        contrast = mark.lower_ in {"while", "whereas"} and not fronted
        if contrast or mark.lower_ not in _MARKS:
            return None
    if mark is not None and mark.lower_ in _MARKS:
        return Part(_MARKS[mark.lower_], start, end, child, mark, fronted)
    to = next((c for c in child.lefts if c.lower_ == "to" and c.dep_ == "aux"), None)
    if to is not None and to.i <= start + 2 and child.tag_ == "VB":
        return Part("purpose", start, end, child, None, fronted)
    return Part("participle", start, end, child, None, fronted)
