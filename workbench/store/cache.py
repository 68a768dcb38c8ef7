"""Content-addressed artifacts, made once and shared between runs.

A stage is a function of a specification and other artifacts. Its artifact's id is the hash of
the stage's name and version, the specification and the ids of its inputs, so that whatever
affects the result changes the id. A stage works in ``<id>.partial``, which survives a kill; the
folder is renamed when the stage is done.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workbench.store.files import disk_errors, read_json, write_json
from workbench.types import Progress, silent

StageFunction = Callable[[Any, Mapping[str, Path], Path, Progress], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Stage:
    """A step of the pipeline. Raise ``version`` when its code changes meaning."""

    name: str
    version: int
    function: StageFunction


@dataclass(frozen=True, slots=True)
class Artifact:
    """The result of a stage: a folder, a small JSON summary, and how long it took to make."""

    id: str
    path: Path
    summary: Mapping[str, Any]
    seconds: float
    fresh: bool = False


class ArtifactCache:
    """The local executor: finds an artifact or makes it, one process at a time for each."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def find(self, artifact_id: str) -> Artifact | None:
        """The finished artifact of that id, or None."""
        path = self.root / artifact_id
        if not (path / "artifact.json").exists():
            return None
        facts = read_json(path / "artifact.json")
        return Artifact(artifact_id, path, facts["summary"], facts["seconds"])

    def make(
        self,
        stage: Stage,
        spec: Any,
        inputs: Mapping[str, Artifact] | None = None,
        progress: Progress = silent,
        key: Mapping[str, Any] | None = None,
    ) -> Artifact:
        """The artifact of ``stage`` on ``spec`` and ``inputs``: found if it was made before.

        ``key`` holds further values that affect the result (hashes of files, seeds, versions).
        """
        inputs = inputs or {}
        artifact_id, identity = self.identify(stage, spec, inputs, key)
        result = self.find(artifact_id)
        if result is not None:
            return result
        with disk_errors(self.root), self._alone(artifact_id):
            result = self.find(artifact_id)
            if result is not None:
                return result
            partial = self.root / f"{artifact_id}.partial"
            partial.mkdir(parents=True, exist_ok=True)
            spent = _seconds_before(partial)
            started = time.monotonic()
            paths = {name: artifact.path for name, artifact in inputs.items()}
            try:
                summary = stage.function(spec, paths, partial, progress)
            except BaseException:
                # An interrupted stage's seconds still count in its price; a kill -9 loses them.
                write_json(partial / "spent.json", spent + time.monotonic() - started)
                raise
            seconds = spent + time.monotonic() - started
            (partial / "spent.json").unlink(missing_ok=True)
            write_json(
                partial / "artifact.json",
                {**identity, "summary": summary, "seconds": seconds, "made": time.time()},
            )
            partial.rename(self.root / artifact_id)
        return Artifact(artifact_id, self.root / artifact_id, summary, seconds, fresh=True)

    @staticmethod
    def identify(
        stage: Stage,
        spec: Any,
        inputs: Mapping[str, Artifact],
        key: Mapping[str, Any] | None,
    ) -> tuple[str, dict[str, Any]]:
        """The id of an artifact, and the values that it is a hash of."""
        identity = {
            "stage": stage.name,
            "version": stage.version,
            "spec": spec.model_dump(mode="json") if hasattr(spec, "model_dump") else spec,
            "inputs": {name: artifact.id for name, artifact in sorted(inputs.items())},
            "key": dict(key or {}),
        }
        return f"{stage.name}-{content_id(identity)}", identity

    @contextmanager
    def _alone(self, artifact_id: str) -> Iterator[None]:
        """Hold the artifact's lock; a second process waits until the first has made it."""
        locks = self.root / "locks"
        locks.mkdir(parents=True, exist_ok=True)
        with (locks / artifact_id).open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield


def _seconds_before(partial: Path) -> float:
    """Seconds that earlier, interrupted attempts spent on this artifact."""
    record = partial / "spent.json"
    return float(read_json(record)) if record.exists() else 0.0


def content_id(value: Any) -> str:
    """Sixteen hex digits of the SHA-256 of a JSON value with sorted keys."""
    text = json.dumps(value, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def cache_root() -> Path:
    """``WORKBENCH_CACHE``, or ``.workbench/cache`` below the working directory."""
    return Path(os.environ.get("WORKBENCH_CACHE", ".workbench/cache")).absolute()


def runs_root() -> Path:
    """``WORKBENCH_RUNS``, or ``runs`` below the working directory."""
    return Path(os.environ.get("WORKBENCH_RUNS", "runs")).absolute()
