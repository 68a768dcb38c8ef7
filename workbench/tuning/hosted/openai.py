"""OpenAI: a file, a supervised job, and its events."""

from __future__ import annotations

from typing import Any

from workbench.tuning.hosted.provider import Order, Provider, multipart, steps_of_events


def body(order: Order) -> dict[str, Any]:
    """What starts a job."""
    hyperparameters = {"n_epochs": order.epochs, **order.spec.hyperparameters}
    return {
        "model": order.model,
        "training_file": order.train,
        "method": {"type": "supervised", "supervised": {"hyperparameters": hyperparameters}},
        "seed": order.seed % 2**31,
        **({} if order.dev is None else {"validation_file": order.dev}),
        **({} if order.spec.suffix is None else {"suffix": order.spec.suffix}),
    }


PROVIDER = Provider(
    label="OpenAI",
    upload=multipart("/files", purpose="fine-tune"),
    jobs="/fine_tuning/jobs",
    body=body,
    words={"succeeded": "done", "failed": "failed", "cancelled": "cancelled"},
    events="/events?limit=100",
    losses=steps_of_events,
)
