"""What results.json says of a text's two editions."""

from __future__ import annotations

from workbench.records.record import Number, Record
from workbench.records.variants import Estimate


class Edited(Record):
    """One variant by what became of what the questions ask for, in points of the decisive metric.

    ``stale`` counts the answers that say what the earlier edition said, of ``stale_of`` questions
    where that is wrong now. ``update_s`` are the seconds that bringing it up to date took.
    """

    name: str = ""
    unchanged: Estimate = Estimate()
    changed: Estimate = Estimate()
    new: Estimate = Estimate()
    removed: Estimate = Estimate()
    stale: int = 0
    stale_of: int = 0
    update_s: Number | None = None


class EditedSection(Record):
    """A section that is not as it was: how many sentences were struck and came, and the first."""

    what: str = ""
    title: str = ""
    gone: int = 0
    new: int = 0
    was: str = ""
    now: str = ""


class Editions(Record):
    """What changed, and what each variant made of it.

    ``share`` is the share of both editions' text that stands in one of them alone, ``sections`` and
    ``questions`` are counts by what became of them, ``retired`` the questions asked no more.
    ``gold`` are the variants on the questions written by hand, where these say what changed.
    """

    share: Number = 0
    sections: dict[str, int] = {}
    questions: dict[str, int] = {}
    retired: int = 0
    changed: tuple[EditedSection, ...] = ()
    variants: tuple[Edited, ...] = ()
    gold: tuple[Edited, ...] = ()
