"""Question files as other programs and people write them: known, read rightly, or refused."""

from __future__ import annotations

import csv
import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from workbench.errors import WorkbenchError
from workbench.questions import load
from workbench.questions.cli import app
from workbench.questions.dataset.exports import export
from workbench.questions.dataset.imports import ImportedQuestions, import_questions

ASKED, SAID, TOLD = "Who built the quay?", "Anna Weller", "Anna Weller built the quay."


def read(path: Path, content: Any, **columns: str) -> ImportedQuestions:
    """What is read of a file of rows (csv, jsonl), of one value (json) or of bytes."""
    if isinstance(content, bytes):
        path.write_bytes(content)
    elif path.suffix == ".csv":
        with path.open("w", encoding="utf-8", newline="") as sink:
            writer = csv.DictWriter(sink, list(content[0]))
            writer.writeheader()
            writer.writerows(content)
    elif path.suffix == ".jsonl":
        path.write_text("".join(json.dumps(row) + "\n" for row in content))
    else:
        path.write_text(json.dumps(content))
    return import_questions(path, columns)


def answered(path: Path, cell: Any) -> ImportedQuestions:
    """What is read of one question with that answer."""
    return read(path, [{"question": ASKED, "answer": cell}])


TURNS = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": ASKED},
         {"role": "assistant", "content": [{"type": "text", "text": SAID}]}]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "content", "quote"),
    [
        ("ragas.csv", [{"user_input": ASKED, "reference_contexts": f"['{TOLD}']",
                        "response": "a model's", "reference": SAID,
                        "synthesizer_name": "single_hop"}], TOLD),
        ("hops.csv", [{"user_input": ASKED, "reference_contexts": f"['<1-hop>\\n\\n{TOLD}']",
                       "reference": SAID}], TOLD),
        ("ragas01.csv", [{"question": ASKED, "contexts": f"['{TOLD}']", "ground_truth": SAID,
                          "evolution_type": "simple", "metadata": "[{'source': 'a.md'}]",
                          "episode_done": True}], TOLD),
        ("judged.csv", [{"question": ASKED, "answer": "a model's", "contexts": "['found']",
                         "ground_truth": SAID}], None),
        ("deepeval.json", [{"input": ASKED, "actual_output": "a model's", "expected_output": SAID,
                            "context": [TOLD], "source_file": "a.md"}], TOLD),
        ("llamaindex.json", {"examples": [{"query": ASKED, "reference_answer": SAID,
                                           "reference_contexts": [TOLD]}]}, TOLD),
        ("sharegpt.json", [{"conversations": [{"from": "human", "value": ASKED},
                                              {"from": "gpt", "value": SAID}]}], None),
        ("messages.jsonl", [{"messages": TURNS}], None),
        ("messages.csv", [{"messages": str(TURNS)}], None),
        ("both.jsonl", [{"question": ASKED, "answer": SAID, "conversation": []}], None),
        ("dolly.jsonl", [{"instruction": ASKED, "context": TOLD, "response": SAID}], TOLD),
        ("completion.jsonl", [{"prompt": ASKED, "completion": SAID}], None),
        ("hotpot.json", [{"_id": "5a", "question": ASKED, "answer": SAID, "type": "comparison",
                          "context": [["Quay", [TOLD]]], "supporting_facts": [["Quay", 0]]}], None),
        ("squad.jsonl", [{"question": ASKED, "context": TOLD,
                          "answers": {"text": [SAID], "answer_start": [0]}}], TOLD),
        ("answers.jsonl", [{"question": ASKED, "answers": [{"text": SAID}]}], None),
        ("inspect.jsonl", [{"id": 1, "input": ASKED, "target": SAID, "metadata": {}}], None),
        ("chats.jsonl", [{"input": TURNS[:2], "target": [SAID]}], None),
        ("choices.jsonl", [{"input": ASKED, "choices": ["Tom Briggs", SAID], "target": "B"}], None),
        ("kiln.json", [{"v": 1, "input": ASKED, "input_source": {"type": "human"},
                        "output": {"output": SAID, "rating": None}}], None),
        ("promptfoo.json", {"prompts": ["{{question}}"], "tests": [
            {"vars": {"question": ASKED, "context": TOLD},
             "assert": [{"type": "latency", "threshold": 9}, {"type": "contains", "value": SAID}]},
        ]}, TOLD),
        ("promptfoo.csv", [{"question": ASKED, "__expected": f"icontains: {SAID}",
                            "__description": "the quay"}], None),
        ("bare.csv", [{"question": ASKED, "__expected": SAID}], None),
        ("raft.jsonl", [{"id": "s", "type": "general", "question": ASKED, "oracle_context": TOLD,
                         "context": {"sentences": [[TOLD, "Other."]], "title": [["a", "b"]]},
                         "cot_answer": f"##Reason: It says so. ##Answer: {SAID}",
                         "instruction": f"<DOCUMENT>{TOLD}</DOCUMENT>\n{ASKED}"}], TOLD),
    ],
)  # fmt: skip
def test_layouts_are_known_without_naming_a_column(
    tmp_path: Path, name: str, content: Any, quote: str | None
) -> None:
    found = read(tmp_path / name, content)
    assert not found.faults
    (question,) = found.questions
    assert (question.text, question.answers) == (ASKED, (SAID,))
    assert [item.quote for item in question.evidence] == ([quote] if quote else [])


