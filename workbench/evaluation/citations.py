"""Do the passages that an answer cites hold what it says?

Measures of Gao et al. 2023 ("Enabling Large Language Models to Generate Text with Citations",
ALCE), whose entailment model is replaced by words, so that it needs none: a claim (a sentence) is
held by its cited passages where they have nearly all of its content words, and every number.
Rewording is so taken for invention at times, and a twist of the same words for support: the
figures compare variants better than they stand alone.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from workbench.evaluation.extraction import LIGHT, SENTENCES
from workbench.text import words

#: Share of a claim's content words that its passages must have.
HELD = 0.7
_MARK = re.compile(r"\[(\d{1,3}(?:\s*[,;-]\s*\d{1,3})*)\]")


def claims(reply: str) -> list[tuple[str, tuple[int, ...]]]:
    """The sentences of a reply without their marks, each with the numbers that it cites."""
    # "… per week. [1] The boy": marks behind the full stop belong to the sentence before it.
    tidy = re.sub(rf"([.!?。！？])((?:\s*{_MARK.pattern})+)", r"\2\1", reply)
    result = []
    for sentence in SENTENCES.split(tidy):
        numbers = [number for mark in _MARK.findall(sentence) for number in _cited(mark)]
        bare = re.sub(r"\s+([.!?,;:])", r"\1", _MARK.sub("", sentence)).strip()
        if words(bare):
            result.append((bare, tuple(dict.fromkeys(numbers))))
    return result


def citations(reply: str, shown: Sequence[str], language: str = "en") -> dict[str, float | None]:
    """``citation_recall``, the share of claims that their cited passages hold, and
    ``citation_precision``, the share of citations that name a passage with some of the claim.

    ``shown`` are the texts of the passages in the order of the prompt, which counts from 1. A reply
    without a citation has no precision (None); one without a claim has neither key.
    """
    texts = [set(words(text, language)) for text in shown]
    held: list[bool] = []
    useful: list[bool] = []
    for claim, cited in claims(reply):
        given = [word for word in words(claim, language) if word not in LIGHT]
        own = [texts[n - 1] if 1 <= n <= len(texts) else set() for n in cited]
        held.append(bool(own) and _holds(given, set().union(*own)))
        useful += [_share(given, text) >= HELD / 2 for text in own]
    if not held:
        return {}
    return {
        "citation_recall": sum(held) / len(held),
        "citation_precision": sum(useful) / len(useful) if useful else None,
    }


def _cited(mark: str) -> list[int]:
    """The numbers of ``1, 3`` or ``2-4``; a span as wide as no prompt is its two ends."""
    numbers: list[int] = []
    for part in re.split(r"\s*[,;]\s*", mark):
        first, *rest = (int(number) for number in re.split(r"\s*-\s*", part))
        last = rest[-1] if rest else first
        numbers += range(first, last + 1) if first <= last < first + 100 else (first, last)
    return numbers


def _holds(given: Sequence[str], there: set[str]) -> bool:
    numbers = [word for word in given if any(letter.isdigit() for letter in word)]
    return _share(given, there) >= HELD and all(number in there for number in numbers)


def _share(given: Sequence[str], there: set[str]) -> float:
    return sum(word in there for word in given) / len(given) if given else 0.0
