"""What the report shows of a judge: its scores, and what they are worth. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from workbench import wording
from workbench.records.results import Results
from workbench.records.variants import Estimate


def judged(
    results: Results, words: Mapping[str, str], name: Callable[[str], str]
) -> dict[str, Any]:
    """The template's values on the judge; ``judge`` is None for a run that none has judged.

    ``name`` gives a variant's short display name.
    """
    block = results.judge
    if block is None:
        return {"judge": None}
    corrected = [(place, item, name(item.variant))
                 for place, item in enumerate(block.corrected) if item.n]  # fmt: skip
    agreement = [(place, item) for place, item in enumerate(block.agreement) if item.n]
    lower = f" {words['judge_lower']}" if "ragas:noise_sensitivity" in block.metrics else ""
    return {
        "judge": block,
        "judge_agreement": agreement,
        "judge_corrected": corrected if agreement else [],
        "judge_note": words["judge_note"] + lower,
        "agreement_note": words["agreement_note"].format(
            points=wording.whole_points(block.right_at)
        ),
        "corrected_note": words["corrected_note"].format(level=wording.share(block.level)),
    }


def markdown(
    results: Results,
    words: Mapping[str, str],
    escape: Callable[[str], str],
    table: Callable[[Sequence[str], Sequence[Sequence[str]]], list[str]],
) -> list[str]:
    """The section on the judge as lines of Markdown; none for a run that none has judged."""
    block, metrics = results.judge, results.judged_metrics
    if block is None:
        return []
    labels = {row.name: row.label for row in results.variants}
    lines = [f"## {words['h_judge']}", "", escape(words["judge_note"]), ""]
    lines += table(
        [words["col_variant"], *map(wording.metric_label, metrics)],
        [[row.label, *(_shown(row.metrics.get(metric)) for metric in metrics)]
         for row in results.variants],
    )  # fmt: skip
    lines += ["", *(f"- {escape(item)}" for item in [*block.sentences, *block.warnings]), ""]
    compared = [item for item in block.agreement if item.n]
    if compared:
        heads = ("col_metric", "col_labelled", "col_agreed", "col_kappa", "col_both_right",
                 "col_both_wrong", "col_lenient", "col_harsh")  # fmt: skip
        lines += [f"### {words['h_agreement']}", ""]
        lines += table([words[head] for head in heads], [
            [wording.metric_label(item.metric), str(item.n), wording.share(item.agreed),
             wording.kappa(item.kappa), str(item.both_right), str(item.both_wrong),
             str(item.judge_lenient), str(item.judge_harsh)] for item in compared
        ])  # fmt: skip
        lines += ["", f"### {words['h_corrected']}", ""]
        columns = ("col_variant", "col_metric", "col_n", "col_judged", "col_corrected")
        lines += table(
            [words[head] for head in columns],
            [
                [labels[item.variant], wording.metric_label(item.metric), str(item.n),
                 wording.points(item.judged), _shown(item)]
                for item in block.corrected if item.n
            ],
        )  # fmt: skip
        lines.append("")
    return lines


def _shown(result: Estimate | None) -> str:
    """A figure with its interval, or a dash."""
    if result is None or result.value is None:
        return wording.NONE
    return f"{wording.points(result.value)} {wording.interval(result.low, result.high)}"
