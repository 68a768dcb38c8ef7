"""The language of a text by its script, and how long it is in words.

Only Chinese and everything else are told apart (``zh`` and ``en``), because that is what the
parts differ by: sentence ends, word segmentation, scoring by character.
"""

from __future__ import annotations

import re

HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")
LATIN_WORD = re.compile(r"[^\W\d_\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff][\w'’-]*|\d[\d.,]*")
HAN_PER_WORD = 1.5


def detect(text: str) -> str:
    """``zh`` where Han characters are a fifth of all letters and Han characters, else ``en``."""
    sample = text if len(text) < 200_000 else text[:100_000] + text[-100_000:]
    letters = sum(c.isalpha() for c in sample)
    return "zh" if letters and len(HAN.findall(sample)) >= letters / 5 else "en"


def words(text: str) -> int:
    """How many words: runs of letters or digits; 1.5 Han characters count as one word."""
    han = len(HAN.findall(text))
    return len(LATIN_WORD.findall(text)) + round(han / HAN_PER_WORD)
