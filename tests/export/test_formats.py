"""What is exported of a run: adapters, training questions, turns, servers, programs."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
import yaml

from tests.support.servers.weights import WeightsServer
from workbench.export import export
from workbench.export.chosen import Chosen
from workbench.export.turns import turns_of
from workbench.io import jsonl
from workbench.models.local import LocalModel
from workbench.questions.dataset.question_set import read_questions
from workbench.records.run import Run
from workbench.tuning.batches import encode_examples
from workbench.types import Message, ModelReference, Prompt
from workbench.variants.training_examples import closed_book


@pytest.fixture(scope="session")
def system_text() -> str:
    return (
        "Answer questions about the tale, briefly.\n"
        "Answer in as few words as the question allows, without explanation.\n"
        "If the answer is not known, or the passages do not hold it, reply with the single word: "
        "unanswerable"
    )


@pytest.mark.parametrize("variant", ["fine_tuned", "soft"])
def test_an_adapter_loads_by_plain_peft(variant: str, run: Run, made: Path, tmp_path: Path) -> None:
    from peft import PeftModel
    from transformers import AutoModelForCausalLM, AutoTokenizer

    export(run, variant, "peft", tmp_path / "out")
    config = json.loads((tmp_path / "out" / "adapter_config.json").read_text())
    assert config["base_model_name_or_path"] == str(made / "tiny")
    tokenizer = AutoTokenizer.from_pretrained(made / "tiny")
    base = AutoModelForCausalLM.from_pretrained(made / "tiny", dtype=torch.float32).eval()
    turns = [{"role": "user", "content": "Who kept the bridge?"}]
    text = tokenizer.apply_chat_template(turns, add_generation_prompt=True, tokenize=False)
    ids = tokenizer(text, add_special_tokens=False, return_tensors="pt")["input_ids"]
    reply = tokenizer("Anna Pym", return_tensors="pt")["input_ids"]
    with torch.no_grad():
        tuned = PeftModel.from_pretrained(base, tmp_path / "out").eval()
        logits = tuned(input_ids=torch.cat([ids, reply], 1)).logits[0].log_softmax(-1)
    said = logits[-reply.shape[1] - 1 : -1].gather(1, reply[0][:, None]).mean().item()
    ours = LocalModel(
        ModelReference(
            str(made / "tiny"), precision="float32", adapter=str(tmp_path / "out"), device="cpu"
        )
    )
    prompt = Prompt((Message("user", "Who kept the bridge?"),))
    assert ours.log_likelihood([prompt], ["Anna Pym"])[0] == pytest.approx(said, abs=1e-4)


def test_a_line_is_what_the_variant_was_trained_on(run: Run, made: Path, tmp_path: Path) -> None:
    export(run, "fine_tuned", "openai-jsonl", tmp_path / "out")
    lines = list(jsonl.stream(tmp_path / "out" / "train.jsonl"))
    model = LocalModel(ModelReference(str(made / "tiny"), precision="float32", device="cpu"))
    withheld = set(run.manifest.withheld)
    asked = [q for q in read_questions(run.files.questions("train")) if q.id not in withheld]
    examples = closed_book(asked, Chosen(run, "fine_tuned").book)
    trained = [item.ids for item in encode_examples(examples, model.encoder, 10_000)]
    assert len(lines) == len(trained) > 10
    for line, ids in zip(lines, trained, strict=True):
        text = model.tokenizer.apply_chat_template(line["messages"], tokenize=False)
        put = model.tokenizer(text, add_special_tokens=False)["input_ids"]
        # The template goes on with a line feed, which nobody is trained to write.
        assert tuple(put[: len(ids)]) == ids and put[len(ids) :] == put[-1:]
    exam = {question.text for question in read_questions(run.files.questions("test"))}
    told = {line["messages"][1]["content"].split("\n")[0] for line in lines}
    assert not {f"Question: {text}" for text in exam} & told


def test_a_modelfile_holds_system_text_turns_and_stops(
    run: Run, tmp_path: Path, system_text: str
) -> None:
    export(run, "fine_tuned", "ollama", tmp_path / "out")
    told = (tmp_path / "out" / "Modelfile").read_text("utf-8")
    assert told.startswith("FROM ./model\n") and (tmp_path / "out/model/config.json").is_file()
    assert f'SYSTEM """{system_text}"""\n' in told
    template = (
        'TEMPLATE """{{ if .System }}<|im_start|>system\n{{ .System }}<|im_end|>\n'
        "<|im_start|>user\n"
        "{{ else }}<|im_start|>user\n{{ end }}{{ .Prompt }}<|im_end|>\n<|im_start|>assistant\n"
        '{{ .Response }}<|im_end|>\n"""\n'
    )
    assert template in told
    for line in ("temperature 0.0", "num_predict 12", 'stop "<|im_end|>"', "repeat_penalty 1.0"):
        assert f"PARAMETER {line}\n" in told


