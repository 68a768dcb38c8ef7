"""Files of imported answers: what is understood, what is missing, what is refused."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from workbench.cli.screen import _slices, console
from workbench.decision import imported_results
from workbench.errors import WorkbenchError
from workbench.evaluation import imported, imported_rows
from workbench.evaluation.imported import read_imported, scored, with_ceilings
from workbench.evaluation.imported_rows import read_rows
from workbench.evaluation.long_texts import LongAnswer
from workbench.evaluation.metrics import score_answers
from workbench.evaluation.pooling import MOST_SLICES
from workbench.findings import View
from workbench.findings.scored import slices
from workbench.findings.values import key
from workbench.questions.dataset import tables
from workbench.records.results import Results
from workbench.report import render_html, render_markdown
from workbench.report.links import look_up
from workbench.types import Answer, Question


def write(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "answers.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_labels_alone_give_comparisons_a_verdict_and_a_report(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    rows = ["question_id,variant,score"]
    for number in range(120):
        rows.append(f"q{number},vendor,{'correct' if rng.random() < 0.8 else 'wrong'}")
        rows.append(f"q{number},ours,{int(rng.random() < 0.4)}")
    result = imported_results(read_imported(write(tmp_path, "\n".join(rows))), {"id": "import"},
                 purpose="Which chatbot answers our customers?")  # fmt: skip
    assert (result.verdict.kind, result.verdict.variant) == ("adopt", "vendor")
    assert "quality alone" in result.verdict.sentence
    assert any("stands alone" in item for item in result.warnings)
    assert "vendor" in render_html(result) and "vendor" in render_markdown(result)


def test_small_exams_of_labels_use_the_exact_test(tmp_path: Path) -> None:
    rows = ["question_id,variant,score"]
    for number in range(20):
        rows += [f"q{number},a,{int(number < 15)}", f"q{number},b,{int(number < 7)}"]
    result = imported_results(
        read_imported(write(tmp_path, "\n".join(rows))), {"id": "i"}, purpose="Which one?"
    )
    assert result.comparisons[0].method == "exact McNemar, Tango interval"


def test_skipped_and_unreadable_are_missing_and_what_failed_or_refused_is_not(tmp_path) -> None:
    rows = ["1,a,1,failed", "2,a,,skipped", "3,a,banana,", "4,a,0,refused", "5,a,1,answered"]
    path = write(tmp_path, "\n".join(["question_id,variant,score,status", *rows]))
    result = read_imported(path)
    values = {score.question: score.value for score in result.scores}
    assert values == {"1": 0.0, "2": None, "3": None, "4": 0.0, "5": 1.0}
    assert "1 values of correct could not be read" in result.notes[0]


def test_costs_latency_clusters_and_passages_are_taken_over(tmp_path: Path) -> None:
    path = tmp_path / "answers.jsonl"
    rows = [
        {"question_id": f"q{n}", "variant": name, "answer": "x", "score": score, "metric": "f1",
         "cluster": f"c{n // 4}", "latency_s": 0.5, "cost": price, "passages": ["d:1-2"]}
        for n in range(40) for name, score, price in (("a", 0.9, 0.01), ("b", 0.2 + n % 2, 0.002))
        if score <= 1
    ]  # fmt: skip
    path.write_text("\n".join(json.dumps(row) for row in rows))
    result = imported_results(read_imported(path), {"id": "i"}, purpose="Which one is it?")
    row = result.variants[0]
    assert row.cost is not None and row.cost.per_1000 == pytest.approx(10.0)
    assert row.latency.total_s.p90 == pytest.approx(0.5)
    assert row.latency.first_token_s.p50 is None
    assert row.metrics["f1"].clusters == 10
    json.dumps(result.record(), allow_nan=False)
    assert render_html(result)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "holds no rows"),
        ("id,variant,score\n1,a,1", "question_id"),
        ("question_id,variant,points\n1,a,1", "lacks the column 'score'"),
        ("question_id,variant,score\n1,,1", "line 2: variant is empty"),
        ("question_id,variant,score\n1,a,87\n2,a,0.5", "scores run from 0 to 1"),
        ("question_id,variant,score\n1,a,1\n1,a,0", "second 'correct'"),
        ("question_id,variant,score,status\n1,a,1,lost", "unknown status 'lost'"),
        ("question_id,variant,score,latency_s\n1,a,1,fast", "latency_s is 'fast'"),
        ("question_id,variant,score,cluster\n1,a,1,x\n1,b,1,y", "cluster 'y' here"),
        ('{"question_id": 1', "not JSON"),
    ],
)
def test_what_cannot_be_understood_is_named(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(WorkbenchError, match=says):
        read_imported(write(tmp_path, text))


def test_beside_a_run_unknown_questions_are_refused(tmp_path: Path) -> None:
    path = write(tmp_path, "question_id,variant,answer\nq1,vendor,x\nq9,vendor,y")
    with pytest.raises(WorkbenchError, match="'q9' is not in the run's exam"):
        read_imported(path, [Question("q1", "Who?", ("x",))])


def test_one_system_is_no_comparison(tmp_path: Path) -> None:
    result = read_imported(write(tmp_path, "question_id,variant,score\n1,a,1"))
    with pytest.raises(WorkbenchError, match="only one system"):
        imported_results(result, {"id": "i"}, purpose="Which one?")


def test_a_file_with_references_scores_itself(tmp_path: Path) -> None:
    rows = [
        {"question": f"Who kept bridge {n}?", "reference": ["Anna Bell", "Anna"], "kind": "odd",
         "stratum": "unseen", "slice": "people", "variant": name, "answer": said}
        for n in range(6) for name, said in (("a", "Anna"), ("b", "Anna Bell or Bo"), ("c", ""))
    ]  # fmt: skip
    rows += [
        {"question": "Who sang?", "reference": "unanswerable", "variant": name, "answer": said}
        for name, said in (("a", "I don't know"), ("b", "Cy"), ("c", "Cy"))
    ]
    rows += [{**rows[0], "variant": "d", "status": "failed", "answer": ""}]
    path = tmp_path / "answers.json"
    path.write_text(json.dumps(rows, indent=1))
    read = read_imported(path)
    assert read.metrics == () and read.can_be_scored
    first = read.questions[0]
    assert first.text == "Who kept bridge 0?" and first.answers == ("Anna Bell", "Anna")
    assert (first.stratum, dict(first.tags)) == ("unseen", {"slice": "people", "kind": "odd"})
    assert (first.kind, read.questions[-1].kind) == ("factoid", "unanswerable")
    values = {(s.variant, s.metric, s.question): s.value for s in scored(read).scores}
    last = read.questions[-1].id
    assert values["a", "em", first.id] == 1.0 and values["b", "em", first.id] == 0.0
    assert values["b", "containment", first.id] == 1.0
    assert values["b", "f1", first.id] == pytest.approx(2 / 3)
    assert values["a", "f1", last] == 1.0 and values["b", "f1", last] == 0.0
    assert values["d", "f1", first.id] == 0.0, "what failed is wrong, as it is for ours"


def test_a_wide_file_has_a_column_for_each_system(tmp_path: Path) -> None:
    told = read_imported(write(tmp_path, "question,reference,a/b,ours,ours_cost\nWho?,1|2,1,0,0.5"))
    assert told.variants == ("a_b", "ours") and told.labels == {"a_b": "a/b"}
    assert [answer.text for answer in told.answers] == ["1", "0"]
    assert told.costs == {"ours": (0.5,)} and not len(told.scores)
    labels = read_imported(write(tmp_path, "question_id,a,b\nq1,1,no\nq2,0,\nq3,50%,yes"))
    assert {(s.variant, s.question): s.value for s in labels.scores} == {
        ("a", "q1"): 1.0, ("b", "q1"): 0.0, ("a", "q2"): 0.0, ("a", "q3"): 0.5, ("b", "q3"): 1.0,
    }  # fmt: skip


def test_a_ceiling_bounds_the_others_and_is_never_adopted(tmp_path: Path) -> None:
    rows = ["question_id,variant,score,ceiling,cost"]
    for n in range(60):
        rows += [f"q{n},oracle,1,,1", f"q{n},best,1,true,1", f"q{n},top,1,,1",
                 f"q{n},a,{int(n % 4 > 0)},,1", f"q{n},b,{n % 2},,1"]  # fmt: skip
    path = write(tmp_path, "\n".join(rows))
    read = with_ceilings(read_imported(path), ["top"], path)
    assert set(read.ceilings) == {"oracle", "best", "top"}
    results = imported_results(read, {"id": "i"}, purpose="Which one is it?")
    assert results.verdict.variant == "a" and "oracle" not in results.verdict.sentence
    assert [row.name for row in results.variants if row.is_ceiling] == ["oracle", "best", "top"]
    assert all((row.cost is None) == row.is_ceiling for row in results.variants)
    with pytest.raises(WorkbenchError, match="no system 'none' to be a ceiling"):
        with_ceilings(read, ["none"], path)


def test_a_long_answer_and_a_name_that_no_file_can_have_are_taken(tmp_path: Path) -> None:
    long = "salt " * 60_000
    path = write(tmp_path, f"question_id,variant,answer\nq1,../x:y,{long}\nq1,b,x")
    read = read_imported(path)
    assert len(read.answers[0].text) == len(long.strip())
    assert read.variants[0] == "_x_y" and read.labels["_x_y"] == "../x:y"
    with pytest.raises(WorkbenchError, match="would have the same files"):
        read_imported(write(tmp_path, "question_id,variant,answer\nq1,a/b,x\nq1,a:b,x"))


def test_a_question_has_one_text(tmp_path: Path) -> None:
    head = "question_id,variant,answer,question,reference\nq1,a,x,Who?,Anna\n"
    assert read_imported(write(tmp_path, head + "q1,b,y,,")).questions[0].answers == ("Anna",)
    with pytest.raises(WorkbenchError, match="another reference here"):
        read_imported(write(tmp_path, head + "q1,b,y,Who?,Bo"))


def test_slices_have_figures_and_a_table_of_their_own(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = ["question_id,variant,score,slice"]
    for number in range(40):
        part = "how/to" if number % 4 else "price list"
        rows.append(f"q{number},vendor,1,{part}")
        rows.append(f"q{number},ours,{int(part == 'how/to')},{part}")
    result = imported_results(
        read_imported(write(tmp_path, "\n".join(rows))), {"id": "import"}, purpose="Which one?"
    )
    assert result.questions.slices == {"price list": 10, "how/to": 30}
    ours = next(row for row in result.variants if row.name == "ours")
    values = {name: by["correct"].value for name, by in ours.slices.items()}
    assert values == {"how/to": 1, "price list": 0}
    (table,) = slices(View(result)).tables
    assert [row.cells[0].text for row in table.rows] == ["how/to", "price list"]
    for html in (render_html(result), render_markdown(result)):
        assert "By slice" in html and "price list" in html
    # What the report names as its place is where the figure stands.
    place = next(at for at, row in enumerate(result.variants) if row.name == "ours")
    assert look_up(result.record(), f"/variants/{place}/slices/{key('how/to')}/correct/value") == 1
    console.cache_clear()
    for shown in _slices(result):
        console().print(shown)
    assert "price list" in capsys.readouterr().out
    console.cache_clear()


def test_one_slice_is_no_table_and_of_many_the_largest_have_figures(tmp_path: Path) -> None:
    def of(count: int) -> Results:
        rows = ["question_id,variant,score,slice"]
        for number in range(60):
            rows += [f"q{number},{name},{number % 2},s{number % count:02}" for name in ("a", "b")]
        return imported_results(
            read_imported(write(tmp_path, "\n".join(rows))), {"id": "i"}, purpose="Which one?"
        )

    assert not slices(View(of(1))).tables
    many = slices(View(of(23)))
    assert len(many.tables[0].rows) == MOST_SLICES == 20
    assert "3 more do not" in many.notes[0].text()


ROWS = [
    {"question_id": f"q{number}", "variant": name, "answer": f"“{name}”, of line\n{number}",
     "question": "Who?", "reference": "Ada|Bram", "latency_s": 0.5, "status": status}
    for number in range(3) for name, status in (("ours", "answered"), ("theirs", "refused"))
]  # fmt: skip


def _lines(path: Path) -> None:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in ROWS), "utf-8")


def _cells(path: Path, encoding: str = "utf-8") -> None:
    with path.open("w", encoding=encoding, newline="") as file:
        file.write("sep=;\r\n")
        sink = csv.DictWriter(file, list(ROWS[0]), delimiter=";")
        sink.writeheader()
        sink.writerows(ROWS)


@pytest.mark.parametrize(
    "written",
    [_lines, _cells, partial(_cells, encoding="utf-8-sig"), partial(_cells, encoding="utf-16")],
)
def test_a_large_file_says_what_a_small_one_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, written: Callable[[Path], None]
) -> None:
    path = tmp_path / "answers"
    written(path)
    small = read_imported(path)
    assert [answer.text for answer in small.answers] == [row["answer"] for row in ROWS]
    monkeypatch.setattr(tables, "LARGE", 1)
    monkeypatch.setattr(imported, "ROWS", 2)
    assert read_imported(path) == small


@pytest.mark.parametrize("written", [_lines, _cells])
def test_a_large_file_is_never_read_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, written: Callable[[Path], None]
) -> None:
    path = tmp_path / "answers"
    written(path)
    monkeypatch.setattr(tables, "LARGE", 1)

    def whole(path: Path) -> bytes:
        raise AssertionError(f"{path} was read whole")

    monkeypatch.setattr(Path, "read_bytes", whole)
    rows = read_rows(path)
    assert next(rows)[1]["variant"] == "ours"
    assert len(list(rows)) == len(ROWS) - 1


def test_a_wide_file_is_never_held_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "answers.jsonl"
    late = [{"question_id": "q9", "ours": "no", "third": "only here"}]
    rows = [{"question_id": f"q{n}", "ours": 1, "theirs": 0} for n in range(9)] + late
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    alive: set[int] = set()
    most = 0

    class Watched(dict[str, object]):
        def __init__(self, values: dict[str, object]) -> None:
            nonlocal most
            super().__init__(values)
            alive.add(id(self))
            most = max(most, len(alive))

        def __del__(self) -> None:
            alive.discard(id(self))

    given = tables.any_rows
    monkeypatch.setattr(imported_rows, "any_rows", lambda *args: (
        row._replace(values=Watched(row.values)) for row in given(*args)
    ))  # fmt: skip
    told = [(values["variant"], values["answer"]) for _, values in read_rows(path)]
    # What stands in the last row alone is a column of all: these are answers, and no scores.
    assert told == [("ours", 1), ("theirs", 0)] * 9 + [("ours", "no"), ("third", "only here")]
    assert most <= 3


def test_a_damaged_line_far_down_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "answers.jsonl"
    _lines(path)
    path.write_text(path.read_text("utf-8") + '{"question_id": "q9"\n', "utf-8")
    monkeypatch.setattr(tables, "LARGE", 1)
    with pytest.raises(WorkbenchError, match="line 7: not JSON"):
        read_imported(path)


def test_metrics_that_are_asked_for_are_those_of_all() -> None:
    questions = [
        Question("1", "Who kept it?", ("Ada Brook", "the keeper")),
        Question("2", "Where?", ("on the quay",)),
        Question("3", "When?", ()),
    ]
    texts = ("Ada Brook", "the keeper of it", "I do not know.", "")
    answers = [
        Answer(question.id, f"v{place}", text, 1, 1, 0.1)
        for question in questions for place, text in enumerate((*texts, texts[0]))
    ]  # fmt: skip
    every, few = score_answers(questions, answers), score_answers(questions, answers, only={"f1"})
    assert few == [score for score in every if score.metric == "f1"] and len(few) == len(answers)


def test_long_answers_are_read_from_their_place_when_they_are_asked_for(tmp_path: Path) -> None:
    told = [f"{number} é\n" * 200 + "end" for number in range(4)]
    path = tmp_path / "answers.jsonl"
    path.write_text("".join(
        json.dumps({"question_id": f"q{n // 2}", "variant": f"v{n % 2}", "answer": text,
                    "reference": "end"}) + "\n"
        for n, text in enumerate(told)
    ))  # fmt: skip
    result = read_imported(path)
    assert [answer.text for answer in result.answers] == told
    assert all(isinstance(answer, LongAnswer) for answer in result.answers)
    plain = [Answer(**{**answer.to_record(), "passages": ()}) for answer in result.answers]
    assert [answer.text for answer in plain] == told
    assert score_answers(result.questions, result.answers) == score_answers(result.questions, plain)
    shorter = replace(result.answers[0], text="brief")
    assert (shorter.text, shorter.variant) == ("brief", "v0")
    with pytest.raises(AttributeError):
        shorter.text = "other"
