"""Asking a server with patience: pace, retries, and knowing when to give up."""

from __future__ import annotations

import logging
import math
import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import httpx
import openai

from workbench.models.complaints import is_spent, said
from workbench.models.replies import MalformedReply

log = logging.getLogger(__name__)

ATTEMPTS = 5
ATTEMPTS_UNREACHED = 2
FIRST_WAIT_S = 0.5
LONGEST_WAIT_S = 30.0
LONGEST_RETRY_AFTER_S = 120.0
GIVE_UP_AFTER = 4
# What openai's own client retries, and 425 (Too Early).
RETRIED = frozenset({408, 409, 425, 429})
#: A reply that takes so many times as long as the quickest one waited for others; one within
#: ``AT_ONCE`` times waited for none.
SLOWER, AT_ONCE = 2.0, 1.5
#: What a reply in time adds to the number under way, beside one for each round.
GROWTH = 0.1

#: What may go wrong with one request.
FAULTS = (openai.OpenAIError, httpx.HTTPError, MalformedReply, ValueError)

T = TypeVar("T")


class StoppedError(MalformedReply):
    """Not asked, since those before were not answered."""

    def __str__(self) -> str:
        return "the endpoint has stopped answering; not asked again"


class PassingFault(MalformedReply):
    """No answer from a system that is no server, and another try may bring one."""


class Pace:
    """Spaces the starts of requests evenly under a number per minute; None: no limit."""

    def __init__(self, per_minute: float | None) -> None:
        self._gap = 60.0 / per_minute if per_minute else 0.0
        self._next = 0.0
        self._lock = threading.Lock()

    def wait(self) -> None:
        """Sleep until the next request may start."""
        if not self._gap:
            return
        with self._lock:
            now = time.monotonic()
            start = max(now, self._next)
            self._next = start + self._gap
        # Outside the lock, so that others can reserve their starts meanwhile.
        time.sleep(max(0.0, start - now))


class Breaker:
    """Opens when several requests in a row reach no server: the rest then fail at once."""

    def __init__(self, after: int = GIVE_UP_AFTER) -> None:
        self._after = after
        self._row = 0
        self._lock = threading.Lock()

    @property
    def is_open(self) -> bool:
        return self._row >= self._after

    def note(self, reached: bool) -> None:
        with self._lock:
            self._row = 0 if reached else self._row + 1


class InFlight:
    """How many requests are under way: grows while the server keeps up, shrinks when it does not.

    Additive increase and multiplicative decrease (Chiu and Jain 1989), steered by latency as in
    TCP Vegas (Brakmo and Peterson 1995): a server that works on ``n`` requests one after the other
    answers each ``n`` times later, and more of them only wait there until their patience ends.
    Until the first one waits, each round doubles the number (slow start, Jacobson 1988).
    """

    def __init__(self, start: int = 2, most: int = 64) -> None:
        self.limit = float(min(start, most))
        self._rising = True
        self.most = most
        self._running = self._again = 0
        self._least = math.inf
        self._free = threading.Condition()

    @contextmanager
    def turn(self, again: bool = False) -> Iterator[None]:
        """Wait for a place, and hold it while the block runs; who asks ``again`` goes first.

        Else a server that has gone silent would be met by every request once before any gives up.
        """
        with self._free:
            self._again += again
            while self._running >= max(1, int(self.limit)) or (self._again and not again):
                self._free.wait()
            self._again -= again
            self._running += 1
        try:
            yield
        finally:
            with self._free:
                self._running -= 1
                # No more than can go on: to wake them all for one place costs more than a request.
                if self._again:
                    self._free.notify_all()
                else:
                    self._free.notify(max(1, int(self.limit) - self._running))

    def answered(self, seconds: float) -> None:
        """A reply came after ``seconds``; to be said while its place is held."""
        with self._free:
            self._least = min(self._least, seconds)
            if seconds > SLOWER * self._least:
                self._rising = False
                self.limit = max(1.0, self.limit - 1.0 / self.limit)
                return
            doubling = self._rising and seconds <= AT_ONCE * self._least
            more = 1.0 if doubling else 1.0 / self.limit + GROWTH
            self.limit = min(self.most, self.limit + more)

    def refused(self) -> None:
        """The server was too busy, or too slow for our patience."""
        with self._free:
            self._rising = False
            self.limit = max(1.0, self.limit / 2)


class Clock:
    """Seconds since the last start: waiting for a retry is not counted."""

    def __init__(self) -> None:
        self._since = time.perf_counter()
        self.started = False

    def start(self) -> None:
        self._since = time.perf_counter()
        self.started = True

    def seconds(self) -> float:
        return time.perf_counter() - self._since


