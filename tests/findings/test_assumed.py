"""Beside every amount what it assumes, in every renderer; and older runs as they were."""

from __future__ import annotations

import json
import re
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from tests.support import made_run
from tests.support.made_run import write_run
from workbench import findings, report
from workbench.cli import result
from workbench.experiment import Experiment
from workbench.experiment.deployment import PAID_BY
from workbench.findings import View, assumed
from workbench.records.results import Results

SAID = {
    "month": "a machine rented all month, 365 hours at $0.50 (as you set it): $182.50 each",
    "own_server": "a server of your own for $1,800, written off over 36 months, with 65 W at $0.30",
    "busy_second": "a machine that is paid only for the seconds it works, at $0.50 an hour",
    "token": "reader at $1 for a million read and $4 for a million written (as you set it)",
}
PRICES = {
    "month": {"machine_per_hour": 0.5, "hours_per_month": 365},
    "own_server": {"server_price": 1800},
    "busy_second": {"machine_per_hour": 0.5},
    "token": {"input_per_million": 1, "output_per_million": 4},
}


def told(results: dict[str, Any]) -> dict[str, str]:
    """What each renderer without a browser shows."""
    parsed = Results.model_validate(results)
    html = re.sub(r"<style>.*?</style>", "", report.render_html(parsed), flags=re.S)
    shown = {
        "HTML": unescape(re.sub(r"<[^>]+>", "", html)),
        "Markdown": re.sub(r"\\(.)", r"\1", report.render_markdown(parsed)),
        "one screen": "\n".join(result.one_screen(parsed)),
        "terminal": "\n".join(result.all_of_it(parsed)),
    }
    return {where: " ".join(text.split()) for where, text in shown.items()}


@pytest.mark.parametrize("paid_by", PAID_BY)
@pytest.mark.slow
def test_every_renderer_says_how_it_is_paid_for_and_whose_time_is_counted(paid_by: str) -> None:
    results = made_run.results(deployment={"paid_by": paid_by, **PRICES[paid_by]})
    for where, text in told(results).items():
        assert SAID[paid_by] in text, where
        assert "People's time is in it at $62.58 an hour (US median wage" in text, where
        assert "once 5 hours for the questions, 8 for retrieval, 16 for tuning" in text, where
    without = made_run.results(deployment={"paid_by": paid_by, "people_per_hour": 0})
    assert all("People's time is left out" in text for text in told(without).values())


def test_behind_every_sentence_with_an_amount_stands_what_it_assumes() -> None:
    """Found by the amounts themselves: a dollar in a sentence, not by which sentence it is."""
    results = Results.model_validate(made_run.results(decision={"max_monthly_cost": 150.0}))
    basis = "This assumes a machine rented all month and counts people's time."
    assert assumed.basis(View(results)) == basis
    count = 0
    for section in findings.sections(results):
        if section.id in ("cost_page", "cost"):
            continue  # these say the whole of it
        for item in section.every_statement():
            if "$" in item.text() and "worth more" not in item.text():
                assert item.text().endswith(basis), item.text()
                count += 1
    assert count >= 3


def test_a_run_from_before_deployments_keeps_its_amounts_and_says_what_they_left_out(
    tmp_path: Path,
) -> None:
    from workbench.dashboard.queries import measured, runs, what_if
    from workbench.stages.score_table import read_scores

    by_second = {"paid_by": "busy_second", "people_per_hour": 0}
    path = write_run(tmp_path, deployment=by_second)
    text = (path / "specification.yaml").read_text("utf-8")
    old = Experiment.from_yaml(text).model_copy(update={"deployment": Experiment.model_fields[
        "deployment"].default})  # fmt: skip
    (path / "specification.yaml").write_text(old.to_yaml(), "utf-8")
    assert "deployment" not in old.to_yaml()
    recorded = runs.open_run(path).results.record()
    kept = ("dated", "currency", "serving", "machine_per_hour", "machine_source",
            "labour_per_hour", "storage_source", "uncertainty", "book")  # fmt: skip
    recorded["prices"] = {key: recorded["prices"][key] for key in kept}
    (path / "results.json").write_text(json.dumps(recorded), "utf-8")
    run = runs.open_run(path)
    known = measured.evidence(run, read_scores(path))
    start = what_if.declared(known)
    verdict, money = what_if.decide_again(known, start)
    assert verdict.record() == run.verdict.record()
    assert {name: item.per_month for name, item in money.items()} == {
        row.name: row.cost.per_month for row in run.variants if row.cost
    }
    shown = told(recorded)["one screen"]
    assert "paid only for the seconds it works, at $0.0816 an hour" in shown
    assert "People's time is left out" in shown


def test_one_screen_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Some 45 lines of 100 columns, the table of five variants and the last lines included."""
    from textwrap import wrap

    for seed in (3, 7, 11):
        parsed = Results.model_validate(made_run.results(seed=seed))
        lines = [part for line in result.one_screen(parsed) for part in wrap(line, 100) or [""]]
        assert len(lines) + len(["head", "heads", "gap", "and three more"]) + 8 <= 47, seed
        text = "\n".join(result.one_screen(parsed))
        for title in ("Verdict:", "Do this now:", "Read this before you rely on it:"):
            assert title in text


def test_what_was_paid_by_the_month_costs_more_than_by_the_second() -> None:
    """The flip points and meetings follow from the choice: other costs, other places."""
    month, second = (
        made_run.results(deployment={"paid_by": name, "people_per_hour": 0})
        for name in ("month", "busy_second")
    )
    for one, other in zip(month["variants"], second["variants"], strict=True):
        if one["cost"]:
            assert one["cost"]["per_month"] > other["cost"]["per_month"]
    assert month["break_even"] != second["break_even"]
    assert month["verdict"]["map"] != second["verdict"]["map"]


def test_times_of_a_busy_machine_are_said_to_be_so_beside_the_times() -> None:
    from workbench import wording

    results = made_run.results()
    said = wording.say("warn_busy_machine", share="40%")
    results["warnings"] = [said, *results["warnings"]]
    times = findings.section(Results.model_validate(results), "latency")
    assert said in [item.text() for item in times.statements if item.level == "caution"]
    for where, text in told(results).items():
        assert said in text, where


def test_the_search_is_told_by_part_and_depth_with_its_hardest_misses(tmp_path: Path) -> None:
    """Of every seventh question the search in use has the evidence at rank 9."""
    from workbench.records.load import load

    path = write_run(tmp_path, questions=70, gold=0)
    results = load(path)[0]
    assert results.search is not None
    text = told(results.record())
    assert "10 of 70 questions were asked without their evidence in sight." in text["HTML"]
    for where in ("HTML", "Markdown"):
        assert "Both fused" in text[where] and "First 10" in text[where]
        assert "rank 9" in text[where] and results.search.misses[0].text in text[where]
    assert "Variants that retrieve are shown 3 passages (Both fused)" in text["one screen"]
