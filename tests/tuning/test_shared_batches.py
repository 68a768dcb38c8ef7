"""A batch in several passes, or in several processes, trains the same adapter as in one."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from transformers import Trainer

from tests.tuning.facts import SPEC, WORDINGS, examples, spec_of
from tests.tuning.test_lora import weights
from workbench.errors import WorkbenchError
from workbench.experiment.tuning import TuningSpec
from workbench.models import batching
from workbench.models.likelihood import mean_log_likelihood
from workbench.tuning import train
from workbench.tuning.batches import encode_examples

SHORT = SPEC.model_copy(update={"epochs": 2, "batch_tokens": 200})


def trained(
    tiny, out: Path, spec: TuningSpec = SHORT, **changes: object
) -> dict[str, torch.Tensor]:
    shown = examples(WORDINGS)
    spec = spec.model_copy(update=changes)
    train(spec, tiny, shown, shown[:4], [], out, 3)
    return weights(out)


def alike(one: dict[str, torch.Tensor], other: dict[str, torch.Tensor]) -> None:
    assert one.keys() == other.keys()
    moved = 0.0
    for name, value in one.items():
        assert torch.allclose(value, other[name], atol=2e-5), name
        moved += float(value.abs().sum())
    assert moved > 0


@pytest.fixture
def whole(tiny, tmp_path: Path) -> dict[str, torch.Tensor]:
    return trained(tiny, tmp_path / "whole")


def test_several_passes_are_one_batch(tiny, whole, tmp_path: Path) -> None:
    alike(whole, trained(tiny, tmp_path / "passes", device_batch_tokens=50))


def test_a_row_reads_no_other_row_of_its_batch(tiny, tmp_path: Path) -> None:
    """What a batch loses is what its rows lose alone, weighed by their tokens: none sees another,
    and padding counts for nothing."""
    shown = examples(WORDINGS)[:6]
    rows = encode_examples(shown, tiny.encoder, tiny.context_window)
    assert len({len(row.ids) for row in rows}) > 1, "rows that need padding"
    losses: list[torch.Tensor] = []
    step = Trainer.training_step

    def noted(self: Trainer, model: object, inputs: object, *rest: object) -> object:
        losses.append(step(self, model, inputs, *rest))
        return losses[-1]

    spec = SHORT.model_copy(update={"epochs": 1, "batch_tokens": 10_000, "replay_share": 0.0})
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Trainer, "training_step", noted)
        train(spec, tiny, shown, [], [], tmp_path / "together", 3)
    replies = [row.ids[row.start :] for row in rows]
    alone = [
        mean_log_likelihood(tiny.model, [row.ids[: row.start]], [reply], tiny.pad_id)[0]
        for row, reply in zip(rows, replies, strict=True)
    ]
    tokens = [len(reply) for reply in replies]
    wanted = -sum(a * n for a, n in zip(alone, tokens, strict=True)) / sum(tokens)
    assert float(torch.stack(losses).sum()) == pytest.approx(wanted, abs=1e-4)


def test_no_pass_has_more_scores_than_are_held_at_once(
    tiny, whole, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Some 420 words in the vocabulary: fifty tokens a pass.
    monkeypatch.setattr(batching, "SCORES_AT_ONCE", 50 * 420)
    passes: list[int] = []
    step = Trainer.training_step

    def noted(
        self: Trainer, model: object, inputs: dict[str, torch.Tensor], *rest: object
    ) -> object:
        passes.append(inputs["input_ids"].numel())
        return step(self, model, inputs, *rest)

    monkeypatch.setattr(Trainer, "training_step", noted)
    alike(whole, trained(tiny, tmp_path / "scores"))
    assert max(passes) * tiny.model.config.vocab_size <= 50 * 420


def test_activations_worked_out_anew_change_nothing(tiny, whole, tmp_path: Path) -> None:
    alike(whole, trained(tiny, tmp_path / "anew", gradient_checkpointing=True))


@pytest.mark.slow
def test_two_processes_train_as_one(tiny, whole, tmp_path: Path) -> None:
    """With passes as well, and batches of fewer rows than processes among them."""
    out = tmp_path / "two"
    alike(whole, trained(tiny, out, processes=2, device_batch_tokens=50))
    assert sorted(path.name for path in out.iterdir()) == [
        "adapter",
        "losses.jsonl",
        "summary.json",
    ]


@pytest.mark.parametrize("method", ["full", "bottleneck", "prompt", "prefix"])
def test_other_methods_share_batches_too(method: str, tiny, tmp_path: Path) -> None:
    spec = spec_of(method, epochs=2, batch_tokens=200, optimizer="sgd", learning_rate=0.05)
    one = trained(tiny, tmp_path / "one", spec)
    alike(one, trained(tiny, tmp_path / "passes", spec, device_batch_tokens=80))
    if method != "prefix":  # which is refused
        anew = spec.model_copy(update={"gradient_checkpointing": True})
        alike(one, trained(tiny, tmp_path / "anew", anew))


@pytest.mark.slow
@pytest.mark.parametrize("method", ["full", "bottleneck", "prompt", "prefix"])
def test_other_methods_train_in_two_processes(method: str, tiny, tmp_path: Path) -> None:
    spec = spec_of(method, epochs=2, batch_tokens=200, optimizer="sgd", learning_rate=0.05)
    one = trained(tiny, tmp_path / "one", spec)
    alike(one, trained(tiny, tmp_path / "two", spec, processes=2))


@pytest.mark.slow
def test_processes_that_fail_say_why(tiny, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    (tmp_path / "peft.py").write_text("raise ImportError('peft is broken here')")
    with pytest.raises(WorkbenchError, match="peft is broken here"):
        trained(tiny, tmp_path / "out", processes=2)
