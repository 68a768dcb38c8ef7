"""Which run an experiment is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from workbench.experiment import Experiment
from workbench.experiment.identity import resolve


def test_other_weights_under_the_same_name_are_another_run(tmp_path: Path) -> None:
    text, model = tmp_path / "text.md", tmp_path / "model"
    text.write_text("Text.", encoding="utf-8")
    model.mkdir()

    def run_id(**changes: Any) -> str:
        values = {"purpose": "Answer questions.", "name": "x", "corpus": str(text)}
        return resolve(Experiment(**{**values, **changes})).run_id

    def with_weights(weights: bytes, **changes: Any) -> str:
        (model / "model.safetensors").write_bytes(weights)
        return run_id(**changes)

    answering = {"model": {"name": str(model)}}
    assert with_weights(b"one", **answering) == with_weights(b"one", **answering)
    assert with_weights(b"one", **answering) != with_weights(b"another", **answering)
    writing = {"questions": {"writer": {"name": str(model)}}}
    assert with_weights(b"one", **writing) != with_weights(b"another", **writing)
    variant = {"variants": ["rag", {"name": "prompt_only", "model": {"name": str(model)}}]}
    assert with_weights(b"one", **variant) != with_weights(b"another", **variant)
    assert with_weights(b"one") == with_weights(b"another")


def test_a_bare_text_stands_for_the_one_key_that_a_part_needs(tmp_path: Path) -> None:
    text = tmp_path / "text.md"
    text.write_text("Text.", encoding="utf-8")
    short = Experiment(
        purpose="Answer questions.",
        name="x",
        corpus=text,
        model="large",
        questions={"writer": "writer"},
        variants=["rag", {"name": "prompt_only", "model": "small"}],
        judge="strict",
    )
    long = Experiment(
        purpose="Answer questions.",
        name="x",
        corpus={"path": str(text)},
        model={"name": "large"},
        questions={"writer": {"name": "writer"}},
        variants=[{"name": "rag"}, {"name": "prompt_only", "model": {"name": "small"}}],
        judge={"model": "strict"},
    )
    assert short == long
    assert resolve(short) == resolve(long)
    with pytest.raises(ValidationError, match="valid tuple"):
        Experiment(purpose="Answer questions.", name="x", corpus=str(text), variants="rag")
