"""Fireworks: data sets and supervised jobs below an account."""

from __future__ import annotations

from typing import Any

from workbench.experiment.hosted import HostedSpec
from workbench.tuning.hosted.provider import Order, Provider, Record, Upload
from workbench.tuning.hosted.site import Site


def _base(endpoint: str, spec: HostedSpec) -> str:
    """Jobs are not below the address that answers."""
    return f"{endpoint.rstrip('/').replace('/inference/v1', '/v1')}/accounts/{spec.account}"


def _upload(site: Site, upload: Upload) -> str:
    """A data set is made, unless a try before this one made it, and the file put into it."""
    name = upload.name.removesuffix(".jsonl")
    listed = site.ask("GET", "/datasets?pageSize=200").get("datasets") or ()
    if not any(str(item.get("name", "")).endswith(f"/{name}") for item in listed):
        made = {"userUploaded": {}, "exampleCount": str(upload.lines)}
        site.ask("POST", "/datasets", json={"datasetId": name, "dataset": made})
    files = {"file": (upload.name, upload.content, "application/jsonl")}
    site.ask("POST", f"/datasets/{name}:upload", files=files)
    return name


def body(order: Order) -> dict[str, Any]:
    """What starts a job."""
    owner = f"accounts/{order.spec.account}"
    return {
        "baseModel": order.model,
        "dataset": f"{owner}/datasets/{order.train}",
        "epochs": order.epochs,
        **order.spec.hyperparameters,
        **({} if order.dev is None else {"evaluationDataset": f"{owner}/datasets/{order.dev}"}),
        **({} if order.spec.suffix is None else {"displayName": order.spec.suffix}),
    }


def _status(job: Record) -> str:
    return str(job.get("state", "")).removeprefix("JOB_STATE_")


PROVIDER = Provider(
    label="Fireworks",
    upload=_upload,
    jobs="/supervisedFineTuningJobs",
    body=body,
    words={
        "completed": "done", "failed": "failed", "failed_cleaning_up": "failed",
        "expired": "failed", "cancelled": "cancelled",
    },
    base=_base,
    cancel=":cancel",
    identifier=lambda job: str(job["name"]).rpartition("/")[2],
    listed=lambda page: page.get("supervisedFineTuningJobs") or (),
    status=_status,
    file_of=lambda job: str(job.get("dataset", "")).rpartition("/")[2] or None,
    model=lambda job, spec: spec.deployment or job.get("outputModel"),
    tokens=lambda job: (job.get("jobProgress") or {}).get("inputTokens"),
    fault=lambda job: (job.get("status") or {}).get("message"),
)  # fmt: skip
