"""Single phrases and words of a clause: what they hold, and how they are written in a question."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.questions.lexicon import lexicon
from workbench.questions.parsing.parts import Part

if TYPE_CHECKING:
    from spacy.tokens import Token

#: Nouns that last: "nine weeks".
DURATIONS = lexicon("asking", "durations")
MONEY = frozenset(
    ["dollar", "euro", "pound", "penny", "cent", "crown", "shilling", "franc", "guinea"]
)
_OPENERS = lexicon("asking", "openers")


def entity_text(noun: Token) -> str:
    """The whole name that a noun ends, as the recogniser bounds it; "" where it is none."""
    if not noun.ent_type_:
        return ""
    start = noun.i
    while start > 0 and noun.doc[start].ent_iob_ == "I":
        start -= 1
    return str(noun.doc[start : noun.i + 1].text)


def lower_verb(word: str) -> str:
    """A verb that opens a sentence or an item, in small letters."""
    return word.lower() if word[1:] == word[1:].lower() else word


def base(verb: Token) -> str:
    """The base form of a verb; where the parse's does not give the word back ("scrap" of
    "scraped"), the inflector's own."""
    from lemminflect import getInflection, getLemma

    lemma, word = verb.lemma_.lower(), verb.lower_
    if verb.tag_ not in {"VBD", "VBN"} or word in getInflection(lemma, verb.tag_):
        return str(lemma)
    return next(
        (str(b) for b in getLemma(word, "VERB") if word in getInflection(b, verb.tag_)), str(lemma)
    )


def inflected(lemma: str, tag: str) -> str:
    """A verb's form by its Penn tag: ("pay", "VBN") -> "paid"."""
    from lemminflect import getInflection

    forms = getInflection(lemma.lower(), tag)
    return str(forms[0]) if forms else lemma


def lower(text: str) -> str:
    """The text with a small first letter unless its first word is a name or "I"."""
    first = text.split(" ", 1)[0]
    if first in {"I"} or first[1:] != first[1:].lower() or not first[:1].isupper():
        return text
    return text[:1].lower() + text[1:] if first.lower() in _OPENERS else text


def modified(noun: Token) -> bool:
    return any(c.dep_ in {"compound", "amod", "nummod", "poss"} for c in noun.lefts)


def told_apart(noun: Token, narrative: bool) -> bool:
    """Whether "which stars" asks for more than a colour: a tale's adjectives single nothing out."""
    marks = {"compound", "nummod", "poss"} if narrative else {"compound", "amod", "nummod", "poss"}
    joined = any(c.dep_ == "conj" for c in noun.children)
    plain = noun.text.isalpha() and noun.text.islower() and len(noun.text) > 2
    return plain and not joined and any(c.dep_ in marks for c in noun.lefts)


def number_of(noun: Token) -> Token | None:
    """The number that counts a noun: twelve in "up to twelve weeks"."""
    numbers = [c for c in noun.lefts if c.dep_ == "nummod" and c.i < noun.i]
    if len(numbers) != 1 or numbers[0].lower_ in {"one", "1"} or not noun.text[:1].isalpha():
        return None
    return numbers[0]


def after_number(noun: Token, number: Token) -> int:
    """Where the noun begins that a number counts: past "one hundred and two"."""
    return (
        max(t.i for t in noun.doc[number.left_edge.i : noun.i] if t.pos_ == "NUM" or t == number)
        + 1
    )


def is_money(part: Part) -> bool:
    """Whether a phrase is a sum with its sign: "$75", not "claims over $75"."""
    near = [part.head, *(c for c in part.head.lefts if c.dep_ in {"nummod", "quantmod", "nmod"})]
    signed = any(t.tag_ == "$" or t.text[:1] in "$€£" for t in near)
    signed = signed and any(t.text[0].isdigit() for t in near)
    return signed and (part.head.pos_ in {"NUM", "SYM"} or part.head.tag_ in {"$", "CD"})


def owned(part: Part) -> bool:
    """Whether a thing is told as its doer's: "his thumb", which no passive may open with."""
    return any(t.tag_ == "PRP$" for t in part.head.doc[part.start : part.end])


def agreed(auxiliary: str, noun: Token) -> str:
    plural = noun.tag_ in {"NNS", "NNPS"} or any(c.dep_ == "conj" for c in noun.children)
    return {"was": "were", "is": "are"}.get(auxiliary, auxiliary) if plural else auxiliary
