"""What every tuning method promises: examples go in, a tuned model comes out; the base stays."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from tests.support.models import build
from tests.support.workers import made_once
from tests.tuning.facts import DEV, TRAIN, spec_of
from workbench.errors import WorkbenchError
from workbench.experiment.tuning import METHODS as TRAITS
from workbench.models import load
from workbench.tuning import METHODS, train
from workbench.types import Decoding, ModelReference

#: (trained, saved) parameters of the model below, counted by hand: width 64, two blocks, heads of
#: 16, four of queries and two of keys, 128 units. What P-tuning's network makes is saved, not it.
SIZES = {
    "lora": (16_384, 16_384),  # 8 x (128 + 96 + 96 + 128 + 3 x 192) x 2
    "qlora": (16_384, 16_384),
    "ia3": (384, 384),  # (32 + 32 + 128) x 2
    "bottleneck": (33_280, 33_280),  # (2 x 64 x 64 + 64 + 64) x 2 x 2
    "prefix": (2_560, 2_560),  # 20 x 2 x 32 x 2
    "prompt": (1_280, 1_280),  # 20 x 64
    "p_tuning": (34_368, 1_280),  # + 64 x 128 + 128 x 128 + 128 x 64, with their biases
    "bitfit": (1_024, 1_024),  # (64 + 32 + 32 + 64 + 128 + 128 + 64) x 2
    "layers": (37_504, 37_504),  # 4 x 64 x 48 + 3 x 64 x 128 + 2 x 64 + 512 biases
}


@pytest.fixture(params=METHODS)
def method(request: pytest.FixtureRequest) -> str:
    if request.param == "qlora":
        pytest.importorskip("bitsandbytes", reason="the extra `quantized` is not installed")
    return str(request.param)


#: What the loop does alike for all: one method of each family, and the others among the slow tests.
EACH_FAMILY = pytest.mark.parametrize(
    "method",
    [
        name if name in ("lora", "prefix", "layers") else pytest.param(name, marks=pytest.mark.slow)
        for name in METHODS
    ],
    indirect=True,
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made_once(tmp_path_factory, "biased", lambda folder: build(folder, biases=True))


def fresh(folder: Path, method: str = "lora") -> Any:
    """A new object: what training leaves behind must not pass to another test."""
    bits = "nf4" if method == "qlora" else "none"
    return load(ModelReference(str(folder), "cpu", "float32", quantization=bits))


def likelihoods(model: Any) -> list[float]:
    return model.log_likelihood([e.prompt for e in TRAIN], [e.completion for e in TRAIN])


def answers(model: Any, prompts: Any = None) -> list[str]:
    chosen = [e.prompt for e in TRAIN] if prompts is None else prompts
    return [c.text for c in model.complete(chosen, Decoding(max_new_tokens=8))]


def test_it_learns_and_is_read_back_and_the_model_stays(
    method: str, folder: Path, tmp_path: Path
) -> None:
    model, spec = fresh(folder, method), spec_of(method, epochs=12)
    before = likelihoods(model)
    weights = {name: value.clone() for name, value in model.model.state_dict().items()}
    seen: list[tuple[int, int]] = []
    summary = train(
        spec, model, TRAIN, DEV, [], tmp_path, 5,
        lambda done, total, note="": seen.append((done, total)),
    )  # fmt: skip
    assert likelihoods(model) == before
    left = model.model.state_dict()
    assert left.keys() == weights.keys()
    assert all(torch.equal(left[name], value) for name, value in weights.items())
    assert all(p.grad is None for p in model.model.parameters())
    tuned = model.with_adapter(str(tmp_path / "adapter"))
    after = likelihoods(tuned)
    assert sum(after) > sum(before) + 0.5 * len(before)
    # Another process's model reads the same.
    again = fresh(folder, method).with_adapter(str(tmp_path / "adapter"))
    assert likelihoods(again) == after and answers(again) == answers(tuned)
    assert likelihoods(model) == before

    assert seen == sorted(seen) and seen[-1][0] == summary["steps"] <= seen[-1][1]
    assert summary == json.loads((tmp_path / "summary.json").read_text("utf-8"))
    assert summary["loss_last"] < summary["loss_first"] and summary["seconds"] > 0
    stamps = {p: p.stat().st_mtime_ns for p in (tmp_path / "adapter").iterdir()}
    assert train(spec, model, TRAIN, DEV, [], tmp_path, 5) == summary, "trained twice"
    assert stamps == {p: p.stat().st_mtime_ns for p in (tmp_path / "adapter").iterdir()}


def test_it_trains_and_keeps_its_share_alone(method: str, folder: Path, tmp_path: Path) -> None:
    model = fresh(folder, method)
    whole = model.model.num_parameters()
    summary = train(spec_of(method, epochs=1), model, TRAIN, [], [], tmp_path, 5)
    trained, saved = SIZES.get(method, (whole, whole))
    assert summary["trained_parameters"] == trained
    assert summary["trained_share"] == pytest.approx(trained / whole)
    files = sorted(path.name for path in (tmp_path / "adapter").iterdir())
    assert files == ["adapter_config.json", "adapter_model.safetensors"]
    kept = load_file(tmp_path / "adapter" / "adapter_model.safetensors")
    assert sum(value.numel() for value in kept.values()) == saved
    assert 4 * saved < summary["size_bytes"] < 4 * saved + 20_000
    # Each weight, its gradient, and Adam's two moments.
    assert 16 * trained <= summary["state_bytes"] < 16 * trained + 1_000
    config = json.loads((tmp_path / "adapter" / "adapter_config.json").read_text("utf-8"))
    assert config["base_model_name_or_path"] == str(folder)


class BrokenOffError(Exception):
    """What a kill is to a training that runs in this process."""


@EACH_FAMILY
def test_broken_off_it_ends_with_the_same_weights(
    method: str, folder: Path, tmp_path: Path
) -> None:
    spec = spec_of(method, epochs=6, checkpoint_steps=5)

    def breaking(done: int, total: int, note: str = "") -> None:
        if done >= 13:
            raise BrokenOffError

    model = fresh(folder, method)
    before = likelihoods(model)
    with pytest.raises(BrokenOffError):
        train(spec, model, TRAIN, DEV, [], tmp_path / "broken", 5, breaking)
    assert likelihoods(model) == before
    assert not (tmp_path / "broken" / "adapter").exists()
    seen: list[int] = []
    train(spec, model, TRAIN, DEV, [], tmp_path / "broken", 5, lambda done, *_: seen.append(done))
    assert 10 < seen[0] <= 15, "it did not go on from its checkpoint"
    train(spec, fresh(folder, method), TRAIN, DEV, [], tmp_path / "whole", 5)
    resumed, whole = (
        load_file(tmp_path / name / "adapter" / "adapter_model.safetensors")
        for name in ("broken", "whole")
    )
    assert resumed.keys() == whole.keys()
    for name, value in whole.items():
        torch.testing.assert_close(resumed[name], value, rtol=0, atol=1e-6)


@EACH_FAMILY
def test_a_seed_gives_one_model_and_another_seed_another(
    method: str, folder: Path, tmp_path: Path
) -> None:
    model, values = fresh(folder, method), []
    for name, seed in (("one", 6), ("same", 6), ("other", 7)):
        train(spec_of(method, epochs=1), model, TRAIN, [], [], tmp_path / name, seed)
        values.append(likelihoods(model.with_adapter(str(tmp_path / name / "adapter"))))
    assert values[0] == values[1] != values[2]


def test_what_cannot_be_trained_is_a_user_s_fault(
    method: str, folder: Path, tmp_path: Path
) -> None:
    with pytest.raises(WorkbenchError):
        train(spec_of(method), fresh(folder, method), [], [], [], tmp_path / "none", 5)

    class Elsewhere:
        reference = ModelReference("m", endpoint="http://localhost/v1")

    with pytest.raises(WorkbenchError):
        train(spec_of(method), Elsewhere(), TRAIN, [], [], tmp_path / "far", 5)  # type: ignore[arg-type]
    assert not (tmp_path / "none" / "adapter").exists()


def test_every_method_is_in_both_tables() -> None:
    """The experiment's table, which loads nothing, and the one of what is done."""
    assert list(TRAITS) == list(METHODS)
