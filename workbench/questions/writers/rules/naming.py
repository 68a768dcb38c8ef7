"""Whom a sentence is about: its pronouns and its "we" as a question can name them."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from workbench.questions.parsing.clauses import Clause
from workbench.questions.parsing.parts import MisreadError, noun_span
from workbench.questions.parsing.reference import Referents
from workbench.questions.parsing.statements import Reading, Statement

if TYPE_CHECKING:
    from spacy.tokens import Span, Token

#: How doubtful a fact is (0 to 1) where a pronoun had to be read as a name, where "it" was
#: read as what the sentence before is about, and where somebody says it.
RESOLVED, CARRIED, SPOKEN = 0.3, 0.4, 0.4
_POINTING = frozenset({"this", "that", "these", "those", "it", "they", "there", "such", "both"})
#: Whom a guide means by "we" where it says what is so, not what was done before.
_READER = {"we": "you", "us": "you", "our": "your", "ours": "yours"}
_NARRATOR = {"i": "the narrator", "me": "the narrator", "my": "the narrator's"}
_GUIDING = re.compile(r"\b[Ll]et[’']s\b|\b[Ww]e[’']ll\b|\b[Yy]ou[’']ll\b")


def readers_own(sentence: Span) -> dict[int, str]:
    """Words to put for those by which a guide means whoever follows it: "when we call"."""
    return {
        t.i: _READER[t.lower_]
        for t in sentence
        if t.lower_ in _READER and not (t.dep_ == "nsubj" and t.head.tag_ in {"VBD", "VBN"})
    }


def narrators_own(sentence: Span) -> dict[int, str]:
    """Words to put for those by which a tale's teller means himself."""
    return {t.i: _NARRATOR[t.lower_] for t in sentence if t.lower_ in _NARRATOR}


def own_words(clause: Clause, subject: str) -> Clause:
    """The clause with "his" left where it means its subject: no "Ann pulled Ann's coat"."""
    start, end = clause.subject or (0, 0)
    names = {
        at: clause.doc[at].text if name in {subject, f"{subject}'s"} else name
        for at, name in clause.names.items()
        if not start <= at < end
    }
    return replace(clause, names={**clause.names, **names})


def subject_head(root: Token) -> Token | None:
    return next((c for c in root.lefts if c.dep_ in {"nsubj", "nsubjpass"}), None)


def named_subject(
    clause: Clause,
    before: Statement | None,
    referents: Referents,
    place: int,
    reading: Reading,
    tale: bool,
) -> tuple[str | None, float]:
    """The subject as a question can say it, and the doubt; None where nobody can tell."""
    if clause.imperative:
        return ("you", 0.1) if not tale else (None, 0.0)
    assert clause.subject is not None
    start, end = clause.subject
    first = clause.doc[start]
    text = clause.words(start, end)
    low = first.lower_
    if low in {"we", "us"} and text == "you":
        return None, 0.0
    if end - start == 1 and first.i in clause.names:
        return text, RESOLVED if low in {"he", "she"} else 0.0
    if low == "i" and tale and first.i in clause.names:
        return "the narrator", 0.0
    if low in {"he", "she", "i", "me"} or (tale and low in {"you", "we", "one"}):
        return None, 0.0
    if low == "we":
        return None, 0.0
    if low == "it" and any(t.lower_ == "that" and t.i > clause.verb.i for t in clause.sentence):
        # "It was only in 1489 that ...": "it" is nobody.
        return None, 0.0
    if low in _POINTING:
        topic = _topic(before, clause, tale) if low in {"it", "they"} and end - start == 1 else ""
        return (topic or None), CARRIED
    if low in {"his", "her", "its", "their", "my"}:
        return (text, RESOLVED) if first.i in clause.names else (None, 0.0)
    if first.tag_ in {"WP", "WDT", "WRB", "EX", "DT"} and end - start == 1:
        return None, 0.0
    return text, 0.0


def _topic(before: Statement | None, clause: Clause, tale: bool) -> str:
    """What "it" or "they" that opens a sentence means: the subject of the sentence before."""
    if before is None or tale or clause.doc is not before.sentence.doc:
        return ""
    if clause.subject is None or clause.subject[0] != clause.sentence.start:
        return ""
    head = subject_head(before.sentence.root)
    if head is None or head.pos_ not in {"NOUN", "PROPN"}:
        return ""
    plural = head.tag_ in {"NNS", "NNPS"}
    if plural != (clause.doc[clause.subject[0]].lower_ == "they"):
        return ""
    try:
        start, end = noun_span(head)
    except MisreadError:
        return ""
    text = " ".join(head.doc[start:end].text.split())
    return text if len(text.split()) <= 8 and head.doc[start].lower_ not in _POINTING else ""


def with_name(statement: Statement, clause: Clause, subject: str) -> str:
    """The sentence with the name that a clause's subject stands for, or ""."""
    if clause.subject is None or clause.words(*clause.subject) == statement.text:
        return ""
    start, end = clause.subject
    if not any(i in clause.names for i in range(start, end)):
        return ""
    span = clause.doc[start:end]
    sentence = statement.sentence
    left = sentence.text[: span.start_char - sentence.start_char]
    right = sentence.text[span.end_char - sentence.start_char :]
    return " ".join(f"{left}{subject}{right}".split())


def is_guide(text: str) -> bool:
    """Whether "we" are those who teach, not those who employ: "let's", "we'll look at"."""
    says_we = len(re.findall(r"\b[Ww]e\b", text))
    return len(_GUIDING.findall(text)) * 10 > says_we > 0


def organisation_of(reading: Reading, document: str) -> str:
    """Whom "we" means: the organisation named most often in the corpus, if it is named a lot."""
    if reading.is_tale(document):
        return ""
    common = reading.names.organisations.most_common(2)
    if not common or common[0][1] < 5:
        return ""
    text = reading.corpus.document(document).text
    if text.count(common[0][0]) < 3:
        return ""
    if is_guide(text):
        return ""
    says_we = len(re.findall(r"\b[Ww]e\b", text)) * 1000 / max(1, len(text.split()))
    return common[0][0] if says_we < 8 else ""
