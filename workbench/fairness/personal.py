"""Personal data in a text by patterns: addresses, telephone numbers, numbers of persons."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

KINDS = ("email", "phone", "id")

_EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)*\.[A-Za-z]{2,}(?![\w-])")
#: With a country's code, with an area in brackets, with a leading 0, or as China's mobiles are.
_PHONE = re.compile(
    r"(?<![\w.,/-])(?:"
    r"(?:\+|00)\d{1,3}[ .-]?(?:\(\d{1,4}\)[ .-]?)?\d{1,4}(?:[ .-]?\d{2,4}){1,4}"
    r"|\(\d{2,5}\)[ .-]?\d{3,4}(?:[ .-]?\d{3,4})?"
    r"|0\d{2,4}[ /-]\d{3,4}(?:[ -]?\d{2,4}){0,2}"
    r"|\d{3}[.-]\d{3}[.-]\d{4}"
    r"|1[3-9]\d{9}"
    r")(?![\w/-]|[.,]\d)"
)
_CARD = re.compile(r"(?<![\w-])\d{4}(?:[ -]?\d{4}){2}[ -]?\d{1,7}(?![\w-])")
_IBAN = re.compile(r"(?<!\w)[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?(?!\w)")
_CHINESE = re.compile(r"(?<!\d)\d{17}[\dXx](?!\d)")
_SOCIAL = re.compile(r"(?<![\w-])(?!000|666|9)\d{3}-(?!00)\d{2}-(?!0000)\d{4}(?![\w-])")
_INSURANCE = re.compile(r"(?<!\w)[A-CEGHJ-PR-TW-Z]{2} ?\d{2} ?\d{2} ?\d{2} ?[A-D](?!\w)")


def _is_card(text: str) -> bool:
    """By Luhn's sum, which one number of ten at random has."""
    digits = [int(c) for c in text if c.isdigit()]
    if not 13 <= len(digits) <= 19 or len(set(digits)) == 1:
        return False
    doubled = [d if at % 2 == 0 else sum(divmod(2 * d, 10)) for at, d in enumerate(digits[::-1])]
    return sum(doubled) % 10 == 0


def _is_iban(text: str) -> bool:
    plain = text.replace(" ", "")
    if not 15 <= len(plain) <= 34:
        return False
    return int("".join(str(int(c, 36)) for c in plain[4:] + plain[:4])) % 97 == 1


def _is_chinese(text: str) -> bool:
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    total = sum(int(d) * w for d, w in zip(text[:17], weights, strict=True))
    return "10X98765432"[total % 11] == text[17].upper()


def _is_phone(text: str) -> bool:
    return 7 <= sum(c.isdigit() for c in text) <= 15


def _any(text: str) -> bool:
    return bool(text)


#: By kind, in the order in which they are looked for: patterns with what proves a find.
_PATTERNS: dict[str, tuple[tuple[re.Pattern[str], Callable[[str], bool]], ...]] = {
    "email": ((_EMAIL, _any),),
    "id": (
        (_CHINESE, _is_chinese), (_IBAN, _is_iban), (_CARD, _is_card), (_SOCIAL, _any),
        (_INSURANCE, _any),
    ),
    "phone": ((_PHONE, _is_phone),),
}  # fmt: skip


class Found(NamedTuple):
    """One find: its kind and its place in the text."""

    kind: str
    start: int
    end: int


def find(text: str, kinds: Sequence[str] = KINDS) -> list[Found]:
    """What is found, in the order of the text; of two that overlap the one of the earlier kind."""
    taken: list[Found] = []
    for kind, patterns in _PATTERNS.items():
        for pattern, proves in patterns:
            for match in pattern.finditer(text):
                start, end = match.span()
                if proves(match[0]) and all(end <= f.start or f.end <= start for f in taken):
                    taken.append(Found(kind, start, end))
    return sorted((item for item in taken if item.kind in kinds), key=lambda item: item.start)
