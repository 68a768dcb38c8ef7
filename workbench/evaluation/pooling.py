"""What of a result depends on the shares of the workload and on the level, from grids of scores.

The pipeline pools the run as declared and What if pools it anew, by these same functions: the same
questions to which a metric applies, the same seeds, Holm within the same families. Pure.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import combinations
from typing import Any

import numpy as np

from workbench.evaluation import statistics
from workbench.evaluation.columns import ScoreColumns
from workbench.evaluation.gold import gold_agreement
from workbench.evaluation.levers import levers
from workbench.evaluation.metrics import UNBOUNDED
from workbench.evaluation.table import Table, tables
from workbench.experiment.variant import Variant, ceilings
from workbench.types import KINDS, STRATA, Question, Score
from workbench.wording import short_label

Mix = Mapping[str, float] | None
#: The parts of a row that are pooled by no shares.
SLICES = ("strata", "kinds", "slices", "gold", "gold_kinds")
#: Slices that have figures of their own, those with most questions: an import may have hundreds.
MOST_SLICES = 20


@dataclass(frozen=True, slots=True)
class Grids:
    """Scores by metric, on the exam and on the hand-written questions beside it.

    ``on_gold``: the exam is the hand-written questions, since none were written.
    """

    written: Mapping[str, Table]
    gold: Mapping[str, Table]
    on_gold: bool

    @classmethod
    def of(
        cls,
        questions: Sequence[Question],
        scores: ScoreColumns | Iterable[Score],
        names: Sequence[str],
        kind_mix: Mix = None,
        further: Sequence[Sequence[Score]] = (),
    ) -> Grids:
        """From all questions that were asked, gold (``origin == "gold"``) and written ones.

        ``further`` are the scores of each further training.
        """
        written, gold = parted(questions)
        listed = ScoreColumns.of(scores)
        return cls(
            tables(written, listed, names, kind_mix, further),
            tables(gold, listed, names, None, further),
            bool(written) and written[0].origin == "gold",
        )  # fmt: skip


def parted(questions: Sequence[Question]) -> tuple[list[Question], list[Question]]:
    """The exam and the gold questions beside it; without written ones the gold are the exam."""
    written = [question for question in questions if question.origin != "gold"]
    gold = [question for question in questions if question.origin == "gold"]
    return (written, gold) if written else (gold, [])


def pooled(
    rows: Sequence[Mapping[str, Any]],
    grids: Grids,
    variants: Sequence[Variant],
    *,
    mix: Mix,
    metric: str,
    level: float,
    seed: int,
    kept: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Estimates of every row, comparisons, interaction and the gold questions' opinion.

    ``rows`` have ``name``, ``label`` and ``is_ceiling``; they come back with ``metrics``,
    ``strata``, ``kinds``, ``gold`` and ``gold_kinds`` of the grids' metrics. ``kept`` is what this
    returned for other shares at the same level: what no share moves is taken from it.
    """
    names, limits = [str(row["name"]) for row in rows], ceilings(variants)
    known = {row["name"]: row for row in kept["variants"]} if kept else {}
    estimated = [
        {
            **row,
            "metrics": _estimates(grids.written, name, mix, level, seed),
            **({part: known[name][part] for part in SLICES} if kept else
               _slices(grids, name, level, seed)),
        }
        for name, row in zip(names, rows, strict=True)
    ]  # fmt: skip
    comparisons = _comparisons(
        grids.written,
        names,
        limits,
        mix,
        metric,
        level,
        seed,
        kept["comparisons"] if kept else None,
    )
    decisive = {name: grid for name, grid in grids.gold.items() if name == metric}
    on_gold = kept["gold_comparisons"] if kept else [
        {**item, "questions": "gold"}
        for item in _comparisons(decisive, names, limits, None, metric, level, seed)
    ]  # fmt: skip
    short = {str(row["name"]): short_label(row) for row in rows}
    return {
        "variants": estimated,
        "comparisons": comparisons,
        "gold_comparisons": on_gold,
        "interaction": levers(grids.written.get(metric), variants, short, mix, level, seed),
        "gold_agreement": gold_agreement(estimated, on_gold, comparisons, metric, grids.on_gold),
    }


