"""A run on a machine that has nothing but the address of what another machine made."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.end_to_end.test_resume import outcome
from tests.support.commands import ended
from tests.support.servers import s3
from tests.support.small_run import environment, write_experiment

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not s3.is_there(), reason="`make test-full` makes the S3 server"),
]


def test_a_second_machine_finds_by_s3_what_the_first_one_made(small: Path, tmp_path: Path) -> None:
    with s3.s3_server(tmp_path / "log") as variables:
        told = {**variables, "WORKBENCH_SHARED_CACHE": f"s3://{s3.BUCKET}/shared"}
        for name in ("first", "second"):
            (home := tmp_path / name).mkdir()
            write_experiment(home)
            done = ended(home, ("run", "small.yaml"), {**environment(home), **told}, 3600)
            assert done.returncode == 0 and "without it" not in done.stderr, done.stderr[-3000:]
            assert outcome(home) == outcome(small)
    made = {path.name for path in (tmp_path / "first" / "cache").glob("*-*") if path.is_dir()}
    # The second one made nothing: an artifact says when it was made, to the microsecond.
    for name in made:
        mine, other = (tmp_path / home / "cache" / name for home in ("second", "first"))
        records = [(folder / "artifact.json").read_bytes() for folder in (mine, other)]
        assert records[0] == records[1], f"{name} was made again"
