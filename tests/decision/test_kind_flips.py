"""Turning points of the shares of kinds, beside those of the strata."""

from __future__ import annotations

import numpy as np
import pytest

from workbench.costing import Cost
from workbench.decision import decide
from workbench.decision.flips import PointModel
from workbench.decision.shares import cell_flips
from workbench.evaluation.statistics.raking import rake
from workbench.evaluation.summary import summarise
from workbench.evaluation.table import tables
from workbench.experiment.decision import DecisionSpec, WorkloadSpec
from workbench.experiment.variant import Variant
from workbench.types import Question, Score

STRATA, KINDS = ["reworded", "unseen"], ["factoid", "why_how"]
CELLS = np.array([[40.0, 10.0], [20.0, 30.0]])
# Retrieval is the better one on facts, tuning on reasons: (strata, kinds, variants).
MEANS = np.array([[[0.8, 0.5], [0.3, 0.6]], [[0.7, 0.4], [0.2, 0.6]]])


def test_beyond_a_turning_share_the_named_variant_wins_and_before_it_the_first_one() -> None:
    now = PointModel(("rag", "fine_tuned"), np.array([0.6, 0.5]), (None, None), 0.0, 1.0, 0.0)
    shares = np.array([0.5, 0.5]), np.array([0.8, 0.2])
    matches = cell_flips(CELLS, MEANS, shares, (STRATA, KINDS), now, "rag")
    flips = {(item["quantity"], item["above"]): item for item in matches}
    turn = flips["share_kind_why_how", True]
    assert turn["winner"] == "fine_tuned" and turn["now"] == 0.2
    assert flips["share_kind_factoid", False]["at"] == pytest.approx(1 - turn["at"], abs=0.011)
    for step, winner in ((-0.01, 0), (0.01, 1)):
        part = turn["at"] + step
        pooled = np.tensordot(rake(CELLS, shares[0], np.array([1 - part, part])), MEANS, 2)
        assert int(pooled.argmax()) == winner


def test_a_verdict_under_shares_of_kinds_is_said_with_its_turning_point() -> None:
    rng = np.random.default_rng(3)
    questions, scores = [], []
    for k in range(240):
        kind = KINDS[k % 2]
        questions.append(Question(f"q{k}", "?", ("x",), stratum=STRATA[k // 2 % 2],  # type: ignore[arg-type]
                                  kind=kind, cluster=f"s{k // 8}"))  # type: ignore[arg-type]  # fmt: skip
        for name, good in (("rag", "factoid"), ("fine_tuned", "why_how")):
            value = np.clip((0.8 if kind == good else 0.2) + rng.normal(0, 0.1), 0, 1)
            scores.append(Score(f"q{k}", name, "f1", float(value)))
    names = ["rag", "fine_tuned"]
    costs = {name: Cost("USD", 0.0, 0.0, 1e-4, 0.0, per_month=1.0) for name in names}

    def verdict(factoid: float) -> dict:
        work = WorkloadSpec(strata={"reworded": 0.5, "unseen": 0.5},
                            kinds={"factoid": factoid, "why_how": 1 - factoid})  # fmt: skip
        results = summarise(questions, [], scores, variants=list(map(Variant.named, names)),
                            mix=work.strata, kind_mix=work.kinds)  # fmt: skip
        table = tables(questions, scores, names, work.kinds)["f1"]
        traits = {name: Variant(name) for name in names}
        return decide(results, table, traits, costs, DecisionSpec(), work)

    assert verdict(0.9)["variant"] == "rag" and verdict(0.1)["variant"] == "fine_tuned"
    result = verdict(0.9)
    turn = next(item for item in result["flip_points"] if item["quantity"] == "share_kind_factoid")
    assert turn["winner"] == "fine_tuned" and not turn["above"]
    assert "fewer than" in turn["sentence"] and "factoid ones (now 90%)" in turn["sentence"]
    assert verdict(turn["at"] - 0.15)["leader"] == "fine_tuned"
    assert any("factoid" in item for item in result["would_change"])
    assert result["confidence"] == 1.0
