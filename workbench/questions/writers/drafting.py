"""Sections drafted in other processes: parsed, asked by rule, sifted, ready to be read back."""

from __future__ import annotations

import pickle
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from workbench.questions.dataset.plan import Plan
from workbench.questions.parsing.noun_classes import UnknownNounError
from workbench.questions.parsing.statements import Reading
from workbench.questions.quality.usage import Usage
from workbench.questions.writers.offline import Offers, candidates


@dataclass(frozen=True)
class Material:
    """All that a section's drafts depend on."""

    plan: Plan
    reading: Reading
    usage: Usage

    def draft(self, section: str) -> Offers:
        """The drafts of a section, by its id."""
        return candidates(self.reading.section(section), self.plan, self.reading, self.usage)

    def save(self, path: Path) -> None:
        """For other processes; what they lack, the embedding model, is used before."""
        self.reading.learn_vocabulary()
        path.write_bytes(pickle.dumps(self, pickle.HIGHEST_PROTOCOL))

    @classmethod
    def opened(cls, path: Path) -> Material:
        """What :meth:`save` wrote, for which this run alone may be trusted."""
        material = pickle.loads(path.read_bytes())
        assert isinstance(material, cls)
        return material


def draft_there(path: Path, section: str) -> Offers | None:
    """The drafts of a section in another process; None where a noun has to be looked up first."""
    try:
        return _material(path).draft(section)
    except UnknownNounError:
        return None


@cache
def _material(path: Path) -> Material:
    return Material.opened(path)
