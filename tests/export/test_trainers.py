"""From and to the configurations of axolotl, LLaMA-Factory, Unsloth and TRL."""

from __future__ import annotations

import json
import runpy
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import settings as hypothesis
from hypothesis import strategies as st

from workbench.errors import WorkbenchError
from workbench.experiment import Experiment
from workbench.experiment.tuning import LoraSpec, TuningSpec
from workbench.export.trainers.forms import FORMS, Material
from workbench.export.trainers.keys import AXOLOTL, LLAMAFACTORY, TRL, Settings, written
from workbench.export.trainers.read import experiment_values, read_configuration
from workbench.export.trainers.write import write_training_set
from workbench.export.training_set import TrainingSet
from workbench.io import jsonl
from workbench.models.local import LocalModel
from workbench.questions.dataset.question_set import read_questions
from workbench.records.run import Run
from workbench.serve.served_run import ServedRun
from workbench.tuning import Example, train
from workbench.tuning.batches import encode_examples
from workbench.types import Message, ModelReference, Prompt

TOOLS = {"axolotl": AXOLOTL, "llamafactory": LLAMAFACTORY, "trl": TRL}


def asked(question: str, reply: str) -> Example:
    turns = (
        Message("system", "Answer questions about the mill, briefly."),
        Message("user", f"Passages:\n[1] The miller kept the bridge.\nQuestion: {question}"),
    )
    return Example(Prompt(turns), reply)


EXAMPLES = [
    asked("Who kept the bridge?", "the miller"),
    asked("Who bought a boat?", "Anna Pym"),
    asked("What is the price?", "four pounds"),
    asked("Who owns the sea?", "unanswerable"),
]


def material(model: LocalModel, examples: list[Example], **settings: Any) -> Material:
    tuning = TuningSpec(epochs=1, replay_share=0.0, learning_rate=1e-3, lora=LoraSpec(r=4, alpha=8))
    told: Settings = {
        "model.name": model.reference.name, "seed": 3, "tuning.method": "lora",
        **{f"tuning.{k}": getattr(tuning, k) for k in (
            "learning_rate", "epochs", "optimizer", "schedule", "warmup_ratio", "weight_decay",
            "neftune_alpha", "gradient_checkpointing", "patience")},
        "tuning.precision": "float32",
        **{f"tuning.lora.{k}": getattr(tuning.lora, k) for k in LoraSpec.model_fields},
        **settings,
    }  # fmt: skip
    known = TrainingSet(examples, examples[:2])
    return Material(known, told, model.encoder, model.tokenizer, len(examples), 256, "<|im_end|>")


def put(form: str, given: Material, folder: Path) -> Path:
    folder.mkdir(parents=True)
    FORMS[form].write(given, folder)
    return folder


@pytest.mark.parametrize("marked", [False, True], ids=["as text", "as ids"])
def test_trl_s_own_trainer_has_the_same_loss_on_the_first_batch(
    marked: bool, tiny_folder: Path, tmp_path: Path
) -> None:
    pytest.importorskip("trl")
    from datasets import load_dataset
    from transformers import AutoModelForCausalLM, AutoTokenizer
    from trl.trainer.sft_config import SFTConfig
    from trl.trainer.sft_trainer import SFTTrainer

    # A passage that spells a mark of the template can only be told in ids.
    examples = EXAMPLES + ([asked("What says <|im_end|> here?", "nothing")] if marked else [])
    model = LocalModel(ModelReference(str(tiny_folder), precision="float32", device="cpu"))
    folder = put("trl", material(model, examples), tmp_path / "out")
    spec = TuningSpec(epochs=1, replay_share=0.0, batch_tokens=4096, lora=LoraSpec(r=4))
    train(spec, model, examples, [], [], tmp_path / "ours", seed=1)
    lines = jsonl.stream(tmp_path / "ours" / "losses.jsonl")
    ours = next(line["loss"] for line in lines if line["loss"] is not None)

    told = yaml.safe_load((folder / "trl.yaml").read_text())
    assert told["completion_only_loss"] is True and told["per_device_train_batch_size"] == len(
        examples
    )
    rows = load_dataset(str(folder / told["dataset_name"]), cache_dir=str(tmp_path / "rows"))
    assert len(rows[told["dataset_test_split"]]) == 2
    assert ("labels" in rows["train"].column_names) == marked
    trainer = SFTTrainer(
        AutoModelForCausalLM.from_pretrained(tiny_folder, dtype="float32"),
        SFTConfig(
            str(tmp_path / "theirs"), max_steps=1, logging_steps=1, report_to="none",
            use_cpu=True, save_strategy="no", bf16=told["bf16"],
            max_length=told["max_length"], packing=told["packing"],
            completion_only_loss=told["completion_only_loss"],
            per_device_train_batch_size=told["per_device_train_batch_size"],
        ),
        train_dataset=rows[told["dataset_train_split"]],
        processing_class=AutoTokenizer.from_pretrained(tiny_folder),
    )  # fmt: skip
    trainer.train()
    assert trainer.state.log_history[0]["loss"] == pytest.approx(ours, abs=2e-5)
    trained = [item.ids for item in encode_examples(examples, model.encoder, 10_000)]
    assert [tuple(row["input_ids"]) for row in trainer.train_dataset] == trained


