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


class MissingRow(Record):
    """Scores that a variant lacks: its figure without them, with all wrong, with all right."""

    missing: int = 0
    value: Number | None = None
    worst: Number | None = None
    best: Number | None = None


class Missing(Record):
    """Scores that could not be had: of ``due`` questions the ``complete`` ones have all of them.

    The intervals of the ``comparisons`` span what the missing ones could be.
    """

    due: int = 0
    complete: int = 0
    variants: dict[str, MissingRow] = {}
    comparisons: tuple[Comparison, ...] = ()


class Standing(Record):
    """How ``variant`` stands to ``baseline``: ``better_by_margin``, ``better``, ``equal``, ...

    ``worse`` is ``better`` turned round (maybe by less than the margin); all else is ``open``.
    """

    variant: str = ""
    baseline: str = ""
    state: str = ""


class Equivalence(Record):
    """The interval by which a pair was called equal within the margin."""

    variant: str = ""
    baseline: str = ""
    difference: Number | None = None
    low: Number | None = None
    high: Number | None = None
    level: Number = 0.9


class OpenLimit(Record):
    """A limit on which the timed questions leave open whether a variant keeps it."""

    variant: str = ""
    constraint: str = ""
    value: Number | None = None
    low: Number | None = None
    high: Number | None = None
    limit: Number | None = None


class RegretRow(Record):
    """What taking a variant today loses, in points (0 to 1) and in money a month.

    ``chance`` is that of another one being better by more than the margin; a ``tail`` is the mean
    of the worst draws.
    """

    points: Number | None = None
    points_tail: Number | None = None
    money: Number | None = None
    money_tail: Number | None = None
    chance: Number | None = None


class EvidenceStep(Record):
    """The points still lost on average after so many more questions, with the band's ends."""

    questions: int = 0
    points: Number | None = None
    tail: Number | None = None
    low: Number | None = None
    high: Number | None = None


class Today(RegretRow):
    """What to take if the choice must be made today, what it risks, what evidence is worth.

    ``worth`` is the loss in points as money a month, where the user prices a point; ``missing``
    what missing scores could add to the loss, which leaves them out otherwise; ``tail`` the share
    of draws in the tails, ``band`` that of exams in the evidence's band; ``halved_at`` how
    many more questions halve the loss.
    """

    variant: str = ""
    worth: Number | None = None
    missing: Number | None = None
    tail: Number = 0.05
    draws: int = 0
    variants: dict[str, RegretRow] = {}
    evidence: tuple[EvidenceStep, ...] = ()
    band: Number = 0.8
    halved_at: int | None = None
    sentence: str = ""


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
    form: tuple[Statement, ...] = ()
    flip_points: tuple[Statement, ...] = ()
    excluded: tuple[Statement, ...] = ()
    against: tuple[Statement, ...] = ()
    would_change: tuple[Statement, ...] = ()
    today: tuple[Statement, ...] = ()


class NeededQuestions(Record):
    """Further questions that settle it: a tenth of cases below ``low``, half below ``median``,
    nine tenths below ``high``; ``chance`` is that of an answer after ``median``."""

    low: int = 0
    median: int = 0
    high: int | None = None
    chance: Number = 0.0


class Verdict(Record):
    """``kind`` is adopt, tie or undecided; ``leader`` is the best variant where none is chosen.

    ``on_gold``: it rests on the hand-written questions alone. ``left_out`` are variants that could
    not be compared, for want of training questions; ``unscored`` those without one scored answer.
    ``standings`` are of the variant in front to each other one; ``form`` says whether its lead is
    one of wording or of knowledge.
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
    needed: NeededQuestions | None = None
    standings: tuple[Standing, ...] = ()
    equivalence: tuple[Equivalence, ...] = ()
    excluded: tuple[Excluded, ...] = ()
    open_limits: tuple[OpenLimit, ...] = ()
    on_gold: bool = False
    left_out: tuple[str, ...] = ()
    unscored: tuple[str, ...] = ()
    missing: Missing | None = None
    utility: Utility | None = None
    on_quality_alone: bool = False
    confidence: Number | None = None
    wins: dict[str, Number] = {}
    flip_points: tuple[FlipPoint, ...] = ()
    map: WinnerMap | None = None
    today: Today | None = None
    sentence: str = ""
    reasons: tuple[str, ...] = ()
    form: str = ""
    against: str = ""
    would_change: tuple[str, ...] = ()
    statements: VerdictStatements = VerdictStatements()