def patiently(ask: Callable[[], T], pace: Pace, breaker: Breaker) -> T:
    """``ask()``, repeated on 429, 5xx and lost connections; the last error is raised.

    Waits as long as Retry-After says, else twice as long each time, with jitter so that several
    threads do not come back at once.
    """
    for attempt in range(1, ATTEMPTS + 1):
        pace.wait()
        try:
            answer = ask()
        except (openai.APIConnectionError, openai.APIStatusError, PassingFault) as error:
            reached = isinstance(error, openai.APIStatusError)
            most = ATTEMPTS if reached else ATTEMPTS_UNREACHED
            if attempt >= most or breaker.is_open or not _is_passing(error):
                breaker.note(reached)
                raise
            wait = _wait_s(error, attempt)
            log.info("asking again in %.1f s: %s", wait, explained(error))
            time.sleep(wait)
        else:
            breaker.note(True)
            return answer
    raise AssertionError("the last attempt returns or raises")


def in_turn(
    ask: Callable[[], T], in_flight: InFlight, pace: Pace, breaker: Breaker, clock: Clock
) -> T:
    """``ask()`` with patience, once its turn has come; how the server keeps up is noted.

    Patience, and the ``clock``, begin when its turn has come.
    """

    def asking() -> T:
        with in_flight.turn(again=clock.started):
            if breaker.is_open:
                raise StoppedError
            clock.start()
            try:
                reply = ask()
            except (openai.APITimeoutError, openai.InternalServerError, openai.RateLimitError):
                in_flight.refused()
                raise
            in_flight.answered(clock.seconds())
            return reply

    return patiently(asking, pace, breaker)


def _is_passing(error: Exception) -> bool:
    if isinstance(error, openai.APIStatusError):
        passing = error.status_code in RETRIED or error.status_code >= 500
        return passing and not is_spent(error)
    return True


def _wait_s(error: Exception, attempt: int) -> float:
    if isinstance(error, openai.APIStatusError):
        asked = error.response.headers.get("retry-after", "")
        try:
            seconds = float(asked)
        except ValueError:
            seconds = _until(asked)
        if 0 < seconds <= LONGEST_RETRY_AFTER_S:
            return seconds
    doubled = min(LONGEST_WAIT_S, FIRST_WAIT_S * 2.0 ** (attempt - 1))
    return doubled * random.uniform(0.75, 1.0)  # jitter decides no result


def _until(date: str) -> float:
    """Seconds until an HTTP date; 0 if it is none."""
    from email.utils import parsedate_to_datetime

    try:
        return parsedate_to_datetime(date).timestamp() - time.time()
    except (TypeError, ValueError):
        return 0.0


def is_permanent(error: Exception) -> bool:
    """Whether asking anything else of this server and model is bound to fail too."""
    kinds = openai.AuthenticationError | openai.PermissionDeniedError | openai.NotFoundError
    return isinstance(error, kinds) or is_spent(error)


def meets_all(error: Exception, answered: bool) -> bool:
    """Whether a key, a model or an account is refused, so that no other question fares better.

    After one answer a refused text concerns its question alone.
    """
    for_good = not isinstance(error, openai.PermissionDeniedError) or is_spent(error)
    return is_permanent(error) and (for_good or not answered)


def is_passing(error: Exception) -> bool:
    """Whether the same question may be answered later: an outage, a rate, a lost connection."""
    kinds = openai.APIConnectionError | httpx.HTTPError | StoppedError | PassingFault
    transport = isinstance(error, kinds)
    return transport or (isinstance(error, openai.APIStatusError) and _is_passing(error))


def explained(error: Exception) -> str:
    """One phrase for a failed request; it quotes the server's message, never the request."""
    # First: a timeout is a connection error too.
    if isinstance(error, openai.APITimeoutError):
        return "no answer within the time limit"
    if isinstance(error, openai.APIConnectionError):
        cause = error.__cause__
        return f"no connection: {cause}" if cause else "no connection"
    if isinstance(error, httpx.HTTPError):
        return f"the connection broke off ({type(error).__name__})"
    if isinstance(error, openai.APIStatusError):
        sentences = said(error)
        return f"the server answered {error.status_code}" + (f": {sentences}" if sentences else "")
    if isinstance(error, MalformedReply):
        return str(error)
    if isinstance(error, openai.APIError) and error.message:
        return f"the server said: {' '.join(error.message.split())[:200]}"
    return f"the reply cannot be read ({type(error).__name__})"
