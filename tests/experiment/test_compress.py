"""Smaller models and teachers: what each variant is made of, and what is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from workbench.errors import WorkbenchError
from workbench.evaluation.compressed import compressed
from workbench.experiment import Experiment
from workbench.experiment.variant import twins, two_by_twos, variants_of
from workbench.models.memory import refuse_narrow_weights
from workbench.tuning import Example
from workbench.types import ModelReference, Prompt, Question
from workbench.variants.assembly import adapter_of, model_of
from workbench.variants.training_examples import as_taught

INT8 = {"weights": "int8"}


def made(*variants: Any, **changes: Any) -> Experiment:
    values = {
        "purpose": "Answer questions.",
        "name": "x",
        "corpus": __file__,
        "tuning": {"epochs": 3},
        **changes,
    }
    return Experiment(variants=["prompt_only", "rag", "fine_tuned", *variants], **values)


def spec(experiment: Experiment, name: str) -> Any:
    return next(item for item in experiment.variants if item.name == name)


def test_narrow_weights_answer_and_whole_ones_are_trained() -> None:
    asked = made({"name": "narrow", "context": "none", "tuning": {"epochs": 3}, "compress": INT8})
    narrow, whole = spec(asked, "narrow"), spec(asked, "fine_tuned")
    assert model_of(asked, narrow).quantization == "int8_weights"
    assert model_of(asked, whole).quantization == "none"
    assert adapter_of(asked, narrow) == adapter_of(asked, whole)
    known = {item.name: item for item in variants_of(asked)}
    assert known["narrow"].adapter == "fine_tuned"


def test_what_is_left_of_an_untuned_model_is_healed_on_text() -> None:
    asked = made({"name": "short", "context": "retrieval", "compress": {"blocks": 0.25}})
    plan = adapter_of(asked, spec(asked, "short"))
    assert plan is not None
    assert (plan.prune, plan.tuning.train_on, plan.tuning.epochs) == (0.25, "text", 1)
    known = {item.name: item for item in variants_of(asked)}
    assert not known["short"].needs_training_questions


def test_a_smaller_model_is_no_cell_of_the_two_by_two() -> None:
    asked = made(
        "fine_tuned_rag",
        {"name": "narrow", "context": "retrieval", "compress": INT8},
        {"name": "narrow_tuned", "context": "retrieval", "tuning": {}, "compress": INT8},
    )
    known = variants_of(asked)
    assert twins(known)["fine_tuned_rag"] == "rag"
    assert twins(known)["narrow_tuned"] == "narrow"
    assert [set(cells.values()) for cells in two_by_twos(known)] == [
        {"prompt_only", "rag", "fine_tuned", "fine_tuned_rag"}
    ]


def test_each_is_put_beside_the_variant_that_it_was_made_of() -> None:
    asked = made(
        {"name": "narrow", "context": "retrieval", "compress": INT8},
        {"name": "short", "context": "retrieval", "compress": {"blocks": 0.25}},
        {"name": "other", "context": "retrieval", "top_k": 9, "compress": INT8},
    )
    sizes = {"rag": 400, "narrow": 100, "short": 300, "other": 100}
    trained = [{"adapter": "short", "blocks": 4, "blocks_removed": 1}]
    found = compressed(variants_of(asked), sizes, trained)
    assert [(item.variant, item.whole, item.weight_share) for item in found] == [
        ("narrow", "rag", 0.25), ("short", "rag", 0.75), ("other", "", None),
    ]  # fmt: skip
    assert (found[1].blocks, found[1].blocks_removed) == (4, 1)


def test_what_a_teacher_says_is_learned_but_where_the_evidence_is_missing_on_purpose() -> None:
    asked = [
        Question(name, f"{name}?", (tree,), kind="factoid", role="train")
        for name, tree in (("a", "oak"), ("b", "elm"))
    ]
    prompt = Prompt(())
    examples = [Example(prompt, "oak"), Example(prompt, "unanswerable")]
    told = as_taught(asked, examples, {"a": "an oak tree", "b": "an elm"})
    assert [item.completion for item in told] == ["an oak tree", "unanswerable"]


@pytest.mark.parametrize(
    ("variant", "said"),
    [
        ({"tuning": {"teacher": "nobody"}}, "no variant of this run"),
        ({"tuning": {"teacher": "fine_tuned"}}, "would have to be trained itself"),
        ({"compress": {}}, "neither weights nor blocks"),
        ({"compress": {"blocks": 1}}, "less than 1"),
    ],
)
def test_what_cannot_be_is_one_sentence(variant: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        made({"name": "mine", "context": "none", **variant})


@pytest.mark.parametrize(
    ("variant", "said"),
    [
        ({"tuning": {"method": "full"}, "compress": INT8}, "cannot be trained"),
        ({"tuning": {"processes": 2}, "compress": {"blocks": 0.5}}, "trained in one process"),
    ],
)
def test_what_cannot_be_trained_so_is_said_before_anything_is_made(
    variant: dict[str, Any], said: str
) -> None:
    asked = made({"name": "mine", "context": "none", **variant})
    with pytest.raises(WorkbenchError, match=said):
        adapter_of(asked, spec(asked, "mine"))


def test_a_package_that_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("workbench.models.memory.find_spec", lambda name: None)
    with pytest.raises(WorkbenchError, match="the package torchao"):
        refuse_narrow_weights(ModelReference(quantization="int8_weights"))
    refuse_narrow_weights(ModelReference())
    with pytest.raises(WorkbenchError, match="cannot be held in nf4 from here"):
        refuse_narrow_weights(ModelReference(endpoint="https://x/v1", quantization="nf4"))


def test_older_specifications_keep_their_identity(tmp_path: Path) -> None:
    record = made().model_dump(mode="json")
    assert "compress" not in record["variants"][0]
    assert "teacher" not in record["tuning"]
