"""What drift.json says: whether the questions that people ask look like the exam."""

from __future__ import annotations

from workbench.records.record import Number, Record


class Moved(Record):
    """One figure of the exam's questions and of those that are asked.

    ``low`` and ``high`` are the ends of the difference. ``p`` is adjusted for all that was looked
    at (Holm); ``moved`` where it is below 1 less the level.
    """

    what: str = ""
    unit: str = "share"
    exam: Number | None = None
    asked: Number | None = None
    difference: Number | None = None
    low: Number | None = None
    high: Number | None = None
    p: Number | None = None
    moved: bool = False


class Weighed(Record):
    """A part of the exam: its share there, and that of the asked questions which lie nearest to it.

    ``expected`` is the share that the exam's own questions would have so; ``weighs`` is ``more``,
    ``less``, or empty where the interval holds it.
    """

    part: str = ""
    name: str = ""
    title: str = ""
    share: Number = 0
    expected: Number = 0
    asked: Number = 0
    low: Number = 0
    high: Number = 0
    weighs: str = ""


class Unlike(Record):
    """Asked questions that are like each other and unlike the exam's: what to ask there too.

    ``near`` is the title of the section whose passages are nearest, ``found`` whether they are as
    near as to the exam's answerable questions. ``examples`` only where texts were kept.
    """

    count: int = 0
    share: Number = 0
    near: str = ""
    found: bool | None = None
    form: str = ""
    examples: tuple[str, ...] = ()


class Drift(Record):
    """``state``: ``alike``, ``moved``, or ``few`` where too little was asked to tell.

    ``unlike`` is the share of asked questions that are further from all of the exam than nineteen
    in twenty of its own are from the rest of it. ``looked`` are the figures that were held against
    each other, ``without`` what could not be and why.
    """

    run: str = ""
    source: str = ""
    state: str = "few"
    level: Number = 0.95
    days: tuple[str, ...] = ()
    exam: int = 0
    asked: int = 0
    drawn: int = 0
    variants: dict[str, int] = {}
    looked: tuple[Moved, ...] = ()
    unlike: Number | None = None
    unlike_low: Number | None = None
    unlike_high: Number | None = None
    weighed: tuple[Weighed, ...] = ()
    groups: tuple[Unlike, ...] = ()
    with_text: bool = False
    without: tuple[str, ...] = ()
