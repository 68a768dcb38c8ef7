"""What cannot be right is refused before any work, with the way out."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from workbench.errors import WorkbenchError
from workbench.export import export
from workbench.records.run import Run


def changed(run: Run, folder: Path, **changes: Any) -> Run:
    """The run with another specification: nothing that it names is made."""
    copy = Run(Path(shutil.copytree(run.path, folder / run.id)))
    values = yaml.safe_load(copy.files.specification.read_text())
    for key, value in changes.items():
        values[key] = {**values[key], **value} if isinstance(value, dict) else value
    copy.files.specification.write_text(yaml.safe_dump(values))
    return copy


def refused(run: Run, variant: str, format_: str, out: Path, quantize: str | None = None) -> str:
    with pytest.raises(WorkbenchError) as fault:
        export(run, variant, format_, out / "out", quantize)
    assert not (out / "out").exists() and not list(out.glob("*.partial"))
    assert fault.value.hint
    return f"{fault.value.message} {fault.value.hint}"


def test_names_that_are_none(run: Run, tmp_path: Path) -> None:
    assert "formats are peft, merged" in refused(run, "rag", "onnx", tmp_path)
    assert "variants are prompt_only" in refused(run, "hybrid", "merged", tmp_path)


def test_nothing_is_written_over(run: Run, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine").touch()
    with pytest.raises(WorkbenchError, match="written over"):
        export(run, "rag", "merged", tmp_path / "out")
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["mine"]


def test_a_base_model_has_no_adapter(run: Run, tmp_path: Path) -> None:
    told = refused(run, "rag", "peft", tmp_path)
    assert "untuned" in told and "--format merged" in told


@pytest.mark.parametrize("format_", ["merged", "gguf", "gguf-lora", "ollama", "vllm"])
def test_virtual_tokens_are_no_weights(format_: str, run: Run, tmp_path: Path) -> None:
    told = refused(run, "soft", format_, tmp_path)
    assert "Prompt tuning" in told and "--format peft" in told


def test_a_quantised_base_is_not_merged(run: Run, tmp_path: Path) -> None:
    copy = changed(run, tmp_path, model={"quantization": "nf4"})
    told = refused(copy, "fine_tuned", "merged", tmp_path)
    assert "nf4" in told and "another system than the one that was examined" in told
    lora = {"method": "qlora", "lora": {"r": 4, "alpha": 8}}
    copy = changed(run, tmp_path / "qlora", tuning=lora)
    assert "its base is quantised" in refused(copy, "fine_tuned", "merged", tmp_path)


def test_dora_is_no_plain_lora(run: Run, tmp_path: Path) -> None:
    dora = {"lora": {"r": 4, "alpha": 8, "use_dora": True}}
    copy = changed(run, tmp_path, tuning=dora)
    assert "LoRA with DoRA" in refused(copy, "fine_tuned", "gguf-lora", tmp_path)


def test_a_bottleneck_can_be_served_alone(run: Run, tmp_path: Path) -> None:
    copy = changed(run, tmp_path, tuning={"method": "bottleneck"})
    for format_ in ("peft", "merged"):
        assert "--format docker" in refused(copy, "fine_tuned", format_, tmp_path)


def test_the_reader_runs_nowhere_else(run: Run, tmp_path: Path) -> None:
    copy = changed(run, tmp_path, model={"name": "reader"})
    for format_ in ("gguf", "ollama", "vllm", "openai-jsonl"):
        told = refused(copy, "fine_tuned", format_, tmp_path)
        assert "embedded reader" in told and "--format docker" in told


def test_a_model_behind_an_endpoint_has_no_weights_here(run: Run, tmp_path: Path) -> None:
    hosted = {"name": "gpt", "endpoint": "http://127.0.0.1:1/v1"}
    copy = changed(run, tmp_path, model=hosted)
    told = refused(copy, "prompt_only", "merged", tmp_path)
    assert "its weights are not here" in told and "openai-jsonl" in told


def test_a_model_without_template(run: Run, build_tiny: Any, tmp_path: Path) -> None:
    folder = build_tiny(tmp_path / "bare", template=None)
    copy = changed(run, tmp_path, model={"name": str(folder)})
    assert "no chat template" in refused(copy, "fine_tuned", "ollama", tmp_path)


def test_a_vocabulary_beyond_the_embedding(run: Run, build_tiny: Any, tmp_path: Path) -> None:
    from transformers import AutoTokenizer

    folder = build_tiny(tmp_path / "more")
    tokenizer = AutoTokenizer.from_pretrained(folder)
    before = len(tokenizer)
    tokenizer.add_tokens(["<one>", "<two>"])
    tokenizer.save_pretrained(folder)
    copy = changed(run, tmp_path, model={"name": str(folder)})
    told = refused(copy, "fine_tuned", "merged", tmp_path)
    assert f"{before + 2} tokens" in told and f"embedding {before}:" in told


def test_types_of_gguf_files(run: Run, tmp_path: Path) -> None:
    assert "no type 'Q9'" in refused(run, "fine_tuned", "gguf", tmp_path, "Q9")
    assert "not quantised here" in refused(run, "fine_tuned", "vllm", tmp_path, "Q4_K_M")


def test_a_checkout_without_the_converter(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LLAMA_CPP_DIR", str(tmp_path))
    assert "convert_lora_to_gguf.py" in refused(run, "fine_tuned", "gguf-lora", tmp_path)
