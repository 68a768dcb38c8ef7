"""Answers as comparable words, how alike two are, and which say that they cannot say.

English and Chinese. What is examined, what is written and what the reader learned are all told
apart by these rules.
"""

from __future__ import annotations

import re
import string
import unicodedata
from collections import Counter
from collections.abc import Sequence

HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")
ARTICLES = frozenset(("a", "an", "the"))
#: The answer that says that there is none.
ABSTENTION = "unanswerable"

_ARTICLES = re.compile(r"\b(a|an|the)\b")
_PIECES = re.compile(rf"{HAN.pattern}|[^\W_]+")
_PUNCTUATION = str.maketrans(dict.fromkeys(string.punctuation + "“”‘’«»…", None))
_DASHES = re.compile(r"[‐-―−]")

_ABSTENTIONS = re.compile(
    r"\bunanswerable\b|\bi (?:do not|don't|don’t|cannot|can't|can’t) (?:know|say|tell|answer)\b"
    r"|\b(?:is|are|was|were)(?: not|n't|n’t) (?:mentioned|stated|given|specified|provided|said)\b"
    r"|\bnot (?:mentioned|stated|specified|answerable|given|said)\b"
    r"|\b(?:cannot|can't|can’t|could not) be (?:determined|answered|known)\b"
    r"|\bno (?:answer|information)\b|\bdo(?:es)? not (?:say|mention|state|specify)\b"
    r"|\b(?:does|do)n['’]t (?:say|mention|state|specify)\b|\bunknown\b|\bnot enough information\b"
    r"|无法回答|无从回答|不知道|没有提到|未提及|没有说明|未说明|无法确定|无法得知|没有答案|不清楚"
)
ABSTENTION_WORDS = 14


def is_chinese(language: str) -> bool:
    """Whether a language code is scored by character."""
    return language.lower().startswith("zh")


def words(text: str, language: str = "en") -> list[str]:
    """The words of an answer that count: folded, without punctuation and articles (SQuAD's way).

    Chinese is taken by character; Latin words and figures inside it stay whole.
    """
    folded = unicodedata.normalize("NFKC", text).casefold()
    if is_chinese(language):
        return _PIECES.findall(folded)
    folded = _DASHES.sub(" ", folded).translate(_PUNCTUATION)
    return _ARTICLES.sub(" ", folded).split()


def length(text: str) -> int:
    """Words of an answer; Chinese characters count one each."""
    return len(_PIECES.findall(text)) if HAN.search(text) else len(text.split())


def token_f1(answer: Sequence[str], reference: Sequence[str]) -> float:
    """Harmonic mean of the precision and recall of words, each counted as often as it occurs."""
    if not answer or not reference:
        return float(list(answer) == list(reference))
    same = sum((Counter(answer) & Counter(reference)).values())
    return 2 * same / (len(answer) + len(reference))


def contains(answer: Sequence[str], reference: Sequence[str]) -> float:
    """1 if the reference's words stand in the answer in one piece, else 0."""
    size = len(reference)
    if not size:
        return float(not answer)
    target = list(reference)
    return float(
        any(list(answer[at : at + size]) == target for at in range(len(answer) - size + 1))
    )


def abstains(text: str) -> bool:
    """Whether an answer says that it cannot say; an empty answer does not.

    Only the opening counts, so that a long answer is not taken for a refusal by a later aside.
    """
    opening = " ".join(text.split()[:ABSTENTION_WORDS]).casefold()[:160]
    return bool(_ABSTENTIONS.search(opening))
