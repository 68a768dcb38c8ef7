"""How the words of the corpus spread over it, and whether a question has enough to stand on."""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from functools import cache

from workbench.questions.lexicon import lexicon
from workbench.questions.parsing.names import Names
from workbench.questions.quality.information import information_bits, least_bits, root
from workbench.questions.words import STOP, content, tokens, words
from workbench.questions.writers.drafts import Draft

VAGUE = lexicon("filters", "vague")
GESTURES = lexicon("filters", "gestures")
BODY = lexicon("filters", "body")
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
_DATED = re.compile(
    r"\d{2}|\b(?:January|February|March|April|June|July|August|September|October|November|December)\b"
)
#: The fault of a question that tells no less than this share of what it should: it is kept back,
#: and asked where a corpus offers too little else.
BARELY, EASED = "too generic", 0.6
#: Words that tell nothing of where they stand.
SILENT = VAGUE | BODY | GENERIC_PEOPLE


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
            matches = content(text)
            self._stems.append(matches)
            for word in matches:
                self._where[word].append(place)
            in_section[section] |= matches
        self._sections_of: dict[str, list[str]] = defaultdict(list)
        for section, found_in in in_section.items():
            self.spread.update(found_in)
            for word in found_in:
                self._sections_of[word].append(section)
        self.sections = len(in_section)

    def bits(self, text: str, names: Names) -> float:
        """How much the question tells of the place it asks about."""
        return information_bits(text, self.spread, self.sections, names, SILENT)

    def is_common(self, subject: str) -> bool:
        """Whether a subject ("the room") is told of all over the text, so that it names nothing."""
        matches = content(subject)
        if not matches or self.sections < 8:
            return False
        return min(self.spread[word] for word in matches) > max(2, 0.08 * self.sections)

    def nearest(self, text: str, start: int, count: int, apart: int) -> list[int]:
        """Places of the ``count`` sentences that share most with a text, by rarity of the words.

        Sentences within ``apart`` of the one at ``start`` are left out, and those that share one
        common word only.
        """
        weights: dict[int, float] = defaultdict(float)
        for word in sorted(content(text)):
            matches = self._where.get(word, [])
            worth = math.log(1 + len(self._sentences) / len(matches)) if matches else 0.0
            for place in matches:
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

    def tells_together(self, name: str, matter: frozenset[str], around: int = 3) -> bool:
        """Whether somewhere most of what a question is about stands near a name.

        Near is within so many sentences; most is half of the words that stand in the corpus.
        """
        asked = {word for word in matter if word in self._where}
        # Its last word is what a name is called by: "Reed" for Thomas Reed.
        marks = content(name.split()[-1])
        if not asked or not marks:
            return True
        for place in sorted({p for word in marks for p in self._where.get(word, ())}):
            near = range(max(0, place - around), min(len(self._stems), place + around + 1))
            found = set().union(*(self._stems[p] for p in near))
            if 2 * len(asked & found) >= len(asked):
                return True
        return False

    def sections_told(self, asked: frozenset[str], section: str) -> tuple[float, float]:
        """What share of what words tell their section says, and the fullest of the others.

        A word tells the more, the fewer sections it stands in.
        """
        weights = {
            word: math.log(1 + self.sections / self.spread[word])
            for word in sorted(asked)
            if self.spread[word]
        }
        total = sum(weights.values())
        if not total:
            return 0.0, 0.0
        told: dict[str, float] = defaultdict(float)
        for word, weight in weights.items():
            for found_in in self._sections_of[word]:
                told[found_in] += weight
        other = max((w for s, w in told.items() if s != section), default=0.0)
        return told[section] / total, other / total

    def sentence(self, place: int) -> tuple[str, str, int]:
        """(section id, text, start) of a sentence."""
        return self._sentences[place]


def _sort(draft: Draft) -> str:
    if draft.lasting:
        return "lasting"
    dated = draft.type == "time" and _DATED.search(draft.answers[0])
    return "dated" if dated else draft.type


#: Share of a question's words that are looks, gestures and what lies about, from which on nobody
#: who has read the story would ask it; and the fewest words that tell of more than a moment.
_PASSING, _FEWEST = 0.6, 3
_TOLD_IN_PASSING = frozenset({"person", "thing", "place", "definition"})


@cache
def _scenery() -> frozenset[str]:
    """Base forms of looks, gestures and what lies about; the inflector is loaded when asked."""
    return frozenset(root(word) for word in GESTURES | BODY | VAGUE)


def is_passing(draft: Draft, names: Names) -> bool:
    """Whether a question is about a passing look or gesture, or a scene without name or number."""
    if not draft.tale or draft.lasting or draft.type not in _TOLD_IN_PASSING:
        return False
    run = tokens(draft.text)[1:]
    named = any(names.is_name(t) or t.text[0].isdigit() for t in run)
    told = [
        root(t.lower) for t in run if t.is_word and t.lower not in STOP and not names.is_name(t)
    ]
    scenery = sum(word in _scenery() for word in told)
    return scenery >= _PASSING * max(1, len(told)) or (not named and len(told) < _FEWEST)


def corpus_fault(draft: Draft, usage: Usage, names: Names) -> str | None:
    """Whether the question stands alone in the corpus: enough to go by, and no second answer."""
    enough = least_bits(usage.sections, _sort(draft), draft.tale)
    told = usage.bits(draft.text, names)
    if told < enough * EASED:
        return "far too generic"
    common = draft.subject.lower() in draft.text.lower() and usage.is_common(draft.subject)
    if common and not any(names.is_name(t) for t in tokens(draft.text)):
        return "too generic"
    rivals = [] if draft.lasting else usage.rivals(draft.text, draft.start)
    for place in rivals:
        _, text, _ = usage.sentence(place)
        sentences = f" {' '.join(words(text))} "
        if not any(f" {' '.join(words(a))} " in sentences for a in draft.answers):
            return "another sentence may answer it"
    return None if told >= enough else BARELY
