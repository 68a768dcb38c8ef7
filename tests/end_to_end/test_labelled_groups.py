"""Labelled messages of two regions, one of which a model serves worse: from file to page."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.labelled import messages, write_messages
from tests.support.pages import words
from tests.support.servers.chat import ChatServer
from tests.support.small_run import ROOT, the_run, within, workbench

pytestmark = pytest.mark.slow
pytest.importorskip("fairlearn", reason="the extra fairness is not installed")


def rows() -> list[dict[str, Any]]:
    """The messages of the camp, every second from the south, which its words tell."""
    return [
        {**row, "region": ("north", "south")[at % 2],
         "text": row["text"][:-1] + (", up here." if at % 2 == 0 else ", down here.")}
        for at, row in enumerate(messages())
    ]  # fmt: skip


def say(body: dict[str, Any]) -> str:
    """The label of the last message; a broken boat of the south is always a refund."""
    asked = body["messages"][-1]["content"]
    place = max((asked.rfind(row["text"]), at) for at, row in enumerate(rows()))[1]
    row = rows()[place]
    return "refund" if (row["label"], row["region"]) == ("boats", "south") else str(row["label"])


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("camp")
    with ChatServer(say) as server:
        specification = {
            "purpose": "Sort the messages of the camp.", "name": "camp",
            "model": {"name": "sorter", "endpoint": server.url},
            "questions": {
                "labels": {"file": str(write_messages(folder / "messages.jsonl", rows())),
                           "keep": ["region"]},
                "train_facts": 12, "dev": 9, "test": 48,
            },
            "variants": ["prompt_only", {"name": "few_shot", "examples": 3}],
            "fairness": {"groups": ["region"], "least": 10},
            "decision": {"max_group_gap": 0.1},
            "latency": {"sample": 1, "warmup": 0},
        }  # fmt: skip
        (folder / "camp.yaml").write_text(yaml.safe_dump(specification), "utf-8")
        workbench(folder, "run", "camp.yaml")
    return folder


def test_what_fairlearn_says_is_what_the_records_say(folder: Path) -> None:
    run = the_run(folder)

    def lines(name: str) -> list[dict[str, Any]]:
        return [json.loads(line) for line in (run / name).read_text("utf-8").splitlines()]

    exam = {row["id"]: row for row in lines("questions/test.jsonl")}
    assert {row["tags"]["region"] for row in exam.values()} == {"north", "south"}
    found = json.loads((run / "results.json").read_text("utf-8"))["groups"]
    for variant in found["variants"]:
        said = {row["question"]: row["text"] for row in lines(f"answers/{variant['name']}.jsonl")}
        parity = {row["label"]: row for row in variant["parity"]}
        assert set(parity) == {"tents", "boats", "refund"}
        for label, row in parity.items():
            counts: Counter[tuple[str, bool, bool]] = Counter(
                (q["tags"]["region"], q["answers"][0] == label, said[id] == label)
                for id, q in exam.items()
            )
            rates = [
                {due: counts[region, due, True]
                 / (counts[region, due, True] + counts[region, due, False])
                 for due in (True, False)}
                for region in ("north", "south")
            ]  # fmt: skip
            due, undue = (abs(rates[0][side] - rates[1][side]) for side in (True, False))
            assert row["equal_opportunity"] == pytest.approx(due)
            assert row["equalised_odds"] == pytest.approx(max(due, undue))
        # All boats of the south are missed, and become refunds that are not due.
        assert parity["boats"]["equal_opportunity"] == 1 == variant["parity"][0]["equalised_odds"]
        assert parity["refund"]["equal_opportunity"] == 0 < parity["refund"]["equalised_odds"]
        assert parity["tents"]["equalised_odds"] == 0


def test_it_stands_in_the_report_and_on_the_page(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from streamlit.testing.v1 import AppTest

    run = the_run(folder)
    for form in ("html", "md"):
        told = (run / f"report.{form}").read_text("utf-8")
        assert "Labels between groups" in told and "Equal opportunity" in told, form
        assert "boats" in told and "north" in told
    within(folder, monkeypatch)
    monkeypatch.chdir(ROOT)
    app = AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=120)
    app.query_params["page"] = "verdict"
    app.run()
    assert not app.exception and not app.error
    for told in ("Labels between groups", "Equalised odds, apart by", "serves south worse",
                 "Without the limit on gaps between groups"):  # fmt: skip
        assert told in words(app), told
