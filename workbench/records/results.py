"""results.json as values: every figure that the terminal, the report and the dashboard show.

A JSON pointer into the file leads through the same names here. Whatever an older run lacks has its
default; :func:`workbench.records.load.load` says in words what that is.
"""

from __future__ import annotations

from typing import Any

from workbench.records.classes import Classes
from workbench.records.compressed import Compressed
from workbench.records.curve import LearningCurve
from workbench.records.editions import Editions
from workbench.records.fairness import DataReport, Groups, Harm, Mended, Twins
from workbench.records.people import People
from workbench.records.prices import PaidOtherwise, Prices
from workbench.records.probes import Forgetting, Judge, Memorised, Planted, Principles, Sensitivity
from workbench.records.record import Number, Record, Statement
from workbench.records.search import SearchRecall
from workbench.records.signature import Signature
from workbench.records.trials import PromptSearch, RetrievalSearch, Trainings, TuningSearch
from workbench.records.variants import Comparison, Effect, VariantRow
from workbench.records.verdict import Verdict

SCHEMA_VERSION = 1


class CorpusFacts(Record):
    """The corpus that was read."""

    title: str = ""
    edition: str = ""
    language: str = ""
    words: int = 0
    characters: int = 0
    sections: int = 0
    documents: int = 0
    notes: tuple[str, ...] = ()


class Hardware(Record):
    """The machine that ran it."""

    cpu: str | None = None
    cores: int | None = None
    memory_bytes: int | None = None
    system: str | None = None
    gpu: str | None = None


class RunFacts(Record):
    """Where the results come from and how to get them again."""

    id: str = ""
    purpose: str = ""
    seed: int = 0
    created: str | None = None
    corpus: CorpusFacts = CorpusFacts()
    model: str | None = None
    hardware: Hardware = Hardware()
    versions: dict[str, str] = {}
    minutes: Number = 0
    reproduce: str | None = None
    exam_hash: str | None = None


class Interaction(Record):
    """The two levers, retrieval and tuning: each on average, each alone, and both together.

    ``cells`` are the four variants: base without and with retrieval, tuned without and with it.
    ``others`` are the same of further tunings. ``additive`` is where both would lie if they added
    up, ``forced`` how much of the interaction the end of the scale makes.
    """

    metric: str = ""
    main_tuning: Effect = Effect()
    main_retrieval: Effect = Effect()
    interaction: Effect = Effect()
    retrieval_alone: Effect = Effect()
    retrieval_with_tuning: Effect = Effect()
    tuning_alone: Effect = Effect()
    tuning_with_retrieval: Effect = Effect()
    additive: Number | None = None
    forced: Number | None = None
    statements: tuple[Statement, ...] = ()
    sentence: str = ""
    cells: tuple[str, ...] = ()
    others: tuple[Interaction, ...] = ()

    @property
    def effects(self) -> dict[str, Effect]:
        """The effects in the order they are shown; an older run has no simple ones."""
        every = {
            "retrieval_alone": self.retrieval_alone,
            "retrieval_with_tuning": self.retrieval_with_tuning,
            "tuning_alone": self.tuning_alone,
            "tuning_with_retrieval": self.tuning_with_retrieval,
            "main_retrieval": self.main_retrieval,
            "main_tuning": self.main_tuning,
            "interaction": self.interaction,
        }
        simple = self.tuning_alone.difference is not None
        return {name: item for name, item in every.items()
                if simple or name in ("main_retrieval", "main_tuning", "interaction")}  # fmt: skip


class Swap(Effect):
    """Two variants that the hand-written questions put in another order."""

    better_on_gold: str = ""
    worse_on_gold: str = ""
    resolved: bool = False


class GoldLevel(Record):
    """One variant's value on both exams."""

    variant: str = ""
    written: Number | None = None
    gold: Number | None = None
    apart: bool = False


class GoldAgreement(Record):
    """Whether the hand-written questions rank the variants as the written exam does."""

    same_order: bool | None = None
    order: tuple[str, ...] = ()
    gold_order: tuple[str, ...] = ()
    swaps: tuple[Swap, ...] = ()
    level: tuple[Swap, ...] = ()
    levels: tuple[GoldLevel, ...] = ()
    statements: tuple[Statement, ...] = ()
    sentence: str = ""


class Step(Record):
    """Points lost to one cause, and the questions that show it."""

    cause: str = ""
    points: Number = 0
    count: int = 0
    questions: tuple[str, ...] = ()


class Waterfall(Record):
    """From a perfect score down to the delivered one."""

    delivered: Number = 0
    n: int = 0
    steps: tuple[Step, ...] = ()


class Power(Record):
    """The smallest difference that this exam would find."""

    power: Number = 0.8
    detectable_difference: Number | None = None
    best: Number | None = None
    worst: Number | None = None


class Leader(Record):
    """The best of ``of`` candidates, with an interval that allows for its having been chosen."""

    variant: str = ""
    of: int = 0
    value: Number | None = None
    low: Number | None = None
    high: Number | None = None


