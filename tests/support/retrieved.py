"""A search of retrieval settings as results.json has it, by made-up evidence and scores."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from workbench.evaluation.retrievals import by_evidence, statements, trade_off
from workbench.evaluation.statistics import Design
from workbench.evaluation.table import tables
from workbench.evaluation.trials import ranked
from workbench.types import Question, Score

LEVEL = 0.95
#: Of each setting, the present one first, whether it shows the evidence of 40 questions.
PRESENT, BEST, LIKE = [1, 0] * 20, [1] * 40, [1, 0] * 19 + [1, 1]
DESCRIBED = {"retrieval.embedding": {"name": "e5", "dimensions": 64}}


def retrieval_search(
    hits: Sequence[list[int]] = (PRESENT, BEST, LIKE),
    right: Sequence[float] = (0.5, 0.75),
    exam: float | None = 0.6,
) -> dict[str, Any]:
    """The settings ``hits``, of which the first of ``right`` many answered so often."""
    rows = [
        {"number": at, "settings": DESCRIBED if at == 1 else {"retrieval.mode": "bm25"} if at
         else {}, "ms": 9.0 - at, "tokens": 100.0, "top_k": 2, "precision": 0.5,
         "state": "complete", "note": ""}
        for at in range(len(hits))
    ]  # fmt: skip
    rows.append({"number": 9, "settings": {"passages.chunk_size": 1}, "state": "failed",
                 "note": "it contradicts itself", "chance": 0.0, "ms": 0.0, "tokens": 0.0,
                 "top_k": 0})  # fmt: skip
    design = Design.of([f"c{n}" for n in range(40)])
    columns = {at: np.array(own, float) for at, own in enumerate(hits)}
    found = by_evidence(rows, columns, design, level=LEVEL, seed=1)
    questions = [Question(f"q{n}", f"Q{n}?", ("x",), cluster=f"c{n}") for n in range(40)]
    scores = [
        Score(q.id, str(place), "f1", float((n % 4) / 4 < often))
        for place, often in enumerate(right)
        for n, q in enumerate(questions)
    ]
    table = tables(questions, scores, [*map(str, range(len(right)))])["f1"] if right else None
    tried = ranked(found, table, design if right else None, level=LEVEL, seed=1)
    best = tried[0]
    made = {
        "metric": "f1", "level": LEVEL, "keys": ["retrieval.mode"], "sampler": "every",
        "questions": 40, "dev": 40 if right else 0, "tokens": 100, "asked": len(tried),
        "failed": 1, "answered": len(right), "within": sum(row["within"] for row in tried),
        "tried": tried, "present": next(at for at, r in enumerate(tried) if r["number"] == 0),
        "trade_off": trade_off(tried, {n: [0.5 * c.mean(), c.mean()] for n, c in columns.items()}),
        "chosen": best["settings"], "exam": exam,
        "curse": None if exam is None or best["value"] is None else best["value"] - exam,
    }  # fmt: skip
    return {**made, "statements": statements(made, "/retrieval_search")}
