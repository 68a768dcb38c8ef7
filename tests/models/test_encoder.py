"""An encoder behind the face of a model: it learns labels, is saved, and names nothing else."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest
import torch

from tests.support.labelled import STEMS, build_encoder, messages
from workbench.errors import WorkbenchError
from workbench.experiment.tuning import TuningSpec
from workbench.models import load
from workbench.models.encoder import EncoderModel
from workbench.tuning import Example, train
from workbench.types import Decoding, Message, ModelReference, Prompt

LABELS = tuple(STEMS)
RATES = {"full": 3e-3, "lora": 9e-3}


def asked(text: str) -> Prompt:
    return Prompt((Message("user", text),))


def examples(rows: list[dict[str, Any]]) -> list[Example]:
    return [Example(asked(row["text"]), row["label"]) for row in rows]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_encoder(tmp_path_factory.mktemp("encoder") / "bert")


def opened(folder: Path) -> EncoderModel:
    model = load(ModelReference(str(folder), precision="float32", task="classify"))
    assert isinstance(model, EncoderModel)
    return model


@pytest.fixture(scope="module", params=RATES)
def tuned(
    request: pytest.FixtureRequest, folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[EncoderModel, Path, dict[str, Any]]:
    """(the encoder, where it was tuned to, the summary), by each method."""
    out = tmp_path_factory.mktemp(request.param)
    spec = TuningSpec(
        method=request.param, learning_rate=RATES[request.param], epochs=12, batch_tokens=256,
        replay_share=0.0, lora={"r": 8, "alpha": 16},  # type: ignore[arg-type]
    )  # fmt: skip
    model = opened(folder).labelled(LABELS)
    rows = messages()
    before = [value.clone() for value in model.model.parameters()]
    facts = train(spec, model, examples(rows[::2]), examples(rows[1::6]), [], out, 5)
    for was, now in zip(before[:-2], list(model.model.parameters())[:-2], strict=True):
        assert torch.equal(was, now), "the encoder itself is to stay as it was"
    return model, out, facts


def test_it_learns_and_is_the_same_where_it_is_opened_anew(
    tuned: tuple[EncoderModel, Path, dict[str, Any]], folder: Path
) -> None:
    model, out, facts = tuned
    unseen = messages()[1::2]
    prompts = [asked(row["text"]) for row in unseen]
    first = model.with_adapter(str(out / "adapter"))
    again = opened(folder).with_adapter(str(out / "adapter"))
    assert again.labels == LABELS
    replies, later = (m.complete(prompts, Decoding()) for m in (first, again))
    assert [r.text for r in replies] == [r.text for r in later]
    right = sum(r.text == row["label"] for r, row in zip(replies, unseen, strict=True))
    # A third is what naming one label always would give.
    assert right / len(unseen) > 0.8
    for one, other in zip(replies, later, strict=True):
        assert one.confidence == pytest.approx(other.confidence, abs=1e-6)
        assert 1 / len(LABELS) <= (one.confidence or 0) <= 1
    assert facts["loss_last"] < facts["loss_first"]
    assert facts["trained_share"] == pytest.approx(
        facts["trained_parameters"] / sum(p.numel() for p in model.model.parameters())
    )


def test_likelihoods_are_the_probabilities_of_all_labels(
    tuned: tuple[EncoderModel, Path, dict[str, Any]],
) -> None:
    model, out, _ = tuned
    own = model.with_adapter(str(out / "adapter"))
    prompt = asked(messages()[0]["text"])
    values = own.log_likelihood([prompt] * len(LABELS), LABELS)
    assert sum(map(math.exp, values)) == pytest.approx(1.0, abs=1e-5)
    (reply,) = own.complete([prompt], Decoding())
    assert math.exp(max(values)) == pytest.approx(reply.confidence, abs=1e-5)
    assert "".join(own.stream(prompt, Decoding())) == reply.text
    with pytest.raises(WorkbenchError, match="knows no label 'canoes'"):
        own.log_likelihood([prompt], ["canoes"])


def test_a_message_longer_than_the_window_is_cut_not_refused(
    tuned: tuple[EncoderModel, Path, dict[str, Any]],
) -> None:
    model, out, _ = tuned
    own = model.with_adapter(str(out / "adapter"))
    (reply,) = own.complete([asked("My canoe took in water. " * 80)], Decoding())
    assert reply.error is None and reply.input_tokens < own.context_window


def test_untuned_it_says_that_it_knows_no_labels(folder: Path) -> None:
    with pytest.raises(WorkbenchError, match="is not tuned"):
        opened(folder).complete([asked("Hello")], Decoding())
    with pytest.raises(WorkbenchError, match="no tuned encoder"):
        opened(folder).with_adapter(str(folder))
