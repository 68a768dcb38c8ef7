"""Requests to a provider, with patience, and its refusals in its own words."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

import httpx

from workbench.errors import WorkbenchError
from workbench.models.complaints import spoken, tells_of_money

TRIES = 5
LONGEST_WAIT_S = 60.0
TIMEOUT_S = 120.0
#: What passes by itself: too early, too many, or a server's own trouble.
PASSING = frozenset({408, 425, 429})


class LostError(Exception):
    """Nobody knows whether the request was heard: the line broke, or the server failed."""


class Site:
    """One provider's API. ``ask`` returns the JSON of a reply; the key appears in no error."""

    def __init__(
        self,
        label: str,
        base: str,
        headers: Mapping[str, str],
        key_env: str | None,
        without_key: Callable[[str], str],
        pause_s: float = 1.0,
    ) -> None:
        self.label = label
        self._base, self._key_env, self._without_key = base.rstrip("/"), key_env, without_key
        self._pause_s = pause_s
        self._client = httpx.Client(
            headers=dict(headers), timeout=TIMEOUT_S, follow_redirects=True, trust_env=True
        )

    def __repr__(self) -> str:
        return f"Site({self._base!r})"

    def close(self) -> None:
        """Give the connections back."""
        self._client.close()

    def ask(
        self, method: str, path: str, *, tries: int = TRIES, once: bool = False, **content: Any
    ) -> dict[str, Any]:
        """The reply to a request; what passes by itself is asked again.

        With ``once`` LostError is raised where it is not known whether the request was heard.
        Raises WorkbenchError for a refusal, in the provider's own words.
        """
        for number in range(1, tries + 1):
            reply, told = None, ""
            try:
                reply = self._client.request(method, self._base + path, **content)
            except httpx.HTTPError as error:
                if once and not isinstance(error, httpx.ConnectError):
                    raise LostError from error
                told = str(error) or type(error).__name__
            if reply is not None and reply.is_success:
                return self._read(reply)
            if reply is not None:
                told = self._words(reply)
                if once and reply.status_code >= 500:
                    raise LostError
                if not self._passes(reply, told):
                    raise self._refusal(reply.status_code, told)
            if number < tries:
                time.sleep(self._wait_s(reply, number))
        raise self._given_up(reply, told)

    def _read(self, reply: httpx.Response) -> dict[str, Any]:
        if not reply.content.strip():
            return {}
        try:
            value = reply.json()
        except ValueError:
            value = None
        if not isinstance(value, dict):
            raise WorkbenchError(
                f"{self.label} at {self._base} answers with something that is no JSON object.",
                "Check tuning.hosted.endpoint: it is the base URL below which jobs are started.",
            )
        return value

    def _words(self, reply: httpx.Response) -> str:
        try:
            body = reply.json()
        except ValueError:
            body = reply.text
        return self._without_key(spoken(body))

    def _passes(self, reply: httpx.Response, told: str) -> bool:
        if "insufficient_quota" in reply.text or tells_of_money(told):
            return False
        return reply.status_code in PASSING or reply.status_code >= 500

    def _wait_s(self, reply: httpx.Response | None, number: int) -> float:
        asked = "" if reply is None else reply.headers.get("retry-after", "")
        try:
            seconds = float(asked)
        except ValueError:
            seconds = self._pause_s * 2.0 ** (number - 1)
        return min(LONGEST_WAIT_S, max(0.0, seconds))

    def _refusal(self, status: int, told: str) -> WorkbenchError:
        words = f": {told}" if told else ""
        variable = self._key_env or "a variable named by tuning.hosted.key_env"
        if status == 402 or tells_of_money(told) or "quota" in told:
            return WorkbenchError(
                f"The account at {self.label} is spent{words}.", "Top it up and run again."
            )
        if status in (401, 403):
            return WorkbenchError(
                f"{self.label} refuses the key{words}.", f"Put a valid key into {variable}."
            )
        if status == 404:
            return WorkbenchError(
                f"{self.label} at {self._base} does not know what was asked for{words}.",
                "Check the model's name, and that tuning.hosted.endpoint is the API's base URL.",
            )
        return WorkbenchError(
            f"{self.label} does not take the training{words or f' ({status})'}.",
            "Mend what it names, and run again.",
        )

    def _given_up(self, reply: httpx.Response | None, told: str) -> WorkbenchError:
        words = f": {told}" if told else ""
        if reply is None:
            return WorkbenchError(
                f"{self.label} at {self._base} cannot be reached{words}.",
                "See to the network or to tuning.hosted.endpoint, and run again: a job that was "
                "started goes on there, and is waited for.",
            )
        what = "asks for patience" if reply.status_code in PASSING else "fails"
        return WorkbenchError(
            f"{self.label} {what} ({reply.status_code}){words}.",
            "Run again later: a job that was started goes on there, and is waited for.",
        )
