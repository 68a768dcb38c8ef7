"""Tiny random models of many makes: each answers, streams and is tuned, or is refused in words."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
import transformers as hf

from tests.support.models import TEMPLATE, build
from workbench.errors import WorkbenchError
from workbench.models import load
from workbench.models.tuned.injected import Injected
from workbench.types import Decoding, Message, ModelReference, Prompt
from workbench.variants.prompting import room_for_prompt

SMALL: dict[str, Any] = {
    "hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4,
    "num_key_value_heads": 2, "max_position_embeddings": 256,
}  # fmt: skip
MAKES: dict[str, Callable[[dict[str, Any]], Any]] = {
    "llama": lambda ids: hf.LlamaConfig(**SMALL, **ids),
    "mistral": lambda ids: hf.MistralConfig(**SMALL, **ids),
    "qwen2": lambda ids: hf.Qwen2Config(**SMALL, tie_word_embeddings=True, **ids),
    "qwen3": lambda ids: hf.Qwen3Config(**SMALL, head_dim=8, **ids),
    "gemma": lambda ids: hf.GemmaConfig(**SMALL, head_dim=8, **ids),
    "gemma2": lambda ids: hf.Gemma2Config(**SMALL, head_dim=8, **ids),
    "gemma3": lambda ids: hf.Gemma3TextConfig(**SMALL, head_dim=8, **ids),
    "phi3": lambda ids: hf.Phi3Config(**SMALL, **ids),
    "mixtral": lambda ids: hf.MixtralConfig(**SMALL, num_local_experts=2, **ids),
    "gpt2": lambda ids: hf.GPT2Config(n_embd=32, n_layer=2, n_head=4, n_positions=256, **ids),
    "neox": lambda ids: hf.GPTNeoXConfig(
        **{k: v for k, v in SMALL.items() if k != "num_key_value_heads"}, **ids
    ),
    "bloom": lambda ids: hf.BloomConfig(hidden_size=32, n_layer=2, n_head=4, **ids),
    "mamba": lambda ids: hf.MambaConfig(hidden_size=32, num_hidden_layers=2, state_size=4, **ids),
}
#: Gemma's and early Mistral's manner: a system turn is an error.
NO_SYSTEM = (
    "{% if messages[0]['role'] == 'system' %}{{ raise_exception('System role not supported') }}"
    "{% endif %}" + TEMPLATE
)
#: Qwen3's manner: thinking is on where nobody says otherwise.
THINKING = TEMPLATE.replace(
    "<|im_start|>assistant\n",
    "<|im_start|>assistant\n{% if enable_thinking is defined and not enable_thinking %}"
    "<think>\n\n</think>\n\n{% endif %}",
)
ASKED = [
    Prompt((Message("system", "Be brief."), Message("user", f"Who kept the bridge {n}?")))
    for n in range(3)
]
DECODING = Decoding(max_new_tokens=6)


def reference(folder: Path) -> ModelReference:
    return ModelReference(str(folder), precision="float32", device="cpu")


def of_make(folder: Path, make: str) -> Path:
    """A random model of an architecture with the tiny model's tokenizer."""
    tokenizer = hf.AutoTokenizer.from_pretrained(build(folder))
    ids = {
        "vocab_size": len(tokenizer), "pad_token_id": tokenizer.pad_token_id,
        "eos_token_id": tokenizer.eos_token_id, "bos_token_id": tokenizer.bos_token_id,
    }  # fmt: skip
    torch.manual_seed(3)
    (folder / "model.safetensors").unlink()
    hf.AutoModelForCausalLM.from_config(MAKES[make](ids)).save_pretrained(folder)
    return folder


@pytest.mark.parametrize("make", MAKES)
def test_a_model_of_any_make_answers_streams_and_is_tuned(make: str, tmp_path: Path) -> None:
    from peft import LoraConfig

    loaded = load(reference(of_make(tmp_path, make)))
    answers = loaded.complete(ASKED, DECODING)
    assert [a.error for a in answers] == [None] * 3
    streamed = "".join(loaded.stream(ASKED[0], DECODING)).strip()
    assert streamed == answers[0].text
    config = LoraConfig(task_type="CAUSAL_LM", r=2, target_modules="all-linear")
    try:
        with loaded.shared.training(lambda model: Injected.fresh(model, config)) as (tuned, _):
            assert any(p.requires_grad for p in tuned.parameters())
    except WorkbenchError as error:
        assert make == "mamba" and "(mamba) cannot be tuned" in error.message


def test_a_model_of_another_kind_is_refused_in_words(tmp_path: Path) -> None:
    build(tmp_path)
    (tmp_path / "model.safetensors").unlink()
    hf.T5ForConditionalGeneration(
        hf.T5Config(d_model=32, d_ff=64, d_kv=8, num_layers=1, num_heads=2, vocab_size=400)
    ).save_pretrained(tmp_path)
    with pytest.raises(WorkbenchError, match="cannot be loaded as a causal language model"):
        load(reference(tmp_path))


