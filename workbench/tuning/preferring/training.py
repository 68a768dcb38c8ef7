"""One training by TRL inside of a model's shared weights: begun, judged on dev, resumed, kept."""

from __future__ import annotations

import math
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import torch
from datasets import Dataset

from workbench.experiment.tuning import TuningSpec
from workbench.io.files import read_json, whole_folder, write_json
from workbench.models.adapters import IN_TRAINING
from workbench.models.local import LocalModel
from workbench.models.tuned import CONFIG
from workbench.models.tuned.injected import Injected
from workbench.tuning.batches import Example, encode_examples
from workbench.tuning.dev_callback import BETTER_BY, DevCallback, Records
from workbench.tuning.methods import METHODS
from workbench.tuning.planned import load_state, save_state
from workbench.tuning.preferring.drawing import Value
from workbench.tuning.preferring.pairs import Asked
from workbench.tuning.preferring.settings import (
    CHATTY,
    as_it_was,
    common_settings,
    per_step,
    plain_tokenizer,
)
from workbench.tuning.preferring.trainers import TRAINERS
from workbench.tuning.trainer import (
    BEST,
    CHECKPOINTS,
    last_whole,
    reply_likelihoods,
    silence,
    step_of,
)
from workbench.types import Decoding, Progress

#: What TRL calls what a line of the record says.
LOGGED = {
    "reward": "reward", "margin": "rewards/margins", "kl": "kl", "preferred": "rewards/accuracies",
}  # fmt: skip
PROBE = 16  # training questions whose replies are scored after each epoch


class PreferenceCallback(DevCallback):
    """Judges by the reward of the answers to dev questions, and records what TRL tells."""

    decides = "dev_reward"

    def __init__(self, loop: PreferenceTraining, *more: Any) -> None:
        super().__init__(loop, *more)
        self._training = loop

    def _logged(self, logs: Mapping[str, Any]) -> dict[str, Any]:
        return {
            key: round(float(logs[name]), 5)
            for key, name in LOGGED.items() if logs.get(name) is not None
        }  # fmt: skip

    def _judged(self) -> dict[str, Any]:
        reward = self._training.dev_reward() if self._training.has_dev else None
        return {"dev_reward": None if reward is None else round(reward, 5)}

    def _waited(self) -> int:
        """Evaluations in a row, from the start, without a better one before them."""
        values = [r["dev_reward"] for r in self._records.lines if r.get("dev_reward") is not None]
        best, waited = -math.inf, 0
        for value in values:
            waited = 0 if value > best + BETTER_BY else waited + 1
            best = max(best, value)
        return waited


