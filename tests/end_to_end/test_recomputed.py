"""Every number of a real run's report, worked out anew from the records it says it rests on."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest
import yaml

from tests.support.recomputed import Recomputed
from tests.support.servers.judge import JudgeServer
from tests.support.small_run import ROOT, the_run, workbench, write_experiment

pytestmark = pytest.mark.slow

PRICES = {
    "dated": "2026-01-01",
    "serving": "busy",
    "machine": {"per_hour": 2.0},
    "endpoints": {"stub": {"input_per_million": 3.0, "output_per_million": 9.0}},
    "labour": {"per_hour": 60.0, "setup_hours": {"retrieval": 2, "tuning": 5},
               "update_hours": {"retrieval": 0.1, "tuning": 1}},
}  # fmt: skip


@pytest.fixture(scope="module")
def run(made_before: Path) -> Path:
    """A run with everything in it: probes, other wordings, a judge, people's time."""
    folder = made_before
    judge = JudgeServer().start()
    (folder / "prices.yaml").write_text(yaml.safe_dump(PRICES), "utf-8")
    path = write_experiment(
        folder, price_book="prices.yaml",
        workload={"queries_per_month": 20_000, "updates_per_month": 2.0,
                  "strata": {"reworded": 0.5, "same_section": 0.3, "unseen": 0.2}},
        sensitivity={"questions": 6, "wordings": 3}, latency={"sample": 4, "warmup": 1},
        judge={"model": "stub", "endpoint": judge.url,
               "metrics": ["faithfulness", "factual_correctness"]},
    )  # fmt: skip
    every = (ROOT / "corpora/salt_ledger/gold.jsonl").read_text("utf-8").splitlines()
    bare = [line for line in every if not json.loads(line)["answers"]][:3]
    with (folder / "gold.jsonl").open("a", encoding="utf-8") as gold:
        gold.write("\n".join(bare) + "\n")
    workbench(folder, "run", str(path))
    judge.stop()
    return the_run(folder)


def numbers(run: Path) -> list[tuple[str, str, float]]:
    """Place and unit of every linked number of the page, with what it shows."""
    page = (run / "report.html").read_text("utf-8")
    return re.findall(
        r'<a class="n" href="#[^"]+" data-at="([^"]+)" data-unit="(\w+)"[^>]*>([^<]+)<', page
    )


def test_every_number_of_the_report_follows_from_the_records(run: Path) -> None:
    from workbench import wording

    anew = Recomputed(run, PRICES)
    families: dict[str, int] = {}
    left = 0
    for at, unit, shown in numbers(run):
        value = anew.at(at)
        if value is None:
            left += 1
            continue
        sentences = {wording.show(sign * value * wobble, unit)
                for sign in (1, -1) for wobble in (1, 1 - 1e-9, 1 + 1e-9)}  # fmt: skip
        assert shown in sentences, (at, shown, value)
        first, *rest = at.strip("/").split("/")
        families[rest[1] if first == "variants" else first] = (
            families.get(rest[1] if first == "variants" else first, 0) + 1
        )
    assert {"metrics", "strata", "gold", "latency", "cost", "abstention", "comparisons",
            "interaction", "waterfall", "forgetting", "sensitivity", "judge", "break_even",
            "building", "prices", "verdict"} <= set(families)  # fmt: skip
    assert sum(families.values()) > 250 and left < sum(families.values()) / 4


def test_ragas_metrics_that_need_no_model_are_in_every_run(run: Path) -> None:
    results = json.loads((run / "results.json").read_text("utf-8"))
    rows = {row["name"]: row["metrics"] for row in results["variants"]}
    plain = {f"ragas:{name}" for name in ("exact_match", "string_present", "string_similarity",
             "rouge", "bleu", "chrf", "semantic_similarity")}  # fmt: skip
    contexts = {"ragas:context_precision_plain", "ragas:context_recall_plain"}
    assert plain <= set(rows["prompt_only"]) and not contexts & set(rows["prompt_only"])
    assert plain | contexts <= set(rows["rag"])
    assert rows["rag"]["ragas:context_recall_plain"]["value"] == pytest.approx(
        rows["rag"]["hit@3"]["value"], abs=0.2
    )
    assert rows["rag"]["ragas:exact_match"]["value"] <= rows["rag"]["ragas:rouge"]["value"]


def test_every_link_of_the_report_leads_to_a_row_or_to_a_record(run: Path) -> None:
    page = (run / "report.html").read_text("utf-8")
    ids = re.findall(r' id="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    links = re.findall(r'href="([^"]+)"', page)
    assert len(links) > 300
    for link in links:
        assert link[1:] in ids if link.startswith("#") else (run / link).is_file(), link


def test_a_changed_record_is_noticed(run: Path, tmp_path: Path) -> None:
    """The check is worth something only if it fails where report and records part."""
    from workbench import wording

    copy = Path(shutil.copytree(run, tmp_path / run.name))
    path = copy / "answers" / "rag.jsonl"
    sentences = [
        json.loads(line) | {"text": "the tide"} for line in path.read_text("utf-8").splitlines()
    ]
    path.write_text("\n".join(map(json.dumps, sentences)) + "\n", "utf-8")
    anew = Recomputed(copy, PRICES)
    wrong = [at for at, unit, shown in numbers(run)
             if (value := anew.at(at)) is not None
             and wording.show(value, unit).strip("−+") != shown.strip("−+")]  # fmt: skip
    assert any("/metrics/f1" in at for at in wrong) and any("comparisons" in at for at in wrong)
