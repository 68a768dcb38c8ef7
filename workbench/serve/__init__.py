"""One process that answers as any variant of a run, over an OpenAI-compatible API.

``/v1/models`` lists the variants; ``/v1/chat/completions`` answers, streamed or whole, with the
passages that were used in the extension field ``workbench``; ``/health`` says whether the models
are loaded. It binds to localhost by default. Prompt and decoding are the run's own, so
that a live answer is the one that was examined; what a request asks beyond that is named in
``workbench.ignored``.
"""

from __future__ import annotations

import logging
from pathlib import Path

from workbench.serve.api import create_app

__all__ = ["create_app", "serve"]

LOCAL = ("127.0.0.1", "localhost", "::1")
log = logging.getLogger(__name__)


def serve(run: Path, host: str = "127.0.0.1", port: int = 8321) -> None:
    """Answer as any variant of ``run`` until interrupted; port 0 takes a free one."""
    import uvicorn

    from workbench.serve.served_run import open_run

    served = open_run(run)
    # A Host header writes ::1 in brackets. Bound to the outside, the names are not known: any.
    hosts = (*LOCAL[:2], "[::1]") if host in LOCAL else None
    settings = uvicorn.Config(
        create_app(served, run.name, hosts), host=host, port=port, log_level="warning"
    )
    server = uvicorn.Server(settings)
    # Bound here, not by uvicorn: the log below needs the port that 0 was turned into.
    sock = settings.bind_socket()
    log.info("%s answers at http://%s:%d/v1", run.name, host, sock.getsockname()[1])
    server.run(sockets=[sock])
