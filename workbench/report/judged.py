"""What the report shows of a judge: its scores, and what they are worth. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from workbench import wording


def judged(
    results: Mapping[str, Any], words: Mapping[str, str], name: Callable[[str], str]
) -> dict[str, Any]:
    """The template's values on the judge; ``judge`` is None for a run that none has judged.

    ``name`` gives a variant's short display name.
    """
    block = results.get("judge")
    if not block:
        return {"judge": None}
    corrected = [
        {
            **one,
            "at": f"/judge/corrected/{place}",
            "place": place,
            "name": name(one["variant"]),
            "span": wording.interval(one["low"], one["high"]),
        }
        for place, one in enumerate(block["corrected"])
        if one["n"]
    ]
    agreement = [
        {**one, "at": f"/judge/agreement/{place}", "place": place}
        for place, one in enumerate(block["agreement"])
        if one["n"]
    ]
    lower = f" {words['judge_lower']}" if "ragas:noise_sensitivity" in block["metrics"] else ""
    return {
        "judge": {
            **block,
            "agreement": agreement,
            "corrected": corrected if agreement else [],
            "note": words["judge_note"] + lower,
            "agreement_note": words["agreement_note"].format(
                points=wording.whole_points(block["right_at"])
            ),
            "corrected_note": words["corrected_note"].format(level=wording.share(block["level"])),
        }
    }


def metrics_of(results: Mapping[str, Any]) -> Sequence[str]:
    """The judged metrics of a run, shown in a section of their own."""
    return tuple((results.get("judge") or {}).get("metrics", ()))


def markdown(
    results: Mapping[str, Any],
    words: Mapping[str, str],
    escape: Callable[[str], str],
    table: Callable[[Sequence[str], Sequence[Sequence[str]]], list[str]],
) -> list[str]:
    """The section on the judge as lines of Markdown; none for a run that none has judged."""
    block = results.get("judge")
    if not block:
        return []
    labels = {row["name"]: row["label"] for row in results["variants"]}
    metrics = metrics_of(results)
    lines = [f"## {words['h_judge']}", "", escape(words["judge_note"]), ""]
    lines += table(
        [words["col_variant"], *map(wording.metric_label, metrics)],
        [[row["label"], *(_shown(row["metrics"].get(metric)) for metric in metrics)]
         for row in results["variants"]],
    )  # fmt: skip
    lines += ["", *(f"- {escape(one)}" for one in [*block["sentences"], *block["warnings"]]), ""]
    compared = [one for one in block["agreement"] if one["n"]]
    if compared:
        heads = ("col_metric", "col_labelled", "col_agreed", "col_kappa", "col_both_right",
                 "col_both_wrong", "col_lenient", "col_harsh")  # fmt: skip
        lines += [f"### {words['h_agreement']}", ""]
        lines += table([words[head] for head in heads], [
            [wording.metric_label(one["metric"]), str(one["n"]), wording.share(one["agreed"]),
             wording.kappa(one["kappa"]), str(one["both_right"]), str(one["both_wrong"]),
             str(one["judge_lenient"]), str(one["judge_harsh"])] for one in compared
        ])  # fmt: skip
        lines += ["", f"### {words['h_corrected']}", ""]
        columns = ("col_variant", "col_metric", "col_n", "col_judged", "col_corrected")
        lines += table([words[head] for head in columns], [
            [labels[one["variant"]], wording.metric_label(one["metric"]), str(one["n"]),
             wording.points(one["judged"]), _shown(one)] for one in block["corrected"] if one["n"]
        ])  # fmt: skip
        lines.append("")
    return lines


def _shown(made: Mapping[str, Any] | None) -> str:
    """A figure with its interval, or a dash."""
    if not made or made["value"] is None:
        return wording.NONE
    return f"{wording.points(made['value'])} {wording.interval(made['low'], made['high'])}"