GEMMA = (
    "{{ bos_token }}{% for m in messages %}{% if m['role'] == 'system' %}"
    "{{ raise_exception('no system') }}{% endif %}<{{ m['role'] }}>{{ m['content'] }}<end>"
    "{% endfor %}{% if add_generation_prompt %}<model>{% endif %}"
)


def test_turns_of_a_template_without_system_turn(build_tiny: Any, tmp_path: Path) -> None:
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(build_tiny(tmp_path / "tiny", template=GEMMA))
    turns = turns_of(tokenizer)
    assert not turns.takes_system
    # The opening token is left to the program, which puts it there by itself.
    assert (turns.opening, turns.bare, turns.asks) == ("<user>", "<user>", "<end><model>")
    assert turns.between == "\n\n" and turns.ends == "<end>"


def test_a_vllm_folder_names_base_rank_and_adapter(run: Run, made: Path, tmp_path: Path) -> None:
    export(run, "fine_tuned", "vllm", tmp_path / "out")
    settings = yaml.safe_load((tmp_path / "out" / "config.yaml").read_text())
    assert settings["enable-lora"] is True and settings["max-lora-rank"] == 8
    started = (tmp_path / "out" / "serve.sh").read_text()
    assert f"vllm serve {made / 'tiny'} " in started and "fine_tuned=./adapter" in started
    assert (tmp_path / "out" / "adapter" / "adapter_model.safetensors").is_file()


def test_the_smoke_test_tells_a_lost_system_text(run: Run, made: Path, tmp_path: Path) -> None:
    export(run, "fine_tuned", "vllm", tmp_path / "out")
    script = [sys.executable, str(tmp_path / "out" / "smoke_test.py")]
    for system, code in ((None, 0), ("Be nice.", 1)):
        with WeightsServer(made / "tiny", system) as server:
            done = subprocess.run([*script, server.url], capture_output=True, text=True)
        assert done.returncode == code, done.stderr
    assert "the workbench" in done.stderr


def test_the_program_asks_as_the_variant_did(run: Run, tmp_path: Path) -> None:
    export(run, "rag", "merged", tmp_path / "out")
    spec = importlib.util.spec_from_file_location("answer", tmp_path / "out" / "answer.py")
    assert spec is not None and spec.loader is not None
    answer = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(answer)
    recorded = {r["question"]: r for r in jsonl.stream(run.files.answers("rag"))}
    chosen = Chosen(run, "rag")
    compared = 0
    for question in read_questions(run.files.questions("test")):
        found = [node.node_id for node in answer.retriever.retrieve(question.text)]
        shown = recorded[question.id]["passages"]
        # The tiny model's window may hold fewer than were found.
        assert found[: len(shown)] == shown
        hits = answer.retriever.retrieve(question.text)
        prompt = chosen.book.render(question.text, [hit.get_content() for hit in hits])
        wanted = [(turn.role, turn.content) for turn in prompt.messages]
        turns = answer.messages(question.text)
        assert [(turn.role.value, turn.content) for turn in turns] == wanted
        compared += 1
    assert compared == 18


def test_a_card_tells_the_exams_figures(run: Run, tmp_path: Path, system_text: str) -> None:
    export(run, "fine_tuned", "peft", tmp_path / "out")
    card = (tmp_path / "out" / "README.md").read_text("utf-8")
    row = next(r for r in run.results().variants if r.name == "fine_tuned")
    value = row.metrics["f1"].value
    assert value is not None and f"{100 * value:.1f}" in card
    assert system_text in card and "state no licence" in card and "LoRA" in card
    assert f"workbench parity {run.id} --variant fine_tuned --path FOLDER" in card
    assert (tmp_path / "out" / "prompts" / "chat" / "answer.jinja").is_file()
