"""What each way of training is given, and the epochs that it leaves to choose from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workbench.experiment.retrieval import Embedding, RetrieverTuningSpec
from workbench.io.files import whole_folder
from workbench.retrieval.learning.pairs import Pair
from workbench.types import Progress, silent


@dataclass(frozen=True)
class Lesson:
    """One training: how, from which embedding, on which pairs, and the folder that is its own.

    ``window_words`` is the length of the stretches that the search compares a question's words
    with.
    """

    spec: RetrieverTuningSpec
    base: Embedding
    window_words: int
    pairs: Sequence[Pair]
    out: Path
    seed: int
    progress: Progress = silent

    def rate(self, usual: float) -> float:
        """The learning rate that is asked for, or the usual one of the method."""
        return usual if self.spec.learning_rate == "auto" else float(self.spec.learning_rate)

    def epoch(self, number: int) -> Path:
        """The folder of what an epoch left, from 1."""
        return self.out / "checkpoints" / f"epoch-{number}"

    def done(self) -> list[Path]:
        """What each epoch left that lies on disk whole, in order."""
        made = (self.epoch(number) for number in range(1, self.spec.epochs + 1))
        return [folder for folder in made if folder.is_dir()]

    def watch(self, save: Callable[[Path], Any]) -> Any:
        """A callback of transformers' trainer that tells of steps and saves after each epoch."""
        from transformers import TrainerCallback

        lesson = self

        class EachEpoch(TrainerCallback):  # type: ignore[misc]
            def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
                lesson.progress(state.global_step, state.max_steps)

            def on_epoch_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
                with whole_folder(lesson.epoch(round(state.epoch))) as partial:
                    save(partial)

        return EachEpoch()

    def arguments(self, steps_each: float, rate: float) -> dict[str, Any]:
        """What the trainers of sentence-transformers are told alike."""
        import torch

        steps = self.spec.epochs * steps_each
        return {
            "output_dir": str(self.out / "state"),
            "num_train_epochs": self.spec.epochs,
            "learning_rate": rate,
            "warmup_steps": max(1, round(0.1 * steps)),
            "save_total_limit": 1,
            "logging_strategy": "no",
            "report_to": [],
            "disable_tqdm": True,
            "use_cpu": not torch.cuda.is_available(),
            "dataloader_pin_memory": False,
            "seed": self.seed % 2**32,
        }
