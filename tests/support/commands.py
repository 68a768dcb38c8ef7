"""The command line in a process of its own, forked from one that has its libraries in memory.

Loading torch and its like takes seconds, and a hundred tests run commands. The fork has its own
environment, folder and output, and runs what the installed ``workbench`` runs. What is killed, or
is about starting up, is started anew instead: see :func:`tests.support.small_run.command`.
"""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

LIBRARIES = (
    "torch", "transformers", "transformers.generation", "peft", "sentence_transformers",
    "llama_index.core", "spacy", "ragas", "workbench.pipeline", "workbench.models.local",
    "tests.support.commands",
)  # fmt: skip


def ended(
    folder: Path, arguments: Sequence[str], environment: Mapping[str, str], timeout: float = 1200
) -> subprocess.CompletedProcess[str]:
    """Run ``workbench ARGUMENTS`` in ``folder`` to its end."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(list(LIBRARIES))
    with tempfile.TemporaryDirectory() as said:
        out, err = Path(said, "out"), Path(said, "err")
        process = context.Process(
            target=_run, args=(str(folder), [*arguments], dict(environment), str(out), str(err))
        )
        process.start()
        process.join(timeout)
        if process.is_alive():
            process.kill()
            process.join()
            raise subprocess.TimeoutExpired(list(arguments), timeout)
        texts = [path.read_text("utf-8", errors="replace") for path in (out, err)]
    return subprocess.CompletedProcess(list(arguments), process.exitcode or 0, *texts)


def _run(folder: str, arguments: list[str], environment: dict[str, str], *said: str) -> None:
    for number, path in enumerate(said, 1):
        file = os.open(path, os.O_WRONLY | os.O_CREAT)
        os.dup2(file, number)
        os.close(file)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = ["workbench", *arguments]
    from workbench.cli import main

    main()
