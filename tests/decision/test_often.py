"""How often the text may change: in money with people's hours and without, and in points lost."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from workbench import wording
from workbench.costing import Cost
from workbench.decision.flips import PointModel, flip_points, winner_map
from workbench.decision.often import losses, often
from workbench.experiment.tuning import TuningSpec
from workbench.experiment.variant import Variant

LEFT = Variant("left", "none", "closed_book", TuningSpec(), adapter="left", edition="stale")
ANEW = replace(LEFT, name="anew", adapter="anew", edition=None)
TRAITS = {"left": LEFT, "anew": ANEW, "rag": Variant.named("rag")}
RESULTS = {"editions": {"variants": [
    {"name": "rag"}, {"name": "left", "loss": {"value": 0.04}},
    {"name": "anew", "loss": {}}, {"name": "other", "loss": {"value": -0.02}},
]}}  # fmt: skip


def cost(fixed: float, update: float, question: float, people: float = 0.0) -> Cost:
    causes = {"people": {"fixed": 0.0, "per_update": people}} if people else {}
    return Cost("USD", fixed, update + people, question, 0.0, 0.0, causes=causes)


def test_a_loss_is_the_measured_one_and_none_is_made_up() -> None:
    assert losses(RESULTS) == {"left": 0.04, "other": 0.0}
    assert losses({"editions": None}) == {} == losses({})


def test_two_months_meet_with_peoples_hours_and_without() -> None:
    # A question costs the search .01 more: 100 a month. An update costs the adapter 2 and 48.
    costs = {"rag": cost(0, 0, 0.02), "anew": cost(0, 2, 0.01, people=48), "left": cost(0, 0, 0.03)}
    found = often(RESULTS, TRAITS, costs, {"rag": 0.7, "anew": 0.7, "left": 0.7}, 0.03, 10_000)
    assert set(found) == {"anew", "left"}
    assert found["anew"]["at"] == pytest.approx(100 / 50) and not found["anew"]["above"]
    assert found["anew"]["machine_at"] == pytest.approx(100 / 2)
    assert found["left"]["first"] == found["left"]["machine_first"] == "rag"
    assert found["anew"]["lasts"] is None
    # Level today; behind by 3 points when a further .75 updates were missed.
    assert found["left"]["lasts"] == pytest.approx(1.75)
    behind = often(RESULTS, TRAITS, costs, {"rag": 0.7, "anew": 0.6, "left": 0.7}, 0.03, 10_000)
    assert behind["anew"]["lasts"] == 0
    assert often({}, TRAITS, costs, {"rag": 0.7, "anew": 0.7}, 0.03, 10_000) == {}


def model(lost: float, updates: float = 2.0) -> PointModel:
    # The adapter leads by 6 points and costs half.
    return PointModel(("left", "rag"), np.array([0.76, 0.7]), (cost(0, 0, 0.01), cost(0, 0, 0.02)),
                      0.03, 10_000, updates, lost=np.array([lost, 0.0]))  # fmt: skip


def test_a_stale_adapter_loses_more_where_the_text_changes_more_often() -> None:
    plain, ageing = model(0.0), model(0.03)
    assert plain.winner(np.array(1e4), np.array(50.0)) == 0
    at = [int(ageing.winner(np.array(1e4), np.array(rate))) for rate in (0.0, 2.0, 5.0, 9.0)]
    # At 8 a month it would have missed four by now, and lost 9 points more: behind by 3.
    assert at == [0, 0, 0, 1]
    (turn,) = [
        item for item in flip_points(ageing, "left") if item["quantity"] == "updates_per_month"
    ]
    assert turn["winner"] == "rag" and turn["above"] and turn["at"] == pytest.approx(8, rel=1e-3)
    assert not [i for i in flip_points(plain, "left") if i["quantity"] == "updates_per_month"]
    shown = winner_map(ageing)
    column = shown["queries_per_month"].index(1e4)
    by_rate = dict(zip(shown["updates_per_month"], shown["winner"], strict=True))
    assert (by_rate[2.0][column], by_rate[15.0][column]) == ("left", "rag")


def test_at_the_declared_rate_nothing_moves() -> None:
    for rate in (2.0, 0.0):
        plain, ageing = model(0.0, rate), model(0.5, rate)
        assert np.array_equal(plain.here, ageing.here)
        months = np.array([rate])
        assert np.array_equal(ageing.aged(ageing.here[None], months)[0], plain.here)
    # It can lose no more than it has.
    assert model(0.5).aged(np.array([[0.76, 0.7]]), np.array([100.0]))[0].tolist() == [0.0, 0.7]


@pytest.mark.parametrize(
    ("rate", "told"),
    [(0.48, "9 weeks"), (2, "2.2 weeks"), (4.3333, "week"), (30, "day"), (10, "3 days"),
     (0.1, "10 months")],
)  # fmt: skip
def test_a_rate_is_told_as_a_period(rate: float, told: str) -> None:
    assert wording.every(rate) == told
