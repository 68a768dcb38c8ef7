"""How often one client may ask: so many requests in a stretch of time, then a wait."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from workbench.errors import WorkbenchError

UNITS = {"s": 1.0, "sec": 1.0, "second": 1.0, "min": 60.0, "minute": 60.0, "h": 3600.0,
         "hour": 3600.0, "day": 86_400.0}  # fmt: skip
#: Clients that are remembered; beyond that, those are forgotten that have their whole rate again.
MOST = 10_000


@dataclass(frozen=True, slots=True)
class Rate:
    """``count`` requests in ``seconds``."""

    count: int
    seconds: float

    @classmethod
    def read(cls, text: str) -> Rate:
        """``60/min`` as a rate; WorkbenchError where it is none."""
        match = re.fullmatch(r"\s*(\d{1,9})\s*/\s*([a-z]+)\s*", text)
        if match is None or match[2] not in UNITS or not int(match[1]):
            raise WorkbenchError(
                f"{text!r} is no rate.", "Write it as 60/min; also /s, /hour and /day."
            )
        return cls(int(match[1]), UNITS[match[2]])


@dataclass
class Turnstile:
    """Lets each client through at a rate: what was not used comes back evenly, and no more."""

    rate: Rate
    clock: Callable[[], float] = time.monotonic
    _left: dict[str, tuple[float, float]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def wait(self, who: str) -> float:
        """0 where ``who`` may pass, which counts; else the seconds after which he may."""
        each = self.rate.seconds / self.rate.count
        with self._lock:
            now = self.clock()
            left = self._left_at(who, now)
            if left < 1:
                return (1 - left) * each
            if len(self._left) >= MOST:
                self._forget(now)
            self._left[who] = (left - 1, now)
        return 0.0

    def _left_at(self, who: str, now: float) -> float:
        left, at = self._left.get(who, (float(self.rate.count), now))
        return min(self.rate.count, left + (now - at) * self.rate.count / self.rate.seconds)

    def _forget(self, now: float) -> None:
        whole = [who for who in self._left if self._left_at(who, now) >= self.rate.count]
        # Where all are at it, the ones that asked longest ago.
        for who in whole or list(self._left)[: MOST // 10]:
            del self._left[who]
