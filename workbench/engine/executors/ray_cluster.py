"""Units of work on a Ray cluster: actors that open their work once, and Ray for all the rest.

Ray places the actors (CPUs and GPUs as its resources), carries units and results, starts an actor
anew whose process or machine died, and does again what that one was at. Ours is only to say in one
sentence what a user can mend, and to notice a head that is gone: Ray itself would end this process
after a minute, without a word that explains it.
"""

from __future__ import annotations

import logging
import os
import socket
import time
import uuid
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from workbench.engine.executors import Opening, R, U
from workbench.engine.executors.worker import Fault, Home, Worker, versions
from workbench.errors import WorkbenchError
from workbench.experiment.executor import ExecutorSpec
from workbench.io.files import write_text

log = logging.getLogger(__name__)

#: Seconds between two looks at the head, and after which one that is out of reach counts as gone:
#: sooner than Ray's own minute.
LOOK_S, GONE_S = 2.0, 20.0
CONNECT_S = 5.0
AGAIN = "Start the cluster and run again: what was done is kept, and the run goes on from there."


class RayCluster:
    """Executor on a Ray cluster; joined when made."""

    is_here = False

    def __init__(self, spec: ExecutorSpec) -> None:
        if find_spec("ray") is None:
            raise WorkbenchError(
                "executor.ray needs Ray, which is not installed.",
                "pip install 'rag-finetune-workbench[ray]', or leave executor out.",
            )
        self._spec = spec
        self._address = str(spec.ray)
        self._gone = False
        self._joined = _join(self._address)
        self._head = _head(self._address)
        self._seen = time.monotonic()
        self._homes: dict[Path, Home] = {}
        self._opened: tuple[Any, Path] | None = None
        self._actors: list[Any] = []

    @property
    def leaves_machine(self) -> bool:
        import ray

        nodes = {node["NodeManagerAddress"] for node in ray.nodes() if node["Alive"]}
        return not all(map(_is_here, nodes))

    def map(
        self, opening: Opening[U, R], units: Sequence[U], context: Any
    ) -> Iterator[tuple[int, R]]:
        from ray.util import ActorPool

        if not units:
            return
        done = False
        try:
            with _explained(self):
                standing = self._standing((opening, context.cache.root))
                coming = self._started(opening, len(units) - len(standing), context)
                # An actor for which there is no room yet must be given nothing to do.
                pool = ActorPool(standing)
                for place, unit in enumerate(units):
                    pool.submit(lambda actor, item: actor.do.remote(*item), (place, unit))
            left = len(units)
            while left:
                with _explained(self):
                    self._look()
                    _welcome(pool, coming, 0.0 if pool.has_next() else LOOK_S)
                    if not pool.has_next():
                        continue
                    try:
                        place, result = pool.get_next_unordered(timeout=LOOK_S)
                    except TimeoutError:
                        continue
                left -= 1
                if isinstance(result, Fault):
                    raise WorkbenchError(result.message, result.hint)
                yield place, result
            done = True
        finally:
            if not done:
                self.rest()

    def rest(self) -> None:
        # Ray ends a worker that nobody knows any more, after what it is at. To kill it would have
        # Ray tell of failed work, on the terminal.
        self._opened, self._actors = None, []

    def close(self) -> None:
        import ray

        self.rest()
        for home in self._homes.values():
            (home.cache / home.token).unlink(missing_ok=True)
        self._homes.clear()
        if self._joined and not self._gone:
            ray.shutdown()

    def _standing(self, wanted: tuple[Any, Path]) -> list[Any]:
        """The workers that have that open already, on that cache; others are let go."""
        if self._opened != wanted:
            self.rest()
            self._opened = wanted
        return [*self._actors]

    def _started(self, opening: Any, units: int, context: Any) -> dict[Any, Any]:
        """Further workers, as many as there is room and work for, by what tells that they stand."""
        import ray

        kind = ray.remote(Worker).options(
            num_cpus=self._spec.cpus, num_gpus=self._gpus(),
            max_restarts=-1, max_task_retries=self._spec.retries,
        )  # fmt: skip
        root = context.cache.root
        if root not in self._homes:
            self._homes[root] = _home(root)
        count = min(self._room() - len(self._actors), units)
        new = [kind.remote(opening, context.elsewhere(), self._homes[root]) for _ in range(count)]
        self._actors += new
        return {actor.ready.remote(): actor for actor in new}

    def _gpus(self) -> float:
        if self._spec.gpus is not None:
            return self._spec.gpus
        import ray

        return 1.0 if ray.cluster_resources().get("GPU", 0) >= 1 else 0.0

    def _room(self) -> int:
        """How many workers the cluster has room for. Raises WorkbenchError where not for one."""
        import ray

        there, gpus = ray.cluster_resources(), self._gpus()
        room = int(there.get("CPU", 0) / self._spec.cpus)
        if gpus:
            room = min(room, int(there.get("GPU", 0) / gpus))
        if room < 1:
            raise WorkbenchError(
                f"A worker takes {self._spec.cpus:g} CPUs and {gpus:g} GPUs, and the cluster "
                f"{self._address} has {there.get('CPU', 0):g} and {there.get('GPU', 0):g}.",
                "Ask for less in executor.cpus and executor.gpus, or add machines.",
            )
        return room if self._spec.workers is None else min(room, self._spec.workers)

    def _look(self) -> None:
        """Raise ConnectionError where the head has been out of reach for too long."""
        now = time.monotonic()
        if self._head is None or now - self._seen < LOOK_S:
            return
        if _answers(*self._head):
            self._seen = time.monotonic()
        elif now - self._seen > GONE_S:
            raise ConnectionError(f"{self._head[0]}:{self._head[1]} does not answer")

    def lost(self) -> None:
        """Touch Ray no more: each call would wait for the head that is gone."""
        self._gone = True
        heads_lost.append(self._address)
        import atexit

        import ray

        atexit.unregister(ray.shutdown)


