"""How well each label is told, what it is taken for, and whether confidence is to be trusted.

scikit-learn counts; the interval of macro F1 is taken from whole clusters drawn again
(:mod:`.macro_f1`). An answer that names no label is wrong, and is a column of its own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workbench.evaluation.labels import closed_set
from workbench.evaluation.macro_f1 import METHOD, by_cluster, macro_difference, macro_interval
from workbench.evaluation.metrics import answered
from workbench.evaluation.statistics import holm
from workbench.text import label_in
from workbench.types import Answer, Question

#: What stands in the confusion for an answer that names no label.
NO_LABEL = ""
#: Bins of equal width over the confidences.
BINS = 10


def classes(
    questions: Iterable[Question],
    answers: Iterable[Answer],
    variants: Sequence[str],
    level: float = 0.95,
    seed: int = 0,
) -> dict[str, Any] | None:
    """The figures of label questions by variant; None where there are no such questions.

    ``confusion`` has a row for each true label and a column for each named one, the last for those
    that name none. Failed answers count as naming none.
    """
    asked = [question for question in questions if question.kind == "label"]
    if not asked:
        return None
    labels = closed_set(asked[0])
    given = _given(answers, variants)
    truth = [question.answers[0] for question in asked]
    most, times = Counter(truth).most_common(1)[0]
    return {
        "labels": list(labels),
        "asked": len(asked),
        "commonest": {"label": most, "share": times / len(asked)},
        "variants": [
            {"name": name, **_variant(asked, truth, labels, given[name], level, seed)}
            for name in variants
            if given[name]
        ],
    }


def macro_comparisons(
    questions: Iterable[Question],
    answers: Iterable[Answer],
    variants: Sequence[str],
    limits: Sequence[str] = (),
    level: float = 0.95,
    seed: int = 0,
) -> list[dict[str, Any]]:
    """All pairs of variants by macro F1, as comparisons by other metrics are; none without labels.

    Accuracy can hide a label that is never told; so the difference that counts each label alike
    has an interval too. Holm's family are the candidates, ``limits`` (ceilings) are none.
    """
    asked = [question for question in questions if question.kind == "label"]
    if not asked:
        return []
    labels, given = closed_set(asked[0]), _given(answers, variants)
    counts = {
        name: by_cluster(asked, [_label(own.get(q.id), labels) for q in asked], labels)
        for name, own in given.items() if own
    }  # fmt: skip
    result: list[dict[str, Any]] = [
        {"metric": "macro_f1", "variant": variant, "baseline": baseline, "stratum": None,
         "n": len(asked), "level": level, "method": METHOD,
         **macro_difference(counts[variant], counts[baseline], level, seed)}
        for baseline, variant in combinations(counts, 2)
    ]  # fmt: skip
    honest = [item for item in result if not {item["variant"], item["baseline"]} & set(limits)]
    for item in result:
        item["p_raw"] = item["p"]
    for item, p in zip(honest, holm([item["p_raw"] for item in honest]), strict=True):
        item["p"] = p
    return result


def _given(answers: Iterable[Answer], variants: Sequence[str]) -> dict[str, dict[str, Answer]]:
    """By variant, its answer to each question."""
    given: dict[str, dict[str, Answer]] = {name: {} for name in variants}
    for answer in answers:
        given.get(answer.variant, {})[answer.question] = answer
    return given


def _variant(
    asked: Sequence[Question],
    truth: Sequence[str],
    labels: Sequence[str],
    given: Mapping[str, Answer],
    level: float,
    seed: int,
) -> dict[str, Any]:
    from sklearn.metrics import confusion_matrix, precision_recall_fscore_support

    told = [_label(given.get(question.id), labels) for question in asked]
    precision, recall, f1, support = precision_recall_fscore_support(
        truth, told, labels=list(labels), zero_division=0.0
    )
    counted = confusion_matrix(truth, told, labels=[*labels, NO_LABEL])
    low, high, clusters = macro_interval(by_cluster(asked, told, labels), level, seed)
    return {
        "macro_f1": {
            "value": float(np.mean([f for f, n in zip(f1, support, strict=True) if n])),
            "low": low, "high": high, "n": len(asked), "clusters": clusters,
            "method": METHOD,
        },
        "unlabelled": told.count(NO_LABEL),
        "classes": [
            {"label": label, "asked": int(support[at]), "named": told.count(label),
             "precision": float(precision[at]) if told.count(label) else None,
             "recall": float(recall[at]) if support[at] else None, "f1": float(f1[at])}
            for at, label in enumerate(labels)
        ],
        "confusion": counted[:-1].tolist(),
        "calibration": _calibration(asked, told, given),
    }  # fmt: skip


def _label(answer: Answer | None, labels: Sequence[str]) -> str:
    if answer is None or not answered(answer):
        return NO_LABEL
    return label_in(answer.text, labels) or NO_LABEL


def _calibration(
    asked: Sequence[Question], told: Sequence[str], given: Mapping[str, Answer]
) -> dict[str, Any] | None:
    """How confidence and accuracy agree, over the answers that name a label with a confidence.

    None where some have none: it would be told of those alone that happen to have one.
    """
    sure, right = [], []
    for question, label in zip(asked, told, strict=True):
        answer = given.get(question.id)
        if label == NO_LABEL or answer is None:
            continue
        if answer.confidence is None:
            return None
        sure.append(min(1.0, max(0.0, answer.confidence)))
        right.append(label in question.answers)
    return None if not sure else calibration(np.array(sure), np.array(right))


def calibration(sure: NDArray[np.float64], right: NDArray[np.bool_]) -> dict[str, Any]:
    """Expected calibration error (Naeini et al. 2015) over bins of equal width, and their points.

    The error is the mean gap between confidence and accuracy, each bin by its answers.
    """
    from sklearn.calibration import calibration_curve

    accuracy, confidence = calibration_curve(right, sure, n_bins=BINS, strategy="uniform")
    # As calibration_curve does: a confidence on an edge belongs to the bin below it.
    edges = np.linspace(0.0, 1.0, BINS + 1)
    counts = np.bincount(np.searchsorted(edges[1:-1], sure), minlength=BINS)
    counts = counts[counts > 0]
    return {
        "n": len(sure),
        "error": float(np.abs(accuracy - confidence) @ counts / len(sure)),
        "confidence": float(sure.mean()),
        "accuracy": float(right.mean()),
        "points": [
            {"confidence": float(c), "accuracy": float(a), "n": int(n)}
            for c, a, n in zip(confidence, accuracy, counts, strict=True)
        ],
    }
