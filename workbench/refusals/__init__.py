"""Which replies refuse: that they cannot say, or that they will not.

One rule for the exam, the question writer, the judge and the behaviour checks. The whole reply
decides first, then its first sentence, which must be a refusal from its beginning on: a reply that
only holds such words ("the Tomb of the Unknown Soldier", "because he was not given a share") is an
answer. English, and Chinese in simplified and traditional characters; the phrasings are the lines
of ``english.txt`` and ``chinese.txt``.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from workbench.text import HAN, contains, words

# Chinese characters of the phrasings in their traditional form, and plain marks for curly ones.
_PLAIN = str.maketrans(
    "’‘“”，。！？；：無沒給說關訊問題這該確認斷據內見記載於從實個們難準裡為時書節並線應還過詢請尋獲論講敘證資訴詳",
    "''\"\",.!?;:无没给说关讯问题这该确认断据内见记载于从实个们难准里为时书节并线应还过询请寻获论讲叙证资诉详",
)
_SENTENCE_END = {
    "english": re.compile(r"(?<=[a-z\d'\")])[.!?;:]+(?=\s|$)|\n|\s[-–—]\s|—"),
    "chinese": re.compile(r"[.!?;\n]"),
}
#: What every end of a sentence holds.
_ENDING = re.compile(r"[.!?;:\n—–-]")
_OUTER = " \n,.:;!?…\"'`*_()[]「」『』"


def refuses(text: str, references: Iterable[str] = ()) -> bool:
    """Whether a reply says that it cannot or will not answer; an empty one does not.

    A reply that holds a reference answer is none, whatever it says besides; where a reference
    itself refuses, the wording alone decides.
    """
    if not _refusal(text):
        return False
    known = list(references)
    if any(_refusal(reference) for reference in known):
        return True
    language = "zh" if HAN.search(text) else "en"
    given = words(text, language)
    wanted = [words(reference, language) for reference in known]
    return not any(reference and contains(given, reference) for reference in wanted)


def _refusal(text: str) -> bool:
    if text.isascii():  # nothing to fold but capitals; this is asked of every answer
        told, language = text.lower().strip(_OUTER), "english"
    else:
        told = unicodedata.normalize("NFKC", text).casefold().translate(_PLAIN).strip(_OUTER)
        language = "chinese" if HAN.search(told) else "english"
    first = told
    if _ENDING.search(told):  # of most replies that is quicker than to look for a sentence's end
        first = _SENTENCE_END[language].split(told, maxsplit=1)[0]
    # Most replies are one sentence: the same words are not looked at twice.
    return any(_phrasings(language).match(part) for part in dict.fromkeys((told, first)))


@dataclass(frozen=True)
class _Phrasings:
    """How refusals are worded in one language."""

    lead: re.Pattern[str]
    whole: re.Pattern[str]
    beginnings: re.Pattern[str]
    denials: re.Pattern[str] | None
    spaced: bool

    def match(self, sentence: str) -> bool:
        """Whether a folded sentence refuses, with or without what may stand before a refusal."""
        # Most sentences are printable and have single spaces: a long one is not cut for nothing.
        even = self.spaced and "  " not in sentence and sentence.isprintable()
        spaced = sentence if even else (" " if self.spaced else "").join(sentence.split())
        plain = spaced.strip(_OUTER)
        led = self.lead.match(plain)
        bare = plain if led is None else plain[led.end() :].strip(_OUTER)
        return any(map(self._refuses, dict.fromkeys((plain, bare))))

    def _refuses(self, plain: str) -> bool:
        if self.whole.fullmatch(plain) or self.beginnings.match(plain):
            return True
        denying = "not" in plain or "n't" in plain or "never" in plain
        return bool(denying and self.denials and self.denials.match(plain))


@cache
def _phrasings(language: str) -> _Phrasings:
    """The file of a language, its named parts put in."""
    parts: dict[str, str] = {}
    listed: dict[str, list[str]] = {"whole": [], "sentences": [], "denials": []}
    under: list[str] | None = None
    path = Path(__file__).parent / f"{language}.txt"
    for line in path.read_text(encoding="utf-8").splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        if line.startswith("[") and line[1:-1] in listed:
            under = listed[line[1:-1]]
            continue
        name, _, named = line.partition(" = ")
        pattern = named if under is None else line
        pattern = re.sub(r"(?<!\\)\((?!\?)", "(?:", pattern)
        pattern = re.sub(r"\{([a-z]+)\}", lambda match: parts[match[1]], pattern)
        if under is None:
            parts[name] = pattern
        else:
            under.append(pattern)
    return _Phrasings(
        re.compile(parts["lead"]),
        re.compile("|".join(listed["whole"])),
        # One pattern: forty asked one by one took longer than all other scores of an answer.
        _beginnings(listed["sentences"]),
        _beginnings(listed["denials"]) if listed["denials"] else None,
        language == "english",
    )


def _beginnings(sentences: list[str]) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{sentence})" for sentence in sentences))
