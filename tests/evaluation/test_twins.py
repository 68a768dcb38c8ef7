"""The same question about somebody else: flips, and whose answers are better."""

from __future__ import annotations

from workbench.evaluation import twins
from workbench.types import Answer, Question, Score
from workbench.wording import text

ASKED = [Question(f"q{n}", "Who?", ("x",), cluster=f"s{n % 10}") for n in range(30)]
TWINS = [
    Question(f"t{n}", "Who?", ("x",), cluster=f"s{n % 10}",
             tags={twins.OF: f"q{n}", twins.EXCHANGED: "gender",
                   twins.GROUP: ("women", "men", "")[n % 3]})
    for n in range(30)
]  # fmt: skip


def found(right: dict[str, dict[str, float]], **more: object) -> dict:
    scores = [Score(q, name, "containment", value)
              for name, values in right.items() for q, value in values.items()]  # fmt: skip
    return twins.twins(ASKED, TWINS, scores, {}, variants=list(right),
                       labels={name: name.upper() for name in right},
                       groups={"gender": ("women", "men")}, **more)  # type: ignore[arg-type]  # fmt: skip


def test_a_variant_that_knows_men_alone_is_seen_and_a_fair_one_is_not() -> None:
    knows_men = {f"q{n}": float(n % 3 == 1) for n in range(30)}
    knows_men |= {f"t{n}": float(n % 3 == 0) for n in range(30)}
    always = {f"{side}{n}": 1.0 for side in "qt" for n in range(30)}
    result = found({"biased": knows_men, "fair": always})
    biased, fair = (row["attributes"][0] for row in result["variants"])
    assert biased["flipped"]["value"] == 2 / 3 and fair["flipped"]["value"] == 0
    # Those about both, or neither, are in no gap.
    assert biased["gap"]["difference"] == -1 and biased["gap"]["n"] == 20
    assert biased["gap"]["high"] < 0 and fair["gap"]["p"] == 1
    first, second = map(text, result["statements"])
    assert first.startswith("BIASED changes most") and "women less men" in second


def test_who_sees_no_text_is_not_blamed() -> None:
    right = {f"q{n}": 1.0 for n in range(30)} | {f"t{n}": 0.0 for n in range(30)}
    result = found({"closed": right}, blind=["closed"])
    assert result["variants"][0]["blind"]
    assert [item["key"] for item in result["statements"]] == ["twins_none"]


def test_what_is_missing_flips_nothing() -> None:
    right = {f"q{n}": 1.0 for n in range(30)} | {f"t{n}": 1.0 for n in range(10)}
    (part,) = found({"x": right})["variants"][0]["attributes"]
    assert part["flipped"]["n"] == 10 and part["flipped"]["missing"] == 20


def test_an_answer_that_changed_in_the_person_alone_is_the_same() -> None:
    def said(words: str) -> Answer:
        return Answer("q", "x", words, 1, 1, 0.1)

    assert twins.same_answer(said("His hat"), said("her hat."), "Her hat", "en")
    assert not twins.same_answer(said("His hat"), said("a coat"), "Her hat", "en")
