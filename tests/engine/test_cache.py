"""Artifacts: made once, told apart by everything that affects them, resumed after a kill."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from workbench.engine.cache import ArtifactCache, ArtifactMissing
from workbench.engine.estimate import StageEstimate
from workbench.engine.inputs import ArtifactReference, Inputs, aside


class TopKInputs(Inputs):
    top_k: int
    source: ArtifactReference | None = None
    folder: str = aside(default="")


class Counting:
    """A stage that counts how often it ran."""

    def __init__(self, version: int = 1, name: str = "index") -> None:
        self.name, self.version, self.calls = name, version, 0

    def run(self, inputs: TopKInputs, out: Path, context: Any) -> dict[str, Any]:
        self.calls += 1
        (out / "result.txt").write_text(str(inputs.top_k), "utf-8")
        return {"top_k": inputs.top_k}

    def estimate(self, inputs: TopKInputs, context: Any) -> StageEstimate:
        return StageEstimate(self.name, 0.0)

    def describe(self, summary: Mapping[str, Any]) -> str:
        return str(summary)

    def amount(self, experiment: Any) -> float:
        return 1.0


def test_an_artifact_is_made_once_and_found_afterwards(tmp_path: Path) -> None:
    stage, inputs = Counting(), TopKInputs(top_k=3)
    first = ArtifactCache(tmp_path).make(stage, inputs, None)
    second = ArtifactCache(tmp_path).make(stage, inputs, None)
    assert stage.calls == 1
    assert (first.id, first.fresh, second.fresh) == (second.id, True, False)
    assert second.summary == {"top_k": 3}
    assert ArtifactCache(tmp_path).get(first.id).path == first.path
    with pytest.raises(ArtifactMissing):
        ArtifactCache(tmp_path).get("index-0")


@pytest.mark.parametrize("change", ["inputs", "version", "source", "name", "aside"])
def test_whatever_affects_the_result_changes_the_artifact(tmp_path: Path, change: str) -> None:
    cache = ArtifactCache(tmp_path)
    sources = [
        cache.make(Counting(name="corpus"), TopKInputs(top_k=n), None).reference for n in (1, 2)
    ]
    base = cache.make(Counting(), TopKInputs(top_k=3, source=sources[0]), None)
    result = cache.make(
        Counting(2 if change == "version" else 1, "other" if change == "name" else "index"),
        TopKInputs(
            top_k=4 if change == "inputs" else 3,
            source=sources[change == "source"],
            folder="elsewhere" if change == "aside" else "",
        ),
        None,
    )
    assert (result.id != base.id) == (change != "aside")


def test_an_interrupted_stage_finds_its_own_work_again(tmp_path: Path) -> None:
    class Interrupted(Counting):
        def run(self, inputs: TopKInputs, out: Path, context: Any) -> dict[str, Any]:
            done = out / "done.txt"
            if not done.exists():
                done.write_text("half", "utf-8")
                raise KeyboardInterrupt
            return {"found": done.read_text("utf-8")}

    cache, inputs = ArtifactCache(tmp_path), TopKInputs(top_k=1)
    with pytest.raises(KeyboardInterrupt):
        cache.make(Interrupted(), inputs, None)
    assert cache.make(Interrupted(), inputs, None).summary == {"found": "half"}
    assert not list(tmp_path.glob("*.partial"))


# --- several machines --------------------------------------------------------------------------


def test_what_one_machine_made_another_finds(tmp_path: Path) -> None:
    stage, inputs = Counting(), TopKInputs(top_k=3)
    here, there = (ArtifactCache(tmp_path / name, tmp_path / "shared") for name in ("a", "b"))
    made, found = here.make(stage, inputs, None), there.make(stage, inputs, None)
    assert stage.calls == 1 and (found.id, found.fresh) == (made.id, False)
    assert found.path == tmp_path / "shared" / made.id
    assert (found.path / "result.txt").read_text("utf-8") == "3"
    # Nothing is left beside it: no lock, no half copy.
    assert [path.name for path in (tmp_path / "shared").iterdir()] == [made.id]


def test_two_machines_that_make_the_same_at_once_both_have_it(tmp_path: Path) -> None:
    caches = [ArtifactCache(tmp_path / name, tmp_path / "shared") for name in ("a", "b")]

    class Meanwhile(Counting):
        """The other machine makes the same while this one is at it."""

        def run(self, inputs: TopKInputs, out: Path, context: Any) -> dict[str, Any]:
            caches[1].make(Counting(), inputs, None)
            return super().run(inputs, out, context)

    made = caches[0].make(Meanwhile(), TopKInputs(top_k=3), None)
    assert made.fresh and made.path == tmp_path / "a" / made.id
    assert [path.name for path in (tmp_path / "shared").iterdir()] == [made.id]


def test_a_damaged_shared_artifact_is_replaced(tmp_path: Path) -> None:
    stage, inputs = Counting(), TopKInputs(top_k=3)
    made = ArtifactCache(tmp_path / "a", tmp_path / "shared").make(stage, inputs, None)
    (tmp_path / "shared" / made.id / "result.txt").write_text("4", "utf-8")
    again = ArtifactCache(tmp_path / "b", tmp_path / "shared").make(stage, inputs, None)
    assert stage.calls == 2 and again.fresh
    third = ArtifactCache(tmp_path / "c", tmp_path / "shared").make(stage, inputs, None)
    assert stage.calls == 2 and (third.path / "result.txt").read_text("utf-8") == "3"
    assert [path.name for path in (tmp_path / "shared").iterdir()] == [made.id]


def test_a_shared_folder_that_cannot_be_written_stops_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "no folder").write_text("", "utf-8")
    monkeypatch.setenv("WORKBENCH_SHARED_CACHE", str(tmp_path / "no folder"))
    made = ArtifactCache(tmp_path / "a").make(Counting(), TopKInputs(top_k=3), None)
    assert made.fresh and (made.path / "result.txt").exists()
    assert "was not put into" in caplog.text


# --- damage ------------------------------------------------------------------------------------


class Weights(Counting):
    """Writes two files, one of them in a folder."""

    def run(self, inputs: TopKInputs, out: Path, context: Any) -> dict[str, Any]:
        (out / "adapter").mkdir(exist_ok=True)
        (out / "adapter/weights.bin").write_bytes(bytes(range(256)) * 40)
        return super().run(inputs, out, context)


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


@pytest.mark.parametrize(
    ("file", "harm"),
    [
        ("adapter/weights.bin", flip),
        ("adapter/weights.bin", lambda path: path.write_bytes(path.read_bytes()[:-1])),
        ("adapter/weights.bin", lambda path: path.write_bytes(b"")),
        ("adapter/weights.bin", Path.unlink),
        ("result.txt", flip),
        ("artifact.json", lambda path: path.write_text("{", "utf-8")),
        ("artifact.json", lambda path: path.write_text("[]", "utf-8")),
        (
            "artifact.json",
            lambda path: path.write_text(
                path.read_text("utf-8").replace('"top_k": 3', '"top_k": 4')
            ),
        ),
    ],
)
def test_a_damaged_artifact_is_made_again(
    tmp_path: Path, file: str, harm: Callable[[Path], object], caplog: pytest.LogCaptureFixture
) -> None:
    stage = Weights()
    made = ArtifactCache(tmp_path).make(stage, TopKInputs(top_k=3), None)
    before = {p.name: p.read_bytes() for p in made.path.rglob("*.*") if p.name != "artifact.json"}
    harm(made.path / file)
    # Another process: what was checked once is not read again in the same one.
    again = ArtifactCache(tmp_path)
    assert again.find(made.id) is None
    assert "damaged" in caplog.text
    remade = again.make(stage, TopKInputs(top_k=3), None)
    assert stage.calls == 2 and remade.fresh and remade.summary == {"top_k": 3}
    after = {p.name: p.read_bytes() for p in made.path.rglob("*.*") if p.name != "artifact.json"}
    assert after == before
    assert ArtifactCache(tmp_path).find(made.id) is not None


def test_an_artifact_made_before_sizes_were_kept_is_found(tmp_path: Path) -> None:
    stage = Weights()
    made = ArtifactCache(tmp_path).make(stage, TopKInputs(top_k=3), None)
    facts = json.loads((made.path / "artifact.json").read_text("utf-8"))
    del facts["files"], facts["seal"]
    (made.path / "artifact.json").write_text(json.dumps(facts), "utf-8")
    assert ArtifactCache(tmp_path).find(made.id) is not None
