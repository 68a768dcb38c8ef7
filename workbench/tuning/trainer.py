"""The training loop itself: transformers' Trainer with our batches, dev scores and records."""

from __future__ import annotations

import logging
import math
import os
import shutil
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import partial
from pathlib import Path
from statistics import mean
from typing import Any

import torch
from transformers import TrainingArguments

from workbench.experiment.fitting import CHECKPOINTING_FROM
from workbench.experiment.tuning import METHODS as METHOD_TRAITS
from workbench.experiment.tuning import TuningSpec
from workbench.io.files import read_json, whole_folder, write_json
from workbench.models.batching import batches_by_length, tokens_scored_at_once
from workbench.models.encoder import LABELS, EncoderModel, label_log_likelihood
from workbench.models.likelihood import mean_log_likelihood
from workbench.models.loading import bf16_is_native
from workbench.models.local import LocalModel
from workbench.models.tuned import CONFIG, TunedModel
from workbench.models.tuned.injected import Injected
from workbench.models.tuned.pruned import Blocks, Pruned
from workbench.models.tuned.weights import ChangedWeights
from workbench.tuning.arguments import common_arguments
from workbench.tuning.batches import Item
from workbench.tuning.classifying import LABEL_METHODS, LabelTrainer
from workbench.tuning.dev_callback import WHOLE, DevCallback, Records
from workbench.tuning.mending import is_weighed
from workbench.tuning.methods import METHODS
from workbench.tuning.optimizers import handed_in
from workbench.tuning.planned import Batches, PlannedTrainer, load_state, save_state
from workbench.tuning.pruning import choose_blocks
from workbench.types import Progress, Watch, unwatched

log = logging.getLogger(__name__)

CHECKPOINTS = "checkpoints"
BEST = "best"
#: Which blocks were taken out before, with what was measured.
PRUNED = "pruned.json"
#: By a model's task: what it is trained with, how likely it finds replies, and its methods.
LOOPS: dict[str, tuple[type[PlannedTrainer], Callable[..., list[float]], Any]] = {
    "generate": (PlannedTrainer, mean_log_likelihood, METHODS),
    "classify": (LabelTrainer, label_log_likelihood, LABEL_METHODS),
}
#: Trained sequences whose loss is taken after each epoch: at most this many, and this share of all.
PROBE, PROBE_SHARE = 24, 1 / 16


def is_first() -> bool:
    """Whether this process is the one that writes: the only one, or the first of several."""
    if torch.distributed.is_initialized():
        return torch.distributed.get_rank() == 0
    # Started by torch's launcher, and not yet met with the others.
    return os.environ.get("RANK", "0") == "0"


def wait_for_all() -> None:
    """Until every process is here; at once where there is but one."""
    if torch.distributed.is_initialized():
        torch.distributed.barrier()


