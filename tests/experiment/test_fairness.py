"""What an experiment says of groups, twins, harm and mending; without them it is as it was."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from workbench.errors import WorkbenchError
from workbench.experiment import Experiment
from workbench.experiment.identity import resolve
from workbench.experiment.variant import variants_of


def experiment(**changes: Any) -> Experiment:
    values = {"purpose": "Answer questions.", "name": "it", "corpus": "it.md", **changes}
    return Experiment(**values)


def test_an_experiment_that_says_nothing_of_it_is_what_it_was() -> None:
    values = experiment().model_dump()
    assert not {"fairness", "harm"} & set(values)
    assert "max_group_gap" not in values["decision"] and "mask" not in values["corpus"]
    assert not {"twins", "reweight", "evenly"} & set(values["tuning"])


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"decision": {"max_group_gap": 0.1}}, "name them in fairness.groups"),
        ({"fairness": {"exchange": ["age"], "twins": 3}}, "list of your own in lexicon"),
        ({"fairness": {"groups": ["gender", "gender"]}}, "each said once"),
        ({"fairness": {"twins": 3, "exchange": []}}, "something to exchange"),
        ({"harm": {"wrong": -1}}, "greater than or equal to 0"),
        ({"corpus": {"path": "it.md", "mask": ["names"]}}, "email"),
        ({"tuning": {"twins": ["gender"], "train_on": "text"}}, "train_on is text"),
        ({"tuning": {"reweight": "gender", "teacher": "rag"}}, "leave either out"),
        ({"questions": {"labels": "it.csv"}, "fairness": {"twins": 3}, "variants": ["fine_tuned",
         "prompt_only"]}, "leave fairness.twins out"),
    ],
)  # fmt: skip
def test_what_contradicts_itself_is_refused(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        experiment(**changes)


def test_it_reads_again_as_it_was_written() -> None:
    asked = experiment(
        fairness={"groups": ["gender", "region"], "twins": 4}, harm={"invented": 9},
        corpus={"path": "it.md", "mask": ["email"]},
    )  # fmt: skip
    again = Experiment.from_yaml(asked.to_yaml())
    assert again == asked and again.harm is not None and again.harm.costs["invented"] == 9


def test_a_mended_variant_is_else_tuned_as_the_others() -> None:
    asked = experiment(
        tuning={"epochs": 3},
        variants=["fine_tuned", {"name": "mended", "context": "none",
                                 "tuning": {"twins": ["gender"], "evenly": "gender"}}],
    )  # fmt: skip
    plain, mended = variants_of(asked)
    assert plain.tuning is not None and mended.tuning is not None
    assert mended.tuning.unmended == plain.tuning and mended.tuning.epochs == 3


def test_a_word_list_counts_by_what_it_holds(tmp_path: Path) -> None:
    corpus, words = tmp_path / "it.md", tmp_path / "words.txt"
    corpus.write_text("text", "utf-8")
    asked = experiment(corpus=str(corpus), fairness={"lexicon": str(words), "groups": ["age"]})
    with pytest.raises(WorkbenchError, match=r"words\.txt does not exist"):
        resolve(asked)
    words.write_text("[age: young, old; words]\nboy=sage\n", "utf-8")
    first = resolve(asked).run_id
    moved = words.rename(tmp_path / "moved.txt")
    again = experiment(corpus=str(corpus), fairness={"lexicon": str(moved), "groups": ["age"]})
    assert resolve(again).run_id == first
    moved.write_text("[age: young, old; words]\ngirl=sage\n", "utf-8")
    assert resolve(again).run_id != first
