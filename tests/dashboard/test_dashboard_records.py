"""The reading of a run's files: filters against a plain count, torn lines, paging, signatures."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from workbench.dashboard.queries.answer_lines import AnswerLines
from workbench.dashboard.queries.filters import Filter
from workbench.dashboard.queries.records import Records, signature


@pytest.fixture(scope="module")
def opened(finished: Path) -> Records:
    return Records(finished)


@pytest.fixture(scope="module")
def plain(finished: Path) -> list[dict[str, Any]]:
    """Questions with their f1 per variant, read the straightforward way."""
    import pyarrow.parquet as pq

    result = []
    for name in ("test", "gold"):
        lines = (finished / f"questions/{name}.jsonl").read_text().splitlines()
        result += [json.loads(line) for line in lines]
    table = pq.read_table(finished / "scores.parquet").to_pylist()
    for question in result:
        question["scores"] = {
            row["variant"]: row["value"]
            for row in table
            if row["question"] == question["id"] and row["metric"] == "f1"
        }
    return result


@pytest.mark.parametrize(
    ("chosen", "keeps"),
    [
        (Filter(), lambda q: True),
        (Filter(kinds=("why_how",)), lambda q: q["kind"] == "why_how"),
        (Filter(strata=("unseen", "reworded")), lambda q: q["stratum"] != "same_section"),
        (Filter(clusters=("chronicle#02",)), lambda q: q["cluster"] == "chronicle#02"),
        (Filter(origins=("gold",)), lambda q: q["origin"] == "gold"),
        (Filter(tag=("topic", "trade")), lambda q: q["tags"].get("topic") == "trade"),
        (Filter(search="ROPE walk"), lambda q: "rope walk" in q["text"].lower()),
        (Filter(search="of honey"), lambda q: "of honey" in q["answers"][0]),
        (Filter(right=("rag",)), lambda q: q["scores"]["rag"] >= 0.5),
        (
            Filter(wrong=("rag",), right=("fine_tuned",), threshold=1.0),
            lambda q: q["scores"]["rag"] < 1 <= q["scores"]["fine_tuned"],
        ),
        (
            Filter(differ=True),
            lambda q: (
                max(v for k, v in q["scores"].items() if k != "oracle") >= 0.5
                and min(v for k, v in q["scores"].items() if k != "oracle") < 0.5
            ),
        ),
        (Filter(only=("q000003", "q000001")), lambda q: q["id"] in ("q000003", "q000001")),
        (Filter(only=()), lambda q: False),
        (Filter(right=("raft",)), lambda q: False),
        (Filter(search="'); DROP TABLE questions; --"), lambda q: False),
        (Filter(metric="no such metric"), lambda q: True),
    ],
)
def test_a_filter_keeps_what_a_plain_count_keeps(
    opened: Records, plain: list[dict[str, Any]], chosen: Filter, keeps: Any
) -> None:
    total, rows = opened.page(chosen, 0, 1000)
    assert [row["id"] for row in rows] == [q["id"] for q in plain if keeps(q)]
    assert total == len(rows)


def test_pages_follow_each_other_without_gap(opened: Records) -> None:
    _, whole = opened.page(Filter(order="variants differ most"), 0, 1000)
    parts = [opened.page(Filter(order="variants differ most"), n, 10)[1] for n in range(8)]
    assert [row["id"] for part in parts for row in part] == [row["id"] for row in whole]
    spreads = [row["spread"] for row in whole]
    assert spreads == sorted(spreads, reverse=True)


def test_scores_of_a_page_are_those_of_the_table(
    opened: Records, plain: list[dict[str, Any]]
) -> None:
    _, rows = opened.page(Filter(), 0, 1000)
    assert [row["scores"] for row in rows] == [question["scores"] for question in plain]


def test_passages_are_found_by_their_ids(opened: Records) -> None:
    answer = next(a for a in opened.answers("q000001") if a["variant"] == "rag")
    matches = opened.passages(answer["passages"])
    assert set(matches) == set(answer["passages"])
    total, page = opened.passage_page("chronicle#01", 0, 100)
    assert total == len(page) and {row["section"] for row in page} == {"chronicle#01"}


def test_a_torn_line_and_a_damaged_middle_lose_only_themselves(run: Path) -> None:
    path = run / "answers/rag.jsonl"
    lines = path.read_text().splitlines()
    path.write_text("\n".join([*lines[:5], "not json", *lines[6:], '{"question": "q0']))
    asked = [json.loads(line)["question"] for line in lines]
    told = Records(run).texts(asked)
    found = [question for question, variant in told if variant == "rag"]
    assert sorted(found) == sorted([*asked[:5], *asked[6:]])


def test_an_answer_is_found_however_its_line_is_written(tmp_path: Path) -> None:
    path = tmp_path / "own.jsonl"
    records = [
        {"question": "plain", "variant": "own", "text": "one"},
        {"variant": "own", "text": "two", "question": "at the end"},
        {"question": 'with a " in it', "variant": "own", "text": "three"},
        {"question": "é", "variant": "own", "text": "four"},
    ]
    lines = [json.dumps(record, ensure_ascii=False) for record in records]
    path.write_text("\n".join([*lines[:2], "", "[1]", '{"text": "nobody asked"}', *lines[2:], ""]))
    answers = AnswerLines([path, tmp_path / "gone.jsonl"])
    assert answers.variants == ["own"]
    for record in records:
        (found,) = answers.of([record["question"]])
        assert (found["text"], found["status"]) == (record["text"], None)
    assert answers.of(["never asked"]) == []


def test_the_signature_changes_when_answers_are_added(run: Path) -> None:
    before = signature(run)
    assert signature(run) == before
    with (run / "answers/rag.jsonl").open("a") as sink:
        sink.write("{}\n")
    assert signature(run) != before


def test_a_missing_score_is_neither_right_nor_wrong(run: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    rows = pq.read_table(run / "scores.parquet").to_pylist()
    for row in rows:
        if row["question"] == "q000001" and row["variant"] == "rag":
            row["value"] = None
    pq.write_table(pa.Table.from_pylist(rows), run / "scores.parquet")
    opened = Records(run)
    for chosen in (Filter(right=("rag",)), Filter(wrong=("rag",))):
        assert "q000001" not in [row["id"] for row in opened.page(chosen, 0, 1000)[1]]
