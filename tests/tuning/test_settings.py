"""The settings around a method: its rate, the optimiser, the schedule, the noise."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from tests.support.models import build
from tests.tuning.facts import TRAIN, spec_of
from workbench.experiment import Experiment
from workbench.experiment.tuning import METHODS, OPTIMIZER_MULTIPLES, LoraSpec, TuningSpec
from workbench.models import load
from workbench.tuning import train
from workbench.tuning.optimizers import OPTIMIZERS, SCHEDULES
from workbench.types import ModelReference

CHAT = "Qwen/Qwen2.5-0.5B-Instruct"


def experiment(**parts: Any) -> Experiment:
    return Experiment(purpose="Answer questions.", name="e", corpus="README.md", **parts)


def test_each_method_has_its_own_rate_unless_one_is_given() -> None:
    rates = {name: TuningSpec(method=name).learning_rate for name in METHODS}  # type: ignore[arg-type]
    assert rates["lora"] == 7e-4
    assert rates["full"] < rates["lora"] < rates["ia3"] <= rates["prompt"]
    assert TuningSpec(method="ia3", learning_rate=3e-4).learning_rate == 3e-4
    auto: Any = "auto"
    assert TuningSpec(method="ia3", learning_rate=auto).learning_rate == rates["ia3"]
    assert TuningSpec(optimizer="sgd").learning_rate == pytest.approx(
        7e-4 * OPTIMIZER_MULTIPLES["sgd"]
    )


def test_on_a_chat_model_the_rate_follows_its_size_and_the_method() -> None:
    # LoRA's on half a billion is 3e-4.
    assert experiment(model=CHAT).tuning.learning_rate == 3e-4
    for given in ({"method": "full"}, {"method": "full", "learning_rate": "auto"}):
        tuning = experiment(model=CHAT, tuning=given).tuning
        assert (tuning.learning_rate, tuning.epochs) == (3e-5, 3)
    assert experiment(model=CHAT, tuning=TuningSpec(method="full")).tuning.learning_rate == 3e-5
    own = {"name": "b", "context": "none", "tuning": {"method": "bitfit"}}
    variants = experiment(model=CHAT, variants=["rag", "fine_tuned", own]).variants
    assert variants[2].tuning is not None
    assert (variants[2].tuning.learning_rate, variants[2].tuning.epochs) == (1.5e-3, 3)
    # On the reader its own, and with a reader of its own too.
    plain = experiment(variants=["rag", own]).variants[1].tuning
    assert plain is not None and plain.learning_rate == METHODS["bitfit"].rate
    reader = experiment(model=CHAT, variants=["rag", {**own, "model": "reader"}]).variants[1]
    assert reader.tuning is not None and reader.tuning.learning_rate == METHODS["bitfit"].rate


def test_the_written_specification_is_read_back_as_it_was() -> None:
    own = {
        "name": "b",
        "context": "none",
        "tuning": {"method": "prefix", "prefix": {"virtual_tokens": 5}},
    }
    made = experiment(variants=["rag", own], tuning={"method": "ia3", "optimizer": "adafactor"})
    assert Experiment.from_yaml(made.to_yaml()) == made
    written = json.loads(made.model_dump_json())
    assert "lora" not in written["tuning"] and written["tuning"]["optimizer"] == "adafactor"
    assert written["variants"][1]["tuning"]["prefix"]["virtual_tokens"] == 5


def test_what_is_not_read_does_not_make_it_another_training() -> None:
    """And what came later leaves LoRA's identity as it was: adapters in a cache stay found."""
    known = "dbc75dc3efb7b9c5b99c678837b5f1351af161e5cfe812eb5083943578e4b8e0"
    assert TuningSpec().digest() == known
    assert (
        TuningSpec(method="ia3", lora=LoraSpec(r=2)).digest() == TuningSpec(method="ia3").digest()
    )
    for change in ({"use_dora": True}, {"use_rslora": True}, {"r": 2}):
        assert TuningSpec(lora=LoraSpec(**change)).digest() != known
    for other in (
        TuningSpec(optimizer="adam"), TuningSpec(schedule="cosine"), TuningSpec(neftune_alpha=5),
        TuningSpec(method="qlora"),
    ):  # fmt: skip
        assert other.digest() != known


def losses(folder: Path, key: str) -> list[float]:
    lines = (folder / "losses.jsonl").read_text("utf-8").splitlines()
    return [v for line in lines if (v := json.loads(line)[key]) is not None]


@pytest.mark.parametrize("name", [name for name in OPTIMIZERS if name != "adamw_8bit"])
def test_each_optimiser_learns(name: str, tiny: Any, tmp_path: Path) -> None:
    rate = spec_of("lora").learning_rate * OPTIMIZER_MULTIPLES.get(name, 1)
    spec = spec_of("lora", epochs=10, optimizer=name, learning_rate=rate)
    summary = train(spec, tiny, TRAIN, [], [], tmp_path, 5)
    assert summary["loss_last"] < 0.8 * summary["loss_first"]
    # A value and its gradient, and of each: two moments, one, one, next to nothing.
    each = summary["state_bytes"] / summary["trained_parameters"]
    expected = {"adamw": 16, "adam": 16, "sgd": 12, "rmsprop": 12, "adafactor": 9}[name]
    assert each == pytest.approx(expected, rel=0.12)


