"""The settings of runs, flattened, and those in which runs differ."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from workbench.dashboard.queries.runs import Snapshot

# What names a run, and what it is made from, are told elsewhere.
UNSET = "–"
LABELS = ("name", "schema_version")


def flat(value: Any, key: str = "") -> dict[str, str]:
    """``{"retrieval.top_k": "5"}`` of nested settings; a list of plain values is one value."""
    if isinstance(value, Mapping):
        inner = [flat(v, f"{key}.{k}" if key else str(k)) for k, v in value.items()]
        return {name: shown for part in inner for name, shown in part.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        if not any(isinstance(item, Mapping) for item in value):
            return {key: ", ".join(map(str, value)) or "none"}
        named = [
            flat(item, f"{key}.{item.get('name', place) if isinstance(item, Mapping) else place}")
            for place, item in enumerate(value, 1)
        ]
        return {name: shown for part in named for name, shown in part.items()}
    return {key: "none" if value is None else str(value)}


def differing(runs: Sequence[Snapshot]) -> dict[str, tuple[str, ...]]:
    """Each setting in which some of the runs differ, with its value in each, or ``UNSET``."""
    settings = [flat(run.specification) for run in runs]
    keys = dict.fromkeys(key for one in settings for key in one)
    values = {key: tuple(one.get(key, UNSET) for one in settings) for key in keys}
    return {k: v for k, v in values.items() if k not in LABELS and len(set(v)) > 1}


def only_in_some(runs: Sequence[Snapshot]) -> dict[str, list[Snapshot]]:
    """By name, the variants that not all of the runs have, with the runs that have them."""
    held = [
        [str(item.get("name")) for item in run.specification.get("variants") or ()
         if isinstance(item, Mapping)]
        for run in runs
    ]  # fmt: skip
    return {
        name: [run for run, names in zip(runs, held, strict=True) if name in names]
        for name in dict.fromkeys(name for names in held for name in names)
        if not all(name in names for names in held)
    }


def apart(runs: Sequence[Snapshot]) -> dict[str, dict[str, str]]:
    """For runs of one experiment, by id: the settings that tell each from the others, or none."""
    families: dict[str, list[Snapshot]] = {}
    for run in runs:
        families.setdefault(str(run.specification.get("name") or run.id), []).append(run)
    result: dict[str, dict[str, str]] = {}
    for family in families.values():
        if len(family) < 2:
            continue
        values = differing(family)
        for place, run in enumerate(family):
            result[run.id] = {
                key: shown[place]
                for key, shown in values.items()
                # A setting that another version of the workbench lacks tells nothing of intent.
                if UNSET not in shown
            }
    return result
