"""What an assistant may ask, as plain functions; their docstrings are what it reads.

None of them changes a run. Only ``ask`` shows text of the corpus: answers and passages.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from workbench.records.run import all_runs, find_run

Told = dict[str, Any]


def runs() -> Told:
    """List the runs there are, newest first: id and state."""
    return {"runs": [{"id": run.id, "state": run.manifest.state or ""} for run in all_runs()]}


def show(run: str = "latest") -> Told:
    """A run's verdict and its reasons, each variant's figures with intervals, and the comparisons.

    Differences are between 0 and 1, from the variant minus the baseline; `stratum` null is the
    workload as declared.
    """
    results = find_run(run).results()
    record = results.record()
    kept = ("metrics", "strata", "latency", "cost", "tokens", "abstention")
    variants = [
        {"name": row.name, "label": row.label, **{k: v for k, v in told.items() if k in kept}}
        for row, told in zip(results.variants, record.get("variants", []), strict=True)
    ]
    verdict = results.verdict
    return {
        "run": results.run.id,
        "metric": results.metric,
        "margin": results.margin,
        "verdict": {
            "kind": verdict.kind, "variant": verdict.variant or verdict.leader,
            "sentence": verdict.sentence, "reasons": list(verdict.reasons),
            "would_change": list(verdict.would_change),
        },
        "variants": variants,
        "comparisons": record.get("comparisons", []),
        "warnings": list(results.warnings),
    }  # fmt: skip


def ask(question: str, run: str = "latest") -> Told:
    """Put one question to all variants of a run, with the passages that each was shown.

    It loads the run's models if none serves them already, which takes seconds to minutes.
    """
    from workbench.serve.asking import ask_all

    return {"replies": ask_all(find_run(run), question)}


def compare(before: str, after: str) -> Told:
    """What changed from one run to a later one on the same text, and whether it is real."""
    from workbench.between_runs import changes

    return changes(find_run(before), find_run(after))


def gate(
    variant: str,
    run: str = "latest",
    baseline: str | None = None,
    against: str | None = None,
    non_inferior: float | None = None,
    min_score: float | None = None,
    max_p90: float | None = None,
    max_invented: float | None = None,
) -> Told:
    """Whether a variant reaches what is demanded: passed, failed, or undecided by this exam.

    `baseline` is an accepted run, `against` another variant; `non_inferior` how much worse than
    that it may be (0 to 1), `min_score` the least score, `max_p90` seconds within which nine in ten
    answers come, `max_invented` the share of unanswerable questions that it may answer.
    """
    from workbench.between_runs import Demands, gate_checks
    from workbench.decision.gate import verdict_of

    here = find_run(run)
    demanded = Demands(baseline, against, non_inferior, min_score, max_p90, max_invented)
    _, checks = gate_checks(here, variant, demanded)
    told = [asdict(check) for check in checks]
    return {"run": here.id, "variant": variant, "state": verdict_of(checks), "checks": told}


def advise(answers: dict[str, str] | None = None) -> Told:
    """Before any experiment: what to try first, by cited rules.

    Without `answers` it gives the questions; with them (key to option) the advice.
    """
    from workbench.decision import ITEMS
    from workbench.decision import advise as judge

    if not answers:
        listed = [
            {"key": item.key, "text": item.text, "options": list(item.options)} for item in ITEMS
        ]
        return {"questions": listed}
    told: Told = judge(answers)
    return told


#: Tools by name: the function, and whether it shows text of the corpus.
TOOLS: dict[str, tuple[Callable[..., Told], bool]] = {
    "runs": (runs, False),
    "show": (show, False),
    "compare": (compare, False),
    "gate": (gate, False),
    "advise": (advise, False),
    "ask": (ask, True),
}
