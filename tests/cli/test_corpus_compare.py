"""Two editions side by side in the terminal, and questions carried from one to the other."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from workbench.cli import app as cli
from workbench.cli import corpora, editions
from workbench.errors import WorkbenchError

HANDBOOK = Path(__file__).resolve().parents[2] / "corpora" / "handbook"
TWO = [str(HANDBOOK / "handbook.md"), str(HANDBOOK / "second_edition" / "handbook.md")]


@pytest.fixture(scope="module", autouse=True)
def registered() -> None:
    editions.register(corpora.app)


def compare(*more: str) -> str:
    done = CliRunner().invoke(cli.app, ["corpus", "compare", *TWO, *more])
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done.output


def test_what_changed_is_shown_with_what_was_and_what_is() -> None:
    told = compare()
    assert "2 unchanged, 13 changed, 1 added, 1 removed" in told
    assert "removed: 13. Pay, Expenses and Purchasing" in told
    assert "- The workshop rate is 48 pounds an hour." in told
    assert "+ The workshop rate is 54 pounds an hour." in told


def test_questions_are_carried_to_a_file_that_the_later_edition_takes(tmp_path: Path) -> None:
    out = tmp_path / "carried.jsonl"
    told = json.loads(
        compare("--questions", str(HANDBOOK / "gold.jsonl"), "-o", str(out), "--json")
    )
    assert told["questions"]["counts"] == {"unchanged": 62, "changed": 11, "removed": 3}
    assert len(told["questions"]["retired"]) == 4
    from workbench.corpus import load
    from workbench.questions import place_gold

    assert len(place_gold(out, load(Path(TWO[1])))) == 76
    with pytest.raises(WorkbenchError, match="is there already"):
        compare("--questions", str(HANDBOOK / "gold.jsonl"), "-o", str(out))


def test_a_file_for_questions_without_questions_is_refused(tmp_path: Path) -> None:
    with pytest.raises(WorkbenchError, match="none are given"):
        compare("-o", str(tmp_path / "out.jsonl"))
