"""The answer inside a reply: what is left when its form is taken away. The same for every variant.

A model that was not tuned wraps what it knows: "The answer is: Crispin Hallard.", "The boy was paid
three shillings a week." Token F1 counts the wrapping as error, so part of a difference may be form
and not knowledge. :func:`extracted` takes, by rule and without a look at the reference,

1. the first sentence that says something which the question did not (greetings and the question
   said again go),
2. without an announcement at its front ("the answer is", "according to the passages", 答案是),
3. without the words at its two ends that the question holds or that carry no meaning.

What it cannot do: find a short answer in the middle of an explanation. Containment, which asks only
whether the reference stands in the reply, sees that, and the two are read together.
"""

from __future__ import annotations

import re

from workbench.text import words

# A point after a short word is an abbreviation's (Dr. A. Fitch); a line break always ends one.
SENTENCES = re.compile(
    r"(?:(?<=[a-z]{3}[.!?])|(?<=[\d)\]\"'%][.!?])|(?<=[!?]))\s+(?=[\"'(\[A-Z0-9\u00c0-\u024f])"
    r"|(?<=[。！？])|\n+"
)
_ANNOUNCED = re.compile(
    r"^\W*(?:(?:(?:so|therefore|thus|sure|certainly|yes|well)\b\W*)*"
    r"(?:(?:based on|according to|from|in|as (?:stated|mentioned|described) in) (?:the |this )?"
    r"(?:given |provided |above )?(?:passages?|text|context|document|information)"
    r"(?: \[?\d+\]?)?\W*)?"
    r"(?:(?:the )?(?:correct |short |final )?answer(?: to (?:the|your) question)?"
    r"(?:\s+(?:is|would be|was)(?: that)?\b|\s*[:：])\W*)?)",
    re.IGNORECASE,
)
_ANNOUNCED_HAN = re.compile(
    r"^\W*(?:根据[^，,]{0,12}[，,])?(?:(?:正确|最终)?答案(?:是|为)?[：:]?\W*)?"
)
#: Words that carry no answer by themselves where they stand at an end of one.
LIGHT = frozenset(
    re.findall(
        r"\w+",
        "is are was were be been has have had do does did will would can could may might shall "
        "should must it he she they we you i there that this these those his her its their who "
        "which what when where why how and of to in on at by for from with as because so "
        "是 的 了 在 为 於 于",
    )
)


def extracted(reply: str, question: str, language: str = "en") -> list[str]:
    """The comparable words of the answer inside ``reply``; all of its words where nothing is left.

    The words are those of :func:`workbench.text.words`.
    """
    asked = set(words(question, language))
    kept: list[str] = []
    for sentence in SENTENCES.split(reply):
        bare = _ANNOUNCED_HAN.sub("", _ANNOUNCED.sub("", sentence, count=1), count=1)
        kept = _core(words(bare, language), asked)
        if kept:
            return kept
    return words(reply, language)


def _core(given: list[str], asked: set[str]) -> list[str]:
    """Without what the question held, and light words, at both ends."""
    empty = asked | LIGHT
    first, last = 0, len(given)
    while first < last and given[first] in empty:
        first += 1
    while last > first and given[last - 1] in empty:
        last -= 1
    return given[first:last]
