"""An experiment from the configuration of another trainer: what maps is taken, the rest is said."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from workbench.errors import WorkbenchError
from workbench.experiment import Experiment, specification_error
from workbench.export.trainers.forms import MARK
from workbench.export.trainers.keys import (
    ALWAYS,
    AXOLOTL,
    LLAMAFACTORY,
    TRL,
    Settings,
    Tool,
)
from workbench.io import yamls
from workbench.io.files import read_json, read_text

#: Stands in where the user has not said it yet, to examine all else.
UNNAMED = "corpus.md"
BOUNDED = "batches are bounded by tokens here: see tuning.batch_tokens"


@dataclass
class Taken:
    """What a configuration gave: settings by their keys, and what has no place here, with reasons.

    ``files`` are its data files that are there, those for validation if it has any.
    """

    tool: str
    settings: Settings = field(default_factory=dict)
    mapped: dict[str, str] = field(default_factory=dict)
    left: dict[str, str] = field(default_factory=dict)
    files: list[Path] = field(default_factory=list)
    ours: bool = False


def read_configuration(path: Path) -> Taken:
    """Read a configuration. Raises WorkbenchError where it is none of a trainer that is known."""
    if path.suffix == ".py":
        raise WorkbenchError(
            f"{path} is a program, and only configurations are read.",
            "Name the YAML file of axolotl, LLaMA-Factory or TRL; what a script sets goes by hand "
            "into `tuning`.",
        )
    text = read_text(path, "configuration")
    try:
        values = yamls.load(text)
    except yamls.YAMLError as error:
        raise WorkbenchError(
            f"{path} is not valid YAML: {' '.join(str(error).split())}.", "Mend the line it names."
        ) from error
    if not isinstance(values, dict):
        raise WorkbenchError(f"{path} holds no configuration.", "A mapping of keys was expected.")
    tool = _tool(path, values)
    taken = Taken(tool.name, ours=text.startswith(MARK))
    rest = {str(key): value for key, value in values.items()}
    _method(tool, rest, taken)
    _batches(tool, rest, taken)
    _data(tool, rest, taken, path)
    for name, value in rest.items():
        _one(tool, name, value, taken)
    # None of them puts running text between the examples.
    taken.settings |= {"tuning.train_on": "questions", "tuning.replay_share": 0.0}
    return taken


def _tool(path: Path, values: Mapping[str, Any]) -> Tool:
    if "base_model" in values:
        return AXOLOTL
    if "finetuning_type" in values or "stage" in values:
        return LLAMAFACTORY
    if "model_name_or_path" in values:
        return TRL
    raise WorkbenchError(
        f"{path} names no model as axolotl, LLaMA-Factory or TRL do.",
        "A configuration has base_model (axolotl) or model_name_or_path (LLaMA-Factory, TRL).",
    )


def _method(tool: Tool, rest: dict[str, Any], taken: Taken) -> None:
    """What is trained, by the keys that say it together."""
    asked = {key for needed in tool.methods.values() for key in needed}
    given = {key: rest.pop(key) for key in sorted(asked) if key in rest}
    if tool is AXOLOTL and rest.pop("lora_target_linear", False):
        taken.settings["tuning.lora.target_modules"] = "all-linear"
        taken.mapped["lora_target_linear"] = "tuning.lora.target_modules"
    if tool is LLAMAFACTORY:
        given.setdefault("finetuning_type", "lora")
        if given.get("quantization_bit") == 8:
            taken.settings["model.quantization"] = "int8"
            taken.mapped["quantization_bit"] = "model.quantization"
            del given["quantization_bit"]
    for method, needed in sorted(tool.methods.items(), key=lambda item: -len(item[1])):
        if all((given.get(key) or None) == value for key, value in needed.items()):
            taken.settings["tuning.method"] = method
            taken.mapped |= dict.fromkeys(given, "tuning.method")
            return
    told = ", ".join(f"{key}: {value}" for key, value in given.items())
    taken.left |= dict.fromkeys(given, f"{told} is no way of tuning here")


def _batches(tool: Tool, rest: dict[str, Any], taken: Taken) -> None:
    packing, rows, steps, length = tool.packs
    packed = rest.pop(packing, False) is True
    given = {key: rest.pop(key) for key in (rows, steps, length) if key in rest}
    numbers = [given.get(rows, 1), given.get(steps, 1), given.get(length)]
    if packed and all(isinstance(number, int) and number > 0 for number in numbers):
        taken.settings["tuning.batch_tokens"] = numbers[0] * numbers[1] * int(numbers[2])
        taken.mapped |= dict.fromkeys((packing, *given), "tuning.batch_tokens")
        return
    taken.left |= {key: BOUNDED for key in given if key != length}
    if length in given:
        taken.left[length] = "examples are cut where the model's window ends (model.context_window)"


def _data(tool: Tool, rest: dict[str, Any], taken: Taken, path: Path) -> None:
    """The files of questions: those for validation, which it does not train on, before others."""
    named = {key: rest.pop(key) for key in tool.data if key in rest}
    folder = path.parent / str(rest.get("dataset_dir", "."))
    for key in reversed(tool.data):
        files = [file for file in _files(named.get(key), folder) if file.is_file()]
        if files and not taken.ours:
            taken.files = files
            taken.mapped[key] = "questions.gold"
            break
    reason = "its files are not here"
    if taken.ours:
        reason = "they are questions of a run, which its exam must not hold"
    elif taken.files:
        reason = "what is trained on is written from the corpus here"
    taken.left |= {key: reason for key in named if key not in taken.mapped}


def _files(value: Any, folder: Path) -> list[Path]:
    """Paths in what the tools write for data: names, mappings with a path, names in a list."""
    if isinstance(value, str):
        return [path for name in value.split(",") for path in _named(name.strip(), folder)]
    if isinstance(value, Mapping):
        parts = [value.get("path"), value.get("data_files")]
        return [path for part in parts for path in _files(part, folder)]
    if isinstance(value, list):
        return [path for part in value for path in _files(part, folder)]
    return []


def _named(name: str, folder: Path) -> list[Path]:
    """A file by its path, or by its name in LLaMA-Factory's dataset_info.json."""
    index = folder / "dataset_info.json"
    known = read_json(index) if index.is_file() else {}
    entry = known.get(name) if isinstance(known, dict) else None
    if isinstance(entry, Mapping) and isinstance(entry.get("file_name"), str):
        return [folder / entry["file_name"]]
    return [folder / name]


