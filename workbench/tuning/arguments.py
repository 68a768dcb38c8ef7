"""What transformers' Trainer and TRL's are told alike, whatever they train on."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

from workbench.experiment.tuning import TuningSpec
from workbench.tuning.optimizers import OPTIMIZERS, SCHEDULES


def common_arguments(
    spec: TuningSpec, device: str, folder: Path, steps: int, seed: int, rate: float
) -> dict[str, Any]:
    """Arguments of a training of so many steps, its checkpoints in ``folder``, silent otherwise.

    ``device`` is the kind of device that the model is on, ``rate`` the learning rate.
    """
    return {
        "output_dir": str(folder),
        "max_steps": steps,
        "learning_rate": rate,
        "warmup_steps": math.ceil(spec.warmup_ratio * steps),
        "lr_scheduler_type": SCHEDULES[spec.schedule],
        **OPTIMIZERS[spec.optimizer],
        "max_grad_norm": 1.0,
        "logging_steps": max(1, steps // 200),
        "save_strategy": "steps",
        "save_steps": spec.checkpoint_steps,
        "save_total_limit": 2,
        "report_to": [],
        "disable_tqdm": True,
        # Otherwise Trainer moves the model to any accelerator it finds.
        "use_cpu": device == "cpu",
        "dataloader_pin_memory": False,
        # Trainer seeds numpy too, which takes 32 bits.
        "seed": seed % 2**32,
    }
