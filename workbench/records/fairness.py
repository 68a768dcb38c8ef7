"""What results.json says of groups, of twins, of harm, and of the data itself."""

from __future__ import annotations

from workbench.records.record import Number, Record, Statement
from workbench.records.variants import Effect, Estimate


class GroupSize(Record):
    """A group that is compared: how many questions, in how many sections."""

    name: str = ""
    n: int = 0
    clusters: int = 0


class Attribute(Record):
    """What groups are told apart by; ``left_out`` are those with too few questions."""

    name: str = ""
    groups: tuple[GroupSize, ...] = ()
    left_out: dict[str, int] = {}
    untagged: int = 0


class GroupScore(Estimate):
    """One group's score; of the worst group, ``of`` is among how many."""

    attribute: str = ""
    group: str = ""
    of: int = 0


class GroupGap(Effect):
    """How much better one group fares than another.

    ``low_all`` and ``high_all`` are the ends of an interval that holds for all gaps at once.
    """

    attribute: str = ""
    better: str = ""
    worse: str = ""
    low_all: Number | None = None
    high_all: Number | None = None
    p_raw: Number | None = None


class LabelParity(Record):
    """How far groups lie apart in how surely a label is told, by fairlearn."""

    attribute: str = ""
    label: str = ""
    n: int = 0
    equal_opportunity: Number | None = None
    equalised_odds: Number | None = None


class GroupRow(Record):
    """One variant's groups, the worst of them, and its gaps, the widest first."""

    name: str = ""
    groups: tuple[GroupScore, ...] = ()
    worst: GroupScore | None = None
    gaps: tuple[GroupGap, ...] = ()
    parity: tuple[LabelParity, ...] = ()


class Groups(Record):
    """Whether each variant serves all groups alike."""

    metric: str = ""
    least: int = 0
    level: Number = 0.95
    attributes: tuple[Attribute, ...] = ()
    variants: tuple[GroupRow, ...] = ()
    ceilings: tuple[str, ...] = ()


class TwinPart(Record):
    """One variant on the twins of one attribute; ``gap`` is of the first group less the other."""

    attribute: str = ""
    groups: tuple[str, ...] = ()
    flipped: Estimate = Estimate()
    changed: Estimate = Estimate()
    gap: Effect = Effect()


class TwinRow(Record):
    """One variant; a ``blind`` one sees no text, so that it cannot know who was exchanged."""

    name: str = ""
    blind: bool = False
    attributes: tuple[TwinPart, ...] = ()


class Twins(Record):
    """What the same questions about somebody else changed."""

    twins: int = 0
    questions: int = 0
    attributes: tuple[str, ...] = ()
    variants: tuple[TwinRow, ...] = ()
    statements: tuple[Statement, ...] = ()
    sentence: str = ""


class HarmRow(Record):
    """One variant's harm per 1,000 questions, and how many of these each outcome is."""

    name: str = ""
    harm: Estimate = Estimate()
    wrong: Estimate | None = None
    invented: Estimate | None = None
    refused: Estimate | None = None


class Harm(Record):
    """Expected harm by the declared costs; ``severities`` questions have one of their own."""

    costs: dict[str, Number] = {}
    per: int = 1000
    severities: int = 0
    variants: tuple[HarmRow, ...] = ()


class Mended(Effect):
    """A variant trained on twins, by weight or evenly drawn, beside the one that is not.

    The difference is that of the whole exam; gaps and flips are each one's widest and most.
    """

    variant: str = ""
    baseline: str = ""
    twins: tuple[str, ...] = ()
    reweight: str | None = None
    evenly: str | None = None
    gap_before: Number | None = None
    gap_after: Number | None = None
    flips_before: Number | None = None
    flips_after: Number | None = None


class Balance(Record):
    """How many questions of each role one chapter, kind, entity or group has."""

    by: str = ""
    name: str = ""
    train: int = 0
    dev: int = 0
    test: int = 0


class DataReport(Record):
    """What the data is made of, and what in the text should not be learned."""

    balance: tuple[Balance, ...] = ()
    personal: dict[str, int] = {}
    found_by: str = ""
    masked: tuple[str, ...] = ()
    rough: dict[str, int] = {}
