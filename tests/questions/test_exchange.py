"""Import, export, review, gold and the report."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from workbench.cli import trainers
from workbench.corpus.corpus import Corpus
from workbench.errors import WorkbenchError
from workbench.questions import load, read_gold
from workbench.questions.cli import app
from workbench.questions.dataset.check import check
from workbench.questions.dataset.exports import FORMS, export
from workbench.questions.dataset.imports import import_questions
from workbench.questions.dataset.review import review

ROWS = [
    {"question": "Who rang the bell?", "answer": "Marta Quill"},
    {"question": "How many barrels were there?", "answer": "forty"},
]


def test_columns_are_guessed_in_every_format(tmp_path: Path) -> None:
    import pyarrow as arrow
    import pyarrow.parquet as parquet

    (tmp_path / "a.csv").write_text(
        "question,answer\n" + "".join(f"{r['question']},{r['answer']}\n" for r in ROWS)
    )
    (tmp_path / "a.tsv").write_text(
        "Query\tGround_Truth\n" + "".join(f"{r['question']}\t{r['answer']}\n" for r in ROWS)
    )
    (tmp_path / "a.json").write_text(json.dumps(ROWS))
    (tmp_path / "a.jsonl").write_text("".join(json.dumps(r) + "\n" for r in ROWS))
    parquet.write_table(arrow.Table.from_pylist(ROWS), tmp_path / "a.parquet")
    (tmp_path / "squad.json").write_text(
        json.dumps(
            {
                "data": [
                    {
                        "title": "t",
                        "paragraphs": [
                            {
                                "context": "Yes. Marta Quill rang the bell. It was dark.",
                                "qas": [
                                    {
                                        "id": "q1",
                                        "question": "Who rang the bell?",
                                        "answers": [{"text": "Marta Quill", "answer_start": 5}],
                                    },
                                    {
                                        "id": "q2",
                                        "question": "Who swam?",
                                        "answers": [],
                                        "is_impossible": True,
                                    },
                                ],
                            }
                        ],
                    }
                ]
            }
        )
    )
    for name in ("a.csv", "a.tsv", "a.json", "a.jsonl", "a.parquet"):
        matches = import_questions(tmp_path / name)
        assert [q.answers for q in matches.questions] == [("Marta Quill",), ("forty",)], name
        assert not matches.faults
    squad = import_questions(tmp_path / "squad.json").questions
    assert squad[0].evidence[0].quote == "Marta Quill rang the bell."
    assert (squad[1].kind, squad[1].answers) == ("unanswerable", ())


def test_an_answer_that_refuses_is_that_of_an_unanswerable_question(tmp_path: Path) -> None:
    path = tmp_path / "told.csv"
    path.write_text(
        "question,answer\nWho rang?,I don't know.\nWho swam?,Unknown.\nWho sang?,无法回答。\n"
        "Who lies in the tomb?,the Unknown Soldier\n",
        "utf-8",
    )
    kinds = [question.kind for question in import_questions(path).questions]
    assert kinds == ["unanswerable", "unanswerable", "unanswerable", "factoid"]


def test_bad_rows_are_named_and_good_ones_kept(tmp_path: Path) -> None:
    path = tmp_path / "mixed.csv"
    path.write_text(
        "question,answer,kind\nWho rang?,Marta,factoid\n,nobody,factoid\nWho swam?,,factoid\n"
        "Who sang?,Peder,riddle\nToo,many,cells,here\nWho rang?,Marta,factoid\n"
        '"Two\nlines?",yes,factoid\n'
    )
    matches = import_questions(path)
    assert [q.text for q in matches.questions] == ["Who rang?", "Two\nlines?"]
    assert [(f.line, f.reason.split(";")[0][:24]) for f in matches.faults] == [
        (3, "the question is empty"),
        (4, "no answer is given (kind"),
        (5, "unknown kind 'riddle'"),
        (6, "4 cells where the head h"),
        (7, "repeats line 2"),
    ]


def test_a_file_without_a_question_column_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("frage,antwort\nWer?,Ich\n")
    with pytest.raises(WorkbenchError, match="frage"):
        import_questions(path)
    matches = import_questions(path, {"text": "frage", "answers": "antwort"})
    assert matches.questions[0].answers == ("Ich",)


@pytest.mark.parametrize("form", FORMS)
def test_every_form_is_written(form: str, written: Path, tmp_path: Path) -> None:
    exam = load(written)
    target = tmp_path / f"out.{form}"
    export(exam.test, target, form)
    if form in {"csv", "jsonl"}:
        target = target.rename(tmp_path / f"back.{form}")
        assert import_questions(target).questions == exam.test
    elif form == "datasets":
        from datasets import load_from_disk

        assert load_from_disk(str(target))["test"]["id"] == [q.id for q in exam.test]
    elif form == "alpaca":
        assert json.loads(target.read_text())[0]["instruction"] == exam.test[0].text
    elif form == "chat":
        first = json.loads(target.read_text().splitlines()[0])
        assert first["messages"][1]["content"] == exam.test[0].answers[0]


def test_a_person_accepts_rejects_and_edits(written: Path, tmp_path: Path) -> None:
    folder = tmp_path / "q"
    shutil.copytree(written, folder)
    before = load(folder).test
    rows = [
        {
            "id": before[0].id,
            "question": before[0].text,
            "answers": list(before[0].answers),
            "verdict": "accept",
        },
        {
            "id": before[1].id,
            "question": before[1].text,
            "answers": list(before[1].answers),
            "verdict": "reject",
        },
        {
            "id": before[2].id,
            "question": "Who, then?",
            "answers": ["Marta Quill"],
            "kind": before[2].kind,
            "verdict": "edit",
        },
        {"id": "strange", "question": "Whose?", "answers": ["mine"]},
    ]
    path = tmp_path / "reviewed.jsonl"
    path.write_text("".join(json.dumps(r) + "\n" for r in rows))
    done = review(folder, path)
    assert (done.rejected, done.edited, len(done.faults)) == (1, 1, 1)
    after = {q.id: q for q in load(folder).test}
    assert before[1].id not in after
    assert (after[before[2].id].text, after[before[2].id].rev) == ("Who, then?", 1)
    assert after[before[0].id] == before[0]


def test_gold_is_placed_and_related_to_the_train(
    written: Path, corpus: Corpus, tmp_path: Path
) -> None:
    exam = load(written)
    plan = json.loads((written / "plan.json").read_text())["plan"]
    trained = exam.train[0]
    away = next(s for s in corpus.sections if s.id == plan["unseen"][0])
    rows = [
        {
            "text": "In other words?",
            "answers": list(trained.answers),
            "kind": "factoid",
            "evidence": [{"quote": trained.evidence[0].quote.replace(" ", "\n", 1)}],
        },
        {"text": "Away?", "answers": ["x"], "evidence": [{"quote": away.text[:60]}]},
        {"text": "Never told?", "answers": [], "kind": "unanswerable"},
    ]
    path = tmp_path / "gold.jsonl"
    path.write_text("".join(json.dumps(r) + "\n" for r in rows))
    gold = read_gold(path, corpus, exam.train, plan["unseen"])
    assert [q.stratum for q in gold] == ["reworded", "unseen", "unseen"]
    assert gold[0].fact in {q.fact for q in exam.train}
    assert gold[0].cluster == trained.cluster
    assert {q.origin for q in gold} == {"gold"}
    path.write_text(json.dumps({**rows[0], "evidence": [{"quote": "not in the text"}]}) + "\n")
    with pytest.raises(WorkbenchError, match="occurs in no document"):
        read_gold(path, corpus, exam.train, plan["unseen"])


def test_the_report_counts(written: Path) -> None:
    report = check(written)
    exam = load(written)
    assert report["roles"]["test"]["questions"] == len(exam.test)
    assert report["certificate"]["clean"]
    assert report["dropped"]
    assert 0 < report["roles"]["train"]["diversity"]["distinct_pairs"] <= 1


def test_the_commands(written: Path, tmp_path: Path) -> None:
    run, whole = CliRunner().invoke, typer.Typer()
    trainers.register(typer.Typer(), whole)
    assert "certificate: clean" in run(app, ["check", str(written)]).stdout
    shown = run(app, ["show", str(written), "--count", "3", "--json"])
    assert len(json.loads(shown.stdout)) == 3
    thrown = run(app, ["show", str(written), "--dropped", "--json", "--count", "2"])
    assert "reason" in json.loads(thrown.stdout)[0]
    out = tmp_path / "exam.csv"
    done = run(whole, [str(written), "--out", str(out), "--role", "test", "--json"])
    assert json.loads(done.stdout)["questions"] == len(load(written).test)
    back = run(app, ["import", str(out), "--into", str(tmp_path / "in.jsonl"), "--json"])
    assert json.loads(back.stdout)["questions"] == len(load(written).test)
