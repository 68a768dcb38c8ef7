"""Cheap filters: what a question may not be, judged by its words alone and by the whole corpus.

They run before any model does. Each returns the reason for a drop, or None; the reasons are the
keys of the report, so that "why the rest went" can be counted and looked up.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from itertools import pairwise

from workbench.questions.drafts import Draft
from workbench.questions.lexicon import lexicon
from workbench.questions.names import Names
from workbench.questions.words import STOP, content, is_chinese, stem, tokens, words

MIN_WORDS, MAX_WORDS = 4, 26
MAX_ANSWER = {"reason": 24, "means": 18, "deed": 18}
_COMMON_ANSWER_WORDS = 9
_NEVER = lexicon("filters", "never")
_VAGUE = lexicon("filters", "vague")
_GENERIC_PEOPLE = frozenset(
    {
        "man",
        "woman",
        "boy",
        "girl",
        "child",
        "men",
        "women",
        "people",
        "old",
        "young",
        "stranger",
        "person",
        "little",
        "big",
        "lady",
        "gentleman",
    }
)
_OPENING = re.compile(
    r"^(who|whom|what|when|where|why|how|which|by|for|to|from|with|in|at|on|do|can|name|the|a|an|"
    r"after|before|during|until|under|since|of|[A-Z0-9])",
    re.IGNORECASE,
)
#: Words around a question that point to nothing: "was it that", "Do you know".
_FRAME = re.compile(r"\b(?:was|were|is) it that\b|^(?:Do you know|Can you name)\b", re.IGNORECASE)
_REFERS_TO_TEXT = re.compile(
    r"\b(this|the) (passage|text|excerpt|paragraph|section|sentence|chapter|story above)\b", re.I
)
_OBJECT_HER = re.compile(
    r"\bher(?= (?:to|in|on|at|by|for|from|with|into|and|that|as|up|out|off|once|when|of)\b"
    r"|\?|,|\.|$)",
    re.I,
)
_WH = re.compile(r"\b(who|whom|what|when|where|why|how|which|name)\b", re.I)


def wording_fault(text: str, draft: Draft, names: Names) -> str | None:
    """What is wrong with one wording, or None."""
    run = words(_FRAME.sub("", text))
    if len(run) < MIN_WORDS - 1:
        return "too short"
    if len(run) > MAX_WORDS:
        return "too long"
    if _REFERS_TO_TEXT.search(text) or _NEVER & set(run) - {"there"}:
        return "needs its context"
    if "there" in run and "there" not in text.lower().split("how many", 1)[-1]:
        return "needs its context"
    if _OBJECT_HER.search(text):
        return "needs its context"
    if not _WH.search(text) or not _OPENING.match(text):
        return "not a question"
    if any(a == b and a not in {"had", "that"} for a, b in pairwise(run)):
        return "ungrammatical"
    if any(mark in text for mark in '“”"()[]{}<>|*_;:\u2014'):
        return "odd marks"
    owner = {"his", "her", "its", "their"} & set(run)
    if owner and not _owner_in_question(text, draft, names, owner):
        return "needs its context"
    return None


def _owner_in_question(text: str, draft: Draft, names: Names, owner: set[str]) -> bool:
    """Whether "his" can only be the subject's, who is named in the question."""
    gender = names.gender(draft.subject)
    if draft.type == "person" and draft.answers[0] == draft.subject:
        return len(owner) == 1 and owner <= {gender}
    return draft.subject.lower() in text.lower() and owner <= {gender}


def answer_fault(draft: Draft, names: Names) -> str | None:
    """What is wrong with the answer, or None."""
    answer = draft.answers[0]
    run = words(answer)
    if not run:
        return "empty answer"
    if len(run) > MAX_ANSWER.get(draft.type, _COMMON_ANSWER_WORDS):
        return "long answer"
    if draft.type in {"reason", "means", "deed", "time"}:
        return None if content(answer) or draft.type == "time" else "vague answer"
    meaning = [w for w in run if w not in STOP]
    if not meaning and draft.type not in {"number", "money", "duration"}:
        return "vague answer"
    if draft.type == "thing" and meaning and (meaning[-1] in _VAGUE or run[0] in _NEVER):
        return "vague answer"
    if draft.type == "person" and set(meaning) <= _GENERIC_PEOPLE:
        return "vague answer"
    if run[0] in {"this", "that", "such", "no", "its", "their", "my", "our", "your"}:
        return "answer needs its context"
    if run[0] in {"his", "her"} and (
        draft.type == "person" or run[0] != names.gender(draft.subject)
    ):
        return "answer needs its context"
    return None


