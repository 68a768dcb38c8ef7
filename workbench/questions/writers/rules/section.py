"""Questions by rule on the parse: what a section's sentences, lists, tables and headings offer."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from workbench.questions.dataset.plan import Plan
from workbench.questions.parsing.blocks import Block
from workbench.questions.parsing.clauses import Clause, clauses
from workbench.questions.parsing.parts import MisreadError
from workbench.questions.parsing.reference import Referents
from workbench.questions.parsing.statements import Reading, Statement
from workbench.questions.quality.leaks import leak_fault
from workbench.questions.words import content
from workbench.questions.writers.drafts import Draft, fact_id, stretch
from workbench.questions.writers.proposals import Proposal
from workbench.questions.writers.rules.appositions import of_appositions
from workbench.questions.writers.rules.asker import Asker
from workbench.questions.writers.rules.clause import proposals
from workbench.questions.writers.rules.layout import leads, of_layout, of_list
from workbench.questions.writers.rules.phrases import lower
from workbench.types import Section

if TYPE_CHECKING:
    from spacy.tokens import Span, Token

#: How doubtful a fact is (0 to 1) where a pronoun had to be read as a name, where "it" was
#: read as what the sentence before is about, and where somebody says it.
RESOLVED, CARRIED, SPOKEN = 0.3, 0.4, 0.4
#: Words of a sentence that is read: shorter ones are shouts and fragments, longer ones mislead.
SHORTEST, LONGEST = 4, 60
_POINTING = frozenset({"this", "that", "these", "those", "it", "they", "there", "such", "both"})
_FIRST = frozenset({"we", "us", "our", "ours"})
#: Headings that say nothing of what stands below them.
_EMPTY = re.compile(
    r"(?:(?:process |general )?overview|introduction|summary|notes?|faqs?"
    r"|frequently asked questions|examples?|usage|background|general|other|misc\w*|more|details?"
    r"|resources|about|contents|conclusion|\d+)\W*",
    re.IGNORECASE,
)
#: Words of a heading that is quoted beside a question, at the most.
_LONGEST_LABEL = 9
#: Content words from which on a question with a name, or a word of its heading, is clear by itself.
_SPECIFIC = 4
_DEFINITE = re.compile(r"\bthe [a-z]")
_NUMBERING = re.compile(r"^\d[\d.]*[.)]?\s+")


def drafts_of(section: Section, plan: Plan, reading: Reading) -> list[Draft]:
    """All drafts of a section by rule, in reading order; nothing is judged yet."""
    names = reading.names
    statements = reading.statements(section)
    tale = reading.is_tale(section.document)
    referents = Referents(
        [s.sentence for s in statements], [s.spoken for s in statements], names, reading.classes
    )
    found: dict[str, Draft] = {}
    narrated = tale and reading.is_first_person(section.document)
    organisation = organisation_of(reading, section.document)
    guide = not tale and is_guide(reading.corpus.document(section.document).text)
    texts = [s.text for s in statements]
    for place, statement in enumerate(statements):
        if not _readable(statement, tale):
            continue
        before = statements[place - 1] if place else None
        for subject, named, proposal in _offers(
            statement, before, place, referents, reading, organisation, tale, narrated, guide
        ):
            start, end = statement.place
            _add(found, section, plan, proposal, (start, end), subject, named,
                 stretch(texts, place), reading, statement.block.path, tale)  # fmt: skip
    lists = {} if tale else leads(reading.blocks(section))
    for statement in statements:
        for proposal, items in _lists(statement, lists, referents, reading):
            span = (statement.place[0], items[-1].end)
            context = f"{statement.text} {'; '.join(i.text for i in items)}"
            _add(found, section, plan, proposal, span, "", "", context, reading,
                 statement.block.path, tale)  # fmt: skip
    if not tale:
        for proposal, (start, end), path, context in of_layout(reading, section):
            _add(found, section, plan, proposal, (start, end), "", "", context, reading, path, tale)
    return list(found.values())


def _add(
    found: dict[str, Draft],
    section: Section,
    plan: Plan,
    proposal: Proposal,
    span: tuple[int, int],
    subject: str,
    named: str,
    context: str,
    reading: Reading,
    path: tuple[str, ...],
    tale: bool,
) -> None:
    document = reading.corpus.document(section.document)
    wordings = proposal.wordings
    if not tale:
        label = context_label(reading, section.document, path, wordings[0], proposal.answers[0])
        if label:
            wordings = tuple(_within(w, label, n) for n, w in enumerate(wordings))
    fact = fact_id(section.document, span[0], proposal.wordings[0], proposal.answers[0])
    draft = Draft(
        fact=fact,
        section=section.id,
        document=section.document,
        start=span[0],
        end=span[1],
        quote=document.text[slice(*span)],
        stretch=context,
        answers=proposal.answers,
        wordings=wordings,
        type=proposal.type,
        kind="why_how" if proposal.type in {"reason", "means"} else proposal.kind,
        tags=_tags(proposal),
        side=plan.side(section.id, span[0]),
        subject=subject,
        doubt=round(proposal.doubt, 2),
        lasting=proposal.lasting,
        named=named,
        tale=tale,
    )
    found.setdefault(f"{fact}/{draft.text}", draft)


def _lists(
    statement: Statement, lists: Mapping[int, list[Block]], referents: Referents, reading: Reading
) -> Iterator[tuple[Proposal, list[Block]]]:
    """What the lead of a list asks for, answered by its items."""
    items = lists.get(statement.block.start, [])
    if not items or not statement.text.endswith(":"):
        return
    for clause in clauses(statement.sentence, {}):
        subject, _ = _named_subject(clause, None, referents, 0, reading, tale=False)
        if subject is not None:
            asker = Asker(clause, subject, reading, narrative=False)
            for proposal in of_list(asker, [i.text.strip().rstrip(".;,") for i in items]):
                yield proposal, items


#: "Grading - what to look for": a label before a sentence, which a parse reads into it.
_LABELLED = re.compile(r"^[^.,;]{2,60}?(?: [-–—] |: )")


#: What its items tell is no advice: what has been learned, or is to be practised.
_RECAP = re.compile(r"\b(?:learn(?:ed|t)|how to|exercises?|practi[cs]e|homework|quiz)\b", re.I)


def _torn(statement: Statement) -> bool:
    """Whether something was taken out of a sentence, so that a preposition hangs in the air."""
    for token in statement.sentence:
        after = token.i + 1
        if token.dep_ != "prep" or list(token.children) or after >= statement.sentence.end:
            continue
        if token.doc[after].pos_ in {"ADP", "CCONJ", "PUNCT"}:
            return True
    return False


def _tags(proposal: Proposal) -> dict[str, Any]:
    told = dict(proposal.told)
    items = told.pop("items", None)
    return {**({"told": told} if told else {}), **({"items": items} if items else {})}


def _readable(statement: Statement, tale: bool) -> bool:
    text = statement.text
    if statement.block.kind in {"heading", "row"} or (tale and statement.spoken == "partly"):
        return False
    if _LABELLED.match(text) or _torn(statement):
        return False
    if statement.block.kind == "item" and _RECAP.search(statement.block.lead):
        return False
    if text.endswith(("?", ":")) or not SHORTEST <= len(text.split()) <= LONGEST:
        return False
    return statement.block.kind == "item" or text[:1].isupper() or not text[:1].isalpha()


def _offers(
    statement: Statement,
    before: Statement | None,
    place: int,
    referents: Referents,
    reading: Reading,
    organisation: str,
    tale: bool,
    narrated: bool,
    guide: bool,
) -> Iterator[tuple[str, str, Proposal]]:
    """(subject, sentence with its name, proposal) for all that the clauses of a sentence offer."""
    sentence = statement.sentence
    head = _subject_head(sentence.root)
    swapped = dict(referents.replacements(place, head))
    if organisation:
        for token in sentence:
            if token.lower_ in _FIRST:
                own = token.tag_ == "PRP$"
                swapped[token.i] = f"{organisation}'s" if own else organisation
    elif guide:
        swapped.update(_readers_own(sentence))
    if tale and not statement.spoken and narrated:
        swapped.update(_narrated(sentence))
    for clause in clauses(sentence, swapped):
        subject, doubt = _named_subject(clause, before, referents, place, reading, tale)
        if subject is None:
            continue
        if clause.verb.dep_ == "relcl" and not _is_named(clause, reading):
            continue
        if tale and _timeless(clause):
            continue
        clause = _own_words(clause, subject)
        asker = Asker(clause, subject, reading, tale)
        if tale and statement.spoken:
            # What somebody says of the present is an opinion, a boast or a plan.
            if clause.verb.tag_ not in {"VBD", "VBN"} or subject.lower() in {"you", "i"}:
                continue
            doubt += SPOKEN
        named = _with_name(statement, clause, subject)
        try:
            found = list(proposals(asker))
        except MisreadError:
            continue
        for proposal in found:
            yield subject, named, replace(proposal, doubt=proposal.doubt + doubt)
    if not statement.spoken:
        for proposal in of_appositions(sentence, swapped, reading.names, tale):
            yield "", "", proposal


#: Whom a guide means by "we" where it says what is so, not what was done before.
_READER = {"we": "you", "us": "you", "our": "your", "ours": "yours"}


def _readers_own(sentence: Span) -> dict[int, str]:
    """Words to put for those by which a guide means whoever follows it: "when we call"."""
    return {
        t.i: _READER[t.lower_]
        for t in sentence
        if t.lower_ in _READER and not (t.dep_ == "nsubj" and t.head.tag_ in {"VBD", "VBN"})
    }


_NARRATOR = {"i": "the narrator", "me": "the narrator", "my": "the narrator's"}


def _narrated(sentence: Span) -> dict[int, str]:
    """Words to put for those by which a tale's teller means himself."""
    return {t.i: _NARRATOR[t.lower_] for t in sentence if t.lower_ in _NARRATOR}


