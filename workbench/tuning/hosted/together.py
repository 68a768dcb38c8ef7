"""Together: LoRA jobs under ``/fine-tunes``."""

from __future__ import annotations

from typing import Any

from workbench.tuning.hosted.provider import Order, Provider, Record, Upload
from workbench.tuning.hosted.site import Site


def _upload(site: Site, upload: Upload) -> str:
    form = {"purpose": "fine-tune", "file_name": upload.name, "file_type": "jsonl"}
    files = {"file": (upload.name, upload.content, "application/jsonl")}
    return str(site.ask("POST", "/files/upload", data=form, files=files)["id"])


def body(order: Order) -> dict[str, Any]:
    """What starts a job; the loss counts replies alone, as everywhere here."""
    return {
        "model": order.model,
        "training_file": order.train,
        "n_epochs": order.epochs,
        "training_type": {"type": "Lora"},
        "train_on_inputs": False,
        **order.spec.hyperparameters,
        **({} if order.dev is None else {"validation_file": order.dev, "n_evals": order.epochs}),
        **({} if order.spec.suffix is None else {"suffix": order.spec.suffix}),
    }


def _fault(job: Record) -> Any:
    said = [str(event.get("message", "")) for event in job.get("events") or ()]
    return said[-1] if said else None


PROVIDER = Provider(
    label="Together",
    upload=_upload,
    jobs="/fine-tunes",
    body=body,
    words={
        "completed": "done", "error": "failed", "user_error": "failed", "cancelled": "cancelled",
    },
    model=lambda job, _: job.get("model_output_name") or job.get("output_name"),
    tokens=lambda job: job.get("token_count"),
    fault=_fault,
)  # fmt: skip
