"""What changed between two runs, and whether it is real."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from workbench.errors import WorkbenchError
from workbench.evaluation.columns import ScoreColumns
from workbench.evaluation.metrics import UNBOUNDED
from workbench.evaluation.statistics import Design, contrast, holm
from workbench.evaluation.statistics.design import Array
from workbench.evaluation.statistics.sampling import Sampling, sampling
from workbench.records.results import CorpusFacts, Results
from workbench.types import Score
from workbench.wording import (
    count,
    difference,
    figure,
    interval,
    money,
    say,
    seconds,
    statement,
    text,
)

FEW_SHARED = 8


def compare_runs(
    before: Results,
    after: Results,
    before_scores: ScoreColumns | Iterable[Score],
    after_scores: ScoreColumns | Iterable[Score],
    *,
    clusters: Mapping[str, str | None],
    strata: Mapping[str, str | None] | None = None,
    kinds: Mapping[str, str] | None = None,
    seed: int = 0,
) -> dict[str, Any]:
    """Each shared variant, later minus earlier, on the earlier run's decisive metric.

    Questions that both runs asked are paired; ``clusters`` (and ``strata``, ``kinds``) give the
    section (and stratum, kind) of every question of both runs, weighed as the earlier run says.
    With fewer than eight shared questions the runs are compared as two independent exams, which
    takes a larger difference to show, and says so. Raises WorkbenchError for runs on different
    texts: a difference between them would be one of the texts.
    """
    check_same_text(before, after)
    metric, level = before.metric, before.level
    weighed = Weighed(clusters, strata or {}, kinds, before.mix, before.kind_mix)
    first, second = (
        ScoreColumns.of(scores).by_variant(metric) for scores in (before_scores, after_scores)
    )
    names, later = list(before.names()), after.names()
    result: list[dict[str, Any]] = []
    for name in (name for name in names if name in later):
        earlier, two = first.get(name, {}), second.get(name, {})
        value, sample, method = later_minus_earlier(earlier, two, weighed, metric, seed)
        span, p = (None, None) if sample is None else (sample.interval(level), sample.p())
        result.append(
            {"metric": metric, "variant": name, "label": later[name],
             "n": len(set(earlier) & set(two)), "n_before": len(earlier), "n_after": len(two),
             "difference": value,
             "low": span[0] if span else None, "high": span[1] if span else None,
             "level": level, "p": p, "method": method}
        )  # fmt: skip
    for row, p in zip(result, holm([row["p"] for row in result]), strict=True):
        row["p"] = p
        row["real"] = bool(row["low"] is not None and (row["low"] > 0 or row["high"] < 0)
                           and p is not None and p < 1 - level)  # fmt: skip
        row["sentence"] = _sentence(row)
    verdicts = before.verdict, after.verdict
    same = len({(verdict.kind, verdict.variant) for verdict in verdicts}) == 1
    return {
        "metric": metric,
        "variants": result,
        "only_before": sorted(set(names) - set(later)),
        "only_after": sorted(set(later) - set(names)),
        "same_verdict": same,
        "verdicts": [verdict.sentence for verdict in verdicts],
        "facts": _facts(before, after),
        "sentence": _summary(result, same),
    }


def check_same_text(before: Results, after: Results) -> None:
    """Raise WorkbenchError for runs on different texts."""
    texts = before.run.corpus, after.run.corpus
    if texts[0].title != texts[1].title and texts[0].edition != texts[1].edition:
        raise WorkbenchError(
            f"These runs are about different texts, {texts[0].title} and {texts[1].title}: what "
            "differs between them may be the text alone.",
            "Compare runs on one text, or on two editions of it.",
        )


def later_minus_earlier(
    earlier: Mapping[str, float],
    later: Mapping[str, float],
    weighed: Weighed,
    metric: str,
    seed: int = 0,
) -> tuple[float | None, Sampling | None, str]:
    """The difference of scores by question: its value, its error where there is one, and how.

    Paired over the shared questions, as the variants of one run are; of fewer than
    :data:`FEW_SHARED`, two independent exams.
    """
    common = sorted(set(earlier) & set(later))
    if len(common) < FEW_SHARED:
        return _apart(earlier, later, weighed, seed)
    columns = [np.array([side[question] for question in common]) for side in (later, earlier)]
    sample = contrast(
        columns, (1, -1), weighed.design(common), bounded=metric not in UNBOUNDED, seed=seed
    )
    if sample is None:
        return None, None, ""
    return sample.value, sample, f"paired; {sample.method}"


@dataclass(frozen=True, slots=True)
class Weighed:
    """Section, stratum and kind by question, and the shares of the last two."""

    clusters: Mapping[str, str | None]
    strata: Mapping[str, str | None]
    kinds: Mapping[str, str] | None
    mix: Mapping[str, float] | None
    kind_mix: Mapping[str, float] | None

    def design(self, questions: list[str]) -> Design:
        """The design of these questions."""
        sections = [self.clusters.get(question) for question in questions]
        parts = [self.strata.get(question) for question in questions]
        kinds = None if self.kinds is None else [self.kinds.get(q, "") for q in questions]
        matches = any(parts)
        return Design.of(
            sections,
            parts if matches else None,
            self.mix if matches else None,
            kinds,
            self.kind_mix,
        )


def _apart(
    first: Mapping[str, float],
    two: Mapping[str, float],
    weighed: Weighed,
    seed: int,
) -> tuple[float | None, Sampling | None, str]:
    """Difference of two independent exams: errors add in squares, Welch's degrees of freedom."""
    sides: list[Sampling] = []
    for scores in (first, two):
        questions = sorted(scores)
        values: Array = np.array([scores[question] for question in questions])
        sample = sampling(values, weighed.design(questions), seed=seed) if questions else None
        if sample is None:
            return None, None, "no scores"
        sides.append(sample)
    value = sides[1].value - sides[0].value
    if any(side.error is None for side in sides):
        return value, None, "too few sections"
    squares = [(side.error or 0.0) ** 2 for side in sides]
    total = sum(squares)
    if total == 0:
        return value, None, "no variation"
    spread = sum(v**2 / side.degrees for v, side in zip(squares, sides, strict=True))
    result = Sampling(value, total**0.5, total**2 / spread, sides[0].n + sides[1].n, 0)
    return value, result, "two exams; cluster-robust t"


