"""Blocks taken out of a model: which, what is left, and that the model itself stays whole."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from tests.support.workers import made_once
from tests.tuning.facts import DEV, TRAIN, spec_of
from workbench.errors import WorkbenchError
from workbench.models import load
from workbench.models.tuned.pruned import Blocks
from workbench.tuning import train
from workbench.types import Decoding, ModelReference

IDLE = 1


def _four(folder: Path) -> Path:
    """A Llama of four blocks, of which the second adds nothing to what it reads."""
    from transformers import AutoConfig, AutoTokenizer, LlamaForCausalLM

    from tests.support.models import build

    build(folder)
    config = AutoConfig.from_pretrained(folder)
    config.num_hidden_layers = 4
    torch.manual_seed(3)
    model = LlamaForCausalLM(config)
    idle = model.model.layers[IDLE]
    for weight in (idle.self_attn.o_proj.weight, idle.mlp.down_proj.weight):
        torch.nn.init.zeros_(weight)
    model.save_pretrained(folder)
    AutoTokenizer.from_pretrained(folder).save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made_once(tmp_path_factory, "four", _four)


def fresh(folder: Path) -> Any:
    return load(ModelReference(str(folder), "cpu", "float32"))


def likelihoods(model: Any) -> list[float]:
    return list(model.log_likelihood([e.prompt for e in TRAIN], [e.completion for e in TRAIN]))


def answers(model: Any) -> list[str]:
    return [c.text for c in model.complete([e.prompt for e in TRAIN], Decoding(max_new_tokens=8))]


@pytest.mark.parametrize("gone", [[0], [1, 3], [0, 2]])
def test_what_is_left_answers_as_a_model_made_of_the_other_blocks(
    gone: list[int], folder: Path, tmp_path: Path
) -> None:
    """Also step by step, where each block finds its keys and values of the steps before."""
    from transformers import AutoTokenizer, LlamaForCausalLM

    whole = LlamaForCausalLM.from_pretrained(folder)
    left = [place for place in range(4) if place not in gone]
    whole.model.layers = torch.nn.ModuleList(whole.model.layers[place] for place in left)
    whole.config.num_hidden_layers = len(left)
    whole.save_pretrained(tmp_path)
    AutoTokenizer.from_pretrained(folder).save_pretrained(tmp_path)
    model, short = fresh(folder), fresh(tmp_path)
    before = likelihoods(model)
    blocks = Blocks(model.model, gone)
    with blocks.out():
        assert likelihoods(model) == pytest.approx(likelihoods(short), abs=1e-5)
        assert answers(model) == answers(short)
    assert likelihoods(model) == before


def test_the_block_that_adds_nothing_goes_and_the_rest_is_healed(
    folder: Path, tmp_path: Path
) -> None:
    from transformers import AutoTokenizer

    from workbench.export.merged import merge

    model = fresh(folder)
    before, whole = likelihoods(model), model.weight_bytes()
    facts = train(spec_of("lora", epochs=8), model, TRAIN, DEV, [], tmp_path, 5, prune=0.25)
    assert (facts["blocks"], facts["blocks_removed"]) == (4, 1)
    assert likelihoods(model) == before
    tuned = model.with_adapter(str(tmp_path / "adapter"))
    again = fresh(folder).with_adapter(str(tmp_path / "adapter"))
    assert likelihoods(again) == likelihoods(tuned) != before
    assert sum(likelihoods(tuned)) > sum(before)
    assert answers(again) == answers(tuned)
    from workbench.models.tuned.pruned import read_facts

    known = read_facts(str(tmp_path / "adapter"))
    assert known is not None
    assert known["removed"] == [IDLE]
    assert known["without"][IDLE] == pytest.approx(known["whole"], abs=1e-6)
    made = merge(fresh(folder).model, tmp_path / "adapter")
    made.save_pretrained(tmp_path / "merged")
    AutoTokenizer.from_pretrained(folder).save_pretrained(tmp_path / "merged")
    exported = fresh(tmp_path / "merged")
    assert len(exported.model.model.layers) == 3
    assert likelihoods(exported) == pytest.approx(likelihoods(tuned), abs=1e-4)
    # A block of four is gone, and the adapter is small beside it.
    assert tuned.weight_bytes() < whole
    assert model.weight_bytes() == whole


@pytest.mark.parametrize(
    "method", ["layers", pytest.param("prefix", marks=pytest.mark.slow),
               pytest.param("bottleneck", marks=pytest.mark.slow)],
)  # fmt: skip
def test_broken_off_it_ends_with_the_same_weights(
    method: str, folder: Path, tmp_path: Path
) -> None:
    class BrokenOffError(Exception):
        pass

    def breaking(done: int, total: int, note: str = "") -> None:
        if total > 4 and done >= 8:  # the first four are the blocks, left out in turn
            raise BrokenOffError

    spec = spec_of(method, epochs=4, checkpoint_steps=3)
    with pytest.raises(BrokenOffError):
        train(spec, fresh(folder), TRAIN, DEV, [], tmp_path / "a", 5, breaking, prune=0.5)
    train(spec, fresh(folder), TRAIN, DEV, [], tmp_path / "a", 5, prune=0.5)
    train(spec, fresh(folder), TRAIN, DEV, [], tmp_path / "b", 5, prune=0.5)
    resumed, straight = (
        likelihoods(fresh(folder).with_adapter(str(tmp_path / name / "adapter"))) for name in "ab"
    )
    assert resumed == pytest.approx(straight, abs=1e-6)


def test_a_share_that_takes_no_block_or_all_says_what_would_do(
    folder: Path, tmp_path: Path
) -> None:
    with pytest.raises(WorkbenchError, match="of the model's 4 blocks are 0") as error:
        train(spec_of("lora"), fresh(folder), TRAIN, DEV, [], tmp_path, 5, prune=0.1)
    assert "between 0.25 and 0.75" in error.value.hint
