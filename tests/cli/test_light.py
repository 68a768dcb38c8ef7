"""What must stay light: help, lists and a finished run never import torch."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = ("torch", "transformers", "peft", "llama_index", "ragas", "streamlit", "pandas", "scipy",
         "openai", "workbench.stages.listed")  # fmt: skip


LIGHT = (["--help"], ["runs"], ["run", "--help"], ["questions", "--help"], ["show", "none"],
         ["report", "none"])  # fmt: skip


@pytest.mark.parametrize("arguments", LIGHT)
def test_a_light_command_imports_nothing_heavy(arguments: list[str]) -> None:
    code = (
        "import sys, contextlib\n"
        "from workbench.cli import main\n"
        f"sys.argv = ['workbench', *{arguments!r}]\n"
        "with contextlib.suppress(SystemExit):\n    main()\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip().splitlines()[-1] == "[]"


def test_every_key_of_an_experiment_is_documented() -> None:
    from pathlib import Path

    root = Path(__file__).resolve().parents[2]
    page = subprocess.run(
        [sys.executable, str(root / "docs" / "make_experiment_reference.py")],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert page == (root / "docs" / "experiment.md").read_text("utf-8")
