"""A text that gives too little: gold alone is an exam, and a failed run shows what was found."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.commands import ended
from tests.support.little import (
    few_sections,
    gold_records,
    vague_sections,
    write_gold,
    write_little,
)
from tests.support.small_run import environment, the_run, workbench
from tests.support.workers import made_once


def refused(folder: Path, *arguments: str) -> str:
    done = ended(folder, arguments, environment(folder))
    assert done.returncode == 2, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return done.stderr


@pytest.fixture(scope="module")
def by_gold(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished run on gold questions alone: the text has too few sections to write any."""

    def make(folder: Path) -> None:
        gold = write_gold(folder, gold_records(3))
        workbench(folder, "run", str(write_little(folder, few_sections(folder), gold)))

    return made_once(tmp_path_factory, "by_gold", make)


@pytest.fixture(scope="module")
def failed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that failed for want of an exam, with what it said beside it."""

    def make(folder: Path) -> None:
        path = write_little(folder, vague_sections(folder))
        (folder / "said.txt").write_text(refused(folder, "run", str(path)), "utf-8")

    return made_once(tmp_path_factory, "failed", make)


@pytest.mark.slow
def test_gold_alone_ends_in_a_verdict_that_says_what_it_rests_on(by_gold: Path) -> None:
    results = json.loads(workbench(by_gold, "show", "--json"))
    assert {row["name"] for row in results["variants"]} == {"prompt_only", "rag", "oracle"}
    verdict = results["verdict"]
    assert verdict["on_gold"] and verdict["left_out"] == ["fine_tuned", "fine_tuned_rag"]
    assert (verdict["kind"], verdict["variant"]) == ("adopt", "rag")
    assert "Fine-tuned and Hybrid could not be compared" in verdict["sentence"]
    assert (results["questions"]["written"], results["questions"]["gold"]) == (15, 0)
    assert results["questions"]["on_gold"] and results["certificate"]["clean"]
    told = " ".join(results["warnings"])
    assert "The exam is the 15 hand-written questions" in told
    assert (
        "No training questions could be written, so the fine-tuned variants were left out" in told
    )
    assert "0 hand-written" not in (the_run(by_gold) / "report.html").read_text("utf-8")
    for form in ("html", "md"):
        assert "were left out" in (the_run(by_gold) / f"report.{form}").read_text("utf-8")
    shown = " ".join(workbench(by_gold, "show").split())
    assert "were left out: Fine-tuned, Hybrid" in shown
    assert "as weighted by your workload" not in shown


@pytest.mark.slow
def test_a_run_on_gold_is_reopened_with_the_variants_that_it_has(by_gold: Path) -> None:
    replies = json.loads(
        workbench(by_gold, "ask", "latest", "Who bought the copper kettle of Harrow?", "--json")
    )
    assert [reply["label"] for reply in replies] == ["Prompt only", "RAG"]


def test_the_verdict_can_be_weighed_anew_without_the_variants_left_out(by_gold: Path) -> None:
    from workbench.dashboard.queries import measured, runs, what_if
    from workbench.stages.score_table import read_scores

    run = runs.open_run(the_run(by_gold))
    known = measured.evidence(run, read_scores(run.path))
    verdict, _ = what_if.decide_again(known, what_if.declared(known))
    assert verdict.record() == run.verdict.record()


def test_a_failed_run_says_what_was_read_found_and_dropped(failed: Path) -> None:
    said = (failed / "said.txt").read_text("utf-8")
    assert "6 sections with" in said and "candidates found" in said and "by rule" in said
    for way in ('"gold": "my-questions.jsonl"', '"writer": {"name": ', "more text"):
        assert way in said


def test_a_failed_run_shows_its_yield_by_way_kind_and_document(failed: Path) -> None:
    report = json.loads(workbench(failed, "questions", "check", "latest", "--json"))
    found = report["yield"]
    assert found["candidates"] > 0 and set(found["by_document"]) == {"tale"}
    said = workbench(failed, "questions", "check")
    for cut in ("way rule: ", "kind factoid: ", "document tale: "):
        assert cut in said


def test_questions_take_a_run_as_other_commands_do(by_gold: Path, tmp_path: Path) -> None:
    name = the_run(by_gold).name
    for run in ("latest", name, name[:9], str(the_run(by_gold))):
        assert len(json.loads(workbench(by_gold, "questions", "show", run, "--json"))) == 15
    assert "15 questions" in workbench(
        by_gold, "questions", "export", "latest", "--out", str(tmp_path / "all.csv")
    )
    assert "There is no run 'nosuch'" in refused(by_gold, "questions", "show", "nosuch")
    assert "no gold questions" in refused(by_gold, "questions", "show", "latest", "--role", "gold")
    assert "holds no questions" in refused(by_gold, "questions", "check", str(tmp_path))


@pytest.mark.slow
def test_the_estimate_says_before_the_start_what_will_come_of_it(tmp_path: Path) -> None:
    path = str(write_little(tmp_path, vague_sections(tmp_path)))
    result = json.loads(workbench(tmp_path, "estimate", path, "--json"))
    outlook = result["outlook"]
    assert not outlook["can_succeed"] and "This run cannot succeed" in outlook["sentence"]
    assert outlook["exam"] < 12 and len(outlook["ways"]) == 3
    assert [stage["stage"] for stage in result["stages"]] == ["corpus", "questions"]
    shown = workbench(tmp_path, "estimate", path)
    assert "This run cannot succeed" in shown and "Ways out:" in shown
    few = few_sections(tmp_path)
    gold = write_gold(tmp_path, gold_records(3))
    path = str(write_little(tmp_path, few, gold))
    result = json.loads(workbench(tmp_path, "estimate", path, "--json"))
    outlook = result["outlook"]
    assert outlook["can_succeed"] and outlook["gold"] == 15
    assert "will be the exam" in outlook["sentence"]
    assert "left out: Fine-tuned, Hybrid" in outlook["sentence"]
    assert "adapter" not in [stage["stage"] for stage in result["stages"]]


@pytest.mark.slow
def test_a_new_experiment_takes_and_checks_questions_by_hand(tmp_path: Path) -> None:
    corpus = few_sections(tmp_path)
    records = gold_records(3)
    gold = write_gold(tmp_path, records)
    workbench(tmp_path, "new", corpus.name, "--gold", gold.name, "--out", "mine.py")
    script = (tmp_path / "mine.py").read_text("utf-8")
    assert f'"gold": {str(gold)!r},' in script
    estimate = json.loads(workbench(tmp_path, "estimate", "mine.py", "--json"))
    assert estimate["outlook"]["gold"] == 15
    records[2]["answer"] = ""
    write_gold(tmp_path, records)
    said = refused(tmp_path, "new", corpus.name, "--gold", gold.name, "--out", "other.py")
    assert "mine.jsonl, line 3: no answer is given" in said
    assert not (tmp_path / "other.py").exists()


def test_an_exam_of_one_s_own_may_be_asked_for(tmp_path: Path) -> None:
    corpus = few_sections(tmp_path)
    none = write_little(tmp_path, corpus, questions={"test": 0})
    assert "name its file in questions.gold" in refused(tmp_path, "run", str(none))
    gold = write_gold(tmp_path, gold_records(3, 3))
    few = write_little(tmp_path, corpus, gold, questions={"test": 0, "train_facts": 0})
    said = refused(tmp_path, "run", str(few))
    assert "9 hand-written questions" in said and "3 more questions" in said
    alone = write_little(tmp_path, corpus, gold, variants=["rag", "fine_tuned"],
                         questions={"test": 0})  # fmt: skip
    write_gold(tmp_path, gold_records(3))
    assert "what is left is no comparison" in refused(tmp_path, "run", str(alone))
