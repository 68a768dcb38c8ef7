"""Artifacts: made once, told apart by everything that affects them, resumed after a kill."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from workbench.store.cache import ArtifactCache, Stage
from workbench.types import Progress


def counting(calls: list[str]) -> Any:
    def stage(
        spec: Any, inputs: Mapping[str, Path], out: Path, progress: Progress
    ) -> dict[str, Any]:
        calls.append(str(spec))
        (out / "result.txt").write_text(str(spec), "utf-8")
        return {"spec": spec}

    return stage


def test_an_artifact_is_made_once_and_found_afterwards(tmp_path: Path) -> None:
    calls: list[str] = []
    stage = Stage("index", 1, counting(calls))
    first = ArtifactCache(tmp_path).make(stage, {"k": 3})
    second = ArtifactCache(tmp_path).make(stage, {"k": 3})
    assert calls == ["{'k': 3}"]
    assert (first.id, first.fresh, second.fresh) == (second.id, True, False)
    assert second.summary == {"spec": {"k": 3}}


@pytest.mark.parametrize("change", ["spec", "version", "key", "input"])
def test_whatever_affects_the_result_changes_the_artifact(tmp_path: Path, change: str) -> None:
    cache = ArtifactCache(tmp_path)
    source = cache.make(Stage("corpus", 1, counting([])), "a")
    other = cache.make(Stage("corpus", 1, counting([])), "b")
    base = cache.make(Stage("index", 1, counting([])), {"k": 3}, {"corpus": source}, key={"s": 1})
    result = cache.make(
        Stage("index", 2 if change == "version" else 1, counting([])),
        {"k": 4 if change == "spec" else 3},
        {"corpus": other if change == "input" else source},
        key={"s": 2 if change == "key" else 1},
    )
    assert result.id != base.id


def test_an_interrupted_stage_finds_its_own_work_again(tmp_path: Path) -> None:
    def stage(
        spec: Any, inputs: Mapping[str, Path], out: Path, progress: Progress
    ) -> dict[str, Any]:
        done = out / "done.txt"
        if not done.exists():
            done.write_text("half", "utf-8")
            raise KeyboardInterrupt
        return {"found": done.read_text("utf-8")}

    cache = ArtifactCache(tmp_path)
    with pytest.raises(KeyboardInterrupt):
        cache.make(Stage("adapter", 1, stage), {})
    assert cache.make(Stage("adapter", 1, stage), {}).summary == {"found": "half"}
    assert not list(tmp_path.glob("*.partial"))
