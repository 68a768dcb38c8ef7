"""What changed between two editions of a corpus: by content, whatever the files are called.

Sentences are matched by what they say, so that texts which moved or were renamed, headings with
another number, and white space are no change.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from typing import Literal

from workbench.corpus.corpus import Corpus
from workbench.corpus.finding import span_of
from workbench.corpus.sentence_matching import Sentence, inverse, matched, rewritten, sentences
from workbench.types import Evidence, Section

What = Literal["unchanged", "changed", "added", "removed"]
Fate = Literal["kept", "rewritten", "gone"]
Starts = dict[str, tuple[list[int], int]]

#: Share of a section's characters below which what it has of the other edition is chance.
FEW = 0.2


@dataclass(frozen=True, slots=True)
class SectionChange:
    """What became of one section. ``before`` is None of what was added, ``after`` of what was
    removed; ``gone`` are the sentences that were struck or rewritten there, ``new`` those that
    stand there instead or besides."""

    what: What
    before: Section | None
    after: Section | None
    gone: tuple[Sentence, ...] = ()
    new: tuple[Sentence, ...] = ()

    @property
    def title(self) -> str:
        """The section's, as it is now where it still is."""
        known = self.after or self.before
        return known.title if known is not None else ""


@dataclass(frozen=True, slots=True)
class Carried:
    """What became of a stretch of the old edition, and where it stands now.

    ``kept``: word for word; ``rewritten``: the sentences that stand for its own; ``gone``: nowhere.
    """

    fate: Fate
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True)
class Changes:
    """Two editions, sentence by sentence.

    ``kept`` says for each sentence of ``old`` which of ``new`` says the same, ``rewritten`` which
    one stands for it, by their places; None where there is none.
    """

    before: Corpus
    after: Corpus
    old: tuple[Sentence, ...]
    new: tuple[Sentence, ...]
    kept: tuple[int | None, ...]
    rewritten: tuple[int | None, ...]

    @cached_property
    def sections(self) -> tuple[SectionChange, ...]:
        """The new edition's sections in order, and then those that were removed."""
        gone, new = self._changed
        removed = [s for s in self.before.sections if s.id in self.removed]
        partner = self._partners
        rows = []
        for section in self.after.sections:
            lost, came = gone[section.id], new[section.id]
            before = partner.get(section.id)
            what: What = "changed" if lost or came else "unchanged"
            if before is None:
                what = "added"
            rows.append(SectionChange(what, before, section, tuple(lost), tuple(came)))
        struck = ((s, tuple(gone[f"removed {s.id}"])) for s in removed)
        return (*rows, *(SectionChange("removed", s, None, lost) for s, lost in struck))

    @cached_property
    def counts(self) -> dict[What, int]:
        """Sections by what became of them."""
        found = Counter(row.what for row in self.sections)
        return {what: found[what] for what in ("unchanged", "changed", "added", "removed")}

    @cached_property
    def share(self) -> float:
        """The share of both editions' characters that stands in one of them alone (0 to 1)."""
        said = set(self.kept)
        lost = [s for s, image in zip(self.old, self.kept, strict=True) if image is None]
        came = [s for place, s in enumerate(self.new) if place not in said]
        return _size(lost + came) / max(1, _size((*self.old, *self.new)))

    @cached_property
    def removed(self) -> frozenset[str]:
        """The ids of the old edition's sections of which next to nothing is left."""
        return frozenset(
            name for name, share in self._shares(self.old, self._counterparts).items()
            if share < FEW
        )  # fmt: skip

    @cached_property
    def added(self) -> frozenset[str]:
        """The ids of the new edition's sections that have next to nothing of the old one."""
        shares = self._shares(self.new, inverse(self._counterparts, len(self.new)))
        return frozenset(name for name, share in shares.items() if share < FEW)

    def carry(self, item: Evidence) -> Carried:
        """What became of evidence in the old edition, and the evidence that it is now."""
        at = _overlapped(self.old, self._old_starts, item)
        if not at:
            return Carried("gone")
        images = [self._counterparts[place] for place in at]
        if any(image is None for image in images):
            return Carried("gone")
        runs = _runs([image for image in images if image is not None])
        if len(runs) == 1:
            whole = self._as_evidence(*runs[0])
            span = span_of(item.quote, whole.quote)
            if span is not None:
                start, end = (whole.start + offset for offset in span)
                return Carried("kept", (Evidence(
                    whole.document, start, end, whole.quote[slice(*span)]
                ),))  # fmt: skip
        same = all(self.kept[place] is not None for place in at)
        found = tuple(self._as_evidence(first, last) for first, last in runs)
        return Carried("kept" if same else "rewritten", found)

    def is_new(self, item: Evidence) -> Fate | None:
        """Of evidence in the new edition: whether its sentences are the old ones (``kept``), stand
        for one that was rewritten, or have none before them (None)."""
        at = _overlapped(self.new, self._new_starts, item)
        back = [self._back[place] for place in at]
        if not at or all(place is None for place in back):
            return None
        same = all(place is not None and self.kept[place] is not None for place in back)
        return "kept" if same else "rewritten"

    @cached_property
    def _back(self) -> tuple[int | None, ...]:
        return inverse(self._counterparts, len(self.new))

    @cached_property
    def _counterparts(self) -> tuple[int | None, ...]:
        return tuple(
            again if same is None else same
            for same, again in zip(self.kept, self.rewritten, strict=True)
        )

    @cached_property
    def _partners(self) -> dict[str, Section]:
        """The old section that each new one has most of, unless it has next to nothing of any."""
        shared: dict[str, Counter[str]] = defaultdict(Counter)
        for place, image in enumerate(self._counterparts):
            if image is not None:
                shared[self.new[image].section][self.old[place].section] += len(self.old[place].key)
        known = {section.id: section for section in self.before.sections}
        return {
            name: known[best]
            for name, found in shared.items() if name and name not in self.added
            for best in [max(found, key=lambda other: found[other])] if best
        }  # fmt: skip

    @cached_property
    def _changed(self) -> tuple[dict[str, list[Sentence]], dict[str, list[Sentence]]]:
        """(what was struck, what came), by the new edition's section where that was."""
        gone: dict[str, list[Sentence]] = defaultdict(list)
        new: dict[str, list[Sentence]] = defaultdict(list)
        said = set(self.kept)
        for image, sentence in enumerate(self.new):
            if image not in said:
                new[sentence.section].append(sentence)
        nearest = list(self._nearest())
        for place, sentence in enumerate(self.old):
            if self.kept[place] is not None:
                continue
            again, beside = self.rewritten[place], nearest[place]
            if again is not None:
                gone[self.new[again].section].append(sentence)
            elif sentence.section in self.removed:
                gone[f"removed {sentence.section}"].append(sentence)
            elif beside is not None:
                gone[self.new[beside].section].append(sentence)
        return gone, new

    def _nearest(self) -> Iterator[int | None]:
        """For each old sentence the place now of the one before it, or after it, that is left in
        its section."""
        for _, group in groupby(range(len(self.old)), key=lambda at: self.old[at].section):
            places = list(group)
            left = [at for at in places if self._counterparts[at] is not None]
            for at in places:
                earlier = [other for other in left if other <= at][-1:] or left[:1]
                yield self._counterparts[earlier[0]] if earlier else None

    @staticmethod
    def _shares(sentences: Sequence[Sentence], images: Sequence[int | None]) -> dict[str, float]:
        """Of each section, the share of its characters that has a counterpart."""
        whole: Counter[str] = Counter()
        shared: Counter[str] = Counter()
        for sentence, image in zip(sentences, images, strict=True):
            whole[sentence.section] += len(sentence.key)
            if image is not None:
                shared[sentence.section] += len(sentence.key)
        return {name: shared[name] / size for name, size in whole.items() if name and size}

    @cached_property
    def _old_starts(self) -> Starts:
        return _starts(self.old)

    @cached_property
    def _new_starts(self) -> Starts:
        return _starts(self.new)

    def _as_evidence(self, first: int, last: int) -> Evidence:
        document, start, end = self.new[first].document, self.new[first].start, self.new[last].end
        return Evidence(document, start, end, self.after.document(document).text[start:end])


