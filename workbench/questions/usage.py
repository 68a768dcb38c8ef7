"""How the words of the corpus spread over it, and whether a question has enough to stand on."""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Sequence

from workbench.questions.drafts import Draft
from workbench.questions.lexicon import lexicon
from workbench.questions.names import Names
from workbench.questions.verbs import base_of_past
from workbench.questions.words import STOP, content, stem, tokens, words

VAGUE = lexicon("filters", "vague")
GESTURES = lexicon("filters", "gestures")
BODY = lexicon("filters", "body")
#: What a question must at least tell to be findable; a name and a common word, or a rare word.
LEAST_ANCHORS = 0.8
GENERIC_PEOPLE = frozenset(
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
#: Words that place a thing by what came before, less surely.
_LOOSE = re.compile(
    r"\b(?:next|following|previous|last|first|second|third|own|familiar|former|more|further|whole"
    r"|opposite|nearest|remaining|usual|present|certain)\b",
    re.I,
)
_GESTURE_STEMS = frozenset(stem(word) for word in GESTURES)


def looseness(draft: Draft) -> float:
    """How far a question leans on what came before it, 0 to 1."""
    told = 0.3 * len(_LOOSE.findall(draft.text))
    somebody = draft.subject.lower().startswith(("a ", "an ", "some "))
    if somebody and draft.subject.lower() in draft.text.lower():
        told += 0.4
    return min(1.0, told)


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
        weight, naming = 0.0, False
        for token in tokens(text):
            low = token.lower
            named = names.is_name(token)
            again, naming = named and naming, named
            if not token.is_word or low in STOP or low in VAGUE | GENERIC_PEOPLE | BODY:
                continue
            if token.text[0].isdigit():
                weight += 1.0
            elif named:
                weight += 0.1 if again else 0.6
            elif stem(base_of_past(low) or low) in _GESTURE_STEMS:
                weight += 0.1
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

    def nearest(self, text: str, start: int, count: int, apart: int) -> list[int]:
        """Places of the ``count`` sentences that share most with a text, by rarity of the words.

        Sentences within ``apart`` of the one at ``start`` are left out, and those that share one
        common word only.
        """
        weights: dict[int, float] = defaultdict(float)
        for word in sorted(content(text)):
            found = self._where.get(word, [])
            worth = math.log(1 + len(self._sentences) / len(found)) if found else 0.0
            for place in found:
                weights[place] += worth
        own = {p for p in weights if self._sentences[p][2] == start}
        own = {p + step for p in own for step in range(-apart, apart + 1)}
        least = 0.4 * max(weights.values(), default=0.0)
        best = sorted(
            (p for p, w in weights.items() if p not in own and w >= least),
            key=lambda p: (-weights[p], p),
        )
        return best[:count]

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
    least = 0.5 if draft.type in {"number", "money", "duration"} else LEAST_ANCHORS
    if usage.anchors(draft.text, names) < least:
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
