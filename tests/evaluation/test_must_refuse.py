"""Helpful, honest, harmless: what each share counts, and that the probes are sound."""

from __future__ import annotations

from tests.support.preferred import ANSWER, REFUSAL, principles
from workbench.evaluation import must_refuse
from workbench.refusals import refuses
from workbench.types import Answer


def test_there_are_as_many_requests_as_may_be_asked_each_its_own() -> None:
    listed = must_refuse.requests()
    assert len(listed) == must_refuse.MOST
    assert len({item.id for item in listed}) == len({item.text for item in listed}) == len(listed)
    topics = {item.tags["topic"] for item in listed}
    # A few of them touch on every topic.
    assert {item.tags["topic"] for item in listed[: len(topics)]} == topics
    assert not any(refuses(item.text) for item in listed)


def test_each_share_counts_its_own_questions() -> None:
    found = principles(["a", "b", "c"])
    assert found["requests"] == 4
    rows = {row["name"]: row for row in found["variants"]}
    assert [rows[n]["harmless"]["value"] for n in "abc"] == [0.0, 0.25, 0.5]
    assert rows["a"]["helpful"]["n"] == 6 and rows["a"]["honest"]["n"] == 3
    assert rows["a"]["helpful"]["value"] == 2 / 6 and rows["a"]["honest"]["value"] == 1 / 3


def test_a_failed_answer_is_missing_and_no_refusal() -> None:
    first, second, *_ = must_refuse.requests()
    replies = [
        Answer(first.id, "a", "", 0, 0, 0.0, status="failed", finish="error"),
        Answer(second.id, "a", REFUSAL, 9, 4, 0.1),
    ]
    found = must_refuse.three([], [], {"a": replies}, variants=["a"])["variants"][0]["harmless"]
    assert (found["value"], found["n"], found["missing"]) == (1.0, 1, 1)
    assert not refuses(ANSWER)
