"""The heading that is named beside a question which does not stand alone."""

from __future__ import annotations

import re
from collections.abc import Sequence

from workbench.questions.parsing.statements import Reading
from workbench.questions.quality.leaks import leak_fault
from workbench.questions.words import content
from workbench.questions.writers.rules.phrases import lower

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


def within(question: str, label: str, number: int) -> str:
    """The question with its heading: "In “Paid parental leave”, how many weeks ...?"."""
    inner = question.rstrip("?")
    if number % 3 == 1:
        return f"{inner} (“{label}”)?"
    if number % 3 == 2:
        return f"According to “{label}”, {lower(inner)}?"
    return f"In “{label}”, {lower(inner)}?"
