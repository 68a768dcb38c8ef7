"""Equal opportunity and equalised odds by fairlearn, held against a count of our own."""

from __future__ import annotations

import random

import pytest

from workbench.errors import WorkbenchError
from workbench.evaluation import parity as module
from workbench.evaluation.parity import parity, require_fairlearn


def rate(rows: list[tuple[str, str, str]], group: str, label: str, due: bool) -> float:
    mine = [said == label for right, said, of in rows if of == group and (right == label) == due]
    return sum(mine) / len(mine)


def test_it_is_what_counting_gives() -> None:
    pytest.importorskip("fairlearn")
    rng = random.Random(3)
    rows = [(rng.choice("abc"), rng.choice("abc"), rng.choice(["one", "two", "three"]))
            for _ in range(240)]  # fmt: skip
    found = parity(
        [*(r[0] for r in rows), "a"], [*(r[1] for r in rows), "b"], [*(r[2] for r in rows), None],
        ["a", "b", "c"],
    )  # fmt: skip
    assert len(found) == 3
    for item in found:
        gaps = {}
        for due in (True, False):
            rates = [rate(rows, group, item["label"], due) for group in ("one", "two", "three")]
            gaps[due] = max(rates) - min(rates)
        assert item["equal_opportunity"] == pytest.approx(gaps[True])
        assert item["equalised_odds"] == pytest.approx(max(gaps.values()))
        assert item["n"] == sum(right == item["label"] for right, *_ in rows)


def test_a_group_with_too_few_messages_is_no_ground_for_a_figure() -> None:
    pytest.importorskip("fairlearn")
    due, said = ["a"] * 20 + ["b"] * 20, ["a"] * 40
    assert parity(due, said, ["one"] * 19 + ["two"] + ["one"] * 20, ["a", "b"]) == []
    assert parity(due, said, ["one"] * 40, ["a", "b"]) == []


def test_it_is_said_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "find_spec", lambda name: None)
    with pytest.raises(WorkbenchError, match="fairlearn") as caught:
        require_fairlearn()
    assert "[fairness]" in str(caught.value.hint)
