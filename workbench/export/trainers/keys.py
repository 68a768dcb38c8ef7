"""What our settings are called in other trainers: one table a tool, read in both directions.

A setting is named as in an experiment (``tuning.lora.r``). A value that has no counterpart raises
ValueError with the reason.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, get_args

from workbench.experiment.tuning import Method, Optimizer, Schedule

#: Settings by their names in an experiment.
Settings = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Key:
    """One key of theirs: the setting that it holds, and how a value is written and read."""

    ours: str
    read: Callable[[Any], Any]
    write: Callable[[Any], Any] = lambda value: value


def _number(value: Any) -> float:
    if isinstance(value, bool):
        raise ValueError("is no number")
    try:
        return float(value)  # YAML takes 2e-4 for a text
    except (TypeError, ValueError):
        raise ValueError("is no number") from None


def _whole(value: Any) -> int:
    number = _number(value)
    if number != int(number):
        raise ValueError("is no whole number")
    return int(number)


def _flag(value: Any) -> bool:
    if value in (True, False, None):
        return bool(value)
    raise ValueError("is neither true nor false")


def _share(value: Any) -> float:
    number = _number(value)
    if not 0 <= number < 1:
        raise ValueError("is a number of steps, and tuning.warmup_ratio is a share of them")
    return number


def _int8(value: Any) -> str:
    return "int8" if _flag(value) else "none"


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError("is no text")
    return value


def _checkpointing(value: Any) -> bool:
    return value if isinstance(value, bool) else bool(value)


def _one_of(known: Mapping[str, str]) -> Callable[[Any], str]:
    def read(value: Any) -> str:
        if str(value) not in known:
            raise ValueError(f"is none of {', '.join(sorted(known))}")
        return known[str(value)]

    return read


def _modules(value: Any) -> str | tuple[str, ...]:
    """Names of modules, listed, parted by commas, or the word for all of them."""
    names = value if isinstance(value, list) else str(value).split(",")
    names = [str(name).strip() for name in names]
    return "all-linear" if names in (["all"], ["all-linear"]) else tuple(names)


def _listed(value: Any) -> Any:
    return [value] if isinstance(value, str) else list(value)


def _parted(value: Any) -> str:
    return "all" if value == "all-linear" else ",".join(_listed(value))


#: transformers' names, which all of the tools take, and further spellings that are read.
WRITTEN_OPTIMIZERS: dict[str, str] = {
    "adamw": "adamw_torch", "sgd": "sgd", "rmsprop": "rmsprop", "adafactor": "adafactor",
    "adamw_8bit": "adamw_bnb_8bit",
}  # fmt: skip
OPTIMIZERS = {theirs: ours for ours, theirs in WRITTEN_OPTIMIZERS.items()} | {
    "adamw_torch_fused": "adamw", "adamw_hf": "adamw", "adamw": "adamw", "adamw_8bit": "adamw_8bit",
}  # fmt: skip
WRITTEN_SCHEDULES = {
    "linear": "linear", "cosine": "cosine", "constant": "constant_with_warmup"
}  # fmt: skip
SCHEDULES = {theirs: ours for ours, theirs in WRITTEN_SCHEDULES.items()} | {"constant": "constant"}
assert set(WRITTEN_OPTIMIZERS) < set(get_args(Optimizer))
assert set(WRITTEN_SCHEDULES) == set(get_args(Schedule))


def _optimizer(name: str) -> str:
    if name not in WRITTEN_OPTIMIZERS:
        raise ValueError(f"{name} is no optimizer of transformers' names")
    return WRITTEN_OPTIMIZERS[name]


def _bf16(value: Any) -> str:
    if value in ("auto", None):
        return "auto"
    return "bfloat16" if _flag(value) else "float32"


def _written_bf16(precision: str) -> bool:
    return precision != "float32"  # they have no "auto": on a GPU it comes to this


#: Where the names are transformers' own, as in LLaMA-Factory and TRL.
_OF_TRANSFORMERS: dict[str, Key] = {
    "model_name_or_path": Key("model.name", _text),
    "learning_rate": Key("tuning.learning_rate", _number),
    "num_train_epochs": Key("tuning.epochs", _whole),
    "optim": Key("tuning.optimizer", _one_of(OPTIMIZERS), _optimizer),
    "lr_scheduler_type": Key(
        "tuning.schedule", _one_of(SCHEDULES), WRITTEN_SCHEDULES.__getitem__
    ),
    "weight_decay": Key("tuning.weight_decay", _number),
    "neftune_noise_alpha": Key("tuning.neftune_alpha", _number),
    "bf16": Key("tuning.precision", _bf16, _written_bf16),
    "seed": Key("seed", _whole),
    "lora_alpha": Key("tuning.lora.alpha", _whole),
    "lora_dropout": Key("tuning.lora.dropout", _number),
    "use_rslora": Key("tuning.lora.use_rslora", _flag),
    "use_dora": Key("tuning.lora.use_dora", _flag),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Tool:
    """One trainer. ``methods`` says how each method of ours is asked for there.

    ``packs`` are its keys for rows that are filled up with several examples, with those for their
    number, for the steps that are added up, and for their length. ``data`` are the keys that name
    files, training before validation; ``idle`` those that change no result.
    """

    name: str
    keys: Mapping[str, Key]
    methods: Mapping[Method, Mapping[str, Any]]
    packs: tuple[str, str, str, str]
    data: tuple[str, str]
    idle: frozenset[str] = field(default_factory=frozenset)


_ROWS = ("per_device_train_batch_size", "gradient_accumulation_steps")
_IDLE = frozenset({
    "output_dir", "logging_steps", "logging_strategy", "save_steps", "save_strategy", "report_to",
    "save_total_limit", "eval_strategy", "eval_steps", "per_device_eval_batch_size", "run_name",
    "load_best_model_at_end", "metric_for_best_model", "greater_is_better",
})  # fmt: skip

AXOLOTL = Tool(
    "axolotl",
    {
        "base_model": Key("model.name", _text),
        "learning_rate": Key("tuning.learning_rate", _number),
        "num_epochs": Key("tuning.epochs", _whole),
        "optimizer": Key("tuning.optimizer", _one_of(OPTIMIZERS), _optimizer),
        "lr_scheduler": Key("tuning.schedule", _one_of(SCHEDULES), WRITTEN_SCHEDULES.__getitem__),
        "warmup_ratio": Key("tuning.warmup_ratio", _share),
        "weight_decay": Key("tuning.weight_decay", _number),
        "neftune_noise_alpha": Key("tuning.neftune_alpha", _number),
        "gradient_checkpointing": Key("tuning.gradient_checkpointing", _checkpointing),
        "bf16": Key(
            "tuning.precision", _bf16, lambda p: "auto" if p == "auto" else _written_bf16(p)
        ),
        "early_stopping_patience": Key("tuning.patience", _whole),
        "seed": Key("seed", _whole),
        "load_in_8bit": Key("model.quantization", _int8),
        "lora_r": Key("tuning.lora.r", _whole),
        "lora_alpha": Key("tuning.lora.alpha", _whole),
        "lora_dropout": Key("tuning.lora.dropout", _number),
        "lora_target_modules": Key(
            "tuning.lora.target_modules", _modules, lambda v: v if v == "all-linear" else _listed(v)
        ),
        "peft_use_dora": Key("tuning.lora.use_dora", _flag),
        "peft_use_rslora": Key("tuning.lora.use_rslora", _flag),
    },
    {
        "lora": {"adapter": "lora"},
        "qlora": {"adapter": "qlora", "load_in_4bit": True},
        "full": {"adapter": None},
    },
    ("sample_packing", "micro_batch_size", "gradient_accumulation_steps", "sequence_len"),
    ("datasets", "test_datasets"),
    _IDLE | {
        "evals_per_epoch", "saves_per_epoch", "eval_sample_packing", "pad_to_sequence_len",
        "dataset_prepared_path", "chat_template", "eval_batch_size",
    },
)  # fmt: skip

LLAMAFACTORY = Tool(
    "LLaMA-Factory",
    _OF_TRANSFORMERS | {
        "warmup_ratio": Key("tuning.warmup_ratio", _share),
        # It works activations out anew unless it is told not to.
        "disable_gradient_checkpointing": Key(
            "tuning.gradient_checkpointing", lambda value: not _flag(value), lambda on: not on
        ),
        "lora_rank": Key("tuning.lora.r", _whole),
        "lora_target": Key("tuning.lora.target_modules", _modules, _parted),
        "freeze_trainable_layers": Key("tuning.layers.last", _whole),
        "early_stopping_steps": Key("tuning.patience", _whole),
    },
    {
        "qlora": {"finetuning_type": "lora", "quantization_bit": 4},
        "lora": {"finetuning_type": "lora", "quantization_bit": None},
        "layers": {"finetuning_type": "freeze"},
        "full": {"finetuning_type": "full"},
    },
    ("packing", *_ROWS, "cutoff_len"),
    ("dataset", "eval_dataset"),
    _IDLE | {
        "do_train", "do_eval", "dataset_dir", "overwrite_cache", "overwrite_output_dir",
        "preprocessing_num_workers", "dataloader_num_workers", "plot_loss", "template",
        "trust_remote_code",
    },
)  # fmt: skip

TRL = Tool(
    "TRL",
    _OF_TRANSFORMERS | {
        # A share where it is below 1, since transformers 5.
        "warmup_steps": Key("tuning.warmup_ratio", _share),
        "warmup_ratio": Key("tuning.warmup_ratio", _share),
        "gradient_checkpointing": Key("tuning.gradient_checkpointing", _checkpointing),
        "load_in_8bit": Key("model.quantization", _int8),
        "lora_r": Key("tuning.lora.r", _whole),
        "lora_target_modules": Key("tuning.lora.target_modules", _modules, _listed),
    },
    {
        "qlora": {"use_peft": True, "load_in_4bit": True},
        "lora": {"use_peft": True, "load_in_4bit": None},
        "full": {"use_peft": None},
    },
    ("packing", *_ROWS, "max_length"),
    ("datasets", "dataset_name"),
    _IDLE | {
        "dtype", "dataset_train_split", "dataset_test_split", "eos_token",
        "do_train",
    },
)  # fmt: skip


#: What holds of every training here: the value of theirs that says the same, and what it is.
ALWAYS: dict[str, tuple[Any, str]] = {
    "stage": ("sft", "models are tuned on questions with their replies here"),
    "train_on_inputs": (False, "the loss counts replies alone here"),
    "train_on_prompt": (False, "the loss counts replies alone here"),
    "completion_only_loss": (True, "the loss counts replies alone here"),
}


def written(tool: Tool, settings: Settings) -> dict[str, Any]:
    """The settings by the tool's keys; those that it has no key for are left out.

    Raises ValueError where it cannot hold a value.
    """
    result = dict(tool.methods[settings["tuning.method"]])
    done: set[str] = set()
    for theirs, key in tool.keys.items():
        # Of two keys for one setting the first is written, the other only read.
        if settings.get(key.ours) is not None and key.ours not in done:
            result[theirs] = key.write(settings[key.ours])
            done.add(key.ours)
    return {key: value for key, value in result.items() if value is not None}
