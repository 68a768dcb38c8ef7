"""What results.json says of a text's two editions."""

from __future__ import annotations

from workbench.records.record import Number, Record
from workbench.records.variants import Estimate


class Often(Record):
    """A tuned variant beside the best ``search``, by how often the text changes.

    ``at`` are the updates a month at which their months cost the same, ``machine_at`` those without
    the hours of people; the tuned one is the cheaper ``above`` them, or below. None: never both.
    ``first`` and ``machine_first`` name the cheaper where they never meet. ``lasts`` are the
    updates after which one that is left as it was lies behind the search by the margin; 0: it does
    at once.
    """

    search: str = ""
    at: Number | None = None
    above: bool = False
    first: str = ""
    machine_at: Number | None = None
    machine_above: bool = False
    machine_first: str = ""
    lasts: Number | None = None


class Edited(Record):
    """One variant by what became of what the questions ask for, in points of the decisive metric.

    ``stale`` counts the answers that say what the earlier edition said, of ``stale_of`` questions
    where that is wrong now. ``update_s`` are the seconds that bringing it up to date took. ``loss``
    is what it lost of all its points by being left as it was, told ``beside`` the variant like it
    that was not; ``often`` how often the text may change for it to be worth it.
    """

    name: str = ""
    unchanged: Estimate = Estimate()
    changed: Estimate = Estimate()
    new: Estimate = Estimate()
    removed: Estimate = Estimate()
    stale: int = 0
    stale_of: int = 0
    update_s: Number | None = None
    beside: str = ""
    loss: Estimate = Estimate()
    often: Often | None = None


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
