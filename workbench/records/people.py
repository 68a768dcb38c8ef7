"""What results.json says of what people think of the answers."""

from __future__ import annotations

from workbench.records.record import Number, Record
from workbench.records.variants import Estimate


class Alpha(Record):
    """Krippendorff's alpha over ``n`` things that several said something of.

    ``uninstalled`` names the package that it needs, where that is not there.
    """

    n: int = 0
    raters: int = 0
    alpha: Number | None = None
    low: Number | None = None
    high: Number | None = None
    uninstalled: str = ""


class Liked(Record):
    """One variant: grades as 0 to 1, and its chance of being preferred to the average one."""

    name: str = ""
    grade: Estimate = Estimate()
    preferred: Estimate = Estimate()
    won: int = 0
    lost: int = 0
    same: int = 0


class Preferred(Record):
    """The chance that ``first`` is preferred to ``second``, from ``n`` comparisons of the two, of
    which ``decided`` were not "the same".

    ``first`` is the one that is preferred more often; ``p`` is adjusted for the other pairs.
    ``added``: one of them won or lost them all, so that half a win for each was added.
    """

    first: str = ""
    second: str = ""
    n: int = 0
    decided: int = 0
    value: Number | None = None
    low: Number | None = None
    high: Number | None = None
    p: Number | None = None
    added: bool = False

    @property
    def apart(self) -> bool:
        """Whether one half lies outside the interval, by itself."""
        return None not in (self.low, self.high) and not (self.low or 0) <= 0.5 <= (self.high or 0)

    def clear(self, level: float) -> bool:
        """Whether one half lies outside the interval, also after Holm's correction."""
        return self.apart and self.p is not None and self.p < 1 - level


class Beside(Record):
    """A metric against people: of ``n`` pairs that both order, and of ``graded`` answers."""

    metric: str = ""
    n: int = 0
    agreed: Number | None = None
    graded: int = 0
    rank: Number | None = None


class People(Record):
    """What raters said; ``needed`` comparisons of a pair find a preference of 60 in 100.

    ``other_raters``: intervals are for other raters as well, and not for these alone.
    """

    raters: int = 0
    other_raters: bool = False
    comparisons: int = 0
    graded: int = 0
    questions: int = 0
    needed: int = 0
    first_chosen: Number | None = None
    alpha_choices: Alpha = Alpha()
    alpha_grades: Alpha = Alpha()
    variants: tuple[Liked, ...] = ()
    pairs: tuple[Preferred, ...] = ()
    agreement: tuple[Beside, ...] = ()
