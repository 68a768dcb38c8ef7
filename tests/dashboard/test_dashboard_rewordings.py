"""The same question in other words: figures on the verdict page, answers on a question's page."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support.pages import words
from workbench import wording
from workbench.dashboard.queries import runs
from workbench.evaluation.metrics import score_answers
from workbench.evaluation.sensitivity import OF, steadiness
from workbench.findings import section
from workbench.io import jsonl
from workbench.questions import load
from workbench.records.layout import RunLayout
from workbench.records.results import Results
from workbench.types import Answer, Question

Show = Callable[..., Any]
VARIANTS = ("prompt_only", "rag")


@pytest.fixture
def asked_again(run: Path) -> Path:
    """RAG has the first of three questions right and its other wording wrong; prompt-only none."""
    own = [q for q in load(run / "questions").test if q.answers][:3]
    further = [
        Question(
            id=f"{q.id}-2", text=f"Pray, {q.text} <b>now</b>", answers=q.answers, kind=q.kind,
            stratum=q.stratum, fact=q.fact, cluster=q.cluster, tags={OF: q.id},
        )
        for q in own
    ]  # fmt: skip
    first = [Answer(q.id, "rag", q.answers[0], 1, 1, 0.1) for q in own]
    again = [Answer(f"{q.id}-2", "rag", q.answers[0], 1, 1, 0.1) for q in own]
    again[0] = Answer(again[0].question, "rag", "no <i>idea</i>", 1, 1, 0.1)
    closed = [Answer(q.id, "prompt_only", "nothing", 1, 1, 0.1) for q in (*own, *further)]
    jsonl.append(RunLayout(run).rewordings(), [q.to_record() for q in further])
    for name, result in (("rag", again), ("prompt_only", closed[3:])):
        listed = [{"question": a.question, "variant": name, "text": a.text} for a in result]
        jsonl.append(RunLayout(run).rewordings(name), listed)
    scores = score_answers([*own, *further], [*first, *again, *closed], "en")
    results = json.loads((run / "results.json").read_text("utf-8"))
    results["sensitivity"] = steadiness(
        own,
        further,
        scores,
        variants=VARIANTS,
        labels={name: wording.label(name) for name in VARIANTS},
    )
    (run / "results.json").write_text(json.dumps(results), "utf-8")
    return run


def test_a_run_that_asked_nothing_again_says_nothing(run: Path, show: Show) -> None:
    assert wording.say("h_sensitivity") not in words(show("verdict", run=run.name))


def test_the_verdict_page_shows_who_hangs_on_the_wording(asked_again: Path, show: Show) -> None:
    record = json.loads((asked_again / "results.json").read_text("utf-8"))["sensitivity"]
    app = show("verdict", run=asked_again.name)
    text = words(app)
    assert wording.say("h_sensitivity") in text
    assert "RAG hangs most on the wording: on 33% of 3 questions" in record["sentence"]
    assert all(wording.text(item) in text for item in record["statements"])
    assert "33.3 <small>" in text and "each asked in some 2 wordings" in text
    files = [
        item for item in app.get("download_button") if item.proto.id.endswith("csv_sensitivity")
    ]
    assert len(files) == 1


def test_the_csv_has_a_row_per_variant_with_all_digits(asked_again: Path) -> None:
    results = Results.model_validate_json((asked_again / "results.json").read_text("utf-8"))
    rows = section(results, "sensitivity").tables[0].records()
    assert [row["variant"] for row in rows] == list(VARIANTS)
    assert rows[1]["Turns"] == pytest.approx(1 / 3)
    assert (rows[1]["Ever right"], rows[1]["Of these, turned"]) == (3, 1)


def test_a_question_shows_its_other_wordings_with_the_answers(
    asked_again: Path, show: Show
) -> None:
    (first, *_) = jsonl.stream(RunLayout(asked_again).rewordings())
    text = words(show("questions", run=asked_again.name, question=first["tags"][OF]))
    assert "&lt;b&gt;now" in first_html(show, asked_again, first["tags"][OF])
    assert "Pray, " in text and "idea" in text and "nothing" in text
    other = load(asked_again / "questions").test[-1]
    assert "Pray, " not in words(show("questions", run=asked_again.name, question=other.id))


def first_html(show: Show, run: Path, question: str) -> str:
    """The bodies of a question's page as they are sent, escapes and all."""
    app = show("questions", run=run.name, question=question)
    return "\n".join(str(element.proto.body) for element in app.get("html"))


def test_blind_judging_hides_the_other_wordings(asked_again: Path, show: Show) -> None:
    (first, *_) = jsonl.stream(RunLayout(asked_again).rewordings())
    app = show("questions", run=asked_again.name, question=first["tags"][OF])
    app.toggle(key="blind").set_value(True).run()
    assert "Pray, " not in words(app)


def test_a_record_of_another_shape_ends_nothing(asked_again: Path, show: Show) -> None:
    results = json.loads((asked_again / "results.json").read_text("utf-8"))
    for odd in ({"variants": "none"}, {"variants": [3, {"name": "rag"}]}, [1], "none"):
        results["sensitivity"] = odd
        (asked_again / "results.json").write_text(json.dumps(results), "utf-8")
        runs._open.cache_clear()
        show("verdict", run=asked_again.name)
