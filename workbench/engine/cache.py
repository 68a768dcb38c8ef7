"""Content-addressed artifacts, made once and shared between runs.

An artifact's id is a hash of the stage's name and version and of its inputs. A stage works in
``<id>.partial``, which survives a kill; the folder is renamed when the stage is done.

Beside the cache there may be a folder that several machines share. Finished artifacts are looked
for there too and put there, each by one rename: nothing is worked on in it, so that it needs no
locks, which few shared folders have. In the folder's place there may be a :class:`Store` at an
address, from which what is found is brought into the cache.
"""

from __future__ import annotations

import json
import logging
import os
import shutil
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workbench.engine.inputs import ArtifactReference, Inputs
from workbench.engine.integrity import damage, inventory, seal
from workbench.engine.stage import Stage, identity, stage_id
from workbench.engine.store import Store
from workbench.errors import WorkbenchError
from workbench.io import locks
from workbench.io.files import read_json, write_json

log = logging.getLogger(__name__)

#: In a stage's summary: seconds of an earlier artifact that it rests on and did not have to make.
SECONDS_ELSEWHERE = "seconds_elsewhere"


@dataclass(frozen=True, slots=True)
class Artifact:
    """The result of a stage: a folder, a small JSON summary, and how long it took to make."""

    id: str
    path: Path
    summary: Mapping[str, Any]
    seconds: float
    fresh: bool = False

    @property
    def reference(self) -> ArtifactReference:
        """The artifact as an input of a later stage."""
        return ArtifactReference(id=self.id, path=self.path)


class ArtifactMissing(LookupError):  # noqa: N818 - it is an outcome, not a fault
    """The artifact is not in the cache."""


