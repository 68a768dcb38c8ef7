"""What one viewer's page imports is whole before another's is drawn with it."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from workbench.dashboard import app
from workbench.dashboard.pages import training


def test_no_page_but_the_first_is_drawn_with_what_is_half_imported(
    run: Path, show: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Altair looks for pandas among the modules: half imported, it has no Timestamp."""
    (tmp_path / "slow_to_import.py").write_text("import time; time.sleep(3); whole = True")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(app, "DRAWING", ("slow_to_import",))
    app.warmed.cache_clear()
    found = []
    monkeypatch.setattr(
        training, "page", lambda: found.append(vars(sys.modules["slow_to_import"]).get("whole"))
    )
    show()
    show("training")
    assert found == [True]
    app.warmed.cache_clear()
