"""What results.json says of how much data is enough."""

from __future__ import annotations

from workbench.records.record import Number, Record, Statement
from workbench.records.variants import Effect


class CurvePoint(Record):
    """The score after training on so many facts, on dev questions or by the fitted curve."""

    share: Number | None = None
    facts: Number = 0
    value: Number | None = None
    low: Number | None = None
    high: Number | None = None


class Meets(Record):
    """The facts at which tuning comes to a target; None: not within what can be extrapolated.

    ``share`` is that of the resampled curves that come to it.
    """

    facts: Number | None = None
    low: Number | None = None
    high: Number | None = None
    share: Number = 0


class LearningCurve(Record):
    """A tuned variant's curve over facts, and where it meets its rival (within the margin).

    ``top - scale * n ** -power`` is the fit, ``band`` it with its uncertainty up to ``most`` facts,
    ``doubling`` what twice the present facts would add.
    """

    variant: str = ""
    rival: str = ""
    metric: str = ""
    level: Number = 0.95
    margin: Number = 0
    questions: int = 0
    points: tuple[CurvePoint, ...] = ()
    rival_value: Number | None = None
    rival_low: Number | None = None
    rival_high: Number | None = None
    most: Number = 0
    top: Number | None = None
    scale: Number | None = None
    power: Number | None = None
    band: tuple[CurvePoint, ...] = ()
    doubling: Effect | None = None
    meets: Meets | None = None
    meets_margin: Meets | None = None
    statements: tuple[Statement, ...] = ()