def _slices(grids: Grids, variant: str, level: float, seed: int) -> dict[str, Any]:
    """The estimates that no share of the workload moves."""
    return {
        "strata": _by(grids.written, variant, Table.stratum, STRATA, level, seed),
        "kinds": _by(grids.written, variant, Table.kind, KINDS, level, seed),
        "slices": _by(
            grids.written, variant, Table.slice, largest_slices(grids.written), level, seed
        ),
        "gold": _estimates(grids.gold, variant, None, level, seed),
        "gold_kinds": _by(grids.gold, variant, Table.kind, KINDS, level, seed),
    }


def _estimates(
    grids: Mapping[str, Table],
    variant: str,
    mix: Mix,
    level: float,
    seed: int,
) -> dict[str, Any]:
    result = {}
    for name, grid in grids.items():
        if not grid.applies[:, grid.variants.index(variant)].any():
            continue
        due = grid.rows(grid.applies[:, grid.variants.index(variant)])
        bounds = None if name in UNBOUNDED else (0.0, 1.0)
        result[name] = _plain(
            statistics.estimate(
                due.trained(variant), due.design(mix), level=level, bounds=bounds, seed=seed
            )
        )
    return result


def _plain(result: Any) -> dict[str, Any]:
    values = told(result)
    values.pop("level")
    return values


def told(result: Any) -> dict[str, Any]:
    """An estimate or a comparison for results.json; without luck where none was measured."""
    values = asdict(result)
    if values["luck"] is None:
        del values["luck"]
    return values


def largest_slices(grids: Mapping[str, Table]) -> list[str]:
    """The slices with most questions, in alphabetical order."""
    named = next(iter(grids.values())).slices if grids else ()
    held = Counter(name for name in named if name)
    return sorted(name for name, _ in held.most_common(MOST_SLICES))


def _by(
    grids: Mapping[str, Table],
    variant: str,
    part: Callable[[Table, str], Table],
    names: Sequence[str],
    level: float,
    seed: int,
) -> dict[str, dict[str, Any]]:
    parts: dict[str, dict[str, Any]] = {}
    for name in names:
        cut = {metric: part(grid, name) for metric, grid in grids.items()}
        result = _estimates(
            {metric: grid for metric, grid in cut.items() if grid.questions},
            variant, None, level, seed,
        )  # fmt: skip
        if result:
            parts[name] = result
    return parts


def _comparisons(
    grids: Mapping[str, Table],
    variants: Sequence[str],
    limits: Sequence[str],
    mix: Mix,
    decisive: str,
    level: float,
    seed: int,
    kept: Sequence[dict[str, Any]] | None = None,
) -> list[dict[str, Any]]:
    """All pairs on the mix; on the decisive metric by stratum too. Holm within each family.

    The comparisons by stratum are ``kept`` ones, where there are any.
    """
    result: list[dict[str, Any]] = []
    for metric, grid in grids.items():
        cuts: list[tuple[str | None, Table, Mix]] = [(None, grid, mix)]
        if metric == decisive and kept is None:
            cuts += [
                (name, grid.stratum(name), None)
                for name in STRATA
                if any(stratum == name for stratum in grid.strata)
            ]
        bounds = None if metric in UNBOUNDED else (-1.0, 1.0)
        for stratum, cut, weights in cuts:
            family = []
            for baseline, variant in combinations(variants, 2):
                due = cut.applies[:, [cut.variants.index(v) for v in (variant, baseline)]]
                common = np.asarray(due.all(axis=1), dtype=bool)
                if not common.any():
                    continue
                pair = cut.rows(common)
                family.append(
                    told(
                        statistics.compare(
                            pair.trained(variant), pair.trained(baseline), pair.design(weights),
                            metric=metric, names=(variant, baseline), stratum=stratum,
                            level=level, bounds=bounds, seed=seed,
                        )
                    )
                )  # fmt: skip
            honest = [
                item for item in family if not {item["variant"], item["baseline"]} & set(limits)
            ]
            for item in family:
                item["p_raw"] = item["p"]
            adjusted = statistics.holm([item["p_raw"] for item in honest])
            for item, p in zip(honest, adjusted, strict=True):
                item["p"] = p
            result.extend(family)
        result.extend(
            item for item in kept or () if item["metric"] == metric and item["stratum"] is not None
        )
    return result
