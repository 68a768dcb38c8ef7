"""What results.json says of the decision: the verdict, its reasons, and what would change it."""

from __future__ import annotations

from workbench.records.record import Number, Record, Statement
from workbench.records.variants import Comparison


class Excluded(Record):
    """A variant that a constraint rules out."""

    variant: str = ""
    constraint: str = ""
    value: Number | None = None
    limit: Number | None = None


class UtilityRow(Record):
    """The parts of a variant's utility."""

    quality: Number | None = None
    cost_per_1000: Number | None = None
    seconds: Number | None = None
    utility: Number | None = None


class Utility(Record):
    """Quality, cost and latency in one figure, where the user traded them."""

    points_per_money: Number = 0
    points_per_second: Number = 0
    variants: dict[str, UtilityRow] = {}
    comparisons: tuple[Comparison, ...] = ()


class FlipPoint(Record):
    """Where one quantity, moved alone, makes another variant win."""

    quantity: str = ""
    at: Number | None = None
    unit: str = ""
    winner: str = ""
    above: bool = True
    low: Number | None = None
    high: Number | None = None
    now: Number | None = None
    sentence: str = ""
    far: bool = False


class WinnerMap(Record):
    """The winner at each update rate (rows) and number of questions a month (columns)."""

    queries_per_month: tuple[Number, ...] = ()
    updates_per_month: tuple[Number, ...] = ()
    winner: tuple[tuple[str | None, ...], ...] = ()


class VerdictStatements(Record):
    """The sentences of the verdict, each figure with its place in results.json."""

    sentence: tuple[Statement, ...] = ()
    reasons: tuple[Statement, ...] = ()
    flip_points: tuple[Statement, ...] = ()
    excluded: tuple[Statement, ...] = ()
    against: tuple[Statement, ...] = ()
    would_change: tuple[Statement, ...] = ()


class Verdict(Record):
    """``kind`` is adopt, tie or undecided; ``leader`` is the best variant where none is chosen.

    ``on_gold``: it rests on the hand-written questions alone. ``left_out`` are variants that could
    not be compared, for want of training questions.
    """

    kind: str = ""
    variant: str | None = None
    leader: str | None = None
    tied: tuple[str, ...] = ()
    metric: str = ""
    margin: Number = 0.03
    level: Number = 0.95
    queries_per_month: Number = 0
    updates_per_month: Number = 0
    needed_questions: int | None = None
    excluded: tuple[Excluded, ...] = ()
    on_gold: bool = False
    left_out: tuple[str, ...] = ()
    utility: Utility | None = None
    on_quality_alone: bool = False
    confidence: Number | None = None
    wins: dict[str, Number] = {}
    flip_points: tuple[FlipPoint, ...] = ()
    map: WinnerMap | None = None
    sentence: str = ""
    reasons: tuple[str, ...] = ()
    against: str = ""
    would_change: tuple[str, ...] = ()
    statements: VerdictStatements = VerdictStatements()
