"""What cannot be tuned is refused in a sentence that names the way out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import transformers as hf
from pydantic import ValidationError

from tests.support.models import build
from tests.tuning.facts import TRAIN, spec_of
from workbench.errors import WorkbenchError
from workbench.experiment.model import ModelSpec
from workbench.experiment.tuning import LoraSpec, TuningSpec
from workbench.experiment.variant_spec import VariantSpec
from workbench.models import load
from workbench.tuning import refusals, train
from workbench.tuning.refusals import check_tuning
from workbench.types import ModelReference


@pytest.fixture
def with_bitsandbytes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(refusals, "find_spec", lambda name: object())


def test_bitfit_needs_biases(tiny: Any, tmp_path: Path) -> None:
    with pytest.raises(WorkbenchError, match=r"architecture \(llama\) has none") as error:
        train(spec_of("bitfit"), tiny, TRAIN, [], [], tmp_path, 5)
    assert "ia3" in error.value.hint
    assert not (tmp_path / "adapter").exists()


def test_more_blocks_than_there_are(tiny: Any, tmp_path: Path) -> None:
    with pytest.raises(WorkbenchError, match="last is 3, and the model has 2 blocks"):
        train(spec_of("layers", layers={"last": 3}), tiny, TRAIN, [], [], tmp_path, 5)


def test_a_model_with_layers_of_another_kind_takes_no_prefix_but_a_prompt(tmp_path: Path) -> None:
    folder = build(tmp_path / "model")
    tokenizer = hf.AutoTokenizer.from_pretrained(folder)
    (folder / "model.safetensors").unlink()
    hf.Lfm2ForCausalLM(
        hf.Lfm2Config(
            vocab_size=len(tokenizer), hidden_size=64, intermediate_size=64, num_hidden_layers=2,
            num_attention_heads=4, num_key_value_heads=2,
            layer_types=["conv", "full_attention"], eos_token_id=tokenizer.eos_token_id,
            pad_token_id=tokenizer.pad_token_id,
        )
    ).save_pretrained(folder)  # fmt: skip
    model = load(ModelReference(str(folder), "cpu", "float32"))
    with pytest.raises(WorkbenchError, match=r"\(lfm2\) takes no prefix") as error:
        train(spec_of("prefix"), model, TRAIN, [], [], tmp_path / "prefix", 5)
    assert "tuning.method: prompt" in error.value.hint
    facts = train(spec_of("prompt", epochs=2), model, TRAIN, [], [], tmp_path / "prompt", 5)
    assert facts["trained_parameters"] == 20 * 64


def test_prefix_and_checkpointing_exclude_each_other() -> None:
    with pytest.raises(ValidationError, match="gradient_checkpointing"):
        TuningSpec(method="prefix", gradient_checkpointing=True)


def test_qlora_without_its_package_or_on_a_gguf_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(refusals, "find_spec", lambda name: None)
    with pytest.raises(WorkbenchError, match="needs the package bitsandbytes") as error:
        check_tuning(TuningSpec(method="qlora"), ModelReference("m"))
    assert "pip install" in error.value.hint and "lora" in error.value.hint
    for name in ("smollm2", "owner/name/file.gguf"):
        with pytest.raises(WorkbenchError, match="comes quantised as a GGUF file"):
            check_tuning(TuningSpec(method="qlora"), ModelReference(name))


@pytest.mark.parametrize("method", ["bitfit", "layers", "full"])
def test_quantised_weights_are_not_trained(method: str) -> None:
    reference = ModelReference("m", quantization="nf4")
    with pytest.raises(WorkbenchError, match="quantised ones") as error:
        check_tuning(TuningSpec(method=method), reference)  # type: ignore[arg-type]
    assert "qlora" in error.value.hint
    check_tuning(TuningSpec(method="ia3"), reference)


def test_vllm_is_given_lora_alone() -> None:
    served = ModelReference("m", served_by="http://localhost:8000/v1")
    check_tuning(TuningSpec(lora=LoraSpec(use_rslora=True)), served)
    for spec in (TuningSpec(method="ia3"), TuningSpec(lora=LoraSpec(use_dora=True))):
        with pytest.raises(WorkbenchError, match="vLLM takes plain LoRA adapters alone"):
            check_tuning(spec, served)


def test_an_optimiser_without_its_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("workbench.tuning.refusals.find_spec", lambda name: None)
    with pytest.raises(WorkbenchError, match="adamw_8bit needs the package") as error:
        check_tuning(TuningSpec(optimizer="adamw_8bit"), ModelReference("m"))
    assert "adafactor" in error.value.hint


def test_an_experiment_is_refused_before_anything_is_made(with_bitsandbytes: None) -> None:
    from workbench.experiment import Experiment
    from workbench.variants.assembly import adapter_of, model_of

    tuned = VariantSpec(name="own", context="none", tuning=TuningSpec(method="full"))
    experiment = Experiment(
        purpose="Answer questions.", name="e", corpus="README.md",  # type: ignore[arg-type]
        model=ModelSpec(name="some/model-1B", quantization="int8"),
        variants=("prompt_only", "rag", tuned),  # type: ignore[arg-type]
    )  # fmt: skip
    with pytest.raises(WorkbenchError, match="Full fine-tuning trains the model's own weights"):
        adapter_of(experiment, experiment.variants[2])
    # QLoRA quantises what it tunes, and that alone.
    small = VariantSpec(name="small", context="none", tuning=TuningSpec(method="qlora"))
    plain = experiment.model_copy(
        update={"model": ModelSpec(name="some/model-1B"), "variants": ("rag", small)}
    )
    assert model_of(plain, small).quantization == "nf4"
    assert model_of(plain, VariantSpec(name="rag")).quantization == "none"
