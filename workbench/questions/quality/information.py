"""How much a question tells of the place it asks about, in bits.

A word tells the more, the fewer stretches of text it stands in: of this corpus, and of English
fiction at large, since "gave a grunt" is found in one section only by luck. The longer the corpus,
the more a question must tell.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import cache, lru_cache

from workbench.questions.lexicon import lexicon
from workbench.questions.parsing.names import Names
from workbench.questions.words import STOP, Token, stem, tokens

#: What a question must tell: a multiple of the bits that single out one section of the corpus (its
#: words come together, so that they tell less than their sum), less what all questions have.
STEP, START = 5.0, 22.58
#: From so many sections on no more is asked.
LONGEST = 150
#: Shares of that for what holds of its subject at all times (age, kin, trade, length of office),
#: for what happened on a date, and for what was counted or paid.
SHARES = {"lasting": 0.2, "dated": 0.55, "number": 0.85, "money": 0.85, "duration": 0.85}
#: What a word tells that fiction hardly knows, and what a number tells.
RAREST, NUMBER = 8.0, 2.5
#: A word tells at most so much more in fiction at large than in this corpus.
OWN = 2.0
#: Share of its bits that a thing keeps which only the text before tells: "the reaction".
POINTED = 0.5
#: Share that words of the mind keep, which may be told of anybody at any time ("endured the gloom
#: of defeat"), and deeds that only go on while something happens ("was sipping coffee").
FAINTLY = 0.6
_MIND = lexicon("filters", "mind")
_MIND_ENDS = ("ness", "tion", "sion", "ity", "ance", "ence", "ment", "ism", "tude", "hood")
_CONCRETE = lexicon("filters", "concrete")
_CLASSES = tuple(range(8))


@cache
def _fiction() -> Mapping[str, float]:
    return {word: float(bits) for bits in _CLASSES for word in lexicon("fiction", str(bits))}


@lru_cache(maxsize=50_000)
def root(word: str) -> str:
    """The stem of a lower-case word's base form: "unlocked", "unlocks" -> "unlock"."""
    from lemminflect import getLemma

    lemmas = getLemma(word, "VERB") if word.isascii() and word.isalpha() else ()
    return stem(str(lemmas[0]) if lemmas else word)


@lru_cache(maxsize=50_000)
def common_bits(word: str) -> float:
    """What a lower-case word tells in fiction at large, 0 to :data:`RAREST`."""
    parts = [part for part in word.removesuffix("'s").split("-") if part]
    return max((_fiction().get(root(part), RAREST) for part in parts), default=0.0)


def information_bits(
    text: str, spread: Mapping[str, int], sections: int, names: Names, silent: frozenset[str]
) -> float:
    """The bits that a question's words tell together.

    ``spread`` counts the sections (of ``sections``) in which a stem stands; ``silent`` words tell
    nothing. Each word counts once, a name of several words as its most common one.
    """
    run = tokens(text)
    matches: dict[str, float] = {}
    naming = ""
    for place, token in enumerate(run):
        low = token.lower
        if not token.is_word or low in STOP or low in silent:
            naming = ""
            continue
        own = -math.log2(max(1, spread.get(stem(low.removesuffix("'s")), 0)) / max(1, sections))
        if names.is_name(token):
            # A name of several words tells what its most common word tells.
            key = naming or low
            matches[key] = min(matches.get(key, RAREST), own)
            naming = key
            continue
        naming = ""
        worth = NUMBER if _is_number(token) else min(own + OWN, common_bits(low))
        if _pointed(run, place):
            worth *= POINTED
        if _of_the_mind(low) or _under_way(run, place):
            worth *= FAINTLY
        matches[root(low)] = max(matches.get(root(low), 0.0), worth)
    return sum(matches.values())


_BE = frozenset({"is", "are", "was", "were", "be", "been", "being", "am"})
_PREPOSITIONS = lexicon("phrases", "prepositions")
_NUMBERS = lexicon("phrases", "numbers")


def _is_number(token: Token) -> bool:
    return token.text[0].isdigit() or token.lower.split("-")[0] in _NUMBERS


def _pointed(run: list[Token], place: int) -> bool:
    """Whether a bare "the N" leaves open which: no word before or phrase after tells."""
    if place == 0 or run[place - 1].lower != "the" or run[place].is_capital:
        return False
    after = run[place + 1] if place + 1 < len(run) else None
    if after is None or not after.is_word:
        return True
    return after.lower != "of" and after.lower in _PREPOSITIONS | STOP


def _of_the_mind(low: str) -> bool:
    """Whether a word names no thing or deed that could be seen: "tension", "despair"."""
    plain = low.removesuffix("s")
    return low in _MIND or plain in _MIND or (plain.endswith(_MIND_ENDS) and plain not in _CONCRETE)


def _under_way(run: list[Token], place: int) -> bool:
    return place > 0 and run[place].lower.endswith("ing") and run[place - 1].lower in _BE


#: Share that is enough on a page, which tells a thing once, under its heading, and in terms that
#: fiction hardly has.
PAGE = 0.6


def least_bits(sections: int, sort: str, tale: bool = True) -> float:
    """What a question over so many sections must tell; ``sort`` is a key of SHARES, or none."""
    least = max(2.0, STEP * math.log2(min(max(2, sections), LONGEST)) - START)
    return least * SHARES.get(sort, 1.0) * (1.0 if tale else PAGE)
