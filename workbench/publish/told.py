"""What is told of a run elsewhere: settings, figures with their intervals, the verdict."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from workbench.records.results import Results
    from workbench.records.run import Run
    from workbench.records.variants import Estimate, VariantRow

#: Formats of the report that are published.
REPORTS = ("html", "md")


@dataclass(frozen=True, slots=True)
class Told:
    """A run as other programs keep one: no text of the corpus is in it but in ``reports``."""

    name: str
    run: str
    parameters: dict[str, str]
    metrics: dict[str, float]
    tags: dict[str, str]
    reports: tuple[Path, ...]


def told_of(run: Run, report: bool = True) -> Told:
    """What is told of a finished run; its report is written where it is not there."""
    results = run.results()
    experiment = run.experiment()
    spec = {} if experiment is None else experiment.model_dump(mode="json")
    return Told(
        run.id.rpartition("-")[0] or run.id, run.id, dict(_flat(spec)), dict(_figures(results)),
        _tags(run.id, results), _reports(run) if report else (),
    )  # fmt: skip


def plain(name: str) -> str:
    """A name that every tracker takes: letters, digits, and - _ . / between them."""
    return re.sub(r"[^\w./-]", "_", name.replace("@", "_at_"), flags=re.ASCII)


def _flat(value: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """Each setting by its whole key; what is unset is left out."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from _flat(item, f"{name}.{key}" if name else str(key))
    elif isinstance(value, list) and any(isinstance(item, Mapping) for item in value):
        for place, item in enumerate(value):
            # Variants are known by name, wherever they stand in the list.
            own = item.get("name", place) if isinstance(item, Mapping) else place
            yield from _flat(item, f"{name}.{own}")
    elif isinstance(value, list):
        if value:
            yield plain(name), ", ".join(map(str, value))
    elif value is not None:
        yield plain(name), _pathless(str(value))


def _pathless(value: str) -> str:
    """The last part of a path: where this machine keeps its files is nobody else's concern."""
    return Path(value).name if Path(value).expanduser().is_absolute() else value


def _figures(results: Results) -> Iterator[tuple[str, float]]:
    for row in results.variants:
        name = plain(row.name)
        for metric, estimate in row.metrics.items():
            yield from _with_ends(f"{name}/{plain(metric)}", estimate)
        for stratum, metrics in row.strata.items():
            if results.metric in metrics:
                key = f"{name}/{plain(results.metric)}/{plain(stratum)}"
                yield from _with_ends(key, metrics[results.metric])
        for key, value in _beside(row):
            if value is not None:
                yield f"{name}/{key}", float(value)


def _with_ends(name: str, estimate: Estimate) -> Iterator[tuple[str, float]]:
    ends = {"": estimate.value, "_low": estimate.low, "_high": estimate.high}
    if estimate.value is not None:
        yield from ((name + end, float(v)) for end, v in ends.items() if v is not None)
        yield f"{name}_n", float(estimate.n)


def _beside(row: VariantRow) -> Iterator[tuple[str, float | int | None]]:
    """Time, tokens and money."""
    yield "total_s_p50", row.latency.total_s.p50
    yield "total_s_p90", row.latency.total_s.p90
    yield "input_tokens", row.tokens.input
    yield "output_tokens", row.tokens.output
    if row.cost is not None:
        currency = plain(row.cost.currency)
        yield f"cost_per_1000_{currency}", row.cost.per_1000
        yield f"cost_per_month_{currency}", row.cost.per_month


def _tags(run: str, results: Results) -> dict[str, str]:
    verdict = results.verdict
    tags = {
        "workbench.run": run,
        "workbench.verdict": verdict.kind,
        "workbench.variant": verdict.variant or verdict.leader or "",
        "workbench.sentence": verdict.sentence,
        "workbench.metric": results.metric,
        "workbench.level": f"{results.level:g}",
        "workbench.model": results.run.model or "",
        "workbench.exam": results.run.exam_hash or "",
    }
    return {key: value for key, value in tags.items() if value}


def _reports(run: Run) -> tuple[Path, ...]:
    from workbench.stages.reports import write_reports

    missing = [kind for kind in REPORTS if not run.files.report(kind).exists()]
    if missing:
        write_reports(run, missing)
    return tuple(run.files.report(kind) for kind in REPORTS)
