"""Pages of one web site -> a folder that can be a corpus: asked for by name, never by a run.

What is fetched is kept as files with a list of where each came from, so that a run on the folder
is as reproducible as on any other. The site's robots.txt is obeyed, one page is fetched at a time,
and nothing outside the host of the first address is asked for.
"""

from __future__ import annotations

import hashlib
import re
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urldefrag, urljoin, urlsplit
from urllib.robotparser import RobotFileParser

from workbench.errors import WorkbenchError
from workbench.io import jsonl
from workbench.io.files import whole_file
from workbench.types import Progress, silent

if TYPE_CHECKING:
    import httpx

AGENT = "rag-finetune-workbench"
TIMEOUT_S, LARGEST_PAGE, MOST_REDIRECTS = 20.0, 8 * 1024 * 1024, 5
SITEMAPS = 50
LISTING = ".pages.jsonl"
PAGE = re.compile(r"text/html|application/xhtml")


@dataclass(slots=True)
class Fetched:
    """What was fetched into ``folder``, and what was left out, by reason."""

    folder: Path
    pages: list[dict[str, str]] = field(default_factory=list)
    left_out: dict[str, int] = field(default_factory=dict)

    def skip(self, reason: str) -> None:
        self.left_out[reason] = self.left_out.get(reason, 0) + 1


def fetch_site(
    url: str,
    folder: Path,
    most: int = 200,
    follow: bool = False,
    pause_s: float = 1.0,
    progress: Progress = silent,
    sleep: Callable[[float], None] = time.sleep,
) -> Fetched:
    """Fetch the page at ``url``, or the pages that a sitemap there names, into ``folder``.

    ``follow`` also takes the pages that they link to within the folder of ``url``. At most ``most``
    pages, ``pause_s`` apart or as far as robots.txt asks. Raises WorkbenchError where the address
    is none, out of reach or forbidden, or nothing there is a page.
    """
    import httpx

    if urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).hostname:
        raise WorkbenchError(f"{url!r} is no web address.", "It starts with http:// or https://.")
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise WorkbenchError(
            f"{str(folder)!r} is not empty.",
            "Give a new folder: pages that are gone from the site would stay among the new ones.",
        )
    with httpx.Client(timeout=TIMEOUT_S, headers={"User-Agent": AGENT}) as client:
        site = _Site(client, url)
        site.pause_s = max(pause_s, site.asked_pause())
        fetched = Fetched(folder)
        waiting, known = deque([_plain(url)]), {_plain(url)}
        while waiting and len(fetched.pages) < most:
            at = waiting.popleft()
            for link in _take(site, at, fetched, first=at == _plain(url)):
                # What a sitemap names is wanted; what a page links to only where asked for.
                named = not isinstance(link, _Linked)
                if link not in known and site.is_own(link) and (named or follow):
                    known.add(link)
                    waiting.append(link)
            progress(len(fetched.pages), min(most, len(known)), at)
            if waiting and len(fetched.pages) < most:
                sleep(site.pause_s)
        if waiting:
            fetched.left_out["beyond the number of pages asked for"] = len(waiting)
    if not fetched.pages:
        reasons = "; ".join(f"{reason} ({count})" for reason, count in fetched.left_out.items())
        raise WorkbenchError(
            f"No page was fetched from {url}: {reasons or 'it names none'}.",
            "Give the address of a page or of a sitemap that robots.txt leaves open.",
        )
    jsonl.write(folder / LISTING, fetched.pages)
    return fetched


class _Linked(str):
    """An address that a page links to, rather than one that a sitemap names."""


