"""Who somebody is, told beside the name: "Ambrose Keel, the harbour clerk"."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from workbench.questions.parsing.names import Names
from workbench.questions.parsing.parts import MisreadError, noun_span
from workbench.questions.writers.proposals import Proposal, polished

if TYPE_CHECKING:
    from spacy.tokens import Span, Token

_LONGEST = 10


def of_appositions(
    sentence: Span, swapped: Mapping[int, str], names: Names, tale: bool
) -> Iterator[Proposal]:
    """Both ways round: who was the harbour clerk, and who was Ambrose Keel."""
    for token in sentence:
        if token.dep_ != "appos" or token.head.pos_ not in {"PROPN", "NOUN"}:
            continue
        named, told = (token.head, token) if token.head.pos_ == "PROPN" else (token, token.head)
        if named.pos_ != "PROPN" or told.pos_ != "NOUN" or _lacks_its_verb(named):
            continue
        try:
            name, role = _words(named, swapped), _words(told, swapped)
        except MisreadError:
            continue
        if names.kind(name, named.ent_type_) != "person" or len(role.split()) > _LONGEST:
            continue
        if told.text[:1].isupper() and told.pos_ == "NOUN" and name.split()[0].lower() in {"the"}:
            continue
        if not all(word[:1].isupper() for word in name.split()) or len(name.split()) > 4:
            continue
        first = role.split()[0].lower() if role else ""
        owned = any(c.dep_ == "poss" and c.pos_ == "PROPN" for c in told.lefts)
        if (first not in {"the", "a", "an"} and not owned) or told.tag_ == "NNS":
            continue
        was = "was" if tale or sentence.root.tag_ in {"VBD", "VBN"} else "is"
        yield Proposal((role,), polished([f"Who {was} {name}"]), "definition", 0.0, True)
        apart = named.doc[max(named.i, told.i) - 1].is_punct or any(
            t.is_punct for t in named.doc[min(named.i, told.i) : max(named.i, told.i)]
        )
        if not apart:
            # "the Italian physicist Galileo Ferraris": one of many such.
            continue
        if (first == "the" and len(role.split()) > 2) or owned:
            # "the criminal" may be said of several, "the harbour clerk" of one.
            wordings = polished([f"Who {was} {role}", f"Which person {was} {role}"])
            yield Proposal((name,), wordings, "person", 0.0, True)


def _lacks_its_verb(named: Token) -> bool:
    """Whether a name stands behind a semicolon, in a clause whose verb was told before it.

    "Loach the baker was a loaf; Rosamund Hicks, an eel."
    """
    sentence = list(named.sent)
    marks = [t.i for t in sentence if t.text == ";"]
    start = max((at for at in marks if at < named.i), default=None)
    if start is None:
        return False
    end = min((at for at in marks if at > named.i), default=sentence[-1].i + 1)
    return not any(t.pos_ in {"VERB", "AUX"} for t in named.doc[start:end])


def _words(noun: Token, swapped: Mapping[int, str]) -> str:
    start, end = noun_span(noun)
    for child in noun.rights:
        if child.dep_ in {"appos", "punct", "cc", "conj"}:
            end = min(end, child.left_edge.i)
            break
    doc = noun.doc
    text = "".join(swapped.get(t.i, t.text) + t.whitespace_ for t in doc[start:end])
    return " ".join(text.split()).strip(" ,;:")
