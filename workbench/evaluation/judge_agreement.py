"""What a judge is worth: agreement with human labels, and rates corrected by it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workbench.evaluation.judged_metrics import OF_THE_ANSWER
from workbench.evaluation.ragas_scores import PREFIX
from workbench.evaluation.statistics.design import Array
from workbench.types import Question, Score
from workbench.wording import figure, label, metric_label, statement, text

FEW_LABELS = 20
#: From this score on a judged answer counts as right, as on the dashboard's page of questions.
RIGHT_AT = 0.5
Statement = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Agreement:
    """A judge's verdicts against people's, both right (True) or wrong, on the same answers.

    ``kappa`` is Cohen's, None where both sides say one thing of all answers. Sensitivity is the
    share of truly right answers that the judge calls right, specificity that of wrong ones it
    calls wrong.
    """

    n: int
    both_right: int
    both_wrong: int
    judge_lenient: int
    judge_harsh: int
    kappa: float | None
    sensitivity: float | None
    specificity: float | None


def agreement(judge: Sequence[bool], people: Sequence[bool]) -> Agreement:
    """Agreement of paired labels; ValueError where the two are not of one length."""
    pairs = list(zip(judge, people, strict=True))
    right = sum(a and b for a, b in pairs)
    wrong = sum(not a and not b for a, b in pairs)
    lenient = sum(a and not b for a, b in pairs)
    harsh = sum(b and not a for a, b in pairs)
    n = len(pairs)
    from statsmodels.stats.inter_rater import cohens_kappa

    table = [[right, lenient], [harsh, wrong]]
    return Agreement(
        n, right, wrong, lenient, harsh,
        None if n in (right, wrong) else float(cohens_kappa(table, return_results=False)),
        right / (right + harsh) if right + harsh else None,
        wrong / (wrong + lenient) if wrong + lenient else None,
    )  # fmt: skip


def corrected_rate(
    judged: Mapping[str, Sequence[bool]],
    calibration: Agreement,
    *,
    level: float = 0.95,
    draws: int = 4000,
    seed: int = 0,
) -> tuple[float, float, float] | None:
    """The true share of right answers and its interval, from a judge's labels by cluster.

    Rogan and Gladen's ``(observed + specificity - 1) / (sensitivity + specificity - 1)``, with both
    errors carried: clusters are resampled, sensitivity and specificity drawn from their Beta
    posteriors (Jeffreys). None where the judge is no better than chance, or too few labels exist.
    """
    if calibration.n < FEW_LABELS or calibration.sensitivity is None:
        return None
    if calibration.specificity is None or not judged:
        return None
    if calibration.sensitivity + calibration.specificity <= 1.05:
        return None
    rng = np.random.default_rng(seed)
    sums: Array = np.array([float(sum(labels)) for labels in judged.values()])
    sizes: Array = np.array([float(len(labels)) for labels in judged.values()])
    picked: NDArray[np.int_] = rng.multinomial(
        len(sums), np.full(len(sums), 1 / len(sums)), size=draws
    )
    observed = (picked @ sums) / np.maximum(picked @ sizes, 1)
    item = calibration
    sensitivity = rng.beta(item.both_right + 0.5, item.judge_harsh + 0.5, draws)
    specificity = rng.beta(item.both_wrong + 0.5, item.judge_lenient + 0.5, draws)
    power = sensitivity + specificity - 1
    usable = power > 0.02
    rates = np.clip((observed + specificity - 1)[usable] / power[usable], 0, 1)
    point = (sums.sum() / sizes.sum() + calibration.specificity - 1) / (
        calibration.sensitivity + calibration.specificity - 1
    )
    tail = 100 * (1 - level) / 2
    low, high = np.percentile(rates, [tail, 100 - tail])
    return float(np.clip(point, 0, 1)), float(low), float(high)


def verdicts(labels: Iterable[Mapping[str, Any]]) -> dict[tuple[str, str], bool]:
    """What people say of (question, variant): right or wrong by majority, left out on a tie.

    ``labels`` are records of the dashboard; the newest of each rater on an answer counts.
    """
    newest: dict[tuple[str, str, str], bool] = {}
    for row in labels:
        if row.get("label") in ("right", "wrong") and row.get("variant"):
            key = (str(row.get("question")), str(row["variant"]), str(row.get("rater")))
            newest[key] = row["label"] == "right"
    votes: dict[tuple[str, str], list[bool]] = {}
    for (question, variant, _), right in newest.items():
        votes.setdefault((question, variant), []).append(right)
    return {
        answer: 2 * sum(sentence) > len(sentence)
        for answer, sentence in votes.items()
        if 2 * sum(sentence) != len(sentence)
    }


def assess(
    facts: Mapping[str, Any],
    scores: Iterable[Score],
    labels: Iterable[Mapping[str, Any]],
    questions: Iterable[Question],
    variants: Sequence[str],
    *,
    level: float = 0.95,
    seed: int = 0,
) -> dict[str, Any]:
    """The part ``judge`` of results.json: who judged at what price, and what that is worth.

    ``facts`` are what the judging recorded, ``variants`` their names in order. Agreement and
    corrected rates are there for metrics that say whether an answer is right; a rate is over the
    written exam (the hand-written questions where there is none), unweighted. Each variant's rate
    is corrected by the judge's errors on its own labelled answers, or withheld for want of them:
    errors pooled over variants would shift the one that the judge favours onto the others.
    """
    listed = [score for score in scores if score.value is not None]
    people = verdicts(labels)
    known = {question.id: question for question in questions}
    written = {name for name, item in known.items() if item.origin != "gold"} or set(known)
    agreed, corrected = [], []
    for metric in (PREFIX + name for name in OF_THE_ANSWER):
        sentences = {(s.question, s.variant): (s.value or 0) >= RIGHT_AT
                for s in listed if s.metric == metric}  # fmt: skip
        if not sentences:
            continue
        shared = [answer for answer in sentences if answer in people]
        result = agreement([sentences[item] for item in shared], [people[item] for item in shared])
        share = (result.both_right + result.both_wrong) / result.n if result.n else None
        agreed.append({"metric": metric, "agreed": share, **asdict(result)})
        for name in variants:
            # A judge may be lenient with one system only, so each answers for its own errors.
            own = [answer for answer in shared if answer[1] == name]
            errors = agreement([sentences[item] for item in own], [people[item] for item in own])
            mine: dict[str, list[bool]] = {}
            for (question, variant), right in sentences.items():
                if variant == name and question in written:
                    cluster = known[question].cluster or f"alone {question}"
                    mine.setdefault(cluster, []).append(right)
            n = sum(map(len, mine.values()))
            rate = corrected_rate(mine, errors, level=level, seed=seed)
            value, low, high = rate or (None, None, None)
            corrected.append({
                "variant": name, "metric": metric, "n": n, "clusters": len(mine),
                "labelled": errors.n, "lenient": errors.judge_lenient, "harsh": errors.judge_harsh,
                "judged": sum(map(sum, mine.values())) / n if n else None,
                "value": value, "low": low, "high": high,
            })  # fmt: skip
    block = {
        **facts, "right_at": RIGHT_AT, "level": level, "labels": len(people),
        "agreement": agreed, "corrected": corrected,
    }  # fmt: skip
    block["statements"] = _statements(block)
    block["warnings"] = [text(warning) for warning in _warnings(block)]
    block["sentences"] = [text(item) for item in block["statements"]]
    return block


def _statements(block: Mapping[str, Any]) -> list[Statement]:
    """How much was judged and taken, and how people agree with it; numbers know their place."""
    result = [
        statement(
            "judge_done", model=block["model"],
            **{key: figure(block[key], "count", f"/judge/{key}")
               for key in ("judged", "due", "failed")},
        ),
        statement(
            "judge_took" if block["cost"] is None else "judge_took_money",
            **{key: figure(block[key], "count", f"/judge/{key}")
               for key in ("calls", "input_tokens", "output_tokens")},
            **({} if block["cost"] is None else
               {"cost": figure(block["cost"], "money", "/judge/cost", block["currency"])}),
        ),
    ]  # fmt: skip
    if block.get("reused"):
        reused = figure(block["reused"], "count", "/judge/reused")
        result.append(statement("judge_reused", reused=reused))
    for place, item in enumerate(block["agreement"]):
        if not item["n"]:
            continue
        at = f"/judge/agreement/{place}"
        key = "judge_agrees" if item["kappa"] is not None else "judge_agrees_no_kappa"
        values: dict[str, Any] = {
            "metric": metric_label(item["metric"]),
            "n": figure(item["n"], "count", f"{at}/n"),
            "agreed": figure(item["agreed"], "share", f"{at}/agreed"),
        }
        if item["kappa"] is not None:
            values["kappa"] = figure(item["kappa"], "kappa", f"{at}/kappa")
        result.append(statement(key, **values))
    return result


def _warnings(block: Mapping[str, Any]) -> list[Statement]:
    """Why the judge is not to be trusted further than this."""
    result = []
    compared = max((item["n"] for item in block["agreement"]), default=0)
    if not block["labels"]:
        result.append(statement("judge_no_labels"))
    elif not block["agreement"]:
        result.append(statement("judge_other_metrics"))
    elif compared < FEW_LABELS:
        result.append(statement("judge_few_labels", n=str(compared), few=str(FEW_LABELS)))
    for item in block["agreement"]:
        rates = [rate for rate in block["corrected"] if rate["metric"] == item["metric"]]
        known = [rate for rate in rates if rate["labelled"] >= FEW_LABELS]
        if known and all(rate["value"] is None for rate in known):
            result.append(statement("judge_no_better", metric=metric_label(item["metric"])))
        few = [rate for rate in rates if rate["n"] and rate["labelled"] < FEW_LABELS]
        if item["n"] >= FEW_LABELS and few:
            names = ", ".join(label(rate["variant"], short=True) for rate in few)
            result.append(statement("judge_withheld", metric=metric_label(item["metric"]),
                                    names=names, few=str(FEW_LABELS)))  # fmt: skip
    if block["own"]:
        names = ", ".join(label(name) for name in block["own"])
        result.append(statement("judge_own", model=block["model"], names=names))
    for reason in ("budget", "malformed", "endpoint", "nothing"):
        if block["reasons"].get(reason):
            result.append(statement(f"judge_{reason}", n=str(block["reasons"][reason])))
    return result
