"""A real PostgreSQL server in a folder of its own, on a free port, gone when the test is."""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import socket
import subprocess
import tempfile
from importlib.util import find_spec
from pathlib import Path


def missing() -> str:
    """Why no server with pgvector can be started here; empty where one can."""
    binaries = _binaries()
    if binaries is None:
        return "PostgreSQL's server is not installed (Debian: postgresql, or pip install pgserver)"
    if not _has_pgvector(binaries):
        return "pgvector is not installed (Debian: postgresql-NN-pgvector, or pip install pgserver)"
    return ""


class Postgres:
    """The server; ``user`` is its superuser, ``password`` what it wants over TCP."""

    user = "bench"

    def __init__(self) -> None:
        binaries = _binaries()
        assert binaries is not None
        self.password = secrets.token_hex(8)
        self._binaries = binaries
        # Not pytest's own folder: another user, which root needs, may not look into that.
        self._folder = Path(tempfile.mkdtemp(prefix="postgres-"))
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = int(free.getsockname()[1])
        self.url = f"postgresql://127.0.0.1:{self.port}/postgres"

    def __enter__(self) -> Postgres:
        word = self._folder / "password"
        word.write_text(self.password)
        if os.getuid() == 0:
            for path in (self._folder, word):
                shutil.chown(path, *self._other())
        self._run("initdb", "-D", self._data, "-U", self.user, "--auth=scram-sha-256",
                  "--pwfile", str(word), "--no-sync")  # fmt: skip
        settings = f"-p {self.port} -k {self._folder} -c listen_addresses=127.0.0.1 -c fsync=off"
        self._run("pg_ctl", "-D", self._data, "-w", "-t", "120", "-o", settings,
                  "-l", str(self._folder / "log"), "start")  # fmt: skip
        return self

    def __exit__(self, *_: object) -> None:
        self._run("pg_ctl", "-D", self._data, "-m", "immediate", "stop", check=False)
        shutil.rmtree(self._folder, ignore_errors=True)

    def stop(self) -> None:
        """Stop answering."""
        self._run("pg_ctl", "-D", self._data, "-m", "fast", "-w", "stop")

    @property
    def _data(self) -> str:
        return str(self._folder / "data")

    @staticmethod
    def _other() -> tuple[str, str]:
        names = {user.pw_name for user in pwd.getpwall()}
        return ("postgres", "postgres") if "postgres" in names else ("nobody", "nogroup")

    def _run(self, program: str, *arguments: str, check: bool = True) -> None:
        command = [str(self._binaries / program), *arguments]
        if os.getuid() == 0:
            command = ["runuser", "-u", self._other()[0], "--", *command]
        # To a file: the server inherits what pg_ctl writes to, and a pipe would never close.
        with tempfile.TemporaryFile() as told:
            done = subprocess.run(command, stdout=told, stderr=told, cwd=self._folder, check=False)
            told.seek(0)
            assert not check or done.returncode == 0, told.read().decode()


def _binaries() -> Path | None:
    """The folder with initdb and pg_ctl: of a server that has pgvector, if there is one."""
    packaged = find_spec("pgserver")
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    if packaged is not None and packaged.origin is not None:
        folders.insert(0, Path(packaged.origin).parent / "pginstall" / "bin")
    if on_path := shutil.which("pg_ctl"):
        folders.append(Path(on_path).resolve().parent)
    there = [folder for folder in folders if (folder / "initdb").exists()]
    return max(there, key=_has_pgvector, default=None)


def _has_pgvector(binaries: Path) -> bool:
    told = subprocess.run(
        [str(binaries / "pg_config"), "--sharedir"], capture_output=True, text=True, check=False
    )
    return (Path(told.stdout.strip()) / "extension" / "vector.control").exists()
