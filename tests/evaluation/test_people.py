"""Preferences, grades and agreement, each against a count or a simulation worked out here."""

from __future__ import annotations

from collections import Counter
from itertools import combinations
from typing import Any

import numpy as np
import pytest
from scipy.stats import t

from benchmarks.rater_errors import coverage
from workbench.evaluation import people, rater_luck
from workbench.evaluation.bradley_terry import bradley_terry
from workbench.findings import section
from workbench.records.results import Results
from workbench.types import Question, Score

NAMES = ["fine_tuned", "prompt_only", "rag"]


def asked(count: int, per_section: int = 1) -> list[Question]:
    return [Question(f"q{n}", "Who?", ("x",), cluster=f"s{n // per_section}") for n in range(count)]


def row(question: str, first: str, second: str, label: str, rater: str = "a", **more: Any) -> Any:
    return {"question": question, "first": first, "second": second, "label": label,
            "rater": rater, **more}  # fmt: skip


def test_every_pair_comes_up_alike_and_each_first_in_half_of_the_cases() -> None:
    questions = [q.id for q in asked(24)]
    both = [people.items(questions, NAMES, rater, 2) for rater in (0, 1)]
    for listed in both:
        pairs = Counter(frozenset((item.first, item.second)) for item in listed)
        assert len(pairs) == 3 and max(pairs.values()) - min(pairs.values()) <= 2
        for pair in map(sorted, pairs):
            first = sum(item.first == pair[0] and item.second == pair[1] for item in listed)
            whole = sum({item.first, item.second} == set(pair) for item in listed)
            assert abs(first - whole / 2) <= 2
    keys = [{(i.question, frozenset((i.first, i.second))) for i in listed} for listed in both]
    assert len(keys[0] | keys[1]) == 24 * 3, "together they compare everything"
    assert len(keys[0] & keys[1]) == 24 * 3 // people.SHARED, "and a part of it both"
    alone = people.items(questions, NAMES, 0, 1)
    assert len({(i.question, frozenset((i.first, i.second))) for i in alone}) == len(alone) == 72


def test_how_many_are_needed() -> None:
    # (1.96 + 0.84)^2 / (2 asin(sqrt(.6)) - 2 asin(sqrt(.5)))^2
    assert people.needed() == 194


def test_grades_are_a_metric() -> None:
    rows = [row("q1", "rag", "fine_tuned", "first", grades={"rag": 5, "fine_tuned": 2}),
            row("q1", "rag", "fine_tuned", "first", "b", grades={"rag": 3})]  # fmt: skip
    assert people.scores(rows) == [
        Score("q1", "rag", "people", 0.75), Score("q1", "fine_tuned", "people", 0.25)
    ]  # fmt: skip


def test_two_variants_are_the_share_that_was_preferred() -> None:
    rows = [row(f"q{n}", "rag", "prompt_only", "first" if n < 30 else "second") for n in range(40)]
    cluster = {f"q{n}": f"s{n}" for n in range(40)}
    own, (pair,) = bradley_terry(rows, cluster, ["rag", "prompt_only"])
    assert (pair["first"], pair["second"], pair["n"]) == ("rag", "prompt_only", 40)
    assert pair["value"] == pytest.approx(0.75)
    assert 0.5 < pair["low"] < 0.75 < pair["high"] and pair["p"] < 0.01
    # The average of two is half way in log odds.
    assert own["rag"]["value"] == pytest.approx(3**0.5 / (1 + 3**0.5))


def test_who_always_wins_is_not_infinitely_strong() -> None:
    rows = [row(f"q{n}", "rag", "prompt_only", "first") for n in range(9)]
    _, (pair,) = bradley_terry(rows, {f"q{n}": f"s{n}" for n in range(9)}, NAMES)
    # Nine wins and half a win, of ten.
    assert pair["added"] and pair["first"] == "rag"
    assert pair["value"] == pytest.approx(0.95)
    rows = [row(f"q{n}", "rag", "prompt_only", "first") for n in range(2)]
    _, (pair,) = bradley_terry(rows, {"q0": "s0", "q1": "s1"}, NAMES)
    assert pair["low"] is None, "two sections are too few for an interval"


def test_where_nobody_chose_nothing_is_certain() -> None:
    rows = [row(f"q{n}", "rag", "prompt_only", "same") for n in range(20)]
    rows += [row(f"q{n}", "rag", "fine_tuned", "second" if n % 3 else "first") for n in range(20)]
    _, pairs = bradley_terry(rows, {f"q{n}": f"s{n}" for n in range(20)}, NAMES)
    found = {frozenset((pair["first"], pair["second"])): pair for pair in pairs}
    same = found[frozenset(("rag", "prompt_only"))]
    assert same["decided"] == 0 and same["low"] is None and same["p"] is None
    chosen = found[frozenset(("rag", "fine_tuned"))]
    assert (chosen["first"], chosen["decided"]) == ("fine_tuned", 20) and chosen["low"] is not None


