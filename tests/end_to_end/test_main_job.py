"""The main job by the real command: a corpus goes in, a comparison comes out."""

from __future__ import annotations

import json
import math
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.small_run import ROOT, command, environment, the_run, workbench, write_experiment
from workbench.io import jsonl


@pytest.fixture(scope="module")
def finished(small: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the small run's folder, to go on from."""
    return Path(shutil.copytree(small, tmp_path_factory.mktemp("main_job") / "small"))


def test_every_variant_answers_every_question_once(finished: Path) -> None:
    run = the_run(finished)
    asked = {
        record["id"]
        for name in ("test", "gold")
        for record in jsonl.read(run / "questions" / f"{name}.jsonl")
    }
    names = ("prompt_only", "rag", "fine_tuned", "fine_tuned_rag", "oracle")
    for name in names:
        answers = jsonl.read(run / "answers" / f"{name}.jsonl")
        assert sorted(answer["question"] for answer in answers) == sorted(asked)
        assert all(answer["status"] == "answered" for answer in answers)
        assert len(jsonl.read(run / "latency" / f"{name}.jsonl")) == 2


def test_passages_stand_in_the_text_where_they_say(finished: Path) -> None:
    run = the_run(finished)
    (document,) = jsonl.read(run / "corpus" / "documents.jsonl")
    passages = jsonl.read(run / "corpus" / "passages.jsonl")
    assert len(passages) > 20
    for passage in passages:
        assert document["text"][passage["start"] : passage["end"]] == passage["text"]
    shown = {f"{p['document']}:{p['start']}-{p['end']}" for p in passages}
    for answer in jsonl.read(run / "answers" / "rag.jsonl"):
        assert answer["passages"]
        assert set(answer["passages"]) <= shown


def test_the_search_is_recorded_part_by_part_and_agrees_with_what_was_shown(
    finished: Path,
) -> None:
    run = the_run(finished)
    exam = {q["id"]: q for q in jsonl.read(run / "questions" / "test.jsonl") if q["evidence"]}
    ranks = {row["question"]: row["ranks"] for row in jsonl.read(run / "search.jsonl")}
    assert ranks.keys() == exam.keys()
    shown = {a["question"]: a["passages"] for a in jsonl.read(run / "answers" / "rag.jsonl")}
    for name, question in exam.items():
        assert list(ranks[name]) == ["bm25", "dense", "fused"]
        rank, hits = ranks[name]["fused"], []
        for at, passage in enumerate(shown[name], 1):
            start, end = map(int, passage.rpartition(":")[2].split("-"))
            if any(e["start"] < end and start < e["end"] for e in question["evidence"]):
                hits.append(at)
        assert rank == hits[0] if hits else rank is None or rank > len(shown[name])
    recorded = json.loads((run / "results.json").read_text("utf-8"))["search"]
    assert recorded["used"] == "fused" and recorded["questions"] == len(exam)


def test_show_prints_the_fixed_format(finished: Path) -> None:
    results = json.loads(workbench(finished, "show", "--json"))
    assert {"verdict", "variants", "comparisons", "interaction", "gold_agreement"} <= set(results)
    assert results["constant"]["answer"] and 0 <= results["constant"]["value"] < 1
    # The command that the report gives runs where the run was started.
    command, task, named = results["run"]["reproduce"].split()
    assert (command, task) == ("workbench", "run") and (finished / named).is_file()
    keys = "metric variant baseline stratum n difference low high level p method"
    for comparison in results["comparisons"]:
        assert set(keys.split()) <= set(comparison)
    for variant in results["variants"]:
        assert variant["metrics"]["f1"]["value"] is not None
        assert variant["latency"]["total_s"]["p90"] > 0
        assert variant["is_ceiling"] or variant["cost"]["per_1000"] > 0


def test_what_tuning_broke_is_measured_and_its_records_lie_in_the_run(finished: Path) -> None:
    run = the_run(finished)
    (result,) = json.loads(workbench(finished, "show", "--json"))["forgetting"]
    assert result["variants"] == ["fine_tuned", "fine_tuned_rag"]
    for part, folder in zip(("before", "after"), result["records"], strict=True):
        nats = [record["nats"] for record in jsonl.read(run / folder / "prose.jsonl")]
        assert result["prose"][part] == pytest.approx(math.exp(sum(nats) / len(nats)))
        assert len(jsonl.read(run / folder / "answers.jsonl")) == result["reading"]["n"]
    # The reader reads plain prose: without its adapter it answers most of the probe.
    assert result["reading"]["before"] > 0.5
    assert [(item["variant"], item["baseline"]) for item in result["known"]] == [
        ("fine_tuned", "prompt_only"),
        ("fine_tuned_rag", "rag"),
    ]
    shown = " ".join(workbench(finished, "show", "--all").split())
    assert "What tuning broke (Fine-tuned, Hybrid):" in shown
    before, after = (f"{result['prose'][part]:.1f}" for part in ("before", "after"))
    assert f"perplexity {before} before tuning, {after} after" in shown
    page = (run / "report.html").read_text("utf-8")
    for link in re.findall(r'href="(forgetting/[^"]+)"', page):
        assert (run / link).is_file()
    assert "What tuning broke" in page


def test_a_finished_run_is_shown_again_without_torch(finished: Path) -> None:
    code = (
        "import sys, contextlib\nfrom workbench.cli import main\n"
        "sys.argv = ['workbench', 'run', 'small.yaml']\n"
        "with contextlib.suppress(SystemExit):\n    main()\n"
        "print([n for n in ('torch', 'transformers', 'llama_index') if n in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=finished,
        env=environment(finished),
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip().splitlines()[-1] == "[]"
    assert "Verdict:" in done.stdout


def test_the_written_specification_is_the_same_run(finished: Path) -> None:
    before = (the_run(finished) / "results.json").read_bytes()
    workbench(finished, "run", str(the_run(finished) / "specification.yaml"))
    assert (the_run(finished) / "results.json").read_bytes() == before


def test_a_second_run_takes_index_and_adapter_from_the_cache(finished: Path) -> None:
    other = write_experiment(finished, name="other", variants=["prompt_only", "fine_tuned"])
    workbench(finished, "run", str(other))
    manifest = json.loads(
        next((finished / "runs").glob("other-*/manifest.json")).read_text("utf-8")
    )
    for stage in ("corpus", "questions", "index", "adapter"):
        assert manifest["stages"][stage]["reused"]
    (run,) = (finished / "runs").glob("other-*")
    workbench(finished, "delete", run.name, "--yes")
    assert not run.exists()


def test_one_question_is_answered_by_all_variants_side_by_side(finished: Path) -> None:
    run = the_run(finished)
    question = "Who cast the Bishop and the Dean?"
    replies = json.loads(workbench(finished, "ask", run.name, question, "--json"))
    assert [reply["variant"] for reply in replies] == [
        "prompt_only",
        "rag",
        "fine_tuned",
        "fine_tuned_rag",
    ]
    assert all(reply["error"] is None for reply in replies)
    assert "Tench" in " ".join(passage["text"] for passage in replies[1]["passages"])


def test_a_changed_exam_is_refused(finished: Path, tmp_path: Path) -> None:
    copy = tmp_path / "runs" / the_run(finished).name
    shutil.copytree(the_run(finished), copy)
    exam = copy / "questions" / "test.jsonl"
    exam.write_text(exam.read_text("utf-8").replace("?", "??", 1), "utf-8")
    done = subprocess.run(
        command(finished, "report", str(copy)),
        cwd=finished,
        env=environment(finished),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "exam" in done.stderr


def test_the_demo_experiment_names_files_that_ship() -> None:
    from workbench.cli.loading import load_experiment

    for path in sorted((ROOT / "experiments").glob("*.py")):
        experiment = load_experiment(str(path))
        assert experiment.name == path.stem
        if experiment.corpus.path is not None:
            assert Path(experiment.corpus.path).is_file()
            gold = experiment.questions.gold
            assert gold is None or Path(gold).is_file()
