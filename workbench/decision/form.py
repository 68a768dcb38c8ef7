"""Is the lead form or knowledge? The same answers by measures that mind their wording less.

Token F1 and its like reward whoever answers in the words of the references, which tuning teaches at
once. So wherever the variant in front is shown better by such a metric, the same pair is compared
by F1 of the extracted answer (:mod:`workbench.evaluation.extraction`) and by containment.
"""

from __future__ import annotations

from typing import Any

from workbench.decision.figures import Statement, gap_between, metric_of, name_of
from workbench.decision.inputs import VerdictInputs
from workbench.wording import metric_label, statement

#: Metrics that count the words around an answer as error.
MINDS_FORM = ("f1", "em", "rouge_l", "bleu", "chrf")
#: Those that mind it less: each is blind to some of what the other sees.
EXTRACTED, CONTAINED = "f1_extracted", "containment"
#: What is left of the lead below which it is form alone, and below which it is so in part.
ONLY, PARTLY = 0.5, 0.8
#: The contexts that show the form of an answer by examples.
EXAMPLES = (
    "examples", "nearest_examples", "retrieval_with_examples", "retrieval_with_nearest_examples",
)  # fmt: skip


def measures(metric: str) -> tuple[str, ...]:
    """The metrics that a verdict by ``metric`` speaks of: itself, and those that mind form less."""
    return (metric, EXTRACTED, CONTAINED) if metric in MINDS_FORM else (metric,)


def form_statements(inputs: VerdictInputs) -> list[Statement]:
    """At most one statement on the front variant's lead over one that it beats.

    ``form_only``: by neither measure is it shown better, and by both the lead is less than half;
    ``form_none``: it is shown better by both; ``form_partly`` otherwise. The rival is the one whose
    defeat rests most on form, else the best. Leads below the margin are not spoken of.
    """
    name = inputs.variant or inputs.leader
    if name is None or inputs.decision.metric not in MINDS_FORM:
        return []
    beaten = [
        (key, rival, values) for rival in inputs.candidates
        if rival != name and (found := _standing(inputs, name, rival)) is not None
        for key, values in [found]
    ]  # fmt: skip
    if not beaten:
        return []
    order = ("form_only", "form_partly", "form_none")
    # Of several the widest lead, unless it is one of knowledge: then the closest rival counts.
    key, rival, values = min(
        beaten,
        key=lambda item: (
            order.index(item[0]),
            item[2]["lead_gap"]["value"] * (1 if item[0] == "form_none" else -1),
        ),
    )
    statements = [
        statement(key, name=name_of(inputs, name), rival=name_of(inputs, rival),
                  metric=metric_label(inputs.decision.metric), **values)
    ]  # fmt: skip
    shown = _by_examples(inputs, name)
    if key != "form_none" and shown is not None:
        statements.append(statement("form_by_examples", name=name_of(inputs, shown),
                                    **metric_of(inputs, shown)))  # fmt: skip
    return statements


def _standing(inputs: VerdictInputs, name: str, rival: str) -> tuple[str, dict[str, Any]] | None:
    """How the lead stands by the three measures; None where there is none, or one is missing."""
    lead = gap_between(inputs, name, rival)
    by = {
        key: gap_between(inputs, name, rival, metric=metric)
        for key, metric in (("core", EXTRACTED), ("held", CONTAINED))
    }
    if lead is None or not _better(lead) or any(gap is None for gap in by.values()):
        return None
    if lead["gap"]["value"] < inputs.decision.margin:
        return None
    gaps = [gap for gap in by.values() if gap is not None]
    better = [_better(gap) for gap in gaps]
    widest = max(gap["gap"]["value"] for gap in gaps) / lead["gap"]["value"]
    if all(better):
        key = "form_none"
    elif not any(better) and widest < ONLY:
        key = "form_only"
    elif widest < PARTLY:
        key = "form_partly"
    else:
        return None  # as wide a lead, but not shown by both: nothing to say of its form
    values = {f"lead_{part}": lead[part] for part in ("gap", "low", "high")}
    for place, gap in by.items():
        values |= {f"{place}_{part}": (gap or {})[part] for part in ("gap", "low", "high")}
    return key, values


def _better(gap: dict[str, Any]) -> bool:
    low = gap["low"]["value"]
    return low is not None and low > 0


def _by_examples(inputs: VerdictInputs, name: str) -> str | None:
    """The best other candidate that is shown the form by examples."""
    shown = [
        row["name"] for row in inputs.results["variants"]
        if row.get("context") in EXAMPLES and row["name"] in inputs.candidates
    ]  # fmt: skip
    return next((item for item in inputs.candidates if item in shown and item != name), None)
