"""What the pages are made of: labels, review, uploads, processes, sentences, text."""

from __future__ import annotations

import dataclasses
import json
import os
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from tests.support.waiting import until
from workbench.dashboard import components
from workbench.dashboard.jobs import new_run, run_processes
from workbench.dashboard.queries import labels, measured, review, runs, what_if
from workbench.dashboard.views.question import common
from workbench.decision import ResultInputs, build_results
from workbench.engine import processes
from workbench.errors import WorkbenchError
from workbench.findings import View
from workbench.findings.leading import quality
from workbench.records.results import Results
from workbench.records.run import Run

# --- labels and review ------------------------------------------------------------------------


def test_agreement_counts_and_kappa() -> None:
    given = [
        {"question": str(n), "variant": "rag", "label": "right" if n < 6 else "wrong"}
        for n in range(10)
    ]
    values = {(str(n), "rag"): 1.0 if n < 5 or n == 9 else 0.0 for n in range(10)}
    matches = labels.agreement(given, values, 0.5)
    assert matches is not None
    assert (matches["both_right"], matches["only_human"]) == (5, 1)
    assert (matches["only_metric"], matches["both_wrong"]) == (1, 3)
    # Observed .8, by chance .6 * .6 + .4 * .4 = .52.
    assert matches["kappa"] == pytest.approx((0.8 - 0.52) / 0.48)
    assert labels.agreement(given, {}, 0.5) is None


def test_the_newest_label_of_a_rater_counts(tmp_path: Path) -> None:
    for label in ("right", "wrong"):
        labels.judge(tmp_path, "q1", "rag", label, "kim", ["rag"], True)
    labels.judge(tmp_path, "q1", "rag", "right", "lee", ["rag"], True)
    assert sorted((r["rater"], r["label"]) for r in labels.read(tmp_path)) == [
        ("kim", "wrong"),
        ("lee", "right"),
    ]


def test_preference_pairs_come_from_choices_and_from_right_against_wrong() -> None:
    given = [
        {"question": "q1", "first": "a", "second": "b", "label": "second", "rater": "kim"},
        {"question": "q2", "variant": "a", "label": "right", "rater": "kim"},
        {"question": "q2", "variant": "b", "label": "wrong", "rater": "kim"},
        {"question": "q2", "variant": "c", "label": "wrong", "rater": "lee"},
        {"question": "q1", "first": "a", "second": "c", "label": "same", "rater": "kim"},
    ]
    answers = {(q, v): f"{q}{v}" for q in ("q1", "q2") for v in "abc"}
    lines = labels.preference_pairs(given, answers, {"q1": "one?", "q2": "two?"}).splitlines()
    pairs = [(r["prompt"], r["chosen"], r["rejected"]) for r in map(json.loads, lines)]
    assert pairs == [("one?", "q1b", "q1a"), ("two?", "q2a", "q2b")]


def test_the_shuffled_order_stays_for_a_rater_and_differs_between_questions() -> None:
    variants = ["prompt_only", "rag", "fine_tuned", "fine_tuned_rag"]
    assert labels.shuffled(variants, "q1", "kim") == labels.shuffled(variants, "q1", "kim")
    orders = {tuple(labels.shuffled(variants, f"q{n}", "kim")) for n in range(40)}
    assert len(orders) > 10


def test_reviewed_questions_keep_their_id_and_count_the_edit(tmp_path: Path) -> None:
    review.decide(tmp_path, "a", "reject")
    review.decide(tmp_path, "b", "edit", "Better?", ["yes"])
    review.decide(tmp_path, "c", "accept")
    asked = [{"id": n, "text": f"{n}?", "answers": [n], "rev": 1} for n in "abcd"]
    matches = review.reviewed(asked, review.read(tmp_path)).splitlines()
    assert [json.loads(line) for line in matches] == [
        {"id": "b", "text": "Better?", "answers": ["yes"], "rev": 2},
        {"id": "c", "text": "c?", "answers": ["c"], "rev": 1},
    ]


# --- uploads ----------------------------------------------------------------------------------


@dataclass
class Sent:
    name: str
    content: bytes = b"A tale."

    def getvalue(self) -> bytes:
        return self.content


@pytest.mark.parametrize(
    "name", ["../../etc/passwd.txt", "..\\..\\boot.txt", "/abs/olute.txt", "....txt", "a b/ü.txt"]
)
def test_an_upload_s_name_never_acts_as_a_path(root: Path, name: str) -> None:
    path = new_run.keep([Sent(name)])
    inside = processes.folder().resolve() / "uploads"
    assert path.resolve().is_relative_to(inside)
    assert path.parent.parent == inside
    assert path.read_bytes() == b"A tale."


