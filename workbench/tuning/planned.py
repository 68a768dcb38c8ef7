"""Transformers' Trainer over batches that were planned before: passes, checkpoints, autocast."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from torch.nn.functional import cross_entropy
from torch.utils.data import DataLoader, Dataset
from transformers import Trainer

from workbench.models.batching import batches_by_length
from workbench.tuning.batches import Item

STATE = "trained.safetensors"
# The label that torch's cross-entropy leaves out.
IGNORED = -100
#: The key of a batch that holds the number of rows of each pass, and what each row counts.
PASSES, WEIGHTS = "passes", "weights"


class Batches(Dataset[Sequence[Item]]):
    """The planned batches; item i is step i."""

    def __init__(self, batches: Sequence[Sequence[Item]]) -> None:
        self._batches = batches

    def __len__(self) -> int:
        return len(self._batches)

    def __getitem__(self, index: int) -> Sequence[Item]:
        return self._batches[index]


class OwnCheckpoints:
    """Of a Trainer: checkpoints that hold what is trained; all else is as the base model has it."""

    trained: Mapping[str, Any]
    args: Any
    callback_handler: Any
    remove_callback: Any

    def _save(self, output_dir: str | None = None, state_dict: Any = None) -> None:
        save_state(self.trained, Path(output_dir or self.args.output_dir))

    def _load_from_checkpoint(self, resume_from_checkpoint: str, model: Any = None) -> None:
        load_state(self.trained, Path(resume_from_checkpoint))

    def remove_callback_by_name(self, *names: str) -> None:
        for callback in list(self.callback_handler.callbacks):
            if type(callback).__name__ in names:
                self.remove_callback(callback)


class PlannedTrainer(OwnCheckpoints, Trainer):  # type: ignore[misc]
    """Trainer over planned batches, autocast around the loss alone.

    A batch comes as the rows of this process, pass after pass; ``pass_tokens`` bounds one pass.
    ``weighed``: some rows count more than others.
    """

    weighed = False

    pad_id: int
    pass_tokens: int
    autocast: AbstractContextManager[Any]

    def get_train_dataloader(self) -> Any:
        return DataLoader(self.train_dataset, batch_size=1, shuffle=False, collate_fn=self._collate)

    def compute_loss_context_manager(self) -> Any:
        return self.autocast

    def _collate(self, batches: Sequence[Sequence[Item]]) -> dict[str, torch.Tensor]:
        (whole,) = batches
        lengths = [len(i.ids) for i in whole]
        parts = [list(range(len(whole)))]
        if max(lengths) * len(whole) > self.pass_tokens:
            parts = list(batches_by_length(lengths, self.pass_tokens))
        # Every process makes as many passes, or they wait for one another for ever: one without a
        # row of its own takes a row whose labels count for nothing.
        first, every = self.args.process_index, self.args.world_size
        own = [part[first::every] for part in parts]
        items = [whole[i] for rows in own for i in rows or (0,)]
        spare = [not rows for rows in own for _ in rows or (0,)]
        return {
            **self.laid_out(items, spare),
            PASSES: torch.tensor([len(rows or (0,)) for rows in own]),
        }

    def laid_out(self, items: Sequence[Item], spare: Sequence[bool]) -> dict[str, torch.Tensor]:
        """Rows as tensors; every token from an item's start is to be foretold."""
        width = max(len(item.ids) for item in items)
        ids = torch.full((len(items), width), self.pad_id)
        labels = torch.full((len(items), width), IGNORED)
        mask = torch.zeros((len(items), width), dtype=torch.long)
        for i, item in enumerate(items):
            length = len(item.ids)
            mask[i, :length] = 1
            ids[i, :length] = torch.tensor(item.ids)
            if not spare[i]:
                labels[i, item.start : length] = ids[i, item.start : length]
        rows = {"input_ids": ids, "labels": labels, "attention_mask": mask}
        if self.weighed:
            rows[WEIGHTS] = torch.tensor([[item.weight] for item in items])
        return rows

    def compute_loss(
        self, model: Any, inputs: dict[str, Any], return_outputs: bool = False,
        num_items_in_batch: Any = None,
    ) -> Any:  # fmt: skip
        """The model's own loss; where rows are weighed, each token's by its row's weight."""
        if WEIGHTS not in inputs:
            return super().compute_loss(model, inputs, return_outputs, num_items_in_batch)
        weights, labels = inputs.pop(WEIGHTS), inputs.pop("labels")
        output = model(**inputs)
        wanted = labels[:, 1:]
        each = cross_entropy(
            output.logits[:, :-1].float().transpose(1, 2), wanted, reduction="none",
            ignore_index=IGNORED,
        )  # fmt: skip
        tokens = (wanted != IGNORED).sum() if num_items_in_batch is None else num_items_in_batch
        loss = (each * weights).sum() / tokens
        return (loss, output) if return_outputs else loss

    def training_step(self, model: Any, inputs: dict[str, Any], *rest: Any, **more: Any) -> Any:
        """One step of the optimiser: the gradients of all passes, each by the whole's tokens."""
        sizes = inputs.pop(PASSES).tolist()
        pieces = [value.split(sizes) for value in inputs.values()]
        losses = []
        for place in range(len(sizes)):
            own = {key: piece[place] for key, piece in zip(inputs, pieces, strict=True)}
            longest = int(own["attention_mask"].sum(dim=1).max())
            own = {key: value[:, :longest] for key, value in own.items()}
            losses.append(super().training_step(model, own, *rest, **more))
        return torch.stack(losses).sum()


def save_state(trained: Mapping[str, Any], folder: Path) -> None:
    """The trained parameters' values, as training holds them."""
    folder.mkdir(parents=True, exist_ok=True)
    save_file({n: p.detach().cpu().contiguous() for n, p in trained.items()}, folder / STATE)


def load_state(trained: Mapping[str, Any], folder: Path) -> None:
    """Put values that :func:`save_state` wrote back into the parameters."""
    values = load_file(folder / STATE)
    with torch.no_grad():
        for name, parameter in trained.items():
            parameter.copy_(values[name])
