"""Append-only records: nothing lost, nothing torn."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.errors import WorkbenchError
from workbench.io import jsonl

values = st.dictionaries(st.text(max_size=8), st.text() | st.integers() | st.none(), max_size=4)


@given(st.lists(st.lists(values, max_size=4), max_size=5))
def test_what_is_appended_is_read_back(tmp_path_factory: pytest.TempPathFactory, batches) -> None:  # type: ignore[no-untyped-def]
    path = tmp_path_factory.mktemp("records") / "answers.jsonl"
    for batch in batches:
        jsonl.append(path, batch)
    assert jsonl.read(path) == [record for batch in batches for record in batch]


@given(cut=st.integers(min_value=1, max_value=200))
def test_a_torn_write_costs_only_the_torn_record(
    tmp_path_factory: pytest.TempPathFactory, cut: int
) -> None:
    path = tmp_path_factory.mktemp("records") / "answers.jsonl"
    whole = [{"question": f"q{number}", "text": "灯" * number} for number in range(6)]
    jsonl.append(path, whole)
    raw = path.read_bytes()
    path.write_bytes(raw[: max(0, len(raw) - cut)])
    survivors = jsonl.read(path)
    assert survivors == whole[: len(survivors)]
    jsonl.append(path, [{"question": "next"}])
    assert jsonl.read(path) == [*survivors, {"question": "next"}]
    assert all(json.loads(line) for line in path.read_text("utf-8").splitlines())


def test_a_damaged_line_is_named(tmp_path: Path) -> None:
    path = tmp_path / "answers.jsonl"
    path.write_text('{"a": 1}\n{"b": \n{"c": 3}\n', "utf-8")
    with pytest.raises(WorkbenchError, match="line 2"):
        jsonl.read(path)


def test_nan_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="JSON"):
        jsonl.append(tmp_path / "scores.jsonl", [{"value": float("nan")}])


def test_a_file_written_whole_is_equal_for_equal_records_and_names_its_bad_line(
    tmp_path: Path,
) -> None:
    path = tmp_path / "questions.jsonl"
    jsonl.write(path, [{"b": 1, "a": "灯"}], sort_keys=True)
    assert path.read_text("utf-8") == '{"a": "灯", "b": 1}\n'
    path.write_text('{"a": 1}\n\n{"b": 2}', "utf-8")
    with pytest.raises(WorkbenchError, match=r"questions.jsonl, line 3, is not a question \('a'\)"):
        list(jsonl.load(path, lambda record: record["a"], "a question"))
    path.write_bytes(b'{"a": 1}\n{"a": "\xff"}\n')
    with pytest.raises(WorkbenchError, match=r"line 2, is not a question .*can't decode"):
        list(jsonl.load(path, lambda record: record["a"], "a question"))
