"""Judged scores into results that were worked out before them; all else stays as it is. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from workbench.evaluation.behaviour import rubric_of
from workbench.evaluation.judge_run import BEHAVIOUR, NAMES
from workbench.evaluation.summary import summarise
from workbench.experiment.variant import Variant
from workbench.types import Question, Score
from workbench.wording import say


def merge_judged_scores(
    results: Mapping[str, Any], questions: Sequence[Question], scores: Sequence[Score]
) -> dict[str, Any]:
    """results.json with the judged metrics of ``scores`` in the place of any before them. Pure.

    Behaviour that a judge weighed comes with what patterns settled, since both are one metric.
    """
    new_names = NAMES | {score.metric for score in scores}
    result = summarise(
        questions, (), scores,
        variants=[Variant.named(row["name"], row.get("context")) for row in results["variants"]],
        mix=results["mix"], kind_mix=results.get("kind_mix"), metric=results["metric"],
        margin=results["margin"], level=results["level"],
        seed=results["run"].get("seed", 0),
    )  # fmt: skip
    rows = []
    for row, new in zip(results["variants"], result["variants"], strict=True):
        changed = dict(row)
        for part in ("metrics", "gold"):
            changed[part] = {**_without(row[part], new_names), **new[part]}
        for part in ("strata", "kinds", "gold_kinds"):
            changed[part] = {
                cut: {**_without(row[part].get(cut, {}), new_names), **new[part].get(cut, {})}
                for cut in [*row[part], *(cut for cut in new[part] if cut not in row[part])]
            }
        rows.append(changed)
    kept = [result for result in results["comparisons"] if result["metric"] not in new_names]
    warnings = results["warnings"]
    if BEHAVIOUR in new_names:
        unweighed = sum(bool(rubric_of(question.tags)) for question in questions)
        stale = say("warn_unjudged_behaviour", n=str(unweighed))
        warnings = [warning for warning in warnings if warning != stale]
    return {
        **results,
        "variants": rows,
        "comparisons": [*kept, *result["comparisons"]],
        "warnings": warnings,
    }


def _without(matches: Mapping[str, Any], names: Collection[str]) -> dict[str, Any]:
    return {metric: result for metric, result in matches.items() if metric not in names}
