"""The luck of training in intervals: by hand, against a simulation, and nowhere uninvited."""

from __future__ import annotations

import json

import numpy as np
import pytest
from numpy.typing import NDArray

from workbench.evaluation.pooling import told
from workbench.evaluation.statistics import Design, compare, contrast, estimate, questions_needed
from workbench.evaluation.statistics.training import luck_of
from workbench.evaluation.table import tables
from workbench.evaluation.trainings import trainings
from workbench.types import Question, Score

Array = NDArray[np.float64]


def _trained(
    rng: np.random.Generator, clusters: int, each: int, spread: float, times: int
) -> Array:
    """Right or wrong, (trainings, questions): sections, questions, seeds, and each answer's own."""
    cluster = np.repeat(np.arange(clusters), each)
    base = rng.normal(0, 0.8, clusters)[cluster] + rng.normal(0, 1.2, len(cluster))
    seeds = rng.normal(0, spread, times)[:, None]
    logits = 0.4 + base + seeds + rng.normal(0, 0.8, (times, len(cluster)))
    return (1 / (1 + np.exp(-logits)) > rng.random(logits.shape)).astype(float)


def _design(clusters: int, each: int) -> Design:
    return Design.of(np.repeat(np.arange(clusters), each).tolist())


def test_the_parts_of_the_variance_are_those_of_the_formula() -> None:
    # Two sections of two questions, three trainings that differ by a constant: no noise of theirs.
    first = np.array([0.2, 0.4, 0.6, 0.4])
    each = np.vstack([first, first + 0.1, first + 0.2])
    luck = luck_of(each, _design(2, 2))
    assert luck.raw == pytest.approx(0.01 / 3) and luck.noise == pytest.approx(0)
    assert luck.variance == pytest.approx(0.01 / 3)
    # Where each training has other questions right, all of it is the questions' own noise.
    swapped = np.array([[1.0, 1, 0, 0], [0, 0, 1, 1]])
    apart = luck_of(swapped, _design(2, 2))
    assert apart.raw == pytest.approx(0) and apart.noise > 0 and apart.variance == 0


def test_one_training_changes_no_digit() -> None:
    rng = np.random.default_rng(3)
    values, other = _trained(rng, 30, 3, 0.5, 2)
    design = _design(30, 3)
    plain, stacked = estimate(values, design), estimate(values[None, :], design)
    assert plain == stacked and plain.luck is None
    assert "luck" not in told(plain) and "luck" not in told(compare(values, other, design))


def test_luck_widens_what_the_sections_alone_would_say_and_is_named() -> None:
    rng = np.random.default_rng(5)
    each = _trained(rng, 60, 3, 0.8, 3)
    design = _design(60, 3)
    alone, whole = estimate(each.mean(axis=0), design), estimate(each, design)
    assert None not in (alone.low, alone.high, whole.low, whole.high)
    assert whole.value == pytest.approx(alone.value)
    assert (whole.high or 0) - (whole.low or 0) > (alone.high or 0) - (alone.low or 0)
    assert whole.luck is not None and 0.2 < whole.luck < 1
    assert whole.method.endswith("3 trainings")


def test_two_variants_on_one_adapter_share_its_luck() -> None:
    rng = np.random.default_rng(7)
    each, design = _trained(rng, 60, 3, 0.8, 3), _design(60, 3)
    same = compare(each, each, design)
    assert same.difference == 0 and same.luck == 0
    against = compare(each, each.mean(axis=0).round(), design)
    assert against.luck is not None and against.luck > 0.2


def test_no_number_of_questions_outweighs_the_luck_of_training() -> None:
    rng = np.random.default_rng(11)
    each, design = _trained(rng, 60, 3, 1.5, 3), _design(60, 3)
    base = _trained(rng, 60, 3, 0.0, 1)[0]
    whole = contrast([each, base], (1, -1), design)
    alone = contrast([each.mean(axis=0), base], (1, -1), design)
    assert whole is not None and alone is not None and whole.luck > 0.5
    needed = questions_needed(whole, 0.03)
    few = questions_needed(alone, 0.03)
    assert few is not None and (needed is None or needed.median > few.median)


def test_a_table_holds_each_training_and_their_mean() -> None:
    questions = [Question(str(at), "?", ("a",), cluster=str(at // 2)) for at in range(6)]
    names = ["plain", "tuned"]

    def scores(name: str, right: set[int]) -> list[Score]:
        return [Score(str(at), name, "f1", float(at in right)) for at in range(6)]

    first = [*scores("plain", {0}), *scores("tuned", {0, 1, 2})]
    table = tables(questions, first, names, None, [scores("tuned", {0, 1}), scores("tuned", {5})])
    grid = table["f1"]
    assert grid.trained("plain").shape == (6,) and grid.trained("tuned").shape == (3, 6)
    assert grid.column("tuned").tolist() == pytest.approx([2 / 3, 2 / 3, 1 / 3, 0, 0, 1 / 3])
    kept = grid.rows(np.array([True, False] * 3))
    assert kept.trained("tuned").shape == (3, 3)
    told_ = trainings(grid, names, None, 0.95, 0)
    assert told_ is not None and told_["number"] == 3
    (row,) = told_["variants"]
    assert row["name"] == "tuned" and row["values"] == pytest.approx([0.5, 1 / 3, 1 / 6])
    json.dumps(told_)
    # A judge that read the first training alone says nothing of the others.
    judged = tables(questions, [Score("0", "tuned", "judged", 1.0)], names, None, [[], []])
    assert judged["judged"].trained("tuned").shape == (6,)


@pytest.mark.slow
@pytest.mark.parametrize("times", [3, 5])
@pytest.mark.parametrize("spread", [0.0, 0.3, 0.6])
def test_intervals_cover_what_other_seeds_and_sections_would_give(
    times: int, spread: float
) -> None:
    """A recipe's expected score, over sections, questions and seeds that might have been drawn."""
    rng = np.random.default_rng(times)
    clusters, each, repeats = 40, 2, 400
    design = _design(clusters, each)
    truth = float(np.mean([_trained(rng, 400, 2, spread, 50).mean() for _ in range(60)]))
    found = [estimate(_trained(rng, clusters, each, spread, times), design) for _ in range(repeats)]
    covered = np.mean([(e.low or 0) <= truth <= (e.high or 0) for e in found])
    # At the nominal level or above it; the fewer the trainings, the more is said not to be known.
    assert 0.93 <= covered <= 0.999
    narrow = [estimate(_trained(rng, clusters, each, spread, times).mean(axis=0), design)
              for _ in range(repeats)]  # fmt: skip
    alone = np.mean([(e.low or 0) <= truth <= (e.high or 0) for e in narrow])
    if spread >= 0.6:
        assert alone < 0.9, "sections alone would have been believed too much"
