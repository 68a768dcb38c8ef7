"""Unanswerable near misses: a good question asked of somebody or something else.

"What did Marta Quill pay for the bell?" becomes a near miss with another name in it, if nowhere in
the corpus that name stands near what the question asks about. A model that answers it has made the
answer up, or has read past the name.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

from workbench.questions.parsing.names import Names, bare
from workbench.questions.parsing.noun_classes import NounClass
from workbench.questions.quality.usage import Usage
from workbench.questions.words import content, tokens
from workbench.questions.writers.drafts import Draft, fact_id
from workbench.questions.writers.offline import Kept

#: One near miss is tried for so many good questions.
EVERY = 3
#: A name that is used less often may be a slip.
FEWEST = 3
_TYPES = frozenset({"thing", "money", "number", "place", "time", "reason", "duration", "name"})


def near_misses(
    kept: Iterable[Kept], names: Names, usage: Usage, known: Mapping[NounClass, Sequence[str]]
) -> list[Kept]:
    """Near misses of some kept questions, each of a name that the corpus tells nothing such of."""
    return [
        Kept(miss, 1.0, right=item.right, worth=item.worth)
        for item in kept
        if item.draft.type in _TYPES and _turn(item.draft.fact) % EVERY == 0
        for miss in _swapped(item.draft, names, usage, known)
    ]


def _turn(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big")


def _swapped(
    draft: Draft, names: Names, usage: Usage, known: Mapping[NounClass, Sequence[str]]
) -> list[Draft]:
    for kind, group in known.items():
        name = next((n for n in group if n in draft.text and n not in draft.answers[0]), "")
        titled = re.search(rf"[A-Z]\w*\.? {re.escape(name)}", draft.text)
        if not name or titled or "“" in draft.text:
            continue
        others = [n for n in group if not set(n.split()) & set(name.split())]
        if kind == "person":
            others = [n for n in others if names.gender(n) == names.gender(name) != ""]
        if not others:
            continue
        other = others[_turn(draft.fact + "/who") % len(others)]
        wordings = tuple(w.replace(name, other) for w in draft.wordings if name in w)
        if not wordings or usage.tells_together(other, content(draft.text) - content(name)):
            continue
        return [
            replace(
                draft,
                fact=fact_id(draft.document, draft.start, wordings[0], ""),
                answers=(),
                wordings=wordings,
                type="unanswerable",
                kind="unanswerable",
                quote="",
                subject=other,
                tags={},
            )
        ]
    return []


def known_names(names: Names, texts: Sequence[str]) -> dict[NounClass, list[str]]:
    """Names of two words that the corpus uses at least three times, by what they name."""
    counts: Counter[str] = Counter()
    # "the Workshop Master": an office, which no other name can stand for.
    after_article: Counter[str] = Counter()
    for text in texts:
        run = tokens(text)
        for place, (before, after) in enumerate(pairwise(run)):
            adjacent = after.start - before.end == 1
            if adjacent and names.is_name(before) and names.is_name(after):
                name = f"{before.text} {after.text}"
                counts[name] += 1
                after_article[name] += place > 0 and run[place - 1].text.lower() == "the"
    result: dict[NounClass, list[str]] = defaultdict(list)
    for name, count in sorted(counts.items()):
        kind = names.kind(name)
        if after_article[name] * 2 > count:
            continue
        if count >= FEWEST and name == bare(name) and kind in {"person", "group", "place", "thing"}:
            result[kind].append(name)
    return dict(result)
