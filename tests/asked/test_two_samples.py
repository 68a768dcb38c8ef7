"""The tests that tell two samples apart: wrong as often as they say, and right where it counts."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from workbench.asked.drift import FEWEST, MOST, Side, drift
from workbench.asked.two_samples import energy_p, forms_p, moved_median, moved_share

FORMS = ("who", "what", "when", "how_many")


def side(rng: np.random.Generator, count: int, centre: np.ndarray, **changes: object) -> Side:
    """Questions about the topics of ``centre``, with traits of one distribution."""
    topics = rng.integers(0, len(centre), count)
    vectors = centre[topics] + 0.6 * rng.normal(size=(count, centre.shape[1]))
    vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    own = Side(
        vectors, [FORMS[n] for n in rng.integers(0, 4, count)], rng.poisson(9, count).tolist(),
        rng.poisson(0.5, count).tolist(), rng.poisson(0.2, count).tolist(),
        rng.beta(5, 3, count).astype(np.float32), [f"section {topic}" for topic in topics],
        (rng.random(count) < 0.1).tolist(), facts=[f"f{n}" for n in range(count)],
        answerable=[True] * count,
        parts={"stratum": [("reworded", "unseen")[topic % 2] for topic in topics]},
    )  # fmt: skip
    return replace(own, **changes)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def centre() -> np.ndarray:
    return np.random.default_rng(7).normal(size=(12, 16))


def test_one_distribution_is_called_two_in_five_of_a_hundred(centre: np.ndarray) -> None:
    rng = np.random.default_rng(0)
    p = [
        energy_p(side(rng, 40, centre).vectors, side(rng, 60, centre).vectors, seed, dealt=199)
        for seed in range(400)
    ]
    # 20 are expected of 400; 5 to 35 hold all but one in a thousand such counts.
    assert 5 <= sum(value <= 0.05 for value in p) <= 35
    assert 0.4 < float(np.mean(p)) < 0.6


def test_another_distribution_is_found(centre: np.ndarray) -> None:
    rng = np.random.default_rng(1)
    other = side(rng, 60, np.roll(centre, 3, axis=1)).vectors
    assert energy_p(side(rng, 40, centre).vectors, other) <= 0.002
    assert forms_p(["who"] * 30, ["how"] * 30) == pytest.approx(0.001)
    assert forms_p(["who"] * 3, ["who"] * 9) is None


def test_forms_are_dealt_as_scipy_deals_them() -> None:
    from scipy.stats import PermutationMethod, chi2_contingency

    first, second = ["who"] * 9 + ["why"] * 3 + ["how"], ["who"] * 5 + ["why"] * 7 + ["when"]
    how = PermutationMethod(n_resamples=999, rng=np.random.default_rng(1))
    table = np.array([[9, 3, 1, 0], [5, 7, 0, 1]])
    theirs = chi2_contingency(table, correction=False, method=how).pvalue
    assert forms_p(first, second) == pytest.approx(theirs, abs=0.05)


def test_all_that_is_looked_at_together_is_seldom_wrong(centre: np.ndarray) -> None:
    rng = np.random.default_rng(2)
    found = [drift(side(rng, 40, centre), side(rng, 60, centre), seed=seed) for seed in range(12)]
    # At most one of 12 is expected; more than 4 come twice in ten thousand times.
    assert sum(item.state == "moved" for item in found) <= 4
    assert 0.02 < float(np.mean([item.unlike for item in found])) < 0.12


def test_what_moved_is_named_with_what_to_add(centre: np.ndarray) -> None:
    rng = np.random.default_rng(3)
    exam = side(rng, 60, centre)
    usual, other = side(rng, 60, centre[1::2]), side(rng, 40, -centre[:1])
    low = np.full(40, 0.05, np.float32)
    asked = Side(
        np.concatenate([usual.vectors, other.vectors]), [*usual.forms, *["why"] * 40],
        [*usual.words, *other.words], [*usual.names, *other.names],
        [*usual.numbers, *other.numbers],
        np.concatenate([usual.evidence, low]),  # type: ignore[list-item]
        [*usual.near, *["12. Pay"] * 40], [*(usual.refused or ()), *[True] * 40],
        texts=[*[""] * 60, *[f"Why is it {n}?" for n in range(40)]],
    )  # fmt: skip
    found = drift(exam, asked)
    moved = {item.what for item in found.looked if item.moved}
    assert found.state == "moved" and {"meaning", "forms", "evidence", "refused"} <= moved
    assert found.unlike is not None and 0.38 < float(found.unlike) < 0.55
    first = found.groups[0]
    assert first.count >= 35 and first.near == "12. Pay" and first.found is False
    assert first.form == "why" and len(first.examples) == 3
    weighs = {item.name: item.weighs for item in found.weighed}
    assert weighs == {"unseen": "more", "reworded": "less"}


def test_too_few_say_nothing_and_too_many_are_drawn(centre: np.ndarray) -> None:
    rng = np.random.default_rng(4)
    few = drift(side(rng, 60, centre), side(rng, FEWEST - 1, centre))
    assert (few.state, few.looked, few.asked) == ("few", (), FEWEST - 1)
    # Wordings of one fact are one question.
    assert drift(side(rng, 60, centre, facts=["f"] * 60), side(rng, 60, centre)).state == "few"
    many = drift(side(rng, 40, centre), side(rng, MOST + 50, centre))
    assert (many.asked, many.drawn) == (MOST + 50, MOST)


def test_intervals_of_what_moved_are_the_textbooks() -> None:
    # Newcombe 1998, table II: 56/70 less 48/80 is .2 [.0524, .3339] (method 10).
    value, low, high = moved_share((48, 80), (56, 70), 0.95)
    assert (value, low, high) == pytest.approx((0.2, 0.0524, 0.3339), abs=5e-5)
    value, low, high = moved_median([1.0] * 20, [3.0] * 20, 0.95)
    assert (value, low, high) == (2, 2, 2)