def _one(tool: Tool, name: str, value: Any, taken: Taken) -> None:
    key = tool.keys.get(name)
    if key is None:
        same, reason = ALWAYS.get(name, (None, "nothing here is like it"))
        if name not in tool.idle and (name not in ALWAYS or value != same):
            taken.left[name] = reason
        return
    if value is None:
        return
    try:
        taken.settings[key.ours] = key.read(value)
    except ValueError as error:
        taken.left[name] = f"{value!r} {error}"
        return
    taken.mapped[name] = key.ours


def experiment_values(
    taken: Taken, name: str, purpose: str, corpus: str | None, gold: str | None
) -> dict[str, Any]:
    """The keys of an experiment with what was taken. Raises WorkbenchError where one is refused."""
    method = str(taken.settings.get("tuning.method", "lora"))
    own = {"qlora": "lora"}.get(method, method)
    values: dict[str, Any] = {"purpose": purpose, "name": name}
    if corpus is not None:
        values["corpus"] = corpus
    for key, value in taken.settings.items():
        *parts, last = key.split(".")
        if len(parts) == 2 and parts[1] != own:
            continue  # of a method that is not the one
        place = values
        for part in parts:
            place = place.setdefault(part, {})
        place[last] = list(value) if isinstance(value, tuple) else value
    if gold is not None:
        values["questions"] = {"gold": gold}
    try:
        Experiment(**{"corpus": UNNAMED, **values})
    except ValidationError as error:
        raise specification_error(error, f"the configuration of {taken.tool}") from error
    return values
