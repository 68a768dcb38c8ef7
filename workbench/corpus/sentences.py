"""Sentence ends in English and Chinese, by one pattern that loses no character.

The splitter of llama-index is given this in place of its own (English) tokenizer, which knows no
。！？ and whose data may have to be fetched.
"""

from __future__ import annotations

import re
from itertools import pairwise

# A closing quote or bracket belongs to the sentence it closes.
END = re.compile(
    r"[。！？；…][」』”’）》】]*"
    r"|[.!?]+[\"'”’)\]]*(?=\s)"
    r"|[」』](?=[^，。！？；、：」』）])"
)
ABBREVIATION = re.compile(
    r"(?:\b(?:Mr|Mrs|Ms|Dr|St|Messrs|Mme|Mlle|Prof|Rev|Hon|Capt|Col|Gen|Lieut|Sgt|Esq|Jr|Sr|No|"
    r"Vol|vs|viz|cf|etc|approx|e\.g|i\.e|p\.m|a\.m)|\b[A-Z])\.$"
)


def sentence_ends(text: str) -> list[int]:
    """Offsets in ``text`` just after each sentence, the last one's excepted."""
    ends: list[int] = []
    for match in END.finditer(text):
        stop = match.end()
        if stop >= len(text):
            break
        mark = text[match.start()]
        if mark == "." and ABBREVIATION.search(text[max(0, stop - 12) : stop]):
            continue
        if mark in ".!?" and _goes_on(text, stop):
            continue
        ends.append(stop)
    return ends


def _goes_on(text: str, stop: int) -> bool:
    """Whether a small letter follows: "What?" he asked."""
    following = text[stop : stop + 3].lstrip()
    return bool(following) and following[0].islower()


def split_sentences(text: str) -> list[str]:
    """The sentences of ``text``; joined they are ``text``. Blanks stand before a sentence."""
    ends = [0, *sentence_ends(text), len(text)]
    return [text[a:b] for a, b in pairwise(ends) if b > a]
