"""What a search of settings says of itself: whether the best lies at the end of what was tried."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.trained import tuning_search
from workbench.evaluation.trials import statements
from workbench.wording import text

PLACES = {
    "smallest": "is the smallest that was", "largest": "is the largest that was",
    "low_end": "lies at the lower end of what was", "high_end": "lies at the upper end of what was",
}  # fmt: skip


def ends(key: str, value: Any, over: Any) -> list[str]:
    """The sentences on ends of a search whose best setting has that value."""
    found = tuning_search()
    found["tried"][0]["settings"] = {key: value}
    found["over"] = {} if over is None else {key: over}
    told = [text(item) for item in statements(found, "")]
    return [sentence for sentence in told if "widen the range" in sentence]


@pytest.mark.parametrize(
    ("value", "over", "side"),
    [
        (1e-3, [1e-4, 1e-3, 3e-4], "largest"),
        (1e-4, [1e-3, 1e-4, 3e-4], "smallest"),
        (3e-4, [1e-4, 1e-3, 3e-4], ""),
        (1e-3, [1e-3], ""),
        (1e-3, ["auto", 1e-3], ""),
        (True, [True, False], ""),
        ("cosine", ["cosine", "linear"], ""),
        # Of a range what lies in its outermost twentieth, as the range is measured.
        (9.0e-4, {"low": 1e-5, "high": 1e-3, "log": True}, "high_end"),
        (1.1e-5, {"low": 1e-5, "high": 1e-3, "log": True}, "low_end"),
        (6.0e-4, {"low": 1e-5, "high": 1e-3, "log": True}, ""),
        (31, {"low": 4, "high": 32, "log": False}, "high_end"),
        (16, {"low": 4, "high": 32, "log": False}, ""),
        (1e-3, None, ""),
    ],
)
def test_a_best_value_at_the_end_of_what_was_tried_is_told(
    value: Any, over: Any, side: str
) -> None:
    said = ends("learning_rate", value, over)
    assert len(said) == bool(side)
    if side:
        where = "below" if side in ("smallest", "low_end") else "above"
        assert said[0] == (
            f"The best learning rate, {value:.3g}, {PLACES[side]} tried: what is best may lie "
            f"{where}, so widen the range."
        )


def test_where_nothing_was_scored_no_value_is_best() -> None:
    found = tuning_search()
    found["tried"][0]["value"] = None
    assert not any("widen the range" in text(item) for item in statements(found, ""))
