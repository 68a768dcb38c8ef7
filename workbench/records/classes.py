"""What results.json says of labels: per class, the confusion, and calibration."""

from __future__ import annotations

from workbench.records.record import Number, Record
from workbench.records.variants import Estimate


class ClassRow(Record):
    """One label: how often it was due and named, and how well it was told. None: undefined."""

    label: str = ""
    asked: int = 0
    named: int = 0
    precision: Number | None = None
    recall: Number | None = None
    f1: Number | None = None


class ReliabilityPoint(Record):
    """Answers of about one confidence, and the share of them that are right."""

    confidence: Number = 0
    accuracy: Number = 0
    n: int = 0


class Calibration(Record):
    """Over ``n`` answers: the mean gap (0 to 1) between confidence and accuracy, and the points."""

    n: int = 0
    error: Number | None = None
    confidence: Number | None = None
    accuracy: Number | None = None
    points: tuple[ReliabilityPoint, ...] = ()


class ClassFigures(Record):
    """One variant. ``confusion`` has rows of true labels; its last column names none."""

    name: str = ""
    macro_f1: Estimate = Estimate()
    unlabelled: int = 0
    classes: tuple[ClassRow, ...] = ()
    confusion: tuple[tuple[int, ...], ...] = ()
    calibration: Calibration | None = None


class Commonest(Record):
    """The label that the exam asks for most, and how often it would be right for every message."""

    label: str = ""
    share: Number | None = None


class Classes(Record):
    """All variants on the label questions."""

    labels: tuple[str, ...] = ()
    asked: int = 0
    commonest: Commonest = Commonest()
    variants: tuple[ClassFigures, ...] = ()