#: Addresses of heads that went away while this process worked for them. Ray's threads then crash
#: the interpreter on its way out: whoever ends the process does well to end it at once.
heads_lost: list[str] = []


class _explained:  # noqa: N801 - reads as a clause
    """Ray's own faults as a WorkbenchError; those of a unit's code pass as they are."""

    def __init__(self, cluster: RayCluster) -> None:
        self._cluster = cluster

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> None:
        from ray import exceptions

        if isinstance(error, ConnectionError):
            self._cluster.lost()
            raise WorkbenchError(
                f"The head of the Ray cluster {self._cluster._address} is gone ({error}).", AGAIN
            ) from error
        if isinstance(error, exceptions.RayError) and not isinstance(
            error, exceptions.RayTaskError
        ):
            if "creation task" in str(error):
                raise WorkbenchError(
                    f"The workers of the Ray cluster cannot start: {_last_line(error)}.",
                    "Install the workbench with the same versions on all machines of the cluster.",
                ) from error
            tried = self._cluster._spec.retries + 1
            raise WorkbenchError(
                f"Workers of the Ray cluster died {tried} times at the same piece of work "
                f"({type(error).__name__}).",
                "Often the memory does not suffice: give a worker more of the machine "
                "(executor.cpus, executor.gpus), or lower batch_tokens. What was done is kept.",
            ) from error


def _last_line(error: BaseException) -> str:
    """What a fault on a worker comes down to: its traceback's last line."""
    return str(error).strip().splitlines()[-1].strip().rstrip(".")[:200]


def _join(address: str) -> bool:
    """Join the cluster; whether it was not joined before. Raises WorkbenchError without one."""
    # Nothing is told to Ray's makers, and Ray tells nothing of a worker's death on our standard
    # output, which may be somebody's JSON. It reads the second one when it is imported.
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    os.environ.setdefault("RAY_DEDUP_LOGS_SKIP_REGEX", "(?s).*")
    import ray

    if ray.is_initialized():
        return False
    if address != "auto":
        host, _, port = address.removeprefix("ray://").rpartition(":")
        if not _answers(host, int(port)):
            raise _unreachable(address, "nothing answers there")
    try:
        ray.init(
            address=address, log_to_driver=False, logging_level=logging.ERROR,
            configure_logging=False,
        )  # fmt: skip
    except (ConnectionError, RuntimeError, ValueError, TimeoutError, ImportError) as error:
        raise _unreachable(address, str(error).strip().split("\n")[0][:200]) from error
    return True


def _unreachable(address: str, reason: str) -> WorkbenchError:
    return WorkbenchError(
        f"There is no Ray cluster at {address!r} ({reason}).",
        "Start one (`ray start --head`), mend executor.ray, or leave executor out to work on this "
        "machine.",
    )


def _head(address: str) -> tuple[str, int] | None:
    """Host and port of the head; None behind Ray's client, which tells of it itself."""
    import ray

    if address.startswith("ray://"):
        return None
    host, _, port = ray.get_runtime_context().gcs_address.rpartition(":")
    return host, int(port)


def _is_here(host: str) -> bool:
    """Whether an address is one of this machine's own."""
    import psutil

    own = {entry.address for entries in psutil.net_if_addrs().values() for entry in entries}
    return host in own


def _answers(host: str, port: int) -> bool:
    try:
        with socket.create_connection((host, port), timeout=CONNECT_S):
            return True
    except OSError:
        return False


def _home(root: Path) -> Home:
    """What the workers have to share with this process; leaves a file for them to see."""
    root.mkdir(parents=True, exist_ok=True)
    token = f".seen-by-{uuid.uuid4().hex[:12]}"
    write_text(root / token, "A worker of another machine looks for this file.\n")
    return Home(root, token, versions())


def _welcome(pool: Any, coming: dict[Any, Any], patience_s: float) -> None:
    """Give those actors to the pool that stand by now."""
    import ray

    if not coming:
        return
    there, _ = ray.wait([*coming], num_returns=1, timeout=patience_s)
    for reference in there:
        log.info("a worker stands on %s", ray.get(reference))
        pool.push(coming.pop(reference))
