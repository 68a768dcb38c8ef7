"""Cheap filters: what a question may not be, judged by its words alone and by the whole corpus.

They run before any model does. Each returns the reason for a drop, or None; the reasons are the
keys of the report, so that "why the rest went" can be counted and looked up.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from workbench.questions.lexicon import lexicon
from workbench.questions.parsing.names import Names
from workbench.questions.quality.leaks import leak_fault
from workbench.questions.quality.torn import (
    points_away,
    reason_fault,
    torn_answer,
    torn_fault,
    unbalanced,
)
from workbench.questions.quality.usage import BODY, GENERIC_PEOPLE, GESTURES, VAGUE
from workbench.questions.words import STOP, content, mostly_chinese, tokens, words
from workbench.questions.writers.drafts import Draft

MIN_WORDS, MAX_WORDS = 4, 26
MAX_ANSWER = {
    "reason": 24,
    "means": 18,
    "deed": 26,
    "definition": 30,
    "condition": 18,
    "list": 45,
    "order": 16,
}
#: Words of other answers: in a tale, and on a page, where terms and names are long.
_COMMON_ANSWER_WORDS, _PAGE_ANSWER_WORDS = 9, 14
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
    r"|that (?:\w+day|January|February|March|April|June|July|August|September|October|November"
    r"|December|spring|summer|autumn|winter|day|morning|afternoon|evening|night|week|month|year|time|moment)\b"
    r"|next (?:\w+day|day|morning|afternoon|evening|night|week|moment)\b"
    r"|another|(?:is|are|was|were) other\b"
    r"|(?:day|morning|evening|week|year) (?:following|after|before)"
    r"|(?:above|below|here)(?=[?,]| in\b| for\b)"
    r"|in turn|so far|of these|of those|again\b|as if|as though|accordingly|too(?=\?)"
    r"|if not\b|if (?:you|they|we) (?:haven|hasn|have not|has not)|(?:both|any necessary) \w+s\b"
    r"|should also|must also|may also|can also"
    r"|(?:no|any) (?:more|longer)|how many (?:more|other) |all (?:two|three|four|five|six)\b(?! \w)"
    r"|(?:one|two|three|four|five|six) (?:more|others?)\b"
    r"|(?:miles?|yards?|feet|paces|steps|way) (?:off|away|ahead|farther|further)\b(?! from))",
    re.I,
)
#: Places of the text itself, and things told apart only by their place in it.
_ELSEWHERE = re.compile(
    r"\b(?:Listing|Figure|Table|Chapter|Section|Example|Exercise|Appendix|Step|Note)s?\s+(?:\d|[A-Z]\b)"
    r"|\bas (?:shown|follows|seen|mentioned|described|discussed|noted)\b|\bthe following\b"
    r"|\b(?:you|we) (?:saw|learned|discussed)\b"
)
#: Grammar that no rule should have made.
_MISMADE = re.compile(
    r"\bthe narrator (?:have|am|do|are|were)\b|\b(?:to|in|of|at|with) to\b"
    r"|(?<!^)\bwhy (?:in|by|on|at|to)\b|\b(\w+ \w+(?: \w+)?) \1\b"
    r"|\b(?:send|write|talk|reach out|speak) to (?:for|in|with|by|on)\b|\d{3}-\d{3}"
    r"|\bfrom (?:amid|among|surrounded)\b"
    r"|\bwhat (?:should|must|can|may) you use to \w+\?$|^who used to (?:an?|the)\b",
    re.I,
)
#: Names in code, whose marks are part of them: or_insert, std::io::Error, new(), Option<T>.
_CODE = re.compile(r"\w+(?:(?:::|_)\w+)+(?:\(\)|<\w+>)?|\w+\(\)|\w+(?:<\w+>)+")
#: A clause that hangs on another noun than the answer's: "your reports that's backed with data".
_STRAY = re.compile(r"\bthat['’]s\b", re.I)
#: Words that an answer does not end with: what should follow was cut off.
#: Answers that name nothing: "new features", "several examples".
_SOME_KIND = re.compile(
    r"(?:new|various|several|many|different|certain|additional|more|numerous) [a-z]+s$", re.I
)
_SOME_ONE = re.compile(
    r"an? (?:separate|different|certain|particular|specific|similar|given|suitable|appropriate"
    r"|special) [a-z]+$",
    re.I,
)
_OTHERS = {(word, "other") for word in ("most", "all", "many", "some", "several", "the")}
_HELPERS = frozenset({"do", "does", "did", "must", "should", "can", "may", "will"})
#: Conditions that hold of anybody at any time, as an answer or before a question.
_TRIVIAL = re.compile(
    r"(?:if|when|whenever|once) (?:(?:you|they|anyone) )?(?:have|has|need|needs|want|are unsure"
    r"|are stuck)(?: (?:any|more|further|a|some|additional|the))* ?"
    r"(?:questions?|help|assistance|information|support|advice|details|concerns?|issues?)?",
    re.I,
)
_BARE_CONDITION = re.compile(
    r"^if (?:eligible|applicable|necessary|needed|required|possible|so|approved|desired|relevant"
    r"|appropriate),",
    re.I,
)
_CUT = frozenset({"a", "an", "the", "and", "or", "of", "than"})
_ORDINAL = re.compile(
    r"\bthe (?:first|second|third|last|previous|preceding|next|latter|former|same|other|new"
    r"|resulting|original|remaining) (?!\w+ of\b)"
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
#: A preposition left over, or a past that only the text's own course explains: "did you receive".
_BROKEN = re.compile(
    r"\b(?:what|who|which \w+) (?:to|of|for|in|on|with|by|at) "
    r"(?:must|is|are|was|were|can|may|will)\b"
    r"|\b(?:did|had|have) (?:you|we)\b",
    re.I,
)
_POINTS = lexicon("filters", "points")
#: The heading that a question names: "In “Paid leave”, how many ...?".
_LABEL = re.compile(r" ?\(?“[^”]*”\)?")
#: Words that no question ends with: its noun is missing.
_UNENDING = lexicon("filters", "unending")
_WH = re.compile(r"\b(who|whom|what|when|where|why|how|which|name)\b", re.I)


def wording_fault(text: str, draft: Draft, names: Names) -> str | None:
    """What is wrong with one wording, or None."""
    label = _LABEL.search(text)
    text = re.sub(r"^(?:In|According to), ", "", _LABEL.sub("", text)) if label else text
    run = words(_FRAME.sub("", text))
    if len(run) < (MIN_WORDS - 1 if draft.tale or not label else MIN_WORDS):
        return "too short"
    if len(run) > MAX_WORDS:
        return "too long"
    if _REFERS_TO_TEXT.search(text) or _pointing(run, draft, names):
        return "needs its context"
    if "there" in run and not re.search(r"how (?:many|much) .*\bthere\b", text, re.I):
        return "needs its context"
    if _OBJECT_HER.search(text) or _CONTEXT.search(text):
        return "needs its context"
    if not draft.tale and (
        _ELSEWHERE.search(text) or _ORDINAL.search(text) or _BARE_CONDITION.search(text)
    ):
        return "needs its context"
    if not _WH.search(text) or not _OPENING.match(text):
        return "not a question"
    ends_open = run[-1] in _UNENDING and not (run[-1] == "have" and set(run) & _HELPERS)
    if ends_open or _BROKEN.search(text) or _MISMADE.search(text):
        return "ungrammatical"
    if any(a == b and a not in {"had", "that"} for a, b in pairwise(run)):
        return "ungrammatical"
    plain = text if draft.tale else _CODE.sub("", text)
    if unbalanced(plain):
        return "odd marks"
    if any(mark in plain for mark in '“”"()[]{}<>|*_;:\u2014'):
        return "odd marks"
    owner = {"his", "her", "its", "their"} & set(run)
    if not draft.tale:
        owner -= {"its", "their"}
    if owner and not _owner_in_question(text, draft, names, owner):
        return "needs its context"
    return torn_fault(text, draft.quote, draft.answers)


#: What a rule may say: "you" is whoever asks, and a later "it" is what the question named.
_RULES_MAY = frozenset({"you", "your", "yourself", "i", "my"})
_LATER = frozenset({"it", "they", "them", "itself", "its", "their"})
_SOON = 9


def _pointing(run: Sequence[str], draft: Draft, names: Names) -> bool:
    """Whether a word points to what the question does not say."""
    pointing = _NEVER - {"there"}
    if draft.tale:
        # "Who turned along the quay because he liked ...?": a later "he" is the subject.
        bound = (
            _BOUND.get(names.gender(draft.subject), frozenset()) if draft.subject else frozenset()
        )
        return bool((pointing - bound) & set(run)) or bool(bound & set(run[:_SOON]))
    named = words(draft.subject)
    if named and f" {' '.join(named)} " in f" {' '.join(run)} ":
        # "When does a member lose their card?": said of whom the question names.
        late = _LATER & set(run[_SOON:])
        return bool((pointing - _RULES_MAY - late - {"its", "their", "itself"}) & set(run))
    answer = draft.answers[0].lower() if draft.answers else ""
    own = frozenset({"its", "their"}) if answer == draft.subject.lower() else None
    late = _LATER if own is None else _LATER - own
    allowed = _LATER & set(run[_SOON:]) if len(run) > _SOON else set()
    soon = bool((late - allowed) & set(run[:_SOON]))
    return bool((pointing - _RULES_MAY - allowed) & set(run)) or soon


_BOUND = {
    "his": frozenset({"he", "him", "himself"}),
    "her": frozenset({"she", "herself"}),
}


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
    common = _COMMON_ANSWER_WORDS if draft.tale else _PAGE_ANSWER_WORDS
    if len(run) > MAX_ANSWER.get(draft.type, common):
        return "long answer"
    if draft.type in {"deed", "condition"} and set(run) & _LEFT_OPEN:
        return "answer needs its context"
    if not draft.tale and points_away(answer):
        return "answer needs its context"
    if draft.type == "reason" and (fault := reason_fault(answer)):
        return fault
    if draft.type == "condition" and _TRIVIAL.fullmatch(answer):
        return "vague answer"
    if _STRAY.search(answer) and draft.type not in {"definition", "reason", "condition"}:
        return "answer cut short"
    if draft.type not in {"list", "order", "row"} and run[-1] in _CUT:
        return "answer cut short"
    if draft.type == "time" and _BARE_DAY.fullmatch(answer):
        return "vague answer"
    if torn_answer(answer, draft.quote, draft.type):
        return "answer cut short"
    if draft.type in {"reason", "means", "deed", "time", "list", "order", "condition"}:
        return None if content(answer) or draft.type == "time" else "vague answer"
    meaning = [w for w in run if w not in STOP]
    if not meaning and draft.type not in {"number", "money", "duration"}:
        return "vague answer"
    if draft.type in {"thing", "definition", "place"} and meaning:
        if (meaning[-1] in VAGUE and len(meaning) < 3) or run[0] in _NEVER - {"your", "you"}:
            return "vague answer"
        if draft.tale and set(meaning) <= GESTURES | BODY | VAGUE:
            return "vague answer"
    if not draft.tale and (
        _POINTS & set(run) or run[0] in {"another", "some", "others", "one", "other"}
    ):
        return "answer needs its context"
    if not draft.tale and (_ELSEWHERE.search(answer) or _ORDINAL.search(answer)):
        return "answer needs its context"
    if not draft.tale and (
        _SOME_KIND.match(answer) or _SOME_ONE.match(answer) or tuple(run[:2]) in _OTHERS
    ):
        return "vague answer"
    last = tokens(answer)[-1]
    named = draft.tale and names.is_name(last) and names.kind(last.text) == "person"
    if draft.type == "thing" and named and answer != draft.subject:
        return "person or thing"
    if draft.type == "person":
        if set(meaning) <= GENERIC_PEOPLE:
            return "vague answer"
        nobody = run[0] in {"a", "an", "some"} and not any(names.is_name(t) for t in tokens(answer))
        if draft.tale and (nobody or not any(t.is_capital for t in tokens(answer))):
            return "vague answer"
        if _MISREAD.search(answer):
            return "misread name"
    if run[0] in {"this", "that", "such", "no", "its", "their", "my", "our"}:
        return "answer needs its context"
    if draft.tale and (set(run) & (_LEFT_OPEN | {"our", "my"}) or "its" in run[1:]):
        return "answer needs its context"
    if run[0] == "your" and draft.tale:
        return "answer needs its context"
    if {"his", "her", "their"} & set(run) and set(words(draft.text)) & _PERCEIVING:
        return "answer needs its context"
    if run[0] in {"his", "her"} and (
        draft.type == "person" or run[0] != names.gender(draft.subject)
    ):
        return "answer needs its context"
    return None


def subject_fault(draft: Draft) -> str | None:
    """Whether the subject is a part of a body or mind, of which much the same is told often."""
    run = words(draft.subject)
    if not draft.tale:
        return None
    if run and run[0] in {"a", "an", "some"} and draft.subject.lower() in draft.text.lower():
        return "too generic"
    return "too generic" if run and run[-1] in BODY and len(run) > 1 else None


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
