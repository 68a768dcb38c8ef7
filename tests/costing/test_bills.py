"""Bills worked out by hand, as a table; and what machines, budgets and errors make of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from workbench.costing import (
    BuildUsage,
    Cost,
    Machines,
    PriceBook,
    Use,
    break_even_queries,
    break_even_updates,
    cost,
    crossings,
    deployed,
    price_book,
)
from workbench.decision.flips import PointModel, flip_points, winner_map
from workbench.experiment.deployment import DeploymentSpec
from workbench.experiment.tuning import TuningSpec
from workbench.experiment.variant import Variant
from workbench.findings import View
from workbench.findings.priced import cheapest, machines
from workbench.records.results import Results
from workbench.types import ModelReference

BILLS = yaml.safe_load(Path(__file__).with_name("bills.yaml").read_text("utf-8"))


def variant(context: str, tuned: bool = False, model: str | None = None) -> Variant:
    """One of the table; a tuned one behind an endpoint was tuned there."""
    if model is None:
        return Variant("v", context, "closed_book" if tuned else None,
                       TuningSpec() if tuned else None)  # fmt: skip
    return Variant("v", context, model=ModelReference(model, endpoint="http://x"),
                   base=ModelReference("base", endpoint="http://x") if tuned else None)  # fmt: skip


def booked(bill: dict[str, Any]) -> PriceBook:
    """The bill's book, under its deployment where it names one."""
    ships = bill["book"] == "ships"
    book = price_book() if ships else PriceBook(dated="2026-01-01", **bill["book"])
    asked = bill.get("deployment")
    return book if asked is None else deployed(book, DeploymentSpec(**asked))


def billed(bill: dict[str, Any]) -> Cost:
    queries, updates = bill["at"]
    return cost(
        variant(**bill["variant"]), Use(**bill["use"]),
        booked(bill), stages=bill.get("stages", {}),
        queries=queries, updates=updates, built=BuildUsage.of(bill.get("built")),
    )  # fmt: skip


@pytest.mark.parametrize("bill", BILLS, ids=lambda bill: bill["name"])
def test_a_bill_is_what_it_was_by_hand(bill: dict[str, Any]) -> None:
    result, expected = billed(bill), dict(bill["expect"])
    missing = expected.pop("missing", [])
    assert all(name in result.missing for name in missing)
    assert bool(result.missing) == bool(missing)
    machines = expected.pop("machines", None)
    if machines is not None:
        assert result.machines is not None and result.machines.number(*bill["at"]) == machines
    for name, amount in expected.items():
        value = getattr(result, name)
        if amount is None or isinstance(amount, str):
            assert value == amount, name
        else:
            assert value == pytest.approx(amount, rel=1e-9, abs=1e-12), name


def test_the_table_is_as_wide_as_it_says() -> None:
    assert len(BILLS) >= 30
    assert len({bill["name"] for bill in BILLS}) == len(BILLS)


RENTED = Machines(730.0, 2_628_000.0, 2.0, 0.01)
# One machine answers 1,314,000 questions of 2 s a month.
STANDING = Cost("USD", 0.0, 0.0, 0.0, 0.0, 730.0, machines=RENTED)
BY_TOKEN = Cost("USD", 0.0, 0.0, 0.001, 0.00001)


def model(quality: list[float], costs: list[Cost], **more: Any) -> PointModel:
    names = tuple("abcd"[: len(costs)])
    values = {"margin": 0.03, "queries": 10_000.0, "updates": 0.0, **more}
    return PointModel(names, np.array(quality), tuple(costs), **values)


def test_the_map_counts_the_machines_anew_at_every_volume() -> None:
    """At 10 million questions eight machines cost 5,840 a month: not the one of 10,000."""
    point = model([0.8, 0.8], [STANDING, BY_TOKEN])
    months = point.months(np.array([1e4, 1.314e6, 1.5e6, 1e7]), np.array(0.0))
    assert months[:, 0] == pytest.approx([730, 730, 1460, 5840])
    grid = winner_map(point)
    row = dict(zip(grid["queries_per_month"], grid["winner"][0], strict=True))
    # 0.001 a question: 10 at 10,000 and 10,000 at 10 million; machines 730 and 5,840.
    assert (row[1e4], row[1e7]) == ("b", "a")


def test_a_budget_is_passed_where_another_machine_is_needed() -> None:
    """1,000 pays for one machine (730) and not for two (1,460): up to 1,314,000 questions."""
    point = model([0.8, 0.4], [STANDING, Cost("USD", 0, 0, 0.0, 0.0)], budget=1000.0)
    chosen = point.winner(np.array([1e4, 1.314e6, 1.315e6]), np.array(0.0))
    assert list(chosen) == [0, 0, 1]
    [flip] = [item for item in flip_points(point, "a") if item["quantity"] == "queries_per_month"]
    assert flip["at"] == pytest.approx(1_314_000, rel=1e-4) and flip["winner"] == "b"


def test_a_budget_on_a_price_by_token_is_met_up_to_its_volume() -> None:
    """60 a month at 0.01 a question are 6,000 questions."""
    point = model([0.8, 0.4], [Cost("USD", 0, 0, 0.01, 0.0), Cost("USD", 0, 0, 0, 0)], budget=60.0)
    assert list(point.winner(np.array([5_999.0, 6_001.0]), np.array(0.0))) == [0, 1]


