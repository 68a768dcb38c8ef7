"""One process that answers as any variant of a run, over an OpenAI-compatible API.

``/v1/models`` lists the variants; ``/v1/chat/completions`` answers, streamed or whole, with the
passages that were used in the extension field ``workbench``; ``/health`` says whether the process
lives and its models are loaded, ``/ready`` whether questions are being answered, ``/metrics`` how
many and how fast. It binds to localhost, and elsewhere only with keys (``WORKBENCH_API_KEYS``).
Prompt and decoding are the run's own, so that a live answer is the one that was examined; what a
request asks beyond that is named in ``workbench.ignored``. ``/v1/retrieve`` gives the passages
alone, ``/retrieval`` in the form that Dify asks of an external knowledge base.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.asked.log import KEPT_DAYS, QuestionLog, settled
from workbench.errors import WorkbenchError
from workbench.serve.guard import KEYS, Limits, impatient

if TYPE_CHECKING:
    from workbench.records.run import Run

__all__ = ["LogWanted", "serve"]

LOCAL = ("127.0.0.1", "localhost", "::1")
#: Seconds that answers at hand get to end after SIGTERM.
GRACE_S = 3
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class LogWanted:
    """Where questions are logged, whether with their text, and for how many days."""

    folder: Path
    text: bool = False
    keep_days: int = KEPT_DAYS


def serve(
    run: Path,
    host: str = "127.0.0.1",
    port: int = 8321,
    limits: Limits | None = None,
    single_turn: bool = False,
    logging_to: LogWanted | None = None,
) -> None:
    """Answer as any variant of ``run`` until interrupted; port 0 takes a free one.

    ``limits`` are those of the environment where none are given. With ``single_turn`` the turns
    before a question are not read. A line on each answered question goes where ``logging_to`` says.
    """
    import uvicorn

    from workbench.engine.tracing import traces
    from workbench.serve.api import create_app
    from workbench.serve.served_run import open_run

    limits = limits or Limits.from_environment()
    if host not in LOCAL and not limits.keys:
        raise WorkbenchError(
            f"Bound to {host}, anybody who reaches this machine could ask.",
            f"Set {KEYS} to one or more keys (by commas), which clients send as their API key, "
            "or name another variable (--key-env NAME).",
        )
    served = open_run(run, single_turn)
    # A Host header writes ::1 in brackets. Bound to the outside, the names are not known: any.
    hosts = (*LOCAL[:2], "[::1]") if host in LOCAL else None
    told = traces("workbench serve", served.experiment.text_may_leave_this_machine)
    kept = None if logging_to is None else _log(served.run, logging_to)
    settings = uvicorn.Config(
        create_app(served, run.name, hosts, limits, told, kept),
        host=host,
        port=port,
        log_level="warning",
        http=impatient(limits.seconds),
        limit_concurrency=limits.connections,
        timeout_keep_alive=15,
        timeout_graceful_shutdown=GRACE_S,
    )
    server = uvicorn.Server(settings)
    # Bound here, not by uvicorn: the log below needs the port that 0 was turned into.
    sock = settings.bind_socket()
    log.info("%s answers at http://%s:%d/v1", run.name, host, sock.getsockname()[1])
    server.run(sockets=[sock])


def _log(run: Run, wanted: LogWanted) -> QuestionLog:
    """The log, opened with what makes vectors of questions."""
    from workbench.asked.sides import embedding_of
    from workbench.retrieval.embeddings import embedding_identity, encode_queries

    source = embedding_of(run)
    facts = settled(run.id, embedding_identity(source), wanted.text, wanted.keep_days)
    return QuestionLog(wanted.folder, facts, lambda texts: encode_queries(texts, source))
