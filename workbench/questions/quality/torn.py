"""What lost a part on the way from its sentence: dates, lists, and reasons that are none."""

from __future__ import annotations

import re
from collections.abc import Sequence

from workbench.questions.words import STOP, words

#: A number behind a name, as years and headings have them: "the Charter Year 211", "May 216".
_NAMED_NUMBER = re.compile(r"\b(\w*[a-z]\w*) (\d+(?:,\d{3})*)\b")
_MODAL = re.compile(r"\b(?:may|might|can|could|will|would|shall|should|must|need|does|do)\b", re.I)
#: "to" before what is no verb: a place or a thing, not a purpose.
_TO_A_THING = re.compile(r"to (?:[A-Z]|(?:the|an?|his|her|its|their|every|each|this|that)\b)")
_LINK = re.compile(r"\[([^\]]*)\](?:\([^)]*\)|\[[^\]]*\])?")
_MARKS = re.compile(r"[*`]|(?<!\w)_|_(?!\w)")
#: What goes on behind the first item of a list: ", Jack Swigert, and Fred Haise".
_GOES_ON = re.compile(r"(?:, (?!and\b|or\b)(?:[\w'’-]+ ){0,3}[\w'’-]+)+,? (?:and|or) ")
#: Kinds of answer that are one thing of a list or the whole of it.
_ITEMS = frozenset({"thing", "person", "place", "name", "definition"})
_BOTH = re.compile(r"\b(?:and|or)\b|,")
_POINTS_AWAY = re.compile(
    r"\b(?:here|click here|this (?:page|link|form|list))\W*$"
    r"|^(?:view|see|click|visit|find|refer to)\b.*\bhere\b",
    re.I,
)
#: A word and the preposition that a question ends with.
_ENDS_OPEN = re.compile(r"\b(\w+ (?:in|of|with|at|for|from|by|to|on|into|about|against))\?$")
#: Another amount of what is asked for: "How many pounds is it for A, 400 pounds for Class B?".
_SAME_UNIT = re.compile(r"\bhow many (\w+)\b.*, (?:\d[\d,.]*|[a-z-]+) \1\b", re.IGNORECASE)
#: A share that its sentence says of what.
_SHARE = re.compile(r"(\d+%) of\b")
#: A list that goes on behind a bracket: "the Assembly (the lower house) and the Council".
_BRACKET_GOES_ON = re.compile(r"(\w+ \w+) \([^()]*\),? (?:and|or) ((?:the |an? )?\w+(?: \w+)?)")
#: A place or a time to which its sentence adds another: "behind the clock, and in the books".
_PLACES = (
    "above|at|behind|below|beneath|beside|between|by|from|in|inside|into|near|on|over|round|under"
    "|up"
)
_PLACED = re.compile(rf"^(?:{_PLACES}) ", re.IGNORECASE)
_ONE_MORE = re.compile(rf"^,? and (?:{_PLACES}) ", re.IGNORECASE)


def torn_fault(text: str, quote: str, answers: Sequence[str] = ()) -> str | None:
    """What a question tore out of ``quote``, the sentence that it is about; None where nothing."""
    plain = " ".join(quote.split())
    if _left_behind(text, plain, answers) or _SAME_UNIT.search(text):
        return "ungrammatical"
    for share in _SHARE.findall(plain):
        # "killed 30–60%", of "30–60% of the population".
        if share in text and f"{share} of" not in text:
            return "ungrammatical"
    for match in _BRACKET_GOES_ON.finditer(plain.lower()):
        first, second = match.groups()
        if first in text.lower() and second not in text.lower():
            return "list cut short"
    for match in _NAMED_NUMBER.finditer(plain):
        name, number = match.groups()
        apart = re.search(rf"\b{number}\b", text) and not re.search(rf"\b{name} {number}\b", text)
        # The first word of a sentence has its capital from there.
        if name[0].isupper() and match.start() and apart:
            return "ungrammatical"
    for answer in answers:
        # Of "behind the clock, and in the books" the one is not the answer beside the other.
        if _PLACED.match(answer) and _ONE_MORE.match(plain.partition(answer)[2]):
            return "list cut short"
    asked = text.rstrip("? ")
    tail = asked.rpartition(",")[2].split()
    # "…, speak at events?" of a sentence that goes on "speak at events, and write": the last
    # item of a list is gone.
    if "," in asked and 1 < len(tail) <= 6 and not {"and", "or"} & set(tail):
        end = re.escape(" ".join(tail[-2:]))
        if re.search(rf"\b{end},? (?:and|or)\b", plain, re.IGNORECASE):
            return "list cut short"
    return None


def _left_behind(text: str, quote: str, answers: Sequence[str]) -> bool:
    """Whether a question ends with a preposition from which its sentence goes on to no answer.

    "What did he take off the ninth name in?", of "off the ninth name in about as long as".
    """
    ending = _ENDS_OPEN.search(text)
    if ending is None:
        return False
    for match in re.finditer(rf"\b{ending.group(1)}(?!\s*[.,;:!?)]|$)", quote, re.IGNORECASE):
        rest = set(words(quote[match.end() :])[:12]) - STOP
        if not any(rest & set(words(answer)) for answer in answers):
            return True
    return False


def torn_answer(answer: str, quote: str, sort: str) -> bool:
    """Whether an answer (of a ``sort`` such as "thing") is a piece of what ``quote`` says.

    A number torn at its hyphen, a share without what it is of, or the first of several equals.
    """
    if unbalanced(answer):
        return True
    plain = " ".join(_MARKS.sub("", _LINK.sub(r"\1", quote)).split())
    place = plain.lower().find(answer.lower())
    if place < 0:
        return False
    before, after = plain[:place], plain[place + len(answer) :]
    if re.match(r"[-–−/.,]\d", after) or (
        answer[0].isdigit() and re.search(r"\d[-–−/.,]$", before)
    ):
        return True
    if re.search(r"(?:['’]s|s['’])$", answer) and re.match(r" \w", after):
        # "Judith Thrale's" of a lemon tree.
        return True
    if re.search(r"[a-z] \d[\d–-]*$", answer) and re.match(r" (?:[a-z]+ )?[a-z]+s\b", after):
        # "your travel card 3-5", of "3-5 business days".
        return True
    if re.search(r"\d%$", answer) and re.match(r" of (?:the|its|all|those|their)\b", after):
        return True
    return sort in _ITEMS and not _BOTH.search(answer) and bool(_GOES_ON.match(after))


def unbalanced(text: str) -> bool:
    """Whether a bracket or a quotation mark of ``text`` has lost its partner."""
    pairs = (("(", ")"), ("[", "]"), ("{", "}"), ("“", "”"))
    if any(text.count(left) != text.count(right) for left, right in pairs):
        return True
    opened = len(re.findall(r"(?<!\w)['‘](?=\w)(?!(?:tis|twas|em|til)\b)", text))
    closed = len(re.findall(r"(?<=[\w.,!?)])['’](?!\w)", text))
    # A plural's apostrophe closes nothing: "the sailors' inn".
    return text.count('"') % 2 == 1 or opened > closed


def reason_fault(answer: str) -> str | None:
    """Whether what stands as a reason is none.

    "To" before a noun tells where to, and "so that" without a "might" or "should" tells what came
    of it.
    """
    if _TO_A_THING.match(answer):
        return "no reason"
    if re.match(r"so that\b", answer, re.I) and not _MODAL.search(answer):
        return "no reason"
    return None


def points_away(answer: str) -> bool:
    """Whether an answer only says where the answer is: "See the list here"."""
    return bool(_POINTS_AWAY.search(answer))
