"""Any order of questions, departures, failures and answers: the line moves, and nobody is lost."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.serving import Answers
from workbench.errors import WorkbenchError
from workbench.serve.protocol import RefusalError
from workbench.serve.request_queue import RequestQueue
from workbench.serve.requests import Asked
from workbench.types import Context

MOST = 4
STEP = st.one_of(
    st.tuples(st.just("ask"), st.sampled_from(["answers", "fails", "breaks"])),
    st.tuples(st.just("leave"), st.integers(0, 9)),
    st.tuples(st.just("let one go on"), st.integers(1, 3)),
)


class Gated(Answers):
    """A run whose answers go on only when they are let."""

    def __init__(self) -> None:
        self.gate = threading.Semaphore(0)
        self.closed = 0

    def answer(self, variant: str, question: str) -> tuple[Context, Iterator[str]]:
        self.gate.acquire()
        if question == "fails":
            raise WorkbenchError("It fails.", "Ask something else.")
        if question == "breaks":
            raise ZeroDivisionError
        return Context(), self._pieces()

    def _pieces(self) -> Iterator[str]:
        try:
            yield from ("one", "two")
        finally:
            self.closed += 1


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(STEP, max_size=25))
def test_every_question_ends_and_the_line_never_overflows(steps: list[tuple[str, object]]) -> None:
    asyncio.run(_play(steps))


async def _play(steps: list[tuple[str, object]]) -> None:
    served = Gated()
    queue = RequestQueue(served, "run", MOST)
    queue.open()
    tasks: list[tuple[str, asyncio.Task[str]]] = []
    tickets = []

    async def read(ticket) -> str:  # type: ignore[no-untyped-def]
        said = []
        try:
            async for step in ticket.steps():
                said += [step["piece"]] if "piece" in step else []
        except RefusalError as refusal:
            return f"refused {refusal.status}"
        return " ".join(said)

    for name, value in steps:
        if name == "ask":
            try:
                ticket = queue.submit("rag", Asked(str(value)))
            except RefusalError as refusal:
                assert refusal.status == 429 and queue.waiting() == MOST
                continue
            tickets.append(ticket)
            tasks.append((str(value), asyncio.create_task(read(ticket))))
        elif name == "leave" and tickets:
            tickets[int(str(value)) % len(tickets)].give_up()
        elif name == "let one go on":
            for _ in range(int(str(value))):
                served.gate.release()
        assert queue.waiting() <= MOST
        await asyncio.sleep(0)
    # Whatever happened, everybody who waits is answered once the model goes on.
    for _ in range(len(steps) + 5):
        served.gate.release()
    for ticket, (asked, task) in zip(tickets, tasks, strict=True):
        left = ticket.given_up.is_set()
        if left:
            task.cancel()
            continue
        reply = await asyncio.wait_for(task, 20)
        assert reply == {"answers": "one two"}.get(asked, "refused 500")
    assert queue.waiting() == 0
    # The line still answers after all of it.
    last = queue.submit("rag", Asked("answers"))
    served.gate.release()
    assert await asyncio.wait_for(read(last), 20) == "one two"
    queue.close()
