"""Labelled messages from the file to the verdict by the real command, and all that shows them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.commands import ended
from tests.support.labelled import build_encoder, write_messages
from tests.support.small_run import ROOT, environment, the_run, within, workbench
from tests.support.workers import made_once
from workbench.dashboard.navigation import PLAN

pytestmark = pytest.mark.slow


def write_sorting(folder: Path, **changes: Any) -> Path:
    """A YAML experiment on the messages, with an encoder that learns in seconds."""
    specification = {
        "purpose": "Sort the messages of the camp.",
        "name": "camp",
        "questions": {
            "labels": {"file": str(write_messages(folder / "messages.jsonl")), "group": "sender"},
            "train_facts": 36, "dev": 12, "test": 24,
        },
        "variants": [
            "prompt_only",
            {"name": "few_shot_nearest", "examples": 2},
            {"name": "encoder", "model": str(build_encoder(folder / "bert")),
             "tuning": {"learning_rate": [1e-5, 3e-3], "epochs": 12, "batch_tokens": 256}},
        ],
        "latency": {"sample": 2, "warmup": 1},
        **changes,
    }  # fmt: skip
    path = folder / "camp.yaml"
    path.write_text(yaml.safe_dump(specification, sort_keys=False), "utf-8")
    return path


@pytest.fixture(scope="module")
def sorted_(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made_once(
        tmp_path_factory, "sorted",
        lambda folder: workbench(folder, "run", str(write_sorting(folder))),
    )  # fmt: skip


@pytest.fixture(scope="module")
def results(sorted_: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((the_run(sorted_) / "results.json").read_text("utf-8"))
    return found


def test_the_encoder_wins_and_its_figures_are_those_of_its_answers(
    sorted_: Path, results: dict[str, Any]
) -> None:
    assert (results["metric"], results["mix"]) == ("accuracy", None)
    assert (results["verdict"]["kind"], results["verdict"]["variant"]) == ("adopt", "encoder")
    run = the_run(sorted_)

    def rows(name: str) -> list[dict[str, Any]]:
        lines = (run / name).read_text("utf-8").splitlines()
        return [json.loads(line) for line in lines]

    truth = {row["id"]: row["answers"][0] for row in rows("questions/test.jsonl")}
    answers = rows("answers/encoder.jsonl")
    right = sum(truth[row["question"]] == row["text"] for row in answers) / len(truth)
    row = next(item for item in results["variants"] if item["name"] == "encoder")
    assert row["metrics"]["accuracy"]["value"] == pytest.approx(right) and right > 0.8
    own = next(item for item in results["classes"]["variants"] if item["name"] == "encoder")
    assert sum(map(sum, own["confusion"])) == len(truth) == own["calibration"]["n"]
    assert row["metrics"]["macro_f1"] == own["macro_f1"]
    (gap,) = (item for item in results["comparisons"]
              if (item["metric"], item["variant"], item["baseline"])
              == ("macro_f1", "encoder", "prompt_only"))  # fmt: skip
    (silent,) = (item["macro_f1"] for item in results["classes"]["variants"]
                 if item["name"] == "prompt_only")  # fmt: skip
    assert gap["difference"] == pytest.approx(own["macro_f1"]["value"] - silent["value"])
    assert row["cost"]["per_month"] > 0 and row["latency"]["total_s"]["p90"] > 0
    (tuning,) = (item for item in results["tuning"] if item["adapter"] == "encoder")
    assert tuning["method"] == "full" and 0.9 < tuning["trained_share"] <= 1


def test_the_rate_of_an_encoder_is_searched_on_dev_messages(results: dict[str, Any]) -> None:
    (search,) = results["tuning_search"]
    assert (search["adapter"], search["metric"], search["questions"]) == ("encoder", "accuracy", 12)
    assert search["chosen"]["learning_rate"] == 3e-3
    assert {tried["settings"]["learning_rate"] for tried in search["tried"]} == {1e-5, 3e-3}


def test_the_check_of_messages_tells_labels_and_groups(sorted_: Path) -> None:
    told = workbench(sorted_, "questions", "check")
    assert "test: 24 messages in " in told and "labels      tents " in told
    assert "chapters" not in told and "sections" not in told
    assert "certificate: clean\n  labelled: 24 questions, 0 leaks\n    0.9" in told
    part = json.loads(workbench(sorted_, "questions", "check", "--json"))["roles"]["test"]
    assert sum(part["labels"].values()) == sum(part["groups"]) == 24 and part["chapters"] == {}


def test_a_model_that_names_no_label_is_wrong_and_told_so(
    sorted_: Path, results: dict[str, Any]
) -> None:
    own = results["classes"]["variants"][0]
    assert own["name"] == "prompt_only" and own["unlabelled"] > 0
    told = " ".join(workbench(sorted_, "show", "--all").split())
    assert f"Prompt only named no label for {own['unlabelled']} of 24 messages" in told


def test_it_reads_alike_on_the_terminal_in_the_reports_and_on_the_page(
    sorted_: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from streamlit.testing.v1 import AppTest

    run = the_run(sorted_)
    shown = " ".join(workbench(sorted_, "show").split())
    assert "messages.jsonl (24 messages asked, 3 labels)" in shown and "Macro F1" in shown
    assert "in which each label counts alike" in shown
    page, text = ((run / f"report.{form}").read_text("utf-8") for form in ("html", "md"))
    for told in ("Label by label", "What Encoder takes for what", "How sure, and how often right"):
        assert told in page
    # What is true of exams that are written from a text is not said of messages.
    for other in ("written by a model", "two levers", "further sections"):
        assert other not in page, other
    assert "What Encoder takes for what" in text and "| tents |" in text
    assert "| Encoder − Prompt only | workload mix, Macro F1 | 24 | " in text
    within(sorted_, monkeypatch)
    monkeypatch.chdir(ROOT)  # where the dashboard finds that it is for this machine alone
    for name in ("verdict", "exam", "questions", "data", "training", "latency_cost", "retrieval",
                 "what_if", "playground", "ask", "report"):  # fmt: skip
        app = AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=120)
        app.query_params["page"] = name
        app.run()
        assert not app.exception, (name, app.exception)
        # The page itself, and not the notice that stands in its place where it may not be drawn.
        assert [title.value for title in app.title] == [PLAN[name][0]], (name, app.error)
        assert not app.error, (name, app.error)


def test_it_is_asked_and_reopened_with_its_head(sorted_: Path) -> None:
    said = workbench(sorted_, "ask", "latest", "Our canoe has a leak", "--json")
    replies = {reply["variant"]: reply for reply in json.loads(said)}
    assert replies["encoder"]["text"] in ("tents", "boats", "refund")


def test_what_a_text_would_need_is_refused_in_a_sentence(tmp_path: Path) -> None:
    path = write_sorting(tmp_path, variants=["prompt_only", "rag", "encoder"])
    done = ended(tmp_path, ("run", str(path)), environment(tmp_path))
    assert done.returncode == 2 and "Traceback" not in done.stderr
    assert "'rag' reads passages of a text" in " ".join(done.stderr.split())
