"""Questions wait in one line, and one thread answers them, each from start to finish.

The thread that begins an answer ends it: models keep locks and caches that must not change hands
in mid-answer. Whoever asks reads the answer's steps from his ticket, and may leave at any time:
a ticket that is given up leaves the line, or ends its answer at the next piece.
"""

from __future__ import annotations

import asyncio
import logging
import math
import threading
import time
from collections import deque
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator, Mapping
from contextlib import suppress
from typing import Any, Literal, Protocol

from workbench.asked.log import QuestionLog
from workbench.engine.tracing import Mark, Traces
from workbench.errors import WorkbenchError
from workbench.serve.conversations import Turn
from workbench.serve.metrics import Metrics
from workbench.serve.protocol import RefusalError, usage
from workbench.serve.requests import Asked
from workbench.serve.spans import question_span, say_reply
from workbench.types import Context, Decoding

#: Questions that may wait, and seconds that one may wait for its turn.
MOST_WAITING, PATIENCE_S = 64, 120.0
#: Seconds without a step of the answer at hand after which the line counts as stuck.
STUCK_S = 60.0
#: Seconds between looks whether the client is still there.
_LOOK_S = 0.25
log = logging.getLogger(__name__)


class AnsweringRun(Protocol):
    """What is served: the variants of one run, ready to answer (see :mod:`.served_run`)."""

    def names(self) -> list[str]:
        """The variants that can answer new questions."""
        ...

    def searching(self) -> list[str]:
        """Those of them that search for passages."""
        ...

    def turn(self, variant: str, asked: Asked) -> Turn:
        """What the variant is asked after the turns before it."""
        ...

    def answer(self, variant: str, question: str) -> tuple[Context, Iterator[str]]:
        """What the variant sees and, piece by piece, what it replies."""
        ...

    def search(self, variant: str, query: str, top_k: int | None) -> Context:
        """The passages that the variant's search finds."""
        ...

    def tokens(self, variant: str, question: str, context: Context, reply: str) -> tuple[int, int]:
        """Tokens that the variant read and wrote for a reply."""
        ...

    @property
    def decoding(self) -> Decoding:
        """How answers are drawn."""
        ...


class Ticket:
    """One accepted question; its steps come from the thread that answers."""

    def __init__(
        self, variant: str, asked: Asked, line: RequestQueue, parent: Mapping[str, str]
    ) -> None:
        """Made on the event loop that will read the steps."""
        self.variant, self.asked, self.parent = variant, asked, parent
        self.came = time.monotonic()
        self.given_up = threading.Event()
        self.started = False
        self._line = line
        self._loop = asyncio.get_running_loop()
        self._steps: asyncio.Queue[dict[str, Any] | RefusalError | None] = asyncio.Queue()

    def put(self, step: dict[str, Any] | RefusalError | None) -> None:
        """Hand one step (None: the end) to whoever reads; from the answering thread."""
        # The loop is closed where the server stops in mid-answer.
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._steps.put_nowait, step)

    def give_up(self) -> None:
        """Leave the line, or end the answer at its next piece."""
        self.given_up.set()
        self._line.leave(self)

    async def steps(
        self, gone: Callable[[], Awaitable[bool]] | None = None
    ) -> AsyncGenerator[dict[str, Any]]:
        """First what the variant sees, then pieces of text, then timings: one record each.

        ``gone`` says whether the client has left. Raises RefusalError where there is no answer.
        """
        began = time.monotonic()
        try:
            while True:
                try:
                    step = await asyncio.wait_for(self._steps.get(), _LOOK_S)
                except TimeoutError:
                    if gone is not None and await gone():
                        return
                    if not self.started and time.monotonic() - began > PATIENCE_S:
                        raise self._line.busy(503) from None
                    continue
                if step is None:
                    return
                if isinstance(step, RefusalError):
                    raise step
                yield step
        finally:
            self.give_up()


