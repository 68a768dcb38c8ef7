"""``workbench judge`` by the real command, against a real local server."""

from __future__ import annotations

import json
import re
import shutil
import signal
import subprocess
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from statsmodels.stats.inter_rater import cohens_kappa

from tests.support.commands import ended
from tests.support.made_run import write_run
from tests.support.models import build
from tests.support.servers.judge import JudgeServer
from tests.support.small_run import command, environment, the_run, workbench, write_experiment
from tests.support.waiting import until
from workbench import wording
from workbench.dashboard.queries import labels
from workbench.evaluation.merge_judged import merge_judged_scores
from workbench.io import jsonl
from workbench.questions import load, lock
from workbench.records.run import Run
from workbench.report.links import look_up
from workbench.types import Answer

pytestmark = pytest.mark.slow

METRIC = "ragas:factual_correctness"


@pytest.fixture(scope="module")
def judged_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = write_run(tmp_path_factory.mktemp("judged") / "runs", questions=48, gold=4)
    Run(path).update(hashes={"exam": lock(path / "questions")})
    return path


@pytest.fixture
def run(judged_run: Path, tmp_path: Path) -> Path:
    """A finished run of a folder of its own."""
    return Path(shutil.copytree(judged_run, tmp_path / "runs" / judged_run.name))


@pytest.fixture
def server() -> Iterator[JudgeServer]:
    started = JudgeServer().start()
    yield started
    started.stop()


def refused(folder: Path, *arguments: str) -> str:
    """What a command says that ends with a user's fault."""
    done = ended(folder, arguments, environment(folder))
    assert done.returncode == 2, done.stderr[-2000:]
    assert "Traceback" not in done.stderr
    return " ".join(done.stderr.split())


def asked_for(server: JudgeServer, *more: str) -> list[str]:
    return ["judge", "latest", "--model", "stub", "--endpoint", server.url, *more]


def test_the_command_judges_shows_and_reports_what_the_records_hold(
    run: Path, server: JudgeServer
) -> None:
    folder = run.parents[1]
    before = json.loads((run / "results.json").read_text("utf-8"))
    printed = json.loads(workbench(folder, *asked_for(server), "--json"))
    assert printed["failed"] == 0 and printed["judged"] == printed["due"] > 400
    rows = jsonl.read(run / "judged" / "scores.jsonl")
    assert len(rows) == printed["due"] == len({(r["question"], r["variant"], r["metric"])
                                               for r in rows})  # fmt: skip
    results = json.loads(workbench(folder, "show", "--json"))
    assert results["judge"]["calls"] == len(server.asked) == len(set(server.prompts))
    assert results["judge"]["input_tokens"] == 100 * len(server.asked)

    exam = {q.id: q for q in load(run / "questions").test}
    for row in results["variants"]:
        scored = {r["question"]: r["value"] for r in rows if r["variant"] == row["name"]
                  and r["metric"] == "factual_correctness"}  # fmt: skip
        answers = {a["question"]: a["text"]
                   for a in jsonl.read(run / "answers" / f"{row['name']}.jsonl")}  # fmt: skip
        assert all(scored[q] == float(answers[q] == exam[q].answers[0]) for q in exam)
        means = [np.mean([scored[q] for q in exam if exam[q].stratum == s])
                 for s in ("reworded", "same_section", "unseen")]  # fmt: skip
        assert row["metrics"][METRIC]["value"] == pytest.approx(np.mean(means))
        assert row["metrics"]["f1"] == next(
            old["metrics"]["f1"] for old in before["variants"] if old["name"] == row["name"]
        )
        closed_book = row["name"] in ("prompt_only", "fine_tuned")
        assert ("ragas:faithfulness" in row["metrics"]) != closed_book
    assert results["verdict"] == before["verdict"]
    assert results["comparisons"][: len(before["comparisons"])] == before["comparisons"]
    _resolves(run, results)
    assert "No person has labelled" in (run / "report.md").read_text("utf-8")
    text = workbench(folder, *asked_for(server))
    assert len(server.asked) == results["judge"]["calls"]
    assert "Factual correctness (judged)" in text and "No person has labelled" in text
    assert "stub gave" in workbench(folder, "show", "--all")