def _own_words(clause: Clause, subject: str) -> Clause:
    """The clause with "his" left where it means its subject: no "Ann pulled Ann's coat"."""
    start, end = clause.subject or (0, 0)
    names = {
        at: clause.doc[at].text if name in {subject, f"{subject}'s"} else name
        for at, name in clause.names.items()
        if not start <= at < end
    }
    return replace(clause, names={**clause.names, **names})


def _subject_head(root: Token) -> Token | None:
    return next((c for c in root.lefts if c.dep_ in {"nsubj", "nsubjpass"}), None)


def _named_subject(
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
    head = _subject_head(before.sentence.root)
    if head is None or head.pos_ not in {"NOUN", "PROPN"}:
        return ""
    plural = head.tag_ in {"NNS", "NNPS"}
    if plural != (clause.doc[clause.subject[0]].lower_ == "they"):
        return ""
    from workbench.questions.parsing.parts import noun_span

    try:
        start, end = noun_span(head)
    except MisreadError:
        return ""
    text = " ".join(head.doc[start:end].text.split())
    return text if len(text.split()) <= 8 and head.doc[start].lower_ not in _POINTING else ""


def _is_named(clause: Clause, reading: Reading) -> bool:
    """Whether a relative clause is told of a name, so that it is a statement of its own."""
    if clause.subject is None:
        return False
    head = clause.doc[clause.subject[0] : clause.subject[1]].root
    apart = clause.doc[clause.verb.left_edge.i - 1].text == ","
    return head.pos_ == "PROPN" and apart


def _timeless(clause: Clause) -> bool:
    """Whether a clause of a tale is no event: present tense, or what may or would be."""
    first = clause.group[0]
    return first.tag_ in {"VBZ", "VBP", "MD"}


def _with_name(statement: Statement, clause: Clause, subject: str) -> str:
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


_GUIDING = re.compile(r"\b[Ll]et[’']s\b|\b[Ww]e[’']ll\b|\b[Yy]ou[’']ll\b")


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


def context_label(
    reading: Reading, document: str, path: Sequence[str], question: str, answer: str
) -> str:
    """The heading that a question needs beside it to be understood; "" where it needs none.

    A heading that gives the answer away is passed over.

    The nearest heading tells most; where it is one word, such as "Eligibility", the one above it
    (or the document's title) stands before it.
    """
    title = reading.page(document).title
    several = len(reading.corpus.documents) > 1
    labels = [*([title] if several and title else []), *path]
    labels = [_NUMBERING.sub("", label).rstrip("?.!: ") for label in labels]
    labels = [label for label in labels if label and not _EMPTY.fullmatch(label)]
    labels = [label for label in labels if len(label.split()) <= _LONGEST_LABEL]
    labels = [label for label in labels if not leak_fault(label, (answer,))]
    if not labels:
        return ""
    asked, nearest = content(question), labels[-1]
    told = content(nearest) & asked
    if told and (content(nearest) <= asked or len(asked) >= _SPECIFIC):
        return ""
    # "Which plans did voters outside the city limits reject?": of many documents, each has its own.
    if not (several and _DEFINITE.search(question)) and _stands_alone(question, reading):
        return ""
    above = next((label for label in reversed(labels[:-1]) if label != nearest), "")
    both = f"{above}: {nearest}"
    short = above and len(content(nearest)) < 2 and len(both.split()) <= _LONGEST_LABEL
    return both if short and not content(above) <= asked else nearest


def _stands_alone(question: str, reading: Reading) -> bool:
    """Whether a question names something and says enough of it, or names a piece of code."""
    from workbench.questions.words import tokens

    run = tokens(question)[1:]
    named = any(reading.names.is_name(t) or t.text[0].isdigit() for t in run)
    code = re.search(r"[a-z]_[a-z]|::|--\w|\w\(\)|\.\w{2,4}\b", question)
    return bool(code) or (named and len(content(question)) >= _SPECIFIC)


def _within(question: str, label: str, number: int) -> str:
    """The question with its heading: "In “Paid parental leave”, how many weeks ...?"."""
    inner = question.rstrip("?")
    if number % 3 == 1:
        return f"{inner} (“{label}”)?"
    if number % 3 == 2:
        return f"According to “{label}”, {lower(inner)}?"
    return f"In “{label}”, {lower(inner)}?"
