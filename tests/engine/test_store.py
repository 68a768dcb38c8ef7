"""Finished artifacts behind an address: whole or not there, and no run ends for their sake."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.engine.test_cache import Counting, TopKInputs, Weights
from tests.support.servers import s3
from workbench.engine.cache import ArtifactCache, shared_cache
from workbench.engine.store import MARKER, Store
from workbench.errors import WorkbenchError

INPUTS = TopKInputs(top_k=3)


@pytest.fixture(params=["file", "memory"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Addresses that pyarrow and fsspec know."""
    place = tmp_path / "there" if request.param == "file" else f"/{uuid.uuid4().hex}"
    return f"{request.param}://{place}"


def machine(folder: Path, url: str) -> ArtifactCache:
    """The cache of a machine of its own: another process that has opened nothing yet."""
    return ArtifactCache(folder, Store(url))


def test_what_one_machine_made_another_brings_into_its_cache(tmp_path: Path, url: str) -> None:
    stage = Weights()
    made = machine(tmp_path / "a", url).make(stage, INPUTS, None)
    found = machine(tmp_path / "b", url).make(stage, INPUTS, None)
    assert stage.calls == 1 and (found.id, found.fresh) == (made.id, False)
    assert found.path == tmp_path / "b" / made.id and found.summary == made.summary
    for name in ("result.txt", "adapter/weights.bin"):
        assert (found.path / name).read_bytes() == (made.path / name).read_bytes()
    assert {path.name for path in (tmp_path / "b").iterdir()} == {"locks", made.id}
    # Once it is there, nobody asks the store again.
    (there := ArtifactCache(tmp_path / "b")).shared = None
    assert there.find(made.id) is not None


def sent(tmp_path: Path) -> list[str]:
    """What lies in the store, by its last names."""
    return sorted(path.name for path in (tmp_path / "there").rglob("*") if path.is_file())


def test_what_was_sent_in_part_is_not_there(tmp_path: Path) -> None:
    url, stage = f"file://{tmp_path / 'there'}", Counting()
    made = machine(tmp_path / "a", url).make(stage, INPUTS, None)
    (tmp_path / "there" / made.id / MARKER).unlink()
    again = machine(tmp_path / "b", url).make(stage, INPUTS, None)
    assert stage.calls == 2 and again.fresh
    # It was sent anew, beside what is left of the first time.
    assert sent(tmp_path) == ["artifact.json"] * 2 + [MARKER] + ["result.txt"] * 2


def test_two_machines_that_make_the_same_at_once_both_have_it(tmp_path: Path) -> None:
    url = f"file://{tmp_path / 'there'}"
    caches = [machine(tmp_path / name, url) for name in ("a", "b")]

    class Meanwhile(Counting):
        """The other machine makes the same while this one is at it, and so does a process here."""

        def run(self, inputs: TopKInputs, out: Path, context: Any) -> dict[str, Any]:
            (made := caches[1].make(Counting(), inputs, None))
            assert machine(tmp_path / "a", url).find(made.id) is not None
            return super().run(inputs, out, context)

    made = caches[0].make(Meanwhile(), INPUTS, None)
    assert made.path == tmp_path / "a" / made.id and ArtifactCache(tmp_path / "a").find(made.id)
    assert sent(tmp_path) == ["artifact.json", MARKER, "result.txt"]


def test_what_is_damaged_there_is_made_and_sent_again(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    url, stage = f"file://{tmp_path / 'there'}", Counting()
    made = machine(tmp_path / "a", url).make(stage, INPUTS, None)
    (whole,) = (tmp_path / "there" / made.id).glob("*/result.txt")
    whole.write_text("4", "utf-8")
    assert machine(tmp_path / "b", url).make(stage, INPUTS, None).fresh
    assert "damaged" in caplog.text
    third = machine(tmp_path / "c", url).make(stage, INPUTS, None)
    assert stage.calls == 2 and (third.path / "result.txt").read_text("utf-8") == "3"


def test_a_store_that_fails_is_told_of_once_and_stops_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "no folder").write_text("", "utf-8")
    cache = machine(tmp_path / "a", f"file://{tmp_path / 'no folder'}")
    for number in (1, 2, 3):
        assert cache.make(Counting(), TopKInputs(top_k=number), None).fresh
    assert caplog.text.count("goes on without it") == 1


@pytest.mark.parametrize("url", ["nothing://x/y", "gdrive://me:secret@folder/x", "sftp://h/x"])
def test_an_address_that_nothing_here_speaks_to_is_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    monkeypatch.setenv("WORKBENCH_SHARED_CACHE", url)
    with pytest.raises(WorkbenchError, match="which cannot be opened: ") as raised:
        ArtifactCache(tmp_path).make(Counting(), INPUTS, None)
    assert "s3://bucket/prefix" in raised.value.hint and "secret" not in raised.value.message


def test_an_address_is_told_from_a_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("WORKBENCH_SHARED_CACHE", raising=False)
    assert shared_cache() is None
    monkeypatch.setenv("WORKBENCH_SHARED_CACHE", str(tmp_path))
    assert shared_cache() == tmp_path
    monkeypatch.setenv("WORKBENCH_SHARED_CACHE", "s3://key:secret@bucket/prefix")
    assert str(shared_cache()) == "s3://bucket/prefix"


@pytest.mark.parametrize(
    ("url", "endpoint", "leaves"),
    [
        ("file:///disk", "", False), ("memory://x", "", False), ("s3://bucket/x", "", True),
        ("s3://bucket/x", "http://127.0.0.1:9000", False), ("gs://bucket", "", True),
        ("s3://bucket/x", "https://s3.example.org", True),
        ("gs://bucket", "http://127.0.0.1:9000", True),
    ],
)  # fmt: skip
def test_text_in_a_store_has_left_this_machine_unless_the_store_is_here(
    monkeypatch: pytest.MonkeyPatch, url: str, endpoint: str, leaves: bool
) -> None:
    monkeypatch.delenv("AWS_ENDPOINT_URL_S3", raising=False)
    monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint)
    assert Store(url).leaves_machine is leaves


# --- a real S3 server ---------------------------------------------------------------------------

needs_s3 = pytest.mark.skipif(not s3.is_there(), reason="`make test-full` makes the S3 server")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    with s3.s3_server(tmp_path_factory.mktemp("s3") / "log") as variables:
        yield variables


@pytest.fixture
def bucket(server: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> str:
    for name, value in server.items():
        monkeypatch.setenv(name, value)
    return f"s3://{s3.BUCKET}/{uuid.uuid4().hex}/prefix"


@pytest.mark.slow
@needs_s3
def test_machines_share_by_a_bucket(tmp_path: Path, bucket: str) -> None:
    test_what_one_machine_made_another_brings_into_its_cache(tmp_path, bucket)


@pytest.mark.slow
@needs_s3
@pytest.mark.parametrize("harm", ["bucket", "server"])
def test_a_bucket_that_is_not_there_stops_nothing(
    tmp_path: Path, bucket: str, harm: str, monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    if harm == "server":
        monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    else:
        bucket = "s3://no-such-bucket/prefix"
    assert machine(tmp_path, bucket).make(Counting(), INPUTS, None).fresh
    assert caplog.text.count("goes on without it") == 1
