"""Where the work of a run is done: on this machine, or on a Ray cluster."""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import Field, field_validator, model_validator

from workbench.experiment.spec import Count, Positive, Spec

#: A cluster's head: by Ray's client (``ray://``) or, from one of its machines, directly.
HEAD = re.compile(r"(ray://)?[\w.-]+:\d{1,5}")


class ExecutorSpec(Spec):
    """``local``, or ``{ray: auto}`` or ``{ray: ray://host:port}`` with what a worker takes.

    ``ray`` is ``auto`` (the cluster of this machine, or of ``RAY_ADDRESS``), ``ray://host:port`` or
    ``host:port``; None: this machine alone. A worker takes ``cpus`` and ``gpus`` of the cluster
    (None: one GPU where the cluster has any), and there are as many as it has room for, ``workers``
    at the most. What a worker was at when it died is tried ``retries`` times more.
    """

    ray: str | None = None
    workers: Positive | None = None
    cpus: Annotated[float, Field(gt=0)] = 1.0
    gpus: Annotated[float, Field(ge=0)] | None = None
    retries: Count = 3

    @model_validator(mode="before")
    @classmethod
    def _from_a_word(cls, value: Any) -> Any:
        if value is None or value == "local":
            return {}
        if isinstance(value, str):
            raise ValueError("write local, {ray: auto} or {ray: ray://host:port}")
        return value

    @field_validator("ray")
    @classmethod
    def _an_address(cls, address: str | None) -> str | None:
        if address is not None and address != "auto" and not HEAD.fullmatch(address):
            raise ValueError(f"{address!r} is no cluster: write auto or ray://host:port")
        return address

    @model_validator(mode="after")
    def _says_where(self) -> ExecutorSpec:
        if self.ray is None and self.model_fields_set - {"ray"}:
            raise ValueError("workers, cpus, gpus and retries are a cluster's: say which in ray")
        return self
