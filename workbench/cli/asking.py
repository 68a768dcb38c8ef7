"""One question to all variants of a run, through the process that serves it."""

from __future__ import annotations

import time
from typing import Any

from workbench.errors import WorkbenchError
from workbench.records.run import Run

STARTING_S = 180.0
ANSWERING_S = 300.0


def ask_all(run: Run, question: str) -> list[dict[str, Any]]:
    """Each variant's reply as ``{variant, label, text, error, seconds, passages}``.

    A server of this run that is up is used and left up; otherwise one is started and ended again.
    """
    from workbench.dashboard.jobs import processes

    run.results()  # says at once where the run has not finished
    if not question.strip():
        raise WorkbenchError("The question is empty.", "Write it in quotes.")
    job = processes.server(run.path)
    started = job is None
    job = job or processes.start_server(run.path)
    assert job.port is not None
    try:
        _wait(job)
        base = f"http://127.0.0.1:{job.port}/v1"
        return [_ask(base, variant, question) for variant in _variants(base)]
    finally:
        if started and job.alive:
            processes.stop_job(job)


def _wait(job: Any) -> None:
    """Until the server is ready; what it printed where it ended instead."""
    from workbench.dashboard.jobs import processes

    end = time.monotonic() + STARTING_S
    while time.monotonic() < end:
        state = processes.health(job.port)
        if state is not None and state.get("status") in ("ok", "ready"):
            return
        if not job.alive:
            sentences = job.output().strip().splitlines()
            reason = sentences[-2:] if sentences else ["it said nothing"]
            raise WorkbenchError(
                f"The run could not be served: {' '.join(reason)}", "See: workbench serve RUN"
            )
        time.sleep(0.2)
    raise WorkbenchError(
        f"The run's server was not ready after {STARTING_S:.0f} s.", "See: workbench serve RUN"
    )


def _variants(base: str) -> list[str]:
    import httpx

    return [item["id"] for item in httpx.get(f"{base}/models", timeout=30).json()["data"]]


def _ask(base: str, variant: str, question: str) -> dict[str, Any]:
    import httpx

    from workbench.wording import label

    started = time.perf_counter()
    reply = httpx.post(
        f"{base}/chat/completions",
        json={"model": variant, "messages": [{"role": "user", "content": question}]},
        timeout=ANSWERING_S,
    )
    seconds = time.perf_counter() - started
    body = reply.json()
    error = None if reply.is_success else body.get("error", {}).get("message", reply.text)
    extension = body.get("workbench") or {}
    return {
        "variant": variant,
        "label": label(variant),
        "text": "" if error else body["choices"][0]["message"]["content"],
        "error": error,
        "seconds": extension.get("total_s", seconds),
        "passages": extension.get("passages", []),
    }
