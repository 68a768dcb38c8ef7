"""English verbs: which words are verbs, and their base form and participle.

No tagger with a model works offline here: those of spaCy, NLTK and stanza are downloads, and the
NLTK data that llama-index carries holds sentence ends and stop words only. A question needs little
of a tagger, though: the finite verb after a subject ("Marta **paid**"), its base form ("did Marta
**pay**") and its participle ("was **paid** by"). Irregular verbs are a closed list; regular ones
are recognised by their ending and led back to a base by rule, with a list of common verbs to settle
the doubtful spellings ("hoped" is of "hope", "hopped" of "hop").
"""

from __future__ import annotations

from functools import lru_cache

from workbench.questions.lexicon import entries, lexicon

__all__ = [
    "BE",
    "HAVE",
    "MODALS",
    "base_of_gerund",
    "base_of_past",
    "base_of_present",
    "is_base",
    "is_gerund",
    "is_past",
    "is_present",
    "participle",
    "past",
]

BE = frozenset(["was", "were", "is", "are"])
HAVE = frozenset(["had", "has", "have"])
MODALS = lexicon("verbs", "modals")

_FORMS = [entry.split("-") for entry in entries("verbs", "irregular")]
_PAST_TO_BASE = {past: base for base, past, _ in reversed(_FORMS)}
_PARTICIPLE_TO_BASE = {participle: base for base, _, participle in reversed(_FORMS)}
_BASE_TO_PAST = {base: past for base, past, _ in _FORMS}
_BASE_TO_PARTICIPLE = {base: participle for base, _, participle in _FORMS}
_BASES = lexicon("verbs", "regular") | frozenset(_BASE_TO_PAST)

#: Words in -ed that are hardly ever a finite verb, and pasts that are mostly something else.
_NEVER_PAST = lexicon("verbs", "never_past")
_VOWELS = "aeiou"


@lru_cache(maxsize=20_000)
def base_of_past(word: str) -> str | None:
    """The base form of a past tense or participle in lower case, or None if it is neither."""
    if word in _PAST_TO_BASE:
        return _PAST_TO_BASE[word]
    if word in _PARTICIPLE_TO_BASE:
        return _PARTICIPLE_TO_BASE[word]
    if not word.endswith("ed") or len(word) < 4 or word in _NEVER_PAST:
        return None
    if "-" in word:
        head, _, tail = word.rpartition("-")
        base = base_of_past(tail)
        return None if base is None or head not in {"re", "over", "under"} else f"{head}-{base}"
    return _regular_base(word, word[:-2], word[:-1])


def _regular_base(word: str, bare: str, with_e: str) -> str | None:
    """Choose among ``walk``, ``hope`` and ``hop`` for walked, hoped and hopped."""
    if word.endswith("ied") and len(word) > 4:
        return word[:-3] + "y" if word[:-3] + "y" != "dy" else "die"
    if bare in _BASES and with_e in _BASES:
        return with_e
    if bare in _BASES:
        return bare
    if with_e in _BASES:
        return with_e
    if len(bare) > 3 and bare[-1] == bare[-2] and bare[-1] not in "lszf" + _VOWELS:
        return bare[:-1]
    if bare[:-1] in _BASES and bare[-1] == bare[-2]:
        return bare[:-1]
    if bare.endswith(
        ("at", "iz", "iv", "uc", "ag", "os", "us", "ut", "ut", "ang", "erg", "v", "c")
    ):
        return with_e
    if bare.endswith(("bl", "pl", "tl", "dl", "gl", "fl", "kl", "zl", "u", "dg", "rs", "ns", "rg")):
        return with_e
    if (
        len(bare) > 2
        and bare[-1] not in _VOWELS + "wxy"
        and bare[-2] in _VOWELS
        and bare[-3] not in _VOWELS
        and not bare.endswith(("er", "en", "on", "or", "it", "et", "el", "al", "om", "in", "ow"))
    ):
        return with_e
    return bare if any(c in _VOWELS + "y" for c in bare) else None


def is_past(word: str) -> bool:
    """Whether the lower-case word can be a finite past ("paid", "walked", not "given")."""
    if word in _PAST_TO_BASE:
        return True
    if word in _PARTICIPLE_TO_BASE:
        return False
    return base_of_past(word) is not None


def is_base(word: str) -> bool:
    """Whether the lower-case word is a known verb in its base form."""
    return word in _BASES or word == "be"


def base_of_present(word: str) -> str | None:
    """The base form of a third person singular ("pays" -> "pay"), or None."""
    if word in {"has", "does", "goes"}:
        return {"has": "have", "does": "do", "goes": "go"}[word]
    if word.endswith("ies") and word[:-3] + "y" in _BASES:
        return word[:-3] + "y"
    if (
        word.endswith("es")
        and word[:-2] in _BASES
        and word[:-2].endswith(("s", "x", "z", "h", "o"))
    ):
        return word[:-2]
    if word.endswith("s") and word[:-1] in _BASES:
        return word[:-1]
    return None


def is_present(word: str) -> bool:
    """Whether the lower-case word is a known verb's third person singular."""
    return base_of_present(word) is not None


def is_gerund(word: str) -> bool:
    """Whether the lower-case word looks like a present participle."""
    return (
        word.endswith("ing")
        and (len(word) > 5 or word in {"being", "going", "doing", "dying", "lying", "tying"})
        and word
        not in {
            "evening",
            "morning",
            "nothing",
            "something",
            "anything",
            "everything",
            "during",
            "ceiling",
            "wedding",
            "building",
            "clothing",
            "lightning",
            "herring",
            "pudding",
            "shilling",
            "sterling",
            "darling",
            "duckling",
            "landing",
            "painting",
            "drawing",
            "writing",
            "meeting",
        }
    )


def base_of_gerund(word: str) -> str:
    """The base form of a present participle ("making" -> "make")."""
    bare = word[:-3]
    for base in (bare, bare + "e", bare[:-1]):
        if is_base(base):
            return base
    return bare


def past(base: str) -> str:
    """The past tense of a base form."""
    if base in _BASE_TO_PAST:
        return _BASE_TO_PAST[base]
    return _with_ed(base)


def participle(base: str) -> str:
    """The past participle of a base form."""
    if base in _BASE_TO_PARTICIPLE:
        return _BASE_TO_PARTICIPLE[base]
    return _with_ed(base)


def _with_ed(base: str) -> str:
    if base.endswith("e"):
        return base + "d"
    if base.endswith("y") and len(base) > 1 and base[-2] not in _VOWELS:
        return base[:-1] + "ied"
    short = len(base) > 2 and base[-1] not in _VOWELS + "wxy" and base[-2] in _VOWELS
    if short and base[-3] not in _VOWELS and sum(c in _VOWELS for c in base) == 1:
        return base + base[-1] + "ed"
    return base + "ed"
