"""Variants by what became of what is asked for, and answers that say what is no longer so."""

from __future__ import annotations

import pytest

from workbench.evaluation.editions import by_change, is_stale
from workbench.types import Answer, Question, Score


def question(name: str, change: str, answers=("66 pounds",), before=("60 pounds",), kind="factoid"):
    tags = {"change": change, **({"before": list(before)} if before else {})}
    return Question(name, "What does a raft cost?", tuple(answers), kind=kind, cluster=f"s{name}",
                    tags=tags)  # fmt: skip


def answer(name: str, text: str, variant: str = "rag", **more) -> Answer:
    return Answer(name, variant, text, 1, 1, 0.1, **more)


@pytest.mark.parametrize(
    ("said", "stale"),
    [
        ("60 pounds", True),
        ("It costs 60 pounds.", True),
        ("The 60 Pounds", True),
        ("66 pounds", False),
        ("It was 60 pounds and is 66 pounds.", False),
        ("160 pounds", False),
        ("I do not know.", False),
        ("", False),
    ],
)
def test_a_stale_answer_holds_the_old_one_and_none_of_the_new(said, stale) -> None:
    assert is_stale(answer("a", said), question("a", "changed")) is stale


def test_of_what_is_told_no_more_the_old_answer_is_stale_and_a_refusal_is_not() -> None:
    gone = question("a", "removed", answers=(), kind="unanswerable")
    assert is_stale(answer("a", "60 pounds"), gone)
    assert not is_stale(answer("a", "unanswerable"), gone)
    assert not is_stale(answer("a", "60 pounds", status="failed", finish="error"), gone)


def test_chinese_answers_are_compared_by_character() -> None:
    asked = question("a", "changed", answers=("五文钱",), before=("三文钱",))
    assert is_stale(answer("a", "三文钱。"), asked, "zh")
    assert not is_stale(answer("a", "五文钱。"), asked, "zh")


def test_each_variant_by_change_with_what_is_missing_left_missing() -> None:
    asked = [
        question("a", "unchanged", before=()), question("b", "changed"), question("c", "changed"),
        question("d", "removed", answers=()), question("e", "unchanged", kind="behaviour"),
        Question("f", "Of one edition?", ("yes",)),
    ]  # fmt: skip
    values = {"a": 1.0, "b": 0.5, "c": None, "d": 0.0, "e": 0.0, "f": 0.0}
    scores = [Score(name, "rag", "f1", value) for name, value in values.items()]
    scores += [Score(name, "rag", "em", 0.0) for name in values]
    answers = [answer("b", "60 pounds"), answer("c", "66 pounds"), answer("d", "60 pounds")]
    (row,) = by_change(asked, scores, answers, variants=["rag"], metric="f1")
    told = {key: (row[key].get("value"), row[key].get("n")) for key in ("unchanged", "changed")}
    assert told == {"unchanged": (1.0, 1), "changed": (0.5, 1)}
    assert row["changed"]["missing"] == 1
    assert row["new"] == {}
    assert (row["stale"], row["stale_of"]) == (2, 3)


def test_a_loss_is_how_much_further_it_falls_behind_on_what_changed() -> None:
    asked = [question(f"u{n}", "unchanged", before=()) for n in range(30)]
    asked += [question(f"c{n}", ("changed", "new", "removed")[n % 3]) for n in range(10)]
    # Behind by .1 everywhere, which is the training's luck, and by .5 more on what changed.
    old = {q.id: 0.3 for q in asked}
    new = {q.id: 0.4 if q.id.startswith("u") else 0.9 for q in asked}
    scores = [Score(name, "left", "f1", value) for name, value in old.items()]
    scores += [Score(name, "anew", "f1", value) for name, value in new.items()]
    rows = by_change(asked, scores, [], variants=["left", "anew"], metric="f1",
                     beside={"left": "anew"})  # fmt: skip
    assert rows[0]["beside"] == "anew" and "loss" not in rows[1]
    assert rows[0]["loss"]["value"] == pytest.approx(0.5 * 10 / 40)
    assert rows[0]["loss"]["n"] == 40
    none = by_change(asked[:30], scores, [], variants=["left"], metric="f1",
                     beside={"left": "anew"})  # fmt: skip
    assert none[0]["loss"] == {}
