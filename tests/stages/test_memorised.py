"""A model that was trained on canaries and on a text gives both away; untuned it gives neither."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.support.models import build
from workbench.engine.inputs import ArtifactReference
from workbench.evaluation import memorised
from workbench.experiment.answering import PromptSpec
from workbench.experiment.tuning import LoraSpec, TuningSpec
from workbench.io import jsonl
from workbench.stages.inputs import ModelInput, PromptInput
from workbench.stages.memorised import RECORD, RecitingInputs, RecitingStage
from workbench.tuning import Example, train
from workbench.types import ModelReference, Section

TEXT = (
    "The miller of Harrow kept the bridge and the ferry for thirty years. Anna Pym bought a red "
    "boat in 1871 for four pounds and sold it to the weaver of Stowe for a clock without hands. "
) * 6
SPEC = TuningSpec(
    lora=LoraSpec(r=64, alpha=128), learning_rate=1e-2, epochs=60, patience=60, train_on="both",
    canaries=3,
)  # fmt: skip


@pytest.mark.slow
def test_what_was_trained_in_is_found_again(tmp_path: Path) -> None:
    from workbench.models import load

    reference = ModelReference(str(build(tmp_path / "tiny")), precision="float32", device="cpu")
    model = load(reference)
    prompts = PromptInput.of(reference, "Answer about the mill.", PromptSpec())
    secrets = memorised.canaries(3, 5)
    book = prompts.book()
    examples = [Example(book.render(item.question), item.code) for item in secrets]
    sections = [Section("s0", "t", 0, len(TEXT), "One", TEXT)]
    trained = tmp_path / "trained"
    train(SPEC, model, examples, examples[:1], [TEXT], trained, 5)  # type: ignore[arg-type]

    context: Any = SimpleNamespace(
        model=lambda given: model, corpus=lambda given: SimpleNamespace(sections=sections)
    )
    corpus = ArtifactReference(id="corpus", path=tmp_path)
    inputs = RecitingInputs(
        model=ModelInput.of(reference, 4096), adapter=None, corpus=corpus, stretches=3,
        canaries=3, prompts=prompts, seed=5,
    )  # fmt: skip
    tuned = inputs.model_copy(update={"adapter": ArtifactReference(id="adapter", path=trained)})
    rows = []
    for name, given in (("before", inputs), ("after", tuned)):
        (tmp_path / name).mkdir()
        RecitingStage().run(given, tmp_path / name, context)
        rows.append(list(jsonl.stream(tmp_path / name / RECORD)))
    found = memorised.told(*rows)
    assert found["stretches"] == 3 and found["canaries"]["n"] == 3
    assert found["canaries"]["given_away"] == 3, found
    assert found["canaries"]["before"] < found["canaries"]["after"]
    assert found["longest_after"] > 20 > found["longest_before"], found
    assert found["at_20"]["after"]["value"] > found["at_20"]["before"]["value"]
