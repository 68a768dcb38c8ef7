"""An executor that does what a cluster's would, in this process: all pickled, in another order."""

from __future__ import annotations

import pickle
import random
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from workbench.engine.executors import Opening, R, U
from workbench.engine.executors.worker import Fault, Home, Worker, versions
from workbench.errors import WorkbenchError


class InPieces:
    """Two workers of their own contexts take units in random order; ``done`` says of what kind."""

    is_here = False
    leaves_machine = False

    def __init__(self, seed: int = 1) -> None:
        self._rng = random.Random(seed)
        self._standing: tuple[Any, list[Worker]] | None = None
        self.done: dict[str, int] = {}

    def map(
        self, opening: Opening[U, R], units: Sequence[U], context: Any
    ) -> Iterator[tuple[int, R]]:
        root: Path = context.cache.root
        root.mkdir(parents=True, exist_ok=True)
        (root / ".seen").touch()
        if self._standing is None or self._standing[0] != opening:
            home = Home(root, ".seen", versions())
            sent = pickle.dumps((opening, context.elsewhere(), home))
            self._standing = (opening, [Worker(*pickle.loads(sent)) for _ in range(2)])
        kind = getattr(opening, "__name__", type(opening).__name__)
        order = list(range(len(units)))
        # As many are begun as there are workers, so that none comes much too early.
        for at in range(0, len(order), 4):
            some = order[at : at + 4]
            self._rng.shuffle(some)
            for place in some:
                worker = self._rng.choice(self._standing[1])
                _, result = pickle.loads(
                    pickle.dumps(worker.do(place, pickle.loads(pickle.dumps(units[place]))))
                )
                if isinstance(result, Fault):
                    raise WorkbenchError(result.message, result.hint)
                self.done[kind] = self.done.get(kind, 0) + 1
                yield place, result

    def rest(self) -> None:
        self._standing = None

    def close(self) -> None:
        self.rest()
