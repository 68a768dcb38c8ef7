"""How often are the figures wrong? Simulated exams, ours beside counting single questions.

    python benchmarks/error_rates.py [--quick] [--only WORD] [--runs N] [--every] [--keep FILE]

Each design is drawn again and again from a known truth. Printed are the share of "95%" intervals
that hold the truth (for one system's score, for the difference of two, and for the leader of
several), beside them what a plain interval over single questions holds; then, through `summarise`
and `decide`, how often a verdict is false: the cheaper of two systems adopted although it is worse
by the margin, the dearer adopted although it is no better, a tie although they differ by the
margin; and how often a difference is found that should be found in 80% of exams. One row per
layout, from the lowest to the highest of its cells; `--every` prints each cell. `--quick` takes a
tenth of the runs. With `--keep` each cell goes into a file as it is done, and one that is there is
not drawn again: the whole grid takes most of an hour. The last line is one JSON object.
"""

from __future__ import annotations

import argparse
import json
import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workbench.costing import Cost
from workbench.decision import decide
from workbench.evaluation import statistics
from workbench.evaluation.statistics import Design
from workbench.evaluation.summary import summarise
from workbench.evaluation.table import tables
from workbench.experiment.decision import DecisionSpec, WorkloadSpec
from workbench.experiment.variant import Variant
from workbench.types import Answer, ModelReference, Question, Score

Array = NDArray[np.float64]

MARGIN = 0.03
NAMES = tuple(f"system_{k}" for k in range(8))
THREE = {"reworded": 0.5, "same_section": 0.3, "unseen": 0.2}


