"""Ctrl-C ends a command with a sentence, and says what goes on elsewhere."""

from __future__ import annotations

import sys

import pytest

from workbench.cli import app as cli
from workbench.cli import screen


@pytest.mark.parametrize("elsewhere", ["", "the job ftjob-1 goes on at OpenAI"])
def test_ctrl_c_is_told(
    elsewhere: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def stop() -> None:
        raise KeyboardInterrupt(*([elsewhere] if elsewhere else []))

    monkeypatch.setattr(screen, "run_entries", stop)
    monkeypatch.setattr(sys, "argv", ["workbench", "runs"])
    with pytest.raises(SystemExit) as ended:
        cli.run_app()
    assert ended.value.code == 130
    said = capsys.readouterr().err
    assert said.startswith("workbench: stopped; the same command goes on from here.")
    assert said.endswith(f"  {elsewhere}\n" if elsewhere else "here.\n")
