"""Defaults fit the model that answers, and a user's own value always wins."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from workbench.experiment import Experiment
from workbench.experiment.fitting import VARIANTS
from workbench.experiment.tuning import LoraSpec, TuningSpec


def of(model: Any, **values: Any) -> Experiment:
    return Experiment(purpose="Answer questions.", name="x", corpus="x.md", model=model, **values)


def test_the_reader_keeps_its_own() -> None:
    own = Experiment(purpose="Answer questions.", name="x", corpus="x.md")
    assert own == of("reader") == of({"name": "reader"})
    assert (own.passages.chunk_size, own.retrieval.top_k, own.tuning.epochs) == (110, 3, 12)
    assert own.model.precision == "float32" and own.tuning.learning_rate == 7e-4


@pytest.mark.parametrize(
    ("name", "rate", "epochs"),
    [
        ("HuggingFaceTB/SmolLM2-135M-Instruct", 5e-4, 4),
        ("smollm2", 5e-4, 4),
        ("Qwen/Qwen2.5-0.5B-Instruct", 3e-4, 3),
        ("meta-llama/Llama-3.1-8B-Instruct", 2e-4, 3),
        ("mistralai/Mistral-7B-Instruct-v0.3", 2e-4, 3),
        ("Qwen/Qwen2.5-72B-Instruct", 1e-4, 2),
        ("some/model", 2e-4, 3),
    ],
)
def test_a_chat_model_is_tuned_as_its_size_wants(name: str, rate: float, epochs: int) -> None:
    fitted = of(name)
    assert (fitted.tuning.learning_rate, fitted.tuning.epochs) == (rate, epochs)
    assert (fitted.tuning.lora.r, fitted.tuning.lora.alpha) == (16, 32)
    assert (fitted.passages.chunk_size, fitted.retrieval.top_k) == (300, 5)
    assert fitted.model.precision == "auto" and fitted.decoding.max_new_tokens == 64
    assert tuple(v.name for v in fitted.variants) == VARIANTS


def test_what_is_given_is_kept_in_whatever_way_it_is_given() -> None:
    fitted = of(
        "Qwen/Qwen2.5-0.5B-Instruct",
        tuning=TuningSpec(epochs=9, lora=LoraSpec(r=4)),
        passages={"chunk_size": 99},
        retrieval={"mode": "bm25"},
        variants=("prompt_only", "rag"),
    )
    assert (fitted.tuning.epochs, fitted.tuning.lora.r, fitted.tuning.lora.alpha) == (9, 4, 32)
    assert fitted.tuning.learning_rate == 3e-4
    assert (fitted.passages.chunk_size, fitted.retrieval.top_k) == (99, 5)
    assert fitted.retrieval.mode == "bm25" and len(fitted.variants) == 2
    # What a run writes down is whole, and read again it is the same.
    assert Experiment.from_yaml(fitted.to_yaml()) == fitted


def test_a_variant_s_own_model_is_held_as_the_experiment_s_is() -> None:
    own = {"name": "house", "context": "none", "model": {"name": "a/b", "adapter": "x"}}
    for whole in (
        of("a/b", variants=["prompt_only", "rag", own]),
        of("reader", variants=["rag", "prompt_only", own]),
    ):
        (house,) = [v for v in whole.variants if v.name == "house"]
        assert house.model is not None and house.model.precision == "auto"
    exact = {**own, "model": {"name": "a/b", "precision": "float32"}}
    (house,) = [
        v for v in of("a/b", variants=["rag", "prompt_only", exact]).variants if v.name == "house"
    ]
    assert house.model is not None and house.model.precision == "float32"


def test_an_endpoint_is_not_asked_to_be_tuned() -> None:
    fitted = of({"name": "gpt-4o-mini", "endpoint": "http://localhost:1/v1"})
    names = [variant.name for variant in fitted.variants]
    assert names == ["prompt_only", "few_shot", "rag", "few_shot_rag", "oracle"]


@pytest.mark.parametrize(
    ("window", "chunk", "top_k"), [(512, 110, 3), (2048, 289, 5), (32768, 300, 5)]
)
def test_passages_fit_the_window(tmp_path: Path, window: int, chunk: int, top_k: int) -> None:
    (tmp_path / "config.json").write_text(json.dumps({"max_position_embeddings": window}), "utf-8")
    for fitted in (of(str(tmp_path)), of({"name": "a/b", "context_window": window})):
        assert (fitted.passages.chunk_size, fitted.retrieval.top_k) == (chunk, top_k)
        assert chunk * top_k < window
