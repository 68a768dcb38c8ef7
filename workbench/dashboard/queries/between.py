"""What changed between two runs, read from their files and worked out by ``compare_runs``."""

from __future__ import annotations

from typing import Any

from workbench.dashboard.queries.records import Records
from workbench.dashboard.queries.runs import Snapshot
from workbench.decision.compare_runs import compare_runs


def compared(before: Snapshot, after: Snapshot, opened: tuple[Records, Records]) -> dict[str, Any]:
    """``compare_runs`` on the written exams of both; raises WorkbenchError as it does."""
    asked = [
        row
        for records in opened
        # Gold questions are scored too; only the written exam is compared.
        for row in records.rows(
            "SELECT id, cluster, stratum, kind FROM questions WHERE origin <> 'gold'"
        )
    ]
    ids = {row["id"] for row in asked}
    scores = [records.scored([before.metric]).only(questions=ids) for records in opened]
    return compare_runs(
        before.results,
        after.results,
        *scores,
        clusters={row["id"]: row["cluster"] for row in asked},
        strata={row["id"]: row["stratum"] for row in asked},
        kinds={row["id"]: row["kind"] for row in asked},
    )


def family(run: Snapshot, runs: list[Snapshot]) -> list[Snapshot]:
    """The runs with results of the same experiment on the same text, the earliest first."""
    name = run.specification.get("name")
    kept = [
        other
        for other in runs
        if other.variants
        and other.title == run.title
        and other.metric == run.metric
        and other.specification.get("name") == name
    ]
    return sorted(kept, key=lambda other: other.created)
