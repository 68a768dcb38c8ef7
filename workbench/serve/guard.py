"""What stands before the API: keys, and limits on bodies, connections and time."""

from __future__ import annotations

import asyncio
import hmac
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from workbench.serve.protocol import RefusalError

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

KEYS, ORIGINS = "WORKBENCH_API_KEYS", "WORKBENCH_CORS_ORIGINS"
#: What any process that watches a server may ask without a key.
_OPEN = frozenset({"/health", "/ready"})


@dataclass(frozen=True, slots=True)
class Limits:
    """Who may ask, and how much at once.

    ``keys``: any of them opens the API; none means that it is open. ``origins``: web pages that a
    browser lets ask. ``body``: bytes of a request. ``waiting``: questions in the line.
    ``connections``: at once. ``seconds``: for a request to arrive whole.
    """

    keys: tuple[str, ...] = ()
    origins: tuple[str, ...] = ()
    body: int = 1_000_000
    waiting: int = 64
    connections: int = 512
    seconds: float = 20.0

    @classmethod
    def from_environment(cls) -> Limits:
        """Keys of ``WORKBENCH_API_KEYS`` and origins of ``WORKBENCH_CORS_ORIGINS``, by commas."""
        return cls(keys=_listed(KEYS), origins=_listed(ORIGINS))


def _listed(name: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in os.environ.get(name, "").split(",") if part.strip())


class Guard:
    """ASGI middleware that refuses what lacks a key, is too large or comes too slowly."""

    def __init__(self, app: ASGIApp, limits: Limits) -> None:
        self.app, self.limits = app, limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = {name.lower(): value for name, value in scope["headers"]}
        if scope["path"] not in _OPEN and not self._may(headers.get(b"authorization", b"")):
            error = RefusalError(
                401, "This server asks for a key: Authorization: Bearer …",
                "invalid_request_error", code="invalid_api_key",
            )  # fmt: skip
            await _refuse(send, error)
            return
        told = headers.get(b"content-length", b"0")
        if not told.isdigit() or int(told) > self.limits.body:
            await _refuse(send, self._too_large())
            return
        try:
            body = await self._whole(receive)
        except RefusalError as error:
            await _refuse(send, error)
            return
        sent = False

        async def replay() -> Message:
            # The body once, and then what the client does next: its leaving.
            nonlocal sent
            if not sent:
                sent = True
                return {"type": "http.request", "body": body, "more_body": False}
            return await receive()

        await self.app(scope, replay, send)

    def _may(self, header: bytes) -> bool:
        if not self.limits.keys:
            return True
        kind, _, given = header.partition(b" ")
        # Every key is compared in full: how long it takes tells nothing of any of them.
        matches = [hmac.compare_digest(given.strip(), key.encode()) for key in self.limits.keys]
        return kind.lower() == b"bearer" and any(matches)

    async def _whole(self, receive: Receive) -> bytes:
        """The body, read within the limits; RefusalError (408, 413) beyond them."""
        parts: list[bytes] = []
        size = 0
        try:
            async with asyncio.timeout(self.limits.seconds):
                while True:
                    message = await receive()
                    part = message.get("body", b"")
                    size += len(part)
                    if size > self.limits.body:
                        raise self._too_large()
                    parts.append(part)
                    if not message.get("more_body", False):
                        return b"".join(parts)
        except TimeoutError:
            raise RefusalError(
                408, "The request did not arrive in time.", "invalid_request_error"
            ) from None

    def _too_large(self) -> RefusalError:
        return RefusalError(
            413, f"A request may have {self.limits.body:,} bytes.", "invalid_request_error"
        )


async def _refuse(send: Send, error: RefusalError) -> None:
    headers: Sequence[tuple[bytes, bytes]] = [
        (b"content-type", b"application/json"),
        (b"connection", b"close"),
    ]
    if error.status == 401:
        headers = [*headers, (b"www-authenticate", b"Bearer")]
    await send({"type": "http.response.start", "status": error.status, "headers": headers})
    await send({"type": "http.response.body", "body": json.dumps(error.body).encode()})


def impatient(seconds: float) -> Any:
    """uvicorn's HTTP protocol that closes a connection which sends no whole head in time."""
    from uvicorn.protocols.http.h11_impl import H11Protocol

    class Impatient(H11Protocol):
        def connection_made(self, transport: Any) -> None:
            super().connection_made(transport)
            self._waited = self.loop.call_later(seconds, self._still_nothing)

        def _still_nothing(self) -> None:
            # ``cycle`` is there from the first whole head on, and None until then.
            begun: Any = self.cycle
            if begun is None and not self.transport.is_closing():
                self.transport.close()

        def connection_lost(self, exc: Exception | None) -> None:
            self._waited.cancel()
            super().connection_lost(exc)

    return Impatient
