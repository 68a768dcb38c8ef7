"""Raters at the site: a key lets one in, what is said is kept, no variant is named."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from tests.support.made_run import write_run
from workbench.errors import WorkbenchError
from workbench.records import ratings
from workbench.records.run import Run
from workbench.serve.desk import Desk
from workbench.serve.rating import create_site, serve_rating


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_run(tmp_path_factory.mktemp("rated") / "runs")


@pytest.fixture
def run(folder: Path) -> Run:
    for path in (folder / "labels").glob("*"):
        path.unlink()
    return Run(folder)


def test_a_rater_comes_in_by_key_and_rates(run: Run) -> None:
    key = ratings.invite(run.path, "Ada")
    ratings.invite(run.path, "Bo")
    assert key not in run.files.raters.read_text("utf-8")
    with TestClient(create_site(run), base_url="http://localhost") as browser:
        page = browser.get(f"/?key={key}")
        assert page.status_code == 200 and str(page.url) == "http://localhost/"
        assert "0 of" in page.text and "Which is better?" in page.text
        for name in run.results().names():
            assert name not in page.text, "the variants are not named"
        item = re.search(r'name="item" value="(\w+)"', page.text)
        assert item
        sent = {"item": item[1], "choice": "first", "first": "5", "second": "2"}
        assert "1 of" in browser.post("/rate", data=sent).text
        assert "1 of" in browser.post("/rate", data=sent).text, "sent twice, it counts once"
    (row,) = ratings.labels(run.path)
    assert row["rater"] == "Ada" and row["label"] == "first" and row["blind"]
    assert row["grades"] == {row["first"]: 5, row["second"]: 2}
    assert row["order"] == [row["first"], row["second"]]


def test_without_a_key_nothing_is_shown_or_kept(run: Run) -> None:
    ratings.invite(run.path, "Ada")
    question = next(iter(Desk(run).questions.values())).text
    with TestClient(create_site(run, pause=0), base_url="http://localhost") as browser:
        assert "Your key" in browser.get("/").text
        wrong = browser.post("/enter", data={"key": "guessed"})
        assert wrong.status_code == 401 and "not a rater" in wrong.text
        assert question not in browser.get("/?key=guessed").text
        assert browser.post("/rate", data={"item": "x", "choice": "first"}).status_code == 401
    assert ratings.labels(run.path) == []
    with TestClient(create_site(run, ("localhost",)), base_url="http://elsewhere") as browser:
        assert browser.get("/").status_code == 400


def test_what_is_no_choice_is_said_and_a_new_key_ends_the_old(run: Run) -> None:
    old = ratings.invite(run.path, "Ada")
    with TestClient(create_site(run), base_url="http://localhost") as browser:
        page = browser.get(f"/?key={old}")
        item = re.search(r'name="item" value="(\w+)"', page.text)
        assert item
        answered = browser.post("/rate", data={"item": item[1]})
        assert answered.status_code == 422 and "No choice was made" in answered.text
        answered = browser.post("/rate", data={"item": item[1], "choice": "same", "first": "9"})
        assert answered.status_code == 422 and "from 1 to 5" in answered.text
        huge = browser.post("/rate", data={"item": item[1], "choice": "x" * 30_000})
        assert huge.status_code == 200, "an overlong form is none"
    assert ratings.labels(run.path) == []
    new = ratings.invite(run.path, "Ada")
    assert ratings.rater_of(run.path, old) is None and ratings.rater_of(run.path, new) == "Ada"


def test_what_is_skipped_comes_no_more_and_counts_for_nobody(run: Run) -> None:
    ratings.enrol(run.path, "Ada")
    desk = Desk(run)
    (first, *_), total = desk.left("Ada")
    desk.record("Ada", first, "skip", {"first": 4})
    left, again = desk.left("Ada")
    assert (len(left), again) == (total - 1, total) and first not in left
    assert "grades" not in ratings.labels(run.path)[0]


def test_nobody_is_served_without_a_rater(run: Run) -> None:
    with pytest.raises(WorkbenchError, match="Nobody has a key"):
        serve_rating(run)
    with pytest.raises(WorkbenchError, match="no name"):
        ratings.invite(run.path, " \n ")
