"""A Python function as a system: a question in, the answer out, alone or with what it rests on."""

from __future__ import annotations

import importlib
import importlib.util
import queue
import sys
import threading
import weakref
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from workbench.errors import WorkbenchError
from workbench.experiment.system import SystemSpec
from workbench.models.replies import MalformedReply
from workbench.models.requests import PassingFault
from workbench.types import ModelReference
from workbench.variants.foreign.said import Said, number, passages_of


class Function:
    """Calls ``module:function`` or ``file.py:function``, found from the working directory."""

    def __init__(self, spec: SystemSpec, reference: ModelReference) -> None:
        assert spec.python is not None
        self._named, self._timeout_s = spec.python, spec.timeout_s
        self._call: Callable[[str], Any] | None = None
        self._aside = threading.local()

    def check(self) -> None:
        self._call = self._call or loaded(self._named)

    def ask(self, question: str) -> Said:
        self.check()
        assert self._call is not None
        # The same thread for all questions of whoever asks: a function may keep a connection in it.
        if getattr(self._aside, "caller", None) is None:
            self._aside.caller = _Caller(self._call)
        try:
            reply = self._aside.caller.ask(question, self._timeout_s)
        except queue.Empty as error:
            # A thread cannot be ended: it is left behind, and the next question has another.
            self._aside.caller = None
            raise PassingFault(f"no answer within {self._timeout_s:g} s") from error
        except OSError as error:
            # A connection or a file of its own: another try may do better.
            raise PassingFault(_told(error)) from error
        except Exception as error:
            raise MalformedReply(_told(error)) from error
        return read(reply)

    def clean(self, text: str) -> str:
        return text


class _Caller:
    """A function in a thread of its own, so that one that hangs is not waited for."""

    def __init__(self, call: Callable[[str], Any]) -> None:
        self._asked = queue.SimpleQueue[str | None]()
        self._told = queue.SimpleQueue[tuple[Any, BaseException | None]]()
        # A daemon, which ends with the process; or with this object, by its last question.
        threading.Thread(
            target=_answering, args=(call, self._asked, self._told), daemon=True
        ).start()
        weakref.finalize(self, self._asked.put, None)

    def ask(self, question: str, timeout_s: float) -> Any:
        """What the function returns or raises; queue.Empty where it takes too long."""
        self._asked.put(question)
        reply, error = self._told.get(timeout=timeout_s)
        if error is not None:
            raise error
        return reply


def _answering(
    call: Callable[[str], Any],
    asked: queue.SimpleQueue[str | None],
    told: queue.SimpleQueue[tuple[Any, BaseException | None]],
) -> None:
    while (question := asked.get()) is not None:
        try:
            told.put((call(question), None))
        except BaseException as error:  # noqa: BLE001 - whoever asked raises it
            told.put((None, error))


def read(reply: Any) -> Said:
    """What a function returned; MalformedReply where that is no answer."""
    if isinstance(reply, str):
        return Said(reply.strip())
    if not isinstance(reply, Mapping):
        raise MalformedReply(f"the function returned {type(reply).__name__}, not a text or mapping")
    if not isinstance(reply.get("answer"), str):
        held = ", ".join(map(str, reply)) or "nothing"
        raise MalformedReply(f"the function's mapping has no text under 'answer' (it has {held})")
    tokens = reply.get("tokens")
    both = tokens if isinstance(tokens, list | tuple) and len(tokens) == 2 else (None, tokens)
    return Said(
        reply["answer"].strip(),
        passages_of(reply.get("passages")),
        int(number(reply.get("input_tokens", both[0])) or 0),
        int(number(reply.get("output_tokens", both[1])) or 0),
        number(reply.get("cost")),
    )


def loaded(named: str) -> Callable[[str], Any]:
    """The function of that name. Raises WorkbenchError where there is none."""
    place, _, name = named.rpartition(":")
    if str(Path.cwd()) not in sys.path:
        sys.path.insert(0, str(Path.cwd()))
    try:
        module = _of_file(Path(place)) if place.endswith(".py") else importlib.import_module(place)
    except Exception as error:
        raise WorkbenchError(
            f"The system {named} cannot be loaded: {_told(error)}.",
            "Name it as module:function or file.py:function, as seen from the folder you run from.",
        ) from error
    call = getattr(module, name, None)
    if not callable(call):
        raise WorkbenchError(
            f"{place} has no function {name!r}.", "Name a function that takes a question."
        )
    found: Callable[[str], Any] = call
    return found


def _of_file(path: Path) -> Any:
    if not path.is_file():
        raise FileNotFoundError(f"there is no file {path}")
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None and spec.loader is not None, "a file that ends in .py has a loader"
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _told(error: BaseException) -> str:
    words = " ".join(str(error).split())[:200].rstrip(".")
    return f"{type(error).__name__}: {words}" if words else type(error).__name__
