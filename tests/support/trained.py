"""What a run records of searched settings, repeated trainings and a curve, made up."""

from __future__ import annotations

from typing import Any

import numpy as np

from workbench.evaluation import curve, trials
from workbench.evaluation.statistics import Design
from workbench.evaluation.table import tables
from workbench.types import Question, Score

SETTINGS = [
    {"method": "lora", "learning_rate": 7e-4, "lora.r": 8},
    {"method": "lora", "learning_rate": 2e-3, "lora.r": 32},
    {"method": "ia3", "learning_rate": 3e-2},
    {"method": "lora", "learning_rate": 1e-4, "lora.r": 8},
]
#: How often each setting is right, of a hundred; the last was given up early.
RIGHT = [40, 55, 20, None]


def tuning_search(exam: float | None = 0.48) -> dict[str, Any]:
    """Four settings on a hundred dev questions in fifty sections."""
    questions = [Question(f"d{n}", "?", ("a",), cluster=f"s{n // 2}") for n in range(100)]
    scores = [
        Score(f"d{(37 * n) % 100}", str(number), "f1", float(n < right))
        for number, right in enumerate(RIGHT) if right is not None for n in range(100)
    ]  # fmt: skip
    names = [str(number) for number, right in enumerate(RIGHT) if right is not None]
    grid = tables(questions, scores, names)["f1"]
    rows = [
        {
            "number": number, "settings": setting, "method": setting["method"],
            "learning_rate": setting["learning_rate"], "seconds": 31.0 + number, "note": "",
            "state": "complete" if RIGHT[number] is not None else "pruned", "chance": 0.1,
            "curve": [[1.0, 0.1], [2.0, 0.2]], "epochs": 2.0,
        }
        for number, setting in enumerate(SETTINGS)
    ]  # fmt: skip
    tried = trials.ranked(rows, grid, grid.design(), level=0.95, seed=0)
    record: dict[str, Any] = {
        "adapter": "fine_tuned", "variants": ["fine_tuned", "fine_tuned_rag"], "metric": "f1",
        "level": 0.95, "sampler": "tpe", "budget_trials": 4, "budget_minutes": 30,
        "ended": "trials", "questions": 100, "seconds": 130.0, "asked": 4, "given_up": 1,
        "scored": 3, "within": sum(row["within"] for row in tried),
        "keys": ["method", "learning_rate", "lora.r"], "tried": tried,
        "over": {"method": ["lora", "ia3"], "learning_rate": [1e-4, 7e-4, 2e-3, 3e-2],
                 "lora.r": [8, 32]},
        "present": next(at for at, row in enumerate(tried) if row["number"] == 0),
        "importance": {"learning_rate": 0.81, "method": 0.17, "lora.r": 0.02}, "chosen": {},
        "exam": exam, "curse": None if exam is None else tried[0]["value"] - exam,
    }  # fmt: skip
    return {**record, "statements": trials.statements(record, "/tuning_search/0")}


def trainings() -> dict[str, Any]:
    """Two variants that were trained three times."""
    return {
        "number": 3,
        "variants": [
            {"name": "fine_tuned", "values": [0.31, 0.36, 0.27], "lowest": 0.27, "highest": 0.36,
             "sd": 0.0451, "luck": 0.304},
            {"name": "fine_tuned_rag", "values": [0.72, 0.73, 0.72], "lowest": 0.72,
             "highest": 0.73, "sd": 0.0058, "luck": 0.021},
        ],
    }  # fmt: skip


def learning_curve() -> dict[str, Any]:
    """A curve that meets RAG beyond the facts that there were."""
    rng = np.random.default_rng(2)
    clusters = np.repeat(np.arange(80), 3)
    luck, theirs = rng.random(len(clusters)), rng.random(len(clusters))
    facts = [25, 50, 100, 200]
    columns = [(luck < 0.8 - 1.5 * n**-0.5).astype(float) for n in facts]
    record = curve.learning_curve(
        facts, columns, (theirs < 0.74).astype(float), Design.of(clusters.tolist()),
        margin=0.03, level=0.95, seed=1,
    )  # fmt: skip
    for point, share in zip(record["points"], (0.125, 0.25, 0.5, 1.0), strict=True):
        point["share"] = share
    whole = {"variant": "fine_tuned", "rival": "rag", "metric": "f1", **record}
    return {**whole, "statements": curve.statements(whole, "/curve", "Fine-tuned", "RAG")}
