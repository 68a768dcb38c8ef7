"""What must not be kept of a question: addresses, numbers of telephones, and what names one thing.

What a mask of the corpus would find (:mod:`workbench.fairness.personal`) is struck, and beyond it
what only may be such a number: here a word too many does no harm. All of it is always applied,
before a question is counted or embedded. Where presidio is installed, names of people and its other
finds are struck too from a text that is kept.
"""

from __future__ import annotations

import re

from workbench.fairness import personal, presidio

#: What stands in the place of a find, by its kind.
MARKS = {
    "email": "[e-mail]", "phone": "[phone]", "id": "[id]", "ip": "[address]", "person": "[person]",
}  # fmt: skip
#: What is struck, by what stands in its place, in this order: an address holds what looks like an
#: id. Years, prices, dates and times are what questions are about, and stay.
PATTERNS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("[e-mail]", re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")),
    ("[address]", re.compile(r"\bhttps?://\S+|\b\d{1,3}(?:\.\d{1,3}){3}\b")),
    # UUIDs, IBANs, and words of letters and figures with four figures or more: PX-20391.
    ("[id]", re.compile(
        r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b"
        r"|\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,4})?\b"
        r"|\b(?=[\w/-]*[A-Za-z])(?=(?:[\w/-]*?\d){4})(?!\d{4}s\b)[A-Za-z0-9]+(?:[-_/][A-Za-z0-9]+)*\b",
    )),
    # A number with a country's code, a bracket or a leading 0 in groups.
    ("[phone]", re.compile(
        r"(?<![\w.,-])(?:\+\d{1,3}[ .-]?(?:\(\d{1,5}\)[ .-]?)?|\(\d{2,5}\)[ .-]?|0\d{1,4}[ ./-])"
        r"\d{2,}(?:[ .-]\d{2,})*(?!\w)|(?<![\w.,-])\d{3}[ .-]\d{3}[ .-]\d{4}(?!\w)",
    )),
    # Cards in groups, social security numbers, and all else of six figures or more in a row.
    ("[id]", re.compile(
        r"\b\d{4}(?:[ -]\d{4}){2,3}\b|\b\d{3}-\d{2}-\d{4}\b|(?<![\w.,])\d{6,}(?![\w,]|\.\d)"
    )),
)  # fmt: skip


def redacted(text: str) -> str:
    """The text with a mark in the place of each e-mail, address, telephone number and id."""
    # From behind, so that the places before stay.
    for found in reversed(personal.find(text)):
        text = text[: found.start] + MARKS[found.kind] + text[found.end :]
    for mark, pattern in PATTERNS:
        text = pattern.sub(mark, text)
    return text


def fit_to_keep(text: str) -> str:
    """A text that may be kept: redacted, by presidio too where it is installed."""
    text = redacted(text)
    if not presidio.is_installed():
        return text
    # From behind, so that the places before stay. Places are what is asked about.
    for found in reversed(presidio.finds(text, sure=0.0)):
        if found.kind != "location":
            text = text[: found.start] + MARKS[found.kind] + text[found.end :]
    return text