def test_a_run_beside_it_with_the_same_answers_is_judged_for_nothing(
    run: Path, server: JudgeServer
) -> None:
    folder = run.parents[1]
    twin = Path(shutil.copytree(run, run.parent / "twin"))
    workbench(folder, "judge", str(run), *asked_for(server)[2:])
    paid = len(server.asked)
    printed = workbench(folder, "judge", str(twin), *asked_for(server)[2:])
    assert paid == len(server.asked) > 100
    first, two = (json.loads((path / "results.json").read_text("utf-8")) for path in (run, twin))
    assert two["judge"]["calls"] == two["judge"]["input_tokens"] == 0
    assert two["judge"]["judged"] == first["judge"]["judged"]
    for row, other in zip(first["variants"], two["variants"], strict=True):
        assert row["metrics"] == other["metrics"]
    assert f"cost nothing here: {two['judge']['reused']:,}." in " ".join(printed.split())


@pytest.mark.slow
def test_behaviour_with_a_rubric_counts_once_a_judge_has_weighed_it(
    run: Path, server: JudgeServer
) -> None:
    folder = run.parents[1]
    gold = [{"id": f"b{n}", "text": "Greet me.", "answers": ["Good day."], "evidence": [],
             "kind": "behaviour", "role": "test", "origin": "gold", "tags": {"check": check}}
            for n, check in enumerate((
                {"type": "rubric", "rubric": "Greets."},
                {"type": "schema", "schema": {"type": "object"}},
            ))]  # fmt: skip
    jsonl.append(run / "questions" / "gold.jsonl", gold)
    Run(run).update(hashes={"exam": lock(run / "questions")})
    names = [row["name"] for row in json.loads((run / "results.json").read_text())["variants"]]
    for place, name in enumerate(names):
        replies = ("Good day." if place % 2 else "Go away.", "{}" if place < 2 else "no")
        jsonl.append(run / "answers" / f"{name}.jsonl", [
            asdict(Answer(f"b{n}", name, text, 1, 1, 0.1)) for n, text in enumerate(replies)
        ])  # fmt: skip
    _concluded(run)
    before = json.loads((run / "results.json").read_text("utf-8"))
    assert any("rubric that no judge has applied" in item for item in before["warnings"])
    workbench(folder, *asked_for(server))
    after = json.loads((run / "results.json").read_text("utf-8"))
    assert not any("rubric that no judge" in item for item in after["warnings"])
    for place, row in enumerate(after["variants"]):
        passed = [float(place % 2), float(place < 2)]
        assert row["gold_kinds"]["behaviour"]["behaviour"]["value"] == np.mean(passed)
        assert row["gold"]["behaviour"]["n"] == 2
        assert before["variants"][place]["gold"]["behaviour"]["n"] == 1
    _concluded(run)  # scored anew it is the same
    again = json.loads((run / "results.json").read_text("utf-8"))
    for old, new in zip(after["variants"], again["variants"], strict=True):
        assert old["gold"]["behaviour"] == new["gold"]["behaviour"]


def _concluded(run: Path) -> None:
    """Score the run's answers anew, as the pipeline does."""
    from workbench.stages.scores import score_and_report
    from workbench.types import silent

    exam = load(run / "questions")
    experiment = Run(run).experiment()
    assert experiment is not None
    score_and_report(Run(run), experiment, [*exam.test, *exam.gold], silent)


def _resolves(run: Path, results: dict[str, Any]) -> None:
    """Every number of the report's section on the judge is the one recorded at its place."""
    html = (run / "report.html").read_text("utf-8")
    section = html[html.index('<section id="judge">') :].split("</section>")[0]
    matches = re.findall(
        r'<a class="n" href="#([^"]+)" data-at="([^"]+)" data-unit="(\w+)">([^<]+)<', section
    )
    assert len(matches) > 10
    for anchor, at, unit, shown in matches:
        assert wording.show(look_up(results, at), unit) == shown, at
        assert f'id="{anchor}"' in html
    for link in re.findall(r'href="(judged/[^"]+|labels/[^"]+)"', section):
        assert (run / link).is_file()


