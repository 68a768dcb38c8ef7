"""The same question in other words, by rules that keep its meaning.

Each rule is a pattern and the wordings that may replace it. Human questions mostly begin in a few
ways ("why did", "how did … feel", "what happened when"), so a few rules reach most of them.
"""

from __future__ import annotations

import random
import re

_RULES: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        r"why (did|was|were|does|do|is|are|had|could|couldn't|didn't|would) (.+)\?",
        (
            "for what reason {0} {1}?",
            "why, would you say, {0} {1}?",
            "on what account {0} {1}?",
            "what is the reason? Why {0} {1}?",
            "for which reason {0} {1}?",
        ),
    ),
    (
        r"how did (.+?) feel (when|after|about|because|as|to|towards|that) (.+)\?",
        (
            "what did {0} feel {1} {2}?",
            "{1} {2}, how did {0} feel?",
            "what was the feeling of {0} {1} {2}?",
            "what emotion did {0} have {1} {2}?",
        ),
    ),
    (
        r"what happened (when|after|before|because|while|to) (.+)\?",
        (
            "what took place {0} {1}?",
            "{0} {1}, what happened?",
            "tell me what happened {0} {1}.",
            "what came about {0} {1}?",
        ),
    ),
    (
        r"what did (.+?) do (when|after|before|because|while|to|with|in|at) (.+)\?",
        (
            "{1} {2}, what did {0} do?",
            "what was done by {0} {1} {2}?",
            "which thing did {0} do {1} {2}?",
            "tell me what {0} did {1} {2}.",
        ),
    ),
    (
        r"what did (.+?) (say|see|find|want|give|get|take|make|hear|bring|think|ask)\b(.*)\?",
        (
            "which thing did {0} {1}{2}?",
            "what was it that {0} did {1}{2}?",
            "what, exactly, did {0} {1}{2}?",
            "what thing did {0} {1}{2}?",
        ),
    ),
    (
        r"where (did|was|were|is|does|do) (.+)\?",
        (
            "in what place {0} {1}?",
            "in which place {0} {1}?",
            "at what place {0} {1}?",
            "where, exactly, {0} {1}?",
        ),
    ),
    (
        r"who (was|were|is|are) (.+)\?",
        (
            "what person {0} {1}?",
            "which person {0} {1}?",
            "tell me who {0} {1}?",
            "what is the name of the one who {0} {1}?",
        ),
    ),
    (
        r"who (?!did\b)(.+)\?",
        (
            "which person {0}?",
            "what is the name of the one who {0}?",
            "by whom was it that {0}?",
            "what character {0}?",
            "name the one who {0}.",
        ),
    ),
    (
        r"when (did|was|were|is|does) (.+)\?",
        (
            "at what time {0} {1}?",
            "in what year or at what time {0} {1}?",
            "on what occasion {0} {1}?",
        ),
    ),
    (
        r"how many (.+?) (did|were|was|does|do|are|had) (.+)\?",
        (
            "what number of {0} {1} {2}?",
            "what is the number of {0} {1} {2}?",
        ),
    ),
    (r"how much (.+)\?", ("what amount {0}?", "what sum {0}?")),
    (r"which (.+)\?", ("what {0}?", "of all, which {0}?")),
    (r"what kind of (.+)\?", ("what sort of {0}?", "which type of {0}?")),
    (
        r"what (was|is|were|are) the name of (.+)\?",
        (
            "what {0} {1} called?",
            "how {0} {1} named?",
            "by what name {0} {1} known?",
        ),
    ),
    (r"what will (.+?) do (.+)\?", ("what is {0} going to do {1}?", "{1}, what will {0} do?")),
    (
        r"how (did|does|do|was|were) (.+)\?",
        (
            "in what way {0} {1}?",
            "by what means {0} {1}?",
            "in which manner {0} {1}?",
        ),
    ),
)
_COMPILED = tuple((re.compile(rf"^{pattern}$", re.IGNORECASE), new) for pattern, new in _RULES)


def rewordings(question: str) -> list[str]:
    """All other wordings of ``question`` that the rules know."""
    question = " ".join(question.split())
    matches: list[str] = []
    for pattern, wordings in _COMPILED:
        match = pattern.match(question)
        if match:
            parts = [part or "" for part in match.groups()]
            matches += [wording.format(*parts) for wording in wordings]
    return [text[0].upper() + text[1:] for text in matches]


def pair(question: str, rng: random.Random) -> tuple[str, str] | None:
    """A question and another wording of it, in random order; None where no rule applies."""
    others = rewordings(question)
    if not others:
        return None
    two = [question, rng.choice(others)]
    if len(others) > 1 and rng.random() < 0.4:
        two = rng.sample(others, 2)
    rng.shuffle(two)
    return two[0], two[1]
