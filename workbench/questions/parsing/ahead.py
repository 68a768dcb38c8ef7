"""Texts parsed ahead in a process of its own, while this one writes and reads back.

Parsing is half of what writing an exam from a long text takes, and it depends on nothing but the
texts. The process is started by its module's name, not forked: threads run here by then.
"""

from __future__ import annotations

import json
import struct
import subprocess
import sys
import threading
import weakref
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from queue import SimpleQueue
from typing import IO, TYPE_CHECKING, Any

from workbench.questions.parsing.nlp import parse, pipeline

if TYPE_CHECKING:
    from spacy.tokens import Doc

#: A text with the spans in it that are one word, as :func:`workbench.questions.parsing.nlp.parse`
#: takes them.
Text = tuple[str, Sequence[tuple[int, int]]]
#: Sections that are parsed before they are asked for: more would only fill the memory.
AHEAD = 24
#: All that a parse is: without one of these a sentence would be read otherwise than here.
ATTRIBUTES = (
    "LEMMA", "POS", "TAG", "MORPH", "DEP", "HEAD", "ENT_IOB", "ENT_TYPE", "SENT_START", "NORM",
)  # fmt: skip
#: spaCy would load torch, where there is one, for 300 MB that parsing has no use for.
PROGRAM = f"import sys; sys.modules['torch'] = None; from {__name__} import main; main()"
_SIZE = struct.Struct("<Q")


class Ahead:
    """Sections, by id, parsed elsewhere in the order in which they are asked for.

    :meth:`ask` queues a section, :meth:`take` gives its parses or None where it was not asked for
    or the process is gone: then it is to be parsed here.
    """

    def __init__(self, language: str) -> None:
        self._language = language
        self._queue: deque[tuple[str, list[Text]]] = deque()
        self._sent: deque[str] = deque()
        self._made: dict[str, bytes] = {}
        self._changed = threading.Condition()
        self._process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, language],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        assert self._process.stdin is not None and self._process.stdout is not None
        self._gone = False
        # Ends when nobody holds this any more, for which the threads may not hold it either.
        self._ended = weakref.finalize(self, self._process.kill)
        self._lines: SimpleQueue[bytes | None] = SimpleQueue()
        weakref.finalize(self, self._lines.put, None)
        talk: tuple[tuple[Callable[..., None], tuple[Any, ...]], ...] = (
            (_listen, (weakref.ref(self), self._process.stdout)),
            (_speak, (self._lines, self._process.stdin)),
        )
        for work, given in talk:
            threading.Thread(target=work, args=given, daemon=True).start()

    def ask(self, section: str, texts: Iterable[Text]) -> None:
        """Have a section parsed after those that were asked for before."""
        with self._changed:
            self._queue.append((section, list(texts)))
            self._send()

    def take(self, section: str) -> list[Doc] | None:
        """The parses of a section, waiting for them where they are under way."""
        with self._changed:
            if section not in self._made and section not in self._sent:
                self._queue = deque(item for item in self._queue if item[0] != section)
                return None
            self._changed.wait_for(lambda: section in self._made or self._gone)
            made = self._made.pop(section, None)
            self._send()
        if made is None:
            return None
        from spacy.tokens import DocBin

        return list(DocBin().from_bytes(made).get_docs(pipeline(self._language).vocab))

    def close(self) -> None:
        """End the process; what it has not parsed is parsed here."""
        self._ended()
        self._process.wait()

    def _send(self) -> None:
        """Keep it busy; to be called with the lock held."""
        while self._queue and len(self._sent) + len(self._made) < AHEAD and not self._gone:
            section, texts = self._queue.popleft()
            self._sent.append(section)
            line = json.dumps([[text, list(spans)] for text, spans in texts])
            self._lines.put(line.encode() + b"\n")

    def _hear(self, made: bytes | None) -> None:
        with self._changed:
            if made is None:
                self._lost()
            else:
                self._made[self._sent.popleft()] = made
                self._send()
            self._changed.notify_all()

    def _lost(self) -> None:
        self._gone = True
        self._sent.clear()
        self._queue.clear()


def _speak(lines: SimpleQueue[bytes | None], target: IO[bytes]) -> None:
    """Write lines to the process; in a thread, since it reads none while its own output waits."""
    while (line := lines.get()) is not None:
        try:
            target.write(line)
            target.flush()
        except (OSError, ValueError):
            return  # it is gone, which the other thread hears


def _listen(owner: weakref.ref[Ahead], source: IO[bytes]) -> None:
    """Hand on what the process writes, until it ends."""
    while True:
        head = source.read(_SIZE.size)
        made = source.read(_SIZE.unpack(head)[0]) if len(head) == _SIZE.size else None
        ahead = owner()
        if ahead is None:
            return
        ahead._hear(made)
        if made is None:
            return
        del ahead


def main() -> None:
    """Parse a section a line from standard input; each becomes a block of bytes on the output."""
    from spacy.tokens import DocBin

    for line in sys.stdin.buffer:
        texts = ((text, [(a, b) for a, b in spans]) for text, spans in json.loads(line))
        made = DocBin(attrs=list(ATTRIBUTES), docs=parse(texts, sys.argv[1])).to_bytes()
        sys.stdout.buffer.write(_SIZE.pack(len(made)) + made)
        sys.stdout.buffer.flush()
