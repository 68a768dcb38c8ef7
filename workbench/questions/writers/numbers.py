"""The value of a number and of a date as texts write them."""

from __future__ import annotations

import re

from workbench.questions.lexicon import entries

_UNITS = {word: value for value, word in enumerate(entries("numbers", "units"))}
_TENS = {word: 10 * value for value, word in enumerate(entries("numbers", "tens"), start=2)}
_SCALES = {"hundred": 100, "thousand": 1000, "million": 10**6, "billion": 10**9, "dozen": 12}
_ORDINALS = {
    "first": 1, "second": 2, "third": 3, "fifth": 5, "eighth": 8, "ninth": 9, "twelfth": 12,
}  # fmt: skip
_MONTHS = entries("numbers", "months")


def number_value(text: str) -> float | None:
    """The one number in a text ("up to 1,200", "twenty-two"); None where there is none or two."""
    figures = re.findall(r"\d[\d,]*(?:\.\d+)?", text)
    if figures:
        scale = next((_SCALES[w] for w in re.findall(r"[a-z]+", text.lower()) if w in _SCALES), 1)
        return float(figures[0].replace(",", "")) * scale if len(figures) == 1 else None
    if _two_numbers(text):
        return None
    total, part, seen = 0, 0, False
    for word in re.findall(r"[a-z]+", text.lower()):
        if word in _UNITS or word in _TENS:
            part += _UNITS.get(word, 0) + _TENS.get(word, 0)
        elif word in _SCALES and (part or word != "dozen"):
            scale = _SCALES[word]
            if scale >= 1000:
                total, part = total + max(1, part) * scale, 0
            else:
                part = max(1, part) * scale
        elif word in {"and", "a", "about", "up", "to", "at", "least", "most", "more", "than"}:
            continue
        else:
            return None
        seen = True
    return float(total + part) if seen else None


def _two_numbers(text: str) -> bool:
    """Whether number words stand on both sides of "to" or "or": "ten to twenty"."""
    sides = re.split(r"\b(?:to|or)\b", text.lower(), maxsplit=1)
    return len(sides) == 2 and all(
        any(w in _UNITS or w in _TENS or w in _SCALES for w in re.findall(r"[a-z]+", side))
        for side in sides
    )


def date_key(text: str) -> tuple[int, int, int] | None:
    """(year, month, day) of a date with its year; month and day are 0 where it names none."""
    low = text.lower()
    iso = re.fullmatch(r"\D*(\d{4})-(\d{2})(?:-(\d{2}))?\D*", low)
    if iso is not None:
        return int(iso[1]), int(iso[2]), int(iso[3] or 0)
    year = re.search(r"\b(\d{3,4})\b", low)
    if year is None:
        return None
    month = next((n for n, name in enumerate(_MONTHS, 1) if re.search(rf"\b{name}\b", low)), 0)
    day = re.search(r"\b(\d{1,2})(?:st|nd|rd|th)?\b", low)
    return int(year[1]), month, int(day[1]) if day else _day_in_words(low) if month else 0


def _day_in_words(text: str) -> int:
    match = re.search(r"\bthe ([a-z]+)(?:-([a-z]+))? of\b", text)
    if match is None:
        return 0
    tens = _TENS.get(match[1], 0) if match[2] else 0
    word = match[2] or match[1]
    plain = _ORDINALS.get(word) or _UNITS.get(word.removesuffix("th").removesuffix("et") or word, 0)
    if not plain and word.endswith("ieth"):
        plain = _TENS.get(word.removesuffix("ieth") + "y", 0)
    return tens + plain
