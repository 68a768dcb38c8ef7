"""A small site on which raters compare answers, each with a key of their own.

It loads no model and names no variant. A key comes in the address once and is then kept as a
cookie; whoever has none is asked for it.
"""

from __future__ import annotations

import asyncio
import logging
import time
from functools import cache
from importlib.resources import files
from typing import Annotated, Any
from urllib.parse import parse_qs

from fastapi import Cookie, FastAPI, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from starlette.middleware.trustedhost import TrustedHostMiddleware

from workbench.errors import WorkbenchError
from workbench.evaluation import people
from workbench.records import ratings
from workbench.records.run import Run
from workbench.serve.desk import INSTRUCTIONS, Desk

COOKIE = "rater"
LOCAL = ("127.0.0.1", "localhost", "::1")
#: Seconds that a wrong key costs, and bytes of a form at most.
PAUSE_S, MOST_BYTES = 1.0, 20_000
WEEK_S = 7 * 86_400
log = logging.getLogger(__name__)


def create_site(run: Run, hosts: tuple[str, ...] | None = None, pause: float = PAUSE_S) -> FastAPI:
    """The site of one run. ``hosts`` are the only Host headers answered; None means any."""
    desk = Desk(run)
    site = FastAPI(title="Rating", docs_url=None, redoc_url=None, openapi_url=None)
    if hosts is not None:
        # A page on the web that resolves its own name to this machine is not answered.
        site.add_middleware(TrustedHostMiddleware, allowed_hosts=list(hosts))

    @site.get("/health")
    async def health() -> dict[str, str]:
        return {"status": "ok"}

    @site.get("/")
    def page(rater: Annotated[str | None, Cookie()] = None, key: str = "") -> Response:
        if key:
            # Out of the address, so that it is in no history and no picture of the screen.
            return _with_key(key)
        name = ratings.rater_of(run.path, rater or "")
        if name is not None:
            return _page(desk, name)
        if rater:
            time.sleep(pause)  # in a thread of its own: others are served meanwhile
        return _asking(wrong=bool(rater))

    @site.post("/enter")
    async def enter(request: Request) -> Response:
        key = (await _form(request)).get("key", "").strip()
        if ratings.rater_of(run.path, key) is None:
            await asyncio.sleep(pause)
            return _asking(wrong=True)
        return _with_key(key)

    @site.post("/rate")
    async def rate(request: Request, rater: Annotated[str | None, Cookie()] = None) -> Response:
        name = ratings.rater_of(run.path, rater or "")
        if name is None:
            await asyncio.sleep(pause)
            return _asking(wrong=True)
        form = await _form(request)
        left, _ = desk.left(name)
        # What is sent twice, or from a page that stood open, is not taken for the next one.
        item = next((i for i in left if form.get("item") == _name(i)), None)
        if item is not None:
            grades = {side: int(form[side]) for side in ("first", "second")
                      if form.get(side, "").isdigit()}  # fmt: skip
            try:
                desk.record(name, item, form.get("choice", ""), grades)
            except WorkbenchError as error:
                return _page(desk, name, f"{error.message} {error.hint}")
        return RedirectResponse("/", 303)

    return site


async def _form(request: Request) -> dict[str, str]:
    """The fields of a form; none of one that is too large."""
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > MOST_BYTES:
            return {}
    fields = parse_qs(body.decode("utf-8", errors="replace"))
    return {name: values[-1] for name, values in fields.items()}


def _with_key(key: str) -> Response:
    sent = RedirectResponse("/", 303)
    sent.set_cookie(COOKIE, key, max_age=WEEK_S, httponly=True, samesite="strict")
    return sent


def _asking(wrong: bool = False) -> Response:
    return HTMLResponse(_template().render(stage="key", wrong=wrong), 401 if wrong else 200)


def _page(desk: Desk, rater: str, fault: str = "") -> Response:
    left, total = desk.left(rater)
    known: dict[str, Any] = {
        "rater": rater, "done": total - len(left), "total": total, "fault": fault,
        "instructions": INSTRUCTIONS.split("\n", 2)[2],
    }  # fmt: skip
    if not left:
        return HTMLResponse(_template().render(stage="done", **known))
    shown = desk.shown(left[0])
    html = _template().render(
        stage="rate", shown=shown, item=_name(left[0]), grades=people.GRADES, **known
    )
    return HTMLResponse(html, 422 if fault else 200)


def _name(item: people.Item) -> str:
    """What stands for a comparison in the page: it tells nobody which variants these are."""
    return ratings.mark(f"{item.question} {item.first} {item.second}")


@cache
def _template() -> Any:
    from jinja2 import Environment, StrictUndefined

    text = files("workbench.serve").joinpath("rating.html.j2").read_text(encoding="utf-8")
    return Environment(autoescape=True, undefined=StrictUndefined).from_string(text)


def serve_rating(run: Run, host: str = "127.0.0.1", port: int = 8322) -> None:
    """Let raters in until interrupted; port 0 takes a free one.

    Raises WorkbenchError where nobody was invited, or there is nothing to compare.
    """
    import uvicorn

    if not ratings.raters(run.path):
        raise WorkbenchError(
            "Nobody has a key to rate with yet.",
            f"workbench rate {run.id} --invite NAME   # for each rater",
        )
    _ = Desk(run).answers
    hosts = (*LOCAL[:2], "[::1]") if host in LOCAL else None
    settings = uvicorn.Config(
        create_site(run, hosts), host=host, port=port, log_level="warning",
        limit_concurrency=256, timeout_keep_alive=15, timeout_graceful_shutdown=3,
    )  # fmt: skip
    sock = settings.bind_socket()
    log.info("Raters come to http://%s:%d/", host, sock.getsockname()[1])
    uvicorn.Server(settings).run(sockets=[sock])
