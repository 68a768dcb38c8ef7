"""What an experiment says of preferences: read back, told apart, refused in words."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from workbench.errors import WorkbenchError
from workbench.experiment import Experiment
from workbench.experiment.identity import Resolved, resolve
from workbench.experiment.preferences import PreferenceSpec
from workbench.experiment.tuning import TuningSpec
from workbench.stages.plan import RunPlan
from workbench.stages.refusals import check_policy
from workbench.tuning import refusals
from workbench.tuning.refusals import check_tuning
from workbench.types import ModelReference


def experiment(folder: Path, preferences: Any, **changes: Any) -> Experiment:
    (folder / "text.md").write_text("# One\n\nThe miller kept the bridge.\n", "utf-8")
    own = {"name": "preferring", "context": "none", "tuning": {"preferences": preferences}}
    return Experiment(
        purpose="Answer questions about the mill.", name="mill", corpus=str(folder / "text.md"),
        model="smollm2", variants=["prompt_only", "fine_tuned", own], **changes,
    )  # fmt: skip


def test_a_method_alone_is_enough_and_brings_its_own_values(tmp_path: Path) -> None:
    made = experiment(tmp_path, "rloo")
    own = made.variants[2].tuning
    assert own is not None and own.preferences is not None
    assert (own.preferences.method, own.preferences.beta) == ("rloo", 0.05)
    assert Experiment.from_yaml(made.to_yaml()) == made


def test_a_tuning_without_them_is_what_it_was() -> None:
    assert "preferences" not in TuningSpec().model_dump()
    assert TuningSpec(preferences="dpo").supervised.digest() == TuningSpec().digest()  # type: ignore[arg-type]


def test_values_can_be_searched_and_sources_are_no_search() -> None:
    spec = TuningSpec(preferences={"beta": [0.1, 0.5], "pairs": ["references", "judge"]})  # type: ignore[arg-type]
    assert spec.search is not None and spec.search.over == {"preferences.beta": (0.1, 0.5)}
    assert spec.preferences is not None and spec.preferences.pairs == ("references", "judge")
    tried = spec.with_values({"preferences.beta": 0.5})
    assert tried.preferences is not None and tried.preferences.beta == 0.5


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"method": "ppo"}, "Input should be 'dpo', 'orpo'"),
        ({"method": "dpo", "reward": "reward_model"}, "a reward model is for grpo and rloo"),
        ({"pairs": "labels"}, "name the file in preferences.labels"),
        ({"labels": "a.jsonl"}, "add labels to preferences.pairs"),
        ({"method": "grpo", "pairs": "labels", "labels": "a"}, "take reward: reward_model"),
        ({"pairs": ["judge", "judge"]}, "each source once"),
        ({"method": "kto", "batch": 1}, "batch is 2 at least"),
        ({"samples": 1}, "greater than or equal to 2"),
    ],
)
def test_what_does_not_fit_is_refused(values: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        PreferenceSpec(**values)


def test_pairs_of_a_judge_need_one(tmp_path: Path) -> None:
    with pytest.raises(ValidationError, match="no judge is named"):
        experiment(tmp_path, {"pairs": "judge"})
    experiment(tmp_path, {"pairs": "judge"}, judge="some/judge-7B")


def test_a_judge_of_pairs_is_part_of_the_run_and_needs_leave(tmp_path: Path) -> None:
    far = {"model": "judge", "endpoint": "https://example.com/v1"}

    def made(**changes: Any) -> Resolved:
        values = {"judge": "some/judge-7B", **changes}
        return resolve(experiment(tmp_path, {"pairs": "judge"}, **values))

    assert made().run_id != made(judge="some/judge-8B").run_id
    assert made().run_id == made(judge={"model": "some/judge-7B", "sample": 3}).run_id
    # One that reads the answers alone leaves them as they are.
    plain = [resolve(experiment(tmp_path, "dpo", judge=name)) for name in ("a/b-7B", "a/b-8B")]
    assert plain[0].run_id == plain[1].run_id
    check_policy(RunPlan(made(judge=far, text_may_leave_this_machine=True)))
    with pytest.raises(WorkbenchError, match="would leave this machine"):
        check_policy(RunPlan(made(judge=far)))


def test_probes_are_for_those_who_write(tmp_path: Path) -> None:
    assert "refusal_probes" not in experiment(tmp_path, "dpo").model_dump()
    with pytest.raises(ValidationError, match="less than or equal to 24"):
        experiment(tmp_path, "dpo", refusal_probes=25)
    with pytest.raises(ValidationError, match="refusal_probes out"):
        Experiment(
            purpose="Sort messages by label.", name="sorted",
            questions={"labels": str(tmp_path / "labels.csv")}, refusal_probes=3,
        )  # type: ignore[call-arg]  # fmt: skip


def test_the_labels_count_by_what_they_say_and_must_be_there(tmp_path: Path) -> None:
    labels = tmp_path / "pairs.jsonl"
    own = {"pairs": "labels", "labels": str(labels)}
    with pytest.raises(WorkbenchError, match=r"pairs\.jsonl does not exist"):
        resolve(experiment(tmp_path, own))
    labels.write_text('{"prompt": "q", "chosen": "a", "rejected": "b"}\n', "utf-8")
    first = resolve(experiment(tmp_path, own)).run_id
    moved = tmp_path / "moved.jsonl"
    moved.write_bytes(labels.read_bytes())
    assert resolve(experiment(tmp_path, {**own, "labels": str(moved)})).run_id == first
    moved.write_text('{"prompt": "q", "chosen": "c", "rejected": "b"}\n', "utf-8")
    assert resolve(experiment(tmp_path, {**own, "labels": str(moved)})).run_id != first


@pytest.mark.parametrize(
    ("tuning", "model", "said", "way_out"),
    [
        ({}, {"name": "reader"}, "read scores off an output layer", "smollm2"),
        ({"method": "ia3"}, {}, "tune a LoRA adapter further, and IA3", "lora or qlora"),
        ({"processes": 2}, {}, "tuning.processes is 2", "processes"),
        ({}, {"task": "classify"}, "is to name labels", "Leave"),
    ],
)
def test_what_cannot_be_preferred_is_one_sentence(
    tuning: dict[str, Any], model: dict[str, Any], said: str, way_out: str
) -> None:
    spec = TuningSpec(preferences="dpo", **tuning)
    with pytest.raises(WorkbenchError, match=said) as error:
        refusals.check_preferences(spec, ModelReference(**{"name": "m", **model}), "IA3")
    assert way_out in error.value.hint


def test_after_qlora_they_are_taken_or_its_package_is_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    spec = TuningSpec(method="qlora", preferences="dpo")  # type: ignore[arg-type]
    there = {"trl", "bitsandbytes"}
    monkeypatch.setattr(refusals, "find_spec", lambda name: name if name in there else None)
    check_tuning(spec, ModelReference("m"))
    there.remove("bitsandbytes")
    with pytest.raises(WorkbenchError, match="QLoRA needs the package bitsandbytes"):
        check_tuning(spec, ModelReference("m"))


def test_without_trl_the_command_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(refusals, "find_spec", lambda name: None)
    with pytest.raises(WorkbenchError, match="needs the package trl") as error:
        check_tuning(TuningSpec(preferences="dpo"), ModelReference("m"))  # type: ignore[arg-type]
    assert "pip install 'rag-finetune-workbench[preferences]'" in error.value.hint
