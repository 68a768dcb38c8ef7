"""``workbench gate``: a change passes, fails or stays undecided, and jobs can tell which."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from tests.support.commands import ended
from tests.support.made_run import write_run
from tests.support.small_run import ROOT
from workbench.cli.gating import CODES
from workbench.decision.gate import at_least, fast_enough, invents_little
from workbench.records.variants import Abstention, Estimate, LatencyRow, Times, VariantRow


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("gate") / "runs"
    write_run(folder, run_id="chronicle-00000001")
    write_run(folder, run_id="chronicle-00000002", seed=3)
    return folder


def gate(runs: Path, *arguments: str) -> tuple[int, str, str]:
    environment = {**os.environ, "WORKBENCH_RUNS": str(runs), "HF_HUB_OFFLINE": "1"}
    done = ended(runs.parent, ("gate", *arguments), environment, 120)
    return done.returncode, done.stdout, done.stderr


def of_the_guide(place: str) -> Any:
    """The example for that place, as it stands in the guide."""
    import yaml

    guide = (ROOT / "docs" / "how-to" / "ci.md").read_text("utf-8")
    (block,) = re.findall(rf"{place}:\n\n```yaml\n(.*?)```", guide, re.DOTALL)
    return yaml.safe_load(block)


def test_exit_codes_tell_passed_failed_and_undecided_apart(runs: Path) -> None:
    first = "chronicle-00000001"
    code, said, _ = gate(runs, first, "--variant", "rag", "--against", "prompt_only")
    assert (code, said.count("passed")) == (0, 2)
    code, said, _ = gate(runs, first, "--variant", "prompt_only", "--against", "rag")
    assert code == 1 and "failed: not worse than rag" in said
    behind = ("--variant", "rag", "--against", "fine_tuned_rag", "--non-inferior")
    code, said, _ = gate(runs, first, *behind, "0.2")
    assert code == 3 and "more questions would tell" in said
    code, said, _ = gate(runs, first, *behind, "0.01")
    assert code == 3 and "no number of further questions" in said
    code, said, _ = gate(runs, first, "--variant", "rag", "--against", "prompt_only",
                         "--max-p90", "0.0001")  # fmt: skip
    assert code == 1, "one demand that fails is enough"


def test_the_difference_is_the_run_s_own(runs: Path) -> None:
    code, said, _ = gate(runs, "chronicle-00000001", "--variant", "rag", "--against",
                         "prompt_only", "--json")  # fmt: skip
    (check,) = json.loads(said)["checks"]
    results = json.loads((runs / "chronicle-00000001" / "results.json").read_text("utf-8"))
    (row,) = (
        item for item in results["comparisons"]
        if item["metric"] == results["metric"] and item["stratum"] is None
        and {item["variant"], item["baseline"]} == {"rag", "prompt_only"}
    )  # fmt: skip
    ends = sorted(abs(100 * row[key]) for key in ("low", "high"))
    assert code == 0
    assert all(f"{end:.1f}" in check["sentence"] for end in (*ends, abs(100 * row["difference"])))


def test_a_run_is_held_against_the_last_accepted_one(runs: Path, tmp_path: Path) -> None:
    junit, markdown = tmp_path / "out" / "gate.xml", tmp_path / "out" / "gate.md"
    code, said, _ = gate(
        runs, "chronicle-00000002", "--variant", "rag", "--baseline", "chronicle-00000001",
        "--min-score", "0.99", "--max-invented", "0.1",
        "--junit", str(junit), "--markdown", str(markdown),
    )  # fmt: skip
    suite = ElementTree.parse(junit).getroot()
    assert code == 1 and "rag in chronicle-00000001" in said
    assert suite.get("tests") == "3" and suite.get("failures") == "1"
    names = [case.get("name") for case in suite]
    assert "at most 10% of unanswerable questions answered" in names
    assert markdown.read_text("utf-8").count("\n| ") == len(names) + 1


def test_a_gitlab_job_keeps_what_the_gate_writes_and_lets_undecided_pass() -> None:
    job = of_the_guide("GitLab")["gate"]
    assert job["artifacts"]["reports"]["junit"] in job["script"][-1]
    assert job["allow_failure"]["exit_codes"] == CODES["undecided"]


@pytest.mark.parametrize("place", ["GitHub Actions", "GitLab"])
def test_the_step_of_the_guide_runs_as_a_job_would(place: str, runs: Path, tmp_path: Path) -> None:
    block = of_the_guide(place)
    # The run before it is there already.
    script = block[1]["run"] if place == "GitHub Actions" else block["gate"]["script"][-1]
    assert script.startswith("workbench gate")
    environment = {
        **os.environ, "WORKBENCH_RUNS": str(runs), "PYTHONPATH": str(ROOT),
        "GITHUB_STEP_SUMMARY": str(tmp_path / "summary.md"),
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
    }  # fmt: skip
    command = ["bash", "-eo", "pipefail", "-c", script]
    done = subprocess.run(command, cwd=tmp_path, env=environment, check=False, capture_output=True)
    assert done.returncode == 0, done.stderr.decode()
    written = "summary.md" if place == "GitHub Actions" else "gate.xml"
    assert "passed" in (tmp_path / written).read_text("utf-8")
    assert (tmp_path / "gate.xml").is_file()


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--variant", "ragg", "--max-p90", "1"), "no variant 'ragg'"),
        (("--variant", "rag"), "Nothing is demanded"),
        (("--variant", "rag", "--non-inferior", "0.03"), "something to hold the variant against"),
        (("--variant", "rag", "--against", "rag"), "against itself"),
        (("--variant", "rag", "--baseline", "nowhere", "--max-p90", "1"), "nowhere"),
    ],
)
def test_faults_of_the_call_are_sentences(
    runs: Path, arguments: tuple[str, ...], told: str
) -> None:
    code, _, said = gate(runs, "chronicle-00000001", *arguments)
    assert code == 2 and told in said and "Traceback" not in said


def row(**parts: object) -> VariantRow:
    return VariantRow(name="rag", **parts)  # type: ignore[arg-type]


def test_unanswerable_questions_by_their_exact_interval() -> None:
    # 0 of 7: at most 1 - .025^(1/7) = 41%; 36 without one would show 1 - .025^(1/36) = 9.7%.
    none = invents_little(row(abstention=Abstention(unanswerable=7, invented=0)), 0.1, 0.95)
    assert none.state == "undecided" and "41%" in none.sentence and "some 29 more" in none.sentence
    # 7 of 7: at least .025^(1/7) = 59%.
    every = invents_little(row(abstention=Abstention(unanswerable=7, invented=7)), 0.5, 0.95)
    assert every.state == "failed" and "59%" in every.sentence
    assert invents_little(row(), 0.5, 0.95).state == "undecided"


def test_time_and_score_go_by_their_whole_interval() -> None:
    def timed(low: float | None, p90: float, high: float | None) -> LatencyRow:
        return LatencyRow(n=8, total_s=Times(p90=p90, p90_low=low, p90_high=high))

    times = ((0.5, 0.8, 1.4), (1.6, 1.8, None), (0.9, 1.2, None), (1.0, 1.4, 1.6))
    states = [fast_enough(row(latency=timed(*ends)), 1.5).state for ends in times]
    assert states == ["passed", "failed", "undecided", "undecided"]
    scores = ((0.6, 0.7, 0.8), (0.3, 0.4, 0.59), (0.5, 0.65, 0.8))
    figures = [
        at_least(Estimate(value=value, low=low, high=high), 0.6, "f1").state
        for low, value, high in scores
    ]
    assert figures == ["passed", "failed", "undecided"]
    assert at_least(None, 0.6, "f1").state == "undecided"
