"""Judged metrics against a real local server: every metric, every way to fail, and the budget."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.support.servers.judge import JudgeServer
from workbench.errors import WorkbenchError
from workbench.evaluation import judge_run
from workbench.evaluation.judge_cache import JudgementCache
from workbench.evaluation.judge_calls import Calls
from workbench.evaluation.judge_run import Material
from workbench.experiment import Experiment
from workbench.experiment.identity import resolve
from workbench.experiment.judge import JUDGED, JudgeSpec
from workbench.io import jsonl
from workbench.models import load, requests
from workbench.models.budget import Budget
from workbench.types import Answer, Message, Prompt, Question

QUESTIONS = {
    "q1": Question("q1", "Who kept the ledger?", ("Edda Marsh",)),
    "q2": Question("q2", "Who rang the bell?", ()),
    "q3": Question("q3", "Who sold the oxen?", ("Old Pell",)),
}
ANSWERS = [
    Answer("q1", "rag", "Edda Marsh", 9, 2, 0.1, passages=("a.md:0-60", "a.md:60-90")),
    Answer("q1", "fine_tuned", "Tobias", 9, 2, 0.1),
    Answer("q1", "prompt_only", "", 0, 0, 0.0, status="failed", finish="error"),
    Answer("q2", "rag", "Unanswerable.", 9, 2, 0.1, passages=("a.md:0-60",)),
    Answer("q3", "rag", "unanswerable", 9, 2, 0.1, passages=("a.md:0-60",)),
]
PASSAGES = {"a.md:0-60": "Edda Marsh kept the ledger", "a.md:60-90": "The sea was calm."}
GRADES = {grade: f"grade {grade}" for grade in range(1, 6)}


def embed(texts: list[str]) -> np.ndarray:
    return np.array([[len(text), text.count("a") + 1.0] for text in texts], dtype=np.float32)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[JudgeServer]:
    monkeypatch.setattr(requests, "FIRST_WAIT_S", 0.01)
    result = JudgeServer().start()
    yield result
    result.stop()


def spec(server: JudgeServer, **changes: Any) -> JudgeSpec:
    return JudgeSpec(**{"model": "stub", "endpoint": server.url, **changes})


def put(
    folder: Path,
    asked: JudgeSpec,
    answers: list[Answer] = ANSWERS,
    budget: Budget | None = None,
    kept: JudgementCache | None = None,
    questions: dict[str, Question] = QUESTIONS,
) -> tuple[dict[tuple[str, str, str], Any], Calls]:
    """Judge, and return the rows by question, variant and metric, with the calls."""
    calls = Calls(
        folder / "calls.jsonl", load(asked.reference()), budget or Budget(), asked.reply_tokens
    )
    jobs = judge_run.plan(Material(questions, answers, PASSAGES), asked, "minilm", seed=3)
    path = folder / "scores.jsonl"
    judge_run.judge_answers(jobs, asked, "minilm", calls, path, embed, 4, kept=kept)
    name = judge_run.judge_identity(asked, "minilm")
    rows = [row for row in judge_run.read(path) if row["judge"] == name]
    return {(r["question"], r["variant"], r["metric"]): r for r in rows}, calls


def test_every_metric_is_judged_counted_and_never_asked_for_again(server, tmp_path: Path) -> None:
    asked = spec(server, metrics=JUDGED, rubric=GRADES)
    rows, calls = put(tmp_path, asked)
    matches = {m: r["value"] for (q, v, m), r in rows.items() if (q, v) == ("q1", "rag")}
    assert matches == pytest.approx({
        "faithfulness": 1.0, "context_precision": 1.0, "context_recall": 1.0,
        "factual_correctness": 1.0, "answer_correctness": 1.0, "noise_sensitivity": 0.0,
        "rubric": 1.0, "answer_relevancy": matches["answer_relevancy"],
    })  # fmt: skip
    assert 0 < matches["answer_relevancy"] <= 1
    assert rows["q1", "fine_tuned", "factual_correctness"]["value"] == 0.0
    assert rows["q1", "fine_tuned", "rubric"]["value"] == 0.25  # the second of five grades
    assert ("q1", "fine_tuned", "faithfulness") not in rows
    assert not any(variant == "prompt_only" for _, variant, _ in rows)
    assert len(server.asked) == calls.count == len(set(server.prompts))
    assert (calls.input_tokens, calls.output_tokens) == (100 * calls.count, 10 * calls.count)

    again, repeated = put(tmp_path, asked)
    assert again == rows and len(server.asked) == calls.count == repeated.count
    assert repeated.input_tokens == calls.input_tokens
    changed = [Answer("q1", "fine_tuned", "Pell", 9, 2, 0.1)]
    more, _ = put(tmp_path, spec(server, metrics=["factual_correctness"]), changed)
    assert len(server.asked) > calls.count
    assert more["q1", "fine_tuned", "factual_correctness"]["value"] == 0.0


def test_another_run_with_the_same_answers_pays_for_none_of_them_again(
    server, tmp_path: Path
) -> None:
    kept = JudgementCache(tmp_path / "cache")
    asked = spec(server, metrics=JUDGED, rubric=GRADES)
    first, calls = put(tmp_path / "one", asked, kept=kept)
    paid = len(server.asked)
    second, free = put(tmp_path / "two", asked, kept=kept)
    assert len(server.asked) == paid == calls.count
    assert (free.count, free.input_tokens, free.output_tokens) == (0, 0, 0)
    plain = {key: row["value"] for key, row in second.items()}
    assert plain == {key: row["value"] for key, row in first.items()}
    replies = {row["call"]: row["reply"] for row in jsonl.read(tmp_path / "two/calls.jsonl")}
    for row in second.values():
        assert row.get("from_cache", not row["calls"]) and set(row["calls"]) <= set(replies)
    held = {row["call"]: row["reply"] for row in jsonl.read(tmp_path / "one/calls.jsonl")
            if "reply" in row}  # fmt: skip
    assert replies == held
    # What affects a judgement makes it another one: the answer, a passage, the judge, the metric.
    others = [Answer("q1", "rag", "Edda Marsh", 9, 2, 0.1, passages=("a.md:60-90",))]
    put(tmp_path / "three", spec(server, metrics=["faithfulness"]), others, kept=kept)
    assert len(server.asked) > paid
    paid = len(server.asked)
    put(tmp_path / "four", spec(server, reply_tokens=900), kept=kept)
    assert len(server.asked) > paid
    # A budget too small for all of it is enough where all of it was paid for before.
    jobs = judge_run.plan(Material(QUESTIONS, ANSWERS, PASSAGES), asked, "minilm", seed=3)
    small = Calls(tmp_path / "n.jsonl", load(asked.reference()), Budget(max_tokens=500), 1024)
    assert judge_run.require_budget(jobs, [], small, kept) == (0, 0)


def test_the_best_of_several_references_counts_and_the_nearest_is_asked_first(
    server, tmp_path: Path
) -> None:
    several = {"q1": Question("q1", "Who sold the oxen?", ("Old Pell", "the ferryman", "Jim"))}
    answers = [Answer("q1", "rag", "the ferryman", 9, 2, 0.1, passages=("a.md:0-60",)),
               Answer("q1", "fine_tuned", "Jim Pell", 9, 2, 0.1)]  # fmt: skip
    asked = spec(server, metrics=["factual_correctness", "answer_correctness"])
    rows, _ = put(tmp_path, asked, answers[:1], questions=several)
    assert rows["q1", "rag", "factual_correctness"]["value"] == 1.0
    assert rows["q1", "rag", "answer_correctness"]["value"] == pytest.approx(1.0)
    assert server.asked and not any(
        "Old Pell" in prompt or "Jim" in prompt for prompt in server.prompts
    )
    server.asked.clear()
    rows, _ = put(tmp_path / "wrong", asked, answers[1:], questions=several)
    assert rows["q1", "fine_tuned", "factual_correctness"]["value"] == 0.0
    assert all(
        any(answer in sentence for sentence in server.prompts) for answer in several["q1"].answers
    )
    server.asked.clear()
    put(tmp_path / "rule", spec(server, metrics=[], rubric="Is right."), answers[:1],
        questions=several)  # fmt: skip
    assert "Old Pell / or: the ferryman / or: Jim" in server.prompts[0]


def test_a_behaviour_question_is_judged_by_its_own_rubric_and_nothing_else(
    server, tmp_path: Path
) -> None:
    check = {"type": "rubric", "rubric": "Apologises {once}."}
    asked = {"b1": Question("b1", "My bench wobbles!", ("I am sorry.",), kind="behaviour",
                            tags={"check": check}),
             "b2": Question("b2", "Hello?", (), kind="behaviour",
                            tags={"check": {"type": "max_words", "value": 3}})}  # fmt: skip
    answers = [Answer("b1", "rag", "I am sorry.", 9, 2, 0.1), Answer("b1", "few", "No.", 9, 2, 0.1),
               Answer("b2", "rag", "Good day.", 9, 2, 0.1)]  # fmt: skip
    rows, _ = put(tmp_path, spec(server, metrics=["factual_correctness"]), answers, questions=asked)
    assert {key: row["value"] for key, row in rows.items()} == {
        ("b1", "rag", "behaviour"): 1.0, ("b1", "few", "behaviour"): 0.0
    }  # fmt: skip
    assert len(server.prompts) == 2 and all(
        "Apologises {once}." in prompt for prompt in server.prompts
    )


def test_an_abstention_needs_no_judge_to_be_incorrect(server, tmp_path: Path) -> None:
    rows, _ = put(tmp_path, spec(server), [item for item in ANSWERS if item.question != "q1"])
    assert server.asked == []
    assert {key: row["value"] for key, row in rows.items()} == {
        ("q3", "rag", "factual_correctness"): 0.0
    }


def test_a_rubric_of_ones_own_is_passed_or_failed(server, tmp_path: Path) -> None:
    asked = spec(server, metrics=[], rubric="Names {exactly} the right person.")
    rows, _ = put(tmp_path, asked, ANSWERS[:2])
    assert {key[1]: row["value"] for key, row in rows.items()} == {"rag": 1.0, "fine_tuned": 0.0}
    assert all("Names {exactly} the right person." in prompt for prompt in server.prompts)
    other, _ = put(tmp_path, spec(server, metrics=[], rubric="Is polite."), ANSWERS[:2])
    assert len(server.asked) == 4 and len(other) == 2


def test_a_malformed_judgement_is_missing_with_its_reason(server, tmp_path: Path) -> None:
    server.babbles = "Tobias"
    rows, calls = put(tmp_path, spec(server, metrics=["factual_correctness"]), ANSWERS[:2])
    bad = rows["q1", "fine_tuned", "factual_correctness"]
    assert bad["value"] is None and bad["reason"] == "malformed"
    assert rows["q1", "rag", "factual_correctness"]["value"] == 1.0
    complaints = [prompt for prompt in server.prompts if "does not fit the schema" in prompt]
    assert len(complaints) == 2
    asked = len(server.asked)
    again, _ = put(tmp_path, spec(server, metrics=["factual_correctness"]), ANSWERS[:2])
    assert again == rows and len(server.asked) == asked == calls.count
    assert len(jsonl.read(tmp_path / "scores.jsonl")) == 2


def test_a_judge_that_stops_answering_is_named_and_asked_again_later(
    server, tmp_path: Path
) -> None:
    many = [Answer("q1", f"v{n}", f"Edda {n}", 9, 2, 0.1) for n in range(12)]
    server.down_after = 9
    asked = spec(server, metrics=["factual_correctness"])
    with pytest.raises(WorkbenchError, match=r"stub at http.* has stopped answering after"):
        put(tmp_path, asked, many)
    before = len(set(server.prompts[:9]))
    server.down_after = None
    rows, calls = put(tmp_path, asked, many)
    assert len(rows) == 12 and all(row["value"] is not None for row in rows.values())
    answered = [p for n, p in enumerate(server.prompts) if n < 9]
    assert before == 9 and not set(answered) & set(server.prompts[-(calls.count - 9) :])


def test_a_judge_that_never_keeps_to_the_form_is_given_up(server, tmp_path: Path) -> None:
    many = [Answer("q1", f"v{n}", f"Edda {n}", 9, 2, 0.1) for n in range(40)]
    server.babbles = "e"
    with pytest.raises(WorkbenchError, match="does not keep to the form"):
        put(tmp_path, spec(server, metrics=["factual_correctness"]), many)
    assert len(server.asked) < 80


def test_the_budget_is_never_passed_also_by_many_at_once(server, tmp_path: Path) -> None:
    many = [Answer("q1", f"v{n}", f"Edda {n}", 9, 2, 0.1) for n in range(30)]
    asked = spec(server, metrics=["factual_correctness"], reply_tokens=300)
    server.usage = (700, 300)
    server.delay = 0.01
    rows, calls = put(tmp_path, asked, many, Budget(max_tokens=12_000))
    assert 1000 * len(server.asked) == calls.input_tokens + calls.output_tokens <= 12_000
    assert calls.count > 6
    lost = [row for row in rows.values() if row["value"] is None]
    assert lost and {row["reason"] for row in lost} == {"budget"}
    # A later process, which has yet to learn what the server charges, asks nothing more under the
    # same budget; a larger one opens it again.
    asked_then = len(server.asked)
    put(tmp_path, asked, many, Budget(max_tokens=12_000))
    assert len(server.asked) == asked_then
    put(tmp_path, asked, many, Budget(max_tokens=14_000))
    assert asked_then < len(server.asked) <= 14
    money = Budget(max_money=0.0095, prices=(1.0, 1.0))
    _, calls = put(tmp_path / "money", asked, many, money)
    assert 0 < calls.input_tokens + calls.output_tokens <= 9_500


def test_a_call_that_was_killed_under_way_counts_as_all_it_might_have_taken(
    server, tmp_path: Path
) -> None:
    path, model = tmp_path / "calls.jsonl", load(spec(server).reference())
    calls = Calls(path, model, Budget(), 500)
    calls.ask(Prompt((Message("user", 'Question:\n\ninput: {"text": "x"}\nOutput:'),)))
    lines = path.read_text("utf-8").splitlines()
    assert len(lines) == 2
    path.write_text(lines[0] + "\n", "utf-8")  # the reply never came
    after = Calls(path, model, Budget(), 500)
    assert after.count == 1 and after.output_tokens == 500 and after.input_tokens > 0


def test_too_small_a_budget_is_refused_before_the_first_call(server, tmp_path: Path) -> None:
    asked = spec(server)
    calls = Calls(tmp_path / "c.jsonl", load(asked.reference()), Budget(max_tokens=500), 1024)
    jobs = judge_run.plan(Material(QUESTIONS, ANSWERS, PASSAGES), asked, "minilm", seed=3)
    with pytest.raises(WorkbenchError, match=r"would take about .* tokens, and the budget is 500"):
        judge_run.require_budget(jobs, [], calls)
    assert server.asked == []


def test_the_estimate_is_near_what_ragas_really_sends(server, tmp_path: Path) -> None:
    asked = spec(server, metrics=JUDGED, rubric=GRADES)
    calls = Calls(tmp_path / "e.jsonl", load(asked.reference()), Budget(), 1024)
    jobs = judge_run.plan(Material(QUESTIONS, ANSWERS[:1], PASSAGES), asked, "minilm", seed=3)
    for job in jobs:
        server.asked.clear()
        given, _ = judge_run.require_budget([job], [], calls)
        put(tmp_path / job.metric, asked.model_copy(update={"metrics": (job.metric,),
            "rubric": GRADES if job.metric == "rubric" else None}), ANSWERS[:1])  # fmt: skip
        real = sum(len(m["content"]) for body in server.asked for m in body["messages"]) / 4
        assert 0.8 * real < given < 2.1 * real, (job.metric, given, real)


def test_a_sample_is_the_same_questions_for_every_variant(server) -> None:
    many = {f"q{n}": Question(f"q{n}", f"Who is {n}?", ("Edda",)) for n in range(30)}
    answers = [Answer(q, v, "Edda", 9, 2, 0.1) for v in ("a", "b") for q in many]
    asked = spec(server, metrics=["factual_correctness"], sample=7)
    jobs = judge_run.plan(Material(many, answers, {}), asked, "minilm", seed=3)
    drawn = {v: [j.question for j in jobs if j.variant == v] for v in ("a", "b")}
    assert drawn["a"] == drawn["b"] and len(set(drawn["a"])) == 7
    assert drawn["a"] != sorted(drawn["a"])
    more = judge_run.plan(
        Material(many, answers, {}), asked.model_copy(update={"sample": 9}), "minilm", seed=3
    )
    assert {j.question for j in jobs} < {j.question for j in more}


def test_a_verdict_cannot_rest_on_what_nobody_judges() -> None:
    values = {"purpose": "Answer questions about the ledger.", "name": "ledger", "corpus": "a.md",
              "decision": {"metric": "ragas:answer_correctness"}}  # fmt: skip
    judge = {"model": "stub", "metrics": ["answer_correctness"]}
    assert Experiment(**values, judge=judge).judge is not None
    for lacking in (None, "stub"):
        with pytest.raises(ValueError, match="no judge is named that judges it"):
            Experiment(**values, judge=lacking)


def test_a_judge_does_not_change_which_run_it_is(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("# One\n\nEdda kept the ledger.\n", "utf-8")
    values = {"purpose": "Answer questions about the ledger.", "name": "ledger",
              "corpus": str(tmp_path / "a.md")}  # fmt: skip
    without, judged = Experiment(**values), Experiment(**values, judge="stub")
    assert resolve(without).run_id == resolve(judged).run_id
    assert Experiment.from_yaml(judged.to_yaml()) == judged
    graded = Experiment(**values, judge={"model": "stub", "rubric": GRADES})
    assert Experiment.from_yaml(graded.to_yaml()) == graded
