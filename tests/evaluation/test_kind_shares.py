"""Shares of the kinds of question: raking, the weighted figure and its error, what cannot hold."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.errors import WorkbenchError
from workbench.evaluation.mix import require_kinds
from workbench.evaluation.statistics import Design, estimate, sampling
from workbench.evaluation.statistics.raking import rake
from workbench.evaluation.summary import summarise
from workbench.evaluation.table import tables
from workbench.experiment import Experiment
from workbench.experiment.decision import WorkloadSpec
from workbench.experiment.variant import Variant
from workbench.types import Question, Score

EQUAL = {"reworded": 1 / 3, "same_section": 1 / 3, "unseen": 1 / 3}


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.integers(1, 40), min_size=6, max_size=6),
    st.lists(st.floats(0.05, 1), min_size=2, max_size=2),
    st.lists(st.floats(0.05, 1), min_size=3, max_size=3),
)
def test_raked_tables_have_the_declared_shares_and_the_exam_s_odds(
    counts: list[int], rows: list[float], columns: list[float]
) -> None:
    cells = np.array(counts, float).reshape(2, 3)
    wanted = np.array(rows) / sum(rows), np.array(columns) / sum(columns)
    result = rake(cells, *wanted)
    assert result.sum(axis=1) == pytest.approx(wanted[0], abs=1e-6)
    assert result.sum(axis=0) == pytest.approx(wanted[1], abs=1e-6)
    odds = [t[0, 0] * t[1, 1] / t[0, 1] / t[1, 0] for t in (cells, result)]
    assert odds[0] == pytest.approx(odds[1], rel=1e-4)


def test_raking_many_shares_at_once_is_raking_each() -> None:
    cells = np.array([[8.0, 2.0], [3.0, 7.0]])
    grid = np.linspace(0.1, 0.9, 5)
    columns = np.stack([grid, 1 - grid], axis=1)
    rows = np.array([0.3, 0.7])
    together = rake(cells, rows, columns)
    for place, item in enumerate(columns):
        assert together[place] == pytest.approx(rake(cells, rows, item), abs=1e-8)


def test_kinds_alone_weigh_as_declared_whatever_their_numbers() -> None:
    values = np.array([1.0] * 30 + [0.0] * 10)
    kinds = ["factoid"] * 30 + ["why_how"] * 10
    design = Design.of(list(range(40)), None, None, kinds, {"factoid": 0.2, "why_how": 0.8})
    result = estimate(values, design)
    assert result.value == pytest.approx(0.2)
    assert result.low is not None and result.low < 0.2 < (result.high or 0)


def test_strata_and_kinds_are_the_cells_means_weighed_by_raked_shares() -> None:
    rng = np.random.default_rng(4)
    strata = rng.choice(["reworded", "unseen"], 200, p=[0.7, 0.3])
    kinds = np.where(rng.random(200) < np.where(strata == "unseen", 0.5, 0.1), "why_how", "factoid")
    values = rng.random(200) + (kinds == "why_how")
    mix, kind_mix = {"reworded": 0.4, "unseen": 0.6}, {"factoid": 0.3, "why_how": 0.7}
    design = Design.of(list(rng.integers(0, 20, 200)), list(strata), mix, list(kinds), kind_mix)
    names = [(s, k) for s in sorted(mix) for k in sorted(kind_mix)]
    cells = np.array([[((strata == s) & (kinds == k)).sum() for k in sorted(kind_mix)]
                      for s in sorted(mix)], float)  # fmt: skip
    raked = rake(cells, np.array([0.4, 0.6]), np.array([0.3, 0.7])).ravel()
    means = [values[(strata == s) & (kinds == k)].mean() for s, k in names]
    result = sampling(values, design)
    assert result is not None and result.value == pytest.approx(float(raked @ means))
    for name in mix:
        assert design.units()[strata == name].mean() == pytest.approx(1)


def test_the_error_is_that_of_weighted_least_squares_on_clusters() -> None:
    import statsmodels.api as sm

    rng = np.random.default_rng(2)
    cluster = np.repeat(np.arange(20), 6)
    kinds = np.where(rng.random(120) < 0.2, "why_how", "factoid")
    values = rng.random(120) + rng.normal(size=20)[cluster]
    mix = {"factoid": 0.5, "why_how": 0.5}
    design = Design.of(list(cluster), None, None, list(kinds), mix)
    result = sampling(values, design)
    units = design.units()
    fit = sm.WLS(values, np.ones(120), weights=units).fit(
        cov_type="cluster", cov_kwds={"groups": cluster, "use_correction": False}
    )
    leverage = np.bincount(cluster, units) / units.sum()
    scores = np.bincount(cluster, units * (values - fit.params[0]))
    expected = np.sqrt(np.sum(scores**2 / (1 - leverage))) / units.sum()
    assert result is not None and result.value == pytest.approx(fit.params[0])
    assert result.error == pytest.approx(expected)
    assert result.error > fit.bse[0]


def test_the_interval_holds_what_it_promises_under_shares_of_kinds() -> None:
    """Two kinds of other means and spreads: the true weighted mean lies inside 95 of 100 times."""
    rng = np.random.default_rng(11)
    inside = 0
    for _ in range(400):
        cluster = np.repeat(np.arange(15), 8)
        why = rng.random(120) < 0.25
        values = 0.4 + 0.3 * why + rng.normal(0, 0.1, 15)[cluster] + rng.normal(0, 0.2, 120)
        kinds = np.where(why, "why_how", "factoid")
        design = Design.of(list(cluster), None, None, list(kinds), {"factoid": 0.4, "why_how": 0.6})
        result = estimate(values, design, bounds=None)
        assert result.low is not None and result.high is not None
        inside += result.low <= 0.4 + 0.3 * 0.6 <= result.high
    assert 0.92 <= inside / 400 <= 0.985


def test_without_shares_of_kinds_nothing_changes() -> None:
    rng = np.random.default_rng(0)
    values, cluster = rng.random(90), list(rng.integers(0, 12, 90))
    strata = list(rng.choice(list(EQUAL), 90))
    kinds = list(rng.choice(["factoid", "why_how"], 90))
    plain = sampling(values, Design.of(cluster, strata, EQUAL))
    assert plain == sampling(values, Design.of(cluster, strata, EQUAL, kinds, None))
    nowhere = Design.of(cluster, strata, EQUAL, kinds, {"order": 1.0})
    assert plain == sampling(values, nowhere)


def questions(kinds: list[str]) -> list[Question]:
    names = list(EQUAL)
    return [
        Question(f"q{k}", "?", ("x",), stratum=names[k % 3], kind=kind,  # type: ignore[arg-type]
                 cluster=f"s{k // 6}")
        for k, kind in enumerate(kinds)
    ]  # fmt: skip


def test_the_summary_weighs_kinds_and_warns_of_what_cannot_hold() -> None:
    listed = questions(["factoid"] * 40 + ["why_how"] * 20)
    scores = [Score(q.id, "rag", "f1", float(q.kind == "factoid")) for q in listed]
    for part in (0.1, 0.9):
        result = summarise(listed, [], scores, variants=[Variant.named("rag")], mix=EQUAL,
                         kind_mix={"factoid": part, "why_how": 1 - part})  # fmt: skip
        assert result["variants"][0]["metrics"]["f1"]["value"] == pytest.approx(part)
        assert result["kind_mix"] == {"factoid": part, "why_how": 1 - part}
        assert not [item for item in result["warnings"] if "shares" in item]
    mixed = [q if q.stratum == "unseen" or q.kind == "factoid" else None for q in listed]
    left = [q for q in mixed if q is not None]
    result = summarise(left, [], scores, variants=[Variant.named("rag")], mix=EQUAL,
                     kind_mix={"factoid": 0.2, "why_how": 0.8})  # fmt: skip
    assert any("cannot both hold" in item and "why and how" in item for item in result["warnings"])
    table = tables(left, scores, ["rag"], {"factoid": 0.2, "why_how": 0.8})["f1"]
    assert table.kind_shares(EQUAL)["why_how"] == pytest.approx(1 / 3)
    absent = summarise(left, [], scores, variants=[Variant.named("rag")], mix=EQUAL,
                       kind_mix={"factoid": 0.5, "order": 0.5})  # fmt: skip
    assert any("order of events" in item and "has none" in item for item in absent["warnings"])


@pytest.mark.parametrize(
    ("kinds", "text"),
    [
        ({"riddle": 1.0}, "unknown kind 'riddle'"),
        ({"factoid": 0.5, "why_how": 0.4}, "must add up to 1"),
        ({"factoid": 1.5, "why_how": -0.5}, "must add up to 1"),
        ({}, "must add up to 1"),
    ],
)
def test_wrong_shares_are_refused_by_name(kinds: dict[str, float], text: str) -> None:
    with pytest.raises(ValueError, match=text):
        WorkloadSpec(kinds=kinds)


def test_a_kind_that_the_exam_will_not_hold_is_refused_before_the_run() -> None:
    values = {"purpose": "Answer questions.", "name": "x", "corpus": "x.txt"}
    with pytest.raises(ValueError, match="expects 'summary' questions"):
        Experiment(**values, workload={"kinds": {"factoid": 0.5, "summary": 0.5}})
    Experiment(**values, workload={"kinds": {"factoid": 1.0, "summary": 0.0}})


def test_a_kind_without_a_question_is_refused_once_the_exam_is_written() -> None:
    exam = questions(["factoid"] * 5)
    require_kinds({"factoid": 1.0}, exam)
    require_kinds(None, exam)
    with pytest.raises(WorkbenchError, match="50% unanswerable questions, and the exam holds none"):
        require_kinds({"factoid": 0.5, "unanswerable": 0.5}, exam)


def test_an_experiment_without_shares_of_kinds_is_written_and_read_alike() -> None:
    plain = WorkloadSpec()
    assert WorkloadSpec(kinds={"factoid": 1.0}).model_dump()["kinds"] == {"factoid": 1.0}
    values = {"purpose": "Answer questions.", "name": "x", "corpus": "x.txt"}
    there_and_back = Experiment.from_yaml(Experiment(**values).to_yaml())
    assert there_and_back.workload == plain
