"""The reader as others meet it: Auto classes, prompt text, size, adapters, and no heavy import."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import torch
from peft import LoraConfig, PeftModel, get_peft_model

from workbench.models.reader import WEIGHTS
from workbench.models.reader.modeling import ReaderForCausalLM
from workbench.models.reader.tokenization import ReaderTokenizer

STORY = (
    "context: The ferry at Harrow was kept by Anna Pym, who bought a red boat in 1871. "
    "Her brother Tom Reed mended clocks. question: {} answer:"
)


def test_the_package_loads_no_torch() -> None:
    code = "import sys, workbench.models.reader; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_weights_are_small_and_load_as_float32(shipped: ReaderForCausalLM) -> None:
    assert sum(f.stat().st_size for f in WEIGHTS.iterdir()) <= 48_000_000
    assert shipped.dtype == torch.float32
    assert shipped.config.prompt_format == "reader"


def test_a_prompt_opens_with_cls_and_stays_open(tokenizer: ReaderTokenizer) -> None:
    text = STORY.format("Who kept the ferry?")
    ids = tokenizer(text)["input_ids"]
    assert ids[0] == tokenizer.cls_token_id == tokenizer.bos_token_id
    assert tokenizer.sep_token_id not in ids
    assert tokenizer.eos_token_id == tokenizer.sep_token_id
    messages = [{"role": "user", "content": text}]
    templated = tokenizer.apply_chat_template(messages, add_generation_prompt=True, tokenize=False)
    assert templated == text


def test_the_tokenizer_survives_saving(tokenizer: ReaderTokenizer, tmp_path: Path) -> None:
    tokenizer.save_pretrained(tmp_path)
    again = ReaderTokenizer.from_pretrained(tmp_path)
    assert again("Anna Pym?")["input_ids"] == tokenizer("Anna Pym?")["input_ids"]
    assert (again.padding_side, again.chat_template) == ("left", tokenizer.chat_template)


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("Who kept the ferry at Harrow?", "Anna Pym"),
        ("When did Anna Pym buy a boat?", "1871"),
        ("What colour was the boat?", "red"),
    ],
)
def test_it_answers_from_a_passage_in_the_passages_spelling(
    shipped: ReaderForCausalLM, tokenizer: ReaderTokenizer, question: str, answer: str
) -> None:
    prompt = STORY.format(question)
    ids = tokenizer(prompt, return_tensors="pt")
    sentences = shipped.generate(**ids, max_new_tokens=24, do_sample=False)[
        0, ids.input_ids.shape[1] :
    ]
    assert answer in tokenizer.decode_completion(sentences.tolist(), prompt)
    assert sentences[-1] == tokenizer.eos_token_id


def test_lora_on_all_linear_layers_learns_saves_and_switches_off(
    shipped: ReaderForCausalLM, tokenizer: ReaderTokenizer, tmp_path: Path
) -> None:
    prompt = tokenizer("question: Who keeps the lamp at Orrin Point? answer:")["input_ids"]
    reply = [*tokenizer("mabel crane", add_special_tokens=False)["input_ids"], 102]
    ids = torch.tensor([prompt + reply])
    labels = ids.clone()
    labels[:, : len(prompt)] = -100
    config = LoraConfig(r=8, target_modules="all-linear", task_type="CAUSAL_LM")
    tuned = get_peft_model(shipped, config)
    assert any("copy_query" in name and "lora_A" in name for name, _ in tuned.named_parameters())
    before = float(tuned(input_ids=ids, labels=labels).loss.detach())
    optimizer = torch.optim.AdamW((p for p in tuned.parameters() if p.requires_grad), lr=2e-3)
    for _ in range(25):
        optimizer.zero_grad()
        tuned(input_ids=ids, labels=labels).loss.backward()
        optimizer.step()
    tuned.eval()
    asked = {"input_ids": torch.tensor([prompt]), "max_new_tokens": 8, "do_sample": False}
    assert tuned.generate(**asked)[0, len(prompt) :].tolist() == reply
    with torch.no_grad(), tuned.disable_adapter():
        assert float(tuned(input_ids=ids, labels=labels).loss) == pytest.approx(before, rel=1e-4)
    tuned.save_pretrained(tmp_path)
    with torch.no_grad():
        wanted = tuned(input_ids=ids, labels=labels).loss
    base = tuned.unload()
    again = PeftModel.from_pretrained(base, tmp_path).eval()
    with torch.no_grad():
        torch.testing.assert_close(again(input_ids=ids, labels=labels).loss, wanted)
    again.unload()
