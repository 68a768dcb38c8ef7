"""Mistral: files by list, and losses at the job's checkpoints."""

from __future__ import annotations

from typing import Any

from workbench.tuning.hosted.provider import Order, Provider, Record, multipart


def body(order: Order) -> dict[str, Any]:
    """What starts a job."""
    return {
        "model": order.model,
        "training_files": [{"file_id": order.train, "weight": 1}],
        "hyperparameters": {"epochs": order.epochs, **order.spec.hyperparameters},
        "auto_start": True,
        **({} if order.dev is None else {"validation_files": [order.dev]}),
        **({} if order.spec.suffix is None else {"suffix": order.spec.suffix}),
    }


def _losses(job: Record) -> list[dict[str, Any]]:
    rows = [
        {"step": point["step_number"], "loss": metrics["train_loss"],
         "dev_loss": metrics.get("valid_loss"), "total": None}
        for point in job.get("checkpoints") or ()
        if (metrics := point.get("metrics") or {}).get("train_loss") is not None
    ]  # fmt: skip
    return sorted(rows, key=lambda row: int(row["step"]))


PROVIDER = Provider(
    label="Mistral",
    upload=multipart("/files", purpose="fine-tune"),
    jobs="/fine_tuning/jobs",
    body=body,
    words={
        "success": "done", "failed": "failed", "failed_validation": "failed",
        "cancelled": "cancelled",
    },
    file_of=lambda job: (job.get("training_files") or [None])[0],
    fault=lambda job: job.get("message") or job.get("validation_message"),
    losses=_losses,
)  # fmt: skip
