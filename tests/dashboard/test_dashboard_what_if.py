"""What if decides as the pipeline decides: at a run's own setting to the last digit."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.support.made_run import write_run
from workbench.dashboard.queries import measured, repooled, runs, what_if
from workbench.dashboard.views import paying
from workbench.errors import WorkbenchError
from workbench.stages.importing import import_beside
from workbench.stages.score_table import read_scores

SEVEN = ("prompt_only", "few_shot", "rag", "fine_tuned", "fine_tuned_rag", "raft", "oracle")
#: Experiments by what they are to try: (builder's values, experiment's changes).
RUNS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "plain": ({}, {}),
    "many variants": ({"variants": SEVEN, "hostile": True, "questions": 90}, {}),
    "must cite": ({"hostile": True}, {"decision": {"must_cite": True}}),
    "over the budget": ({"seed": 5}, {"decision": {"max_monthly_cost": 0.033}}),
    "too slow": ({"hostile": True, "seed": 4}, {"decision": {"max_p90_s": 0.1567}}),
    "gold alone": ({"questions": 0, "gold": 60, "hostile": True}, {}),
    "one stratum": ({"hostile": True}, {"workload": {"strata": {"unseen": 1.0}}}),
    "odd margin": ({"hostile": True, "seed": 6}, {"decision": {"margin": 0.0333, "level": 0.9}}),
    "groups and harm": (
        {"hostile": True},
        {"harm": {"invented": 9}, "fairness": {"groups": ["section", "topic"], "least": 4},
         "decision": {"max_group_gap": 0.05}},
    ),
    "weighed": (
        {"hostile": True},
        {"workload": {"kinds": {"factoid": 0.7, "why_how": 0.3}},
         "decision": {"points_per_money": 20.0, "points_per_second": 5.0}},
    ),
}  # fmt: skip


def opened(path: Path) -> tuple[runs.Snapshot, measured.WhatIfInputs]:
    run = runs.open_run(path)
    return run, measured.evidence(run, read_scores(path))


def plain(value: Any) -> Any:
    """As a file holds it: tuples as lists, digits as written."""
    return json.loads(json.dumps(value))


@pytest.mark.parametrize("kind", RUNS)
def test_at_the_run_s_own_setting_it_is_the_run_s_own_verdict(kind: str, tmp_path: Path) -> None:
    built, changes = RUNS[kind]
    run, known = opened(write_run(tmp_path, **built, **changes))
    own = run.verdict
    assert bool(own.excluded) == (kind in ("must cite", "over the budget", "too slow"))
    setting = what_if.declared(known)
    assert what_if.decide_again(known, setting)[0].record() == own.record()
    # Its recorded figures are taken there; worked out from the scores they are the same ones.
    parts = repooled.pooled_anew(known, setting.shares)
    verdict, money = what_if.decided_anew(replace(known, pooled={setting.shares: parts}), setting)
    assert verdict.record() == own.record()
    assert {name: item.per_month for name, item in money.items()} == {
        row.name: row.cost.per_month for row in run.variants if row.cost
    }
    # The figures that it rests on too: corrected for many comparisons, each in its place.
    results = run.results.record()
    for part in ("comparisons", "gold_comparisons", "interaction", "gold_agreement"):
        assert plain(parts[part]) == results[part], part
    for part in ("metrics", "strata", "kinds", "gold", "gold_kinds"):
        assert [plain(row[part]) for row in parts["variants"]] == [
            row[part] for row in results["variants"]
        ]


Opened = tuple[runs.Snapshot, measured.WhatIfInputs]


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Opened:
    return opened(write_run(tmp_path_factory.mktemp("runs"), hostile=True))


def test_what_no_share_moves_is_taken_from_what_the_run_recorded(hostile: Opened) -> None:
    _, known = hostile
    mix = (("reworded", 0.2), ("same_section", 0.3), ("unseen", 0.5))
    kinds = (("factoid", 0.6), ("why_how", 0.4))
    for setting in (
        replace(what_if.declared(known), mix=mix),
        replace(what_if.declared(known), mix=mix, kinds=kinds),
        replace(what_if.declared(known), mix=mix, level=0.9),
    ):
        kept = repooled.repooled(known, setting.shares)
        assert kept == repooled.pooled_anew(known, setting.shares)
        assert kept["comparisons"] != known.results["comparisons"]


def test_a_run_that_recorded_less_is_pooled_and_decided_anew(hostile: Opened) -> None:
    run, known = hostile
    setting = what_if.declared(known)
    verdict = {k: v for k, v in known.results["verdict"].items() if k != "today"}
    others = [item for item in known.results["comparisons"] if item["metric"] != "f1"]
    for less in ({"mix": None}, {"comparisons": others}):
        older = replace(known, results={**known.results, "verdict": verdict, **less}, pooled={})
        # Not the places of its figures: what was not recorded is put last.
        assert what_if.decide_again(older, setting)[0].sentence == run.verdict.sentence
        found = older.pooled[setting.shares]["comparisons"]
        for item in known.results["comparisons"]:
            assert item in plain(found), item


def test_other_shares_and_another_level_are_decided_as_by_a_run_that_declares_them(
    tmp_path: Path,
) -> None:
    mix = (("reworded", 0.2), ("same_section", 0.3), ("unseen", 0.5))
    _, known = opened(write_run(tmp_path / "first", hostile=True, variants=SEVEN))
    own = replace(what_if.declared(known), mix=mix, level=0.8, margin=0.01)
    verdict, _ = what_if.decide_again(known, own)
    declared, _ = opened(
        write_run(
            tmp_path / "second", hostile=True, variants=SEVEN, workload={"strata": dict(mix)},
            decision={"level": 0.8, "margin": 0.01},
        )
    )  # fmt: skip
    assert verdict.record() == declared.verdict.record()
    assert verdict.record() != known.results["verdict"]
    assert verdict.statements.form


def test_a_system_that_answered_elsewhere_keeps_its_place_and_its_price(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_run(tmp_path / "runs", hostile=True)
    monkeypatch.setenv("WORKBENCH_RUNS", str(path.parent))
    asked = [json.loads(line) for line in (path / "questions/test.jsonl").open(encoding="utf-8")]
    rows = [
        {"question_id": item["id"], "variant": "vendor", "cost": 0.002 + 0.0001 * (place % 3),
         "answer": (item["answers"] or ["The text does not say."])[0] if place % 4 else "no"}
        for place, item in enumerate(asked)
    ]  # fmt: skip
    file = tmp_path / "vendor.jsonl"
    file.write_text("\n".join(map(json.dumps, rows)), "utf-8")
    import_beside(file, path.name)
    run, known = opened(path)
    verdict, money = what_if.decide_again(known, what_if.declared(known))
    assert verdict.record() == run.verdict.record()
    more = replace(what_if.declared(known), queries_per_month=20_000)
    assert money["vendor"].per_month == pytest.approx(21.0, rel=0.01)
    assert what_if.decide_again(known, more)[1]["vendor"].per_month == pytest.approx(42.0, rel=0.01)


def test_no_scores_are_read_of_a_run_that_has_no_experiment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_run(tmp_path, questions=6)
    (path / "specification.yaml").unlink()
    monkeypatch.setattr(paying, "records", lambda run: pytest.fail("its scores were read"))
    with pytest.raises(WorkbenchError, match=r"specification\.yaml can't be read"):
        paying.evidence(runs.open_run(path))