def test_adam_decays_otherwise_than_adamw(tiny: Any, tmp_path: Path) -> None:
    for name in ("adam", "adamw"):
        spec = spec_of("lora", epochs=1, optimizer=name, weight_decay=0.5)
        train(spec, tiny, TRAIN, [], [], tmp_path / name, 5)
    one, other = (
        load_file(tmp_path / name / "adapter" / "adapter_model.safetensors")
        for name in ("adam", "adamw")
    )
    assert any(not torch.equal(one[key], other[key]) for key in one)


@pytest.mark.parametrize("name", SCHEDULES)
def test_each_schedule_has_its_curve(name: str, tiny: Any, tmp_path: Path) -> None:
    spec = spec_of("lora", epochs=10, schedule=name, learning_rate=1e-3)
    train(spec, tiny, TRAIN, [], [], tmp_path, 5)
    rates = losses(tmp_path, "lr")
    middle, last = rates[len(rates) // 2], rates[-1]
    assert max(rates) == pytest.approx(1e-3, rel=0.01)
    if name == "constant":
        assert middle == last == 1e-3
    else:
        assert last < 1e-4
        # Half way down, a straight line and a cosine meet; a quarter down the cosine is above.
        early = rates[len(rates) // 3] / 1e-3
        assert early == pytest.approx(0.70, abs=0.05) if name == "linear" else early > 0.76


def test_noise_is_added_while_training_alone(tiny: Any, tmp_path: Path) -> None:
    plain = spec_of("lora", epochs=2)
    noisy = spec_of("lora", epochs=2, neftune_alpha=5.0)
    for name, spec in (("plain", plain), ("noisy", noisy)):
        train(spec, tiny, TRAIN, TRAIN, [], tmp_path / name, 5)
    # What is scored before the first step is the same; what is learned is not.
    assert (
        losses(tmp_path / "plain", "train_loss")[0] == losses(tmp_path / "noisy", "train_loss")[0]
    )
    assert losses(tmp_path / "plain", "loss")[0] != losses(tmp_path / "noisy", "loss")[0]
    assert not tiny.model.get_input_embeddings()._forward_hooks
    prompt = [TRAIN[0].prompt]
    tuned = tiny.with_adapter(str(tmp_path / "noisy" / "adapter"))
    assert tuned.log_likelihood(prompt, ["boat"]) == tuned.log_likelihood(prompt, ["boat"])


@pytest.mark.parametrize("flags", [{"use_dora": True}, {"use_rslora": True}])
def test_lora_of_other_shapes(flags: dict[str, bool], tiny: Any, tmp_path: Path) -> None:
    spec = spec_of("lora", epochs=8, lora={"r": 8, "alpha": 16, **flags})
    summary = train(spec, tiny, TRAIN, [], [], tmp_path, 5)
    assert summary["loss_last"] < 0.5 * summary["loss_first"]
    config = json.loads((tmp_path / "adapter" / "adapter_config.json").read_text("utf-8"))
    assert all(config[flag] for flag in flags)
    # DoRA has a length for each output besides: 64 + 32 + 32 + 64 + 128 + 128 + 64, twice.
    assert summary["trained_parameters"] == 16_384 + (1_024 if "use_dora" in flags else 0)
    tuned = tiny.with_adapter(str(tmp_path / "adapter"))
    assert tuned.log_likelihood([TRAIN[0].prompt], [TRAIN[0].completion])[0] > -6


@pytest.mark.parametrize(
    ("method", "part"),
    [
        ("prefix", {"projection": True}),
        ("p_tuning", {"encoder": "lstm"}),
        ("bottleneck", {"after": "mlp"}),
    ],
)
def test_methods_of_other_shapes(
    method: str, part: dict[str, Any], tiny: Any, tmp_path: Path
) -> None:
    rate = 1e-2 if method != "p_tuning" else 5e-3
    spec = spec_of(method, epochs=8, learning_rate=rate, **{method: part})
    summary = train(spec, tiny, TRAIN, TRAIN, [], tmp_path, 5)
    assert summary["loss_last"] < summary["loss_first"]
    tuned = tiny.with_adapter(str(tmp_path / "adapter"))
    values = tuned.log_likelihood([e.prompt for e in TRAIN], [e.completion for e in TRAIN])
    assert sum(values) > sum(
        tiny.log_likelihood([e.prompt for e in TRAIN], [e.completion for e in TRAIN])
    )


@pytest.mark.parametrize("method", ["bitfit", "layers", "full", "bottleneck", "prefix"])
def test_a_model_held_in_sixteen_bits_is_tuned(method: str, tmp_path: Path) -> None:
    folder = build(tmp_path / "model", biases=True)
    model: Any = load(ModelReference(str(folder), "cpu", "bfloat16"))
    kinds = {value.dtype for value in model.model.state_dict().values()}
    summary = train(spec_of(method, epochs=6), model, TRAIN, TRAIN, [], tmp_path / "out", 5)
    assert summary["loss_last"] < 0.9 * summary["loss_first"]
    assert {value.dtype for value in model.model.state_dict().values()} == kinds
    tuned = model.with_adapter(str(tmp_path / "out" / "adapter"))
    values = tuned.log_likelihood([e.prompt for e in TRAIN], [e.completion for e in TRAIN])
    assert -sum(values) / len(values) < 0.95 * summary["loss_first"]
