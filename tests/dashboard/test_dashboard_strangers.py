"""A dashboard that others can reach: a password before everything, and no path outside folders."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support.little import few_sections
from tests.support.pages import words
from workbench.dashboard import access
from workbench.errors import WorkbenchError

Show = Callable[..., Any]


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.7", "::", "", None])
def test_others_may_reach_it_only_with_a_password(
    host: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(access.PASSWORD, raising=False)
    with pytest.raises(WorkbenchError, match=access.PASSWORD):
        access.check_binding(host)
    monkeypatch.setenv(access.PASSWORD, "salt")
    access.check_binding(host)


def test_bound_to_every_address_it_answers_under_the_machine_s_names() -> None:
    assert list(access.names_of("127.0.0.1")) == ["127.0.0.1"]
    assert len(set(access.names_of("0.0.0.0"))) >= 2


def sign_in(app: Any, password: str) -> None:
    app.text_input(key="password").input(password)
    app.button[0].click().run()


def test_nothing_is_shown_before_the_password(
    show: Show, run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(access.PASSWORD, "salt")
    monkeypatch.setattr(access, "PAUSE_S", 0.0)
    app = show("start")
    assert [box.label for box in app.text_input] == ["Password"]
    assert [button.label for button in app.button] == ["Sign in"]
    sign_in(app, "pepper")
    assert "not the password" in app.error[0].value and run.name[-8:] not in words(app)
    sign_in(app, "salt")
    assert not app.exception and "Town Chronicle" in words(app)


def test_a_page_started_on_every_address_without_a_password_ends_there(
    show: Show, monkeypatch: pytest.MonkeyPatch
) -> None:
    from streamlit import config

    monkeypatch.delenv(access.PASSWORD, raising=False)
    before = config.get_option("server.address")
    config.set_option("server.address", "0.0.0.0")
    try:
        app = show("start")
        assert access.PASSWORD in app.error[0].value and not app.button
    finally:
        config.set_option("server.address", before)


def test_with_a_password_only_named_folders_are_read(
    show: Show, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "open").mkdir()
    corpus = few_sections(tmp_path / "open")
    (tmp_path / "open" / "out").symlink_to(tmp_path)
    secret = tmp_path / "secret.txt"
    secret.write_text("swordfish", "utf-8")
    monkeypatch.setenv(access.PASSWORD, "salt")
    monkeypatch.setenv(access.FOLDERS, str(tmp_path / "open"))
    assert access.readable(corpus) == corpus.resolve()
    for path in (secret, tmp_path / "open" / "out" / "secret.txt", tmp_path / "nowhere",
                 tmp_path / "open" / ".." / "secret.txt"):  # fmt: skip
        with pytest.raises(WorkbenchError, match="no path outside the folders"):
            access.readable(path)
    app = show("new_run")
    sign_in(app, "salt")
    app.segmented_control(key="new_way").set_value("On this machine").run()
    for key in ("new_path", "new_gold"):
        app.text_input(key=key).input(str(secret)).run()
        assert "no path outside the folders" in words(app), key
        app.text_input(key=key).input("").run()
        assert "no path outside the folders" not in words(app), key
