"""What training is expected to take: what several adapters begin with is counted once."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from workbench.engine.estimate import StageEstimate
from workbench.engine.inputs import ArtifactReference
from workbench.experiment.tuning import TuningSpec
from workbench.stages import adapter_estimate
from workbench.stages.adapter import AdapterInputs, AdapterStage
from workbench.stages.inputs import ModelInput, PromptInput

SUPERVISED, PREFERRING = 100.0, 7.0


def inputs(**tuning: Any) -> AdapterInputs:
    preferring = "preferences" in tuning
    decoding = SimpleNamespace(value=lambda seed: None)
    return AdapterInputs.model_construct(
        format="closed_book", tuning=TuningSpec(**tuning), seed=4, reading=None,
        model=ModelInput.model_construct(name="tiny"), prompts=PromptInput.model_construct(),
        corpus=ArtifactReference(id="c", path=Path()), replies=None, withheld=(), prune=0.0,
        questions=ArtifactReference(id="q", path=Path()),
        preferring=SimpleNamespace(decoding=decoding, labels=None) if preferring else None,
    )  # fmt: skip


@pytest.fixture
def context(monkeypatch: pytest.MonkeyPatch) -> Any:
    part = StageEstimate("adapter", SUPERVISED, ((None, 50.0, 0.0),), "3 epochs at the most")
    monkeypatch.setattr(adapter_estimate, "_supervised", lambda given, context: part)
    monkeypatch.setattr(adapter_estimate, "_preferring", lambda *given: PREFERRING)
    ids = lambda stage, given: given.tuning.model_dump_json()  # noqa: E731
    monkeypatch.setattr(adapter_estimate, "stage_id", ids)
    made: dict[str, Any] = {}
    return SimpleNamespace(cache=SimpleNamespace(find=made.get, made=made), trained={})


def seconds(context: Any, *asked: AdapterInputs) -> list[float | None]:
    return [AdapterStage().estimate(one, context).seconds for one in asked]


def test_a_supervised_training_that_several_begin_with_is_counted_once(context: Any) -> None:
    both = inputs(preferences="dpo"), inputs(preferences="kto")
    assert seconds(context, *both, inputs()) == [SUPERVISED + PREFERRING, PREFERRING, 0.0]
    # Another training is another.
    assert seconds(context, inputs(epochs=2)) == [SUPERVISED]


def test_what_lies_in_the_cache_is_not_counted_again(context: Any) -> None:
    made = SimpleNamespace(reference=ArtifactReference(id="a", path=Path()))
    context.cache.made[inputs().tuning.model_dump_json()] = made
    assert seconds(context, inputs(preferences="dpo")) == [PREFERRING]


def test_preferences_on_the_base_model_need_no_supervised_training(context: Any) -> None:
    base = inputs(preferences={"method": "dpo", "start": "base"})
    assert seconds(context, base, inputs(), base) == [PREFERRING, SUPERVISED, PREFERRING]