class AdapterTrainer:
    """One training from its plan to ``out/adapter``; state lives in ``out`` alone.

    Where several processes run it, each takes its share of every batch's rows, all score the dev
    questions alike, and the first alone writes.
    """

    def __init__(
        self,
        spec: TuningSpec,
        model: LocalModel | EncoderModel,
        plan: Sequence[Sequence[Sequence[Item]]],
        train: Sequence[Item],
        dev: Sequence[Item],
        out: Path,
        seed: int,
        prune: float = 0.0,
        start: Path | None = None,
    ) -> None:
        self._spec, self._model, self._dev, self._prune = spec, model, dev, prune
        self._start = start
        self._loop, self._likelihood, self._methods = LOOPS[model.reference.task]
        sampled = min(PROBE, math.ceil(PROBE_SHARE * len(train)))
        self._probe = train[:: -(-len(train) // sampled)]
        self._out, self._seed = out, seed
        self._pruned: dict[str, int] = {}
        # Before anything is added to the model.
        self._base_count = model.model.num_parameters()
        self._batches = [batch for epoch in plan for batch in epoch]
        ends = [sum(len(epoch) for epoch in plan[: i + 1]) for i in range(len(plan))]
        self._epoch_ends = {step: i + 1 for i, step in enumerate(ends)}
        self.patience, self.total, self.has_dev = spec.patience, len(self._batches), bool(dev)
        # Text that is read first has no say in which epoch is best.
        self.begins = ends[spec.text_first - 1] if spec.text_first else 0

    def run(self, progress: Progress, told: Watch = unwatched) -> dict[str, Any]:
        """Train, keep what was best on dev, and return a summary; ``told`` hears each epoch."""
        checkpoint = last_whole(self._out / CHECKPOINTS)
        records = Records(self._out / "losses.jsonl", step_of(checkpoint), writes=is_first())
        with torch.random.fork_rng(), silence():
            torch.manual_seed(self._seed)
            begin = self._begin(progress)
            with self._model.shared.training(begin) as (network, tuned):
                self._tuned = tuned
                watch = DevCallback(self, network, records, progress, told)
                trainer = self._trainer(network, watch)
                trainer.train(resume_from_checkpoint=str(checkpoint) if checkpoint else None)
                best = watch.take_best()
                loss_last = records.loss_at(watch.steps if best is None else best)
                if loss_last is None:
                    loss_last = self.train_loss(network)
                if is_first():
                    self._save(self._out / "adapter")
                trained = self._measured(trainer)
        wait_for_all()
        if is_first():
            shutil.rmtree(self._out / CHECKPOINTS, ignore_errors=True)
            shutil.rmtree(self._out / BEST, ignore_errors=True)
        return records.summary() | {
            "loss_last": round(loss_last, 5),
            "epochs": round(watch.epochs, 2),
            "planned_epochs": len(self._epoch_ends),
            "steps": watch.steps,
            "stopped_early": watch.stopped,
            "best_step": best,
            # The batch is bounded in tokens; this is how many examples that came to.
            "per_device_batch": round(sum(map(len, self._batches)) / len(self._batches), 1),
            **trained,
            **self._pruned,
        }

    def _begin(self, progress: Progress) -> Callable[[Any], TunedModel]:
        """What makes the method's change of the base model, or of what pruning leaves of it."""
        if self._start is not None:  # check_edition lets LoRA alone through, unpruned
            return partial(Injected.continued, folder=str(self._start))
        begin: Callable[[Any], TunedModel] = partial(self._methods[self._spec.method], self._spec)
        if not self._prune:
            return begin
        judged = self._dev or self._probe

        def pruned(model: Any) -> TunedModel:
            facts = choose_blocks(
                model, self._prune, lambda: -mean(self._log_likelihoods(model, judged)),
                self._out / PRUNED, lambda done, of: progress(done, of, "blocks left out in turn"),
            )  # fmt: skip
            self._pruned = {"blocks": facts["blocks"], "blocks_removed": len(facts["removed"])}
            with Blocks(model, facts["removed"]).out():
                self._base_count = model.num_parameters()
            return Pruned.around(model, facts, begin)

        return pruned

    def _trainer(self, network: Any, watch: DevCallback) -> PlannedTrainer:
        spec = self._spec
        trainer = self._loop(
            model=network,
            args=self._arguments(),
            train_dataset=Batches(self._batches),
            callbacks=[watch],
            optimizer_cls_and_kwargs=handed_in(spec.optimizer, spec.learning_rate),
        )
        trainer.trained = self._tuned.trained()
        trainer.weighed = is_weighed([item.weight for batch in self._batches for item in batch])
        trainer.pad_id = self._model.pad_id
        trainer.pass_tokens = spec.device_batch_tokens or tokens_scored_at_once(
            self._model.model.config.get_text_config().vocab_size
        )
        trainer.autocast = self._autocast()
        trainer.remove_callback_by_name("PrinterCallback", "ProgressCallback")
        return trainer

    def _measured(self, trainer: PlannedTrainer) -> dict[str, Any]:
        """What was trained, the memory that this took beside model and activations, the disk."""
        weights = list(self._tuned.trained().values())
        count = sum(p.numel() for p in weights)
        kept = [value for state in trainer.optimizer.state.values() for value in state.values()]
        kept = [value for value in kept if torch.is_tensor(value)]
        # Each weight with its gradient, and what the optimiser remembers of it.
        size = sum(2 * p.nbytes for p in weights) + sum(value.nbytes for value in kept)
        saved = self._out / "adapter"
        return {
            "trained_parameters": count,
            "trained_share": count / self._base_count,
            "state_bytes": size,
            "size_bytes": sum(path.stat().st_size for path in saved.glob("*")),
        }

    def dev_scores(self, network: Any) -> tuple[float, float]:
        """Mean loss per token and mean chance of the reference reply over the dev questions."""
        values = self._log_likelihoods(network, self._dev)
        return -sum(values) / len(values), sum(map(math.exp, values)) / len(values)

    def train_loss(self, network: Any) -> float:
        """Mean loss per token on a sample of the training set, comparable before and after.

        The running loss is not, where other text is replayed between the questions.
        """
        values = self._log_likelihoods(network, self._probe)
        return -sum(values) / len(values)

    def _log_likelihoods(self, network: Any, items: Sequence[Item]) -> list[float]:
        network.eval()
        with self._autocast() if self._is_mixed() else nullcontext():
            values = reply_likelihoods(self._model, items, self._likelihood)
        network.train()
        return values

    def _arguments(self) -> TrainingArguments:
        spec = self._spec
        return TrainingArguments(
            **common_arguments(
                spec,
                self._model.model.device.type,
                self._out / CHECKPOINTS,
                len(self._batches),
                self._seed,
                spec.learning_rate,
            ),
            weight_decay=spec.weight_decay if METHOD_TRAITS[spec.method].decays else 0,
            neftune_noise_alpha=spec.neftune_alpha,
            per_device_train_batch_size=1,
            gradient_checkpointing=self._checkpointing(),
            gradient_checkpointing_kwargs={"use_reentrant": False},
            ddp_find_unused_parameters=False,
            # The dataset yields lists of items, which have no columns.
            remove_unused_columns=False,
        )

    def _checkpointing(self) -> bool:
        """Whether activations are worked out anew, which costs a third more time."""
        wanted, model = self._spec.gradient_checkpointing, self._model.model
        if not getattr(model, "supports_gradient_checkpointing", False):
            return False
        if self._spec.method == "prefix":
            return False  # it lives in the cache of keys and values, which checkpointing drops
        if wanted is not None:
            return wanted
        return bool(model.device.type == "cuda" and model.num_parameters() >= CHECKPOINTING_FROM)

    def _autocast(self) -> AbstractContextManager[Any]:
        device = self._model.model.device
        wanted = self._spec.precision
        narrow = wanted == "bfloat16" or (wanted == "auto" and bf16_is_native(device))
        narrow = narrow or self._is_mixed()
        return torch.autocast(device.type, dtype=torch.bfloat16, enabled=narrow)

    def _is_mixed(self) -> bool:
        """Whether some of a narrow model's own weights are trained in float32, among the others."""
        narrow = self._model.model.dtype != torch.float32
        return narrow and isinstance(self._tuned, ChangedWeights)

    def _save(self, folder: Path) -> None:
        """What was trained, whole or not at all; it names its model as the user did."""
        with whole_folder(folder) as partial:
            self._tuned.save(partial)
            config = read_json(partial / CONFIG)
            write_json(
                partial / CONFIG, {**config, "base_model_name_or_path": self._model.reference.name}
            )
            if isinstance(self._model, EncoderModel):
                write_json(partial / LABELS, list(self._model.labels))

    def save_best(self) -> None:
        if is_first():
            with whole_folder(self._out / BEST) as partial:
                save_state(self._tuned.trained(), partial)

    def load_best(self) -> None:
        wait_for_all()
        load_state(self._tuned.trained(), self._out / BEST)

    def epoch_ended_at(self, step: int) -> int | None:
        """The number of the epoch that ends with ``step``, or None."""
        return self._epoch_ends.get(step)

    def epochs_at(self, step: int) -> float:
        """Epochs done after ``step``, as a fraction."""
        before = 0
        for end, number in self._epoch_ends.items():
            if step <= end:
                return number - 1 + (step - before) / max(1, end - before)
            before = end
        return float(len(self._epoch_ends))


def reply_likelihoods(
    model: LocalModel | EncoderModel,
    items: Sequence[Item],
    likelihood: Callable[..., list[float]] = mean_log_likelihood,
) -> list[float]:
    """How likely the model, as it stands, finds the reply of each sequence; in no order."""
    values: list[float] = []
    for batch in batches_by_length([len(i.ids) for i in items], model.batch_tokens):
        chosen = [items[i] for i in batch]
        values += likelihood(
            model.model,
            [item.ids[: item.start] for item in chosen],
            [item.ids[item.start :] for item in chosen],
            model.pad_id,
        )
    return values


def last_whole(folder: Path) -> Path | None:
    """The newest checkpoint that was written to its end."""
    whole = [path for path in folder.glob("checkpoint-*") if (path / WHOLE).exists()]
    # By number: as text, checkpoint-1000 comes before checkpoint-200.
    return max(whole, key=step_of, default=None)


def step_of(checkpoint: Path | None) -> int:
    return int(checkpoint.name.rpartition("-")[2]) if checkpoint else 0


@contextmanager
def silence() -> Iterator[None]:
    """Silence Trainer, TRL and hub: each stage shows its own progress bar."""
    loud = [logging.getLogger(name) for name in ("transformers", "trl", "accelerate")]
    levels = [logger.level for logger in loud]
    for logger in loud:
        logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        for logger, level in zip(loud, levels, strict=True):
            logger.setLevel(level)
