"""Models tuned by different methods beside each other on one set of weights."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from tests.support.models import build
from tests.support.workers import made_once
from tests.tuning.facts import TRAIN, asked, spec_of
from workbench.errors import WorkbenchError
from workbench.models import generation, load
from workbench.tuning import METHODS, train
from workbench.types import Decoding, ModelReference

SHORT = Decoding(max_new_tokens=8)
#: Of very different lengths, so that rows are padded, and end at different times.
PROMPTS = [asked("who?"), *(e.prompt for e in TRAIN), asked("what did Anna Pym keep? " * 6)]
TOGETHER = [name for name in METHODS if name != "qlora"]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = made_once(tmp_path_factory, "biased", lambda folder: build(folder, biases=True))
    return load(ModelReference(str(folder), "cpu", "float32"))


@pytest.fixture(scope="module")
def tuned(model: Any, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """A model of each method; each but the first was trained with others loaded."""
    result = {}
    for name in TOGETHER:
        out = tmp_path_factory.mktemp(name)
        train(spec_of(name, epochs=8), model, TRAIN, [], [], out, 5)
        result[name] = model.with_adapter(str(out / "adapter"))
        result[name].complete(PROMPTS[:1], SHORT)
    return result


def texts(model: Any, prompts: Any = PROMPTS) -> list[str]:
    return [c.text for c in model.complete(prompts, SHORT)]


def test_each_answers_as_it_does_alone(model: Any, tuned: dict[str, Any]) -> None:
    alone = {}
    for name, one in tuned.items():
        fresh = load(ModelReference(model.reference.name, "cpu", "float32"))
        alone[name] = texts(fresh.with_adapter(one.reference.adapter))
    base = texts(load(ModelReference(model.reference.name, "cpu", "float32")))
    assert len({tuple(found) for found in alone.values()} | {tuple(base)}) == len(tuned) + 1
    for name in [*tuned, *reversed(tuned)]:
        assert texts(tuned[name]) == alone[name], name
        assert texts(model) == base, name


@pytest.mark.parametrize("name", TOGETHER)
def test_a_batch_is_answered_as_one_by_one(
    name: str, tuned: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    one = tuned[name]
    single = [texts(one, [prompt])[0] for prompt in PROMPTS]
    assert texts(one) == single
    assert ["".join(one.stream(prompt, SHORT)).strip() for prompt in PROMPTS] == single
    # Prompts read in pieces, whose caches are joined.
    monkeypatch.setattr(generation, "PIECE_TOKENS", 150)
    assert texts(one) == single
    together = one.log_likelihood(PROMPTS, ["the ferry"] * len(PROMPTS))
    apart = [one.log_likelihood([prompt], ["the ferry"])[0] for prompt in PROMPTS]
    assert together == pytest.approx(apart, abs=1e-4)


def test_another_may_answer_while_one_streams(model: Any, tuned: dict[str, Any]) -> None:
    expected, plain = texts(tuned["prefix"]), texts(model)
    pieces = []
    for piece in tuned["prefix"].stream(PROMPTS[1], SHORT):
        pieces.append(piece)
        assert texts(model, PROMPTS[:2]) == plain[:2]
        assert texts(tuned["layers"], PROMPTS[:1]) == texts(tuned["layers"])[:1]
    assert "".join(pieces).strip() == expected[1]


@pytest.mark.parametrize("name", ["lora", "ia3", "prompt", "p_tuning", "prefix"])
def test_peft_itself_reads_what_is_written(name: str, tuned: dict[str, Any]) -> None:
    from peft import PeftModel
    from transformers import AutoModelForCausalLM

    one = tuned[name]
    theirs = PeftModel.from_pretrained(
        AutoModelForCausalLM.from_pretrained(one.reference.name, dtype=torch.float32),
        one.reference.adapter,
    ).eval()
    ids = torch.tensor([one.encoder.prompts([PROMPTS[1]])[0]])
    with torch.no_grad():
        expected = theirs(input_ids=ids, attention_mask=torch.ones_like(ids)).logits[0, -1]
        row = torch.cat([torch.tensor([one.front], dtype=torch.long), ids], dim=1)
        with one.shared.using(one.reference.adapter) as network:
            own = network(input_ids=row, attention_mask=torch.ones_like(row)).logits[0, -1]
    torch.testing.assert_close(own, expected, rtol=0, atol=1e-4)


def test_virtual_tokens_take_their_part_of_the_window(model: Any, tuned: dict[str, Any]) -> None:
    assert tuned["prompt"].context_window == model.context_window - 20
    long = asked("the miller kept the bridge " * 60)
    assert "window" in str(tuned["prompt"].complete([long], SHORT)[0].error)


@pytest.mark.parametrize("name", TOGETHER)
def test_what_does_not_fit_is_refused(name: str, tuned: dict[str, Any], tmp_path: Path) -> None:
    import transformers

    folder = build(tmp_path)
    config = transformers.AutoConfig.from_pretrained(folder)
    config.hidden_size, config.intermediate_size, config.head_dim = 32, 64, 8
    transformers.AutoModelForCausalLM.from_config(config).save_pretrained(folder)
    other = load(ModelReference(str(folder), "cpu", "float32"))
    before = texts(other, PROMPTS[:2])
    with pytest.raises(WorkbenchError, match="does not fit this model"):
        other.with_adapter(tuned[name].reference.adapter)
    assert texts(other, PROMPTS[:2]) == before