class _Site:
    """One host, asked politely."""

    def __init__(self, client: httpx.Client, url: str) -> None:
        self.pause_s = 0.0
        self.sitemaps = 0
        self._client = client
        self._host = urlsplit(url).netloc.lower()
        self._below = url.rsplit("/", 1)[0] if urlsplit(url).path else url
        self._robots = self._rules(urljoin(url, "/robots.txt"))

    def asked_pause(self) -> float:
        return float(self._robots.crawl_delay(AGENT) or 0.0)

    def is_own(self, url: str) -> bool:
        """Whether an address is of this host and, for a link, within the folder we began in."""
        parts = urlsplit(url)
        own = parts.scheme in ("http", "https") and parts.netloc.lower() == self._host
        return own and (not isinstance(url, _Linked) or url.startswith(self._below))

    def allows(self, url: str) -> bool:
        return self._robots.can_fetch(AGENT, url)

    def get(self, url: str) -> tuple[httpx.Response, bytes] | str:
        """The answer to an address with its body, redirects within the host followed; or why not.

        The body ends at ``LARGEST_PAGE``, whatever the server says its length is.
        """
        for _ in range(MOST_REDIRECTS):
            with self._client.stream("GET", url) as response:
                if not response.is_redirect:
                    return response, self._body(response)
                url = urljoin(url, response.headers["location"])
            if urlsplit(url).netloc.lower() != self._host:
                return "led to another host"
            if not self.allows(url):
                return "closed by robots.txt"
        return "redirected too often"

    def _body(self, response: httpx.Response) -> bytes:
        pieces, size = [], 0
        for piece in response.iter_bytes():
            pieces.append(piece)
            size += len(piece)
            if size > LARGEST_PAGE:
                break
        return b"".join(pieces)

    def _rules(self, address: str) -> RobotFileParser:
        """What robots.txt says: none forbids nothing, one that is kept or broken forbids all."""
        import httpx

        rules = RobotFileParser(address)
        # Open while it is itself fetched.
        rules.parse([])
        self._robots = rules
        try:
            found = self.get(address)
        except httpx.HTTPError as error:
            raise WorkbenchError(
                f"{address} is out of reach ({error or type(error).__name__}).",
                "Check the address, or try again when the network is back.",
            ) from error
        rules = RobotFileParser(address)
        status = 404 if isinstance(found, str) else found[0].status_code
        if status in (401, 403) or status >= 500:
            rules.parse(["User-agent: *", "Disallow: /"])
        elif isinstance(found, str) or status >= 400:
            rules.parse([])
        else:
            rules.parse(found[1].decode("utf-8", "replace").splitlines())
        return rules


def _take(site: _Site, url: str, fetched: Fetched, first: bool) -> Iterator[str]:
    """Fetch one address: keep a page, read a sitemap; the addresses found there."""
    import httpx

    if not site.allows(url):
        fetched.skip("closed by robots.txt")
        return
    try:
        found = site.get(url)
    except httpx.HTTPError as error:
        if first:
            raise WorkbenchError(
                f"{url} is out of reach ({error or type(error).__name__}).",
                "Check the address, or try again when the network is back.",
            ) from error
        fetched.skip("out of reach")
        return
    if isinstance(found, str):
        fetched.skip(found)
        return
    response, raw = found
    kind = response.headers.get("content-type", "")
    if response.status_code != 200:
        fetched.skip(f"answered {response.status_code}")
    elif len(raw) > LARGEST_PAGE:
        fetched.skip(f"larger than {LARGEST_PAGE >> 20} MB")
    elif "xml" in kind and not PAGE.search(kind):
        site.sitemaps += 1
        if site.sitemaps <= SITEMAPS:
            yield from _named(raw)
    elif not PAGE.search(kind):
        fetched.skip(f"no page but {kind.partition(';')[0] or 'of no type'}")
    else:
        _keep(url, response, raw, fetched)
        yield from map(_Linked, _links(raw, str(response.url)))


def _keep(url: str, response: httpx.Response, raw: bytes, fetched: Fetched) -> None:
    """Write a page as it came, under a name made of its address."""
    digest = hashlib.sha256(raw).hexdigest()
    if any(page["sha256"] == digest for page in fetched.pages):
        fetched.skip("the same page as another")
        return
    stem = re.sub(r"[^A-Za-z0-9]+", "-", urlsplit(url).path + urlsplit(url).query).strip("-")
    name = f"{stem[:80].lower() or 'index'}-{hashlib.sha256(url.encode()).hexdigest()[:6]}.html"
    charset = response.charset_encoding
    if charset and b"charset" not in raw[:2048].lower():
        # The server's word on the encoding would be lost with its headers.
        raw = f'<meta charset="{charset}">\n'.encode("ascii", "ignore") + raw
    with whole_file(fetched.folder / name) as partial:
        partial.write_bytes(raw)
    fetched.pages.append({"file": name, "url": str(response.url), "sha256": digest})


def _named(raw: bytes) -> list[str]:
    """The addresses in a sitemap or a list of sitemaps; a regular expression needs no XML parser,
    which a hostile file could make swell."""
    import html

    text = raw.decode("utf-8", "replace")
    return [_plain(html.unescape(m)) for m in re.findall(r"<loc>\s*([^<\s]+)\s*</loc>", text)]


def _links(raw: bytes, base: str) -> Iterator[str]:
    from bs4 import BeautifulSoup

    for tag in BeautifulSoup(raw, "html.parser").find_all("a", href=True):
        try:
            yield _plain(urljoin(base, str(tag["href"])))
        except ValueError:
            continue


def _plain(url: str) -> str:
    """An address without its fragment: the same page."""
    return urldefrag(url)[0]
