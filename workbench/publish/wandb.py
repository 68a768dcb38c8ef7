"""An offline run of Weights & Biases: files in a folder, which ``wandb sync`` sends and we do not.

They are made to be sent, so the report is in them only where it may leave this machine.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.errors import WorkbenchError
from workbench.publish.target import Target, new_folder, require

if TYPE_CHECKING:
    from workbench.publish.told import Told

#: wandb reports its own faults to its makers.
QUIET = {"WANDB_ERROR_REPORTING": "false", "WANDB_SILENT": "true"}


def _send(told: Told, place: str) -> str:
    require("wandb", "wandb")
    for name, value in QUIET.items():
        os.environ.setdefault(name, value)
    import wandb

    Path(place).mkdir(parents=True, exist_ok=True)
    try:
        with wandb.init(
            project=told.name, name=told.run, config={**told.parameters, **told.tags},
            mode="offline", dir=place, reinit="create_new",
        ) as run:  # fmt: skip
            run.summary.update(told.metrics)
            if told.reports:
                artifact = wandb.Artifact(f"{told.run}-report", "report")
                for report in told.reports:
                    artifact.add_file(str(report))
                run.log_artifact(artifact)
            folder = Path(run.dir).parent
    except wandb.errors.Error as error:
        raise WorkbenchError(
            f"wandb did not write the run: {str(error)[:200]}", "Publish to a folder instead."
        ) from error
    return f"{folder} (send it by: wandb sync {folder})"


WANDB = Target("Weights & Biases", new_folder, lambda _: True, _send)
