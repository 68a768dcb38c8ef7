"""Runs held against each other, and a variant against what is demanded of it.

For the command line and for whoever asks as a program: both are told the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workbench.decision import gate as demands
from workbench.decision.compare_runs import (
    Weighed,
    check_same_text,
    compare_runs,
    later_minus_earlier,
)
from workbench.decision.gate import Check, not_worse
from workbench.errors import WorkbenchError
from workbench.questions import load
from workbench.records.run import Run, find_run
from workbench.records.variants import VariantRow
from workbench.stages.score_table import read_scores


def changes(before: Run, after: Run) -> dict[str, Any]:
    """What changed from one run to a later one, and whether it is real."""
    runs = [before, after]
    questions = [question for run in runs for question in load(run.files.exam).test]
    # Gold questions are scored too; only the written exam is compared.
    asked = {question.id for question in questions}
    scores = [[score for score in read_scores(run.path) if score.question in asked] for run in runs]
    result: dict[str, Any] = compare_runs(
        runs[0].results(), runs[1].results(), scores[0], scores[1],
        clusters={question.id: question.cluster for question in questions},
        strata={question.id: question.stratum for question in questions},
        kinds={question.id: question.kind for question in questions},
    )  # fmt: skip
    return result


@dataclass(frozen=True, slots=True)
class Demands:
    """What a variant must reach; None: that is not demanded. See ``workbench gate``."""

    baseline: str | None = None
    against: str | None = None
    non_inferior: float | None = None
    min_score: float | None = None
    max_p90: float | None = None
    max_invented: float | None = None
    drift: Path | None = None


def gate_checks(here: Run, variant: str, demanded: Demands) -> tuple[VariantRow, list[Check]]:
    """The variant, and a check for each demand; WorkbenchError where nothing is demanded."""
    results = here.results()
    row = next((row for row in results.variants if row.name == variant), None)
    if row is None:
        raise WorkbenchError(
            f"{here.path.name} has no variant {variant!r}.", f"It has {', '.join(results.names())}."
        )
    checks: list[Check] = []
    if demanded.baseline is not None or demanded.against is not None:
        checks.append(_compared(here, variant, demanded))
    elif demanded.non_inferior is not None:
        raise WorkbenchError(
            "--non-inferior needs something to hold the variant against.",
            "Name an accepted run (--baseline RUN) or another variant (--against NAME).",
        )
    if demanded.min_score is not None:
        estimate = row.metrics.get(results.metric)
        checks.append(demands.at_least(estimate, demanded.min_score, results.metric))
    if demanded.max_p90 is not None:
        checks.append(demands.fast_enough(row, demanded.max_p90))
    if demanded.max_invented is not None:
        checks.append(demands.invents_little(row, demanded.max_invented, results.level))
    if demanded.drift is not None:
        from workbench.asked.sides import held_against

        checks.append(demands.asked_alike(held_against(here, demanded.drift)))
    if not checks:
        raise WorkbenchError(
            "Nothing is demanded of the variant.",
            "Name at least one of --baseline, --against, --min-score, --max-p90, --max-invented, "
            "--drift.",
        )
    return row, checks


def _compared(here: Run, variant: str, demanded: Demands) -> Check:
    """The variant held against another one, or against itself in an accepted run."""
    from workbench.evaluation.columns import ScoreColumns

    there = here if demanded.baseline is None else find_run(demanded.baseline)
    other = demanded.against or variant
    accepted, results = there.results(), here.results()
    check_same_text(accepted, results)
    if other not in accepted.names():
        raise WorkbenchError(
            f"{there.path.name} has no variant {other!r}.",
            f"It has {', '.join(accepted.names())}; name one by --against.",
        )
    if there.path == here.path and other == variant:
        raise WorkbenchError(
            f"That holds {variant} against itself.", "Name another variant, or another run."
        )
    questions = {q.id: q for run in (there, here) for q in load(run.files.exam).test}

    def asked(run: Run, name: str) -> dict[str, float]:
        """Scores of the written exam; hand-written questions are scored too."""
        scores = ScoreColumns.of(read_scores(run.path)).by_variant(accepted.metric).get(name, {})
        return {key: value for key, value in scores.items() if key in questions}

    weighed = Weighed(
        {q.id: q.cluster for q in questions.values()},
        {q.id: q.stratum for q in questions.values()},
        {q.id: q.kind for q in questions.values()},
        accepted.mix, accepted.kind_mix,
    )  # fmt: skip
    sides = asked(there, other), asked(here, variant)
    _, sample, why = later_minus_earlier(*sides, weighed, accepted.metric)
    than = other if there.path == here.path else f"{other} in {there.path.name}"
    allowed = accepted.margin if demanded.non_inferior is None else demanded.non_inferior
    return not_worse(sample, allowed, accepted.level, than, why)
