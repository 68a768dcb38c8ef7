"""Keys from variables that are named, a rate for each of them, and pages that may ask."""

from __future__ import annotations

import httpx
import pytest

from tests.support.serving import Answers, running
from workbench.errors import WorkbenchError
from workbench.serve.api import create_app
from workbench.serve.guard import Limits
from workbench.serve.rate import MOST, Rate, Turnstile


def test_each_key_has_its_own_rate() -> None:
    app = create_app(Answers(), limits=Limits(keys=("one", "two"), rate=Rate(2, 3600)))
    with running(app) as base, httpx.Client(base_url=base) as web:

        def asked(key: str) -> httpx.Response:
            return web.get("/v1/models", headers={"Authorization": f"Bearer {key}"})

        assert [asked("one").status_code for _ in range(3)] == [200, 200, 429]
        refused = asked("one")
        assert 1 <= int(refused.headers["Retry-After"]) <= 1800
        assert refused.json()["error"]["code"] == "rate_limit_exceeded"
        assert asked("two").status_code == 200
        # Wrong keys count by address: they are tried out no faster.
        assert [asked(f"wrong{n}").status_code for n in range(3)] == [401, 401, 429]
        assert web.get("/health").status_code == 200
    with running(create_app(Answers(), limits=Limits(rate=Rate(1, 3600)))) as base:
        assert [httpx.get(f"{base}/v1/models").status_code for _ in range(2)] == [200, 429]


def test_what_was_not_used_comes_back_evenly_and_no_more() -> None:
    now = [0.0]
    gate = Turnstile(Rate.read("2/min"), lambda: now[0])
    assert [gate.wait("a"), gate.wait("a")] == [0, 0]
    assert gate.wait("a") == 30
    now[0] = 20
    assert gate.wait("a") == pytest.approx(10)
    now[0] = 30
    assert gate.wait("a") == 0 and gate.wait("a") > 0
    now[0] = 10_000
    assert [gate.wait("a") for _ in range(3)] == [0, 0, 30]
    for n in range(MOST + 5):
        gate.wait(str(n))
    assert len(gate._left) <= MOST


@pytest.mark.parametrize("text", ["60", "0/min", "x/min", "60/fortnight", "-1/s"])
def test_what_is_no_rate_is_told(text: str) -> None:
    with pytest.raises(WorkbenchError, match="is no rate"):
        Rate.read(text)


def test_keys_come_from_the_variables_that_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORKBENCH_API_KEYS", "usual")
    monkeypatch.setenv("TEAM_A", "a1, a2")
    monkeypatch.setenv("TEAM_B", "b")
    monkeypatch.setenv("NOBODY", " , ")
    assert Limits.from_environment().keys == ("usual",)
    assert Limits.from_environment(["TEAM_A", "TEAM_B"]).keys == ("a1", "a2", "b")
    with pytest.raises(WorkbenchError, match="NOBODY holds no key"):
        Limits.from_environment(["TEAM_A", "NOBODY"])


def test_a_page_s_origin_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WORKBENCH_API_KEYS", raising=False)
    monkeypatch.setenv("K", "k")
    page = "https://page.example:8443"
    assert Limits.from_environment(origins=[page]).origins == (page,)
    for wrong in ("page.example", f"{page}/", f"{page}/chat"):
        with pytest.raises(WorkbenchError, match="no origin"):
            Limits.from_environment(origins=[wrong])
    with pytest.raises(WorkbenchError, match="any page"):
        Limits.from_environment(origins=["*"])
    assert Limits.from_environment(["K"], ["*"]).origins == ("*",)


def test_a_named_page_may_ask_with_its_key() -> None:
    limits = Limits(keys=("k",), origins=("https://page.example",))
    with running(create_app(Answers(), limits=limits)) as base:
        asking = {
            "Origin": "https://page.example", "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "authorization,content-type",
        }  # fmt: skip
        before = httpx.options(f"{base}/v1/retrieve", headers=asking)
        assert before.status_code == 200
        assert before.headers["access-control-allow-origin"] == "https://page.example"
        other = httpx.options(f"{base}/v1/retrieve", headers={**asking, "Origin": "https://x.y"})
        assert other.status_code == 400
        sent = {"Origin": "https://page.example", "Authorization": "Bearer k"}
        reply = httpx.get(f"{base}/v1/models", headers=sent)
        assert "X-Workbench-Conversation" in reply.headers["access-control-expose-headers"]
