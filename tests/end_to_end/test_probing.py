"""Adapters probed for real: a small model before and after a training that harms it."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from workbench.engine.cache import Artifact, ArtifactCache
from workbench.evaluation import probes
from workbench.experiment import Experiment
from workbench.io import jsonl
from workbench.models.local import LocalModel
from workbench.records.run import Run
from workbench.stages import FORGETTING
from workbench.stages.context import RunContext
from workbench.stages.forgetting import ForgettingInputs, figures, probe_targets
from workbench.stages.inputs import ModelInput
from workbench.tuning import Example, train
from workbench.types import Message, Prompt

LABELS = {"fine_tuned": "Fine-tuned", "prompt_only": "Prompt only", "fine_tuned_rag": "Hybrid"}


def experiment(folder: Path, tiny_folder: Path, **changes: Any) -> Experiment:
    (folder / "text.md").write_text("# One\n\nThe miller kept the bridge.\n", "utf-8")
    values = {
        "purpose": "Answer questions about the mill.",
        "name": "probed",
        "corpus": str(folder / "text.md"),
        "model": {"name": str(tiny_folder)},
        "variants": ["prompt_only", "rag", "fine_tuned", "fine_tuned_rag"],
        **changes,
    }
    return Experiment(**values)


def context_of(folder: Path) -> RunContext:
    return RunContext(ArtifactCache(folder / "cache"))


def probe(asked: Experiment, run: Run, adapters: dict[str, Artifact], context: RunContext) -> None:
    """The stage as the pipeline runs it."""
    trained = {name: artifact.reference for name, artifact in adapters.items()}
    inputs = ForgettingInputs.of(asked, trained)
    assert inputs is not None
    FORGETTING.run(inputs, run.path, context)


@pytest.fixture(scope="module")
def adapters(tiny_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Artifact]:
    """An adapter that has learned to write one word again and again, as the run would hold it."""
    from workbench.experiment.tuning import TuningSpec
    from workbench.models import load
    from workbench.types import ModelReference

    out = tmp_path_factory.mktemp("harmed")
    examples = [
        Example(Prompt((Message("user", f"question {n}"),)), "boat " * 12) for n in range(12)
    ]
    spec = TuningSpec(
        lora={"r": 8, "alpha": 32},
        learning_rate=3e-2,
        epochs=12,
        batch_tokens=512,
        replay_share=0.0,
    )
    train(
        spec, load(ModelReference(str(tiny_folder), precision="float32")), examples, [], [], out, 1
    )
    result = Artifact("adapter-harmed", out, {}, 1.0)
    return {"fine_tuned": result, "fine_tuned_rag": result}


@pytest.fixture(scope="module")
def probed(
    tiny_folder: Path, adapters: dict[str, Artifact], tmp_path_factory: pytest.TempPathFactory
) -> tuple[Experiment, Run, RunContext]:
    folder = tmp_path_factory.mktemp("probed")
    asked, run, context = experiment(folder, tiny_folder), Run(folder / "run"), context_of(folder)
    seen: list[tuple[int, int]] = []

    def progress(done: int, total: int, note: str = "") -> None:
        seen.append((done, total))

    probe(asked, run, adapters, context.reporting(progress))
    assert seen[-1][0] == seen[-1][1] and seen == sorted(seen)
    return asked, run, context


def test_both_models_leave_a_record_of_every_piece_and_question(probed: Any) -> None:
    _, run, _ = probed
    for name in ("base", "fine_tuned"):
        prose = jsonl.read(run.path / "forgetting" / name / "prose.jsonl")
        assert [r["piece"] for r in prose] == [piece.id for piece in probes.pieces()]
        answers = jsonl.read(run.path / "forgetting" / name / "answers.jsonl")
        assert sorted(a["question"] for a in answers) == sorted(q.id for q in probes.questions())
        assert all(a["status"] == "answered" for a in answers)


def test_the_likelihood_is_the_models_own(probed: Any) -> None:
    """Against one plain forward pass of transformers over the whole text."""
    asked, run, context = probed
    model = context.model(ModelInput.of(asked.model.reference(), asked.batch_tokens))
    assert isinstance(model, LocalModel)
    for record in jsonl.read(run.path / "forgetting" / "base" / "prose.jsonl")[:3]:
        piece = next(p for p in probes.pieces() if p.id == record["piece"])
        ids = model.encoder.text(piece.text)[: model.context_window]
        half = len(ids) // 2
        labels = torch.tensor([[-100] * half + ids[half:]])
        with model.shared.using(None) as network, torch.no_grad():
            loss = float(network(input_ids=torch.tensor([ids]), labels=labels).loss)
        assert record["nats"] == pytest.approx(loss, rel=1e-4)
        assert record["tokens"] == len(ids) - half


def test_harm_is_found_and_said(probed: Any) -> None:
    asked, run, _ = probed
    (result,) = figures(run, asked, [], [], LABELS)
    assert result["variants"] == ["fine_tuned", "fine_tuned_rag"]
    before, after = (
        {r["piece"]: r["nats"] for r in jsonl.read(run.path / folder / "prose.jsonl")}
        for folder in result["records"]
    )
    assert result["prose"]["before"] == pytest.approx(math.exp(sum(before.values()) / len(before)))
    assert result["prose"]["after"] == pytest.approx(math.exp(sum(after.values()) / len(after)))
    assert result["prose"]["low"] > 0.1, "an adapter that harms was not found out"
    assert result["statements"][0]["key"] == "forgot_prose_up"
    assert result["known"] == []


def test_an_adapter_that_does_nothing_breaks_nothing(
    probed: Any, adapters: dict[str, Artifact], tiny_folder: Path, tmp_path: Path
) -> None:
    import shutil

    from safetensors.torch import load_file, save_file

    shutil.copytree(adapters["fine_tuned"].path, tmp_path / "idle")
    weights = tmp_path / "idle" / "adapter" / "adapter_model.safetensors"
    save_file({name: 0 * value for name, value in load_file(weights).items()}, weights)
    idle = Artifact("adapter-idle", tmp_path / "idle", {}, 1.0)
    asked, run = experiment(tmp_path, tiny_folder), Run(tmp_path / "run")
    probe(asked, run, {"fine_tuned": idle, "fine_tuned_rag": idle}, context_of(tmp_path))
    (result,) = figures(run, asked, [], [], LABELS)
    assert result["prose"]["rise"] == pytest.approx(0, abs=1e-5)
    assert result["reading"]["difference"] == 0
    assert [item["key"] for item in result["statements"]] == [
        "forgot_prose_same", "forgot_reading_same",
    ]  # fmt: skip


def test_an_adapter_that_a_variant_names_is_probed_like_a_trained_one(
    probed: Any, adapters: dict[str, Artifact], tiny_folder: Path, tmp_path: Path
) -> None:
    whole_asked, whole, _ = probed
    named = {
        "name": "house", "context": "none",
        "model": {
            "name": str(tiny_folder), "adapter": str(adapters["fine_tuned"].path / "adapter")
        },
    }  # fmt: skip
    spec = experiment(tmp_path, tiny_folder, variants=["prompt_only", "rag", named])
    run = Run(tmp_path / "run")
    probe(spec, run, {}, context_of(tmp_path))
    (result,) = figures(run, spec, [], [], LABELS)
    (trained,) = figures(whole, whole_asked, [], [], LABELS)
    assert result["records"] == ["forgetting/base", "forgetting/house"]
    assert result["prose"]["rise"] == pytest.approx(trained["prose"]["rise"], rel=1e-6)
    assert result["reading"] == trained["reading"]


def test_a_second_run_finds_the_records_and_loads_no_model(
    probed: Any, adapters: dict[str, Artifact], tiny_folder: Path, tmp_path: Path
) -> None:
    asked, run, context = probed
    again = RunContext(context.cache)
    other = Run(tmp_path / "run")
    probe(asked, other, adapters, again)
    assert not again.opened
    for name in ("base/prose.jsonl", "fine_tuned/answers.jsonl"):
        assert (other.path / "forgetting" / name).read_bytes() == (
            run.path / "forgetting" / name
        ).read_bytes()


def test_a_stopped_probe_goes_on_and_ends_the_same(
    probed: Any,
    adapters: dict[str, Artifact],
    tiny_folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _, whole, _ = probed
    asked, run = experiment(tmp_path, tiny_folder), Run(tmp_path / "run")
    append, calls = jsonl.append, []

    def stopping(path: Path, listed: Any) -> None:
        calls.append(path.name)
        if len(calls) == 3:
            raise KeyboardInterrupt
        append(path, listed)

    monkeypatch.setattr(jsonl, "append", stopping)
    with pytest.raises(KeyboardInterrupt):
        probe(asked, run, adapters, context_of(tmp_path))
    assert not (run.path / "forgetting" / "base").exists()
    (half,) = (tmp_path / "cache").glob("probe-*.partial/prose.jsonl")
    kept = half.read_text("utf-8")
    assert len(kept.splitlines()) == 8
    calls.clear()
    monkeypatch.setattr(jsonl, "append", append)
    probe(asked, run, adapters, context_of(tmp_path))
    done = (run.path / "forgetting" / "base" / "prose.jsonl").read_text("utf-8")
    assert done.startswith(kept)
    assert done == (whole.path / "forgetting" / "base" / "prose.jsonl").read_text("utf-8")


def test_what_is_probed(tmp_path: Path, tiny_folder: Path) -> None:
    (item,) = probe_targets(experiment(tmp_path, tiny_folder))
    assert item.twins == (("fine_tuned", "prompt_only"), ("fine_tuned_rag", "rag"))
    assert probe_targets(experiment(tmp_path, tiny_folder, variants=["prompt_only", "rag"])) == []
    elsewhere = {
        "name": "fine_tuned",
        "model": {"name": "ft:small", "endpoint": "http://127.0.0.1:1/v1"},
    }
    assert probe_targets(experiment(tmp_path, tiny_folder, variants=["rag", elsewhere])) == []
    named = {
        "name": "house", "context": "none",
        "model": {"name": str(tiny_folder), "adapter": str(tmp_path)},
    }  # fmt: skip
    own = {"name": "raft", "tuning": {"lora": {"r": 4}}}
    matches = probe_targets(
        experiment(tmp_path, tiny_folder, variants=["prompt_only", "rag", named, own])
    )
    assert [(s.name, s.adapter, s.before, s.twins) for s in matches] == [
        ("house", str(tmp_path), "base", (("house", "prompt_only"),)),
        ("raft", None, "base", (("raft", "rag"),)),
    ]
    assert matches[0].base == replace(matches[1].base, adapter=None)


def test_a_run_from_before_says_nothing(tmp_path: Path, tiny_folder: Path) -> None:
    assert figures(Run(tmp_path), experiment(tmp_path, tiny_folder), [], [], LABELS) == []
    json.dumps(figures(Run(tmp_path), experiment(tmp_path, tiny_folder), [], [], LABELS))