class QuestionCounts(Record):
    """How many questions were asked and how many drafts were dropped, by reason.

    ``written`` is the number of exam questions; ``on_gold``: they were written by hand.
    """

    written: int = 0
    gold: int = 0
    sections: int = 0
    strata: dict[str, int] = {}
    kinds: dict[str, int] = {}
    slices: dict[str, int] = {}
    gold_strata: dict[str, int] = {}
    gold_kinds: dict[str, int] = {}
    dropped: dict[str, int] = {}
    on_gold: bool = False


class ShownPassage(Record):
    """A passage that a variant saw; ``hit`` where it holds the evidence."""

    id: str = ""
    hit: bool = False
    text: str = ""


class Reply(Record):
    """One variant's answer to an example."""

    text: str = ""
    score: Number | None = None
    status: str = ""
    passages: tuple[ShownPassage, ...] = ()


class Example(Record):
    """A question worth reading side by side; ``winner`` is empty where all fail."""

    question: str = ""
    text: str = ""
    references: tuple[str, ...] = ()
    kind: str = ""
    stratum: str | None = None
    winner: str = ""
    answers: dict[str, Reply] = {}


class NearPair(Record):
    """An exam question and the training question that comes nearest to it."""

    test_text: str = ""
    train_text: str = ""
    nearness: Number | None = None
    why: str | None = None
    measure: str = ""


class Proof(Record):
    """The certificate on one stratum.

    ``new_words``: how many reworded questions have so many content words that the nearest trained
    wording lacks.
    """

    questions: int = 0
    checks: tuple[str, ...] = ()
    leaks: tuple[NearPair, ...] = ()
    closest: tuple[NearPair, ...] = ()
    new_words: dict[str, int] = {}


class Constant(Record):
    """The answer that is given most in training, and its token F1 in reply to everything."""

    answer: str = ""
    value: Number = 0.0


class Compared(Record):
    """How many questions were compared, and whether by their meaning too."""

    train: int = 0
    exam: int = 0
    pairs: int = 0
    by_meaning: bool = False


class Thresholds(Record):
    """From where on two questions count as one (each from 0 to 1), and the words of their own."""

    near_duplicate: Number | None = None
    same_answer: Number | None = None
    same_fact: Number | None = None
    same_question: Number | None = None
    least_new_words: int = 0


class ReadBack(Record):
    """The model that answered every question with its passage in hand, and how many fell by it.

    ``variants`` answer with that very model, so that the exam was cut to what they can read;
    ``ceiling`` is the oracle's value on the decisive metric, ``ceiling_with_dropped`` the same with
    the dropped questions counted as wrong.
    """

    model: str = ""
    endpoint: str | None = None
    kept: int = 0
    dropped: int = 0
    variants: tuple[str, ...] = ()
    ceiling: Number | None = None
    ceiling_with_dropped: Number | None = None


class Certificate(Record):
    """Whether the training questions contain no exam question; ``clean`` None: not checked."""

    clean: bool | None = None
    near_duplicate: Number | None = None
    exam_hash: str | None = None
    strata: dict[str, Proof] = {}
    compared: Compared | None = None
    thresholds: Thresholds = Thresholds()
    read_back: ReadBack | None = None


class TrainingSummary(Record):
    """One adapter's training; ``unseen_sections_read`` is how many of these it read as text.

    ``preferences`` is the method that followed, ``pairs`` those that it learned from by source.
    ``reward_before`` and ``reward_after`` are the mean metric of the answers to dev questions;
    ``reward``, ``margin``, ``preferred`` (share of pairs) and ``kl`` are TRL's own, at the end;
    ``reward_dev_right`` is the share of the reward model's dev pairs that it puts right.

    ``trained_share`` is of the model's weights, ``state_bytes`` the memory of what was trained with
    gradients and optimiser, ``size_bytes`` what was saved of it. Of a job at a provider that is
    named: ``model`` is what it made of ``base``, and ``trained_tokens`` are as it billed them, or
    as they were counted here (not ``tokens_by_provider``).
    """

    adapter: str = ""
    method: str = ""
    trained_parameters: int | None = None
    trained_share: Number | None = None
    state_bytes: Number | None = None
    size_bytes: Number | None = None
    examples: int | None = None
    epochs: Number = 0
    steps: int | None = None
    blocks: int | None = None
    blocks_removed: int = 0
    stopped_early: bool = False
    loss_first: Number | None = None
    loss_last: Number | None = None
    dev_loss_first: Number | None = None
    dev_loss_last: Number | None = None
    seconds: Number | None = None
    artifact: str = ""
    unseen_sections_read: int = 0
    provider: str | None = None
    base: str | None = None
    model: str | None = None
    job: str | None = None
    trained_tokens: int | None = None
    tokens_by_provider: bool = True
    money: Number | None = None
    preferences: str = ""
    dev_questions: int = 0
    rewarded_by: str | None = None
    pairs: dict[str, int] = {}
    reward_before: Number | None = None
    reward_after: Number | None = None
    reward: Number | None = None
    margin: Number | None = None
    preferred: Number | None = None
    kl: Number | None = None
    reward_dev_pairs: int | None = None
    reward_dev_right: Number | None = None
    supervised_seconds: Number | None = None