def test_autorag_is_known(tmp_path: Path) -> None:
    import pyarrow as arrow
    import pyarrow.parquet as parquet

    row = {"qid": "a", "query": ASKED, "retrieval_gt": [["d1"]], "generation_gt": [SAID, "Weller"]}
    parquet.write_table(arrow.Table.from_pylist([row]), tmp_path / "qa.parquet")
    (question,) = import_questions(tmp_path / "qa.parquet").questions
    assert (question.id, question.answers, question.evidence) == ("a", (SAID, "Weller"), ())


def test_autorag_s_texts_stand_beside_its_questions(tmp_path: Path) -> None:
    import pyarrow as arrow
    import pyarrow.parquet as parquet

    rows = {
        "qa": [
            {"qid": "a", "query": ASKED, "retrieval_gt": [["d1", "d2"]], "generation_gt": [SAID]}
        ],
        "corpus": [{"doc_id": "d2", "contents": "Other."}, {"doc_id": "d1", "contents": TOLD}],
    }
    for name, listed in rows.items():
        parquet.write_table(arrow.Table.from_pylist(listed), tmp_path / f"{name}.parquet")
    for path in (tmp_path / "qa.parquet", tmp_path):
        (question,) = import_questions(path).questions
        assert [item.quote for item in question.evidence] == [TOLD]


def test_a_workbook_of_excel_is_read_as_it_looks(tmp_path: Path) -> None:
    from openpyxl import Workbook

    book = Workbook()
    book.active.append(["notes to myself"])
    sheet = book.create_sheet("exam")
    for row in (["Question", None, "Answer"], [ASKED, None, SAID], [None, None, None],
                ["When?", "x", 1857.0], ["On what day?", None, date(1857, 3, 1)]):  # fmt: skip
        sheet.append(row)
    book.save(tmp_path / "exam.xlsx")
    found = import_questions(tmp_path / "exam.xlsx")
    assert [q.answers for q in found.questions] == [(SAID,), ("1857",), ("1857-03-01",)]
    assert not found.faults
    (tmp_path / "torn.xlsx").write_bytes(b"PK no workbook")
    with pytest.raises(WorkbenchError, match="not a readable Excel workbook"):
        import_questions(tmp_path / "torn.xlsx")


def test_a_test_that_names_no_answer_costs_its_row_alone(tmp_path: Path) -> None:
    tests = [
        {"vars": {"question": ASKED}, "assert": [{"type": "llm-rubric", "value": "is kind"}]},
        {"vars": {"topic": "quays"}, "assert": []},
        {"vars": {"query": ASKED}, "assert": [{"type": "icontains-any", "value": [SAID, "A"]}]},
    ]
    (tmp_path / "tests.yaml").write_text(json.dumps(tests))
    found = import_questions(tmp_path / "tests.yaml")
    assert [q.answers for q in found.questions] == [(SAID, "A")]
    assert [fault.line for fault in found.faults] == [1, 2]


def test_what_has_no_answer_column_says_so(tmp_path: Path) -> None:
    with pytest.raises(WorkbenchError, match="no column for the answer"):
        read(tmp_path / "a.csv", [{"question": ASKED, "reply": SAID}])


@pytest.mark.parametrize(
    ("turns", "reason"),
    [(TURNS[:2], "does not end with"), ([], "does not end with"), (["hello"], "does not end with")],
)
def test_a_conversation_without_a_reply_is_refused(
    tmp_path: Path, turns: list[Any], reason: str
) -> None:
    found = read(tmp_path / "a.jsonl", [{"messages": turns}])
    assert not found.questions and reason in found.faults[0].reason