def compare(before: Corpus, after: Corpus) -> Changes:
    """What changed from one edition of a corpus to another."""
    old, new = tuple(sentences(before)), tuple(sentences(after))
    kept = matched([s.key for s in old], [s.key for s in new])
    return Changes(before, after, old, new, tuple(kept), tuple(rewritten(old, new, kept)))


def _size(sentences: Sequence[Sentence]) -> int:
    """Their characters."""
    return sum(len(sentence.key) for sentence in sentences)


def _starts(sentences: Sequence[Sentence]) -> Starts:
    """By document: where its sentences start, and the place of the first."""
    found: Starts = {}
    for place, sentence in enumerate(sentences):
        found.setdefault(sentence.document, ([], place))[0].append(sentence.start)
    return found


def _overlapped(sentences: Sequence[Sentence], starts: Starts, item: Evidence) -> list[int]:
    """The places of the sentences that a stretch touches."""
    if item.document not in starts:
        return []
    inside, offset = starts[item.document]
    first = max(0, bisect_right(inside, item.start) - 1)
    last = bisect_right(inside, max(item.start, item.end - 1))
    return [
        offset + at for at in range(first, last)
        if sentences[offset + at].start < item.end and item.start < sentences[offset + at].end
    ]  # fmt: skip


def _runs(places: Sequence[int]) -> list[tuple[int, int]]:
    """Places in order, as runs without a gap: (first, last)."""
    ordered = sorted(set(places))
    result = [(ordered[0], ordered[0])]
    for place in ordered[1:]:
        first, last = result[-1]
        if place == last + 1:
            result[-1] = (first, place)
        else:
            result.append((place, place))
    return result
