"""The sentences of two texts, matched by what they say.

As Heckel matches lines (A technique for isolating differences between files, 1978): what stands
once in each is the same, what stands beside it follows, and what is said more than once is taken in
order. What is left of a place in both and is much alike is one sentence, rewritten. Own code of
100 lines: difflib takes quadratic time, and takes what has moved for gone and new.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter, defaultdict, deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from workbench.corpus.corpus import Corpus
from workbench.corpus.sentences import sentence_ends
from workbench.types import Section

#: Likeness (0 to 100, Indel) from which two sentences of one place are one, rewritten; and where
#: one stands alone in the place of one.
ALIKE, ALIKE_ALONE = 62.0, 40.0
#: Sentences of one place that are compared with each other: more is another text.
COMPARED = 200
#: Blank lines, and lines that stand for themselves: headings, items, rows.
_BLOCK = re.compile(r"\n[ \t　\u00a0]*\n\s*|\n(?=[ \t]*(?:#{1,6} |[-*+|>] |\||\d+[.)] ))")
_HEADING = re.compile(r"#{1,6}\s")
_NUMBER = re.compile(
    r"^(?:#{1,6}\s+)?(?:(?:chapter|part|section)\s+)?(?:\d+(?:\.\d+)*|[ivxlc]+)\s*[.):]?\s+", re.I
)


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence, heading or row: where it stands, and ``key``, by which it is compared."""

    document: str
    start: int
    end: int
    key: str
    section: str


def sentences(corpus: Corpus) -> Iterator[Sentence]:
    """The sentences of all documents in order; headings, items and rows stand for themselves."""
    sections: dict[str, list[Section]] = defaultdict(list)
    for section in corpus.sections:
        sections[section.document].append(section)
    for document in corpus.documents:
        text, within = document.text, sorted(sections[document.id], key=lambda s: s.start)
        starts = [section.start for section in within]
        edges = [0, *(match.end() for match in _BLOCK.finditer(text)), len(text)]
        for block, stop in pairwise(edges):
            inner = text[block:stop]
            ends = [] if _HEADING.match(inner.lstrip()) else sentence_ends(inner)
            bounds = [block, *(block + end for end in ends), stop]
            for start, end in pairwise(bounds):
                said = text[start:end]
                key = _key(said)
                if not key:
                    continue
                first = start + len(said) - len(said.lstrip())
                holder = within[bisect_right(starts, first) - 1] if within else None
                inside = holder is not None and holder.start <= first < holder.end
                yield Sentence(
                    document.id, first, start + len(said.rstrip()), key,
                    holder.id if holder is not None and inside else "",
                )  # fmt: skip


def _key(text: str) -> str:
    """The sentence as it is compared: on one line, a heading without its number."""
    line = " ".join(text.split())
    if _HEADING.match(line) or line[:8].lower().startswith(("chapter ", "part ", "section ")):
        return _NUMBER.sub("# ", line, count=1) if len(line) < 120 else line
    return line


def matched(old: Sequence[str], new: Sequence[str]) -> list[int | None]:
    """For each text of ``old`` the place of the one of ``new`` that is the same one."""
    often, again = Counter(old), Counter(new)
    once = {key: place for place, key in enumerate(new) if again[key] == 1}
    image = [once.get(key) if often[key] == 1 else None for key in old]
    taken = {place for place in image if place is not None}
    for step, places in ((1, range(len(old))), (-1, range(len(old) - 1, -1, -1))):
        for place in places:
            found, beside = image[place], place + step
            if found is None or not 0 <= beside < len(old) or image[beside] is not None:
                continue
            follows = found + step
            if 0 <= follows < len(new) and follows not in taken and old[beside] == new[follows]:
                image[beside] = follows
                taken.add(follows)
    left: dict[str, deque[int]] = defaultdict(deque)
    for place, key in enumerate(new):
        if place not in taken:
            left[key].append(place)
    for place, key in enumerate(old):
        if image[place] is None and left[key]:
            image[place] = left[key].popleft()
    return image


def rewritten(
    old: Sequence[Sentence], new: Sequence[Sentence], kept: Sequence[int | None]
) -> list[int | None]:
    """For each sentence that is not kept, the new one that stands in its place and is much like
    it."""
    back = inverse(kept, len(new))
    result: list[int | None] = [None] * len(old)
    taken: set[int] = set()
    whole: dict[str, list[int]] = defaultdict(list)
    for place, sentence in enumerate(new):
        whole[sentence.document].append(place)
    place = 0
    while place < len(old):
        first = place
        if kept[first] is not None:
            place += 1
            continue
        while (
            place < len(old)
            and kept[place] is None
            and (old[place].document == old[first].document)
        ):
            place += 1
        beside = _beside(old, new, kept, back, first, place)
        if beside is None:  # nothing of the document is left: that of the same name may be it
            beside = [at for at in whole[old[first].document] if back[at] is None]
        candidates = [at for at in beside if at not in taken][:COMPARED]
        struck = range(first, min(place, first + COMPARED))
        least = ALIKE_ALONE if len(struck) == len(candidates) == 1 else ALIKE
        texts = [old[at].key for at in struck], [new[at].key for at in candidates]
        for at, other in _alike(*texts, least):
            result[struck[at]] = candidates[other]
            taken.add(candidates[other])
    return result


def _beside(
    old: Sequence[Sentence], new: Sequence[Sentence], kept: Sequence[int | None],
    back: Sequence[int | None], first: int, stop: int,
) -> list[int] | None:  # fmt: skip
    """The new sentences that stand where the old ones from ``first`` to ``stop`` stood.

    None where neither neighbour is there to tell.
    """
    document = old[first].document
    ends = []
    for place, step in ((first - 1, 1), (stop, -1)):
        inside = 0 <= place < len(old) and old[place].document == document
        image = kept[place] if inside else None
        if image is not None:
            ends.append((image, step))
    if not ends:
        return None
    found: dict[int, None] = {}
    for image, step in ends:
        at = image + step
        while 0 <= at < len(new) and back[at] is None and (new[at].document == new[image].document):
            found[at] = None
            at += step
    return sorted(found)


def _alike(old: Sequence[str], new: Sequence[str], least: float) -> list[tuple[int, int]]:
    """Pairs of places of texts that are much alike, the likest first taken."""
    from rapidfuzz import fuzz

    pairs = sorted(
        ((fuzz.ratio(a, b), i, j) for i, a in enumerate(old) for j, b in enumerate(new)),
        key=lambda pair: (-pair[0], abs(pair[1] - pair[2]), pair[1]),
    )
    result: list[tuple[int, int]] = []
    for likeness, i, j in pairs:
        if likeness < least:
            break
        if all(i != a and j != b for a, b in result):
            result.append((i, j))
    return result


def inverse(images: Sequence[int | None], size: int) -> tuple[int | None, ...]:
    result: list[int | None] = [None] * size
    for place, image in enumerate(images):
        if image is not None:
            result[image] = place
    return tuple(result)
