"""The key of an endpoint: read from the environment, and hidden in what its server says."""

from __future__ import annotations

import os
from collections.abc import Callable

from workbench.errors import WorkbenchError
from workbench.types import ModelReference

# Without a key openai takes OPENAI_API_KEY, and would send it to whatever endpoint is named.
NO_KEY = "none"


def key_of(reference: ModelReference) -> str:
    """The key that ``key_env`` names. Raises WorkbenchError where the variable is empty."""
    if reference.key_env is None:
        return NO_KEY
    key = os.environ.get(reference.key_env, "").strip()
    if not key:
        raise WorkbenchError(
            f"The environment variable {reference.key_env} holds no key for {reference.endpoint}.",
            f"export {reference.key_env}=… and run again.",
        )
    return key


def hider(key: str) -> Callable[[str], str]:
    """What takes the key out of a server's text: one that echoes what it was sent must not put it
    into a record."""
    return lambda text: text if key == NO_KEY else text.replace(key, "[key]")
