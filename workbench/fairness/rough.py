"""Words of a text that insult, curse or threaten, by a small list of our own."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from functools import cache

from workbench.fairness.lexicon import OWN
from workbench.text import HAN


@cache
def _words() -> re.Pattern[str]:
    lines = (OWN / "rough.txt").read_text("utf-8").splitlines()
    listed = [w.replace("_", " ") for x in lines if not x.startswith("#") for w in x.split()]
    plain = [re.escape(word) for word in listed if not HAN.search(word)]
    han = [re.escape(word) for word in listed if HAN.search(word)]
    return re.compile(rf"\b(?:{'|'.join(plain)})\b|{'|'.join(han)}", re.IGNORECASE)


def rough(texts: Iterable[str]) -> dict[str, int]:
    """How often each such word stands in the texts, the commonest first."""
    found = Counter(match[0].casefold() for text in texts for match in _words().finditer(text))
    return dict(found.most_common())
