"""How much data is enough: a known law is found again, and nothing is claimed beyond its reach."""

from __future__ import annotations

import itertools
from fractions import Fraction

import numpy as np
import pytest
from numpy.typing import NDArray

from workbench.curve import nested, parse_points
from workbench.errors import WorkbenchError
from workbench.evaluation.curve import REACH, fit, learning_curve, statements
from workbench.evaluation.statistics import Design
from workbench.types import Question

FACTS = [25, 50, 100, 200]


def _law(facts: NDArray[np.float64] | float) -> NDArray[np.float64]:
    return np.asarray(0.8 - 1.5 * np.asarray(facts, dtype=float) ** -0.5)


def _columns(
    level: float, sections: int = 80
) -> tuple[list[NDArray[np.float64]], NDArray[np.float64], Design]:
    """Right and wrong by the law on the same questions, and a rival at ``level``."""
    rng = np.random.default_rng(2)
    clusters = np.repeat(np.arange(sections), 3)
    luck, theirs = rng.random(len(clusters)), rng.random(len(clusters))
    columns = [(luck < _law(n)).astype(float) for n in FACTS]
    return columns, (theirs < level).astype(float), Design.of(clusters.tolist())


def test_the_law_that_scores_follow_is_found_again() -> None:
    n = np.array(FACTS, dtype=float)
    found = fit(n, np.vstack([_law(n), np.full(4, 0.4), [0.2, 0.5, 0.9, 0.99]]))
    assert found.top[0] == pytest.approx(0.8, abs=0.01)
    assert found.power[0] == pytest.approx(0.5, abs=0.03)
    assert found.at(800.0)[0] == pytest.approx(float(_law(800)), abs=0.003)
    # The law meets 0.7 where 1.5 * n ** -0.5 is 0.1, and never 0.9.
    assert found.meets(np.array([0.7] * 3))[0] == pytest.approx(225, rel=0.03)
    assert np.isinf(found.meets(np.array([0.9] * 3))[0])
    # What does not grow stays, and no score passes the end of the scale.
    assert found.scale[1] == 0 and found.top[1] == pytest.approx(0.4)
    assert found.top[2] <= 1 and found.at(1e6)[2] <= 1


@pytest.mark.parametrize(
    ("level", "key"), [(0.95, "curve_never"), (0.55, "curve_there"), (0.74, "curve_at")]
)
def test_where_it_meets_another_is_said_with_what_is_not_known(level: float, key: str) -> None:
    columns, rival, design = _columns(level)
    record = learning_curve(FACTS, columns, rival, design, margin=0.03, level=0.95, seed=1)
    told = statements(record, "/curve", "Fine-tuned", "RAG")
    assert told[0]["key"].removesuffix("_open") == key
    meets = record["meets"]
    if key == "curve_never":
        assert meets["share"] < 0.5 and record["most"] == REACH * FACTS[-1]
    else:
        assert meets["low"] <= meets["facts"] <= record["most"]
    assert record["band"][-1]["facts"] == pytest.approx(record["most"])
    gain = record["doubling"]
    assert gain["low"] <= gain["difference"] <= gain["high"]


def test_two_points_are_no_curve() -> None:
    columns, rival, design = _columns(0.7)
    record = learning_curve(FACTS[:2], columns[:2], rival, design, margin=0, level=0.95, seed=1)
    assert "meets" not in record
    assert statements(record, "", "a", "b")[0]["key"] == "curve_too_few"


def test_parts_are_nested_and_hold_whole_sections_with_all_wordings() -> None:
    trained = [
        Question(f"{fact}-{wording}", "?", ("a",), fact=f"f{fact}", cluster=f"s{fact // 6}")
        for fact in range(48) for wording in range(3)
    ]  # fmt: skip
    parts = nested(trained, parse_points("1/8, 1/4, 1/2"), 7)
    assert [share for share, _ in parts] == [Fraction(1, 8), Fraction(1, 4), Fraction(1, 2), 1]
    assert [len(ids) for _, ids in parts] == [18, 36, 72, 144]
    for (_, smaller), (_, larger) in itertools.pairwise(parts):
        assert smaller < larger
    for _, ids in parts:
        facts = {name.partition("-")[0] for name in ids}
        assert len(ids) == 3 * len(facts), "every wording of a fact or none"
        sections = [sum(int(f) // 6 == s for f in facts) for s in range(8)]
        assert set(sections) <= {0, 6}, "six facts to a section: all or none here"
    assert nested(trained, parse_points("1/8,1/4,1/2"), 7) == parts
    with pytest.raises(WorkbenchError, match="too few to train on"):
        nested(trained[:9], parse_points("1/8,1/4,1/2"), 7)


@pytest.mark.parametrize("text", ["", "half,1", "0,1/2,1", "1/2,3/2,1", "1/2", "1/0,1/2,1"])
def test_parts_that_are_none_are_a_sentence(text: str) -> None:
    with pytest.raises(WorkbenchError, match="are no parts of the facts"):
        parse_points(text)
