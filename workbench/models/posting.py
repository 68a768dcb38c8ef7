"""One request of many at once: by urllib3, with openai's errors for what goes wrong.

Where 64 are under way in one process, the time that building, sending and reading take is what
bounds how many are answered in a second; openai's client on httpx takes several times urllib3's.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import unquote, urlsplit
from urllib.request import getproxies, proxy_bypass

import httpx
import openai
import urllib3

_KINDS: dict[int, type[openai.APIStatusError]] = {
    400: openai.BadRequestError,
    401: openai.AuthenticationError,
    403: openai.PermissionDeniedError,
    404: openai.NotFoundError,
    409: openai.ConflictError,
    422: openai.UnprocessableEntityError,
    429: openai.RateLimitError,
}
#: A redirect is followed; anything else that goes wrong is raised at once, as it is.
_RETRIES = urllib3.Retry(
    total=None, connect=False, read=False, other=False, redirect=3, raise_on_redirect=False
)


class Connections:
    """Connections to one server, as many as are used at once.

    ``headers`` go with every request; those named in ``private`` do not follow a redirect to
    another server, as Authorization does not in any case.
    """

    def __init__(
        self, base: str, headers: Mapping[str, str], timeout_s: float, most: int,
        private: Iterable[str] = (),
    ) -> None:  # fmt: skip
        # httpx's own kind shows no key where it is printed.
        self._headers = httpx.Headers(headers)
        self._base = base.rstrip("/")
        self._pool = _pool(
            self._base,
            maxsize=most,
            retries=_RETRIES.new(
                remove_headers_on_redirect={*_RETRIES.remove_headers_on_redirect, *private}
            ),
            timeout=timeout_s,
            # httpx's: the certificates that openai's client, which streams, goes by too.
            ssl_context=httpx.create_ssl_context(),
        )

    @classmethod
    def of(cls, client: openai.OpenAI, timeout_s: float, most: int) -> Connections:
        """Those to the server of an openai client, with what it says of itself, and its key."""
        known = {name: value for name, value in client.default_headers.items()
                 if isinstance(value, str) and not name.startswith("X-Stainless")}  # fmt: skip
        headers = {**known, "Authorization": f"Bearer {client.api_key}"}
        return cls(str(client.base_url), headers, timeout_s, most)

    def post(self, path: str, body: dict[str, Any]) -> urllib3.BaseHTTPResponse:
        """The reply to a request. Raises openai.APIConnectionError and openai.APIStatusError."""
        return self.ask("POST", path, body)

    def ask(
        self, method: str, path: str, body: dict[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> urllib3.BaseHTTPResponse:  # fmt: skip
        """The same in any method, and with further headers of this request alone."""
        url = self._base + path
        content = None
        if body is not None:
            content = json.dumps(body, ensure_ascii=False).encode("utf-8", "replace")
        sent = {**self._headers, **(headers or {})}
        try:
            reply = self._pool.request(method, url, body=content, headers=sent)
        except urllib3.exceptions.HTTPError as error:
            late = isinstance(error, urllib3.exceptions.TimeoutError)
            # urllib3 counts a refused connection among those that took too long.
            if late and not isinstance(error, urllib3.exceptions.NewConnectionError):
                raise openai.APITimeoutError(request=httpx.Request(method, url)) from error
            # The system's own words, where it has some: urllib3's name its objects.
            cause = error.__cause__ or error
            raise openai.APIConnectionError(request=httpx.Request(method, url)) from cause
        if reply.status < 300:
            return reply
        headers = httpx.Headers(list(reply.headers.items()))
        # What was packed has been unpacked.
        headers.pop("content-encoding", None)
        response = httpx.Response(
            reply.status,
            headers=headers,
            content=reply.data,
            request=httpx.Request(method, url),
        )
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


def _pool(url: str, **settings: Any) -> urllib3.PoolManager:
    """A pool through the proxy that the environment names for this server, if it names one."""
    scheme, host = urlsplit(url).scheme, urlsplit(url).hostname or ""
    known = getproxies()
    proxy = known.get(scheme) or known.get("all")
    if proxy is None or proxy_bypass(host):
        return urllib3.PoolManager(**settings)
    parts = urlsplit(proxy if "://" in proxy else f"http://{proxy}")
    named = unquote(f"{parts.username}:{parts.password or ''}") if parts.username else None
    return urllib3.ProxyManager(
        f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}",
        proxy_headers=urllib3.make_headers(proxy_basic_auth=named) if named else None,
        **settings,
    )
