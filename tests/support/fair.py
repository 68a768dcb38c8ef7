"""Groups, twins, harm, mending and data of made results, worked out by the pipeline's functions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from workbench.evaluation import twins
from workbench.evaluation.data_report import balance
from workbench.evaluation.groups import groups
from workbench.evaluation.harm import harm
from workbench.evaluation.table import Table
from workbench.types import Question, Score

COUNT = 60


def _table(names: list[str], skill: Mapping[str, float]) -> Table:
    rng = np.random.default_rng(5)
    hard = rng.random(COUNT)
    values = np.column_stack([(hard < skill[name]).astype(float) for name in names])
    return Table(
        "f1", tuple(f"q{n}" for n in range(COUNT)), tuple(names), values,
        np.ones((COUNT, len(names)), dtype=bool), tuple(f"s{n % 12}" for n in range(COUNT)),
        (None,) * COUNT, ("factoid",) * COUNT,
    )  # fmt: skip


def fair(results: Mapping[str, Any]) -> dict[str, Any]:
    """``groups``, ``twins``, ``harm``, ``mended`` and ``data`` of these results.

    The first variant serves the men far worse, and turns with the person; the others do neither.
    """
    names = [row["name"] for row in results["variants"]]
    limits = [row["name"] for row in results["variants"] if row["is_ceiling"]]
    table = _table(names, dict.fromkeys(names, 0.8))
    tags = {f"q{n}": ("women", "men")[n % 2] for n in range(40)} | {"q50": "few"}
    table.values[1:40:2, 0] = 0.0
    found = groups(table, {"gender": tags}, {}, ceilings=limits)
    found["variants"][1]["parity"] = [
        {"attribute": "gender", "label": "late <van>", "n": 12, "equal_opportunity": 0.25,
         "equalised_odds": 0.5}
    ]  # fmt: skip
    asked = [Question(f"q{n}", "Who is he?", ("x",), cluster=f"s{n % 12}") for n in range(20)]
    further = [
        Question(f"t{n}", "Who is she?", ("x",), cluster=f"s{n % 12}",
                 tags={twins.OF: f"q{n}", twins.EXCHANGED: "gender", twins.GROUP: "men"})
        for n in range(20)
    ]  # fmt: skip
    scores = [
        Score(q.id, name, "containment", float(name != names[0] or q.id.startswith("t")))
        for name in names for q in [*asked, *further]
    ]  # fmt: skip
    labels = {row["name"]: row["label"] for row in results["variants"]}
    parts = {key: _table(names, dict.fromkeys(names, share) | {names[0]: 2 * share})
             for key, share in (("wrong", 0.3), ("invented", 0.1), ("refused", 0.2))}  # fmt: skip
    return {
        "groups": found,
        "twins": twins.twins(
            asked, further, scores, {(q.id, n): True for q in further for n in names},
            variants=names, labels=labels, blind=names[:1] if len(names) > 4 else (),
            ceilings=limits, groups={"gender": ("women", "men")},
        ),
        "harm": harm(parts, {"wrong": 1.0, "invented": 5.0, "refused": 0.2}),
        "mended": [{"variant": names[1], "baseline": names[0], "twins": ["gender"],
                    "reweight": "gender", "gap_before": 0.4, "gap_after": 0.1,
                    "flips_before": 0.5, "flips_after": 0.0, "difference": -0.02, "low": -0.05,
                    "high": 0.01}],
        "data": {
            "balance": balance({"train": asked, "test": further}, {"gender": {"q1": "men"}},
                               {"s1": "1. <Beginnings>"}),
            "personal": {"phone": 2}, "masked": ["email"], "rough": {"idiot": 3},
        },
    }  # fmt: skip
