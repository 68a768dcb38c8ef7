"""Sentences whose numbers keep the place at which they can be read.

A language is a module of templates; a second one has the same keys.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from workbench.wording import (
    en,
    en_classes,
    en_drift,
    en_editions,
    en_exam,
    en_export,
    en_fairness,
    en_judge,
    en_level,
    en_memorised,
    en_money,
    en_people,
    en_planted,
    en_principles,
    en_probes,
    en_report,
    en_signed,
    en_today,
    en_trained,
    en_tuning,
)
from workbench.wording.figures import show

LANGUAGES: dict[str, Mapping[str, str]] = {
    "en": {
        **en.SENTENCES,
        **en_report.REPORT,
        **en_classes.CLASSES,
        **en_money.MONEY,
        **en_memorised.MEMORISED,
        **en_principles.PRINCIPLES,
        **en_planted.PLANTED,
        **en_people.PEOPLE,
        **en_signed.SIGNED,
        **en_editions.EDITIONS,
        **en_drift.DRIFT,
        **en_fairness.FAIRNESS,
        **en_probes.PROBES,
        **en_judge.JUDGE,
        **en_exam.EXAM,
        **en_today.TODAY,
        **en_tuning.TUNING,
        **en_trained.TRAINED,
        **en_export.EXPORT,
    }
}


def figure(
    value: float | None, unit: str, at: str, currency: str = "USD", sign: int = 1
) -> dict[str, Any]:
    """A number in a sentence: its value, its unit, and the JSON pointer it can be read at.

    ``sign`` is -1 where what is recorded there is the same figure the other way round.
    """
    result: dict[str, Any] = {"value": value, "unit": unit, "at": at}
    if sign != 1:
        result["sign"] = sign
    if unit in ("money", "price"):
        result["currency"] = currency
    return result


def statement(key: str, **values: Any) -> dict[str, Any]:
    """A sentence as its template's key and its values (text or :func:`figure`), ready for JSON."""
    return {"key": key, "values": values}


def show_value(value: Any) -> str:
    """One value of a statement as plain text."""
    if isinstance(value, Mapping):
        return show(value["value"], value["unit"], value.get("currency", "USD"))
    return str(value)


#: The values of a sentence that are differences: one that shows as 0.0 is not told as a number.
_DIFFERENCE = re.compile(
    r"(\w+_)?gap|rise|gain|range|forced|interaction|(tuning|retrieval)_(alone|with_\w+)"
)
_FIELD = re.compile(r"\{(\w+)\}")
#: A count before its noun, and the verb behind that: both are said of many.
_MANY = re.compile(
    r"\{(\w+)\}(( (?:more|such|exam|dev|hand-written|judged|unseen|other))*"
    r" (?:question|word|answer|section|setting|hour|judgement))s\b( (?:are|were|have|hold)\b)?"
)
#: What the verb or pronoun further on is, of one and of several: ``{n:is|are}``.
_CHOICE = re.compile(r"\{(\w+):([^|{}]*)\|([^|{}]*)\}")
_OF_ONE = {" are": " is", " were": " was", " have": " has", " hold": " holds", None: ""}


def _is_nothing(name: str, value: Any) -> bool:
    """Whether a value is a difference that rounds to none."""
    if name == "at":  # a margin, or how much better one would have to be
        return isinstance(value, Mapping) and value["unit"] == "margin" and show_value(value) == "0"
    return bool(_DIFFERENCE.fullmatch(name)) and show_value(value) in ("0.0", "0.0%")


def template(result: Mapping[str, Any], language: str = "en") -> str:
    """The words of a statement with its fields in braces.

    No sentence tells a difference that rounds to 0.0 as a number: it says that there is none.
    """
    key, values = result["key"], result["values"]
    words = _CHOICE.sub(
        lambda found: found[2 if show_value(values[found[1]]) == "1" else 3],
        LANGUAGES[language][key],
    )
    if "1" in map(show_value, values.values()):
        words = _MANY.sub(lambda found: _one(found, values), words)
    nothing = {name for name in _FIELD.findall(words) if _is_nothing(name, values[name])}
    if not nothing:
        return words
    field, level = en_level.LEVEL.get(key, ("", ""))
    if field in nothing:
        words, nothing = level, nothing - {field}
    for name in nothing:
        words = re.sub(rf"\(\{{{name}\}}( points)?", f"({en_level.NO_DIFFERENCE}", words)
        words = re.sub(rf"\{{{name}\}}( points)?", en_level.NOTHING, words)
    return words


def _one(found: re.Match[str], values: Mapping[str, Any]) -> str:
    """``{n} questions`` as ``{n} question`` where there is but one."""
    if show_value(values[found[1]]) != "1":
        return found[0]
    return f"{{{found[1]}}}{found[2]}{_OF_ONE[found[4]]}"


def text(result: Mapping[str, Any], language: str = "en") -> str:
    """A statement as plain text."""
    shown = {name: show_value(value) for name, value in result["values"].items()}
    return template(result, language).format(**shown)


def say(key: str, language: str = "en", **values: Any) -> str:
    """A sentence at once, where no link to its numbers is needed."""
    return text(statement(key, **values), language)
