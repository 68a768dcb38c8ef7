"""Sections that nearly copy one another, told by the runs of eight words that they share."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from workbench.questions.words import words

#: Shared shingles over all of the section's, from which on it is a near-copy.
SECTION_SHARE = 0.5
SHINGLE = 8


def section_copies(
    trained: Iterable[str], unseen: Sequence[str], texts: Mapping[str, str]
) -> dict[str, tuple[str, float]]:
    """Unseen sections that nearly copy a trained one, with that one's id and the share."""
    wanted: set[int] = set()
    shingles = {section: _shingles(texts[section]) for section in unseen if section in texts}
    for matches in shingles.values():
        wanted |= matches
    owners: dict[int, list[str]] = defaultdict(list)
    for section in sorted(set(trained) & set(texts)):
        for shingle in _shingles(texts[section]) & wanted:
            owners[shingle].append(section)
    copies: dict[str, tuple[str, float]] = {}
    for section, matches in shingles.items():
        counts: dict[str, int] = defaultdict(int)
        for shingle in matches:
            for owner in owners.get(shingle, ()):
                counts[owner] += 1
        if counts:
            twin = max(sorted(counts), key=lambda s: counts[s])
            share = counts[twin] / len(matches)
            if share >= SECTION_SHARE:
                copies[section] = (twin, share)
    return copies


def _shingles(text: str) -> set[int]:
    run = words(text)
    return {hash(run[i : i + SHINGLE]) for i in range(max(1, len(run) - SHINGLE + 1))}