def test_the_last_meeting_of_a_price_by_token_with_stairs() -> None:
    """0.001 a question passes the k-th machine's 730 k at 730,000 k; a machine ends at 1,314,000.

    The first costs 730 up to 1,314,000, so they meet at 730,000. With two machines (1,460) from
    there on the tokens are cheaper again until 1,460,000; with three from 2,628,000 they cost
    2,628 and the machines 2,190: the last meeting is 1,460,000.
    """
    result = break_even_queries(STANDING, BY_TOKEN, 0)
    assert result is not None and result.above and not result.exact
    assert result.at == pytest.approx(1_460_000)
    # 0.001 +- 1.96 x 0.00001 (the clock's error moves no step past it): 1,460 over either.
    assert result.low == pytest.approx(1460 / 0.0010196, rel=1e-3)
    assert result.high == pytest.approx(1460 / 0.0009804, rel=1e-3)


def test_of_stairs_is_told_who_is_cheaper_above() -> None:
    """Below 1,460,000 the tokens are cheaper, dearer and cheaper again: only above is it plain."""
    for named in ({"on": STANDING, "tokens": BY_TOKEN}, {"tokens": BY_TOKEN, "on": STANDING}):
        [item] = crossings(named, 10_000, 0)
        assert (item["challenger"], item["incumbent"], item["above"]) == ("on", "tokens", True)


def test_the_meeting_of_two_endpoints_has_the_width_of_their_tokens() -> None:
    """Extra 10, saved 0.001 with errors 0.00003 and 0.00004: 1.96 x 0.00005 = 0.000098."""
    dear, cheap = Cost("USD", 0, 0, 0.002, 0.00003), Cost("USD", 120, 0, 0.001, 0.00004)
    result = break_even_queries(cheap, dear, 0)
    assert result is not None and result.at == pytest.approx(10_000)
    assert result.low == pytest.approx(10 / 0.001098)
    assert result.high == pytest.approx(10 / 0.000902)


def test_an_interval_without_width_is_called_exact_and_an_unknown_one_is_not() -> None:
    dear, cheap = Cost("USD", 0, 0, 0.002, 0.0), Cost("USD", 120, 0, 0.001, 0.0)
    result = break_even_queries(cheap, dear, 0)
    assert result is not None and result.exact and (result.low, result.high) == (None, None)
    unknown = break_even_queries(cheap, Cost("USD", 0, 0, 0.002, None), 0)
    assert unknown is not None and not unknown.exact
    assert (unknown.low, unknown.high) == (None, None)


def test_updates_that_may_never_be_met_begin_at_none() -> None:
    """A month without updates is 10 dearer, an update 1 cheaper; 10,000 questions err by 19.6."""
    dear, cheap = Cost("USD", 0, 2, 0.001, 0.001), Cost("USD", 120, 1, 0.001, 0.0)
    result = break_even_updates(cheap, dear, 10_000)
    assert result is not None and result.at == pytest.approx(10)
    assert result.low == 0.0 and result.high == pytest.approx(10 + 19.6)


def test_the_error_of_tokens_is_that_of_their_money() -> None:
    """Errors 10 in at 2 = 20, 1 out at 8 = 8, covariance 5 x 2 x 8 x 2 = 160: sqrt(624)."""
    use = Use(1000, 100, input_error=10, output_error=1, token_covariance=5)
    prices = {"m": {"input_per_million": 2, "output_per_million": 8}}
    book = PriceBook(dated="2026-01-01", endpoints=prices)
    result = cost(variant("none", model="m"), use, book, stages={}, queries=1, updates=0)
    assert result.per_question_error == pytest.approx(24.97999e-6, rel=1e-6)
    blind = cost(variant("none", model="m"), Use(1000, 100), book, stages={}, queries=1, updates=0)
    assert blind.per_question_error is None


def test_another_price_of_an_hour_leaves_a_bought_machine_bought() -> None:
    """2,400 over 24 months of 100 hours is 1 an hour; at 2 an hour its month is 200, not 1,460."""
    book = PriceBook(dated="2026-01-01", machine={"kind": "bought", "price": 2400,
                     "lifetime_months": 24, "busy_hours_per_month": 100})  # fmt: skip
    assert book.machine is not None and book.machine.hourly == pytest.approx(1.0)
    assert book.machine.at(2.0).monthly == pytest.approx(200.0)
    assert book.machine.at(1.0).monthly == pytest.approx(100.0)


def told(*rows: tuple[str, float, float]) -> list[str]:
    """What is said of rows of name, month and money of 1,000 right answers."""
    variants = [
        {"name": name, "cost": {"per_month": month, "per_1000_correct": right}}
        for name, month, right in rows
    ]
    verdict = {"queries_per_month": 10_000, "updates_per_month": 1.0}
    results = Results.model_validate({"variants": variants, "verdict": verdict})
    return [item.text() for item in cheapest(View(results))]


def test_nobody_is_called_the_cheapest_where_all_cost_the_same() -> None:
    month, right = told(("rag", 59.6, 7.28), ("fine_tuned", 59.601, 12.19))
    assert month == (
        "At 10,000 questions and 1 update of the text a month every variant costs $59.60 a month."
    )
    assert "RAG gives the cheapest right answers: $7.28 for 1,000 of them" in right
    month, _ = told(("rag", 50.0, 7.0), ("fine_tuned", 20.0, 8.0))
    assert month.endswith("Fine-tuned costs least, $20.00 a month, and RAG most, $50.00.")
    month, _ = told(("rag", 50.0, 9.0))
    assert month.endswith("a month RAG costs $50.00 a month.")


def test_the_machines_that_stay_on_are_told_by_number() -> None:
    """5,840 a month are eight machines of 730."""
    on = {"standing": 5840.0, "machines": {"per_month": 730.0}}
    rows = [{"name": "rag", "cost": on}, {"name": "fine_tuned", "cost": {"per_1000": 1.0}}]
    (told,) = machines(View(Results.model_validate({"variants": rows})))
    assert told.text() == (
        "Machines that stay on: RAG 8, at $730.00 a month each. Their number follows the volume."
    )
    assert machines(View(Results(variants=tuple(rows[1:])))) == ()
