"""A trace with scores on a Langfuse server, by its public HTTP interface.

Langfuse keeps no files: the report is the trace's output, as Markdown. Ids hang on the run, so that
publishing again writes over.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any
from uuid import NAMESPACE_URL, uuid5

from workbench.errors import WorkbenchError
from workbench.publish.target import Target, elsewhere, web_address

if TYPE_CHECKING:
    from workbench.publish.told import Told

PUBLIC, SECRET = "LANGFUSE_PUBLIC_KEY", "LANGFUSE_SECRET_KEY"
TIMEOUT_S = 30
#: Events of one request.
AT_ONCE = 200


def _send(told: Told, place: str) -> str:
    import httpx

    keys = tuple(os.environ.get(name, "").strip() for name in (PUBLIC, SECRET))
    if not all(keys):
        raise WorkbenchError(
            "Langfuse's keys are not set.", f"export {PUBLIC}=… {SECRET}=… and publish again."
        )
    events = _events(told)
    try:
        with httpx.Client(base_url=place, auth=(keys[0], keys[1]), timeout=TIMEOUT_S) as web:
            for first in range(0, len(events), AT_ONCE):
                batch = {"batch": events[first : first + AT_ONCE]}
                _check(web.post("/api/public/ingestion", json=batch), place)
    except httpx.HTTPError as error:
        raise WorkbenchError(
            f"No Langfuse server can be reached at {place} ({type(error).__name__}).",
            "Look whether it runs there, and publish again.",
        ) from error
    return f"{place}, trace {_id(told.run)}"


def _check(reply: Any, place: str) -> None:
    """Raise WorkbenchError where the server did not take all of a batch."""
    try:
        # 207: each event's own state is in the body.
        errors = reply.json().get("errors", []) if reply.status_code < 300 else None
    except (ValueError, AttributeError):
        errors = None
    if errors == []:
        return
    said = errors[0].get("message") or errors[0].get("error") if errors else None
    raise WorkbenchError(
        f"The Langfuse server at {place} did not take the run ({said or reply.status_code}).",
        f"Look whether {PUBLIC} and {SECRET} are its project's, and publish again.",
    )


def _events(told: Told) -> list[dict[str, Any]]:
    now = datetime.now(UTC).isoformat()
    report = next((path for path in told.reports if path.suffix == ".md"), None)
    trace = {
        "id": _id(told.run), "timestamp": now, "name": told.name, "sessionId": told.run,
        "metadata": {"parameters": told.parameters, **told.tags},
        "output": None if report is None else report.read_text("utf-8"),
    }  # fmt: skip
    bodies: list[tuple[str, dict[str, Any]]] = [("trace-create", trace)]
    for name, value in told.metrics.items():
        own = _id(f"{told.run}/{name}")
        score = {"id": own, "traceId": _id(told.run), "name": name, "value": value,
                 "dataType": "NUMERIC"}  # fmt: skip
        bodies.append(("score-create", score))
    # The event's id is another each time: a known one would be passed over.
    return [
        {"id": _id(f"{now}/{body['id']}"), "type": kind, "timestamp": now, "body": body}
        for kind, body in bodies
    ]


def _id(name: str) -> str:
    return str(uuid5(NAMESPACE_URL, f"workbench/{name}"))


LANGFUSE = Target(
    "the Langfuse server",
    partial(web_address, variable="LANGFUSE_HOST", what="a Langfuse server"),
    elsewhere,
    _send,
)
