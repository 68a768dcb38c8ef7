"""Work of the question writer done in other processes, while this one reads questions back.

By joblib's loky: its processes are started afresh, not forked (threads run here by then), and do
not run the user's script again.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from typing import Any

#: Processes beside this one; more would wait for this one, which alone reads back.
MOST = 8
#: Pieces done and not yet taken, at the most: more would only fill the memory.
AHEAD = 24
#: Seconds without work after which a process ends, so that none outlives a killed run for long.
IDLE_S = 30


class Aside:
    """Pieces of work by key, begun in the order in which they are asked for.

    What has not begun when it is wanted, or was lost with its process, is for the caller to do.
    """

    def __init__(self, processes: int) -> None:
        from joblib.externals.loky import ProcessPoolExecutor

        self._pool = ProcessPoolExecutor(processes, timeout=IDLE_S, initializer=_without_torch)
        self._most = 2 * processes
        self._waiting: dict[str, Callable[[], Any]] = {}
        self._begun: dict[str, Future[Any]] = {}
        self._open = True
        # Of the callbacks, which come from a thread of the pool's, and may come at once.
        self._lock = threading.RLock()

    @classmethod
    def if_many(cls, pieces: int, many: int) -> Aside | None:
        """A pool where there are so many pieces of work that it pays, and more than one core."""
        cores = os.cpu_count() or 1
        return cls(min(MOST, cores - 1)) if pieces >= many and cores > 1 else None

    def ask(self, key: str, function: Callable[..., Any], *given: Any) -> None:
        """Have ``function(*given)`` done; it and all it is given must pickle."""
        with self._lock:
            self._waiting[key] = partial(function, *given)
            self._go_on()

    def take(self, key: str) -> Any | None:
        """What came of it, once; None where the caller has to do it."""
        with self._lock:
            self._waiting.pop(key, None)
            future = self._begun.pop(key, None)
            self._go_on()
        try:
            return None if future is None else future.result()
        except (BrokenProcessPool, OSError):
            return None

    def close(self) -> None:
        """End the processes after what they are at: a section or two each."""
        self._open = False
        self._pool.shutdown(wait=True)

    def _go_on(self) -> None:
        """Keep the processes busy, and no more: what has begun can not be taken back."""
        while self._open and self._waiting:
            under_way = sum(not future.done() for future in self._begun.values())
            if under_way >= self._most or len(self._begun) >= AHEAD:
                return
            key = next(iter(self._waiting))
            try:
                future = self._pool.submit(self._waiting[key])
            except (BrokenProcessPool, RuntimeError):
                self._open = False
                return
            del self._waiting[key]
            self._begun[key] = future
            future.add_done_callback(self._ended)

    def _ended(self, future: Future[Any]) -> None:
        with self._lock:
            self._open = self._open and not isinstance(future.exception(), BrokenProcessPool)
            self._go_on()


def _without_torch() -> None:
    # spaCy would load torch, where there is one, for 300 MB that parsing has no use for.
    sys.modules["torch"] = None  # type: ignore[assignment]