def leak_fault(text: str, answers: Sequence[str]) -> str | None:
    """Whether the question gives its answer away."""
    asked = content(text)
    for answer in answers[:1]:
        meaning = content(answer)
        if meaning and len(meaning & asked) * 2 > len(meaning):
            return "answer in the question"
    run = f" {' '.join(words(text))} "
    if any(f" {' '.join(words(a))} " in run for a in answers[:1] if words(a)):
        return "answer in the question"
    return None


class Usage:
    """How the words of the corpus spread over its sentences: what a question can stand on."""

    def __init__(self, sentence_texts: Sequence[tuple[str, str, int]]) -> None:
        """``sentence_texts``: (section id, text, start)."""
        self.spread: Counter[str] = Counter()
        self._where: dict[str, list[int]] = defaultdict(list)
        self._sentences = sentence_texts
        self._stems: list[frozenset[str]] = []
        in_section: dict[str, set[str]] = defaultdict(set)
        for place, (section, text, _) in enumerate(sentence_texts):
            found = content(text)
            self._stems.append(found)
            for word in found:
                self._where[word].append(place)
            in_section[section] |= found
        for found_in in in_section.values():
            self.spread.update(found_in)
        self.sections = len(in_section)

    def anchors(self, text: str, names: Names) -> float:
        """How much the question tells about what it asks: names, numbers and rare words."""
        weight = 0.0
        for token in tokens(text):
            low = token.lower
            if not token.is_word or low in STOP or low in _VAGUE | _GENERIC_PEOPLE:
                continue
            if token.text[0].isdigit():
                weight += 1.0
            elif names.is_name(token):
                weight += 0.6
            else:
                share = self.spread[stem(low.removesuffix("'s"))] / max(1, self.sections)
                weight += 1.0 if share <= 0.1 else 0.6 if share <= 0.3 else 0.25
        return weight

    def is_common(self, subject: str) -> bool:
        """Whether a subject ("the room") is told of all over the text, so that it names nothing."""
        found = content(subject)
        if not found or self.sections < 8:
            return False
        return min(self.spread[word] for word in found) > max(2, 0.08 * self.sections)

    def rivals(self, text: str, start: int, share: float = 0.99) -> list[int]:
        """Places of other sentences that hold the question's content words (or that share)."""
        asked = {w for w in content(text) if w in self._where}
        if not asked:
            return []
        need = max(1, round(len(asked) * share))
        rarest = sorted(asked, key=lambda w: (len(self._where[w]), w))[: len(asked) - need + 1]
        near = sorted({place for word in rarest for place in self._where[word]})
        return [
            p
            for p in near
            if self._sentences[p][2] != start and len(asked & self._stems[p]) >= need
        ]

    def sentence(self, place: int) -> tuple[str, str, int]:
        """(section id, text, start) of a sentence."""
        return self._sentences[place]


def corpus_fault(draft: Draft, usage: Usage, names: Names) -> str | None:
    """Whether the question stands alone in the corpus: enough to go by, and no second answer."""
    if usage.anchors(draft.text, names) < 1.1:
        return "too generic"
    told = draft.subject.lower() in draft.text.lower() and usage.is_common(draft.subject)
    if told and not any(names.is_name(t) for t in tokens(draft.text)):
        return "too generic"
    for place in usage.rivals(draft.text, draft.start):
        _, text, _ = usage.sentence(place)
        said = f" {' '.join(words(text))} "
        if not any(f" {' '.join(words(a))} " in said for a in draft.answers):
            return "another sentence may answer it"
    return None


_CHINESE_CONTEXT = re.compile(r"本文|这段|该段|文中|上文|本章|这一章|^[他她它]")


def plain_fault(text: str, answers: Sequence[str], language: str, kind: str) -> str | None:
    """What is wrong with a question that a model wrote, in any language, or None."""
    if language.startswith("zh"):
        if not is_chinese(text):
            return "not in the language of the text"
        size = len(words(text))
        if size < 5 or size > 80:
            return "too short" if size < 5 else "too long"
        if _CHINESE_CONTEXT.search(text):
            return "needs its context"
        leaked = any(len(a) > 1 and a in text for a in answers[:1])
        return "answer in the question" if leaked and kind != "comparison" else None
    run = words(text)
    if len(run) < MIN_WORDS:
        return "too short"
    if len(run) > 2 * MAX_WORDS:
        return "too long"
    if _REFERS_TO_TEXT.search(text) or (set(run[:4]) & {"he", "she", "they", "it"}):
        return "needs its context"
    if language.startswith("en") and is_chinese(text):
        return "not in the language of the text"
    if kind in {"comparison", "order", "behaviour", "summary"}:
        return None
    return leak_fault(text, answers)
