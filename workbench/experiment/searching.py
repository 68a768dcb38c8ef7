"""Which settings of a tuning are searched: lists and ranges in the place of single values.

``tuning.learning_rate: [1e-4, 1e-3]`` and ``{low: 1e-5, high: 1e-3, log: true}`` are what a user
writes; they are put aside under ``tuning.search.over``, and what stood first takes their place.
"""

from __future__ import annotations

import itertools
import json
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any, Literal

from pydantic import (
    Field,
    SerializerFunctionWrapHandler,
    model_serializer,
    model_validator,
)

from workbench.experiment.spec import Positive, Spec, without_later

#: Keys whose single value may be a list.
LISTED = ("target_modules", "feedforward_modules", "pairs", "only", "relations")
#: How the budget of a search is spelled, and no setting of a tuning.
OWN = ("search", "seeds", "seed_offset", "teacher", "processes", "checkpoint_steps",
       "canaries", "twins", "reweight", "evenly")  # fmt: skip
AUTO = "auto"


class Span(Spec):
    """All values from ``low`` to ``high``, whole numbers where both ends are.

    With ``log`` each part of a decade is as likely as any other, which suits rates.
    """

    low: float | int
    high: float | int
    log: bool = False

    @model_validator(mode="after")
    def _runs_upwards(self) -> Span:
        if not self.low < self.high:
            raise ValueError(f"a range runs upwards; got low {self.low:g} and high {self.high:g}")
        if self.log and self.low <= 0:
            raise ValueError("a range with log: true begins above 0")
        return self

    @property
    def whole(self) -> bool:
        """Whether it holds whole numbers alone."""
        return isinstance(self.low, int) and isinstance(self.high, int)

    @property
    def middle(self) -> float | int:
        """The value half-way, as the range is measured."""
        half = math.sqrt(self.low * self.high) if self.log else (self.low + self.high) / 2
        return round(half) if self.whole else float(f"{half:.3g}")

    def holds(self, value: Any) -> bool:
        """Whether a value lies in it."""
        return isinstance(value, int | float) and self.low <= value <= self.high


class Searching(Spec):
    """What is searched, by key, and how settings are proposed: what all searches have in common."""

    over: dict[str, tuple[Any, ...] | Span] = Field(default_factory=dict)
    sampler: Literal["tpe", "random", "grid"] = "tpe"
    minutes: Annotated[float, Field(gt=0)] | None = None

    def __hash__(self) -> int:
        return hash(self.digest())

    @model_validator(mode="before")
    @classmethod
    def _bare_lists(cls, values: Any) -> Any:
        if isinstance(values, Mapping) and isinstance(values.get("over"), Mapping):
            for key, tried in values["over"].items():
                if not is_varied(key, tried) or not tried:
                    raise ValueError(
                        f"{key} names no values to try: write a list, or low and high of a range"
                    )
        return values

    @model_validator(mode="after")
    def _can_be_listed(self) -> Searching:
        for key, tried in self.over.items():
            listed = not isinstance(tried, Span) and any(isinstance(v, list | tuple) for v in tried)
            if listed and key.rpartition(".")[2] not in LISTED:
                raise ValueError(f"{key} takes no list as a value: write the values to try alone")
        spans = [key for key, tried in self.over.items() if isinstance(tried, Span)]
        if self.sampler == "grid" and spans:
            raise ValueError(
                f"a grid needs lists, and {spans[0]} is a range: list its values, or take "
                "sampler: tpe"
            )
        return self


class SearchSpec(Searching):
    """What of a tuning is searched, how, and for how long.

    ``over`` are the keys of ``tuning`` with the values to try; lists and ranges that are written in
    the place of a value come to stand here. ``sampler`` is how settings are proposed: ``tpe`` by
    what the earlier trials gave (Bergstra et al. 2011), ``random``, or ``grid``, every combination.
    Where all combinations are no more than ``trials``, each is tried. ``minutes`` bounds the time
    beside the number: a trial that has begun is finished. ``prune`` gives a trial up after an
    epoch, from the second on, at which the right dev replies are less likely than in half of the
    earlier trials. Every variant that is searched has this budget, and dev questions alone decide.
    ``batch`` settings are proposed by ``tpe`` before any of them has been tried, so that as many
    workers of a cluster can try them side by side; what they come to does not depend on where.
    """

    trials: Positive = 12
    prune: bool = True
    batch: Positive = 1

    @model_serializer(mode="wrap")
    def _as_before(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        return without_later(handler(self), {"batch": 1})

    @model_validator(mode="after")
    def _batches_of_tpe(self) -> SearchSpec:
        if self.batch > 1 and self.sampler != "tpe":
            raise ValueError(
                f"batch goes with sampler: tpe; what {self.sampler} proposes rests on no result, "
                "so that a cluster tries all of it side by side anyway"
            )
        return self


def is_varied(key: str, value: Any) -> bool:
    """Whether what is written for a key are several values to try."""
    if key.rpartition(".")[2] in LISTED:
        several = isinstance(value, list | tuple) and not any(isinstance(v, str) for v in value)
        return bool(value) and several
    if isinstance(value, Mapping):
        return bool(value) and set(value) <= {"low", "high", "log"}
    return (isinstance(value, Sequence) and not isinstance(value, str)) or isinstance(value, Span)


def first_of(tried: Sequence[Any] | Span | Mapping[str, Any]) -> Any:
    """What takes the place of several values where nothing is searched."""
    if isinstance(tried, Mapping):
        tried = Span(**tried)
    return tried.middle if isinstance(tried, Span) else tried[0]


def set_aside(values: Mapping[str, Any]) -> dict[str, Any]:
    """The given values of a tuning with its lists and ranges under ``search.over``.

    Where the method is searched and no learning rate is given, each trial has its method's own.
    """
    rest, over = parted(values)
    if not over:
        return dict(values)
    own = rest.get("search") or {}
    given = own if isinstance(own, Mapping) else {k: getattr(own, k) for k in own.model_fields_set}
    rest["search"] = {**given, "over": {**over, **given.get("over", {})}}
    if {"method", "optimizer"} & over.keys() and values.get("learning_rate", AUTO) in (AUTO, None):
        rest["search"]["over"].setdefault("learning_rate", [AUTO])
    return rest


def grid(
    over: Mapping[str, Sequence[Any]],
    read: Callable[[Mapping[str, Any]], Mapping[str, Any]] = dict,
) -> list[dict[str, Any]]:
    """Every combination, each once; ``read`` leaves of one what it reads."""
    found: dict[str, dict[str, Any]] = {}
    for values in itertools.product(*over.values()):
        setting = dict(read(dict(zip(over, values, strict=True))))
        found.setdefault(json.dumps(setting, sort_keys=True, default=str), setting)
    return list(found.values())


def parted(
    values: Mapping[str, Any], before: str = "", own: Sequence[str] = OWN
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The given values of a part with one value each, and what is to be tried, by dotted key.

    ``own`` are keys of the part that are no settings of it.
    """
    rest: dict[str, Any] = {}
    over: dict[str, Any] = {}
    for key, value in values.items():
        if (not before and key in own) or not (
            is_varied(key, value) or (isinstance(value, Mapping) and not before)
        ):
            rest[key] = value
        elif is_varied(key, value):
            if not value:
                raise ValueError(f"{before}{key} is an empty list: name the values to try")
            over[f"{before}{key}"] = value
            if (first := first_of(value)) != AUTO:
                rest[key] = first
        else:
            rest[key], inner = parted(value, f"{key}.")
            over |= inner
    return rest, over
