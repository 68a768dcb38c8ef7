"""What a judge was asked and what it said: every call kept, none made twice, none past the budget.

Each call leaves two lines in a JSONL file: what it may take at most before it is sent, and the
reply with what it took. A killed process therefore loses only the calls under way, and those count
as if they had taken all they might: the budget holds whatever happens.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from workbench.engine.hashing import content_id
from workbench.io import jsonl
from workbench.models.budget import BUDGET_SPENT, Budget, most_input
from workbench.models.reply_schema import reply_schema
from workbench.types import Completion, Decoding, LanguageModel, Prompt

#: How errors begin that came instead of a reply; any other may hide one that was paid for.
UNBILLED = ("no connection", "the server answered")


class Calls:
    """The calls of one judge on one run. Safe to use from several threads at once.

    ``reply_tokens`` is the most that one reply may take. Calls of other judges in the same file
    are left alone.
    """

    def __init__(self, path: Path, model: LanguageModel, budget: Budget, reply_tokens: int) -> None:
        self.path, self.model, self.budget = path, model, budget
        self.reply_tokens = reply_tokens
        reference = model.reference
        self.judge = content_id([reference.name, reference.endpoint, reply_tokens])
        self.count = self.input_tokens = self.output_tokens = 0
        self.closed = False
        self._replies: dict[str, Completion] = {}
        self._reserved: dict[str, tuple[int, int]] = {}
        self._under_way: dict[str, threading.Lock] = {}
        self._lock = threading.Lock()
        self._settled = threading.Condition(self._lock)
        with self._lock:
            self._read()

    def _read(self) -> None:
        for record in jsonl.stream(self.path):
            if record["judge"] != self.judge:
                continue
            if "closed" in record:
                # Another budget opens what an earlier one closed.
                self.closed = self.closed or record["closed"] == self._limits
                continue
            self._note(record)
        for key in list(self._reserved):
            self._settle(key, None)

    def _note(self, record: Mapping[str, Any]) -> None:
        """Count one line of the file."""
        key, taken = record["call"], (record["input_tokens"], record["output_tokens"])
        if record.get("from_cache"):
            self._replies.setdefault(key, _completion(record))
        elif "reserved" in record:
            self._settle(key, None)
            self._reserved[key] = taken
        else:
            self._settle(key, taken)
            if record["error"] is None:
                self._replies[key] = _completion(record)

    def _settle(self, key: str, taken: tuple[int, int] | None) -> None:
        """Count a call; one that never came back counts as all that was reserved for it."""
        reserved = self._reserved.pop(key, None)
        if taken is None:
            taken = reserved
        if taken is not None:
            self.count += 1
            self.input_tokens += taken[0]
            self.output_tokens += taken[1]
        self._settled.notify_all()

    def key(self, prompt: Prompt) -> str:
        """What a call is known by: the judge and every message."""
        return content_id(
            [self.judge, [[message.role, message.content] for message in prompt.messages]]
        )

    def ask(self, prompt: Prompt, form: type[BaseModel] | None = None) -> Completion:
        """The judge's reply, as it was given before or asked for now; a failure has an error.

        An endpoint is asked to hold its model to ``form``; what a call is known by does not
        change with it.
        """
        key = self.key(prompt)
        with self._lock:
            turn = self._under_way.setdefault(key, threading.Lock())
        with turn:
            if key in self._replies:
                return self._replies[key]
            most = (most_input(self.model, prompt), self.reply_tokens)
            if not self._reserve(key, most):
                return Completion("", 0, 0, 0.0, "error", BUDGET_SPENT)
            schema = None if form is None else reply_schema(form)
            asked = replace(prompt, reply_schema=schema)
            try:
                reply = self.model.complete([asked], Decoding(self.reply_tokens))[0]
            except BaseException:
                with self._lock:
                    self._settle(key, (0, 0))
                    self._write(key, {"input_tokens": 0, "output_tokens": 0, "error": "not sent"})
                raise
            with self._lock:
                taken = (reply.input_tokens, reply.output_tokens)
                if reply.error is not None:
                    taken = (0, 0) if reply.error.startswith(UNBILLED) else most
                self._settle(key, taken)
                self._write(key, {
                    "reply": reply.text, "finish": reply.finish, "error": reply.error,
                    "input_tokens": taken[0], "output_tokens": taken[1],
                })  # fmt: skip
                if reply.error is None:
                    self._replies[key] = reply
            return reply

    def _reserve(self, key: str, most: tuple[int, int]) -> bool:
        with self._lock:
            # What is under way may take less than is held for it; only what was taken refuses.
            while not self.closed and self._reserved and not self._covers(most):
                self._settled.wait()
            if not self.closed and not self._covers(most):
                # Closed for good, in a later process too: what is short enough to fit still would
                # be no fair sample.
                self.closed = True
                self._write("", {"closed": self._limits})
                self._settled.notify_all()
            if self.closed:
                return False
            self._reserved[key] = most
            self._write(key, {"reserved": True, "input_tokens": most[0], "output_tokens": most[1]})
            return True

    @property
    def _limits(self) -> list[Any]:
        """What the budget is, as it is recorded."""
        prices = self.budget.prices
        return [self.budget.max_tokens, self.budget.max_money, list(prices) if prices else None]

    def _covers(self, most: tuple[int, int]) -> bool:
        """Whether the budget has room for that much beside what was taken and what is held."""
        held = [most, *self._reserved.values()]
        return self.budget.covers(
            self.input_tokens + sum(item[0] for item in held),
            self.output_tokens + sum(item[1] for item in held),
        )

    def replies(self, keys: Iterable[str]) -> list[dict[str, Any]]:
        """What was said in these calls, ready to be kept for other runs."""
        with self._lock:
            return [
                {"call": key, "reply": self._replies[key].text, "finish": self._replies[key].finish}
                for key in keys
            ]

    def adopt(self, replies: Iterable[Mapping[str, Any]]) -> None:
        """Record replies that were paid for in another run; they count as nothing here."""
        with self._lock:
            new = {
                str(reply["call"]): reply for reply in replies if reply["call"] not in self._replies
            }
            result = [
                {"judge": self.judge, "call": key, "reply": item["reply"], "finish": item["finish"],
                 "error": None, "input_tokens": 0, "output_tokens": 0, "from_cache": True}
                for key, item in new.items()
            ]  # fmt: skip
            jsonl.append(self.path, result)
            self._replies.update({item["call"]: _completion(item) for item in result})

    def take(self, records: Iterable[Mapping[str, Any]]) -> None:
        """Record calls that were made elsewhere, as that process recorded them; they count here."""
        taken = list(records)
        with self._lock:
            jsonl.append(self.path, taken)
            for record in taken:
                self._note(record)

    def _write(self, key: str, values: Mapping[str, Any]) -> None:
        jsonl.append(self.path, [{"judge": self.judge, "call": key, **values}])


def _completion(record: Mapping[str, Any]) -> Completion:
    return Completion(
        record["reply"], record["input_tokens"], record["output_tokens"], 0.0, record["finish"]
    )