class RequestQueue:
    """The line before one run's variants, and the thread that answers."""

    def __init__(
        self,
        served: AnsweringRun,
        run: str,
        most_waiting: int = MOST_WAITING,
        traces: Traces | None = None,
        kept: QuestionLog | None = None,
    ) -> None:
        self.served = served
        self._traces = traces or Traces()
        self._kept = kept
        self.run = run
        self.created = int(time.time())
        self.status: Literal["loading", "ok", "failed"] = "ok"
        self.trouble = ""
        self.metrics = Metrics(self.waiting)
        self._most = most_waiting
        self._line: deque[Ticket] = deque()
        self._changed = threading.Condition()
        self._closed = False
        self._current: Ticket | None = None
        self._moved = time.monotonic()
        self._mean_s = 1.0

    # --- the thread that answers ------------------------------------------------------------

    def open(self) -> None:
        """Begin: load the models, if the run can, and then answer. Returns at once."""
        # Before the thread starts, so that no request slips in between.
        if getattr(self.served, "prepare", None) is not None:
            self.status = "loading"
        # A daemon: interrupting the server need not wait for the models.
        threading.Thread(target=self._work, name="answers", daemon=True).start()

    def close(self) -> None:
        """End the answer at hand and take no more."""
        with self._changed:
            self._closed = True
            for ticket in (*self._line, *([self._current] if self._current else ())):
                ticket.given_up.set()
            self._changed.notify_all()

    def _work(self) -> None:
        self._load()
        while (ticket := self._next()) is not None:
            try:
                waited = time.monotonic() - ticket.came
                with question_span(
                    self._traces, self.run, ticket.variant, ticket.asked, waited, ticket.parent
                ) as mark:
                    self._answer(ticket, mark)
            except RefusalError as refusal:
                ticket.put(refusal)
            except WorkbenchError as error:
                self.metrics.count(ticket.variant, "failed")
                ticket.put(RefusalError(500, str(error), "server_error"))
            except Exception as error:
                # The thread must live on: the next question may do better.
                log.exception("A question could not be answered")
                self.metrics.count(ticket.variant, "failed")
                why = f"The question could not be answered ({type(error).__name__})."
                ticket.put(RefusalError(500, why, "server_error"))
            finally:
                self._current = None
                self._moved = time.monotonic()

    def _load(self) -> None:
        prepare = getattr(self.served, "prepare", None)
        if prepare is None:
            return
        try:
            prepare()
            self.status = "ok"
        except WorkbenchError as error:
            self.status, self.trouble = "failed", str(error)
        except Exception as error:
            # A thread's traceback would be lost: keep the reason for /health, log the rest.
            log.exception("The models could not be loaded")
            self.status, self.trouble = "failed", f"{type(error).__name__}: {error}"

    def _next(self) -> Ticket | None:
        with self._changed:
            while not self._line and not self._closed:
                self._changed.wait()
            if self._closed:
                return None
            self._current = ticket = self._line.popleft()
            ticket.started = True
            self._moved = time.monotonic()
            return ticket

    def _answer(self, ticket: Ticket, mark: Mark) -> None:
        if self.status != "ok":
            raise self.unready()
        began = time.perf_counter()
        served, variant, asked = self.served, ticket.variant, ticket.asked
        if asked.search:
            found = served.search(variant, asked.question, asked.top_k)
            mark.say(workbench__passages=len(found.passages))
            ticket.put({"context": found})
            self.metrics.count(variant, "searched")
            ticket.put(None)
            return
        spans = self._traces
        with spans.span("turn"):
            turn = served.turn(variant, asked)
        with spans.span("context"):
            context, pieces = served.answer(variant, turn.question)
        mark.say(workbench__turn=turn.mode, workbench__passages=len(context.passages))
        ticket.put({"context": context, "turn": turn})
        first, told = None, list[str]()
        with spans.span("reply"):
            try:
                for piece in pieces:
                    if ticket.given_up.is_set():
                        self.metrics.count(variant, "given up")
                        mark.say(workbench__outcome="given up")
                        return
                    if first is None:
                        first = time.perf_counter() - began
                    told.append(piece)
                    self._moved = time.monotonic()
                    ticket.put({"piece": piece})
            finally:
                # In the thread that began it: a model's generator holds locks.
                getattr(pieces, "close", lambda: None)()
        total = time.perf_counter() - began
        self._mean_s += 0.1 * (total - self._mean_s)
        self.metrics.answered(variant, first, total)
        # A model's stream gives no reason for its end: one that fills the limit was cut.
        finish = "length" if len(told) >= served.decoding.max_new_tokens else "stop"
        text = "".join(told)
        spent = usage(*served.tokens(variant, turn.question, context, text))
        say_reply(mark, spans, spent, finish, first, text)
        ticket.put({"finish": finish, "usage": spent, "first_token_s": first, "total_s": total})
        ticket.put(None)
        if self._kept is not None:
            self._keep(self._kept, ticket, turn, context, text, total)

    def _keep(
        self, kept: QuestionLog, ticket: Ticket, turn: Turn, context: Context, text: str,
        seconds: float,
    ) -> None:  # fmt: skip
        """A line in the log, once the answer is out: one that cannot be written is no fault of it.

        Here, since one thread has the models, and the embedding is one.
        """
        try:
            kept.add(
                ticket.variant, turn.question, text, len(context.passages), seconds, turn.earlier
            )
        except (WorkbenchError, OSError) as error:
            log.warning("A question was not logged: %s", error)

    # --- the line -----------------------------------------------------------------------------

    def submit(self, variant: str, asked: Asked, parent: Mapping[str, str] | None = None) -> Ticket:
        """A place in the line; RefusalError (429) where it is full, or (503) cannot be answered.

        ``parent`` are the headers by which the client's own trace is gone on with.
        """
        if self.status == "failed":
            raise self.unready()
        ticket = Ticket(variant, asked, self, parent or {})
        with self._changed:
            if self._closed:
                raise RefusalError(503, "The server is stopping.", "server_error", code="stopping")
            if len(self._line) >= self._most:
                self.metrics.count(variant, "refused")
                raise self.busy(429)
            self._line.append(ticket)
            self._changed.notify()
        return ticket

    def leave(self, ticket: Ticket) -> None:
        """Take a ticket out of the line; nothing where it is not in it."""
        with self._changed, suppress(ValueError):
            self._line.remove(ticket)

    def waiting(self) -> int:
        """How many questions wait."""
        return len(self._line)

    def busy(self, status: int) -> RefusalError:
        """The refusal for want of a turn, with the seconds after which to ask again."""
        after = max(1, math.ceil(self._mean_s * max(1, len(self._line))))
        error = RefusalError(
            status, f"{len(self._line)} questions are waiting; ask again in {after} s.",
            "server_error" if status == 503 else "rate_limit_error", code="busy",
        )  # fmt: skip
        error.headers["Retry-After"] = str(after)
        return error

    def unready(self) -> RefusalError:
        """The refusal of a run whose models are not there."""
        why = self.trouble or "the models are still being loaded; ask again in a moment"
        error = RefusalError(
            503, f"This run can't answer yet: {why}", "server_error", code=self.status
        )
        error.headers["Retry-After"] = "5"
        return error

    def moves(self) -> bool:
        """Whether questions are being answered: loaded, and no answer without a step for long."""
        stuck = self._current is not None and time.monotonic() - self._moved > STUCK_S
        return self.status == "ok" and not stuck and not self._closed