@dataclass(frozen=True, slots=True)
class Layout:
    """Which questions there are: ``sizes`` of the clusters, strata and kinds of the questions."""

    name: str
    sizes: tuple[int, ...]
    strata: str = "one"
    kinds: bool = False

    def columns(self) -> tuple[list[str | None], list[str] | None, dict[str, float] | None]:
        """Cluster and stratum of each question, and the shares of the strata."""
        alone = max(self.sizes) == 1
        cluster = np.repeat(np.arange(len(self.sizes)), self.sizes)
        names = [None if alone and self.strata == "one" else f"s{g}" for g in cluster]
        if self.strata == "tiny":
            return (
                names,
                ["unseen" if g < 3 else "reworded" for g in cluster],
                {"reworded": 0.5, "unseen": 0.5},
            )
        if self.strata == "three":
            # As an exam has it: unseen sections apart, the other two strata in the same sections.
            last = max(3, len(self.sizes) // 4)
            listed = [
                "unseen" if g < last else ("reworded", "same_section")[k % 2]
                for k, g in enumerate(cluster)
            ]
            return names, listed, THREE
        return names, None, None


LAYOUTS = [
    *(Layout(f"{n:,} alone", (1,) * n) for n in (40, 60, 150, 1000)),
    *(Layout(f"{n} sections of 10", (10,) * n) for n in (5, 12, 30)),
    Layout("150 beside 39 of 3", (150, *(3,) * 39)),
    Layout("310 + 3 sections of 3, two strata", (3,) * 313, "tiny"),
    Layout("40 sections of 4, three strata", (4,) * 40, "three"),
    Layout("40 sections of 4, strata and kinds", (4,) * 40, "three", True),
]


@dataclass(frozen=True, slots=True)
class Cell:
    """One design with its truth: the first mean is ``truth``, the others ``gap`` less."""

    layout: Layout
    score: str
    truth: float
    within: float
    gap: float = 0.05
    variants: int = 2
    missing: str = ""

    def means(self) -> Array:
        """The true mean of each variant."""
        return np.array([self.truth] + [self.truth - self.gap] * (self.variants - 1))


class Exam:
    """Draws the scores of one cell: (questions, variants), NaN where an answer is missing."""

    def __init__(self, cell: Cell) -> None:
        self.cell = cell
        self.clusters, self.strata, self.mix = cell.layout.columns()
        self.place = np.repeat(np.arange(len(cell.layout.sizes)), cell.layout.sizes)
        n = len(self.place)
        self.kinds = ["factoid" if k % 3 else "why_how" for k in range(n)]
        self.kind_mix = {"factoid": 0.4, "why_how": 0.6} if cell.layout.kinds else None
        self.design = Design.of(self.clusters, self.strata, self.mix, self.kinds, self.kind_mix)

    def truth(self) -> tuple[Array, float]:
        """The true mean of each variant, and the first's lead over the second.

        Where hard questions go unanswered, of the answered ones (by simulation): no interval over
        what was answered can speak of the others, which the verdict has to do.
        """
        means = self.cell.means()
        if self.cell.missing != "on hard questions":
            return means, float(means[0] - means[1])
        rng = np.random.default_rng(99)
        draws = np.vstack([self.draw(rng) for _ in range(3000)])
        return np.nanmean(draws, axis=0), float(np.nanmean(draws[:, 0] - draws[:, 1]))

    def draw(self, rng: np.random.Generator) -> Array:
        """Scores whose correlation within a cluster is ``within`` (Lunn and Davies 1998)."""
        from scipy.special import ndtr

        cell, n = self.cell, len(self.place)

        def latent(count: int) -> Array:
            # What is hard for one variant is hard for the others: correlation .5 between them.
            shared = rng.normal(size=(count, 1))
            return np.asarray(ndtr((shared + rng.normal(size=(count, cell.variants))) / np.sqrt(2)))

        together = rng.random((n, 1)) < np.sqrt(cell.within)
        hard = np.where(together, latent(len(cell.layout.sizes))[self.place], latent(n))
        mean = cell.means()
        if cell.score == "right/wrong":
            values = (hard < mean).astype(float)
        else:
            # All right, all wrong, or a part of it; the mean is the same.
            low, high = mean**2, 1 - (1 - mean) ** 2
            with np.errstate(invalid="ignore", divide="ignore"):
                part = np.where(high > low, (high - hard) / (high - low), 0.0)
            values = np.where(hard < low, 1.0, np.where(hard > high, 0.0, part))
        if cell.missing == "at random":
            values[rng.random(values.shape) < 0.15] = np.nan
        elif cell.missing == "on hard questions":
            values[(hard[:, :1] > 0.6) & (rng.random(values.shape) < 0.4)] = np.nan
        return np.asarray(values)


def coverage(cell: Cell, runs: int) -> dict[str, float]:
    """Share of runs whose interval holds the truth, ours and over single questions."""
    exam, rng = Exam(cell), np.random.default_rng(0)
    truth, gap = exam.truth()
    held = dict.fromkeys(("estimate", "difference", "plain_estimate", "plain_difference"), 0)
    best = {"leader": 0, "plain_leader": 0}
    for _ in range(runs):
        values = exam.draw(rng)
        first, second = values[:, 0], values[:, 1]
        score = statistics.estimate(first, exam.design)
        pair = statistics.compare(first, second, exam.design)
        held["estimate"] += _holds(score.low, score.high, truth[0])
        held["difference"] += _holds(pair.low, pair.high, gap)
        held["plain_estimate"] += _holds(*_plain(first), truth[0])
        held["plain_difference"] += _holds(*_plain(first - second), gap)
        if cell.variants > 2:
            columns = {str(k): column for k, column in enumerate(values.T)}
            found = statistics.leader(columns, exam.design)
            assert found is not None
            name, chosen = found
            best["leader"] += _holds(chosen.low, chosen.high, truth[int(name)])
            best["plain_leader"] += _holds(*_plain(values[:, int(name)]), truth[int(name)])
    counts = held | best if cell.variants > 2 else held
    return {name: count / runs for name, count in counts.items()}


def _holds(low: float | None, high: float | None, truth: float) -> bool:
    return low is None or high is None or low - 1e-9 <= truth <= high + 1e-9


def _plain(values: Array) -> tuple[float, float]:
    seen = values[~np.isnan(values)]
    half = 1.96 * seen.std(ddof=1) / np.sqrt(len(seen))
    return seen.mean() - half, seen.mean() + half


def verdict(exam: Exam, values: Array, cheap: int) -> dict[str, Any]:
    """The verdict on these scores, the variant at ``cheap`` costing a fifth of the others."""
    names = NAMES[: values.shape[1]]
    questions = [
        Question(f"q{k}", "?", ("x",), cluster=exam.clusters[k], kind=exam.kinds[k],
                 stratum=exam.strata[k] if exam.strata else None)
        for k in range(len(values))
    ]  # fmt: skip
    scores, answers = [], []
    for at, name in enumerate(names):
        for k, value in enumerate(values[:, at].tolist()):
            lost = math.isnan(value)
            scores.append(Score(f"q{k}", name, "correct", None if lost else value))
            state = {"status": "failed", "error": "no answer"} if lost else {}
            answers.append(Answer(f"q{k}", name, "x", 1, 1, 0.1, **state))
    traits = {name: Variant(name, "none", model=ModelReference(name, endpoint="there"))
              for name in names}  # fmt: skip
    work = WorkloadSpec(strata=exam.mix) if exam.mix else WorkloadSpec()
    results = summarise(questions, answers, scores, variants=list(traits.values()), mix=exam.mix,
                        kind_mix=exam.kind_mix, metric="correct", margin=MARGIN)  # fmt: skip
    results |= {"run": {"corpus": {"sections": 0}}, "left_out": []}
    money = {name: _cost(1e-4 if at == cheap else 5e-4) for at, name in enumerate(names)}
    table = tables(questions, scores, names, exam.kind_mix)["correct"]
    return decide(results, table, traits, money, DecisionSpec(metric="correct"), work)


def _cost(each: float) -> Cost:
    return Cost("USD", 0.0, 0.0, each, 0.0, per_1000=1000 * each, per_month=10_000 * each)


def verdicts(cell: Cell, runs: int) -> dict[str, float]:
    """How often a verdict is false, and how often a difference is found.

    ``worse_adopted``: the cheap system is worse by the margin, and adopted; ``false_tie``: the
    same exams end in a tie; ``no_better_adopted``: a dear system as good as the cheap one is
    adopted; ``found``: a difference that 80% of exams should find, tested at 5%.
    """
    rng = np.random.default_rng(1)
    count = dict.fromkeys(("worse_adopted", "false_tie", "no_better_adopted", "found"), 0)
    worse, same = Exam(replace(cell, gap=MARGIN)), Exam(replace(cell, gap=0.0))
    stated = []
    for _ in range(runs):
        result = verdict(worse, worse.draw(rng), cheap=1)
        wrong = result["variant"] is not None and result["variant"] != NAMES[0]
        count["worse_adopted"] += result["kind"] == "adopt" and wrong
        count["false_tie"] += result["kind"] == "tie"
        values = same.draw(rng)
        result = verdict(same, values, cheap=1)
        dear = result["variant"] not in (None, NAMES[1])
        count["no_better_adopted"] += result["kind"] == "adopt" and dear and cell.variants == 2
        sample = statistics.contrast([values[:, 0], values[:, 1]], (1, -1), same.design)
        assert sample is not None
        mean = float(np.nanmean(values[:, 0]))
        stated.append(statistics.detectable_difference(sample, mean=mean) or np.nan)
    gap = float(np.nanmedian(stated)) if np.isfinite(stated).any() else math.inf
    rates = {name: float(value / runs) for name, value in count.items()}
    if gap >= cell.truth:
        return {**rates, "detectable": gap, "found": math.nan}
    apart, found = Exam(replace(cell, gap=gap)), 0
    for _ in range(runs):
        values = apart.draw(rng)
        p = statistics.compare(values[:, 0], values[:, 1], apart.design).p
        found += p is not None and p < 0.05
    return {**rates, "detectable": gap, "found": found / runs}


def grid() -> Iterator[Cell]:
    """Every layout with every score, truth and correlation; then more systems, missing answers."""
    for layout in LAYOUTS:
        alone = max(layout.sizes) == 1
        for score in ("right/wrong", "F1"):
            for truth in (0.5, 0.95, 1.0):
                for within in (0.0,) if alone else (0.0, 0.3, 0.71):
                    yield Cell(layout, score, truth, within)
    for layout in LAYOUTS[2], LAYOUTS[6]:
        for score in ("right/wrong", "F1"):
            for variants in (4, 8):
                yield Cell(layout, score, 0.5, 0.3, 0.0, variants)
            for missing in ("at random", "on hard questions"):
                yield Cell(layout, score, 0.5, 0.3, missing=missing)


def judged() -> Iterator[Cell]:
    """The designs whose verdicts are taken, most of them near the ceiling: the hardest place."""
    for layout in LAYOUTS:
        alone = max(layout.sizes) == 1
        for score, truth in (("right/wrong", 0.95), ("right/wrong", 0.5), ("F1", 0.95)):
            yield Cell(layout, score, truth, 0.0 if alone else 0.3)
    for variants in (4, 8):
        yield Cell(LAYOUTS[6], "right/wrong", 0.95, 0.3, variants=variants)
    for missing in ("at random", "on hard questions"):
        yield Cell(LAYOUTS[2], "right/wrong", 0.95, 0.0, missing=missing)


COVERED = ("estimate", "difference", "leader")
FALSE = ("worse_adopted", "false_tie", "no_better_adopted", "found")


def row_of(cell: Cell) -> str:
    """The row of the printed table that a cell belongs to."""
    more = f", {cell.variants} equal systems" if cell.variants > 2 else ""
    lost = f", missing {cell.missing}" if cell.missing else ""
    return f"{cell.layout.name}{more}{lost}"


def ranges(cells: Sequence[tuple[Cell, dict[str, float]]]) -> dict[str, dict[str, str]]:
    """Per row the lowest to the highest share over its cells, for each column."""
    rows: dict[str, dict[str, list[float]]] = {}
    for cell, found in cells:
        for name, value in found.items():
            # A figure whose truth is the end of the scale is inside every interval.
            if cell.truth == 1 and name.endswith("estimate"):
                continue
            rows.setdefault(row_of(cell), {}).setdefault(name, []).append(value)
    return {
        row: {name: f"{np.nanmin(values):.3f} to {np.nanmax(values):.3f}" if len(values) > 1
              else f"{values[0]:.3f}" for name, values in columns.items()}
        for row, columns in rows.items()
    }  # fmt: skip


def show(title: str, rows: dict[str, dict[str, str]], columns: Sequence[str]) -> None:
    """A Markdown table."""
    print(f"\n| {title} | " + " | ".join(name.replace("_", " ") for name in columns) + " |")
    print("|---" * (len(columns) + 1) + "|")
    for row, cells in rows.items():
        print(f"| {row} | " + " | ".join(cells.get(name, "") for name in columns) + " |")


def _kept(path: Path | None) -> dict[str, dict[str, float]]:
    """The cells of an earlier call, by what they are."""
    if path is None or not path.exists():
        return {}
    lines = path.read_text("utf-8").splitlines()
    return {item["cell"]: item["found"] for item in map(json.loads, lines)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--quick", action="store_true", help="a tenth of the runs")
    parser.add_argument("--only", default="", help="only layouts whose name holds this")
    parser.add_argument("--runs", type=int, default=400)
    parser.add_argument("--every", action="store_true", help="print each cell as it is done")
    parser.add_argument("--keep", type=Path, help="a file of cells that are done")
    asked = parser.parse_args()
    runs = max(50, asked.runs // 10) if asked.quick else asked.runs
    began = time.perf_counter()
    kept = _kept(asked.keep)
    done: dict[str, list[tuple[Cell, dict[str, float]]]] = {"coverage": [], "verdicts": []}
    for name, cells, measure in (("coverage", grid(), coverage), ("verdicts", judged(), verdicts)):
        for cell in cells:
            if asked.only not in cell.layout.name:
                continue
            # A verdict takes ten times as long as an interval.
            times = runs if measure is coverage else max(50, runs // 2)
            what = f"{cell.score} {cell.truth:g}; within {cell.within:g}; gap {cell.gap:g}"
            key = f"{name} of {times}: {row_of(cell)}; {what}"
            if key not in kept:
                kept[key] = measure(cell, times)
                if asked.keep:
                    with asked.keep.open("a", encoding="utf-8") as file:
                        file.write(json.dumps({"cell": key, "found": kept[key]}) + "\n")
            done[name].append((cell, kept[key]))
            if asked.every:
                told = " ".join(f"{key}={value:.3f}" for key, value in done[name][-1][1].items())
                print(f"{key}: {told}", flush=True)
    covered, false = ranges(done["coverage"]), ranges(done["verdicts"])
    show("coverage of 95%", covered, [*COVERED, *(f"plain_{name}" for name in COVERED)])
    show("verdicts", false, FALSE)
    seconds = round(time.perf_counter() - began)
    print(f"\n{runs} exams a cell ({max(50, runs // 2)} verdicts), {seconds} s")
    print(json.dumps({"runs": runs, "seconds": seconds, "coverage": covered, "verdicts": false}))


if __name__ == "__main__":
    main()
