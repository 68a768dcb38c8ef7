"""What every tuning method promises: examples go in, an adapter comes out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.tuning.facts import DEV, SPEC, TRAIN
from workbench.errors import WorkbenchError
from workbench.models import load
from workbench.tuning import METHODS
from workbench.types import LanguageModel, ModelReference

SHORT = SPEC.model_copy(update={"epochs": 6})


@pytest.fixture(params=METHODS)
def method(request: pytest.FixtureRequest) -> Any:
    return METHODS[request.param]


@pytest.fixture
def model(tiny_folder: Path) -> LanguageModel:
    """A fresh object: what training leaves behind must not pass to another test."""
    return load(ModelReference(str(tiny_folder), precision="float32"))


def likelihoods(model: LanguageModel) -> list[float]:
    return model.log_likelihood([e.prompt for e in TRAIN], [e.completion for e in TRAIN])


def test_the_adapter_makes_what_was_trained_likelier_and_leaves_the_model(
    method: Any, model: LanguageModel, tmp_path: Path
) -> None:
    before = likelihoods(model)
    seen: list[tuple[int, int]] = []
    summary = method(
        SHORT, model, TRAIN, DEV, [], tmp_path, 5,
        lambda done, total, note="": seen.append((done, total)),
    )  # fmt: skip
    assert likelihoods(model) == before
    after = likelihoods(model.with_adapter(str(tmp_path / "adapter")))
    assert sum(after) > sum(before) + 0.5 * len(before)
    assert seen == sorted(seen) and seen[-1][0] == summary["steps"] <= seen[-1][1]
    assert summary == json.loads((tmp_path / "summary.json").read_text("utf-8"))
    assert summary["loss_last"] < summary["loss_first"] and summary["seconds"] > 0

    stamps = {p: p.stat().st_mtime_ns for p in (tmp_path / "adapter").iterdir()}
    assert method(SHORT, model, TRAIN, DEV, [], tmp_path, 5) == summary, "trained twice"
    assert stamps == {p: p.stat().st_mtime_ns for p in (tmp_path / "adapter").iterdir()}


def test_a_seed_gives_one_adapter_and_another_seed_another(
    method: Any, model: LanguageModel, tmp_path: Path
) -> None:
    short = SPEC.model_copy(update={"epochs": 1})
    values = []
    for name, seed in (("one", 6), ("same", 6), ("other", 7)):
        method(short, model, TRAIN, [], [], tmp_path / name, seed)
        values.append(likelihoods(model.with_adapter(str(tmp_path / name / "adapter"))))
    assert values[0] == values[1] != values[2]


def test_what_cannot_be_trained_is_a_user_s_fault(
    method: Any, model: LanguageModel, tmp_path: Path
) -> None:
    with pytest.raises(WorkbenchError):
        method(SHORT, model, [], [], [], tmp_path / "none", 5)

    class Elsewhere:
        reference = ModelReference("m", endpoint="http://localhost/v1")

    with pytest.raises(WorkbenchError):
        method(SHORT, Elsewhere(), TRAIN, [], [], tmp_path / "far", 5)
    assert not (tmp_path / "none" / "adapter").exists()
