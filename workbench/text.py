"""Answers as comparable words, and how alike two are.

One rule for whatever is examined, written or learned. Chinese, Japanese and Korean are taken by
character, as their published question-answering scores are; all else is taken as SQuAD takes it
(Rajpurkar et al. 2016). Which replies refuse is in :mod:`workbench.refusals`.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from itertools import filterfalse

#: Inside of a character class: Chinese characters, and those of Japanese and Korean besides.
HAN_RANGES = r"\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
CJK_RANGES = HAN_RANGES + r"\u3040-\u30ff\u31f0-\u31ff\uac00-\ud7a3"
HAN = re.compile(rf"[{HAN_RANGES}]")
CJK = re.compile(rf"[{CJK_RANGES}]")
ARTICLES = frozenset(("a", "an", "the"))
#: The answer that says that there is none.
ABSTENTION = "unanswerable"

#: What models put around a label: quotes, full stops, bold marks, brackets.
_AROUND = " \t\n.,:;!*_`'\"()[]“”‘’"

#: Control characters but tab and line feed.
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_BY_CHARACTER = ("zh", "ja", "ko")
_ARTICLES = re.compile(r"\b(a|an|the)\b")
# The long sign of kana (ー) is a letter of its word.
_RUNS = re.compile(rf"[{CJK_RANGES}]|[^\W_{CJK_RANGES}]+")
# Commas and stops of Chinese text divide; made plain (NFKC) they would be deleted as in "3.5".
_DIVIDING = re.compile(
    r"[\u3000-\u3003\u3008-\u3011\u3014-\u301b\uff01\uff08\uff09\uff0c\uff1a\uff1b\uff1f]"
)
# A dash between words divides them; between figures it is the hyphen of a span: 1990—1995.
_LONG_DASH = re.compile(r"(?<!\d)\s*[—―]+|[—―]+\s*(?!\d)")


def printable(text: str) -> str:
    """The text with a mark for each control character, which a terminal would obey."""
    return _CONTROL.sub("\N{REPLACEMENT CHARACTER}", text)


def by_character(language: str) -> bool:
    """Whether a language is scored by character: Chinese, Japanese, Korean."""
    return language.lower().split("-")[0] in _BY_CHARACTER


class _Deleted(dict[int, int | None]):
    """What SQuAD deletes, ASCII's punctuation, and its like in all of Unicode, for translate."""

    def __missing__(self, code: int) -> int | None:
        mark = unicodedata.category(chr(code)) in _MARKS or chr(code) in "$+<=>^`|~"
        self[code] = None if mark else code
        return self[code]


# Punctuation of every sort, and characters that are not seen (soft hyphen, zero-width space).
_MARKS = frozenset(("Pc", "Pd", "Ps", "Pe", "Pi", "Pf", "Po", "Cf"))
_DELETED = _Deleted()
#: The same of ASCII, for bytes.
_DELETED_ASCII = bytes(code for code in range(128) if _DELETED[code] is None)


def words(text: str, language: str = "en") -> list[str]:
    """The words of an answer that count: folded, without punctuation and articles (SQuAD's way).

    Chinese, Japanese and Korean characters are words by themselves, whatever stands beside them;
    Latin words and figures among them stay whole. Dashes are hyphens, whichever is written, so
    that 1990–1995 is 1990-1995.
    """
    plain_text = text.isascii() and (text.isprintable() or not _CONTROL.search(text))
    if plain_text and not by_character(language):
        # The same, for most answers of most languages, in a twentieth of the time.
        kept = text.lower().encode("ascii").translate(None, _DELETED_ASCII).decode("ascii")
        return [*filterfalse(ARTICLES.__contains__, kept.split())]
    divided = _LONG_DASH.sub(" ", _DIVIDING.sub(" ", text))
    plain = unicodedata.normalize("NFKC", divided).casefold().replace("\u2212", "-")
    plain = plain.translate(_DELETED)
    if not by_character(language):
        plain = _ARTICLES.sub(" ", plain)
    return CJK.sub(r" \g<0> ", plain).split()


def plain(text: str) -> str:
    """Text without regard to case and white space, for telling whether two are the same."""
    return " ".join(text.casefold().split())


def label_in(text: str, labels: Sequence[str]) -> str | None:
    """The one label that a reply names; None where it names none, or several.

    A reply that is a label counts as it, else a label that stands in it as whole words.
    """
    given = plain(text).strip(_AROUND)
    known = {plain(label): label for label in labels}
    if given in known:
        return known[given]
    found = [key for key in known if re.search(rf"(?<!\w){re.escape(key)}(?!\w)", given)]
    # "late delivery" names one label where "delivery" is another.
    whole = [key for key in found if not any(key != other and key in other for other in found)]
    return known[whole[0]] if len(whole) == 1 else None


def runs(text: str) -> list[str]:
    """Every run of letters or digits, folded, articles too: what ROUGE counts (Lin 2004).

    Of plain Latin text these are the tokens of the rouge-score package.
    """
    return _RUNS.findall(unicodedata.normalize("NFKC", text).casefold())


def length(text: str) -> int:
    """Words of an answer; characters of Chinese, Japanese and Korean count one each."""
    return len(_RUNS.findall(text)) if CJK.search(text) else len(text.split())


def token_f1(answer: Sequence[str], reference: Sequence[str]) -> float:
    """Harmonic mean of the precision and recall of words, each counted as often as it occurs."""
    if not answer or not reference:
        return float(list(answer) == list(reference))
    if answer == reference:
        return 1.0
    # What both have is the same from either side: the loop is over the shorter.
    few, many = sorted((answer, reference), key=len)
    left, same = Counter(many), 0
    for word in few:
        if left.get(word, 0) > 0:
            left[word] -= 1
            same += 1
    return 2 * same / (len(answer) + len(reference))


def contains(answer: Sequence[str], reference: Sequence[str]) -> float:
    """1 if the reference's words stand in the answer in one piece, else 0."""
    size = len(reference)
    if not size:
        return float(not answer)
    target, at = list(reference), -1
    try:
        while True:
            at = answer.index(target[0], at + 1)
            if list(answer[at : at + size]) == target:
                return 1.0
    except ValueError:
        return 0.0