def test_the_last_question_of_a_conversation_is_taken_and_noted(tmp_path: Path) -> None:
    first = [{"role": "user", "content": "Hello?"}, {"role": "assistant", "content": "Yes?"}]
    found = read(tmp_path / "a.jsonl", [{"messages": first + TURNS}])
    assert found.questions[0].text == ASKED
    assert "line 1: the last question of a conversation" in found.notes[0]


@pytest.mark.parametrize("form", ["alpaca", "chat"])
def test_our_own_forms_for_trainers_come_back(form: str, written: Path, tmp_path: Path) -> None:
    exam = load(written).test
    path = tmp_path / ("out.json" if form == "alpaca" else "out.jsonl")
    export(exam, path, form)
    back = import_questions(path)
    assert [(q.text, q.answers[:1]) for q in back.questions] == [
        (q.text, q.answers[:1]) for q in exam
    ]


@pytest.mark.parametrize(
    ("cell", "wanted"),
    [
        ("['Anna', 'the mason']", ("Anna", "the mason")),
        ('["Anna", "the mason",]', ("Anna", "the mason")),
        ("['Anna' 'the mason']", ("Anna", "the mason")),
        ("['Anna'\n 'the mason']", ("Anna", "the mason")),
        ("('Anna', 'the mason')", ("Anna", "the mason")),
        ("{'text': array(['Anna'], dtype=object), 'answer_start': array([0])}", ("Anna",)),
        ("[{'text': 'Anna', 'answer_start': 0}]", ("Anna",)),
        ("array(['Anna'], dtype='<U4')", ("Anna",)),
        ("[np.str_('Anna'), np.str_('Tom')]", ("Anna", "Tom")),
        ("['Anna', nan, None]", ("Anna",)),
        ('["it\'s", \'a "b"\']', ("it's", 'a "b"')),
        ("[3, -4.5]", ("3", "-4.5")),
        ('["None"]', ("None",)),
        # Text, whatever it begins with.
        ("(1857)", ("(1857)",)),
        ("(51.5, 0.1)", ("(51.5, 0.1)",)),
        ("(a) the first", ("(a) the first",)),
        ('("The Quay") "x"', ('("The Quay") "x"',)),
        ("[Anna's quay]", ("[Anna's quay]",)),
        ("[[Quay]]", ("[[Quay]]",)),
        ("{name}", ("{name}",)),
        ("none", ("none",)),
        ("a|b", ("a", "b")),
    ],
)
def test_answers_written_as_python_are_read(
    tmp_path: Path, cell: str, wanted: tuple[str, ...]
) -> None:
    found = answered(tmp_path / "a.csv", cell)
    assert not found.faults
    assert found.questions[0].answers == wanted


@pytest.mark.parametrize(
    "cell",
    [
        "['Anna', 'the ma",
        "['Anna', open('x')]",
        "['it''s']",
        "{'text': array(['a', ..., 'z'], dtype=object)}",
        "{text: ['Anna']}",
        "[" * 100_000 + "'",
        "{'value': 'Anna', 'aliases': []}",
        '{"name": "Anna"}',
    ],
)
def test_answers_that_are_code_are_refused_by_line(tmp_path: Path, cell: str) -> None:
    rows = [{"question": ASKED, "answer": SAID}, {"question": "Who?", "answer": cell}]
    found = read(tmp_path / "a.csv", rows)
    assert [q.answers for q in found.questions] == [(SAID,)]
    assert [fault.line for fault in found.faults] == [3]
    assert "list" in found.faults[0].reason


def test_a_mapping_without_a_text_is_squads_unanswerable(tmp_path: Path) -> None:
    found = answered(tmp_path / "a.csv", "{'text': [], 'answer_start': []}")
    assert (found.questions[0].kind, found.questions[0].answers) == ("unanswerable", ())


@pytest.mark.parametrize("cell", ["nan", "NaN", "None", "null", "N/A", "#N/A", "<NA>", " None "])
def test_a_missing_answer_is_no_reference(tmp_path: Path, cell: str) -> None:
    found = answered(tmp_path / "a.csv", cell)
    assert not found.questions
    assert f"{cell.strip()!r} stands for none" in found.faults[0].reason


@pytest.mark.parametrize("cell", [["a", None, ""], "a|None", '["a", null]'])
def test_a_missing_answer_beside_another_is_left_out_and_noted(tmp_path: Path, cell: Any) -> None:
    found = answered(tmp_path / "a.jsonl", cell)
    assert found.questions[0].answers == ("a",)
    assert found.notes[0].startswith("line 1: left out of the answers: ")


