"""One question at a time, answered by a variant of the run whose models are loaded once."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Generator, Iterator
from typing import Any, Literal, Protocol

from workbench.errors import WorkbenchError
from workbench.serve.protocol import ChatRequest, RefusalError
from workbench.types import Context, Decoding

LONGEST_QUESTION = 20_000
PATIENCE_S = 120.0
log = logging.getLogger(__name__)


class AnsweringRun(Protocol):
    """What is served: the variants of one run, ready to answer (see :mod:`.served_run`)."""

    def names(self) -> list[str]:
        """The variants that can answer new questions."""
        ...

    def answer(self, variant: str, question: str) -> tuple[Context, Iterator[str]]:
        """What the variant sees and, piece by piece, what it replies."""
        ...

    @property
    def decoding(self) -> Decoding:
        """How answers are drawn."""
        ...


class RequestQueue:
    """Answers one question at a time for one run, and knows whether its models are loaded."""

    def __init__(self, served: AnsweringRun, run: str) -> None:
        self.served = served
        self.run = run
        self.created = int(time.time())
        self.status: Literal["loading", "ok", "failed"] = "ok"
        self.trouble = ""
        # Not an RLock: a stream's steps run in whatever thread is free, its release too.
        self._turn = threading.Lock()
        self._ready = threading.Event()
        # Without anything to load it is ready from the start.
        self._ready.set()

    def load(self) -> None:
        """Load the models now, in the background, if the run can."""
        prepare = getattr(self.served, "prepare", None)
        if prepare is None:
            return
        # Before the thread starts, so that no request slips in between.
        self.status = "loading"
        self._ready.clear()

        def work() -> None:
            try:
                prepare()
                self.status = "ok"
            except WorkbenchError as error:
                self.status, self.trouble = "failed", str(error)
            except Exception as error:
                # A thread's traceback would be lost: keep the reason for /health, log the rest.
                log.exception("The models could not be loaded")
                self.status, self.trouble = "failed", f"{type(error).__name__}: {error}"
            finally:
                self._ready.set()

        # A daemon: interrupting the server need not wait for the models.
        threading.Thread(target=work, name="load", daemon=True).start()

    def check(self, request: ChatRequest) -> tuple[str, list[str]]:
        """A request's question, and which of its parts are ignored; or RefusalError."""
        names = self.served.names()
        if request.model not in names:
            raise RefusalError(
                404,
                f"There is no variant {request.model!r} in this run; it has {', '.join(names)}.",
                "invalid_request_error", "model", "model_not_found",
            )  # fmt: skip
        if (request.n or 1) != 1:
            raise RefusalError(
                400, "Only one answer is given: n must be 1.", "invalid_request_error", "n"
            )
        # The exam asked single questions, so the rest of a conversation is left out.
        asked = [message for message in request.messages if message.role == "user"]
        question = asked[-1].text.strip() if asked else ""
        if not question:
            raise RefusalError(
                400, "The last user message is the question, and there is none with text.",
                "invalid_request_error", "messages",
            )  # fmt: skip
        if len(question) > LONGEST_QUESTION:
            raise RefusalError(
                400,
                f"The question has {len(question):,} characters; "
                f"{LONGEST_QUESTION:,} are allowed.",
                "invalid_request_error", "messages", "context_length_exceeded",
            )  # fmt: skip
        ignored = sorted(request.model_extra or {})
        if len(request.messages) > 1:
            ignored.append("messages other than the last user message")
        return question, ignored

    def answer(self, variant: str, question: str) -> Generator[dict[str, Any]]:
        """First what the variant sees, then pieces of text, then timings: one record each."""
        self._ready.wait(PATIENCE_S)
        if self.status != "ok":
            why = self.trouble or "the models are still being loaded; ask again in a moment"
            raise RefusalError(
                503, f"This run can't answer yet: {why}", "server_error", code=self.status
            )
        if not self._turn.acquire(timeout=PATIENCE_S):
            raise RefusalError(
                503, "Other questions are still being answered.", "server_error", code="busy"
            )
        try:
            began = time.perf_counter()
            context, pieces = self.served.answer(variant, question)
            yield {"context": context}
            first, count = None, 0
            for piece in pieces:
                if first is None:
                    first = time.perf_counter() - began
                count += 1
                yield {"piece": piece}
            # A model's stream gives no reason for its end: one that fills the limit was cut.
            cut = count >= self.served.decoding.max_new_tokens
            yield {
                "finish": "length" if cut else "stop",
                "first_token_s": first,
                "total_s": time.perf_counter() - began,
            }
        except WorkbenchError as error:
            raise RefusalError(500, str(error), "server_error") from error
        finally:
            self._turn.release()
