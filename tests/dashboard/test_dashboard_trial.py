"""A new run tried before it starts: a process of its own, by the real command."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.support.pages import check, words
from workbench.dashboard.jobs import trial

Show = Callable[..., Any]


def test_a_new_run_is_tried_before_it_starts(show: Show, tmp_path: Path) -> None:
    """The trial is real: a process of its own measures and the page shows what it found."""
    whole = (Path(__file__).parents[2] / "corpora/salt_ledger/the_salt_ledger.txt").read_text()
    (tmp_path / "tale.txt").write_text(whole[: whole.index("\nChapter 6")])
    app = show("new_run")
    app.segmented_control(key="new_way").set_value("On this machine").run()
    app.text_input(key="new_path").input(str(tmp_path / "tale.txt")).run()
    app.text_input(key="new_purpose").input("Answer questions about the tale.").run()
    app.segmented_control(key="new_size").set_value("Quick look").run()
    check(app)
    assert "Trying a few questions on this machine" in words(app)
    tried = app.session_state["new_run_trial"]
    tried.process.wait(timeout=1200)
    app.run()
    text = words(app).replace("\\", "")
    assert "of trial on this machine" in text and "GiB of memory" in text
    for stage in ("Questions", "Index", "Adapter", "Answers", "Latency"):
        assert f'<th scope="row">{stage}</th>' in text
    assert "Start" in [button.label for button in app.button]


def test_a_trial_that_fails_says_why_in_the_command_s_own_words(root: Path, tmp_path: Path) -> None:
    (tmp_path / "gone.yaml").write_text(
        "name: gone\npurpose: Answer questions.\ncorpus: nowhere.txt\n"
    )
    tried = trial.begin(tmp_path / "gone.yaml")
    tried.process.wait(timeout=900)
    assert tried.outcome() == {}
    assert tried.fault().startswith("The corpus nowhere.txt does not exist.")
