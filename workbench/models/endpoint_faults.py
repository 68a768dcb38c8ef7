"""Why an endpoint cannot be used at all, in one sentence, and the way out."""

from __future__ import annotations

from collections.abc import Callable

import httpx
import openai

from workbench.errors import WorkbenchError
from workbench.models.complaints import is_spent, said
from workbench.models.requests import explained
from workbench.types import ModelReference


def unusable(
    error: Exception, reference: ModelReference, without_key: Callable[[str], str]
) -> WorkbenchError:
    """The error for the user; ``without_key`` takes the key out of the server's own words."""
    endpoint, name = reference.endpoint, reference.name
    words = without_key(said(error)) if isinstance(error, openai.APIStatusError) else ""
    told = f" ({words})" if words else ""
    if is_spent(error):
        return WorkbenchError(
            f"The account at {endpoint} is spent{told}.",
            "Top it up or name another endpoint, and run again: what was answered is kept.",
        )
    if isinstance(error, openai.AuthenticationError | openai.PermissionDeniedError):
        return WorkbenchError(
            f"The endpoint {endpoint} refuses the key{told}.",
            f"Put a valid key into {reference.key_env or 'a variable named by key_env'}.",
        )
    # No connection within seconds is no server, not a slow one.
    if isinstance(error, openai.APITimeoutError) and not isinstance(
        error.__cause__, httpx.ConnectTimeout
    ):
        return WorkbenchError(
            f"The endpoint {endpoint} gave no answer within timeout_s = {reference.timeout_s:g} s.",
            "Raise model.timeout_s, or see whether the server is busy.",
        )
    if isinstance(error, openai.NotFoundError):
        return WorkbenchError(
            f"The endpoint {endpoint} knows no model {name!r}, or is not a base URL{told}.",
            "Check the model's name, and that the URL ends where /chat/completions follows.",
        )
    reason = without_key(explained(error))
    if isinstance(error, openai.APIConnectionError):
        return WorkbenchError(
            f"The endpoint {endpoint} cannot be reached ({reason}).",
            "Start the server, or mend the address in the experiment.",
        )
    refused = isinstance(error, openai.APIStatusError) and error.status_code < 500
    return WorkbenchError(
        f"The endpoint {endpoint} failed: {reason}.",
        "Mend what it names in the experiment, or name another endpoint."
        if refused
        else "Run again: what was answered is kept.",
    )
