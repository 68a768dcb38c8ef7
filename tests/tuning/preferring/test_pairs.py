"""Pairs are of two different replies to one training question, whatever order all came in."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from workbench.tuning.preferring import pairs as pairing
from workbench.tuning.preferring.pairs import Asked, Drawn, Pair
from workbench.types import Message, Prompt

TEXTS = st.sampled_from(
    ["Anna Pym", "anna pym.", "a red boat", "A red  boat", "", "1871", "Harrow"]
)
VALUES = st.sampled_from([0.0, 0.3, 0.6, 0.9, 1.0, None])


def asked(name: str) -> Asked:
    return Asked(name, f"{name}?", Prompt((Message("user", f"{name}?"),)), "Anna Pym")


@st.composite
def drawn(draw: st.DrawFn) -> list[Drawn]:
    listed = []
    for number in range(draw(st.integers(1, 4))):
        texts = tuple(draw(st.lists(TEXTS, min_size=1, max_size=5)))
        listed.append(Drawn(asked(f"q{number}"), texts, {text: draw(VALUES) for text in texts}))
    return listed


@given(drawn(), st.randoms())
def test_pairs_of_references_are_of_different_replies_in_any_order(
    listed: list[Drawn], luck: random.Random
) -> None:
    pairs = pairing.by_references(listed)
    known = {item.asked.question for item in listed}
    for pair in pairs:
        assert pair.question in known
        assert pairing.told(pair.chosen) != pairing.told(pair.rejected)
        item = next(item for item in listed if item.asked.question == pair.question)
        worst = item.values[pair.rejected]
        assert worst is not None and worst < pairing.WRONG
        best = item.values.get(pair.chosen)
        assert pair.chosen == item.asked.reply or (best is not None and best >= pairing.RIGHT)
    assert len(
        {(p.question, pairing.told(p.chosen), pairing.told(p.rejected)) for p in pairs}
    ) == len(pairs)
    turned = [
        Drawn(item.asked, tuple(luck.sample(item.answers, len(item.answers))), item.values)
        for item in luck.sample(listed, len(listed))
    ]
    assert pairing.by_references(turned) == pairs


@given(drawn())
def test_a_judge_that_goes_by_the_order_prefers_nothing(listed: list[Drawn]) -> None:
    assert pairing.by_judge(listed, lambda *_: "first") == []
    assert pairing.by_judge(listed, lambda *_: "same") == []


def test_a_judge_is_believed_where_it_says_the_same_in_both_orders() -> None:
    item = Drawn(asked("q"), ("1871", "a red boat"))
    longer = pairing.by_judge([item], lambda _, a, b: "first" if len(a) > len(b) else "second")
    assert longer == [Pair("q", "a red boat", "1871", "judge")]


def test_two_that_contradict_each_other_are_dropped_and_the_same_is_kept_once() -> None:
    one, other = Pair("q", "Anna", "Pym", "labels"), Pair("q", "pym.", "ANNA", "judge")
    third = Pair("q", "Anna", "1871", "labels")
    assert pairing.clean([one, other, third, third, Pair("q", "Anna", "anna!", "labels")]) == [
        third
    ]


def test_one_sided_labels_leave_out_what_is_both() -> None:
    pairs = [Pair("q", "a", "b", "labels"), Pair("q", "b", "c", "labels")]
    assert pairing.one_sided(pairs) == [("q", "a", True), ("q", "c", False)]


def test_questions_are_sampled_alike_in_any_order() -> None:
    listed = [asked(f"q{n}") for n in range(9)]
    chosen = pairing.sampled(listed, 4, 3)
    assert len(chosen) == 4 and pairing.sampled(listed[::-1], 4, 3) == chosen
    assert len(pairing.sampled(listed, None, 3)) == 9
