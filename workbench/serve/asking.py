"""One question to all variants of a run, through the process that serves it."""

from __future__ import annotations

import time
from typing import Any

from workbench.engine import processes
from workbench.errors import WorkbenchError
from workbench.records.run import Run
from workbench.serve import client
from workbench.wording import label

STARTING_S = 180.0


def ask_all(run: Run, question: str) -> list[dict[str, Any]]:
    """Each variant's reply as ``{variant, label, text, error, seconds, passages}``.

    A server of this run that is up is used and left up; otherwise one is started and ended again.
    """
    run.results()  # says at once where the run has not finished
    if not question.strip():
        raise WorkbenchError("The question is empty.", "Write it in quotes.")
    running = client.server(run.path)
    job = running or client.start_server(run.path)
    assert job.port is not None
    try:
        return [_ask(job.port, variant, question) for variant in _variants(job, job.port)]
    finally:
        # stop_job refuses a process that has ended already.
        if running is None and job.alive:
            processes.stop_job(job)


def _variants(job: processes.Job, port: int) -> list[str]:
    """The variants, once the server is ready; what it printed where it ended instead."""
    end = time.monotonic() + STARTING_S
    while time.monotonic() < end:
        state = client.health(port) or {}
        if state.get("status") == "ok":
            return list(state["variants"])
        if state.get("status") == "failed" or not job.alive:
            said = " ".join(job.output().splitlines()[-2:])
            reason = state.get("trouble") or said or "it said nothing"
            raise WorkbenchError(f"The run could not be served: {reason}", _WAY_OUT)
        time.sleep(0.2)
    raise WorkbenchError(f"The run's server was not ready after {STARTING_S:.0f} s.", _WAY_OUT)


_WAY_OUT = "See: workbench serve RUN"


def _ask(port: int, variant: str, question: str) -> dict[str, Any]:
    started = time.perf_counter()
    # Replies grow: the last is the whole one, and the empty one stands in for none.
    reply = [client.Reply(variant), *client.ask(port, variant, question)][-1]
    seconds = time.perf_counter() - started
    return {
        "variant": variant,
        "label": label(variant),
        "text": "" if reply.error else reply.text,
        "error": reply.error or None,
        "seconds": seconds if reply.total_s is None else reply.total_s,
        "passages": reply.passages,
    }
