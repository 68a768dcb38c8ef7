"""What is drawn: values, labels, order, intervals and whose colour, but no shapes.

The report draws them as SVG, the dashboard by Altair. Scores are from 0 to 1; ``name`` is a
variant's, by which :func:`workbench.wording.colours` knows its colour.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from workbench.records.record import Number


@dataclass(frozen=True, slots=True)
class Dot:
    """One variant's figure with its interval; ``hollow`` is the ceiling, ``bold`` the chosen."""

    name: str
    label: str
    value: Number | None
    low: Number | None = None
    high: Number | None = None
    n: int = 0
    hollow: bool = False
    bold: bool = False


@dataclass(frozen=True, slots=True)
class Dots:
    """Figures from 0 to 100 points with their intervals, one row per variant."""

    title: str
    rows: tuple[Dot, ...]
    caption: str = ""


@dataclass(frozen=True, slots=True)
class Gap:
    """A difference of scores with its interval; ``rival`` is whom it is to."""

    label: str
    value: Number
    low: Number
    high: Number
    rival: str = ""

    @property
    def clear(self) -> bool:
        """Whether the interval excludes zero."""
        return self.low > 0 or self.high < 0


@dataclass(frozen=True, slots=True)
class Gaps:
    """Differences around zero, inside or outside a margin of indifference (0: none is drawn)."""

    title: str
    rows: tuple[Gap, ...]
    margin: Number = 0.0


@dataclass(frozen=True, slots=True)
class Level:
    """What is still lost on average after so many more questions, and the band of other exams."""

    at: int
    under: str
    value: float
    low: float
    high: float
    shown: str


@dataclass(frozen=True, slots=True)
class Decline:
    """A falling line in its band; questions go by their square root, as errors shrink with them."""

    title: str
    across: str
    up: str
    name: str
    steps: tuple[Level, ...]
    caption: str = ""


@dataclass(frozen=True, slots=True)
class Curve:
    """A variant's score among the answered by the share answered, and how sure the least was."""

    name: str
    label: str
    points: tuple[tuple[Number, Number, Number], ...]


@dataclass(frozen=True, slots=True)
class Curves:
    """Score among the answered (upwards) against the share answered."""

    title: str
    across: str
    up: str
    lines: tuple[Curve, ...]


@dataclass(frozen=True, slots=True)
class Lever:
    """A model's score without retrieval and with it, each end a variant of its own."""

    label: str
    tuned: bool
    ends: tuple[Dot, Dot]


@dataclass(frozen=True, slots=True)
class Levers:
    """Two lines from closed book to retrieval: parallel without interaction."""

    title: str
    sides: tuple[str, str]
    lines: tuple[Lever, ...]


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar from ``low`` to ``high``: the whole, a loss or gain by a cause, or what is left."""

    label: str
    low: float
    high: float
    shown: str
    kind: str


@dataclass(frozen=True, slots=True)
class Fall:
    """Bars that hang from a perfect score down to the one that a variant delivered."""

    title: str
    name: str
    bars: tuple[Bar, ...]


@dataclass(frozen=True, slots=True)
class WinnerGrid:
    """Who wins at each rate of updates (rows, from few to many) and volume (columns).

    ``here`` is the declared place (column, row); a cell is empty where none is allowed.
    """

    title: str
    across: str
    up: str
    queries: tuple[Number, ...]
    updates: tuple[Number, ...]
    cells: tuple[tuple[str, ...], ...]
    labels: tuple[tuple[str, str], ...]
    here: tuple[int, int] | None
    caption: str = ""


@dataclass(frozen=True, slots=True)
class Confusion:
    """How often each label (rows) was taken for which (columns, the last maybe for none)."""

    title: str
    across: str
    up: str
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]

    @property
    def shares(self) -> tuple[tuple[float, ...], ...]:
        """Of each row's messages, the share in each column."""
        return tuple(tuple(n / max(1, sum(line)) for n in line) for line in self.counts)


@dataclass(frozen=True, slots=True)
class ReliabilityLine:
    """A variant's answers by confidence: (mean confidence, share that is right, how many)."""

    name: str
    label: str
    points: tuple[tuple[Number, Number, int], ...]


@dataclass(frozen=True, slots=True)
class Reliability:
    """Share right (upwards) against confidence; on the diagonal they agree."""

    title: str
    across: str
    up: str
    lines: tuple[ReliabilityLine, ...]


Picture: TypeAlias = (
    Confusion | Reliability | Dots | Gaps | Decline | Curves | Levers | Fall | WinnerGrid
)
