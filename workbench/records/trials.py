"""What results.json says of searched settings, trial by trial."""

from __future__ import annotations

from typing import Any

from workbench.records.record import Number, Record, Statement
from workbench.records.variants import Effect, Estimate


class TrialRow(Record):
    """One setting that was tried. ``within``: these questions cannot tell it from the best.

    ``behind`` is its difference to the best; ``curve`` the chance of the right dev replies after
    each epoch, as (epoch, chance).
    """

    number: int = 0
    settings: dict[str, Any] = {}
    method: str = ""
    learning_rate: Number | None = None
    state: str = "complete"
    note: str = ""
    value: Number | None = None
    low: Number | None = None
    high: Number | None = None
    behind: Effect | None = None
    within: bool = False
    seconds: Number = 0
    epochs: Number = 0
    chance: Number = 0
    curve: tuple[tuple[Number, Number], ...] = ()


class TuningSearch(Record):
    """One search, best first; ``exam`` is what the chosen one came to on the exam, ``curse`` by how
    much less that is than on dev.

    Of ``asked`` settings ``given_up`` were so early, and ``scored`` carried through; ``within`` of
    these, the best among them, the dev questions cannot tell from it.

    ``over`` are the lists and ranges that were searched, by key; empty in older runs.
    ``present`` is the place of the setting that stood in the experiment, ``importance`` the share
    of the scores' spread that each key explains, ``ended`` what ended it: ``trials``, ``minutes``
    or ``nothing_new``.
    """

    adapter: str = ""
    variants: tuple[str, ...] = ()
    metric: str = ""
    level: Number = 0.95
    sampler: str = ""
    budget_trials: int = 0
    budget_minutes: Number | None = None
    ended: str = ""
    questions: int = 0
    seconds: Number = 0
    keys: tuple[str, ...] = ()
    over: dict[str, Any] = {}
    tried: tuple[TrialRow, ...] = ()
    present: int | None = None
    importance: dict[str, Number] = {}
    chosen: dict[str, Any] = {}
    exam: Number | None = None
    curse: Number | None = None
    asked: int = 0
    given_up: int = 0
    scored: int = 0
    within: int = 0
    statements: tuple[Statement, ...] = ()


class RetrievalRow(Record):
    """One setting of the search that was tried: ``top_k`` of its passages fill the tokens.

    ``recall`` is how often they hold the evidence, ``precision`` the share of them that do.
    ``gain`` is the recall less the present setting's, whose own is None; its p is adjusted for all
    that were tried.
    ``clear``: more than luck; ``tied``: these questions cannot tell its recall from the best;
    ``front``: no other betters it in recall, tokens and milliseconds at once. ``value`` and
    ``behind`` are of its answers to the dev questions, where it came so far.
    """

    number: int = 0
    settings: dict[str, Any] = {}
    state: str = "complete"
    note: str = ""
    seconds: Number = 0
    top_k: int = 0
    tokens: Number = 0
    ms: Number = 0
    recall: Estimate | None = None
    precision: Number | None = None
    gain: Effect | None = None
    clear: bool = False
    tied: bool = False
    front: bool = False
    chance: Number = 0
    value: Number | None = None
    low: Number | None = None
    high: Number | None = None
    behind: Effect | None = None
    within: bool = False


class TradeOff(Record):
    """The most evidence for so many tokens: a setting, shown with ``top_k`` passages."""

    number: int = 0
    top_k: int = 0
    tokens: Number = 0
    ms: Number = 0
    recall: Number = 0


class RetrievalSearch(Record):
    """The settings of the search that were tried, best first, on ``questions`` with evidence.

    ``answered`` of them answered the ``dev`` questions, each filling ``tokens``; ``present`` is the
    place of what stood there, ``exam`` what the chosen one came to on the exam and ``curse`` by how
    much less that is than on dev.
    """

    metric: str = ""
    level: Number = 0.95
    keys: tuple[str, ...] = ()
    sampler: str = ""
    questions: int = 0
    dev: int = 0
    tokens: int = 0
    asked: int = 0
    failed: int = 0
    answered: int = 0
    within: int = 0
    tried: tuple[RetrievalRow, ...] = ()
    present: int = 0
    trade_off: tuple[TradeOff, ...] = ()
    chosen: dict[str, Any] = {}
    exam: Number | None = None
    curse: Number | None = None
    statements: tuple[Statement, ...] = ()


class PromptRow(Record):
    """One prompt that was tried; ``prompt`` is None for the run's own, ``context`` what it shows.

    ``within``: these questions cannot tell it from the best; ``behind`` is its difference to that.
    """

    number: str = ""
    place: int = 0
    prompt: str | None = None
    name: str = ""
    context: str = ""
    value: Number | None = None
    low: Number | None = None
    high: Number | None = None
    behind: Effect | None = None
    within: bool = False


class PromptSearch(Record):
    """The prompts that were tried for ``variants``, best first; ``trained`` of them are tuned, and
    were searched before that.

    ``present`` is the place of what stood there, ``exam`` what the chosen one came to on the exam
    and ``curse`` by how much less that is than on dev.
    """

    step: str = ""
    variants: tuple[str, ...] = ()
    trained: tuple[str, ...] = ()
    metric: str = ""
    level: Number = 0.95
    questions: int = 0
    asked: int = 0
    within: int = 0
    tried: tuple[PromptRow, ...] = ()
    present: int = 0
    chosen: dict[str, Any] = {}
    exam: Number | None = None
    curse: Number | None = None
    statements: tuple[Statement, ...] = ()


class Retrained(Record):
    """One variant that was trained several times: its mean score in each, in order.

    ``luck`` is the share of its estimate's variance that is theirs.
    """

    name: str = ""
    values: tuple[Number, ...] = ()
    lowest: Number | None = None
    highest: Number | None = None
    sd: Number | None = None
    luck: Number | None = None


class Trainings(Record):
    """How often each adapter was trained, and what that shows of luck."""

    number: int = 1
    variants: tuple[Retrained, ...] = ()
