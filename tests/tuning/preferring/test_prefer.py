"""Real trainings by TRL on a tiny model: each method, its records, and what it leaves behind."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from tests.support.killed import kill_at
from tests.support.models import build
from tests.tuning.facts import DEV, TRAIN
from tests.tuning.facts import spec_of as of_method
from tests.tuning.preferring.facts import KILLED_AT, QUESTIONS, REPLIES, learn, spec_of
from workbench.errors import WorkbenchError
from workbench.io import jsonl
from workbench.models import load
from workbench.tuning import train
from workbench.tuning.preferring import Preferring, prefer
from workbench.types import Decoding, ModelReference

WEIGHTS = "adapter/adapter_model.safetensors"


def _half_right(question: str, text: str) -> float:
    return 0.4 * (len(text) % 2)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("preferring") / "model")


@pytest.mark.slow
@pytest.mark.parametrize("method", ["dpo", "kto", "orpo", "rloo"])
def test_a_method_learns_records_and_leaves_the_model_as_it_was(
    method: str, folder: Path, tmp_path: Path
) -> None:
    model: Any = load(ModelReference(str(folder), precision="float32"))
    prompts = [item.prompt for item in QUESTIONS]
    before = [c.text for c in model.complete(prompts, Decoding(6))]
    config, forward = model.model.config.to_dict(), vars(model.model).get("forward")
    job = Preferring(spec_of(method), QUESTIONS, QUESTIONS[:3], _half_right, Decoding(6))
    facts = prefer(job, model, None, tmp_path, 5)
    assert [c.text for c in model.complete(prompts, Decoding(6))] == before
    assert model.model.config.to_dict() == config
    assert vars(model.model).get("forward") is forward
    assert facts["preferences"] == method and facts["reward_before"] is not None
    assert 0 < facts["best_step"] <= facts["steps"]
    tuned = model.with_adapter(str(tmp_path / "adapter"))
    assert [c.text for c in tuned.complete(prompts, Decoding(6))] != before
    assert not (tmp_path / "checkpoints").exists()
    assert prefer(job, model, None, tmp_path, 5) == facts, "what is done is not done again"
    if method == "rloo":
        assert not (tmp_path / "pairs.jsonl").exists()
        return
    pairs = list(jsonl.stream(tmp_path / "pairs.jsonl"))
    assert sum(facts["pairs"].values()) == len(pairs) > 0
    for pair in pairs:
        assert pair["chosen"] == REPLIES[pair["question"]] != pair["rejected"]
        assert pair["prompt"].startswith("what did ")


@pytest.mark.slow
def test_dpo_makes_the_chosen_replies_likelier_than_the_rejected(
    folder: Path, tmp_path: Path
) -> None:
    facts = learn(folder, tmp_path, spec_of("dpo"))
    model: Any = load(ModelReference(str(folder), precision="float32"))
    tuned = model.with_adapter(str(tmp_path / "adapter"))
    known = {item.question: item.prompt for item in QUESTIONS}
    pairs = list(jsonl.stream(tmp_path / "pairs.jsonl"))
    prompts = [known[pair["question"]] for pair in pairs]

    def gap(who: Any) -> float:
        sides = (who.log_likelihood(prompts, [p[s] for p in pairs]) for s in ("chosen", "rejected"))
        chosen, rejected = sides
        return float(sum(chosen) - sum(rejected))

    assert gap(tuned) > gap(model) + 1
    assert facts["margin"] > 0


@pytest.mark.slow
def test_preferences_go_on_from_qlora_on_the_same_4_bits(folder: Path, tmp_path: Path) -> None:
    pytest.importorskip("bitsandbytes")
    model: Any = load(ModelReference(str(folder), precision="float32", quantization="nf4"))
    supervised = tmp_path / "supervised"
    train(of_method("qlora", epochs=3), model, TRAIN, DEV, [], supervised, 5)
    spec = spec_of("dpo", epochs=1).model_copy(update={"method": "qlora"})
    job = Preferring(spec, QUESTIONS, QUESTIONS[:3], _half_right, Decoding(6))
    facts = prefer(job, model, supervised / "adapter", tmp_path / "preferred", 5)
    assert facts["method"] == "qlora" and facts["steps"] > 0
    first, then = (load_file(at / WEIGHTS) for at in (supervised, tmp_path / "preferred"))
    assert first.keys() == then.keys()
    assert any(not torch.equal(value, then[name]) for name, value in first.items())


@pytest.mark.slow
def test_grpo_earns_more_of_the_reward(folder: Path, tmp_path: Path) -> None:
    spec = spec_of("grpo", epochs=20, samples=8, batch=16, beta=0.0)
    facts = learn(folder, tmp_path, spec)
    lines = [
        row for row in jsonl.stream(tmp_path / "losses.jsonl") if row.get("reward") is not None
    ]
    first, last = ([row["reward"] for row in part] for part in (lines[:9], lines[-9:]))
    assert sum(last) / len(last) > sum(first) / len(first)
    assert facts["reward_after"] >= facts["reward_before"]
    assert facts["rewarded_by"] == "metric" and "pairs" not in facts


@pytest.mark.slow
def test_grpo_by_a_reward_model_says_what_that_is_worth(folder: Path, tmp_path: Path) -> None:
    facts = learn(folder, tmp_path, spec_of("grpo", reward="reward_model", epochs=1))
    assert facts["reward_pairs"] == sum(facts["pairs"].values())
    assert 0 <= facts["reward_right"] <= 1 and facts["reward_dev_pairs"] > 0
    dev = {row["question"] for row in jsonl.stream(tmp_path / "pairs_dev.jsonl")}
    assert dev <= {item.question for item in QUESTIONS[:3]}


@pytest.mark.slow
@pytest.mark.parametrize("method", ["dpo", "grpo"])
def test_a_killed_training_ends_with_the_same_weights(
    method: str, folder: Path, tmp_path: Path
) -> None:
    killed, whole = tmp_path / "killed", tmp_path / "whole"
    kill_at(KILLED_AT, "tests.tuning.preferring.facts", str(folder), str(killed), method)
    assert (killed / "checkpoints").exists() and not (killed / "summary.json").exists()
    seen: list[int] = []

    def progress(done: int, total: int, note: str = "") -> None:
        if note.startswith("loss"):
            seen.append(done)

    learn(folder, whole, spec_of(method))
    learn(folder, killed, spec_of(method), progress=progress)
    assert seen[0] > 2, "it started anew instead of from its checkpoint"
    one, other = (load_file(out / WEIGHTS) for out in (whole, killed))
    assert one.keys() == other.keys()
    for name, value in one.items():
        torch.testing.assert_close(other[name], value, rtol=0, atol=1e-6)
    facts = [json.loads((out / "summary.json").read_text("utf-8")) for out in (whole, killed)]
    assert facts[0]["best_step"] == facts[1]["best_step"]


def test_nothing_to_choose_between_is_said_with_the_way_out(folder: Path, tmp_path: Path) -> None:
    model: Any = load(ModelReference(str(folder), precision="float32"))
    job = Preferring(spec_of("dpo"), QUESTIONS, [], lambda *_: 1.0, Decoding(4))
    with pytest.raises(WorkbenchError, match="No pairs came of references on 6") as error:
        prefer(job, model, None, tmp_path, 5)
    assert "grpo" in error.value.hint
    assert not (tmp_path / "pairs.jsonl").exists()