def _sentence(row: Mapping[str, Any]) -> str:
    if row["difference"] is None:
        return say("between_none", name=row["label"])
    if row["difference"] == 0 and row["low"] == row["high"] == 0:
        return say("between_same", name=row["label"], shared=str(row["n"]))
    key = "between_unclear"
    if row["low"] is not None and (row["low"] > 0 or row["high"] < 0):
        # Alone it would count; among several that were looked at it does not.
        key = "between_unclear_among"
    if row["real"]:
        key = "between_better" if row["difference"] > 0 else "between_worse"
    return say(key, name=row["label"], gap=difference(row["difference"]),
               span=interval(row["low"], row["high"], row["metric"], signed=True))  # fmt: skip


def _summary(rows: list[dict[str, Any]], same: bool) -> str:
    real = sum(row["real"] for row in rows)
    key = "between_same_verdict" if same else "between_other_verdict"
    return text(statement(key, real=figure(real, "count", "/variants"),
                          n=figure(len(rows), "count", "/variants")))  # fmt: skip


def _facts(before: Results, after: Results) -> list[dict[str, Any]]:
    """Costs, latency and circumstances that differ, as name, before, after."""
    result: list[dict[str, Any]] = []
    facts = before.run, after.run
    circumstances: tuple[tuple[str, Callable[[Any], str]], ...]
    circumstances = (("model", str), ("seed", str), ("corpus", _corpus_told))
    for key, words in circumstances:
        first, two = (getattr(run, key) for run in facts)
        if first != two:
            result.append({
                "what": key, "before": facts[0].record().get(key),
                "after": facts[1].record().get(key),
                "sentence": f"{key}: {words(first)} -> {words(two)}",
            })  # fmt: skip
    later = {row.name: row for row in after.variants}
    for row in before.variants:
        other = later.get(row.name)
        if other is None:
            continue
        for what, label, values, told in (
            ("p90_s", "slowest tenth", [r.latency.total_s.p90 for r in (row, other)], seconds),
            ("per_1000", "cost of 1,000 questions",
             [r.cost.per_1000 if r.cost else None for r in (row, other)], money),
        ):  # fmt: skip
            # What looks alike in print is no news.
            if told(values[0]) != told(values[1]):
                result.append({
                    "what": f"{row.name}.{what}", "before": values[0], "after": values[1],
                    "sentence": f"{row.label}, {label}: {told(values[0])} -> {told(values[1])}",
                })  # fmt: skip
    return result


def _corpus_told(facts: CorpusFacts) -> str:
    return f"{facts.title} ({count(facts.words)} words, edition {facts.edition[:8]})"
