"""A run of an MLflow server, by MLflow's own light client (mlflow-skinny)."""

from __future__ import annotations

import os
import time
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any

from workbench.errors import WorkbenchError
from workbench.publish.target import Target, elsewhere, require, web_address

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from workbench.publish.told import Told

#: What a server takes at a time, and characters of a parameter and of a tag.
PARAMETERS, METRICS, LONGEST, LONGEST_TAG = 100, 1000, 6000, 5000
#: MLflow tells its makers that it is used, and tries a server that is not there for minutes.
QUIET = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "30",
}


def _send(told: Told, place: str) -> str:
    require("mlflow", "mlflow")
    for name, value in QUIET.items():
        os.environ.setdefault(name, value)
    from mlflow import MlflowClient
    from mlflow.exceptions import MlflowException

    try:
        return _written(MlflowClient(tracking_uri=place), told, place)
    except MlflowException as error:
        said = (str(error).splitlines() or [type(error).__name__])[0][:200]
        raise WorkbenchError(
            f"The MLflow server at {place} did not take the run: {said}",
            "Look whether it runs there and takes your name and key (MLFLOW_TRACKING_USERNAME, "
            "MLFLOW_TRACKING_PASSWORD, MLFLOW_TRACKING_TOKEN), and publish again.",
        ) from error


def _written(client: Any, told: Told, place: str) -> str:
    from mlflow.entities import Metric, Param

    known = client.get_experiment_by_name(told.name)
    experiment = client.create_experiment(told.name) if known is None else known.experiment_id
    tags = {key: value[:LONGEST_TAG] for key, value in told.tags.items()}
    run = client.create_run(experiment, run_name=told.run, tags=tags).info.run_id
    now = int(1000 * time.time())
    for some in _batches([Param(k, v[:LONGEST]) for k, v in told.parameters.items()], PARAMETERS):
        client.log_batch(run, params=some)
    for some in _batches([Metric(k, v, now, 0) for k, v in told.metrics.items()], METRICS):
        client.log_batch(run, metrics=some)
    for report in told.reports:
        client.log_artifact(run, str(report))
    client.set_terminated(run)
    return f"{place}/#/experiments/{experiment}/runs/{run}"


def _batches(items: Sequence[Any], most: int) -> Iterator[list[Any]]:
    left = iter(items)
    while some := list(islice(left, most)):
        yield some


MLFLOW = Target(
    "the MLflow server",
    partial(web_address, variable="MLFLOW_TRACKING_URI", what="an MLflow server"),
    elsewhere,
    _send,
)
