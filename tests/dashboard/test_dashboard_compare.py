"""Runs side by side: what the page says is what ``workbench compare`` works out."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml

from tests.support.pages import words
from workbench.cli import evidence

Show = Callable[..., Any]


@pytest.fixture
def later(run: Path) -> Path:
    """The same experiment a day later: more passages, and RAG fails half of its questions."""
    other = Path(shutil.copytree(run, run.parent / "chronicle-1b2c3d4e"))
    path = other / "manifest.json"
    facts = json.loads(path.read_text())
    facts |= {"run_id": other.name, "created": facts["created"] + 86_400}
    path.write_text(json.dumps(facts))
    path = other / "specification.yaml"
    path.write_text(path.read_text().replace("top_k: 3", "top_k: 9", 1))
    rows = pq.read_table(other / "scores.parquet").to_pylist()
    for place, row in enumerate(row for row in rows if row["variant"] == "rag"):
        row["value"] *= place % 2
    pq.write_table(pa.Table.from_pylist(rows), other / "scores.parquet")
    return other


def test_the_page_says_what_the_command_works_out(
    run: Path, later: Path, show: Show, capsys: pytest.CaptureFixture[str]
) -> None:
    evidence.compare(run.name, later.name, as_json=True)
    expected = json.loads(capsys.readouterr().out)
    changed = [row["variant"] for row in expected["variants"] if row["real"]]
    assert changed == ["rag"]
    app = show("compare", runs=f"{later.name},{run.name}")
    text = words(app)
    assert expected["sentence"] in text
    for row in expected["variants"]:
        assert row["sentence"] in text
    assert "1 setting differs." in text and "retrieval.top_k" in text
    assert "2 runs of this experiment" in text
    verdict = json.loads((run / "results.json").read_text())["verdict"]["sentence"]
    assert text.count(verdict) >= 2


def test_the_address_says_which_runs_and_follows_what_is_chosen(
    run: Path, later: Path, show: Show
) -> None:
    app = show("compare")
    assert app.query_params["runs"] == f"{run.name},{later.name}"
    app.multiselect(key="compared").unselect(run.name).run()
    assert app.query_params["runs"] == later.name
    assert "Choose two runs or more." in words(app)
    assert "Compare runs" in [link.label for link in show().get("page_link")]


def test_runs_on_other_texts_keep_what_can_be_compared(run: Path, later: Path, show: Show) -> None:
    for name in ("manifest.json", "results.json"):
        record = json.loads((later / name).read_text())
        facts = record if name == "manifest.json" else record["run"]
        facts["corpus"] |= {"title": "A Handbook", "edition": "e9"}
        (later / name).write_text(json.dumps(record))
    text = words(show("compare", runs=f"{run.name},{later.name}"))
    assert "different texts" in text
    assert "retrieval.top_k" in text and "Each variant in each run" in text


def test_one_run_is_nothing_to_compare(run: Path, show: Show) -> None:
    assert "it takes two runs that are done" in words(show("compare"))
    assert run.is_dir()


def test_a_variant_that_one_run_alone_has_is_named_and_not_taken_apart(
    run: Path, later: Path, show: Show
) -> None:
    path = later / "specification.yaml"
    facts = yaml.safe_load(path.read_text())
    more = {"name": "narrow", "context": "retrieval", "tuning": {"lora": {"r": 4}}}
    facts["variants"] = [*facts["variants"], more]
    path.write_text(yaml.safe_dump(facts))
    text = words(show("compare", runs=f"{later.name},{run.name}"))
    assert "Variants that not all of these runs have: narrow (1b2c3d4e)." in text
    assert "variants.narrow" not in text
