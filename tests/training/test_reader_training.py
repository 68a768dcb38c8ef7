"""Training data and the training loop: every task, nothing from validation, resumed runs."""

from __future__ import annotations

import copy
import json
import os
import random
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from training.reader import train as training
from training.reader.data import facts, passages, rewording, tasks
from training.reader.data.batches import batches, collate, encode, quoted
from training.reader.data.renaming import Renaming
from training.reader.data.sources import (
    HUB_FAIRYTALES,
    HUB_SQUAD,
    from_folder,
    from_hub,
    with_mined,
)
from training.reader.evaluate import answer_f1, loops, rouge_l
from workbench.models.reader.configuration import ReaderConfig
from workbench.models.reader.modeling import ReaderForCausalLM
from workbench.models.reader.tokenization import ReaderTokenizer

TALES = ("The Ferry", "The Bell")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A data folder of two tales, one encyclopedia page and one novel."""
    rows, sections = [], []
    for title in TALES:
        for number in range(3):
            text = " ".join(f"{title} number {number} had {i} oars on day {i}." for i in range(12))
            sections.append({"title": title, "section": str(number), "text": text})
            for i in range(3):
                question = f"What did {title} number {number} have on day {i}?"
                rows.append(
                    {
                        "title": title,
                        "context": text,
                        "question": question,
                        "answers": [f"{i} oars"],
                        "explicit": True,
                    }
                )
    page = {
        "title": "Salt",
        "context": "Salt is mined at Orrin. It was sold at Pym in 1871.",
        "questions": [{"question": "Where is salt mined?", "answer": "Orrin"}],
    }
    files = {
        "fairytaleqa/train.jsonl": rows,
        "fairytaleqa/train_sections.jsonl": sections,
        "fairytaleqa/validation.jsonl": [{"secret": "never read"}],
        "squad/passages.jsonl": [page],
    }
    for name, content in files.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("\n".join(map(json.dumps, content)), encoding="utf-8")
    (tmp_path / "novels").mkdir()
    novel = "It was a long day. " * 300
    (tmp_path / "novels" / "1_day.txt").write_text(novel, encoding="utf-8")
    return tmp_path


def test_every_task_yields_examples_that_fit(folder: Path, tokenizer: ReaderTokenizer) -> None:
    drawn = tasks.Tasks(from_folder(folder))
    rng = random.Random(0)
    for task in tasks.MIXTURE:
        matches = [e for e in (task(drawn, rng) for _ in range(30)) if e is not None]
        assert matches, task.__name__
        assert encode(matches, tokenizer, 512), task.__name__
        assert all("never read" not in e.prompt for e in matches)


def test_evidence_and_distractors_are_cut_alike(folder: Path) -> None:
    drawn = tasks.Tasks(from_folder(folder))
    rng = random.Random(1)
    for _ in range(20):
        example = tasks.read_among(drawn, rng)
        texts = example.prompt.removeprefix("context: ").split(" question: ")[0].split(" passage: ")
        assert len(texts) in (2, 3, 4)
        assert all(len(text.split()) <= tasks.PASSAGE_WORDS for text in texts)
        assert all(text.endswith(".") for text in texts)


def test_batches_stay_in_their_budget_and_repeat(folder: Path, tokenizer: ReaderTokenizer) -> None:
    drawn = tasks.Tasks(from_folder(folder))
    streams = [batches(drawn, tokenizer, random.Random(4), 2048, 512, pool=60) for _ in range(2)]
    for _ in range(5):
        first, second = (next(stream) for stream in streams)
        assert torch.equal(first.input_ids, second.input_ids)
        assert first.input_ids.numel() <= 2048
        assert bool(((first.labels != -100).sum(1) > 0).all())


def test_labels_cover_the_completion_and_its_end(tokenizer: ReaderTokenizer) -> None:
    rows = encode([tasks.ReaderExample("question: Who? answer:", "Anna Pym")], tokenizer, 512)
    batch = collate(rows)
    labelled = batch.labels[0][batch.labels[0] != -100].tolist()
    assert tokenizer.decode(labelled) == "anna pym [SEP]"


@given(st.lists(st.integers(5, 9), min_size=1, max_size=30), st.data())
def test_a_quote_is_found_wherever_it_stands(prompt: list[int], data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(prompt) - 1))
    size = data.draw(st.integers(1, len(prompt) - start))
    answer = prompt[start : start + size]
    matches = quoted(prompt, [*answer, 102])
    assert {(i, start + i) for i in range(size)} <= set(matches)
    assert all(prompt[position] == answer[place] for place, position in matches)


def test_a_composed_answer_quotes_nothing() -> None:
    assert quoted([1, 2, 3, 4, 5], [1, 2, 9, 4, 5, 102]) == []
    assert quoted([1, 2, 3, 4, 5], [9, 2, 3, 4, 102]) == [(1, 1), (2, 2), (3, 3)]


def test_source_log_p_is_of_the_right_place_alone_and_can_be_learned(
    shipped: ReaderForCausalLM, tokenizer: ReaderTokenizer
) -> None:
    prompt = "context: The cook had a boat. The clerk had a barge. question: Who? answer:"
    batch = collate(encode([tasks.ReaderExample(prompt, "The clerk")], tokenizer, 512))
    model = copy.deepcopy(shipped).requires_grad_(True)
    inputs = {
        "input_ids": batch.input_ids,
        "attention_mask": batch.attention_mask,
        "labels": batch.labels,
        "sources": batch.sources,
    }
    words = tokenizer.convert_ids_to_tokens(batch.input_ids[0, batch.sources[:, 2]].tolist())
    assert words == ["the", "clerk"]
    before = model(**inputs)
    assert before.source_logp[0] < before.target_logp[0, 0], "another 'the' stands in the prompt"
    assert bool((before.source_logp <= before.target_logp[0, :2] + 1e-5).all())
    optimizer = torch.optim.SGD(model.parameters(), lr=1e-3)
    (-before.source_logp.sum()).backward()
    optimizer.step()
    assert model(**inputs).source_logp.sum() > before.source_logp.sum()


def test_made_facts_hold_together() -> None:
    rng = random.Random(2)
    for _ in range(200):
        group = facts.cluster(rng, 4)
        text = facts.passage(group, ["It rained."], rng)
        question, answer = group[0].question(rng)
        assert answer.lower() in text.lower()
        assert group[0].subject.lower().removeprefix("the ") in question.lower()
        assert group[0].relation == group[1].relation
        assert group[0].subject != group[1].subject


def test_rewordings_differ_and_keep_the_names() -> None:
    assert rewording.rewordings("Mind the gap") == []
    for question in ("Why did Tom go home?", "Where was Anna born?", "Who stole the bell?"):
        matches = rewording.rewordings(question)
        assert matches and question not in matches
        name = question.split()[2] if question.startswith("Wh") else ""
        assert all(name.strip("?").lower() in text.lower() for text in matches)


def test_names_change_everywhere_alike_and_nothing_else_does() -> None:
    renaming = Renaming(["the king rode and the king slept", "a king of the bell"])
    prompt = "context: So King Anselm met Wybo, and Wybo laughed. question: Who met Wybo? answer:"
    assert renaming.names(prompt) == ["Anselm", "Wybo"]
    for seed in range(20):
        changed, answer = renaming.renamed(prompt, "King Anselm", random.Random(seed))
        other = changed.split("King ", 1)[1].split()[0]
        foe = changed.split("met ", 1)[1].split(",")[0]
        assert len({other, foe, "Anselm", "Wybo"}) == 4
        assert answer == f"King {other}"
        assert changed == prompt.replace("Anselm", other).replace("Wybo", foe)
    assert renaming.renamed("question: why? answer:", "so", random.Random(0))[1] == "so"


def test_mined_questions_join_the_others(folder: Path, tmp_path: Path) -> None:
    file = tmp_path / "mined.jsonl"
    pair = {"question": "Who rowed?", "answer": "Anna", "type": "person"}
    line = {"title": "The Ferry", "context": "Anna rowed.", "questions": [pair]}
    file.write_text(json.dumps(line) + "\n", encoding="utf-8")
    sources = with_mined(from_folder(folder), [file])
    matches = [item for item in sources.items if item.origin == "rule"]
    assert [(i.context, i.question, i.answers) for i in matches] == [
        ("Anna rowed.", "Who rowed?", ("Anna",))
    ]
    assert len(sources.sections["The Ferry"]) == 3  # a tale's own sections stay apart
    drawn = tasks.Tasks(sources)
    origins = {drawn.item(random.Random(seed)).origin for seed in range(60)}
    assert origins == {"tale", "encyclopedia", "rule"}


def test_a_cut_keeps_its_anchor_and_its_budget() -> None:
    parts = passages.sentences("One two three. " * 3 + "The bell rang. " + "Four five six. " * 3)
    for seed in range(10):
        text = passages.cut(parts, 3, 9, random.Random(seed))
        assert "bell" in text
        assert len(text.split()) <= 9
    assert passages.evidence_sentence(parts, "What rang?", "the bell") == 3


def test_training_goes_on_where_it_was_broken_off(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small = ReaderConfig(
        hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=32
    )
    monkeypatch.setattr(training, "from_minilm", lambda: ReaderForCausalLM(small))
    spec = training.TrainingSpec(
        out=tmp_path / "run", data=folder, steps=2, batch_tokens=512, threads=1
    )
    training.train(spec)
    state = torch.load(spec.out / "checkpoint.pt", weights_only=True)
    assert state["step"] == 2
    training.train(training.TrainingSpec(**{**vars(spec), "steps": 3}))
    assert torch.load(spec.out / "checkpoint.pt", weights_only=True)["step"] == 3
    written = ReaderForCausalLM.from_pretrained(spec.out / "weights")
    assert written.config.hidden_size == 16


@pytest.mark.slow
def test_processes_that_learn_side_by_side_end_with_the_same_weights(
    folder: Path, tmp_path: Path
) -> None:
    small = ReaderConfig(
        hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=32
    )
    ReaderForCausalLM(small).save_pretrained(tmp_path / "init")
    script = tmp_path / "both.py"
    code = f"""
