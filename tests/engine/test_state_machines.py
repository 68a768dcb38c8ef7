"""Any order of makings, kills, damages and deletions leaves cache and runs in one of few states."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from workbench.engine.cache import ArtifactCache
from workbench.errors import WorkbenchError
from workbench.io.files import write_json
from workbench.records.run import Run, all_runs

NAMES = st.sampled_from(["a", "b", "c"])
CONTENT = {name: f"the content of {name}\n" * 50 for name in "abc"}
QUIET = settings(
    max_examples=25, stateful_step_count=30, deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)  # fmt: skip


class Killed(BaseException):
    """What a kill looks like to the code that it hits, as near as one process can show it."""


class CacheMachine(RuleBasedStateMachine):
    """What is found is what was made, whatever happened in between."""

    def __init__(self) -> None:
        super().__init__()
        self.root = Path(tempfile.mkdtemp(prefix="cache-"))
        self.made: set[str] = set()

    def teardown(self) -> None:
        shutil.rmtree(self.root, ignore_errors=True)

    def put(self, name: str, killed_after: int | None = None) -> Any:
        def write(out: Path) -> dict[str, Any]:
            for place, part in enumerate(("one.txt", "two.txt")):
                if killed_after == place:
                    raise Killed
                (out / part).write_text(CONTENT[name], "utf-8")
            return {"name": name}

        # Another process each time: nothing is known but what lies on the disk.
        return ArtifactCache(self.root).put(f"id-{name}", {"stage": "x"}, write)

    @rule(name=NAMES)
    def make(self, name: str) -> None:
        assert self.put(name).summary == {"name": name}
        self.made.add(name)

    @rule(name=NAMES, after=st.sampled_from([0, 1]))
    def make_and_be_killed(self, name: str, after: int) -> None:
        if ArtifactCache(self.root).find(f"id-{name}") is None:
            with pytest.raises(Killed):
                self.put(name, after)
            self.made.discard(name)

    @rule(name=NAMES, file=st.sampled_from(["one.txt", "two.txt", "artifact.json"]),
          place=st.integers(0, 5000), bit=st.integers(0, 7))  # fmt: skip
    def flip_a_bit(self, name: str, file: str, place: int, bit: int) -> None:
        path = self.root / f"id-{name}" / file
        if name in self.made and path.exists():
            content = bytearray(path.read_bytes())
            content[place % len(content)] ^= 1 << bit
            path.write_bytes(bytes(content))
            self.made.discard(name)

    @rule(name=NAMES, file=st.sampled_from(["one.txt", "two.txt", "artifact.json"]))
    def cut_or_remove(self, name: str, file: str) -> None:
        path = self.root / f"id-{name}" / file
        if name in self.made and path.exists():
            path.unlink()
            self.made.discard(name)

    @invariant()
    def what_is_found_is_whole(self) -> None:
        for name in CONTENT:
            found = ArtifactCache(self.root).find(f"id-{name}")
            if name in self.made:
                assert found is not None
            if found is not None:
                for part in ("one.txt", "two.txt"):
                    assert (found.path / part).read_text("utf-8") == CONTENT[name]


class RunsMachine(RuleBasedStateMachine):
    """Runs are listed, held and deleted by id; nothing else in the folder ever goes."""

    def __init__(self) -> None:
        super().__init__()
        self.root = Path(tempfile.mkdtemp(prefix="runs-"))
        self.patch = pytest.MonkeyPatch()
        self.patch.setenv("WORKBENCH_RUNS", str(self.root))
        self.there: set[str] = set()
        self.held: dict[str, Any] = {}
        (self.root / "letters").mkdir()
        (self.root / "letters" / "manifest.json").write_text('{"run_id": "somebody"}', "utf-8")

    def teardown(self) -> None:
        for lock in self.held.values():
            lock.__exit__(None, None, None)
        self.patch.undo()
        shutil.rmtree(self.root, ignore_errors=True)

    @rule(name=NAMES)
    def start(self, name: str) -> None:
        run = Run(self.root / f"run-{name}")
        run.path.mkdir(exist_ok=True)
        write_json(run.files.manifest, {"run_id": run.id, "state": "running"})
        self.there.add(run.id)

    @precondition(lambda self: self.there)
    @rule(data=st.data())
    def hold(self, data: Any) -> None:
        name = data.draw(st.sampled_from(sorted(self.there)))
        lock = Run(self.root / name).lock()
        if name in self.held:
            with pytest.raises(WorkbenchError):
                lock.__enter__()
        else:
            lock.__enter__()
            self.held[name] = lock

    @precondition(lambda self: self.held)
    @rule(data=st.data())
    def let_go(self, data: Any) -> None:
        name = data.draw(st.sampled_from(sorted(self.held)))
        self.held.pop(name).__exit__(None, None, None)

    @precondition(lambda self: self.there)
    @rule(data=st.data())
    def delete(self, data: Any) -> None:
        name = data.draw(st.sampled_from(sorted(self.there)))
        if name in self.held:
            with pytest.raises(WorkbenchError):
                Run(self.root / name).delete()
        else:
            Run(self.root / name).delete()
            self.there.discard(name)

    @rule()
    def delete_what_is_no_run(self) -> None:
        with pytest.raises(WorkbenchError):
            Run(self.root / "letters").delete()

    @invariant()
    def the_list_is_what_is_there(self) -> None:
        assert {run.id for run in all_runs()} == self.there | {"letters"}
        for name in self.there:
            assert Run(self.root / name).in_progress() == (name in self.held)
        assert (self.root / "letters" / "manifest.json").exists()


TestCache = CacheMachine.TestCase
TestCache.settings = QUIET
TestRuns = RunsMachine.TestCase
TestRuns.settings = QUIET