@pytest.mark.parametrize("column", ["Category", "type", "question_type"])
def test_a_category_is_no_kind(tmp_path: Path, column: str) -> None:
    rows = [
        {"Question": ASKED, "Answer": SAID, column: "People"},
        {"Question": "Why?", "Answer": "rain", column: "why-how"},
    ]
    found = read(tmp_path / "a.csv", rows)
    assert [q.kind for q in found.questions] == ["factoid", "why_how"]
    assert found.questions[0].tags == {column: "People"}
    assert found.notes[0].startswith(f"line 2: {column} names no kind")
    without = read(tmp_path / "a.csv", rows, kind="")
    assert not without.notes and without.questions[0].tags == {}


@pytest.mark.parametrize(
    ("column", "cell", "wanted"),
    [
        ("Tags", "people, quay", {"people": True, "quay": True}),
        ("tags", "people", {"people": True}),
        ("tags", "['people', 'quay']", {"people": True, "quay": True}),
        ("tags", '{"level": 2}', {"level": 2}),
        ("tags", "{'level': 2}", {"level": 2}),
        ("metadata", "page 3, left", {"metadata": "page 3, left"}),
        ("metadata", "[{'source': 'a.md'}]", {"metadata": [{"source": "a.md"}]}),
        ("metadata", "{'broken", {"metadata": "{'broken"}),
        ("tags", "", {}),
        ("tags", "nan", {}),
    ],
)
def test_tags_never_cost_a_row(
    tmp_path: Path, column: str, cell: str, wanted: dict[str, Any]
) -> None:
    found = read(tmp_path / "a.csv", [{"question": ASKED, "answer": SAID, column: cell}])
    assert found.questions[0].tags == wanted


@pytest.mark.parametrize(
    "text",
    [
        "What is the keeper’s name?",
        "Why can’t dogs enter?",
        "Who gave the “silver whistle”?",
        "Is it open in May – June?",
        "Does it cost 5 €?",
        "Who runs Zoë Müller’s café?",
    ],
)
@pytest.mark.parametrize("first", ["", "sep=;\r\n"])
def test_a_csv_of_excel_for_windows_keeps_its_marks(tmp_path: Path, text: str, first: str) -> None:
    raw = f"{first}question;answer\r\n{text};Otto Finch\r\nWho?;\r\n".encode("cp1252")
    found = read(tmp_path / "a.csv", raw)
    assert found.questions[0].text == text
    assert found.faults[0].line == (4 if first else 3)


def test_chinese_in_gbk_and_utf_16_are_still_read(tmp_path: Path) -> None:
    text = "question\tanswer\r\n谁建了北码头?\t安娜\r\n"
    for encoding in ("gb18030", "utf-16", "utf-8-sig"):
        assert read(tmp_path / "a.tsv", text.encode(encoding)).questions[0].answers == ("安娜",)


def test_the_input_of_an_instruction_belongs_to_the_question(tmp_path: Path) -> None:
    told = "Answer from the handbook."
    rows = [
        {"instruction": told, "input": "Who built it?", "output": "Anna"},
        {"instruction": told, "input": "", "output": "yes"},
        {"instruction": told, "input": "", "output": "no"},
    ]
    found = read(tmp_path / "a.json", rows)
    assert [q.text for q in found.questions] == [f"{told}\n\nWho built it?", told, told]
    assert found.notes == (
        "line 3: the same question with other answers: which are right is not told",
    )


def test_no_question_at_all_is_a_failure(tmp_path: Path, written: Path) -> None:
    path, into = tmp_path / "a.csv", tmp_path / "in.jsonl"
    path.write_text("question,answer,Category\nWho?,nan,People\n")
    run = CliRunner().invoke
    failed = run(app, ["import", str(path), "--into", str(into)])
    assert failed.exit_code == 1 and "rows left out: 1" in failed.stdout
    assert not into.exists()
    with pytest.raises(WorkbenchError, match="No row of"):
        run(app, ["import", str(path), "--into", str(written)], catch_exceptions=False)
    path.write_text("question,answer,Category\nWho?,Anna,People\n")
    done = run(app, ["import", str(path), "--into", str(into), "--column", "kind=", "--json"])
    assert (done.exit_code, json.loads(done.stdout)["notes"]) == (0, [])
