"""A limit on the gap between groups rules out what is surely beyond it, and nobody silently."""

from __future__ import annotations

from typing import Any

from tests.support.decided import case, grid
from workbench.wording import text


def gap(name: str, value: float, low: float, high: float) -> dict[str, Any]:
    item = {"difference": value, "low_all": low, "high_all": high, "low": low, "high": high}
    return {"name": name, "gaps": [item]}


def decided(*rows: dict[str, Any], **parts: Any) -> dict[str, Any]:
    values = grid(n=60, rag=0.8, fine_tuned=0.4, few_shot=0.3)
    return case(values, max_group_gap=0.1, parts={"groups": {"variants": list(rows)}, **parts})


def test_only_what_is_surely_beyond_it_is_out() -> None:
    result = decided(
        gap("rag", 0.3, 0.15, 0.45), gap("fine_tuned", 0.3, 0.05, 0.5),
        gap("few_shot", 0.02, -0.03, 0.08),
    )  # fmt: skip
    assert [item["variant"] for item in result["excluded"]] == ["rag"]
    assert result["excluded"][0]["constraint"] == "max_group_gap"
    assert [item["variant"] for item in result["open_limits"]] == ["fine_tuned"]
    (told,) = result["statements"]["excluded"]
    assert "lie 30 points apart, and your limit is 10" in text(told)
    assert (
        "Your limit of 10 points between groups is not settled for Fine-tuned" in result["sentence"]
    )


def test_the_other_end_of_an_interval_counts_too() -> None:
    """The group that came out better may be the one that is served worse."""
    result = decided(gap("rag", 0.02, -0.2, 0.08), gap("fine_tuned", 0.0, -0.1, 0.1))
    assert [item["variant"] for item in result["open_limits"]] == ["rag", "few_shot"]


def test_what_could_not_be_measured_rules_nobody_out_and_is_said() -> None:
    result = decided()
    assert result["excluded"] == [] and result["variant"] == "rag"
    assert len(result["open_limits"]) == 3
    assert "No gap between groups could be measured for RAG, Fine-tuned" in result["sentence"]


def test_harm_is_told_of_who_is_in_front_and_of_the_least() -> None:
    def row(name: str, value: float) -> dict[str, Any]:
        return {"name": name, "harm": {"value": value, "low": value - 9, "high": value + 9}}

    rows = [row("rag", 200.0), row("fine_tuned", 80.0), row("few_shot", 300.0)]
    result = decided(harm={"variants": rows})
    assert "RAG does 200.0 of harm per 1,000 questions [191.0, 209.0]" in result["sentence"]
    assert "Fine-tuned the least: 80.0" in result["sentence"]
    rows[0] = row("rag", 10.0)
    assert "RAG does the least harm: 10.0" in decided(harm={"variants": rows})["sentence"]


def test_where_it_rules_out_everybody_it_says_what_would_change_that() -> None:
    result = decided(*(gap(name, 0.3, 0.15, 0.45) for name in ("rag", "fine_tuned", "few_shot")))
    assert len(result["excluded"]) == 3 and result["variant"] is None
    (told,) = (text(item) for item in result["statements"]["would_change"])
    assert told.startswith("Without the limit on gaps between groups, there would be left:")
    assert "RAG" in told and "Few-shot" in told
