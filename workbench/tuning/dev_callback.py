"""What a training records, which adapter is kept, and when it ends.

Whether to stop is judged on dev questions by the *chance* that the model gives the reference
reply, per token and averaged over questions. Besides reworded questions, dev holds some that
no training can teach; their loss climbs as the model grows confident and would end training long
before the trained facts are learned. A chance lies between 0 and 1, so one confident miss cannot
outweigh ten facts learned. The loss is recorded as well.
"""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

from transformers import TrainerCallback

from workbench.io.jsonl import append, read, write
from workbench.types import Progress, Watch, unwatched

BETTER_BY = 0.002
WHOLE = "whole"  # a file written into a checkpoint when all of it lies on disk


class Watched(Protocol):
    """What the callback needs from a training; ``begins`` is the step from which dev decides."""

    patience: int
    total: int
    has_dev: bool
    begins: int

    def epoch_ended_at(self, step: int) -> int | None: ...

    def epochs_at(self, step: int) -> float: ...

    def dev_scores(self, network: Any) -> tuple[float, float]: ...

    def train_loss(self, network: Any) -> float: ...

    def save_best(self) -> None: ...

    def load_best(self) -> None: ...


class Records:
    """``losses.jsonl``: a line per logged step and per epoch; those after the checkpoint go, and
    all of them where there is none yet: the untrained model is scored again by each beginning.

    ``loss`` is that of the batches since the last line, replayed text among them; ``train_loss``
    and ``dev_loss`` are of the same questions each time, and so can be compared.

    Without ``writes`` the lines are kept in memory alone.
    """

    def __init__(self, path: Path, step: int, writes: bool = True) -> None:
        self._path, self._writes = path, writes
        kept = [r for r in read(path) if r["step"] <= step] if step and path.exists() else []
        if writes:
            write(path, kept)
        self.lines = kept
        self._before = kept[-1]["seconds"] if kept else 0.0
        self._started = time.perf_counter()

    def add(self, **values: Any) -> None:
        record = {**values, "seconds": round(self.seconds, 3)}
        self.lines.append(record)
        if self._writes:
            append(self._path, [record])

    @property
    def seconds(self) -> float:
        """Seconds trained, those before a kill included."""
        return self._before + time.perf_counter() - self._started

    def loss_at(self, step: int) -> float | None:
        """The loss on trained questions after that step, where it was taken."""
        at = [r["train_loss"] for r in self.lines if r["step"] == step]
        return next((float(loss) for loss in at if loss is not None), None)

    def summary(self) -> dict[str, Any]:
        losses = [r["train_loss"] for r in self.lines if r["train_loss"] is not None]
        scored = [r for r in self.lines if r["dev_loss"] is not None]
        return {
            "loss_first": losses[0] if losses else None,
            "dev_loss_first": scored[0]["dev_loss"] if scored else None,
            "dev_loss_last": scored[-1]["dev_loss"] if scored else None,
            "dev_chance": max((r["dev_chance"] for r in scored), default=None),
            "seconds": round(self.seconds, 2),
        }


class Marking(TrainerCallback):  # type: ignore[misc]
    """Marks each checkpoint that lies on disk whole."""

    def on_save(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        folder = Path(args.output_dir) / f"checkpoint-{state.global_step}"
        # Trainer calls this after the last file of the checkpoint, in each process.
        if state.is_world_process_zero:
            (folder / WHOLE).touch()


class DevCallback(Marking):
    """Records the loss, scores dev after each epoch, keeps the best, and ends in time.

    ``decides`` names the record, 0 to 1, by which one epoch is better than another.
    """

    decides = "dev_chance"

    def __init__(
        self, loop: Watched, network: Any, records: Records, progress: Progress,
        told: Watch = unwatched,
    ) -> None:  # fmt: skip
        self._told = told
        self._loop, self._network = loop, network
        self._records, self._progress = records, progress
        self.steps, self.epochs, self.stopped = 0, 0.0, False

    def on_train_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        self.steps = state.global_step
        self.epochs = self._loop.epochs_at(self.steps)
        if self.steps == 0:
            self._score(0, 0.0)
        for record in list(self._records.lines):  # of a training that goes on: what was so far
            self._tell(record)

    def on_log(self, args: Any, state: Any, control: Any, logs: Any = None, **_: Any) -> None:
        if not logs or "loss" not in logs:
            return
        step = state.global_step
        self._records.add(
            step=step,
            epoch=round(self._loop.epochs_at(step), 3),
            loss=round(float(logs["loss"]), 5),
            train_loss=None,
            dev_loss=None,
            dev_chance=None,
            lr=logs.get("learning_rate"),
            **self._logged(logs),
        )
        self._progress(step, self._loop.total, f"loss {float(logs['loss']):.2f}")

    def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        self.steps = state.global_step
        self.epochs = self._loop.epochs_at(self.steps)
        epoch = self._loop.epoch_ended_at(self.steps)
        if epoch is None:
            return
        self._score(self.steps, float(epoch))
        if not self._loop.has_dev:
            return
        if self._waited() >= self._loop.patience and self.steps < self._loop.total:
            self.stopped = True
            control.should_training_stop = True
            # Whoever went on from a checkpoint of this step would train further.
            control.should_save = False

    def take_best(self) -> int | None:
        """Put the best adapter on dev back into the model; its step."""
        steps = self._improvements()
        if not steps:
            return None
        if steps[-1] != self.steps and steps[-1] > 0:
            self._loop.load_best()
        return steps[-1]

    def _score(self, step: int, epoch: float) -> None:
        dev = self._loop.dev_scores(self._network) if self._loop.has_dev else (None, None)
        dev_loss, chance = (None if value is None else round(value, 5) for value in dev)
        self._records.add(
            step=step,
            epoch=epoch,
            loss=None,
            train_loss=round(self._loop.train_loss(self._network), 5),
            dev_loss=dev_loss,
            dev_chance=chance,
            lr=None,
            **self._judged(),
        )
        if step > 0 and self._improvements()[-1:] == [step]:
            self._loop.save_best()
        if step > 0:
            self._tell(self._records.lines[-1])

    def _logged(self, logs: Mapping[str, Any]) -> dict[str, Any]:
        """What a kind of training records beside the loss of a step."""
        return {}

    def _judged(self) -> dict[str, Any]:
        """What a kind of training records beside the loss on dev."""
        return {}

    def _tell(self, record: dict[str, Any]) -> None:
        if record["dev_chance"] is not None and record["step"] > 0:
            self._told(record["epoch"], record["dev_chance"])

    def _improvements(self) -> list[int]:
        """Steps at which dev was better than ever before; the untrained model does not count."""
        best, steps = -math.inf, []
        for record in self._records.lines:
            value = record.get(self.decides)
            if (
                value is not None
                and record["step"] > self._loop.begins
                and value > best + BETTER_BY
            ):
                best = value
                steps.append(record["step"])
        return steps

    def _waited(self) -> int:
        """Evaluations in a row in which neither the chance rose nor the loss fell.

        The loss counts because the form of a reply is learned before the chance moves.
        """
        scored = [
            r for r in self._records.lines
            if r["dev_loss"] is not None and r["step"] >= self._loop.begins
        ]  # fmt: skip
        waited, chance, loss = 0, -math.inf, math.inf
        for record in scored:
            gained = record["dev_chance"] > chance + BETTER_BY or record["dev_loss"] < 0.99 * loss
            waited = 0 if gained else waited + 1
            chance = max(chance, record["dev_chance"])
            loss = min(loss, record["dev_loss"])
        return waited
