"""What stands before the API: keys, and limits on bodies, connections and time."""

from __future__ import annotations

import asyncio
import hmac
import json
import math
import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from workbench.errors import WorkbenchError
from workbench.serve.protocol import RefusalError
from workbench.serve.rate import Rate, Turnstile

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

KEYS, ORIGINS = "WORKBENCH_API_KEYS", "WORKBENCH_CORS_ORIGINS"
#: What any process that watches a server may ask without a key.
_OPEN = frozenset({"/health", "/ready"})


@dataclass(frozen=True, slots=True)
class Limits:
    """Who may ask, and how much at once.

    ``keys``: any of them opens the API; none means that it is open. ``origins``: web pages that a
    browser lets ask. ``rate``: of each key's requests; without keys, of each address's. ``body``:
    bytes of a request. ``waiting``: questions in the line. ``connections``: at once. ``seconds``:
    for a request to arrive whole.
    """

    keys: tuple[str, ...] = ()
    origins: tuple[str, ...] = ()
    rate: Rate | None = None
    body: int = 1_000_000
    waiting: int = 64
    connections: int = 512
    seconds: float = 20.0

    @classmethod
    def from_environment(
        cls, key_env: Sequence[str] = (), origins: Sequence[str] = (), rate: Rate | None = None
    ) -> Limits:
        """Keys of the variables ``key_env``, else of ``WORKBENCH_API_KEYS``, by commas.

        ``origins`` join those of ``WORKBENCH_CORS_ORIGINS``. Raises WorkbenchError where a variable
        that was named holds no key, and for what is no page's origin.
        """
        for name in key_env:
            if not _listed(name):
                raise WorkbenchError(
                    f"The environment variable {name} holds no key.",
                    f"export {name}=… and start again; several keys are parted by commas.",
                )
        keys = tuple(key for name in key_env or (KEYS,) for key in _listed(name))
        named = tuple(_origin(text, keys) for text in (*origins, *_listed(ORIGINS)))
        return cls(keys=keys, origins=named, rate=rate)


def _listed(name: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in os.environ.get(name, "").split(",") if part.strip())


def _origin(text: str, keys: Sequence[str]) -> str:
    """What a browser sends as Origin; a path in it would never match."""
    if text == "*":
        if keys:
            return text
        raise WorkbenchError(
            "Without keys, any page that somebody here opens could ask.",
            "Name the pages that may (--allow-origin https://page.example), or keys (--key-env).",
        )
    parts = urlsplit(text)
    if not parts.scheme or not parts.netloc or text != f"{parts.scheme}://{parts.netloc}":
        raise WorkbenchError(
            f"{text!r} is no origin of a page.", "Write it as https://page.example, without a path."
        )
    return text


class Guard:
    """ASGI middleware that refuses what lacks a key, is too large or comes too slowly."""

    def __init__(self, app: ASGIApp, limits: Limits) -> None:
        self.app, self.limits = app, limits
        self._turnstile = None if limits.rate is None else Turnstile(limits.rate)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = {name.lower(): value for name, value in scope["headers"]}
        if scope["path"] not in _OPEN:
            fault = self._fault(scope, headers.get(b"authorization", b""))
            if fault is not None:
                await _refuse(send, fault)
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

    def _fault(self, scope: Scope, header: bytes) -> RefusalError | None:
        """Why a request is refused before it is read: no key, or too many of them."""
        known = self._key(header)
        who = f"at {(scope.get('client') or ('?',))[0]}" if known is None else f"key {known}"
        # A wrong key counts against the address, so that keys are not tried out any faster.
        wait = 0.0 if self._turnstile is None else self._turnstile.wait(who)
        if wait:
            after = math.ceil(wait)
            error = RefusalError(
                429, f"Too many requests; ask again in {after} s.", "rate_limit_error",
                code="rate_limit_exceeded",
            )  # fmt: skip
            error.headers["Retry-After"] = str(after)
            return error
        if self.limits.keys and known is None:
            return RefusalError(
                401, "This server asks for a key: Authorization: Bearer …",
                "invalid_request_error", code="invalid_api_key",
            )  # fmt: skip
        return None

    def _key(self, header: bytes) -> int | None:
        """Which of the keys was sent; None where none of them was."""
        kind, _, given = header.partition(b" ")
        # Every key is compared in full: how long it takes tells nothing of any of them.
        matches = [hmac.compare_digest(given.strip(), key.encode()) for key in self.limits.keys]
        return matches.index(True) if kind.lower() == b"bearer" and any(matches) else None

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
    headers = [*headers, *((k.lower().encode(), v.encode()) for k, v in error.headers.items())]
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