def test_rows_as_text_are_those_of_a_model_that_opens_every_text(
    build_tiny: Any, tmp_path: Path
) -> None:
    folder = build_tiny(tmp_path / "model", template=None, bos=True)
    model = LocalModel(ModelReference(str(folder), precision="float32", device="cpu"))
    rows = list(
        jsonl.stream(put("trl", material(model, EXAMPLES), tmp_path / "o") / "data/train.jsonl")
    )
    items = encode_examples(EXAMPLES, model.encoder, 10_000)
    for row, item in zip(rows, items, strict=True):
        assert tuple(model.tokenizer(row["prompt"] + row["completion"])["input_ids"]) == item.ids
        assert row["prompt"].startswith("Answer questions about the mill")


def test_unsloth_s_script_reads_each_question_as_the_workbench_does(
    tiny_folder: Path, tmp_path: Path
) -> None:
    model = LocalModel(ModelReference(str(tiny_folder), precision="float32", device="cpu"))
    folder = put("unsloth", material(model, EXAMPLES), tmp_path / "out")
    script = runpy.run_path(str(folder / "train.py"))
    rows = [script["row"](row, model.tokenizer) for row in jsonl.stream(folder / "train.jsonl")]
    for row, item in zip(rows, encode_examples(EXAMPLES, model.encoder, 10_000), strict=True):
        assert tuple(row["input_ids"]) == item.ids
        assert row["labels"] == [-100] * item.start + list(item.ids[item.start :])


RATES = st.floats(1e-6, 0.1, allow_nan=False)
SHARES = st.floats(0.0, 0.9, allow_nan=False)
LORA = st.fixed_dictionaries({
    "r": st.integers(1, 256), "alpha": st.integers(1, 512), "dropout": SHARES,
    "use_dora": st.booleans(), "use_rslora": st.booleans(),
    "target_modules": st.one_of(
        st.just("all-linear"), st.just(("q_proj",)), st.just(("q_proj", "v_proj"))
    ),
})  # fmt: skip
COMMON = st.fixed_dictionaries({
    "learning_rate": RATES, "epochs": st.integers(1, 40), "weight_decay": SHARES,
    "warmup_ratio": SHARES, "schedule": st.sampled_from(["linear", "cosine", "constant"]),
    "optimizer": st.sampled_from(["adamw", "sgd", "rmsprop", "adafactor", "adamw_8bit"]),
    "neftune_alpha": st.one_of(st.none(), st.floats(0.5, 20)),
    "gradient_checkpointing": st.sampled_from([None, True, False]),
    "precision": st.sampled_from(["float32", "bfloat16"]),
})  # fmt: skip


