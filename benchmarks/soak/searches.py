"""A search of settings, killed again and again, tries what one that is left alone tries."""

from __future__ import annotations

import json
import shutil
import sys
from functools import lru_cache
from pathlib import Path
from typing import Any

from benchmarks.soak.cases import Outcome, workbench
from benchmarks.soak.kills import killed_until_done
from tests.support.small_run import write_experiment

#: Six tunings: the rate of the experiment and two others, each with two sizes.
SEARCH = (
    "search", "tuning", "small.yaml", "--over", "tuning.learning_rate=[1e-4, 1e-3]",
    "--over", "tuning.lora.r=[2, 4]", "--json",
)  # fmt: skip


def search_killed(seed: int, folder: Path) -> Outcome:
    """SIGKILL at random moments of `workbench search tuning` until it ends."""
    write_experiment(folder)
    kills = killed_until_done(folder, seed, SEARCH)
    ended = workbench(folder, *SEARCH)
    if ended.fell or ended.code:
        return Outcome(False, f"it ended with {ended.code}: {ended.text[-300:]}", kills)
    found, wanted = _tried(ended.text), _tried(_undisturbed(folder.parent))
    same = "the same tries" if found == wanted else f"tried {found}, and left alone {wanted}"
    return Outcome(found == wanted, same, kills)


@lru_cache
def _undisturbed(home: Path) -> str:
    """What a search says that nobody kills."""
    folder = home / "undisturbed-search"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    write_experiment(folder)
    ended = workbench(folder, *SEARCH)
    if ended.code:
        sys.exit(f"The undisturbed search failed:\n{ended.text[-2000:]}")
    return ended.text


def _tried(text: str) -> Any:
    """What was tried, without seconds; what else is said stands behind the JSON."""
    told, _ = json.JSONDecoder().raw_decode(text[text.index("{") :])
    return _without_seconds(told)


def _without_seconds(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _without_seconds(v) for k, v in value.items() if "seconds" not in k}
    return [_without_seconds(v) for v in value] if isinstance(value, list) else value
