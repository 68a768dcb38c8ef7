"""A new run tried before it starts: a process of its own, by the real command."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support.little import few_sections, gold_records, vague_sections, write_gold
from tests.support.pages import check, with_text, words
from workbench.dashboard.jobs import trial

Show = Callable[..., Any]


@pytest.mark.slow
def test_a_new_run_is_tried_before_it_starts(show: Show, tmp_path: Path) -> None:
    """The trial is real: a process of its own measures and the page shows what it found."""
    whole = (Path(__file__).parents[2] / "corpora/salt_ledger/the_salt_ledger.txt").read_text()
    (tmp_path / "tale.txt").write_text(whole[: whole.index("\nChapter 6")])
    app = show("new_run")
    with_text(app, tmp_path / "tale.txt")
    app.segmented_control(key="new_size").set_value("Quick look").run()
    check(app)
    assert "Trying a few questions on this machine" in words(app)
    assert "Start" not in [button.label for button in app.button]
    tried = app.session_state["new_run_trial"]
    tried.process.wait(timeout=1200)
    app.run()
    text = words(app).replace("\\", "")
    assert "facts to train on and" in text and "exam questions expected" in text
    assert "of trial on this machine" in text and "GiB of memory" in text
    for stage in ("Questions", "Index", "Adapter", "Answers", "Latency"):
        assert f'<th scope="row">{stage}</th>' in text
    assert "Start" in [button.label for button in app.button]


def tried_on(app: Any, corpus: Path) -> str:
    """Fill the form with a text, let the trial end, and return what the page then says."""
    with_text(app, corpus)
    check(app)
    app.session_state["new_run_trial"].process.wait(timeout=900)
    app.run()
    return words(app).replace("\\", "")


@pytest.mark.slow
def test_a_run_that_cannot_succeed_is_not_offered_but_the_ways_out_are(
    show: Show, tmp_path: Path
) -> None:
    app = show("new_run")
    text = tried_on(app, vague_sections(tmp_path))
    assert "This run cannot succeed: an exam needs 12 questions at least" in text
    assert "Questions of your own, 12 at least" in text and "More text of the same kind" in text
    assert "Start" not in [button.label for button in app.button]


@pytest.mark.slow
def test_questions_of_one_s_own_make_it_possible(show: Show, tmp_path: Path) -> None:
    app = show("new_run")
    app.text_input(key="new_gold").input(str(write_gold(tmp_path, gold_records(3)))).run()
    text = tried_on(app, few_sections(tmp_path))
    assert "The hand-written questions will be the exam" in text
    assert "left out: Fine-tuned, Hybrid" in text
    assert "Start" in [button.label for button in app.button]


@pytest.mark.slow
def test_a_fault_of_the_questions_is_shown_and_nothing_is_started(
    show: Show, tmp_path: Path
) -> None:
    records = gold_records(3)
    records[1].pop("question")
    app = show("new_run")
    app.text_input(key="new_gold").input(str(write_gold(tmp_path, records))).run()
    text = tried_on(app, few_sections(tmp_path))
    assert "mine.jsonl, line 2: the question is empty" in text
    assert "Start" not in [button.label for button in app.button]


def test_a_failed_run_shows_what_was_found_and_dropped(
    show: Show, root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from workbench.errors import WorkbenchError
    from workbench.experiment import Experiment
    from workbench.pipeline import run

    experiment = Experiment(
        purpose="Answer questions about the tale.", name="little",
        corpus=str(vague_sections(tmp_path)),
    )  # fmt: skip
    with pytest.raises(WorkbenchError, match="Too little could be written"):
        run(experiment)
    (path,) = root.iterdir()
    assert "Too little could be written for an exam" in words(show("start"))
    text = words(show("exam", run=path.name, tab="Thrown away")).replace("\\", "")
    assert "candidates found" in text and "What the text gave" in text
    for cell in ("way", "kind", "document", "rule", "factoid", "tale"):
        assert f">{cell}<" in text


def test_a_trial_that_fails_says_why_in_the_command_s_own_words(root: Path, tmp_path: Path) -> None:
    (tmp_path / "gone.yaml").write_text(
        "name: gone\npurpose: Answer questions.\ncorpus: nowhere.txt\n"
    )
    tried = trial.begin(tmp_path / "gone.yaml")
    tried.process.wait(timeout=900)
    assert tried.outcome() == {}
    assert tried.fault().startswith("The corpus nowhere.txt does not exist.")