def test_a_checkpoint_that_wants_a_package_names_it(tmp_path: Path) -> None:
    import json

    if hf.utils.is_bitsandbytes_available():
        pytest.skip("bitsandbytes is installed here")
    path = build(tmp_path) / "config.json"
    config = json.loads(path.read_text("utf-8"))
    config["quantization_config"] = {"quant_method": "bitsandbytes", "load_in_4bit": True}
    path.write_text(json.dumps(config), "utf-8")
    with pytest.raises(WorkbenchError, match=r"needs a package that is not .*bitsandbytes"):
        load(reference(tmp_path))


def test_a_template_without_a_system_turn_gets_its_words_before_the_user_s(tmp_path: Path) -> None:
    loaded = load(reference(build(tmp_path, NO_SYSTEM)))
    assert all(a.error is None for a in loaded.complete(ASKED, DECODING))
    said = loaded.encoder.render(ASKED[0])
    assert "system" not in said and "Be brief.\n\nWho kept the bridge 0?" in said


def test_a_template_that_refuses_everything_is_one_sentence(tmp_path: Path) -> None:
    loaded = load(reference(build(tmp_path, "{{ raise_exception('never') }}")))
    with pytest.raises(WorkbenchError, match="chat template refuses the prompt: never"):
        loaded.complete(ASKED, DECODING)


def test_a_thinking_template_is_told_not_to_unless_tokens_are_given_for_it(tmp_path: Path) -> None:
    loaded = load(reference(build(tmp_path, THINKING)))
    loaded.complete(ASKED[:1], DECODING)
    assert loaded.encoder.render(ASKED[0]).endswith("<think>\n\n</think>\n\n")
    loaded.complete(ASKED[:1], Decoding(max_new_tokens=6, thinking_tokens=4))
    assert "<think>" not in loaded.encoder.render(ASKED[0])


def test_a_pad_token_beyond_the_embedding_is_not_used(tmp_path: Path) -> None:
    folder = build(tmp_path)
    tokenizer = hf.AutoTokenizer.from_pretrained(folder)
    tokenizer.add_special_tokens({"pad_token": "[PAD]"})
    tokenizer.save_pretrained(folder)
    loaded = load(reference(folder))
    assert tokenizer.pad_token_id >= loaded.model.config.vocab_size > loaded.pad_id
    assert all(a.error is None for a in loaded.complete(ASKED, DECODING))


def test_what_a_template_puts_around_a_prompt_is_left_room_for(tmp_path: Path) -> None:
    wordy = TEMPLATE.replace("{{ m['role'] }}", "{{ m['role'] }} in a room full of words to say:")
    loaded = load(reference(build(tmp_path, wordy)))
    assert loaded.template_tokens > 30
    room = room_for_prompt(loaded, DECODING)
    text = "salt " * 200
    while loaded.count_tokens(f"Be brief.\n\n{text}") > room:
        text = text[:-5]
    prompt = Prompt((Message("system", "Be brief."), Message("user", text)))
    assert loaded.complete([prompt], DECODING)[0].error is None


@pytest.mark.parametrize("name", ["nowhere.gguf", "./nowhere.gguf"])
def test_a_gguf_file_that_is_not_there_is_said(name: str) -> None:
    with pytest.raises(WorkbenchError, match=r"There is no file '(\./)?nowhere.gguf'"):
        load(ModelReference(name))


@pytest.mark.parametrize(("bits", "layer"), [("int8", "Linear8bitLt"), ("nf4", "Linear4bit")])
def test_a_quantised_model_answers_and_is_tuned(tmp_path: Path, bits: str, layer: str) -> None:
    from peft import LoraConfig

    pytest.importorskip("bitsandbytes", reason="the extra `quantized` is not installed")
    folder = build(tmp_path)
    loaded = load(ModelReference(str(folder), precision="float32", device="cpu", quantization=bits))
    assert type(loaded.model.model.layers[0].mlp.up_proj).__name__ == layer
    assert all(a.error is None for a in loaded.complete(ASKED, DECODING))
    config = LoraConfig(task_type="CAUSAL_LM", r=2, target_modules="all-linear")
    with loaded.shared.training(lambda model: Injected.fresh(model, config)) as (tuned, _):
        ids = torch.tensor([[5, 6, 7, 8]])
        tuned(input_ids=ids, labels=ids).loss.backward()
        assert all(p.grad is not None for p in tuned.parameters() if p.requires_grad)


def test_quantising_without_its_package_says_what_to_install(tmp_path: Path) -> None:
    if hf.utils.is_bitsandbytes_available():
        pytest.skip("bitsandbytes is installed here")
    with pytest.raises(WorkbenchError, match="needs a package that is not installed") as fault:
        load(ModelReference(str(build(tmp_path)), device="cpu", quantization="nf4"))
    assert "pip install bitsandbytes" in str(fault.value.hint)


def test_a_gguf_file_is_not_quantised_once_more(tmp_path: Path) -> None:
    (tmp_path / "model.gguf").write_bytes(b"GGUF")
    with pytest.raises(WorkbenchError, match="quantised already"):
        load(ModelReference(str(tmp_path / "model.gguf"), device="cpu", quantization="nf4"))
