"""Pages come from one host, as far as its robots.txt allows, and stay as files."""

from __future__ import annotations

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from tests.support.documents import prose
from workbench import corpus as corpora
from workbench.corpus import site as module
from workbench.corpus.site import LISTING, fetch_site
from workbench.errors import WorkbenchError

ROBOTS = "User-agent: *\nDisallow: /docs/secret\nCrawl-delay: 7\n"
LINKS = (
    '<a href="two.html#part">2</a><a href="/docs/secret.html">s</a><a href="/blog/x.html">b</a>'
    '<a href="http://other.invalid/y.html">o</a><a href="moved.html">m</a><a href="http://[x">?</a>'
)


class Site(BaseHTTPRequestHandler):
    """A small site with what a crawler must not do."""

    asked: list[str]
    robots = (200, ROBOTS)

    def do_GET(self) -> None:
        self.asked.append(self.path)
        host = f"http://{self.headers['Host']}"
        html = "text/html"
        pages = {
            "/robots.txt": (self.robots[0], "text/plain", self.robots[1]),
            "/docs/index.html": (200, html, f"<main><h1>One</h1>{prose(200, 1)}{LINKS}</main>"),
            "/docs/two.html": (200, html, f"<main><h1>Two</h1><p>{prose(200, 2)}</p></main>"),
            "/docs/twin.html": (200, html, f"<main><h1>Two</h1><p>{prose(200, 2)}</p></main>"),
            "/docs/secret.html": (200, html, "swordfish"),
            "/docs/logo.png": (200, "image/png", "x"),
            "/docs/old.html": (200, "text/html; charset=cp1252", "<p>Café of the lamps.</p>"),
            "/map.xml": (200, "application/xml", f"<urlset><loc>{host}/more.xml</loc></urlset>"),
            "/more.xml": (
                200, "text/xml",
                "".join(f"<loc>{host}/docs/{name}</loc>" for name in (
                    "index.html", "two.html", "twin.html", "secret.html", "gone.html", "logo.png",
                    "old.html")) + "<loc>http://other.invalid/z.html</loc>",
            ),
        }  # fmt: skip
        if self.path == "/docs/moved.html":
            self.send_response(302)
            self.send_header("Location", "http://other.invalid/moved.html")
            self.end_headers()
            return
        status, kind, text = pages.get(self.path, (404, html, "none"))
        body = text.encode("cp1252" if "cp1252" in kind else "utf-8")
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def served() -> Iterator[tuple[str, type[Site]]]:
    handler = type("Served", (Site,), {"asked": []})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", handler
    server.shutdown()
    server.server_close()


def test_a_sitemap_s_pages_become_a_corpus(tmp_path, served) -> None:
    host, handler = served
    pauses: list[float] = []
    fetched = fetch_site(f"{host}/map.xml", tmp_path / "site", sleep=pauses.append)
    assert [page["url"] for page in fetched.pages] == [
        f"{host}/docs/{name}" for name in ("index.html", "two.html", "old.html")
    ]
    assert fetched.left_out == {
        "the same page as another": 1,
        "closed by robots.txt": 1,
        "answered 404": 1,
        "no page but image/png": 1,
    }
    assert "/docs/secret.html" not in handler.asked and set(pauses) == {7.0}
    listed = [json.loads(line) for line in (tmp_path / "site" / LISTING).open()]
    assert listed == fetched.pages
    loaded = corpora.load(tmp_path / "site")
    assert [d.title for d in loaded.documents][::2] == ["One", "Two"]
    assert "Café of the lamps." in loaded.documents[1].text


def test_a_page_stands_alone_unless_its_links_are_followed(tmp_path, served) -> None:
    host, handler = served
    one = fetch_site(f"{host}/docs/index.html", tmp_path / "one", sleep=lambda _: None)
    assert len(one.pages) == 1 and handler.asked == ["/robots.txt", "/docs/index.html"]
    two = fetch_site(f"{host}/docs/index.html", tmp_path / "two", follow=True, sleep=lambda _: None)
    assert [page["url"][len(host) :] for page in two.pages] == [
        "/docs/index.html", "/docs/two.html"
    ]  # fmt: skip
    assert two.left_out == {"closed by robots.txt": 1, "led to another host": 1}
    assert not {"/docs/secret.html", "/blog/x.html"} & set(handler.asked)
    few = fetch_site(f"{host}/map.xml", tmp_path / "few", most=1, sleep=lambda _: None)
    assert len(few.pages) == 1 and few.left_out["beyond the number of pages asked for"] == 6


def test_what_cannot_be_fetched_is_one_sentence(tmp_path, served, monkeypatch) -> None:
    host, handler = served
    with pytest.raises(WorkbenchError, match="is no web address"):
        fetch_site("file:///etc/passwd", tmp_path / "a")
    with pytest.raises(WorkbenchError, match="out of reach"):
        fetch_site("http://127.0.0.1:9/x.html", tmp_path / "a")
    with pytest.raises(WorkbenchError, match=r"No page .*closed by robots\.txt"):
        fetch_site(f"{host}/docs/secret.html", tmp_path / "a")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "x").touch()
    with pytest.raises(WorkbenchError, match="is not empty"):
        fetch_site(f"{host}/docs/two.html", tmp_path / "full")
    monkeypatch.setattr(module, "LARGEST_PAGE", 100)
    with pytest.raises(WorkbenchError, match="larger than"):
        fetch_site(f"{host}/docs/two.html", tmp_path / "b")
    for status in (403, 503):
        handler.robots = (status, "")
        with pytest.raises(WorkbenchError, match=r"closed by robots\.txt"):
            fetch_site(f"{host}/docs/two.html", tmp_path / "c")
    handler.robots = (404, "")
    assert len(fetch_site(f"{host}/docs/secret.html", tmp_path / "d").pages) == 1