def test_an_upload_keeps_its_own_name(root: Path) -> None:
    for given, kept in (
        ("My Tale (1898).TXT", "My Tale (1898).txt"),
        ("Räume, Größen.md", "Räume, Größen.md"),
        (".hidden.txt", "hidden.txt"),
        ("a\nb.txt", "ab.txt"),
        ("ü" * 300 + ".txt", "ü" * 100 + ".txt"),
    ):
        path = new_run.keep([Sent(given)])
        assert path.name == kept and path.read_bytes() == b"A tale."
    folder = new_run.keep([Sent("b.txt", b"one"), Sent("A tale.txt", b"two")])
    assert new_run.suggested_name(folder) == "a-tale"


def test_uploads_of_one_name_do_not_overwrite_each_other(root: Path) -> None:
    folder = new_run.keep([Sent("x/tale.txt", b"one"), Sent("y/tale.txt", b"two")])
    assert sorted(p.read_bytes() for p in folder.iterdir()) == [b"one", b"two"]
    assert sorted(p.name for p in folder.iterdir()) == ["tale (2).txt", "tale.txt"]


def test_other_types_and_large_files_are_refused_by_name(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(WorkbenchError, match=r"tale.exe is of no type"):
        new_run.keep([Sent("tale.exe")])
    monkeypatch.setattr(new_run, "LARGEST_FILE", 4)
    with pytest.raises(WorkbenchError, match=r"tale.txt has"):
        new_run.keep([Sent("tale.txt")])


def test_the_estimate_scales_an_earlier_run(run: Path, root: Path) -> None:
    result = new_run.experiment(
        {
            "name": "next",
            "purpose": "Answer questions about it.",
            "corpus": "x.txt",
            "questions": {"test": 300},
        }
    )
    matches = new_run.scaled_estimate(result, runs.find(root))
    assert matches.like == "The Town Chronicle"
    assert matches.minutes["answers"] == pytest.approx(2 * 14 / 60)
    assert matches.minutes["adapter"] == pytest.approx(13 / 60)
    assert new_run.scaled_estimate(result, []).minutes == {}
    # A run of before the keys were renamed scales as well.
    specification = run / "specification.yaml"
    written = specification.read_text()
    specification.write_text(written.replace("  test:", "  exam:"))
    assert specification.read_text() != written
    earlier = new_run.scaled_estimate(result, runs.find(root))
    assert earlier.minutes == matches.minutes


# --- processes --------------------------------------------------------------------------------

HOLD = """
import sys, time
from pathlib import Path
from workbench.records.run import Run
with Run(Path(sys.argv[1])).lock():
    print("held", flush=True)
    time.sleep(900)
"""


def test_a_run_s_process_is_found_on_disk_and_stopped(root: Path) -> None:
    target = root / "held-00000000"
    job = processes.start(["-c", HOLD, str(target)], "run held")
    until(lambda: "held" in job.output())
    assert os.getsid(job.pid) == job.pid, "it must outlive the dashboard's session"
    assert run_processes.worker(target) == job.pid
    assert [matches.pid for matches in processes.jobs()] == [job.pid]
    assert run_processes.stop(target)
    assert not job.alive
    assert run_processes.worker(target) is None
    assert not run_processes.stop(target)
    assert not Run(target).in_progress()


def test_a_reused_process_number_is_no_job_of_ours(root: Path) -> None:
    job = processes.Job(os.getpid(), 12.0, [], "", time.time(), "run x")
    assert not job.alive
    with pytest.raises(WorkbenchError, match="ended already"):
        processes.stop_job(job)


def test_output_is_shown_without_terminal_tricks() -> None:
    raw = "\x1b[32mcorpus\x1b[0m 1/9\rcorpus 9/9\n\n\x1b[2Kdone\r\n"
    assert processes.plain_output(raw) == "corpus 9/9\ndone"


# --- text and sentences -----------------------------------------------------------------------


def test_marked_text_is_escaped_and_spans_may_overlap_or_stick_out() -> None:
    assert components.marked("a<b>c", [(0, 2), (1, 3), (4, 99)]) == (
        "<mark>a&lt;b</mark>&gt;<mark>c</mark>"
    )
    assert components.marked("", [(0, 4)]) == ""


def test_words_of_a_reference_are_marked_and_small_words_are_not() -> None:
    assert common("the Salt & oil", ["Salt of the sea"]) == (
        'the <span class="plus">Salt</span> &amp; <span class="other">oil</span>'
    )
    assert common("the Salt & oil", []) == "the Salt &amp; oil"


def test_a_csv_cell_can_not_be_a_formula() -> None:
    assert components.cell("=1+1") == "'=1+1"
    assert components.cell(-1.5) == -1.5


def test_a_lead_within_luck_is_said_to_be_so() -> None:
    rows = [
        {"name": "rag", "metrics": {"f1": {"value": 0.7}}},
        {"name": "fine_tuned", "metrics": {"f1": {"value": 0.6}}},
        {"name": "oracle", "is_ceiling": True, "metrics": {"f1": {"value": 0.9}}},
    ]
    pair = {"metric": "f1", "variant": "fine_tuned", "baseline": "rag", "difference": -0.1}
    for ends, says in (
        ({"low": -0.3, "high": 0.1}, "+10.0 points [−10.0, +30.0], is within what luck"),
        ({"low": -0.15, "high": -0.05}, "+10.0 points [+5.0, +15.0], more than luck"),
    ):
        results = Results.model_validate(
            {"metric": "f1", "variants": rows, "comparisons": [{**pair, **ends}]}
        )
        assert says in quality(View(results)).text()


def test_shares_always_add_up_to_one() -> None:
    for values in ({"a": 1, "b": 2, "c": 4}, {"a": 0, "b": 0}, {"a": 0.1, "b": 0.7}):
        result = what_if.shares({k: float(v) for k, v in values.items()})
        assert sum(share for _, share in result) == pytest.approx(1, abs=1e-12)


def test_light_parts_import_without_heavy_libraries() -> None:
    import subprocess

    code = (
        "import sys\n"
        "import workbench.dashboard.queries.runs, workbench.dashboard.jobs.run_processes"
        ", workbench.dashboard.queries.labels, workbench.dashboard.queries.records"
        ", workbench.serve.client"
        ", workbench.serve\n"
        "print(sorted({'torch','streamlit','pandas','altair','duckdb','fastapi','llama_index'}"
        " & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_start_from_elsewhere_is_set_like_one_from_the_clone() -> None:
    import tomllib

    from workbench.dashboard import FLAGS

    settings = tomllib.loads((Path(__file__).parents[2] / ".streamlit/config.toml").read_text())

    def flat(part: dict[str, object], before: str = "--") -> list[tuple[str, str]]:
        result: list[tuple[str, str]] = []
        for key, value in part.items():
            if isinstance(value, dict):
                result += flat(value, f"{before}{key}.")
            else:
                several = value if isinstance(value, list) else [value]
                told = [str(v).lower() if isinstance(v, bool) else str(v) for v in several]
                result += [(before + key, item) for item in told]
        return result

    assert sorted(zip(FLAGS[::2], FLAGS[1::2], strict=True)) == sorted(
        (key, value) for key, value in flat(settings) if key != "--server.address"
    )
    assert settings["server"]["address"] == "localhost"


def test_what_if_weighs_kinds_as_the_pipeline_does(run: Path) -> None:
    import pyarrow.parquet as pq

    from workbench.types import Answer, Latency, Question, Score

    kinds = (("factoid", 0.25), ("why_how", 0.75))
    table = pq.read_table(run / "scores.parquet").to_pylist()
    known = measured.evidence(runs.open_run(run), [Score(**row) for row in table])
    start = what_if.declared(known)
    assert start.kinds is None and start.points_per_money == 0
    assert sum(what_if.kinds_of(known).values()) == pytest.approx(1)
    setting = dataclasses.replace(start, kinds=kinds, points_per_second=40.0)
    verdict, _ = what_if.decide_again(known, setting)

    def read(folder: str) -> list[dict]:
        paths = sorted((run / folder).glob("*.jsonl"))
        return [json.loads(line) for path in paths for line in path.read_text().splitlines()]

    experiment = known.experiment.model_copy(
        update={
            "workload": known.experiment.workload.model_copy(update={"kinds": dict(kinds)}),
            "decision": known.experiment.decision.model_copy(update={"points_per_second": 40.0}),
        }
    )
    asked = [json.loads(line) for name in ("test", "gold")
             for line in (run / f"questions/{name}.jsonl").read_text().splitlines()]  # fmt: skip
    whole = build_results(ResultInputs(
        experiment, {"corpus": known.results["run"]["corpus"]},
        [Question.from_record(record) for record in asked],
        [Answer(**{**r, "passages": tuple(r["passages"])}) for r in read("answers")],
        [Score(**row) for row in table], known.stages, [Latency(**r) for r in read("latency")],
        book=known.book,
    )).record()["verdict"]  # fmt: skip
    for key in ("kind", "variant", "leader", "sentence", "utility", "wins", "flip_points"):
        assert verdict.record()[key] == whole[key], key
    assert verdict.utility is not None and verdict.utility.points_per_second == 40.0
    assert dict(kinds) == yaml.safe_load(what_if.to_yaml(known, setting))["workload"]["kinds"]
    assert yaml.safe_load(what_if.to_yaml(known, start))["workload"]["kinds"] is None
