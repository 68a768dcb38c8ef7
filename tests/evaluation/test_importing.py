"""Imported answers as a run of their own, and beside the variants of a run."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import pytest

from tests.support import made_run
from workbench.errors import WorkbenchError
from workbench.evaluation.metrics import score_answers
from workbench.io import jsonl
from workbench.io.files import write_json
from workbench.records.run import Run
from workbench.serve.served_run import open_run
from workbench.stages.importing import import_beside, import_new
from workbench.stages.score_table import read_scores, write_scores
from workbench.types import Document

LABELS = "question_id,variant,score,cluster\n" + "\n".join(
    f"q{n},{name},{score},c{n // 5}"
    for n in range(60) for name, score in (("vendor", int(n % 7 > 0)), ("ours", int(n % 3 == 0)))
)  # fmt: skip


NOWHERE = "Not one line of what it says it read stands anywhere in the chronicle of the town."


def laid_out(parts: dict[int, str]) -> str:
    """A text in which each part stands at its place."""
    text = ""
    for start, part in sorted(parts.items()):
        text = text[:start].ljust(start) + part + text[start + len(part) :]
    return text


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("WORKBENCH_RUNS", str(tmp_path / "runs"))
    return tmp_path


def test_labels_become_a_run_with_a_report(here: Path) -> None:
    (here / "labels.csv").write_text(LABELS)
    result = import_new(here / "labels.csv", "chatbots", purpose="Which chatbot?")
    assert result.results().verdict.variant == "vendor"
    assert (result.path / "report.html").read_text(encoding="utf-8").startswith("<!doctype html>")
    assert {score.variant for score in read_scores(result.path)} == {"vendor", "ours"}
    with pytest.raises(WorkbenchError, match="already a run"):
        import_new(here / "labels.csv", "chatbots")
    with pytest.raises(WorkbenchError, match="no scores for 'f1'"):
        import_new(here / "labels.csv", "others", metric="f1")


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        ([(f"q{n}", v, int(n % 3 > 0), "s0") for n in range(30) for v in "ab"],
         ["All questions come from one section", "too few sections for any interval",
          "how many cannot be said"]),
        ([(f"q{n}", v, int(n % 2 == 0 or v == "a"), f"s{n % 2}") for n in range(4) for v in "ab"],
         ["Undecided", "from only 2 sections"]),
        ([(f"q{n}", v, 1, f"s{n % 10}") for n in range(50) for v in "ab"],
         ["Undecided: a and b come out level [−", "too wide to call that a tie"]),
    ],
)  # fmt: skip
def test_thin_evidence_is_an_honest_undecided(here: Path, rows, says: list[str]) -> None:
    lines = [",".join(map(str, row)) for row in rows]
    (here / "thin.csv").write_text("\n".join(["question_id,variant,score,cluster", *lines]))
    results = import_new(here / "thin.csv", "thin").results().record()
    told = " ".join([results["verdict"]["sentence"], *results["warnings"]])
    assert results["verdict"]["kind"] == "undecided"
    for say in says:
        assert say in told
    assert "lies about where your margin" not in told and "only 1 sections" not in told
    assert any("further sections" in result for result in results["verdict"]["would_change"])


def test_a_file_whose_answers_all_failed_is_told_so(here: Path) -> None:
    rows = "\n".join(f"q{n},{v},,failed" for n in range(9) for v in "ab")
    (here / "failed.csv").write_text("question_id,variant,score,status\n" + rows)
    with pytest.raises(WorkbenchError, match="All 18 answers of the file failed or were skipped"):
        import_new(here / "failed.csv", "failed")


def test_a_system_beside_ours_is_scored_by_the_same_exam(here: Path) -> None:
    spec = made_run.experiment()
    values = made_run.make()
    texts: dict[str, dict[int, str]] = {}
    run = Run(here / "runs" / f"{spec.name}-1a2b3c4d")
    for folder in ("questions", "answers", "latency"):
        (run.path / folder).mkdir(parents=True)
    (run.path / "specification.yaml").write_text(spec.to_yaml(), encoding="utf-8")
    for name, gold in (("test", False), ("gold", True)):
        listed = [q.to_record() for q in values.questions if (q.origin == "gold") == gold]
        jsonl.append(run.path / "questions" / f"{name}.jsonl", listed)
    for name in made_run.DEFAULT:
        jsonl.append(run.path / "answers" / f"{name}.jsonl",
                       [asdict(a) for a in values.answers if a.variant == name])  # fmt: skip
        jsonl.append(run.path / "latency" / f"{name}.jsonl",
                       [asdict(a) for a in values.latencies if a.variant == name])  # fmt: skip
    scores = score_answers(values.questions, values.answers)
    write_scores(run.path / "scores.parquet", scores)
    before = made_run.results()
    write_json(run.path / "results.json", before)
    run.update(run_id=run.id, corpus={"language": "en"}, hashes={}, state="done")
    rows = [
        {"question_id": q.id, "variant": "vendor", "answer": (q.answers or ("unanswerable",))[0],
         "cost": 0.002, "latency_s": 0.9, "passages": [*(e.quote for e in q.evidence), NOWHERE]}
        for q in values.questions
    ]  # fmt: skip
    quotes = {e.quote: e for q in values.questions for e in q.evidence}
    for item in quotes.values():
        texts.setdefault(item.document, {})[item.start] = item.quote
    jsonl.write(run.files.documents, (
        asdict(Document(name, laid_out(parts), "e")) for name, parts in texts.items()
    ))  # fmt: skip
    (here / "vendor.jsonl").write_text("\n".join(json.dumps(row) for row in rows))
    after = import_beside(here / "vendor.jsonl", run.id).results().record()
    names = {row["name"]: row for row in after["variants"]}
    assert names["vendor"]["metrics"]["f1"]["value"] == pytest.approx(1.0)
    assert names["vendor"]["metrics"]["hit@1"]["value"] == pytest.approx(1.0)
    assert any(f"passages that vendor says it read, {len(rows)} stand" in warning
               for warning in after["warnings"])  # fmt: skip
    shown = {record["text"] for record in jsonl.stream(run.files.passages)}
    assert NOWHERE in shown and quotes.keys() <= shown
    assert names["vendor"]["cost"]["per_1000"] == pytest.approx(2.0)
    assert names["rag"]["metrics"]["f1"] == before["variants"][1]["metrics"]["f1"]
    assert after["verdict"]["leader"] == "vendor"
    (here / "twice.csv").write_text(f"question_id,variant,answer\n{values.questions[0].id},rag,x")
    with pytest.raises(WorkbenchError, match="'rag', which the run has already"):
        import_beside(here / "twice.csv", run.id)


def test_references_in_the_file_score_it_and_its_systems_cannot_be_asked(here: Path) -> None:
    lines = [f"Who kept bridge {n}?,Anna {n},c{n // 4},Anna {n},Bo,Anna {n}" for n in range(40)]
    head = "question,reference,cluster,their/bot,ours,oracle"
    (here / "wide.csv").write_text("\n".join([head, *lines]))
    with pytest.raises(WorkbenchError) as caught:
        import_new(here / "wide.csv", "bots")
    assert "--score f1" in str(caught.value.hint)
    with pytest.raises(WorkbenchError, match="cannot be scored by 'rouge'"):
        import_new(here / "wide.csv", "bots", score="rouge")
    run = import_new(here / "wide.csv", "bots", score="exact")
    results = run.results()
    assert results.verdict.variant == "their_bot" and "their/bot" in results.verdict.sentence
    assert (run.path / "answers" / "their_bot.jsonl").is_file()
    assert "their/bot" in (run.path / "report.html").read_text("utf-8")
    with pytest.raises(WorkbenchError, match="its systems are not here"):
        open_run(run.path)
