"""How well each label is told, what it is taken for, and whether confidence is to be trusted.

scikit-learn counts; the interval of macro F1 is taken from whole clusters drawn again, as all
intervals are. An answer that names no label is wrong, and is a column of its own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workbench.evaluation.labels import closed_set
from workbench.evaluation.metrics import answered
from workbench.text import label_in
from workbench.types import Answer, Question

#: What stands in the confusion for an answer that names no label.
NO_LABEL = ""
#: Resamples of the clusters, and bins of equal width over the confidences.
DRAWS, BINS = 2000, 10


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
    given: dict[str, dict[str, Answer]] = {name: {} for name in variants}
    for answer in answers:
        given.get(answer.variant, {})[answer.question] = answer
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
    low, high, clusters = macro_interval(asked, truth, told, labels, level, seed)
    return {
        "macro_f1": {
            "value": float(np.mean([f for f, n in zip(f1, support, strict=True) if n])),
            "low": low, "high": high, "n": len(asked), "clusters": clusters,
            "method": "percentiles of whole clusters drawn again",
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


def macro_interval(
    asked: Sequence[Question],
    truth: Sequence[str],
    told: Sequence[str],
    labels: Sequence[str],
    level: float,
    seed: int,
) -> tuple[float | None, float | None, int]:
    """(low, high, clusters) of the macro F1: the mean over the labels that a draw asks for.

    Without at least two clusters, or any spread, there is no interval.
    """
    names = {question.cluster or question.id: 0 for question in asked}
    place = {name: at for at, name in enumerate(names)}
    if len(place) < 2:
        return None, None, len(place)
    # By cluster: how often each label was right, named, and due.
    counts = np.zeros((len(place), 3 * len(labels)))
    at = {label: number for number, label in enumerate(labels)}
    for question, right, said in zip(asked, truth, told, strict=True):
        row = counts[place[question.cluster or question.id]]
        row[2 * len(labels) + at[right]] += 1
        if said in at:
            row[len(labels) + at[said]] += 1
            row[at[said]] += said == right
    rng = np.random.default_rng(seed)
    drawn = rng.multinomial(len(place), np.full(len(place), 1 / len(place)), size=DRAWS)
    values = macro_f1(drawn @ counts)
    tail = (1 - level) / 2
    low, high = np.quantile(values, [tail, 1 - tail])
    if high - low < 1e-12:
        return None, None, len(place)  # draws of what is all right, or all wrong, show no spread
    return float(low), float(high), len(place)


def macro_f1(counts: NDArray[np.float64]) -> NDArray[np.float64]:
    """Macro F1 of rows that hold, label by label, the right, then the named, then the due."""
    right, said, due = np.split(counts, 3, axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        each = np.where(due > 0, 2 * right / (said + due), np.nan)
    return np.asarray(np.nanmean(each, axis=1))


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
