"""What a served run keeps of what it is asked: no words, unless asked for, and not for ever."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import numpy as np
import pytest

from tests.support.serving import Answers, running
from tests.support.waiting import until
from workbench.asked.log import FACTS, LogFacts, QuestionLog, read_log
from workbench.errors import WorkbenchError
from workbench.serve.api import create_app
from workbench.types import Context

BEGAN = datetime(2027, 3, 1, 22, tzinfo=UTC)


def embed(texts: list[str]) -> np.ndarray:
    return np.array([[len(text), 1.0] for text in texts], np.float32)


class Refusing(Answers):
    """Answers what it is asked, and refuses to say why."""

    def answer(self, variant: str, question: str) -> tuple[Context, Iterator[str]]:
        told = "I don't know." if question.startswith("Why") else "Ada Bram."
        return Context(), iter([told])


def ask(base: str, text: str) -> None:
    body = {"model": "rag", "messages": [{"role": "user", "content": text}]}
    assert httpx.post(f"{base}/v1/chat/completions", json=body).status_code == 200


def files(folder: Path) -> list[Path]:
    return sorted(folder.glob("asked-*.jsonl"))


def test_a_served_question_leaves_its_outside_and_no_word(tmp_path: Path) -> None:
    kept = QuestionLog(tmp_path / "log", LogFacts("run-1", "e"), embed)
    with running(create_app(Refusing(), kept=kept)) as base:
        ask(base, "Who runs the hire desk, Ada Bram or a@b.example?")
        ask(base, "Why does the Zephyrine leave?")
        until(lambda: len(files(kept.folder)) == 1
              and len(files(kept.folder)[0].read_text("utf-8").splitlines()) == 2)  # fmt: skip
    written = "".join(path.read_text("utf-8") for path in kept.folder.iterdir())
    assert "Zephyrine" not in written and "desk" not in written and "127.0.0.1" not in written
    facts, lines = read_log(kept.folder)
    assert facts == LogFacts("run-1", "e")
    assert [(line.form, line.refused, line.text) for line in lines] == [
        ("who", False, ""), ("why", True, "")]  # fmt: skip
    # The vector is one of the redacted text.
    assert lines[0].vector.tolist() == [len("Who runs the hire desk, Ada Bram or [e-mail]?"), 1]


def test_a_text_is_kept_redacted_where_it_is_asked_for(tmp_path: Path) -> None:
    kept = QuestionLog(tmp_path, LogFacts("run-1", "e", text=True), embed)
    kept.add("rag", "Write to a@b.example?", "Yes.", 3, 0.1, 0)
    assert read_log(tmp_path)[1][0].text == "Write to [e-mail]?"


def test_days_that_are_past_are_removed_and_nothing_else(tmp_path: Path) -> None:
    now = [BEGAN]
    kept = QuestionLog(tmp_path, LogFacts("r", "e", keep_days=2), embed, lambda: now[0])
    for day in range(4):
        now[0] = BEGAN + timedelta(days=day)
        kept.add("rag", "Who?", "Ada.", 0, 0.1, 0)
    names = ["asked-2027-03-03.jsonl", "asked-2027-03-04.jsonl"]
    assert [path.name for path in files(tmp_path)] == names
    assert [line.day for line in read_log(tmp_path)[1]] == ["2027-03-03", "2027-03-04"]
    # A server that was off for long clears up when it is started.
    QuestionLog(tmp_path, LogFacts("r", "e", keep_days=2), embed, lambda: BEGAN + timedelta(99))
    assert not files(tmp_path) and (tmp_path / FACTS).exists()


def test_a_folder_of_another_run_or_use_is_refused(tmp_path: Path) -> None:
    QuestionLog(tmp_path / "log", LogFacts("run-1", "e"), embed)
    QuestionLog(tmp_path / "log", LogFacts("run-1", "e", text=True), embed)
    with pytest.raises(WorkbenchError, match="is the log of run-1"):
        QuestionLog(tmp_path / "log", LogFacts("run-2", "e"), embed)
    with pytest.raises(WorkbenchError, match="embedded otherwise"):
        QuestionLog(tmp_path / "log", LogFacts("run-1", "f"), embed)
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "asked-2020-01-01.jsonl").write_text("mine")
    with pytest.raises(WorkbenchError, match="other files"):
        QuestionLog(tmp_path / "own", LogFacts("run-1", "e"), embed)
    assert (tmp_path / "own" / "asked-2020-01-01.jsonl").exists()
    with pytest.raises(WorkbenchError, match="no log of a served run"):
        read_log(tmp_path / "own")


def test_a_log_that_cannot_be_written_stops_no_answer(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    kept = QuestionLog(tmp_path / "log", LogFacts("r", "e"), embed)
    (tmp_path / "log" / FACTS).unlink()
    (tmp_path / "log").rmdir()
    (tmp_path / "log").write_text("in the way")
    with caplog.at_level(logging.WARNING), running(create_app(Answers(), kept=kept)) as base:
        ask(base, "Who?")
        ask(base, "And who now?")
        until(lambda: "was not logged" in caplog.text)


def test_a_line_that_is_none_is_named(tmp_path: Path) -> None:
    kept = QuestionLog(tmp_path, LogFacts("r", "e"), embed, lambda: BEGAN)
    kept.add("rag", "Who?", "Ada.", 0, 0.1, 0)
    with files(tmp_path)[0].open("a") as file:
        file.write(json.dumps({"variant": "rag"}) + "\n")
    with pytest.raises(WorkbenchError, match="line 2, is no line of a log"):
        read_log(tmp_path)
