"""``--set key=value``: single values of an experiment, put in before its defaults are chosen.

So ``--set model=Qwen/Qwen2.5-0.5B-Instruct`` also changes what follows the model, whether the
experiment is a script, YAML, JSON or TOML.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from workbench.errors import WorkbenchError
from workbench.experiment.fitting import given
from workbench.io import yamls

#: What a bare text stands for, by parts of parts.
_INNER = {"embedding": "name", "query_model": "name", "tuned": "method"}
_CHANGES: ContextVar[Mapping[str, Any] | None] = ContextVar("changes", default=None)


def parsed(pairs: Sequence[str]) -> dict[str, Any]:
    """``key.inner=value`` as a mapping of dotted keys; values are YAML: numbers, lists, true.

    Raises WorkbenchError for a pair that sets nothing.
    """
    changes: dict[str, Any] = {}
    for pair in pairs:
        key, divided, value = pair.partition("=")
        if not divided or not all(part for part in key.split(".")):
            raise WorkbenchError(
                f"--set {pair!r} sets nothing.",
                "Write it as key=value, such as retrieval.top_k=5 or 'variants=[rag, fine_tuned]'.",
            )
        try:
            changes[key] = yamls.load(value)
        except yamls.YAMLError as error:
            raise WorkbenchError(
                f"The value of --set {pair!r} is not to be read: {' '.join(str(error).split())}.",
                "Put a text with colons or brackets into quotes of its own.",
            ) from error
    return changes


@contextmanager
def overriding(changes: Mapping[str, Any]) -> Iterator[None]:
    """Experiments that are made in the block have these values in place of their own."""
    token = _CHANGES.set(changes)
    try:
        yield
    finally:
        _CHANGES.reset(token)


def overridden(values: Mapping[str, Any], shorts: Mapping[str, str | None]) -> dict[str, Any]:
    """The given values of an experiment with the changes of :func:`overriding`.

    ``shorts`` names, for each part, the key that a bare text stands for.
    """
    return changed(values, _CHANGES.get() or {}, shorts)


def changed(
    values: Mapping[str, Any], changes: Mapping[str, Any], shorts: Mapping[str, str | None]
) -> dict[str, Any]:
    """The given values of an experiment with others at some dotted keys."""
    result = dict(values)
    for key, value in changes.items():
        first, *inner = key.split(".")
        if not inner:
            result[first] = value
            continue
        part = given(result.get(first), shorts.get(first)) or {}
        place = part
        for name in inner[:-1]:
            place[name] = given(place.get(name), _INNER.get(name)) or {}
            place = place[name]
        place[inner[-1]] = value
        result[first] = part
    return result
