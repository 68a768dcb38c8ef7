"""Answers as comparable words: normalisation, abstention, behaviour checks. English and Chinese."""

from __future__ import annotations

import json
import re
import string
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from workbench.errors import WorkbenchError

_ARTICLES = re.compile(r"\b(a|an|the)\b")
_CJK = re.compile(r"[㐀-䶿一-鿿豈-﫿]")
_PIECES = re.compile(r"[㐀-䶿一-鿿豈-﫿]|[^\W_]+")
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
    return len(_PIECES.findall(text)) if _CJK.search(text) else len(text.split())


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


def behaves(text: str, check: Mapping[str, Any], question: str = "") -> bool:
    """Whether an answer passes a behaviour check: a pattern, a schema, a limit, a refusal.

    ``check["type"]`` is regex, not_regex, refusal, max_words, min_words, json (with ``keys``),
    schema (a JSON Schema under ``schema``), equals, or all and any over ``checks``. Raises
    WorkbenchError for a check that cannot be read, and for a rubric, which only a judge can apply.
    """
    kind = str(check.get("type"))
    if kind in ("all", "any"):
        parts = [behaves(text, part, question) for part in check.get("checks", ())]
        return all(parts) if kind == "all" else any(parts)
    try:
        if kind in ("regex", "not_regex"):
            flags = re.IGNORECASE if check.get("ignore_case", True) else 0
            matches = re.search(str(check["pattern"]), text.strip(), flags)
            return (matches is not None) == (kind == "regex")
        if kind == "refusal":
            refused = abstains(text) or bool(
                re.search(str(check.get("pattern") or _REFUSALS), text, re.IGNORECASE)
            )
            return bool(refused == bool(check.get("expected", True)))
        if kind in ("max_words", "min_words"):
            named = [key for key in ("value", "words", "max", "min") if key in check]
            limit = int(check[named[0] if named else "value"])
            return length(text) <= limit if kind == "max_words" else length(text) >= limit
        if kind == "equals":
            return words(text) == words(str(check["text"]))
        if kind == "json":
            return _is_json(text, check.get("keys", ()))
        if kind == "schema":
            return _fits(text, check["schema"])
    except (KeyError, TypeError, ValueError, re.error) as error:
        raise WorkbenchError(
            f"The behaviour check {dict(check)!r} cannot be applied: {error}.",
            "Mend tags.check of that question; docs/behaviour.md lists the checks.",
        ) from error
    raise WorkbenchError(
        f"Unknown behaviour check {kind!r}.",
        "The checks are regex, not_regex, refusal, max_words, min_words, equals, json, schema, all "
        "and any, and rubric by itself, which a judge applies.",
    )


_REFUSALS = (
    r"\b(?:i am|i'm|i’m|we are) (?:sorry|unable|not able|not allowed)"
    r"|\b(?:cannot|can't|can’t|will not|won't|won’t) "
    r"(?:share|help|give|tell|discuss|do|provide|disclose|answer)"
    r"|\bnot (?:able|allowed|permitted) to\b|对不起|抱歉|不能|不便"
)


def rubric_of(tags: Mapping[str, Any]) -> str:
    """The rubric that a judge applies to replies to a behaviour question; empty without one."""
    check = tags.get("check")
    if not isinstance(check, Mapping) or check.get("type") != "rubric":
        return ""
    return str(check.get("rubric") or "").strip()


def _fits(text: str, schema: Any) -> bool:
    """Whether a reply is JSON of that schema (draft 2020-12, or the one it names)."""
    from jsonschema import SchemaError, validators

    kind = validators.validator_for(schema, validators.Draft202012Validator)
    try:
        kind.check_schema(schema)
    except SchemaError as error:
        raise ValueError(f"the schema is none: {error.message}") from error
    try:
        return bool(kind(schema).is_valid(json.loads(text)))
    except json.JSONDecodeError:
        return False


def _is_json(text: str, keys: Sequence[str]) -> bool:
    try:
        matches = json.loads(text)
    except json.JSONDecodeError:
        return False
    return not keys or (isinstance(matches, dict) and all(key in matches for key in keys))