import sys, torch, torch.distributed as dist
from pathlib import Path
from training.reader.train import TrainingSpec, train
dist.init_process_group("gloo")
spec = TrainingSpec(out=Path(sys.argv[1]) / "run", data=Path({str(folder)!r}), threads=1,
                    init=Path(sys.argv[1]) / "init", steps=20, batch_tokens=512, warmup_steps=2)
weights = train(spec).state_dict()
torch.save(weights, Path(sys.argv[1]) / f"{{dist.get_rank()}}.pt")
"""
    script.write_text(code, encoding="utf-8")
    run = [sys.executable, "-m", "torch.distributed.run", "--nproc-per-node", "2"]
    port = ["--master-port", str(free_port())]
    found = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}
    command = [*run, *port, str(script), str(tmp_path)]
    subprocess.run(command, check=True, timeout=900, env=found)
    first, second = (torch.load(tmp_path / f"{rank}.pt", weights_only=True) for rank in (0, 1))
    began = ReaderForCausalLM.from_pretrained(tmp_path / "init").state_dict()
    assert all(torch.equal(first[name], second[name]) for name in first)
    assert not torch.equal(first["gate.weight"], began["gate.weight"])


def free_port() -> int:
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        return int(asked.getsockname()[1])


def test_scores() -> None:
    assert answer_f1("The red boat.", ["red boat", "x"]) == 1.0
    assert answer_f1("a red hat", ["red boat"]) == pytest.approx(0.5)
    assert answer_f1("", ["red boat"]) == 0.0
    assert rouge_l("the cat sat down", ["the cat lay down"]) == pytest.approx(0.75)
    assert rouge_l("", ["x"]) == 0.0
    assert loops("a - do - do - do") and not loops("do do, she said, do")


def test_sources_come_by_name_through_datasets(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Folders of the data sets' names, with their columns, stand in for the hub."""
    tales = tmp_path / HUB_FAIRYTALES
    pages = tmp_path / HUB_SQUAD
    for folder in (tales, pages, tmp_path / "novels"):
        folder.mkdir(parents=True)
    tale = {
        "story_name": "the-ferry",
        "story_section": "Anna kept the ferry.",
        "question": "Who kept the ferry?",
        "answer1": "Anna",
        "answer2": "",
        "ex-or-im": "implicit",
    }
    page = {
        "title": "Bell",
        "context": "A bell is cast of bronze.",
        "question": "What is a bell cast of?",
        "answers": {"text": ["bronze"], "answer_start": [18]},
    }
    (tales / "train.jsonl").write_text(json.dumps(tale) + "\n", encoding="utf-8")
    (tales / "validation.jsonl").write_text(
        json.dumps(tale | {"answer1": "SECRET"}) + "\n", encoding="utf-8"
    )
    (pages / "train.jsonl").write_text(json.dumps(page) + "\n", encoding="utf-8")
    (tmp_path / "novels" / "one.txt").write_text("It rained.", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("datasets.config.HF_DATASETS_CACHE", tmp_path / "cache")
    sources = from_hub(tmp_path / "novels")
    first, second = sources.items
    assert (first.answers, first.explicit, first.origin) == (("Anna",), False, "tale")
    assert (second.context, second.answers, second.origin) == (
        page["context"],
        ("bronze",),
        "encyclopedia",
    )
    assert sources.sections == {
        "the-ferry": ("Anna kept the ferry.",),
        "Bell": ("A bell is cast of bronze.",),
    }
    assert sources.novels == ("It rained.",)
