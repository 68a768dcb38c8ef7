"""What results.json says of each variant, and of one variant against another."""

from __future__ import annotations

from functools import cached_property
from typing import TypeAlias

from pydantic import Field

from workbench.records.record import Number, Record
from workbench.wording import short_label


class Estimate(Record):
    """A mean over ``n`` questions with its interval; ``missing`` scores are left out of it.

    ``luck`` is the share of its variance that is the luck of training, where there were several.
    """

    value: Number | None = None
    low: Number | None = None
    high: Number | None = None
    n: int = 0
    clusters: int = 0
    missing: int = 0
    method: str = ""
    luck: Number | None = None


#: Estimates by metric, and by a slice of the questions (stratum, kind or slice) and metric.
Estimates: TypeAlias = dict[str, Estimate]
Slices: TypeAlias = dict[str, Estimates]


class Effect(Record):
    """A difference in points with its interval and its p, adjusted for the others of its family."""

    difference: Number | None = None
    low: Number | None = None
    high: Number | None = None
    p: Number | None = None
    n: int = 0
    method: str = ""
    luck: Number | None = None

    @property
    def clear(self) -> bool:
        """Whether the interval excludes zero."""
        return None not in (self.low, self.high) and ((self.low or 0) > 0 or (self.high or 0) < 0)


class Comparison(Effect):
    """``variant`` minus ``baseline`` on one metric, over the mix or over one stratum."""

    metric: str = ""
    variant: str = ""
    baseline: str = ""
    stratum: str | None = None

    def turned(self) -> Comparison:
        """The same comparison seen from the other side."""
        # Turning the sign also swaps the ends of the interval.
        low, high, gap = (None if v is None else -v for v in (self.high, self.low, self.difference))
        names = {"variant": self.baseline, "baseline": self.variant}
        return self.model_copy(update={"low": low, "high": high, "difference": gap, **names})


class Times(Record):
    """Seconds over the timed questions; ``p90_high`` is None where too few were timed for it."""

    p50: Number | None = None
    p90: Number | None = None
    p90_low: Number | None = None
    p90_high: Number | None = None
    slowest: Number | None = None
    mean: Number | None = None
    error: Number | None = None


class LatencyRow(Record):
    """A variant's times, one question at a time, over ``n`` questions."""

    n: int = 0
    first_token_s: Times = Times()
    per_token_s: Times = Times()
    retrieval_s: Times = Times()
    total_s: Times = Times()


class MachineRow(Record):
    """Machines that stay on for a variant; see :class:`workbench.costing.Machines`."""

    per_month: Number | None = None
    capacity: Number | None = None
    seconds: Number | None = None
    seconds_error: Number | None = None
    update_seconds: Number | None = None


class CachedRow(Record):
    """Prompt tokens of a question that the provider's cache spares reading, and what that saves."""

    tokens: Number = 0
    saved_per_1000: Number = 0


class CostRow(Record):
    """A variant's money; see :class:`workbench.costing.Cost` for what each part is."""

    currency: str = "USD"
    fixed: Number | None = None
    per_update: Number | None = None
    per_question: Number | None = None
    standing: Number | None = None
    per_1000: Number | None = None
    per_month: Number | None = None
    per_1000_correct: Number | None = None
    missing: str = ""
    causes: dict[str, dict[str, Number]] = {}
    per_month_by_cause: dict[str, Number | None] = {}
    machines: MachineRow | None = None
    cached: CachedRow | None = None

    @property
    def number_on(self) -> int:
        """How many machines stay on at the declared volume."""
        if self.machines is None or not self.machines.per_month or not self.standing:
            return 0
        return round(self.standing / self.machines.per_month)


class Abstention(Record):
    """Refusals, and unanswerable questions that were answered anyway (``invented``)."""

    precision: Number | None = None
    recall: Number | None = None
    abstained: int = 0
    unanswerable: int = 0
    invented: int | None = None


class RiskCoverage(Record):
    """Score against the share of questions answered, the surest answers first.

    See :func:`workbench.evaluation.selective.risk_coverage`; ``points`` are (coverage, score among
    the answered, lowest confidence among them).
    """

    metric: str = ""
    n: int = 0
    answered: int = 0
    points: tuple[tuple[Number, Number, Number], ...] = ()
    area: Number | None = None
    random: Number | None = None


class Threshold(Record):
    """The confidence below which a variant says that it does not know, and how it came about.

    ``by`` is what is below where that is not the confidence, see a variant's ``abstain_by``.
    ``held_back`` counts its replies to the exam and the hand-written questions that were below it.
    The rest is of the dev questions, where ``on_dev``: how many there were, what was lost of F1 on
    the answerable ones, how many replies were below. ``below`` is None where none could be chosen.
    """

    below: Number | None = None
    on_dev: bool = False
    held_back: int = 0
    answerable: int = 0
    unanswerable: int = 0
    lost: Number | None = None
    refused: int | None = None
    refused_unanswerable: int | None = None
    by: str = "confidence"


class Tokens(Record):
    """Mean tokens in and out per answered question, with the standard errors of these means.

    ``covariance`` is that of the two means; ``shared`` is the beginning, in tokens, that all of an
    endpoint variant's prompts have in common. ``written_`` are those of the model that wrote what
    was searched with, where one did. ``paid`` is the mean money of an answer that a system of
    another make tells, in US dollars, with its standard error.
    """

    input: Number | None = None
    output: Number | None = None
    input_error: Number | None = None
    output_error: Number | None = None
    covariance: Number | None = None
    shared: Number | None = None
    written_input: Number | None = None
    written_output: Number | None = None
    written_input_error: Number | None = None
    written_output_error: Number | None = None
    paid: Number | None = None
    paid_error: Number | None = None


class VariantRow(Record):
    """All that was measured of one variant; ``at`` is its JSON pointer in results.json."""

    name: str = Field(min_length=1)
    label: str = ""
    is_ceiling: bool = False
    metrics: Estimates = {}
    strata: Slices = {}
    kinds: Slices = {}
    slices: Slices = {}
    gold: Estimates = {}
    gold_kinds: Slices = {}
    latency: LatencyRow = LatencyRow()
    answer_words: Number | None = None
    tokens: Tokens = Tokens()
    answers: dict[str, int] = {}
    failed_because: str = ""
    abstention: Abstention | None = None
    risk_coverage: RiskCoverage | None = None
    threshold: Threshold | None = None
    share_of_corpus_seen: Number | None = None
    cost: CostRow | None = None
    context: str | None = None
    twin: str | None = None
    at: str = Field(default="", exclude=True)

    def value(self, metric: str, stratum: str | None = None) -> Number | None:
        """The value of a metric on the whole mix, or on one stratum."""
        source = self.strata.get(stratum, {}) if stratum else self.metrics
        result = source.get(metric)
        return None if result is None else result.value

    @cached_property
    def short(self) -> str:
        """The short display name."""
        return short_label({"name": self.name, "label": self.label})
