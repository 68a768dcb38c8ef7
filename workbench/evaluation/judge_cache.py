"""Judgements kept beside the runs: what a judge once said of an answer is not paid for again.

A judgement is an artifact of the cache, under everything that affects it (the version of ragas,
the metric, the judge, question, references, answer and passages), with the replies it rests on, so
that another run with the same answer holds the whole record all the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workbench.engine.cache import ArtifactCache
from workbench.engine.hashing import content_id
from workbench.io import jsonl

REPLIES = "replies.jsonl"
FOLDER = "judgements"
VERSION = 1


@dataclass(frozen=True, slots=True)
class CachedJudgement:
    """A judgement from the cache: its value from 0 to 1, and the replies by the key of the call."""

    value: float
    replies: tuple[Mapping[str, Any], ...]

    @property
    def calls(self) -> list[str]:
        """The keys of its calls, in the order they were made."""
        return [str(reply["call"]) for reply in self.replies]


class JudgementCache:
    """Judgements by their key. ``root`` is the cache of the workbench."""

    def __init__(self, root: Path) -> None:
        self._cache = ArtifactCache(root / FOLDER)

    def find(self, key: str) -> CachedJudgement | None:
        """The judgement of that key, or None where nobody has paid for it yet."""
        matches = self._cache.find(_artifact_id(key))
        if matches is None:
            return None
        replies = jsonl.read(matches.path / REPLIES)
        return CachedJudgement(float(matches.summary["value"]), tuple(replies))

    def keep(self, key: str, value: float, replies: Iterable[Mapping[str, Any]]) -> None:
        """Put a judgement there; one of the same key that is there already stays."""
        sentences = list(replies)

        def write(folder: Path) -> dict[str, Any]:
            (folder / REPLIES).unlink(missing_ok=True)
            jsonl.append(folder / REPLIES, sentences)
            return {"value": value}

        self._cache.put(_artifact_id(key), {"judgement": key, "version": VERSION}, write)


def _artifact_id(key: str) -> str:
    return f"judgement-{content_id([VERSION, key])}"