class ArtifactCache:
    """The local executor: finds an artifact or makes it, one process at a time for each.

    ``shared`` holds finished artifacts that other machines use as well; by default what
    ``WORKBENCH_SHARED_CACHE`` names.
    """

    def __init__(self, root: Path, shared: Path | Store | None = None) -> None:
        self.root = root
        self.shared = shared or shared_cache()
        self._checked: set[Path] = set()

    def find(self, artifact_id: str) -> Artifact | None:
        """The finished artifact of that id; None where there is none, or a damaged one.

        Files are compared with the sizes that they were made with each time, and with their hashes
        the first time, so that no flipped byte decides a verdict.
        """
        found = self._found(self.root / artifact_id)
        if found is None and isinstance(self.shared, Path):
            found = self._found(self.shared / artifact_id)
        if found is None and isinstance(self.shared, Store):
            found = self._fetched(artifact_id, self.shared)
        return found

    def _fetched(self, artifact_id: str, store: Store) -> Artifact | None:
        """The artifact, brought from the store into the cache."""
        coming = self.root / f"{artifact_id}.{uuid.uuid4().hex}.coming" / artifact_id
        try:
            if not store.fetch(artifact_id, coming):
                return None
            if self._found(coming) is None:
                store.forget(artifact_id)
                return None
            place = self.root / artifact_id
            with locks.waiting(self.root / "locks" / f"{artifact_id}.coming"):
                if self._found(place) is None:
                    # Damaged, if it is there at all.
                    shutil.rmtree(place, ignore_errors=True)
                    self._place(coming, place)
        finally:
            shutil.rmtree(coming.parent, ignore_errors=True)
        return self._found(place)

    def _found(self, path: Path) -> Artifact | None:
        artifact_id = path.name
        if not (path / "artifact.json").exists():
            return None
        try:
            facts = read_json(path / "artifact.json")
            sealed = facts.pop("seal", None)
            fault = "" if sealed is None or sealed == seal(facts) else "artifact.json"
            summary, seconds = facts["summary"], facts["seconds"]
        except (WorkbenchError, KeyError, TypeError, AttributeError):
            fault, facts = "artifact.json", {}
        fault = fault or damage(path, facts.get("files", {}), path not in self._checked)
        if fault:
            log.warning("%s in the cache is damaged (%s); it is made again.", artifact_id, fault)
            return None
        self._checked.add(path)
        return Artifact(artifact_id, path, summary, seconds)

    def get(self, artifact_id: str) -> Artifact:
        """The artifact of that id, which an earlier stage has made."""
        existing = self.find(artifact_id)
        if existing is None:
            raise ArtifactMissing(artifact_id)
        return existing

    def drop(self, artifact_id: str) -> None:
        """Remove an artifact that nobody refers to, or what there is of it."""
        with locks.waiting(self.root / "locks" / artifact_id):
            shutil.rmtree(self.root / artifact_id, ignore_errors=True)
            shutil.rmtree(self.root / f"{artifact_id}.partial", ignore_errors=True)

    def make(self, stage: Stage[Any, Any], inputs: Inputs, context: Any) -> Artifact:
        """What ``stage`` makes of ``inputs``: found if it was made before."""

        def run(out: Path) -> dict[str, Any]:
            return stage.run(inputs, out, context)

        return self.put(stage_id(stage, inputs), identity(stage, inputs), run)

    def put(
        self, artifact_id: str, facts: Mapping[str, Any], write: Callable[[Path], dict[str, Any]]
    ) -> Artifact:
        """The artifact of that id: found, or written by ``write``, which returns its summary.

        ``facts`` are recorded beside the summary. A second process waits until the first is done.
        """
        existing = self.find(artifact_id)
        if existing is not None:
            return existing
        with locks.waiting(self.root / "locks" / artifact_id):
            # The process that was waited for may have made it.
            existing = self.find(artifact_id)
            if existing is not None:
                return existing
            # Damaged, if it is there at all.
            shutil.rmtree(self.root / artifact_id, ignore_errors=True)
            partial = self.root / f"{artifact_id}.partial"
            # Kept, not emptied: a stage goes on from what a killed attempt left.
            partial.mkdir(parents=True, exist_ok=True)
            spent = _seconds_before(partial)
            started = time.monotonic()
            try:
                summary = write(partial)
            except BaseException:
                # An interrupted stage's seconds still count in its price; a kill -9 loses them.
                write_json(partial / "spent.json", spent + time.monotonic() - started)
                raise
            # What an artifact takes is what all of it takes, whoever made a part of it before.
            seconds = spent + time.monotonic() - started + summary.pop(SECONDS_ELSEWHERE, 0.0)
            (partial / "spent.json").unlink(missing_ok=True)
            record = {
                **facts, "summary": summary, "seconds": seconds, "made": time.time(),
                "files": inventory(partial),
            }  # fmt: skip
            # As it will be read: tuples as lists, keys as text.
            record = json.loads(json.dumps(record, ensure_ascii=False, allow_nan=False))
            write_json(partial / "artifact.json", {**record, "seal": seal(record)})
            # Last: a folder of the final name is always a finished artifact.
            self._place(partial, self.root / artifact_id)
        self._share(artifact_id)
        return Artifact(artifact_id, self.root / artifact_id, summary, seconds, fresh=True)

    def _place(self, made: Path, place: Path) -> None:
        """Give a finished folder its final name, unless what is the same has it by now: one
        process may be making what another finds in the store."""
        try:
            made.rename(place)
        except OSError:
            if self._found(place) is None:
                raise
            shutil.rmtree(made, ignore_errors=True)

    def _share(self, artifact_id: str) -> None:
        """Have other machines find a finished artifact; of two machines the first one's stays."""
        shared = self.shared
        if isinstance(shared, Store):
            shared.put(artifact_id, self.root / artifact_id)
        if not isinstance(shared, Path) or self._found(shared / artifact_id) is not None:
            return
        place, own = shared / artifact_id, f"{artifact_id}.{uuid.uuid4().hex}"
        copied, damaged = (shared / f"{own}.{what}" for what in ("copied", "damaged"))
        try:
            shutil.copytree(self.root / artifact_id, copied)
            # Copying takes a while, in which another machine may have been faster.
            if self._found(place) is None:
                if place.exists():
                    place.rename(damaged)
                copied.rename(place)
        except OSError as error:
            # The run has what it needs; at worst others make it once more.
            if self._found(place) is None:
                log.warning("%s was not put into %s: %s.", artifact_id, shared, error)
        for rest in (copied, damaged):
            shutil.rmtree(rest, ignore_errors=True)


def _seconds_before(partial: Path) -> float:
    """Seconds that earlier, interrupted attempts spent on this artifact."""
    record = partial / "spent.json"
    return float(read_json(record)) if record.exists() else 0.0


def cache_root() -> Path:
    """``WORKBENCH_CACHE``, or ``.workbench/cache`` below the working directory."""
    return Path(os.environ.get("WORKBENCH_CACHE", ".workbench/cache")).absolute()


def shared_cache() -> Path | Store | None:
    """``WORKBENCH_SHARED_CACHE``: finished artifacts of several machines in a folder, or behind an
    address; None where there is none."""
    named = os.environ.get("WORKBENCH_SHARED_CACHE")
    if not named:
        return None
    return Store(named) if "://" in named else Path(named).absolute()


def artifact_folder(artifact_id: str) -> Path:
    """Where an artifact lies, or would: in the cache, or else in the shared folder."""
    own, shared = cache_root() / artifact_id, shared_cache()
    return own if own.exists() or not isinstance(shared, Path) else shared / artifact_id
