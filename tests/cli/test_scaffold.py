"""``workbench new``: the script it writes is the experiment that was asked for."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.labelled import messages, write_messages
from workbench.cli.app import new
from workbench.cli.loading import load_experiment
from workbench.cli.scaffold import write_label_script
from workbench.errors import WorkbenchError
from workbench.experiment.questions import LabelsSpec


def test_labelled_messages_make_an_experiment_that_sorts_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [{"body": row["text"], "team": row["label"], "from": row["sender"]}
            for row in messages()]  # fmt: skip
    write_messages(tmp_path / "Help desk.jsonl", [*rows, rows[0]])
    monkeypatch.chdir(tmp_path)
    new("Help desk.jsonl", label="team", text="body", group="from")
    printed = capsys.readouterr().out
    assert "72 messages (tents 24, boats 24, refund 24); 1 dropped as repeated." in printed
    assert "workbench run help_desk.py" in printed
    made = load_experiment("help_desk.py")
    assert made.questions.labels == LabelsSpec(
        file=str(tmp_path / "Help desk.jsonl"), text="body", label="team", group="from"
    )
    assert [v.name for v in made.variants] == [
        "prompt_only", "few_shot_nearest", "fine_tuned", "encoder",
    ]  # fmt: skip
    assert made.decision.metric == "accuracy" and made.name == "help_desk"
    with pytest.raises(WorkbenchError, match="exists already"):
        new("Help desk.jsonl", label="team", text="body")


def test_a_column_that_is_not_there_is_named_with_those_that_are(tmp_path: Path) -> None:
    path = write_messages(tmp_path / "messages.jsonl")
    with pytest.raises(WorkbenchError, match="no column 'team'; it has label, sender, text"):
        write_label_script(LabelsSpec(file=str(path), label="team"), tmp_path / "x.py", "")
    assert not (tmp_path / "x.py").exists()


@pytest.mark.parametrize(
    ("options", "said"),
    [({"text": "body"}, "Name the column of the labels too"),
     ({"label": "team", "gold": "gold.jsonl"}, "--gold has no place beside --label")],
)  # fmt: skip
def test_options_that_say_two_things_are_refused(options: dict[str, str], said: str) -> None:
    with pytest.raises(WorkbenchError) as caught:
        new("messages.csv", **options)
    assert said in f"{caught.value.message} {caught.value.hint}"
