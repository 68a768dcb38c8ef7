"""The word index leaves a machine's accelerator alone."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

SEARCH = """
import sys
from workbench.retrieval.lexical import Lexical
index = Lexical.build(["the clock of the port", "a box of salt"])
assert index.scores("salt")[1] > index.scores("salt")[0]
print("started" if "jax" in sys.modules else "left alone")
import jax
"""


def test_a_search_by_words_does_not_start_jax(tmp_path: Path) -> None:
    """JAX takes most of a GPU's memory as soon as it is used, which bm25s does on import."""
    (tmp_path / "jax").mkdir()
    (tmp_path / "jax" / "__init__.py").write_text("print('jax is imported')\n")
    (tmp_path / "jax" / "lax.py").write_text("def top_k(scores, k):\n    print('jax is used')\n")
    path = os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")])
    done = subprocess.run(
        [sys.executable, "-c", SEARCH],
        capture_output=True, text=True, check=False, env={**os.environ, "PYTHONPATH": path},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    # The program itself may still use it.
    assert done.stdout.split("\n")[:2] == ["left alone", "jax is imported"]
    assert "jax is used" not in done.stdout
