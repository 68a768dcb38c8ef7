"""One request of many at once: by httpx alone, with openai's errors for what goes wrong.

openai's client takes as long to build a request and to read its reply as httpx takes to send it.
Where 64 are under way in one process, that is what bounds how many are answered in a second.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import openai

_KINDS: dict[int, type[openai.APIStatusError]] = {
    400: openai.BadRequestError,
    401: openai.AuthenticationError,
    403: openai.PermissionDeniedError,
    404: openai.NotFoundError,
    409: openai.ConflictError,
    422: openai.UnprocessableEntityError,
    429: openai.RateLimitError,
}


class Connections:
    """Connections to the server of an openai client, as many as are used at once.

    Each is a pool of its own: before every request httpcore looks at all connections of a pool and
    polls the idle ones, which with 64 of them takes longer than the request.
    """

    def __init__(self, client: openai.OpenAI, timeout_s: float) -> None:
        known = {name: value for name, value in client.default_headers.items()
                 if isinstance(value, str) and not name.startswith("X-Stainless")}  # fmt: skip
        # httpx's own kind shows no key where it is printed.
        self._headers = httpx.Headers({**known, "Authorization": f"Bearer {client.api_key}"})
        self._base, self._timeout_s = client.base_url, timeout_s
        self._certificates = httpx.create_ssl_context()  # read once for all connections
        self._free: list[httpx.Client] = []

    @contextmanager
    def one(self) -> Iterator[httpx.Client]:
        """The connection that came free last, or a new one."""
        try:
            client = self._free.pop()
        except IndexError:
            client = httpx.Client(
                base_url=self._base, headers=self._headers, timeout=self._timeout_s,
                verify=self._certificates, follow_redirects=True,
            )  # fmt: skip
        try:
            yield client
        finally:
            self._free.append(client)


def post(client: httpx.Client, path: str, body: dict[str, Any]) -> httpx.Response:
    """The reply to a request. Raises openai.APIConnectionError and openai.APIStatusError."""
    try:
        response = client.post(path, json=body)
    except httpx.TimeoutException as error:
        raise openai.APITimeoutError(request=error.request) from error
    except httpx.RequestError as error:
        raise openai.APIConnectionError(request=error.request) from error
    if response.is_success:
        return response
    try:
        told = response.json()
    except ValueError:
        told = None
    other = openai.InternalServerError if response.status_code >= 500 else openai.APIStatusError
    raise _KINDS.get(response.status_code, other)(
        f"Error code: {response.status_code}",
        response=response,
        body=told.get("error", told) if isinstance(told, dict) else told,
    )
