"""What each lever adds with the other off and on, and what the end of the scale makes of it."""

from __future__ import annotations

import numpy as np
import pytest

from workbench.evaluation.levers import levers
from workbench.evaluation.table import Table
from workbench.experiment.variant import Variant
from workbench.wording import text

CELLS = ("prompt_only", "rag", "fine_tuned", "fine_tuned_rag")


def crossed(*means: float, noise: float = 0.0) -> dict:
    """The levers of four variants with these means over 120 questions of 24 sections."""
    rng = np.random.default_rng(0)
    n = 120
    values = np.clip(np.array(means) + rng.normal(0, noise, (n, 4)), 0, 1)
    table = Table(
        "f1", tuple(f"q{k}" for k in range(n)), CELLS, values, np.ones((n, 4), bool),
        tuple(f"s{k // 5}" for k in range(n)), (None,) * n, ("factoid",) * n,
    )  # fmt: skip
    shown = dict(zip(CELLS, ("Prompt", "RAG", "Tuned", "Hybrid"), strict=True))
    result = levers(table, list(map(Variant.named, CELLS)), shown, None, 0.95, 0)
    assert result is not None
    return result


def test_simple_effects_are_the_four_differences() -> None:
    result = crossed(0.1, 0.7, 0.5, 0.75)
    expected = {"tuning_alone": 0.4, "tuning_with_retrieval": 0.05,
                "retrieval_alone": 0.6, "retrieval_with_tuning": 0.25}  # fmt: skip
    for part, value in expected.items():
        assert result[part]["difference"] == pytest.approx(value)
    told = " ".join(map(text, result["statements"]))
    assert "Tuning adds +40.0 points without retrieval and +5.0" in told


def test_at_the_ceiling_part_of_the_interaction_is_said_to_be_the_scale() -> None:
    """.05 + .85 + .45: the sum of both is 1.25, so a quarter of a point is the scale's end."""
    result = crossed(0.05, 0.9, 0.4, 0.95)
    assert result["interaction"]["difference"] == pytest.approx(-0.3)
    assert result["additive"] == pytest.approx(1.25)
    assert result["forced"] == pytest.approx(-0.25)
    assert "would reach 125.0 of 100 points" in result["sentence"]
    assert "Loftus 1978" in result["sentence"]


def test_at_the_floor_too_and_in_between_nothing_is_forced() -> None:
    floor = crossed(0.5, 0.2, 0.1, 0.05)
    assert floor["additive"] == pytest.approx(-0.2) and floor["forced"] == pytest.approx(0.2)
    free = crossed(0.1, 0.5, 0.3, 0.6, noise=0.02)
    assert free["forced"] == 0.0 and "Loftus" not in free["sentence"]


def test_they_rest_on_the_questions_that_all_four_have() -> None:
    values = crossed(0.1, 0.7, 0.5, 0.75, noise=0.05)
    gap = values["tuning_with_retrieval"]["difference"] - values["tuning_alone"]["difference"]
    assert gap == pytest.approx(values["interaction"]["difference"])