class PreferenceTraining:
    """From the adapter in ``start`` (None: a fresh one) to ``out/adapter``; state lies in ``out``.

    ``rows`` are what TRL's trainer reads, ``ids_of`` the ids of prompts by name for methods that
    draw; ``rewards`` what these ask of drawn answers.
    """

    def __init__(
        self,
        spec: TuningSpec,
        model: LocalModel,
        start: Path | None,
        rows: Sequence[Mapping[str, Any]],
        probe: Sequence[Asked],
        dev: Sequence[Asked],
        value: Value,
        decoding: Decoding,
        out: Path,
        seed: int,
        ids_of: Mapping[str, Sequence[int]] | None = None,
        rewards: Callable[..., list[float | None]] | None = None,
    ) -> None:
        assert spec.preferences is not None, "whoever prefers says how"
        self._spec, self._own, self._model, self._start = spec, spec.preferences, model, start
        self._rows, self._probe, self._dev = rows, probe[:PROBE], dev
        self._value, self._decoding = value, decoding
        self._out, self._seed = out, seed
        self._ids_of, self._rewards = ids_of or {}, rewards
        self._size = per_step(self._own)
        each = self._size // self._own.samples if self._own.rewarded else self._size
        self._epoch = max(1, math.ceil(len(rows) / each))
        self.patience, self.total = self._own.patience, self._epoch * self._own.epochs
        self.has_dev, self.begins = bool(dev), 0

    def run(self, progress: Progress) -> dict[str, Any]:
        """Train, keep what was best on dev, and return a summary."""
        checkpoint = last_whole(self._out / CHECKPOINTS)
        records = Records(self._out / "losses.jsonl", step_of(checkpoint))
        base = self._model.model.num_parameters()
        begin = partial(_begun, self._spec, self._start)
        with torch.random.fork_rng(), silence(), as_it_was(self._model):
            torch.manual_seed(self._seed)
            with self._model.shared.training(begin) as (network, tuned):
                self._network, self._tuned = network, tuned
                # A name of its own: the window and the ids in front are those of the adapter.
                self._now = self._model.with_adapter(IN_TRAINING)
                watch = PreferenceCallback(self, network, records, progress)
                trainer = self._trainer(tuned, watch)
                trainer.train(resume_from_checkpoint=str(checkpoint) if checkpoint else None)
                best = watch.take_best()
                loss_last = self.train_loss(network)
                self._save(self._out / "adapter")
                count = sum(p.numel() for p in tuned.trained().values())
                state = sum(4 * p.nbytes for p in tuned.trained().values())
        shutil.rmtree(self._out / CHECKPOINTS, ignore_errors=True)
        shutil.rmtree(self._out / BEST, ignore_errors=True)
        return {
            **records.summary(),
            "loss_last": round(loss_last, 5),
            "epochs": round(watch.epochs, 2), "planned_epochs": self._own.epochs,
            "steps": watch.steps, "stopped_early": watch.stopped, "best_step": best,
            "per_device_batch": float(self._size),
            "trained_parameters": count, "trained_share": count / base,
            # Value, gradient and Adam's two moments.
            "state_bytes": state,
            "size_bytes": sum(path.stat().st_size for path in (self._out / "adapter").glob("*")),
            **_told(records.lines, best),
        }  # fmt: skip

    # --- what the callback asks ---------------------------------------------------------------

    def epoch_ended_at(self, step: int) -> int | None:
        """The number of the epoch that ends with ``step``, or None."""
        return step // self._epoch if step and step % self._epoch == 0 else None

    def epochs_at(self, step: int) -> float:
        """Epochs done after ``step``, as a fraction."""
        return step / self._epoch

    def dev_reward(self) -> float | None:
        """The mean value of the answers that dev questions get as it stands."""
        with _answering(self._network):
            completions = self._now.complete([item.prompt for item in self._dev], self._decoding)
        values = [
            self._value(item.question, completion.text) if completion.error is None else None
            for item, completion in zip(self._dev, completions, strict=True)
        ]
        known = [value for value in values if value is not None]
        return sum(known) / len(known) if known else None

    def dev_scores(self, network: Any) -> tuple[float, float]:
        """Mean loss per token and mean chance of the reference reply over the dev questions."""
        values = self._likelihoods(self._dev)
        return -sum(values) / len(values), sum(map(math.exp, values)) / len(values)

    def train_loss(self, network: Any) -> float:
        """Mean loss per token of the reference replies to some training questions."""
        values = self._likelihoods(self._probe)
        return -sum(values) / len(values)

    def save_best(self) -> None:
        with whole_folder(self._out / BEST) as partial_folder:
            save_state(self._tuned.trained(), partial_folder)

    def load_best(self) -> None:
        load_state(self._tuned.trained(), self._out / BEST)

    # --- inside -------------------------------------------------------------------------------

    def _likelihoods(self, asked: Sequence[Asked]) -> list[float]:
        """As supervised tuning takes them, the end of a reply included."""
        examples = [Example(item.prompt, item.reply) for item in asked]
        items = encode_examples(examples, self._model.encoder, self._model.context_window)
        with _answering(self._network):
            return reply_likelihoods(self._model, items)

    def _trainer(self, tuned: Any, watch: PreferenceCallback) -> Any:
        trainer_of, config_of = TRAINERS[self._own.method]
        more: dict[str, Any] = {}
        if self._own.rewarded:
            more["reward_funcs"] = self._rewards
        trainer = trainer_of(
            model=tuned.peft, args=config_of(**self._settings()), **more,
            train_dataset=Dataset.from_list([dict(row) for row in self._rows]),
            processing_class=plain_tokenizer(self._model), callbacks=[watch],
        )  # fmt: skip
        trainer.trained = tuned.trained()
        trainer.ids_of = self._ids_of
        trainer.remove_callback_by_name(*CHATTY)
        return trainer

    def _settings(self) -> dict[str, Any]:
        own, spec = self._own, self._spec
        settings = common_settings(
            spec, self._model, self._out / CHECKPOINTS, self.total, self._seed,
            own.learning_rate, self._size, self._longest(),
        )  # fmt: skip
        settings["beta"] = own.beta
        if own.rewarded:
            return settings | {
                "num_generations": own.samples, "temperature": own.temperature,
                "max_completion_length": self._decoding.most_new_tokens,
                # One drawing to a step, so that a resumed training draws as the whole one did.
                "steps_per_generation": settings["gradient_accumulation_steps"],
            }  # fmt: skip
        # ORPO cuts at 512 tokens where nothing is said.
        return settings | {"max_length": self._model.context_window}

    def _longest(self) -> int:
        """Tokens of the longest row."""
        if self._own.rewarded:
            return max(map(len, self._ids_of.values())) + self._decoding.most_new_tokens
        keys = ("chosen_ids", "rejected_ids", "completion_ids")
        return max(
            len(row["prompt_ids"]) + max(len(row.get(key, ())) for key in keys)
            for row in self._rows
        )

    def _save(self, folder: Path) -> None:
        with whole_folder(folder) as partial_folder:
            self._tuned.save(partial_folder)
            config = read_json(partial_folder / CONFIG)
            write_json(
                partial_folder / CONFIG,
                {**config, "base_model_name_or_path": self._model.reference.name},
            )


def _begun(spec: TuningSpec, start: Path | None, network: Any) -> Injected:
    if start is not None:
        return Injected.continued(network, str(start))
    fresh = METHODS[spec.method](spec, network)
    assert isinstance(fresh, Injected), "check_preferences lets LoRA alone through"
    return fresh


@contextmanager
def _answering(network: Any) -> Iterator[None]:
    """The network as it answers, without dropout, and its draws without a trace in training's."""
    network.eval()
    try:
        with torch.random.fork_rng():
            yield
    finally:
        network.train()


def _told(lines: Sequence[Mapping[str, Any]], best: int | None) -> dict[str, Any]:
    """Of the whole training: the reward on dev before and after, and where the rest came to."""
    scored = [line for line in lines if line.get("dev_reward") is not None]
    kept = [line["dev_reward"] for line in scored if line["step"] == best]
    facts: dict[str, Any] = {
        "reward_before": scored[0]["dev_reward"] if scored else None,
        "reward_after": (kept or [line["dev_reward"] for line in scored[-1:]] or [None])[-1],
    }
    for key in LOGGED:
        values = [line[key] for line in lines if line.get(key) is not None]
        # The mean of the last few: one batch says little.
        last = values[-5:]
        facts[key] = round(sum(last) / len(last), 5) if last else None
    return facts