class Meeting(Record):
    """Where two variants cost the same: ``challenger`` beyond it is the cheaper.

    Without bounds it is ``exact``, or the spread of what it rests on was not measured.
    """

    challenger: str = ""
    incumbent: str = ""
    quantity: str = ""
    at: Number | None = None
    low: Number | None = None
    high: Number | None = None
    above: bool = False
    exact: bool = False

    @property
    def unit(self) -> str:
        """How ``at`` is shown."""
        return "count" if self.quantity == "queries_per_month" else "rate"


class Building(Record):
    """What building took beside time (see :class:`workbench.costing.BuildUsage`)."""

    train_share: Number | None = None


class Results(Record):
    """All of results.json; empty for a run that is not done.

    ``left_out`` are the variants that could not be built for want of training questions;
    ``paid_otherwise`` is there only where a report is asked for of another deployment.
    """

    schema_version: int = SCHEMA_VERSION
    run: RunFacts = RunFacts()
    verdict: Verdict = Verdict()
    left_out: tuple[str, ...] = ()
    metric: str = ""
    level: Number = 0.95
    margin: Number = 0.03
    mix: dict[str, Number] | None = None
    kind_mix: dict[str, Number] | None = None
    variants: tuple[VariantRow, ...] = ()
    comparisons: tuple[Comparison, ...] = ()
    gold_comparisons: tuple[Comparison, ...] = ()
    interaction: Interaction | None = None
    gold_agreement: GoldAgreement = GoldAgreement()
    waterfall: dict[str, Waterfall] | None = None
    power: Power = Power()
    leader: Leader | None = None
    questions: QuestionCounts = QuestionCounts()
    examples: tuple[Example, ...] = ()
    warnings: tuple[str, ...] = ()
    warning_statements: dict[str, Statement] = {}
    constant: Constant | None = None
    certificate: Certificate | None = None
    tuning: tuple[TrainingSummary, ...] = ()
    stages: dict[str, Number] = {}
    break_even: tuple[Meeting, ...] | None = None
    building: Building | None = None
    prices: Prices | None = None
    paid_otherwise: PaidOtherwise | None = None
    forgetting: tuple[Forgetting, ...] | None = None
    memorised: tuple[Memorised, ...] = ()
    sensitivity: Sensitivity | None = None
    principles: Principles | None = None
    planted: Planted | None = None
    editions: Editions | None = None
    groups: Groups | None = None
    twins: Twins | None = None
    harm: Harm | None = None
    mended: tuple[Mended, ...] = ()
    data: DataReport | None = None
    judge: Judge | None = None
    people: People | None = None
    search: SearchRecall | None = None
    retrieval_search: RetrievalSearch | None = None
    tuning_search: tuple[TuningSearch, ...] = ()
    prompt_search: tuple[PromptSearch, ...] = ()
    trainings: Trainings | None = None
    curve: LearningCurve | None = None
    classes: Classes | None = None
    compressed: tuple[Compressed, ...] = ()
    #: Read from the run's folder where it is shown, and never kept here: it signs this file.
    signed: tuple[Signature, ...] = ()

    @property
    def judged_metrics(self) -> tuple[str, ...]:
        """The judged metrics, shown in a section of their own."""
        return self.judge.metrics if self.judge else ()

    @property
    def labels(self) -> tuple[str, ...]:
        """The closed set that answers are of; empty where they are in any words."""
        return self.classes.labels if self.classes else ()

    def names(self) -> dict[str, str]:
        """The short display name of each variant, in the run's order."""
        return {row.name: row.short for row in self.variants}

    def with_parts(self, **parts: Any) -> Results:
        """The same results with some parts replaced."""
        # Built anew, not copied: new parts are checked, and the rows learn their places again.
        return Results.model_validate({**self.record(), **parts})

    def between(
        self, first: str, second: str, metric: str = "", stratum: str | None = None
    ) -> Comparison | None:
        """``first`` minus ``second`` on a metric (the decisive one), however it was recorded."""
        for item in self.comparisons:
            if item.metric != (metric or self.metric) or item.stratum != stratum:
                continue
            if (item.variant, item.baseline) == (first, second):
                return item
            if (item.variant, item.baseline) == (second, first):
                return item.turned()
        return None

    def model_post_init(self, context: Any, /) -> None:
        """Let each variant know its place, which the figures shown of it point to."""
        for place, row in enumerate(self.variants):
            # Past pydantic: the row is frozen, and what is not in the file must not count as set.
            row.__dict__["at"] = f"/variants/{place}"
