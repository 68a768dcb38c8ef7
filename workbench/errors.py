"""The only error a user meets: what failed, with which value, and the way out.

Everything a user can cause or mend is raised as :class:`WorkbenchError`. The command line
prints its two sentences and exits with code 2, without a traceback; a traceback is therefore
always a bug of the workbench.
"""

from __future__ import annotations


class WorkbenchError(Exception):
    """A fault that its reader can mend.

    ``message`` says in one sentence what failed and names the thing (file, key, model, URL);
    ``hint`` says in one sentence what to do about it.
    """

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()
