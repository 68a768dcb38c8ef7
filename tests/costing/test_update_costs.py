"""What an update costs where both editions were built: measured, not taken for a whole building."""

from __future__ import annotations

from dataclasses import replace

import pytest

from workbench.costing import BuildUsage, PriceBook, Use, by_edition, cost
from workbench.costing.book import Hours, Labour
from workbench.experiment.tuning import TuningSpec
from workbench.experiment.variant import Variant

BOOK = PriceBook(dated="2026-01-01", machine={"per_hour": 3.6})
ONE = {"questions": 600.0, "index": 10.0, "adapter:fine_tuned": 1000.0}
TWO = {
    "questions:before": 600.0, "questions:written": 300.0, "questions": 6.0,
    "index:before": 10.0, "index": 2.0, "adapter:before": 1000.0,
    "adapter:anew": 900.0, "adapter:on": 100.0, "adapter:left": 1000.0,
}  # fmt: skip


def tuned(name: str, edition: str | None) -> Variant:
    return Variant(name, "none", "closed_book", TuningSpec(), adapter=name, edition=edition)


def money(of: Variant, stages: dict[str, float], book=BOOK):
    return cost(of, Use(seconds=0.5), book, stages=stages, queries=1000.0, updates=2.0,
                built=BuildUsage(train_share=1.0))  # fmt: skip


def test_of_one_edition_an_update_is_a_whole_building() -> None:
    first, again = by_edition(tuned("fine_tuned", None), ONE)
    assert first is again is ONE
    found = money(tuned("fine_tuned", None), ONE)
    assert found.fixed == found.per_update == pytest.approx(1.6)


@pytest.mark.parametrize(
    ("name", "edition", "fixed", "update"),
    [
        ("anew", None, 600 + 900, 306 + 900),
        ("on", "tuned_on", 600 + 1000, 306 + 100),
        ("left", "stale", 600 + 1000, 0),
    ],
)
def test_an_adapter_pays_for_what_became_of_it(name, edition, fixed, update) -> None:
    found = money(tuned(name, edition), TWO)
    assert found.fixed == pytest.approx(fixed / 1000)  # 3.60 an hour is a thousandth a second
    assert found.per_update == pytest.approx(update / 1000)
    parts = [part.get("per_update", 0.0) for part in found.causes.values()]
    assert sum(parts) == pytest.approx(found.per_update)


def test_a_search_pays_for_what_was_embedded_anew() -> None:
    found = money(Variant.named("rag"), TWO)
    assert (found.fixed, found.per_update) == pytest.approx((0.010, 0.002))


def test_a_search_beside_an_adapter_that_is_left_is_brought_up_to_date() -> None:
    both = replace(tuned("left", "stale"), context="retrieval")
    found = money(both, TWO)
    assert found.fixed == pytest.approx(1.610) and found.per_update == pytest.approx(0.002)


def test_nobody_is_paid_for_tuning_what_is_left_as_it_was() -> None:
    labour = Labour(per_hour=10.0, update_hours=Hours(questions=0, retrieval=0, tuning=3))
    book = BOOK.model_copy(update={"labour": labour})
    assert money(tuned("left", "stale"), TWO, book).per_update == 0
    assert money(tuned("on", "tuned_on"), TWO, book).per_update == pytest.approx(30.406)
