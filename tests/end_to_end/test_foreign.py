"""Systems of other makes in a run of the real command: in the table, the report, and asked anew."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.support.pages import words
from tests.support.servers import systems as shapes
from tests.support.servers.systems import SystemServer
from tests.support.small_run import ROOT, the_run, within, workbench, write_experiment
from workbench.io import jsonl
from workbench.records.playground import Setting, ask
from workbench.records.run import Run
from workbench.serve.askable import dev_questions
from workbench.serve.playground import work
from workbench.serve.served_run import open_run

NOWHERE = "This is a text of another book, and not one line of it stands in the novella at all."


@pytest.mark.slow
def test_other_systems_sit_the_exam_beside_ours(
    made_before: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from streamlit.testing.v1 import AppTest

    folder = made_before
    script = folder / "theirs.sh"
    script.write_text('#!/bin/sh\ncase "$1" in *Who*) exit 3;; esac\necho "salt: $1"\n')
    script.chmod(0o755)
    text = ""

    def say(_: str, body: Mapping[str, Any]) -> Any:
        asked = set(body["query"].lower().split())
        best = max(text.split("\n\n"), key=lambda part: len(asked & set(part.lower().split())))
        return shapes.dify(best[:80], [best, NOWHERE])

    with SystemServer(say) as server:
        path = write_experiment(folder, variants=[
            "prompt_only", "rag",
            {"name": "theirs", "label": "Their bot",
             "system": {"http": {"preset": "dify", "url": server.url}}},
            {"name": "script", "system": {"command": f"{script} {{question}}"}},
        ])  # fmt: skip
        text = (folder / "the_salt_ledger.txt").read_text("utf-8")
        printed = workbench(folder, "run", str(path))
        run = the_run(folder)
        within(folder, monkeypatch)
        context, pieces = open_run(run).answer("theirs", "Who keeps the Ledger?")
        assert "".join(pieces) and context.passages[0].passage.document == "the_salt_ledger"
        asked_again = _asked_again(run)
    assert "Their bot" in " ".join(printed.split())
    results = json.loads((run / "results.json").read_text("utf-8"))
    assert any("stand nowhere in the corpus" in warning for warning in results["warnings"])
    rows = {row["name"]: row for row in results["variants"]}
    theirs, other = rows["theirs"], rows["script"]
    assert theirs["context"] == "system" and theirs["metrics"]["hit@1"]["value"] is not None
    assert theirs["cost"]["per_question"] == pytest.approx(0.00125)
    assert theirs["latency"]["n"] == 2 and theirs["tokens"]["input"] == 33
    assert other["cost"]["per_question"] is None and other["tokens"]["input"] is None
    assert other["answers"]["failed"] and "hit@1" not in other["metrics"]
    answers = list(jsonl.stream(Run(run).files.answers("script")))
    assert {(a["status"], a["text"] == "") for a in answers} == {
        ("failed", True), ("answered", False)}  # fmt: skip
    shown = list(jsonl.stream(Run(run).files.passages))
    assert any(record["text"] == NOWHERE for record in shown)
    report = (run / "report.html").read_text("utf-8")
    assert "Their bot" in report
    monkeypatch.chdir(ROOT)  # where the dashboard finds that it is for this machine alone
    for name in ("verdict", "latency_cost", "retrieval", "what_if", "playground", "ask"):
        app = AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=120)
        app.query_params["page"] = name
        app.run()
        assert not app.exception, (name, app.exception)
        if name == "playground":
            assert "prompt, search and decoding are inside the system" in words(app)
            _shown_again(app, asked_again)


def _asked_again(run: Path) -> str:
    """The system is asked dev questions in the Playground; the id of the try."""
    questions = [question.id for question in dev_questions(run)]
    tried = ask(run, "theirs", Setting(), questions)
    work(run, idle_s=0.2)
    outcome = tried.result()
    assert outcome is not None and outcome.error is None
    assert [row.question for row in outcome.scores] == questions
    assert len(list(jsonl.stream(tried.answers))) == len(questions)
    assert not tried.prompts.exists()
    return tried.id


def _shown_again(app: Any, tried: str) -> None:
    """What it answered then stands beside what it answered at first; it may be asked once more."""
    told = words(app)
    assert "Asked again as it is by now" in told and "where it had at first" in told
    app.segmented_control(key="play_variant").set_value("theirs").run()
    assert not app.exception
    assert [button.label for button in app.button if button.label in ("Ask it", "Try it")] == [
        "Ask it"
    ]
