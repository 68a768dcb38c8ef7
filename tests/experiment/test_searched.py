"""Lists and ranges in the place of a tuning's values: set aside, read back, refused in words."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from workbench.experiment import Experiment
from workbench.experiment.candidates import as_it_is, combinations, each_method
from workbench.experiment.searching import Span
from workbench.experiment.tuning import TuningSpec

QWEN = "Qwen/Qwen2.5-0.5B-Instruct"


def experiment(**changes: Any) -> Experiment:
    values = {
        "purpose": "Answer questions about the house.",
        "name": "house",
        "corpus": "handbook.md",
        **changes,
    }
    return Experiment(**values)


def test_what_stands_first_takes_the_place_of_a_list_and_all_of_it_is_searched() -> None:
    made = experiment(tuning={"learning_rate": ["1e-4", 1e-3], "lora": {"r": [4, 8], "alpha": 8}})
    tuning = made.tuning
    assert (tuning.learning_rate, tuning.lora.r, tuning.lora.alpha) == (1e-4, 4, 8)
    assert tuning.search is not None
    assert tuning.search.over == {"learning_rate": (1e-4, 1e-3), "lora.r": (4, 8)}
    assert combinations(tuning) is not None and len(combinations(tuning) or ()) == 4
    assert as_it_is(tuning) == {"learning_rate": 1e-4, "lora.r": 4}
    assert Experiment.from_yaml(made.to_yaml()) == made


def test_a_range_is_searched_from_its_middle() -> None:
    made = TuningSpec(learning_rate={"low": 1e-5, "high": 1e-3, "log": True})  # type: ignore[arg-type]
    assert made.learning_rate == 1e-4 and combinations(made) is None
    assert made.search is not None and isinstance(made.search.over["learning_rate"], Span)


def test_methods_that_are_searched_have_each_their_own_rate_on_each_kind_of_model() -> None:
    made = experiment(model=QWEN, tuning={"method": ["lora", "full"]})
    rates = {t.method: t.learning_rate for t in each_method(made.tuning, QWEN)}
    assert rates == {"lora": 3e-4, "full": 3e-5}
    own = experiment(model=QWEN, tuning={"method": ["lora", "full"], "learning_rate": 1e-3})
    assert {t.learning_rate for t in each_method(own.tuning, QWEN)} == {1e-3}


def test_an_experiment_without_a_list_says_nothing_of_searches_or_seeds() -> None:
    dumped = experiment().tuning.model_dump()
    assert "search" not in dumped and "seeds" not in dumped


@pytest.mark.parametrize(
    ("tuning", "said"),
    [
        ({"learning_rate": []}, "learning_rate is an empty list"),
        ({"learning_rate": [1e-4, "fast"]}, "tuning.learning_rate: .*number.*'fast'"),
        ({"method": ["lora", "magic"]}, "tuning.method: .*'magic'"),
        ({"epochs": {"low": 5, "high": 2}}, "a range runs upwards"),
        ({"learning_rate": {"low": 0, "high": 1, "log": True}}, "begins above 0"),
        ({"search": {"trials": 3}}, "nothing to try"),
        ({"search": {"over": {"colour": ["red"]}}}, "tuning.colour is no setting"),
        ({"search": {"over": {"lora": [1, 2]}}}, "tuning.lora is no setting"),
        ({"search": {"over": {"epochs.r": [1, 2]}}}, "tuning.epochs.r is no setting"),
        ({"search": {"over": {"seeds": [1, 2]}}}, "tuning.seeds is no setting"),
        ({"search": {"over": {"epochs": 3}}}, "epochs names no values"),
        ({"search": {"sampler": "grid"}, "epochs": {"low": 1, "high": 9}}, "a grid needs lists"),
        ({"method": ["lora", "prefix"], "gradient_checkpointing": True}, "method: prefix"),
    ],
)
def test_what_cannot_be_searched_is_a_sentence(tuning: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        experiment(tuning=tuning)


def test_all_that_are_searched_are_given_the_same_effort() -> None:
    own = {"name": "fine_tuned", "tuning": {"epochs": [1, 2], "search": {"trials": 30}}}
    with pytest.raises(ValidationError, match="sought harder than another"):
        experiment(tuning={"epochs": [1, 2]}, variants=["rag", "raft", own])


def test_all_that_are_tuned_are_trained_as_often() -> None:
    own = {"name": "fine_tuned", "tuning": {"epochs": 2}}
    made = experiment(tuning={"seeds": 3}, variants=["rag", own])
    assert made.variants[1].tuning is not None and made.variants[1].tuning.seeds == 3
    assert Experiment.from_yaml(made.to_yaml()) == made
    with pytest.raises(ValidationError, match="write seeds once"):
        twice = {"name": "fine_tuned", "tuning": {"seeds": 2}}
        experiment(tuning={"seeds": 3}, variants=["rag", twice])


def test_chosen_tunings_take_the_place_of_what_was_searched() -> None:
    made = experiment(tuning={"epochs": [1, 2]}, variants=["rag", "fine_tuned", "raft"])
    one, two = TuningSpec(epochs=1), TuningSpec(epochs=2)
    same = made.tuned_as({"fine_tuned": two, "raft": two})
    assert same.tuning == two and all(variant.tuning is None for variant in same.variants)
    apart = made.tuned_as({"fine_tuned": two, "raft": one})
    assert apart.tuning == two and apart.variants[2].tuning == one
    assert apart.tuned_as({"fine_tuned": two, "raft": one}) == apart
