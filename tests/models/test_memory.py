"""The memory of a model, told from its name or files; expected values worked out by hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from workbench.errors import WorkbenchError
from workbench.experiment.fitting import told as settings
from workbench.experiment.tuning import LoraSpec, TuningSpec
from workbench.models import load, memory
from workbench.models.memory import (
    footprint,
    refuse_what_cannot_be,
    tokens_at_once,
    told,
)
from workbench.types import ModelReference

GIB = 2**30
TUNING = TuningSpec(lora=LoraSpec(r=16, alpha=32), batch_tokens=4096)


def gpu(monkeypatch: pytest.MonkeyPatch, gib: int, main: int = 0) -> None:
    monkeypatch.setattr(memory, "_device", lambda _: ("GPU", gib * GIB, main * GIB))
    monkeypatch.setattr(memory, "_bytes_per_value", lambda *_: 2)


def test_a_hub_model_is_sized_by_its_name(monkeypatch) -> None:
    gpu(monkeypatch, 24)
    found = footprint(ModelReference("Qwen/Qwen2.5-7B-Instruct"), TUNING, 4096)
    assert found is not None and found.parameters == 7_000_000_000
    assert found.weights == 14_000_000_000
    # 2 x 32 layers x 1,055 wide keys x 2 bytes x 4,096 tokens, some 0.5 GiB; twice that in all.
    assert 0.4 * GIB < found.answering < 1.2 * GIB
    # A pass takes as many tokens as have 2^26 scores over 128,000 words, 524: 12 bytes x 2^26 are
    # .75 GiB of scores; LoRA's 16 x 32 x 4,222 x 23 weights take 16 bytes each, .74 GiB; then
    # activations, worked out anew.
    assert 1.5 * GIB < found.tuning < 2.5 * GIB
    assert found.fits and "about" in told(found) and "too much" not in told(found)


def test_quantised_weights_take_their_bits(monkeypatch) -> None:
    gpu(monkeypatch, 24)
    sizes = [
        footprint(ModelReference("m-7B", quantization=way), None, 4096)
        for way in ("none", "int8", "nf4")
    ]
    assert [round(item.weights / 1e9, 1) for item in sizes if item] == [14.0, 7.4, 4.0]


def test_what_cannot_be_held_is_refused_before_anything_is_fetched(monkeypatch) -> None:
    gpu(monkeypatch, 80)
    found = footprint(ModelReference("meta-llama/Llama-3.1-70B"), None, 4096)
    assert found is not None
    with pytest.raises(WorkbenchError, match="70 billion weights take 130") as error:
        refuse_what_cannot_be(found)
    assert "nf4" in error.value.hint
    # Layers for which the GPU has no room lie in the main memory.
    gpu(monkeypatch, 80, main=128)
    beside = footprint(ModelReference("meta-llama/Llama-3.1-70B"), None, 4096)
    assert beside is not None
    refuse_what_cannot_be(beside)
    gpu(monkeypatch, 16)
    with pytest.raises(WorkbenchError) as error:
        refuse_what_cannot_be(footprint(ModelReference("meta-llama/Llama-3.1-70B"), None, 1))
    assert "nf4" not in error.value.hint and "endpoint" in error.value.hint


def test_tuning_that_does_not_fit_has_a_way_out_that_helps(monkeypatch) -> None:
    gpu(monkeypatch, 16)
    reference = ModelReference("m-7B")
    wide = TUNING.model_copy(update={"gradient_checkpointing": False})
    found = footprint(reference, wide, 4096)
    assert found is not None and not found.fits and "device_batch_tokens" in told(found)
    small = TUNING.model_copy(update={"gradient_checkpointing": True, "device_batch_tokens": 512})
    mended = footprint(reference, small, 4096)
    assert mended is not None and mended.fits


def test_a_folder_is_counted_and_an_endpoint_or_a_nameless_size_is_not(tiny_folder: Path) -> None:
    found = footprint(ModelReference(str(tiny_folder), precision="float32"), TUNING, 512)
    model = load(ModelReference(str(tiny_folder), precision="float32"))
    assert found is not None
    # Tied weights stand in the file once.
    assert found.parameters == sum(p.numel() for p in model.model.parameters())  # type: ignore[attr-defined]
    assert found.weights == 4 * found.parameters
    assert footprint(ModelReference("gpt-x", endpoint="http://there"), None, 512) is None
    assert footprint(ModelReference("someone/model"), None, 512) is None


def test_the_settings_that_follow_the_model_are_told() -> None:
    from workbench.experiment import Experiment

    common = {"purpose": "Answer questions.", "name": "x", "corpus": "x.md"}
    told_of = settings(Experiment(**common, model="Qwen/Qwen2.5-7B-Instruct"))
    assert "passages of 300 tokens, 5 to a question" in told_of and "rank 16 at 0.0002" in told_of
    assert settings(Experiment(**common)) == ""
    hosted = settings(Experiment(**common, model={"name": "m-1B", "endpoint": "http://x"}))
    assert "LoRA" not in hosted


@pytest.mark.parametrize(
    ("gib", "most"),
    # Llama 3.1 8B: (2 x 32 layers x 8 x 128 + 4 x 4096) x 2 bytes are 160 KiB a token; a quarter
    # of 80 GiB holds 131,072 of them, of 24 GiB 39,321, of 4 GiB fewer than a CPU's default.
    [(80, 131_072), (24, 32_768), (4, 16_384), (1000, 262_144)],
)
def test_a_gpu_answers_as_many_tokens_together_as_it_holds(gib: int, most: int) -> None:
    llama = {"num_hidden_layers": 32, "hidden_size": 4096, "num_attention_heads": 32,
             "num_key_value_heads": 8}  # fmt: skip
    assert tokens_at_once(llama, 8_000_000_000, 2, gib * GIB) == most


def test_the_memory_told_is_of_the_batches_that_a_gpu_is_given(monkeypatch) -> None:
    gpu(monkeypatch, 80)
    own, default = (footprint(ModelReference("m-7B"), None, n) for n in (16_383, 16_384))
    assert own is not None and default is not None
    # A quarter of 80 GiB is filled by the default, rounded down to a power of two.
    assert own.answering < 5 * GIB < 10 * GIB <= default.answering <= 20 * GIB
