"""An experiment on labelled messages: what follows from them, and what is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from tests.support.labelled import write_messages
from workbench.experiment import Experiment
from workbench.experiment.identity import resolve
from workbench.experiment.variant import variants_of
from workbench.stages.plan import RunPlan


def experiment(path: Path, **changes: Any) -> Experiment:
    values: dict[str, Any] = {
        "purpose": "Sort the messages of the camp.",
        "name": "camp",
        "questions": {"labels": {"file": str(path)}, **changes.pop("questions", {})},
        **changes,
    }
    return Experiment(**values)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return write_messages(tmp_path / "messages.jsonl")


def test_what_is_not_said_follows_from_the_labels(path: Path) -> None:
    made = experiment(path)
    assert [variant.name for variant in made.variants] == [
        "prompt_only", "few_shot_nearest", "fine_tuned", "encoder",
    ]  # fmt: skip
    assert made.corpus.path == str(path) and not made.has_own_text and made.mix is None
    assert (made.decision.metric, made.decoding.max_new_tokens) == ("accuracy", 16)
    encoder = variants_of(made)[-1]
    assert encoder.classifies and encoder.trained and encoder.model.name == "all-MiniLM-L6-v2"
    assert encoder.tuning is not None and encoder.tuning.method == "full"
    assert encoder.tuning.learning_rate == 2e-4
    again = Experiment.from_yaml(made.to_yaml())
    assert again == made


def test_an_encoder_of_ones_own_is_described_by_its_model(path: Path) -> None:
    own = {"name": "small_one", "context": "none", "tuning": {"method": "lora"},
           "model": {"name": "some/encoder", "task": "classify"}}  # fmt: skip
    made = variants_of(experiment(path, variants=["prompt_only", "encoder", own]))[-1]
    assert made.classifies and made.model.precision == "float32"
    assert made.tuning is not None and made.tuning.learning_rate == 2e-3


def test_a_chat_model_answers_as_briefly_and_replays_nothing(path: Path) -> None:
    made = experiment(path, model="Qwen/Qwen2.5-0.5B-Instruct", tuning={"method": "ia3"})
    assert made.decoding.max_new_tokens == 16 and made.tuning.replay_share == 0
    hosted = {"name": "llama", "endpoint": "http://localhost:1"}
    names = [variant.name for variant in experiment(path, model=hosted).variants]
    assert names == ["prompt_only", "few_shot_nearest", "encoder"]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"variants": ["prompt_only", "rag"]}, "name a text in corpus"),
        ({"variants": ["prompt_only", "long_context"]}, "name a text in corpus"),
        ({"variants": ["prompt_only", "encoder", "oracle"]}, "a label has none"),
        ({"variants": ["prompt_only", "raft"]}, "a label has none"),
        ({"tuning": {"train_on": "text"}}, "trains on questions alone"),
        ({"tuning": {"replay_share": 0.2}}, "trains on questions alone"),
        ({"workload": {"kinds": {"label": 1.0}}}, "are of one kind"),
        ({"questions": {"gold": "x.jsonl"}}, "leave gold and behaviour out"),
        ({"questions": {"test": 0}}, "some rows train and some test"),
        ({"prompts": {"answer": "long"}}, "the name of a label"),
        ({"questions": {"labels": {"file": "x", "names": ["a", "A"]}}}, "differ by more than case"),
        ({"variants": ["prompt_only", {"name": "encoder", "model": {"name": "reader",
          "task": "classify"}}]}, "name an encoder"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_refused(path: Path, changes: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        experiment(path, **changes)


def test_an_encoder_without_labels_is_refused() -> None:
    with pytest.raises(ValidationError, match="this exam has none"):
        Experiment(
            purpose="Answer guests' questions.", name="house", corpus="handbook.md",
            variants=["prompt_only", "encoder"],
        )  # fmt: skip
    with pytest.raises(ValidationError, match="unknown kind 'label'"):
        Experiment(
            purpose="Answer guests' questions.", name="house", corpus="handbook.md",
            questions={"kinds": ["label"]},
        )  # fmt: skip


def test_with_a_text_of_its_own_passages_may_be_read(path: Path, tmp_path: Path) -> None:
    (tmp_path / "rules.md").write_text("# Rules\n\nTents are for sleeping.\n", "utf-8")
    made = experiment(path, corpus=str(tmp_path / "rules.md"), variants=["prompt_only", "rag"])
    assert made.has_own_text and resolve(made).experiment.has_own_text
    assert RunPlan(resolve(made)).index_inputs(_nothing()).vectors


def _nothing() -> Any:
    from workbench.engine.inputs import ArtifactReference

    return ArtifactReference(id="none", path=Path())


def test_the_run_is_known_by_what_the_file_holds_not_by_where_it_lies(
    path: Path, tmp_path: Path
) -> None:
    (tmp_path / "elsewhere").mkdir()
    copy = write_messages(tmp_path / "elsewhere" / "messages.jsonl")
    first = resolve(experiment(path))
    assert resolve(experiment(copy)).run_id == first.run_id
    copy.write_text(copy.read_text("utf-8").replace("tents", "huts"), "utf-8")
    assert resolve(experiment(copy)).run_id != first.run_id
    plan = RunPlan(first)
    assert plan.labels == ("boats", "refund", "tents") and not plan.experiment.has_own_text
    assert not plan.index_inputs(_nothing()).vectors
