"""A verdict on scores and costs that are given directly."""

from __future__ import annotations

from typing import Any

import numpy as np

from workbench.costing import Cost
from workbench.decision import decide
from workbench.decision.draws import Draws, draw
from workbench.decision.exam import Exam
from workbench.evaluation.summary import summarise
from workbench.evaluation.table import tables
from workbench.experiment.decision import DecisionSpec, WorkloadSpec
from workbench.experiment.variant import Variant
from workbench.types import Latency, Question, Score


def priced(
    per_question: float, fixed: float = 0.0, updates: float = 1.0, queries: float = 10_000,
    error: float = 0.0,
) -> Cost:  # fmt: skip
    """A cost at that volume; ``error`` is the clock's, of one question."""
    result = Cost("USD", fixed, fixed, per_question, error)
    return Cost("USD", fixed, fixed, per_question, error, per_1000=1000 * per_question,
                per_month=result.monthly(queries, updates))  # fmt: skip


def case(
    values: dict[str, np.ndarray],
    costs: dict[str, Cost] | None = None,
    *,
    per_cluster: int = 5,
    strata: list[str] | None = None,
    latencies: list[Latency] | None = None,
    workload: WorkloadSpec | None = None,
    uncertainty: float = 0.2,
    sections: int = 0,
    left_out: tuple[str, ...] = (),
    origin: str = "written",
    order: np.ndarray | None = None,
    further: dict[str, dict[str, np.ndarray]] | None = None,
    parts: dict[str, Any] | None = None,
    **decision: Any,
) -> dict[str, Any]:
    """Decide on a grid of scores given directly; ``order`` lists the questions in another one.

    ``further`` are scores by other metrics than F1: metric, then variant; ``parts`` further parts
    of the results.
    """
    n = len(next(iter(values.values())))
    strata = strata or ["unseen"] * n
    questions = [
        Question(f"q{k}", "?", ("x",), stratum=strata[k],  # type: ignore[arg-type]
                 cluster=f"s{k // per_cluster}", origin=origin)
        for k in (range(n) if order is None else order)
    ]  # fmt: skip
    scores = [
        Score(f"q{k}", name, "f1", None if np.isnan(column[k]) else float(column[k]))
        for name, column in values.items() for k in range(n)
    ] + [
        Score(f"q{k}", name, metric, float(column[k]))
        for metric, columns in (further or {}).items()
        for name, column in columns.items() for k in range(n)
    ]  # fmt: skip
    spec = DecisionSpec(**decision)
    work = workload or WorkloadSpec(strata={"unseen": 1.0})
    results = summarise(questions, [], scores, latencies or [],
                        variants=list(map(Variant.named, values)), mix=work.strata,
                        metric="f1", margin=spec.margin)  # fmt: skip
    traits = {name: Variant.named(name) for name in values}
    for row in results["variants"]:
        row["cost"] = None
        row["context"] = traits[row["name"]].context
    results |= {"run": {"corpus": {"sections": sections}}, "left_out": list(left_out)}
    results |= parts or {}
    return decide(results, tables(questions, scores, list(values)).get("f1"), traits,
                  costs or {}, spec, work, uncertainty=uncertainty)  # fmt: skip


def grid(n: int = 200, seed: int = 0, noise: float = 0.1, **means: float) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(seed)
    shared = rng.normal(0, 0.1, n)
    return {name: np.clip(mean + shared + rng.normal(0, noise, n), 0, 1)
            for name, mean in means.items()}  # fmt: skip


def drawn(values: dict[str, np.ndarray], per_cluster: int) -> Draws:
    """The draws behind a verdict on these scores, without costs."""
    n = len(next(iter(values.values())))
    questions = [Question(f"q{k}", "?", ("x",), cluster=f"s{k // per_cluster}") for k in range(n)]
    scores = [Score(f"q{k}", name, "f1", float(column[k]))
              for name, column in values.items() for k in range(n)]  # fmt: skip
    exam = Exam.of(tables(questions, scores, list(values))["f1"], list(values), None)
    result = draw(
        exam, list(values), {name: {"latency": {}} for name in values},
        {name: Variant.named(name) for name in values}, {}, DecisionSpec(), WorkloadSpec(),
        uncertainty=0.2, seed=0,
    )  # fmt: skip
    assert result is not None
    return result
