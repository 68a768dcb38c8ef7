"""TRL's trainers over the ids that the variants ask with: no second template, nothing sent out.

Each row of a dataset holds ids already, so what TRL does to prepare texts is left out.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Any

# Its ORPO counts as experimental, which TRL says in a warning unless it is told not to.
os.environ.setdefault("TRL_EXPERIMENTAL_SILENCE", "1")
with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from trl import (
        DPOConfig,
        DPOTrainer,
        GRPOConfig,
        GRPOTrainer,
        KTOConfig,
        KTOTrainer,
        RewardConfig,
        RewardTrainer,
        RLOOConfig,
        RLOOTrainer,
    )
    from trl.experimental.orpo import ORPOConfig, ORPOTrainer

from workbench.tuning.planned import IGNORED, OwnCheckpoints


class Quiet(OwnCheckpoints):
    """Of a trainer of TRL's: own checkpoints, no model card, and no word to the hub."""

    def create_model_card(self, *_: Any, **__: Any) -> None:
        """None: the adapter's folder says what it is."""

    def _send_telemetry(self) -> None:
        """Nothing: no training tells anybody that it runs."""


class _Prepared(Quiet):
    def _prepare_dataset(self, dataset: Any, *_: Any) -> Any:
        return dataset


class Dpo(_Prepared, DPOTrainer):  # type: ignore[misc]
    """DPO on rows of ``prompt_ids``, ``chosen_ids`` and ``rejected_ids``."""


class Kto(_Prepared, KTOTrainer):  # type: ignore[misc]
    """KTO on rows of ``prompt_ids``, ``completion_ids`` and ``label``."""

    def _prepare_dataset(self, dataset: Any, processing_class: Any, args: Any, *_: Any) -> Any:
        # As TRL pairs them: each prompt of a batch with the reply of the one before it.
        def turned(rows: dict[str, list[Any]]) -> dict[str, list[Any]]:
            replies = rows["completion_ids"]
            return {**rows, "KL_completion_ids": [replies[-1], *replies[:-1]]}

        return dataset.map(turned, batched=True, batch_size=args.per_device_train_batch_size)


class Reward(_Prepared, RewardTrainer):  # type: ignore[misc]
    """A reward model from rows of ``chosen_ids`` and ``rejected_ids``, prompts included."""


class Orpo(Quiet, ORPOTrainer):  # type: ignore[misc]
    """ORPO on the same rows as DPO."""

    def tokenize_row(self, feature: Mapping[str, Any], model: Any = None) -> dict[str, Any]:
        prompt = list(feature["prompt_ids"])
        row: dict[str, Any] = {
            "prompt_input_ids": prompt,
            "prompt_attention_mask": [1] * len(prompt),
        }
        for side in ("chosen", "rejected"):
            reply = list(feature[f"{side}_ids"])
            row |= {
                f"{side}_input_ids": prompt + reply,
                f"{side}_attention_mask": [1] * (len(prompt) + len(reply)),
                f"{side}_labels": [IGNORED] * len(prompt) + reply,
            }
        return row


class _Drawing(Quiet):
    """Of a trainer that draws answers: prompts by the ids that belong to them."""

    ids_of: Mapping[str, Sequence[int]]

    def _tokenize_prompts(
        self, prompts: Sequence[str]
    ) -> tuple[list[list[int]], None, dict[str, Any]]:
        return [list(self.ids_of[prompt]) for prompt in prompts], None, {}


class Grpo(_Drawing, GRPOTrainer):  # type: ignore[misc]
    """GRPO on rows of ``prompt``, a name of the ids in ``ids_of``."""


class Rloo(_Drawing, RLOOTrainer):  # type: ignore[misc]
    """RLOO on the same rows."""


#: By method: the trainer, and its configuration.
TRAINERS: dict[str, tuple[Callable[..., Any], Callable[..., Any]]] = {
    "dpo": (Dpo, DPOConfig),
    "kto": (Kto, KTOConfig),
    "orpo": (Orpo, ORPOConfig),
    "grpo": (Grpo, GRPOConfig),
    "rloo": (Rloo, RLOOConfig),
    "reward": (Reward, RewardConfig),
}
