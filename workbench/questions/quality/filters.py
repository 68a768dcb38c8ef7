"""Cheap filters: what a question may not be, judged by its words alone and by the whole corpus.

They run before any model does. Each returns the reason for a drop, or None; the reasons are the
keys of the report, so that "why the rest went" can be counted and looked up.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from workbench.questions.lexicon import lexicon
from workbench.questions.names import Names
from workbench.questions.quality.usage import BODY, GENERIC_PEOPLE, GESTURES, VAGUE
from workbench.questions.words import STOP, content, mostly_chinese, tokens, words
from workbench.questions.writers.drafts import Draft

MIN_WORDS, MAX_WORDS = 4, 26
MAX_ANSWER = {"reason": 24, "means": 18, "deed": 18}
_COMMON_ANSWER_WORDS = 9
_NEVER = lexicon("filters", "never")
_PERCEIVING = lexicon("filters", "perceiving")
_OPENING = re.compile(
    r"^(who|whom|what|when|where|why|how|which|by|for|to|from|with|in|at|on|do|can|name|the|a|an|"
    r"after|before|during|until|under|since|of|[A-Z0-9])",
    re.IGNORECASE,
)
#: Words around a question that point to nothing: "was it that", "Do you know".
_FRAME = re.compile(
    r"\b(?:was|were|is) it that\b|^(?:Do you know|Can you (?:name|say))\b", re.IGNORECASE
)
_REFERS_TO_TEXT = re.compile(
    r"\b(this|the) (passage|text|excerpt|paragraph|section|sentence|chapter|story above)\b", re.I
)
#: Words that point to what the text told just before.
_CONTEXT = re.compile(
    r"\b(?:for (?:instance|example)|(?:after|before|by|until|since|at|like) (?:that|this|which)\b"
    r"(?! \w)|in the (?:mean|other)|mean(?:time|while)\b|to-?(?:night|day|morrow)|yesterday|also\b"
    r"|as (?:before|usual|well|hard|far)|the (?:same|other|others|latter|former|rest)\b"
    r"|(?-i:the (?:two|three))\b"
    r"|another|(?:day|morning|evening|week|year) (?:following|after|before)"
    r"|in turn|so far|of these|of those|again\b|as if|as though|accordingly|too(?=\?)"
    r"|(?:no|any) (?:more|longer)|how many (?:more|other) |all (?:two|three|four|five|six)\b(?! \w)"
    r"|(?:one|two|three|four|five|six) (?:more|others?)\b)",
    re.I,
)
_OBJECT_HER = re.compile(
    r"\bher(?= (?:to|in|on|at|by|for|from|with|into|and|that|as|up|out|off|once|when|of)\b"
    r"|\?|,|\.|$)",
    re.I,
)
_LEFT_OPEN = frozenset({"it", "them", "they", "this", "these", "those", "so", "him", "there"})
#: Something before a name that is not the name's: "the strange black-rimmed eyes Dickon".
_MISREAD = re.compile(r"\b(?!miss )[a-z-]+[^s'’\W]s [A-Z]")
#: A day of the week or of no date, which only the text before tells: "on the Wednesday".
_BARE_DAY = re.compile(
    r"(?:on|by|before|until|in|at|after) (?:(?:the|a|that|one|this) )?(?:\w+day|(?:next |last )?"
    r"(?:day|morning|afternoon|evening|night|week|month|year|moment|time|noon|midday|midnight"
    r"|dawn|dusk))s?",
    re.I,
)
#: Words that no question ends with: its noun is missing.
_UNENDING = lexicon("filters", "unending")
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
    if _OBJECT_HER.search(text) or _CONTEXT.search(text):
        return "needs its context"
    if not _WH.search(text) or not _OPENING.match(text):
        return "not a question"
    if run[-1] in _UNENDING:
        return "ungrammatical"
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
    if set(words(text)) & _PERCEIVING:
        # "Tommy caught the despair in his eyes": another's eyes.
        return False
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
    if draft.type == "deed" and set(run) & _LEFT_OPEN:
        return "answer needs its context"
    if draft.type == "time" and _BARE_DAY.fullmatch(answer):
        return "vague answer"
    if draft.type in {"reason", "means", "deed", "time"}:
        return None if content(answer) or draft.type == "time" else "vague answer"
    meaning = [w for w in run if w not in STOP]
    if not meaning and draft.type not in {"number", "money", "duration"}:
        return "vague answer"
    if draft.type == "thing" and meaning and (meaning[-1] in VAGUE or run[0] in _NEVER):
        return "vague answer"
    if draft.type == "thing" and meaning and set(meaning) <= GESTURES | BODY | VAGUE:
        return "vague answer"
    if draft.type == "person" and _MISREAD.search(answer):
        return "misread name"
    if draft.type == "person" and set(meaning) <= GENERIC_PEOPLE:
        return "vague answer"
    nobody = run[0] in {"a", "an", "some"} and not any(names.is_name(t) for t in tokens(answer))
    if draft.type == "person" and (nobody or not any(t.is_capital for t in tokens(answer))):
        return "vague answer"
    if draft.type == "thing" and answer != draft.subject and _perhaps_somebody(answer, names):
        return "person or thing"
    if draft.type == "thing" and answer == draft.subject and _unplaced(answer, names):
        return "person or thing"
    if run[0] in {"this", "that", "such", "no", "its", "their", "my", "our", "your"}:
        return "answer needs its context"
    if {"his", "her", "their"} & set(run) and set(words(draft.text)) & _PERCEIVING:
        return "answer needs its context"
    if run[0] in {"his", "her"} and (
        draft.type == "person" or run[0] != names.gender(draft.subject)
    ):
        return "answer needs its context"
    return None


def _named(answer: str, names: Names) -> bool:
    return any(names.is_name(t) for t in tokens(answer))


def _perhaps_somebody(answer: str, names: Names) -> bool:
    """Whether an answer to "what" ends with a name that may be somebody's: "darling Oggie"."""
    run = tokens(answer)
    return (
        len(run) > 0
        and names.is_name(run[-1])
        and (run[0].lower != "the" or names.is_person(run))
        and (len(run) == 1 or not run[0].is_capital)
    )


def _unplaced(subject: str, names: Names) -> bool:
    """Whether a subject is a bare name that the corpus tells neither as a person nor a place."""
    run = tokens(subject)
    if not run or not all(names.is_name(t) for t in run):
        return False
    places = sum(names.place[t.text] + names.article[t.text] for t in run)
    return places < 2 or places <= sum(names.person[t.text] for t in run)


def subject_fault(draft: Draft) -> str | None:
    """Whether the subject is a part of a body or mind, of which much the same is told often."""
    run = words(draft.subject)
    if run and run[0] in {"a", "an", "some"} and draft.subject.lower() in draft.text.lower():
        return "too generic"
    return "too generic" if run and run[-1] in BODY and len(run) > 1 else None


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


_CHINESE_CONTEXT = re.compile(r"本文|这段|该段|文中|上文|本章|这一章|^[他她它]")


def plain_fault(text: str, answers: Sequence[str], language: str, kind: str) -> str | None:
    """What is wrong with a question that a model wrote, in any language, or None."""
    if language.startswith("zh"):
        if not mostly_chinese(text):
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
    if language.startswith("en") and mostly_chinese(text):
        return "not in the language of the text"
    if kind in {"comparison", "order", "behaviour", "summary"}:
        return None
    return leak_fault(text, answers)
