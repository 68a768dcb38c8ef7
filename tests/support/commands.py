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
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

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
        with _no_script_of_its_own():
            process.start()
        process.join(timeout)
        if process.is_alive():
            process.kill()
            process.join()
            raise subprocess.TimeoutExpired(list(arguments), timeout)
        texts = [path.read_text("utf-8", errors="replace") for path in (out, err)]
    return subprocess.CompletedProcess(list(arguments), process.exitcode or 0, *texts)


@contextmanager
def _no_script_of_its_own() -> Iterator[None]:
    """A process that is forked runs its parent's main script again, if there is one.

    Streamlit's AppTest puts a script of its own there, which has no sense in a command.
    """
    own = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = own


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
