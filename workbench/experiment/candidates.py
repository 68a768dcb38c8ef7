"""From what is searched of a tuning to the single tunings that are tried."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from workbench.experiment.fitting import rate_of
from workbench.experiment.searching import AUTO, Span, grid
from workbench.experiment.tuning import METHODS, PARTS, TuningSpec

Values = Mapping[str, Any]


def combinations(tuning: TuningSpec) -> list[dict[str, Any]] | None:
    """Every combination of what is searched; None where a range has no end of them."""
    over = _over(tuning)
    lists = {key: tried for key, tried in over.items() if not isinstance(tried, Span)}
    if len(lists) < len(over):
        return None
    return grid(lists, lambda setting: read_of(tuning, setting))


def keys_read(tuning: TuningSpec, method: str) -> Iterator[str]:
    """The searched keys that a method reads, the method first."""
    part = METHODS[method].part
    for key in sorted(_over(tuning), key=lambda key: key != "method"):
        if key.partition(".")[0] not in PARTS - {part}:
            yield key


def read_of(tuning: TuningSpec, setting: Values) -> dict[str, Any]:
    """A setting without what its method does not read."""
    read = set(keys_read(tuning, str(setting.get("method", tuning.method))))
    return {key: value for key, value in setting.items() if key in read}


def as_it_is(tuning: TuningSpec) -> dict[str, Any] | None:
    """The tuning's own values as one of the settings to try; None where they are none."""
    own: dict[str, Any] = {}
    for key in keys_read(tuning, tuning.method):
        tried, value = _over(tuning)[key], value_at(tuning, key)
        if isinstance(tried, Span):
            if not tried.holds(value):
                return None
        elif tried == (AUTO,):
            value = AUTO
        elif value not in tried:
            return None
        own[key] = value
    return own


def tuned_as(tuning: TuningSpec, setting: Values, model: str) -> TuningSpec:
    """The tuning with a setting's values; ``model`` is the name that an automatic rate follows."""
    values = dict(setting)
    if values.get("learning_rate") == AUTO:
        method = str(values.get("method", tuning.method))
        optimizer = str(values.get("optimizer", tuning.optimizer))
        values["learning_rate"] = rate_of(model, method, optimizer)
    return tuning.with_values(values)


def each_method(tuning: TuningSpec, model: str) -> list[TuningSpec]:
    """The tuning by each method that is searched; itself where none is."""
    tried = _over(tuning).get("method")
    if not isinstance(tried, tuple):
        return [tuning]
    auto = _over(tuning).get("learning_rate") == (AUTO,)
    more = {"learning_rate": AUTO} if auto else {}
    return [tuned_as(tuning, {"method": name, **more}, model) for name in tried]


def value_at(tuning: TuningSpec, key: str) -> Any:
    """The value at a key such as ``lora.r``."""
    found: Any = tuning
    for name in key.split("."):
        found = getattr(found, name)
    return found


def _over(tuning: TuningSpec) -> Mapping[str, tuple[Any, ...] | Span]:
    return {} if tuning.search is None else tuning.search.over
