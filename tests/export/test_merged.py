"""Whole weights that answer as the tuned model did, of every method that can be merged."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from workbench.experiment.tuning import TuningSpec
from workbench.export.formats import MERGEABLE
from workbench.export.merged import merge
from workbench.models.loading import load_weights
from workbench.models.local import LocalModel
from workbench.tuning.methods import METHODS
from workbench.types import Message, ModelReference, Prompt

ASKED = [Prompt((Message("user", f"Who kept the {what}?"),)) for what in ("bridge", "boat")]
REPLIES = ["Anna Pym", "the miller of Harrow"]
SPECS: dict[str, dict[str, Any]] = {
    "lora": {"method": "lora", "lora": {"r": 4, "alpha": 8}},
    "dora": {"method": "lora", "lora": {"r": 4, "alpha": 8, "use_dora": True}},
    "rslora": {"method": "lora", "lora": {"r": 4, "alpha": 8, "use_rslora": True}},
    "ia3": {"method": "ia3"},
    "bitfit": {"method": "bitfit"},
    "layers": {"method": "layers", "layers": {"last": 1}},
    "full": {"method": "full"},
}


@pytest.mark.parametrize("kind", SPECS)
def test_merged_weights_say_what_the_tuned_model_says(
    kind: str, build_tiny: Any, tmp_path: Path
) -> None:
    folder = build_tiny(tmp_path / "tiny", biases=kind == "bitfit")
    reference = ModelReference(str(folder), precision="float32", device="cpu")
    model = LocalModel(reference)
    spec = TuningSpec.model_validate(SPECS[kind])
    with model.shared.training(lambda base: METHODS[spec.method](spec, base)) as (_, tuned):
        torch.manual_seed(3)
        for parameter in tuned.trained().values():
            parameter.data += 0.05 * torch.randn_like(parameter)
        (tmp_path / "adapter").mkdir()
        tuned.save(tmp_path / "adapter")
    wanted = model.with_adapter(str(tmp_path / "adapter")).log_likelihood(ASKED, REPLIES)
    base, tokenizer = load_weights(reference)
    merge(base, tmp_path / "adapter").save_pretrained(tmp_path / "merged")
    tokenizer.save_pretrained(tmp_path / "merged")
    again = LocalModel(ModelReference(str(tmp_path / "merged"), precision="float32", device="cpu"))
    assert again.log_likelihood(ASKED, REPLIES) == pytest.approx(wanted, abs=1e-4)
    before = model.log_likelihood(ASKED, REPLIES)
    assert max(abs(x - y) for x, y in zip(before, wanted, strict=True)) > 0.01


def test_a_merged_reader_is_read_by_its_path(reader: Any, tmp_path: Path) -> None:
    spec = TuningSpec.model_validate(SPECS["lora"])
    with reader.shared.training(lambda base: METHODS["lora"](spec, base)) as (_, tuned):
        torch.manual_seed(1)
        for parameter in tuned.trained().values():
            parameter.data += 0.2 * torch.randn_like(parameter)
        (tmp_path / "adapter").mkdir()
        tuned.save(tmp_path / "adapter")
    asked = [Prompt((Message("user", "question: Who kept the ferry? answer:"),))]
    wanted = reader.with_adapter(str(tmp_path / "adapter")).log_likelihood(asked, ["Anna Pym"])
    assert wanted != pytest.approx(reader.log_likelihood(asked, ["Anna Pym"]), abs=1e-3)
    base, tokenizer = load_weights(reader.reference)
    merge(base, tmp_path / "adapter").save_pretrained(tmp_path / "merged")
    tokenizer.save_pretrained(tmp_path / "merged")
    again = LocalModel(ModelReference(str(tmp_path / "merged"), precision="float32", device="cpu"))
    assert again.prompt_format == "reader"
    assert again.log_likelihood(asked, ["Anna Pym"]) == pytest.approx(wanted, abs=1e-4)


def test_all_that_may_be_merged_is_tried() -> None:
    assert {spec["method"] for spec in SPECS.values()} == MERGEABLE
