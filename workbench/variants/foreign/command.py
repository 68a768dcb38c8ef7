"""A command as a system: the question is one argument, or comes on standard input."""

from __future__ import annotations

import json
import shutil
import subprocess

from workbench.errors import WorkbenchError
from workbench.experiment.system import SystemSpec
from workbench.models.replies import MalformedReply
from workbench.models.requests import PassingFault
from workbench.types import ModelReference
from workbench.variants.foreign.said import Said, said_in

#: What a program returns to say that it may do better later (sysexits.h).
TRY_LATER = 75


class Command:
    """Runs a program for each question; no shell ever reads the question."""

    def __init__(self, spec: SystemSpec, reference: ModelReference) -> None:
        assert spec.command is not None
        self._spec, self._timeout_s = spec.command, spec.timeout_s

    def check(self) -> None:
        program = self._spec.words[0]
        if shutil.which(program) is None:
            raise WorkbenchError(
                f"The command {program} of a system is not there, or may not be executed.",
                "Give its path as seen from the folder you run from, and chmod +x it.",
            )

    def ask(self, question: str) -> Said:
        # A NUL ends an argument for the operating system.
        asked = question.replace("\0", " ")
        words = [word.replace("{question}", asked) for word in self._spec.words]
        given = "" if any("{question}" in word for word in self._spec.words) else question
        try:
            done = subprocess.run(
                words, input=given.encode("utf-8", "replace"), capture_output=True,
                timeout=self._timeout_s, check=False,
            )  # fmt: skip
        except subprocess.TimeoutExpired as error:
            raise PassingFault(f"no answer within {self._timeout_s:g} s") from error
        except OSError as error:
            raise MalformedReply(f"the command cannot be run: {error.strerror}") from error
        if done.returncode:
            lines = done.stderr.decode("utf-8", "replace").split("\n")
            last = next((line.strip() for line in reversed(lines) if line.strip()), "")
            words_of_it = f": {last[:200].rstrip('.')}" if last else ""
            kind = PassingFault if done.returncode == TRY_LATER else MalformedReply
            raise kind(f"the command ended with {done.returncode}{words_of_it}")
        text = done.stdout.decode("utf-8", "replace")
        if self._spec.answer is None:
            return Said(text.strip())
        try:
            reply = json.loads(text)
        except ValueError as error:
            start = " ".join(text.split())[:80]
            raise MalformedReply(f"the command printed no JSON ({start})") from error
        return said_in(self._spec, reply)

    def clean(self, text: str) -> str:
        return text