def test_intervals_hold_what_they_promise_with_questions_in_sections() -> None:
    """Simulated: 20 sections with tastes of their own; the true preference is inside 19 in 20."""
    rng, inside, naive, trials = np.random.default_rng(4), 0, 0, 60
    cluster = {f"q{n}": f"s{n // 6}" for n in range(120)}
    for _ in range(trials):
        taste = rng.beta(2, 2, 20)
        rows = [row(f"q{n}", "rag", "prompt_only",
                    "first" if rng.random() < taste[n // 6] else "second")
                for n in range(120)]  # fmt: skip
        _, (pair,) = bradley_terry(rows, cluster, NAMES)
        inside += pair["low"] <= 0.5 <= pair["high"]
        _, (alone,) = bradley_terry(rows, {q: q for q in cluster}, NAMES)
        naive += alone["low"] <= 0.5 <= alone["high"]
    assert inside >= 0.9 * trials, inside
    assert naive < inside, "as if every question stood alone, it promises too much"


def test_alpha_is_observed_against_expected_disagreement() -> None:
    pytest.importorskip("krippendorff")
    units = {
        str(n): {"x": float(a), "y": float(b)}
        for n, (a, b) in enumerate(
            [(0, 1), (0, 0), (1, 1), (1, 1), (2, 2), (2, 2), (0, 0), (3, 3), (3, 2), (3, 3),
             (1, 1), (0, 0)]
        )
    }  # fmt: skip
    found = people.alpha(units, "nominal")
    values = [value for unit in units.values() for value in unit.values()]
    counts = Counter(values)
    apart = sum(unit["x"] != unit["y"] for unit in units.values()) / len(units)
    n = len(values)
    chance = sum(counts[a] * counts[b] for a, b in combinations(counts, 2)) * 2 / (n * (n - 1))
    assert found["alpha"] == pytest.approx(1 - apart / chance)
    assert found["low"] < found["alpha"] < found["high"] <= 1 and found["n"] == 12
    assert people.alpha({"1": {"x": 1.0}}, "nominal")["alpha"] is None
    alike = {"1": {"x": 1.0, "y": 1.0}, "2": {"x": 1.0, "y": 1.0}}
    assert people.alpha(alike, "nominal")["alpha"] is None, "chance could not be told"


def test_all_of_it_and_against_a_metric() -> None:
    questions = asked(12)
    rows = [
        row(f"q{n}", *(("rag", "prompt_only") if n % 2 else ("prompt_only", "rag")),
            "first" if n % 2 else "second", rater, grades={"rag": 5, "prompt_only": 2})
        for n in range(12) for rater in ("a", "b")
    ]  # fmt: skip
    rows.append(row("elsewhere", "rag", "prompt_only", "first"))
    rows.append({"question": "q1", "variant": "rag", "label": "right", "rater": "a"})
    f1 = [Score(q.id, v, "f1", float(v == "rag") if n < 9 else float(v != "rag"))
          for n, q in enumerate(questions) for v in ("rag", "prompt_only")]  # fmt: skip
    found = people.told(rows, questions, NAMES, f1)
    assert found is not None
    assert (found["raters"], found["comparisons"], found["graded"]) == (2, 24, 24)
    assert found["first_chosen"] == 0.5
    (beside,) = found["agreement"]
    assert (beside["metric"], beside["n"], beside["agreed"]) == ("f1", 12, 0.75)
    assert beside["rank"] == pytest.approx(0.5)
    rag = next(item for item in found["variants"] if item["name"] == "rag")
    assert (rag["won"], rag["lost"], rag["grade"]["value"]) == (24, 0, 1.0)
    assert people.told([rows[-1]], questions, NAMES) is None


def test_raters_who_lean_widen_what_is_said_of_others(monkeypatch: pytest.MonkeyPatch) -> None:
    """Five raters with leanings of their own: neither variant is better to people at large."""
    found = {}
    monkeypatch.setattr(people, "DRAWS", 1)
    for least in (rater_luck.LEAST, 99):
        monkeypatch.setattr(rater_luck, "LEAST", least)
        found[least] = coverage(5, 1.0, 30)
    over, alone = found.values()
    assert min(over["preferred"], over["grade"]) >= 0.8, over
    assert max(alone["preferred"], alone["grade"]) < 0.75, alone


def test_raters_alike_and_two_alone_change_nothing() -> None:
    rows = [
        row(f"q{n}", "rag", "prompt_only", "first" if n % 4 else "second", rater,
            grades={"rag": 5 if n % 3 else 2})
        for n in range(24) for rater in ("a", "b", "c")
    ]  # fmt: skip
    three, one = (
        people.told(listed, asked(24), NAMES)
        for listed in (rows, [item for item in rows if item["rater"] == "a"])
    )
    assert three is not None and one is not None
    assert three["other_raters"] and not one["other_raters"]
    # What all say alike lies in the questions, whoever is asked.
    for part in ("low", "high"):
        assert three["pairs"][0][part] == pytest.approx(one["pairs"][0][part], abs=1e-6)
        grades = [item["variants"][2]["grade"][part] for item in (three, one)]
        assert grades[0] == pytest.approx(grades[1])
    two = people.told([i for i in rows if i["rater"] != "c"], asked(24), NAMES)
    assert two is not None and not two["other_raters"]


def test_a_preference_that_several_pairs_explain_is_not_shown() -> None:
    base = {"first": "rag", "second": "prompt_only", "n": 39, "decided": 39, "value": 0.67,
            "low": 0.55, "high": 0.77}  # fmt: skip
    found = Results.model_validate({"people": {"needed": 194, "pairs": [
        {**base, "p": 0.01}, {**base, "p": 0.2}, {**base, "low": 0.4, "p": 0.3},
    ]}})  # fmt: skip
    shown, many, open_ = (item.text() for item in section(found, "people").statements[:3])
    assert "is preferred to" in shown
    assert "may be preferred" in many and "(p .200 by Holm)" in many and "155 more" in many
    assert "not shown to prefer either" in open_


def test_the_p_value_is_where_the_widened_interval_reaches_nothing() -> None:
    luck = rater_luck.RaterLuck(0.3, 4)
    p = luck.p(1.0, 0.2, 11)
    low, high = luck.widened(1.0, 1.0 - t.ppf(1 - p / 2, 11) * 0.2, 1.5, 1 - p)
    assert low == pytest.approx(0, abs=1e-9) and high is not None and high > 1.5
    assert rater_luck.RaterLuck(0.0, 4).p(1.0, 0.2, 11) == pytest.approx(2 * t.sf(5, 11))
