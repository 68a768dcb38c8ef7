"""What each trainer takes: its records, its configuration, and how it is started."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workbench.export.filling import put
from workbench.export.trainers.keys import AXOLOTL, LLAMAFACTORY, TRL, Settings, Tool, written
from workbench.export.trainers.rendered import rendered
from workbench.export.training_set import TrainingSet
from workbench.io import jsonl
from workbench.io.files import write_json, write_text
from workbench.models.encoding import Encoder

#: The first line of a configuration that was written here: its data are a run's own questions.
MARK = "# Written by workbench questions export"


@dataclass(frozen=True, slots=True)
class Material:
    """What a form is written from.

    ``rows`` are the examples of a step on average, ``longest`` bounds the tokens of an example, and
    ``end`` is the token that ends a reply, if any does.
    """

    known: TrainingSet
    settings: Settings
    encoder: Encoder
    tokenizer: Any
    rows: int
    longest: int
    end: str | None

    @property
    def own_end(self) -> dict[str, str]:
        """TRL's key for an end that is not the tokenizer's own."""
        other = self.end is not None and self.end != self.tokenizer.eos_token
        return {"eos_token": str(self.end)} if other else {}


@dataclass(frozen=True, slots=True)
class Form:
    """One trainer's form, told in the keys of ``tool``.

    ``methods`` are those of tuning that it is told of; ``template`` says that it writes the turns
    by the model's own template.
    """

    name: str
    tool: Tool
    methods: tuple[str, ...]
    write: Callable[[Material, Path], list[str]]
    start: str
    template: bool = True


def _chats(material: Material, folder: Path) -> None:
    for name, examples in (("train", material.known.train), ("dev", material.known.dev)):
        jsonl.write(folder / f"{name}.jsonl", ({"messages": item.messages()} for item in examples))


def _put_yaml(path: Path, *parts: Mapping[str, Any]) -> None:
    import json

    import yaml

    # Through JSON, since YAML would point from one place to another where both hold one value.
    values = json.loads(json.dumps({key: value for part in parts for key, value in part.items()}))
    text = yaml.safe_dump(values, sort_keys=False, allow_unicode=True, width=100)
    write_text(path, f"{MARK}; `workbench import-config` reads it back.\n{text}")


def _momentum(settings: Settings) -> dict[str, str]:
    # What the workbench's own loop gives it.
    return {"optim_args": "momentum=0.9"} if settings["tuning.optimizer"] == "sgd" else {}


def _axolotl(material: Material, folder: Path) -> list[str]:
    _chats(material, folder)
    turns = {
        "ds_type": "json", "type": "chat_template", "field_messages": "messages",
        "message_property_mappings": {"role": "role", "content": "content"},
        "roles_to_train": ["assistant"], "train_on_eos": "turn",
    }  # fmt: skip
    told = written(AXOLOTL, material.settings)
    if told.get("lora_target_modules") == "all-linear":
        del told["lora_target_modules"]
        told["lora_target_linear"] = True
    _put_yaml(
        folder / "axolotl.yaml",
        told | _momentum(material.settings),
        {
            "datasets": [{"path": "train.jsonl", **turns}],
            "test_datasets": [{"path": "dev.jsonl", "split": "train", **turns}],
            "chat_template": "tokenizer_default",
            "train_on_inputs": False,
            "sequence_len": material.longest,
            "sample_packing": False,
            "eval_sample_packing": False,
            "pad_to_sequence_len": False,
            "micro_batch_size": material.rows,
            "gradient_accumulation_steps": 1,
            "evals_per_epoch": 1,
            "saves_per_epoch": 1,
            "output_dir": "./trained",
        },
    )
    return []


def _llamafactory(material: Material, folder: Path) -> list[str]:
    _chats(material, folder)
    tags = {
        "role_tag": "role", "content_tag": "content", "user_tag": "user",
        "assistant_tag": "assistant", "system_tag": "system",
    }  # fmt: skip
    write_json(
        folder / "dataset_info.json",
        {
            f"workbench_{role}": {
                "file_name": f"{role}.jsonl", "formatting": "sharegpt",
                "columns": {"messages": "messages"}, "tags": tags,
            }
            for role in ("train", "dev")
        },
    )  # fmt: skip
    _put_yaml(
        folder / "llamafactory.yaml",
        {"stage": "sft", "do_train": True},
        written(LLAMAFACTORY, material.settings) | _momentum(material.settings),
        {
            "dataset": "workbench_train",
            "eval_dataset": "workbench_dev",
            "dataset_dir": ".",
            "cutoff_len": material.longest,
            "packing": False,
            "train_on_prompt": False,
            "per_device_train_batch_size": material.rows,
            "gradient_accumulation_steps": 1,
            **_each_epoch(),
        },
    )
    return [
        "No template is named, so that LLaMA-Factory reads the model's own; what that writes after "
        "the end of a reply, mostly a line break, it counts into the loss."
    ]


def _each_epoch() -> dict[str, Any]:
    return {
        "eval_strategy": "epoch", "save_strategy": "epoch", "load_best_model_at_end": True,
        "metric_for_best_model": "eval_loss", "greater_is_better": False, "output_dir": "./trained",
        "report_to": "none",
    }  # fmt: skip


def _trl(material: Material, folder: Path) -> list[str]:
    train, dev = (
        rendered(examples, material.encoder, material.tokenizer, material.end)
        for examples in (material.known.train, material.known.dev)
    )
    as_text = train.texts is not None and dev.texts is not None
    for name, part in (("train", train), ("dev", dev)):
        rows: Iterable[Mapping[str, Any]] = (part.texts if as_text else part.ids) or ()
        jsonl.write(folder / "data" / f"{name}.jsonl", rows)
    _put_yaml(
        folder / "trl.yaml",
        written(TRL, material.settings) | _momentum(material.settings),
        material.own_end,
        {
            "dtype": "auto" if material.settings["tuning.precision"] != "float32" else "float32",
            # Of a folder's train.jsonl and dev.jsonl, datasets takes the latter for validation.
            "dataset_name": "data",
            "dataset_train_split": "train",
            "dataset_test_split": "validation",
            "completion_only_loss": True,
            "packing": False,
            "max_length": material.longest,
            "per_device_train_batch_size": material.rows,
            "gradient_accumulation_steps": 1,
            **_each_epoch(),
        },
    )
    if as_text:
        return []
    return [
        "The rows are token ids with their labels: put together as text, some would be cut into "
        "other tokens than the variant reads."
    ]


def _unsloth(material: Material, folder: Path) -> list[str]:
    _chats(material, folder)
    settings = material.settings
    put(
        folder,
        "train_unsloth.py",
        "train.py",
        of=settings,
        momentum=_momentum(settings).get("optim_args"),
        trl=written(TRL, settings),
        method=settings["tuning.method"],
        modules=_unsloth_modules(settings.get("tuning.lora.target_modules")),
        rows=material.rows,
        longest=material.longest,
        end=material.end,
    )
    return []


def _unsloth_modules(modules: str | Sequence[str] | None) -> list[str]:
    if modules is None or modules == "all-linear":
        # Unsloth's own words for the linear layers of the models that it knows.
        return ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
    return [modules] if isinstance(modules, str) else list(modules)


#: By the name that the command line takes.
FORMS: dict[str, Form] = {
    "axolotl": Form(
        "axolotl", AXOLOTL, tuple(AXOLOTL.methods), _axolotl, "axolotl train axolotl.yaml"
    ),
    "llamafactory": Form(
        "LLaMA-Factory", LLAMAFACTORY, tuple(LLAMAFACTORY.methods), _llamafactory,
        "llamafactory-cli train llamafactory.yaml",
    ),
    # Its script calls TRL's trainer.
    "unsloth": Form("Unsloth", TRL, ("lora", "qlora"), _unsloth, "python train.py"),
    "trl": Form(
        "TRL", TRL, tuple(TRL.methods), _trl, "trl sft --config trl.yaml", template=False
    ),
}  # fmt: skip