@pytest.mark.slow
def test_killed_and_run_again_it_asks_nothing_twice(run: Path, server: JudgeServer) -> None:
    folder = run.parents[1]
    server.delay = 0.05
    for stop_at in (25, 60):
        process = subprocess.Popen(
            command(folder, *asked_for(server)), cwd=folder, env=environment(folder),
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        until(lambda: len(server.asked) >= stop_at, process=process)  # noqa: B023
        process.send_signal(signal.SIGKILL)
        process.wait()
    server.delay = 0.0
    early = {r["call"] for r in jsonl.read(run / "judged/calls.jsonl") if "reply" in r}
    assert len(early) > 20 and not (run / "judged/judge.json").exists()
    printed = json.loads(workbench(folder, *asked_for(server), "--json"))
    assert printed["failed"] == 0
    calls = jsonl.read(run / "judged/calls.jsonl")
    answered: set[str] = set()
    sent = 0
    for record in calls:
        if "reserved" in record:
            assert record["call"] not in answered, "asked for what was answered"
            sent += 1
        else:
            answered.add(record["call"])
    assert early <= answered and sent - len(answered) <= 2 * 8
    judged = [(r["question"], r["variant"], r["metric"])
              for r in jsonl.read(run / "judged/scores.jsonl")]  # fmt: skip
    assert len(judged) == len(set(judged)) == printed["due"]
    assert printed["calls"] == sent


def test_metrics_that_compare_meanings_are_judged_by_many_threads_at_once(
    run: Path, server: JudgeServer
) -> None:
    more = ["--metric", "answer_correctness", "--metric", "answer_relevancy", "--sample", "6"]
    printed = json.loads(workbench(run.parents[1], *asked_for(server, *more), "--json"))
    assert printed["failed"] == 0 and printed["due"] > 40
    assert printed["variants"]["oracle"]["ragas:answer_correctness"]["value"] > 0.5


def test_text_stays_here_unless_it_may_leave(run: Path) -> None:
    sentences = refused(run.parents[1], "judge", "latest", "--model", "far", "--endpoint",
                   "http://192.0.2.7/v1")  # fmt: skip
    assert "text of the corpus would leave this machine" in sentences
    assert "text_may_leave_this_machine" in sentences and not (run / "judged").exists()


def test_faults_are_sentences(run: Path, server: JudgeServer) -> None:
    folder = run.parents[1]
    url = server.url
    assert "names no judge" in refused(folder, "judge", "latest")
    assert "unknown metric 'vibes'" in refused(folder, *asked_for(server, "--metric", "vibes"))
    assert "the budget is 300" in refused(folder, *asked_for(server, "--max-tokens-spent", "300"))
    assert "no price for stub" in refused(folder, *asked_for(server, "--max-money-spent", "1"))
    assert "NO_SUCH_KEY" in refused(folder, *asked_for(server, "--key-env", "NO_SUCH_KEY"))
    assert "it is no chat model" in refused(folder, "judge", "latest", "--model", "reader")
    assert server.asked == []
    server.stop()
    sentences = refused(folder, "judge", "latest", "--model", "stub", "--endpoint", url)
    assert f"{url} cannot be reached" in sentences


def test_a_local_chat_model_is_asked_and_given_up_where_it_babbles(
    run: Path, tmp_path: Path
) -> None:
    folder = build(tmp_path / "tiny")
    sentences = refused(run.parents[1], "judge", "latest", "--model", str(folder), "--sample", "6",
                   "--rubric", "Names the goods.")  # fmt: skip
    assert "tiny" in sentences and (
        "does not keep to the form" in sentences or "stopped answering" in sentences
    )
    calls = jsonl.read(run / "judged/calls.jsonl")
    assert calls and all(row["judge"] == calls[0]["judge"] for row in calls)


def test_labels_say_what_the_judge_is_worth(run: Path, server: JudgeServer) -> None:
    folder = run.parents[1]
    rng = np.random.default_rng(5)
    answers = {v: {a["question"]: a["text"] for a in jsonl.read(run / f"answers/{v}.jsonl")}
               for v in ("rag", "fine_tuned")}  # fmt: skip
    exam = load(run / "questions").test
    people, machine = [], []
    for place, question in enumerate(exam):
        for variant in ("rag", "fine_tuned"):
            says = answers[variant][question.id] == question.answers[0]
            right = says if rng.random() < 0.85 else not says
            word = "right" if right else "wrong"
            labels.judge(run, question.id, variant, word, "ada", [variant], True)
            if place == 0:  # a tie between two people counts for neither
                other = "wrong" if right else "right"
                labels.judge(run, question.id, variant, other, "ben", [variant], True)
            else:
                people.append(right)
                machine.append(says)
    workbench(folder, *asked_for(server))
    block = json.loads(workbench(folder, "show", "--json"))["judge"]
    (item,) = block["agreement"]
    pairs = list(zip(machine, people, strict=True))
    table = [[pairs.count((a, b)) for b in (True, False)] for a in (True, False)]
    assert item["n"] == len(people) == 94 and item["metric"] == METRIC
    assert (item["both_right"], item["judge_lenient"]) == tuple(table[0])
    assert (item["judge_harsh"], item["both_wrong"]) == tuple(table[1])
    assert item["kappa"] == pytest.approx(cohens_kappa(table).kappa)
    rates = {rate["variant"]: rate for rate in block["corrected"]}
    assert rates["rag"]["low"] < rates["rag"]["value"] < rates["rag"]["high"]
    observed = np.mean([answers["rag"][q.id] == q.answers[0] for q in exam])
    assert rates["rag"]["judged"] == pytest.approx(observed)
    results = json.loads((run / "results.json").read_text("utf-8"))
    _resolves(run, results)
    text = (run / "report.md").read_text("utf-8")
    assert "The judge against people" in text and f"{item['kappa']:.2f}" in text
    assert "No person has labelled" not in text

    for question in exam[1:]:
        labels.judge(run, question.id, "rag", "right", "ada", ["rag"], True)
    workbench(folder, "report", "latest")
    changed = json.loads((run / "results.json").read_text("utf-8"))["judge"]["agreement"][0]
    assert changed["n"] == item["n"] and changed["judge_harsh"] > item["judge_harsh"]


@pytest.mark.slow
def test_a_run_is_judged_as_a_stage_and_a_judge_can_come_later(
    made_before: Path, server: JudgeServer
) -> None:
    tmp_path = made_before
    judge = {"model": "stub", "endpoint": server.url, "metrics": ["factual_correctness"]}
    two = ["prompt_only", "rag"]
    workbench(tmp_path, "run", str(write_experiment(tmp_path, variants=two)))
    run = the_run(tmp_path)
    answers = {p.name: p.read_bytes() for p in (run / "answers").iterdir()}
    assert "judge" not in json.loads((run / "results.json").read_text("utf-8"))
    path = str(write_experiment(tmp_path, variants=two, judge=judge))
    workbench(tmp_path, "run", path)
    assert the_run(tmp_path) == run and server.asked
    assert answers == {p.name: p.read_bytes() for p in (run / "answers").iterdir()}
    later = json.loads((run / "results.json").read_text("utf-8"))
    assert later["judge"]["failed"] == 0
    asked = len(server.asked)
    workbench(tmp_path, "run", path)
    workbench(tmp_path, "judge", "latest")
    assert len(server.asked) == asked

    shutil.rmtree(run)
    workbench(tmp_path, "run", path)
    assert the_run(tmp_path) == run
    stage = json.loads((run / "results.json").read_text("utf-8"))
    assert "judge" in stage["stages"]
    assert stage["judge"]["agreement"] == later["judge"]["agreement"]
    for old, new in zip(later["variants"], stage["variants"], strict=True):
        assert new["metrics"] == old["metrics"] and new["strata"] == old["strata"]
    exam = load(run / "questions")
    scores = [score for score in _scores(run) if score.metric == METRIC]
    again = merge_judged_scores(stage, [*exam.test, *exam.gold], scores)
    assert again["variants"] == stage["variants"]
    assert again["comparisons"] == stage["comparisons"]


def _scores(run: Path) -> list[Any]:
    from workbench.stages.score_table import read_scores

    return read_scores(run)