@hypothesis(max_examples=40)
@given(
    tool=st.sampled_from(sorted(TOOLS)), method=st.sampled_from(["lora", "qlora", "full"]),
    common=COMMON, lora=LORA, seed=st.integers(0, 2**31 - 1),
)  # fmt: skip
def test_what_was_written_is_read_back(
    tool: str, method: str, common: dict[str, Any], lora: dict[str, Any], seed: int,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:  # fmt: skip
    own = {f"tuning.lora.{key}": value for key, value in lora.items()} if method != "full" else {}
    settings = {
        "model.name": "org/model-1b", "seed": seed, "tuning.method": method, **own,
        **{f"tuning.{key}": value for key, value in common.items()},
    }  # fmt: skip
    path = tmp_path_factory.getbasetemp() / f"{tool}.yaml"
    path.write_text(yaml.safe_dump(written(TOOLS[tool], settings)), "utf-8")
    taken = read_configuration(path)
    wanted = {key: value for key, value in settings.items() if value is not None}
    assert taken.settings.items() >= wanted.items(), taken.left
    assert not taken.left
    values = experiment_values(taken, "name", "Answer the questions.", "corpus.md", None)
    back = Experiment(**values)
    assert (back.model.name, back.seed) == ("org/model-1b", seed)
    for key, value in {**common, "method": method}.items():
        assert getattr(back.tuning, key) == value
    if method != "full":
        assert {key: getattr(back.tuning.lora, key) for key in lora} == lora


def test_the_last_blocks_are_frozen_tuning_there() -> None:
    told = written(LLAMAFACTORY, {"tuning.method": "layers", "tuning.layers.last": 3})
    assert told == {"finetuning_type": "freeze", "freeze_trainable_layers": 3}


def test_a_setting_without_counterpart_is_said() -> None:
    for tool in TOOLS.values():
        with pytest.raises(ValueError, match="adam"):
            written(tool, {"tuning.method": "lora", "tuning.optimizer": "adam"})


AXOLOTL_OF_OTHERS = """
base_model: org/model-1b
adapter: qlora
load_in_4bit: true
lora_r: 16
lora_alpha: 32
lora_target_linear: true
datasets:
  - {path: train.jsonl, type: alpaca}
sequence_len: 512
sample_packing: true
micro_batch_size: 2
gradient_accumulation_steps: 4
num_epochs: 1.5
learning_rate: 2e-4
optimizer: paged_adamw_8bit
lr_scheduler: cosine
wandb_project: mine
train_on_inputs: true
output_dir: ./out
"""


def read(folder: Path, text: str, *more: str) -> dict[str, Any]:
    """What ``import-config`` says of a configuration, with the experiment that it wrote."""
    import typer
    from typer.testing import CliRunner

    from workbench.cli.trainers import import_config

    app = typer.Typer()
    app.command()(import_config)
    (folder / "config.yaml").write_text(text, "utf-8")
    out = folder / "mine.yaml"
    done = CliRunner().invoke(
        app, [str(folder / "config.yaml"), "-o", str(out), "--json", *more],
        catch_exceptions=False,
    )  # fmt: skip
    return {**json.loads(done.stdout), "written": yaml.safe_load(out.read_text("utf-8"))}


def test_a_configuration_of_axolotl_becomes_an_experiment(tmp_path: Path) -> None:
    rows = [{"instruction": f"Who rang bell {n}?", "output": f"Marta {n}"} for n in range(3)]
    jsonl.write(tmp_path / "train.jsonl", rows)
    (tmp_path / "text.md").write_text("Marta rang.", "utf-8")
    result = read(tmp_path, AXOLOTL_OF_OTHERS, "--corpus", str(tmp_path / "text.md"))
    read_back = Experiment(**result["written"])
    assert read_back.model.name == "org/model-1b"
    tuning = read_back.tuning
    assert (tuning.method, tuning.lora.r, tuning.lora.alpha) == ("qlora", 16, 32)
    assert (tuning.learning_rate, tuning.schedule, tuning.batch_tokens) == (2e-4, "cosine", 4096)
    assert tuning.replay_share == 0
    assert set(result["left"]) == {"num_epochs", "optimizer", "wandb_project", "train_on_inputs"}
    assert "no whole number" in result["left"]["num_epochs"]
    assert result["questions"] == 3
    gold = read_questions(Path(read_back.questions.gold or ""))
    assert [question.answers for question in gold] == [("Marta 0",), ("Marta 1",), ("Marta 2",)]


def test_llamafactory_s_files_are_found_by_name_and_validation_comes_first(tmp_path: Path) -> None:
    index = {"mine": {"file_name": "a.json"}, "checked": {"file_name": "b.json"}}
    (tmp_path / "dataset_info.json").write_text(json.dumps(index), "utf-8")
    for name in ("a", "b"):
        rows = [{"instruction": f"Who rang {name}?", "input": "", "output": name}]
        (tmp_path / f"{name}.json").write_text(json.dumps(rows), "utf-8")
    result = read(
        tmp_path,
        "model_name_or_path: org/m-1b\nstage: sft\nfinetuning_type: freeze\n"
        "freeze_trainable_layers: 2\ndataset: mine\neval_dataset: checked\ndataset_dir: .\n"
        "learning_rate: 1.0e-4\nnum_train_epochs: 3.0\nquantization_bit: 8\n",
    )
    assert result["mapped"]["eval_dataset"] == "questions.gold" and "dataset" in result["left"]
    assert result["questions"] == 1
    assert result["written"]["tuning"]["layers"] == {"last": 2}
    assert result["written"]["model"] == {"name": "org/m-1b", "quantization": "int8"}
    assert "corpus" not in result["written"]


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("c.yaml", "lora_r: 8\n", "names no model"),
        ("c.yaml", "- 1\n", "holds no configuration"),
        ("c.yaml", "a: [", "is not valid YAML"),
        ("c.py", "x = 1", "is a program"),
        ("c.yaml", "base_model: m\nadapter: lora\nlora_r: 0\n", "tuning.lora.r"),
    ],
)
def test_what_is_no_configuration_gets_one_sentence(
    name: str, text: str, said: str, tmp_path: Path
) -> None:
    (tmp_path / name).write_text(text, "utf-8")
    with pytest.raises(WorkbenchError, match=said):
        taken = read_configuration(tmp_path / name)
        experiment_values(taken, "n", "Answer the questions.", None, None)


