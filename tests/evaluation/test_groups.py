"""Groups of questions: who is worse off, how sure that is, and how often it is a false alarm."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.group_errors import flagged_share
from workbench.evaluation.group_tags import group_tags
from workbench.evaluation.groups import flagged, groups, widest
from workbench.evaluation.statistics import Design, between
from workbench.evaluation.table import Table
from workbench.experiment.fairness import FairnessSpec
from workbench.types import Question


def table(values: list[float], clusters: list[str]) -> Table:
    count = len(values)
    return Table(
        "f1", tuple(f"q{n}" for n in range(count)), ("x",), np.array(values)[:, None],
        np.ones((count, 1), dtype=bool), tuple(clusters), (None,) * count, ("factoid",) * count,
    )  # fmt: skip


def test_the_worst_group_and_every_gap_are_told() -> None:
    values = [1.0] * 20 + [0.5] * 20 + [0.0] * 20
    tags = {f"q{n}": ("a", "b", "c")[n // 20] for n in range(60)}
    found = groups(table(values, [f"s{n % 12}" for n in range(60)]), {"team": tags}, {})
    (row,) = found["variants"]
    assert row["worst"]["group"] == "c" and row["worst"]["of"] == 3
    assert (row["gaps"][0]["better"], row["gaps"][0]["worse"]) == ("a", "c")
    assert row["gaps"][0]["difference"] == 1.0
    assert row["gaps"][0]["p"] == 3 * row["gaps"][0]["p_raw"]
    assert all(g["low_all"] < g["low"] for g in row["gaps"])
    assert flagged(row, 0.95)
    held = widest(found)["x"]
    assert held["low"] < held["value"] <= held["high"]


def test_small_groups_are_named_and_not_compared() -> None:
    tags = {f"q{n}": "many" for n in range(20)} | {"q20": "few"}
    found = groups(table([1.0] * 30, ["s"] * 30), {"team": tags}, {}, least=5)
    (item,) = found["attributes"]
    assert [group["name"] for group in item["groups"]] == ["many"]
    assert item["left_out"] == {"few": 1} and item["untagged"] == 9
    assert found["variants"][0]["gaps"] == [] and found["variants"][0]["worst"] is None
    assert widest(found)["x"]["high"] is None


def test_sections_are_compared_by_their_facts() -> None:
    tags = {f"q{n}": f"s{n // 20}" for n in range(40)}
    values = [1.0, 0.0] * 10 + [1.0] * 20
    found = groups(
        table(values, [f"s{n // 20}" for n in range(40)]), {"section": tags},
        {f"q{n}": f"f{n}" for n in range(40)},
    )  # fmt: skip
    (gap,) = found["variants"][0]["gaps"]
    assert (gap["better"], gap["worse"], gap["difference"]) == ("s1", "s0", 0.5)
    assert gap["low"] > 0


def test_means_that_rise_and_fall_together_make_the_gap_surer() -> None:
    rng = np.random.default_rng(1)
    clusters = np.repeat(np.arange(20), 4)
    level = rng.random(20)[clusters]
    one, other = ((rng.random(80) < level).astype(float) for _ in range(2))

    def design(own: np.ndarray) -> Design:
        return Design(own, np.zeros(80, dtype=np.intp), np.ones(1))

    shared = between((one, design(clusters)), (other, design(clusters)))
    apart = between((one, design(clusters)), (other, design(clusters + 20)))
    assert shared is not None and apart is not None and shared.together > 0.2
    assert np.ptp(shared.interval(0.95)) < np.ptp(apart.interval(0.95))
    turned = tuple(-end for end in shared.interval(0.95)[::-1])
    assert shared.turned().interval(0.95) == pytest.approx(turned)


def test_a_biased_variant_is_caught_and_a_fair_one_is_not() -> None:
    """benchmarks/group_errors.py has the same over many designs."""
    fair = flagged_share(16, 6, accuracy=0.8, gap=0.0, within=0.3, exams=60)
    biased = flagged_share(16, 6, accuracy=0.8, gap=0.4, within=0.3, exams=30)
    assert fair <= 0.05
    assert biased >= 0.7


@pytest.mark.parametrize("name", ["gender", "region"])
def test_a_column_goes_before_the_words(name: str) -> None:
    asked = [
        Question("a", "Who is she?", ("x",), tags={"gender": "other"}, cluster="s1"),
        Question("b", "Who is she?", ("x",), tags={"region": "north"}),
        Question("c", "Who is it?", ("Tom and Anna",)),
    ]
    found = group_tags(asked, FairnessSpec(groups=(name, "section")), "en")
    assert found["section"] == {"a": "s1"}
    assert found[name] == ({"a": "other", "b": "women"} if name == "gender" else {"b": "north"})
