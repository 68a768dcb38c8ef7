"""A reward model: the answering model's own layers with a head that scores replies, on LoRA.

It is a second copy of the weights, for the time of its training and of the training that it
rewards.
"""

from __future__ import annotations

import copy
import math
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from datasets import Dataset

from workbench.errors import WorkbenchError
from workbench.experiment.tuning import TuningSpec
from workbench.io.files import read_json, write_json
from workbench.models.batching import batches_by_length
from workbench.models.encoder import head_of
from workbench.models.loading import load_weights
from workbench.models.local import LocalModel
from workbench.models.tuned.injected import Injected
from workbench.tuning.classifying import lora
from workbench.tuning.dev_callback import Marking
from workbench.tuning.planned import load_state, save_state
from workbench.tuning.preferring.settings import (
    CHATTY,
    as_it_was,
    common_settings,
    plain_tokenizer,
)
from workbench.tuning.preferring.trainers import TRAINERS
from workbench.tuning.trainer import CHECKPOINTS, last_whole, silence

FACTS, MODEL = "reward.json", "model"
EPOCHS = 2
RATE = 1e-4


class RewardModel:
    """Trained from rows of ids; scores whole sequences of ids."""

    def __init__(self, spec: TuningSpec, model: LocalModel, seed: int) -> None:
        self._spec, self._model, self._seed = spec, model, seed
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            tuned = _scoring(model, spec)
        self._network, self._trained = tuned.peft, tuned.trained()

    def train(
        self, rows: Sequence[Mapping[str, Any]], dev: Sequence[Mapping[str, Any]], out: Path
    ) -> dict[str, Any]:
        """Train on pairs, or take what ``out`` holds; the share of pairs that it gets right.

        ``rows`` and ``dev`` hold ``prompt_ids``, ``chosen_ids`` and ``rejected_ids``.
        """
        if (out / FACTS).is_file():
            load_state(self._trained, out / MODEL)
            return dict(read_json(out / FACTS))
        whole = [_joined(row) for row in rows]
        batch = min(8, len(rows))
        steps = EPOCHS * math.ceil(len(rows) / batch)
        longest = max(len(ids) for row in whole for ids in row.values())
        trainer_of, config_of = TRAINERS["reward"]
        checkpoint = last_whole(out / CHECKPOINTS)
        with torch.random.fork_rng(), silence(), as_it_was(self._model):
            settings = common_settings(
                self._spec, self._model, out / CHECKPOINTS, steps, self._seed, RATE, batch, longest
            )
            trainer = trainer_of(
                model=self._network, args=config_of(**settings, max_length=None),
                train_dataset=Dataset.from_list(whole), callbacks=[Marking()],
                processing_class=plain_tokenizer(self._model),
            )  # fmt: skip
            trainer.trained = self._trained
            trainer.remove_callback_by_name(*CHATTY)
            trainer.train(resume_from_checkpoint=str(checkpoint) if checkpoint else None)
        facts = {
            "reward_pairs": len(rows), "reward_right": self._right(whole),
            "reward_dev_pairs": len(dev), "reward_dev_right": self._right(list(map(_joined, dev))),
        }  # fmt: skip
        save_state(self._trained, out / MODEL)
        write_json(out / FACTS, facts)
        shutil.rmtree(out / CHECKPOINTS, ignore_errors=True)
        return facts

    def scores(self, sequences: Sequence[Sequence[int]]) -> list[float]:
        """The reward of each sequence: prompt and reply with its end."""
        values = [0.0] * len(sequences)
        self._network.eval()
        device = self._model.model.device
        for batch in batches_by_length([len(ids) for ids in sequences], self._model.batch_tokens):
            width = max(len(sequences[i]) for i in batch)
            ids = torch.full((len(batch), width), self._model.pad_id)
            mask = torch.zeros((len(batch), width), dtype=torch.long)
            for row, i in enumerate(batch):
                ids[row, : len(sequences[i])] = torch.tensor(sequences[i])
                mask[row, : len(sequences[i])] = 1
            with torch.no_grad():
                scored = self._network(input_ids=ids.to(device), attention_mask=mask.to(device))
            for i, value in zip(batch, scored.logits[:, 0].float().tolist(), strict=True):
                values[i] = value
        return values

    def _right(self, rows: Sequence[Mapping[str, Any]]) -> float | None:
        """The share of pairs of which the chosen reply is rewarded more."""
        if not rows:
            return None
        chosen = self.scores([row["chosen_ids"] for row in rows])
        rejected = self.scores([row["rejected_ids"] for row in rows])
        return sum(a > b for a, b in zip(chosen, rejected, strict=True)) / len(rows)


def _scoring(model: LocalModel, spec: TuningSpec) -> Injected:
    """A copy of the model with one score in the place of the vocabulary's, and LoRA in it."""
    from transformers import AutoModelForSequenceClassification

    causal, _ = load_weights(model.reference)
    config = copy.deepcopy(causal.config)
    config.num_labels = 1
    config.get_text_config().pad_token_id = model.pad_id
    try:
        # Of weights that are drawn for nothing there are none: the copy brings its own.
        with torch.device("meta"):
            network = AutoModelForSequenceClassification.from_config(config)
        name = head_of(network)
    except (ValueError, KeyError) as error:
        raise WorkbenchError(
            f"The architecture of {model.reference.name} ({config.model_type}) has no form that "
            "scores a text, so no reward model can be made of it.",
            "Take preferences.reward: metric, or a model of another family.",
        ) from error
    setattr(network, network.base_model_prefix, getattr(causal, causal.base_model_prefix))
    head = getattr(network, name)
    place = {"device": model.model.device, "dtype": model.model.dtype}
    setattr(network, name, torch.nn.Linear(head.in_features, 1, bias=False, **place))
    tuned = lora(spec, network)
    network.requires_grad_(False)
    tuned.attach()
    for parameter in tuned.trained().values():
        parameter.requires_grad_(True)
    return tuned


def _joined(row: Mapping[str, Any]) -> dict[str, list[int]]:
    prompt = list(row["prompt_ids"])
    return {side: prompt + list(row[side]) for side in ("chosen_ids", "rejected_ids")}