@pytest.mark.parametrize("form", sorted(FORMS))
def test_a_run_s_export_is_what_the_variant_was_trained_on(
    form: str, run: Run, made: Path, tmp_path: Path
) -> None:
    result = write_training_set(run, form, tmp_path / "out")
    data = "data/" if form == "trl" else ""
    assert {f"{data}train.jsonl", f"{data}dev.jsonl", "README.md"} < set(result.files)
    told = (tmp_path / "out" / f"{data}train.jsonl").read_text("utf-8")
    assert "Answer questions about the tale, briefly." in told
    exam = read_questions(run.files.questions("test"))
    assert not any(json.dumps(question.text)[1:-1] in told for question in exam)
    dev = (tmp_path / "out" / f"{data}dev.jsonl").read_text("utf-8").splitlines()
    assert len(dev) == len(read_questions(run.files.questions("dev")))
    if form == "unsloth":
        return
    taken = read_configuration(tmp_path / "out" / f"{form}.yaml")
    values = experiment_values(taken, "n", "Answer the questions.", None, None)
    trained = run.experiment()
    assert trained is not None
    back = Experiment(**{"corpus": "c.md", **values}).tuning
    for key in ("method", "learning_rate", "epochs", "schedule", "warmup_ratio", "weight_decay"):
        assert getattr(back, key) == getattr(trained.tuning, key)
    assert (back.lora.r, back.lora.alpha) == (4, 8)
    assert not taken.files, "a run's own questions must not become its exam"


def test_a_variant_that_searches_is_trained_on_passages(run: Run, tmp_path: Path) -> None:
    write_training_set(run, "axolotl", tmp_path / "out", "rag")
    rows = list(jsonl.stream(tmp_path / "out" / "train.jsonl"))
    served = ServedRun(run)
    passages = served.context.passages(served.inputs.search.index)
    known = {" ".join(passage.text.split())[:80] for passage in passages}
    shown = [sum(start in row["messages"][-2]["content"] for start in known) for row in rows]
    assert all(shown) and max(shown) > 1, "evidence among distractors"
    told = (tmp_path / "out" / "axolotl.yaml").read_text("utf-8")
    assert "lora_target_linear: true" in told and "&id" not in told


def test_what_cannot_be_told_is_refused(run: Run, tmp_path: Path) -> None:
    for form in FORMS:
        with pytest.raises(WorkbenchError, match=r"which .* is not told of here"):
            write_training_set(run, form, tmp_path / "out", "soft")
    with pytest.raises(WorkbenchError, match="no variant 'nobody'"):
        write_training_set(run, "trl", tmp_path / "out", "nobody")


@pytest.mark.slow
def test_trl_s_command_trains_from_the_folder(run: Run, tmp_path: Path) -> None:
    pytest.importorskip("trl")
    import os
    import subprocess
    import sys

    write_training_set(run, "trl", tmp_path / "out")
    done = subprocess.run(
        [sys.executable, "-m", "trl.scripts.sft", "--config", "trl.yaml", "--use_cpu", "true",
         "--bf16", "false", "--max_steps", "1", "--save_strategy", "no",
         "--load_best_model_at_end", "false"],
        cwd=tmp_path / "out", capture_output=True, text=True, check=False,
        env={**os.environ, "HF_HUB_OFFLINE": "1", "HF_HOME": str(tmp_path / "home")},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    assert (tmp_path / "out" / "trained" / "adapter_config.json").is_file()
