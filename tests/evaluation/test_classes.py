"""Figures of labels: scikit-learn's, by hand, and the interval by draws of whole clusters."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import classification_report, f1_score

from workbench.evaluation.classes import NO_LABEL, calibration, classes, macro_f1, macro_interval
from workbench.evaluation.metrics import score_answers
from workbench.text import label_in
from workbench.types import Answer, Question

LABELS = ("delivery", "late delivery", "billing")


def question(name: str, label: str, cluster: str | None = None) -> Question:
    return Question(
        name, f"Message {name}", (label,), kind="label", cluster=cluster or name,
        tags={"labels": list(LABELS)},
    )  # fmt: skip


def answer(name: str, text: str, sure: float | None = None, status: str = "answered") -> Answer:
    return Answer(name, "encoder", text, 5, 1, 0.1, confidence=sure, status=status)


@pytest.mark.parametrize(
    ("reply", "label"),
    [
        ("billing", "billing"),
        ("  **Billing.** ", "billing"),
        ("The label is billing.", "billing"),
        ("late delivery", "late delivery"),
        ("It is a late   delivery, I think", "late delivery"),
        ("delivery or billing", None),
        ("unanswerable", None),
        ("billings", None),
        ("", None),
    ],
)
def test_the_label_that_a_reply_names(reply: str, label: str | None) -> None:
    assert label_in(reply, LABELS) == label


def test_an_answer_without_a_label_is_wrong_and_counted_apart() -> None:
    asked = [question("a", "billing"), question("b", "billing"), question("c", "billing")]
    given = [answer("a", "billing"), answer("b", "no idea"), answer("c", "", status="failed")]
    scores = {(s.question, s.metric): s.value for s in score_answers(asked, given)}
    assert scores["a", "accuracy"] == scores["a", "labelled"] == 1.0
    assert scores["b", "accuracy"] == scores["b", "labelled"] == 0.0
    assert scores["c", "accuracy"] is None, "a failed answer is missing, not wrong"
    assert {metric for _, metric in scores} == {"accuracy", "labelled"}
    found = classes(asked, given, ["encoder"])
    assert found is not None and found["variants"][0]["unlabelled"] == 2


def test_every_class_is_scored_as_scikit_learn_scores_it() -> None:
    rng = np.random.default_rng(4)
    truth = rng.choice(LABELS, 60, p=(0.6, 0.3, 0.1))
    told = [right if rng.random() < 0.7 else rng.choice([*LABELS, "none"]) for right in truth]
    asked = [question(str(n), label) for n, label in enumerate(truth)]
    given = [answer(str(n), label) for n, label in enumerate(told)]
    found = classes(asked, given, ["encoder"])
    assert found is not None
    (own,) = found["variants"]
    named = [label if label in LABELS else NO_LABEL for label in told]
    report = classification_report(
        truth, named, labels=list(LABELS), output_dict=True, zero_division=0
    )
    for row in own["classes"]:
        theirs = report[row["label"]]
        assert row["f1"] == pytest.approx(theirs["f1-score"])
        assert row["recall"] == pytest.approx(theirs["recall"])
        assert row["precision"] == pytest.approx(theirs["precision"])
        assert row["asked"] == theirs["support"]
    assert own["macro_f1"]["value"] == pytest.approx(report["macro avg"]["f1-score"])
    confusion = np.array(own["confusion"])
    assert confusion.shape == (3, 4) and confusion.sum() == 60
    assert confusion[:, 3].sum() == own["unlabelled"] == named.count(NO_LABEL)
    assert confusion[0, 1] == sum(t == "delivery" and n == "late delivery"
                                  for t, n in zip(truth, named, strict=True))  # fmt: skip
    assert found["commonest"]["label"] == "delivery"


def test_macro_f1_by_counts_is_scikit_learns() -> None:
    rng = np.random.default_rng(7)
    for _ in range(5):
        truth, told = rng.integers(0, 3, 40), rng.integers(0, 3, 40)
        counts = [
            *((truth == told) & (truth == n) for n in range(3)),
            *(told == n for n in range(3)), *(truth == n for n in range(3)),
        ]  # fmt: skip
        row = np.array([[part.sum() for part in counts]], dtype=float)
        assert macro_f1(row)[0] == pytest.approx(f1_score(truth, told, average="macro"))
    # A label that a draw does not ask for is left out of its mean.
    assert macro_f1(np.array([[4.0, 0, 0, 4, 0, 0, 4, 0, 0]]))[0] == 1.0


def test_the_interval_knows_of_clusters() -> None:
    labels = list(LABELS) * 40
    truth = labels
    told = [label if n % 12 < 8 else "billing" for n, label in enumerate(labels)]
    alone = [question(str(n), label) for n, label in enumerate(truth)]
    # Twelve in a row share a sender, and fall together.
    joined = [question(str(n), label, f"s{n // 12}") for n, label in enumerate(truth)]
    strange = [question(str(n), label, f"s{n % 12}") for n, label in enumerate(truth)]
    spans = {}
    for name, asked in (("alone", alone), ("strange", strange)):
        low, high, _ = macro_interval(asked, truth, told, LABELS, 0.95, 3)
        assert low is not None and high is not None
        spans[name] = high - low
        value = f1_score(truth, told, average="macro")
        assert low <= value <= high
    # Clusters that differ say that others would too; of those that are all alike nothing is known.
    assert spans["alone"] < spans["strange"]
    assert macro_interval(joined, truth, told, LABELS, 0.95, 3)[:2] == (None, None)
    assert macro_interval(joined[:12], truth[:12], told[:12], LABELS, 0.95, 3)[:2] == (None, None)


def test_what_is_all_right_has_no_interval_rather_than_a_point() -> None:
    asked = [question(str(n), LABELS[n % 3]) for n in range(30)]
    truth = [item.answers[0] for item in asked]
    assert macro_interval(asked, truth, truth, LABELS, 0.95, 3)[:2] == (None, None)


def test_calibration_by_hand() -> None:
    sure = np.array([0.95, 0.95, 0.55, 0.55, 0.55, 0.55])
    right = np.array([True, True, True, False, False, False])
    found = calibration(sure, right)
    # Two answers are .05 too timid, four .30 too bold.
    assert found["error"] == pytest.approx((2 * 0.05 + 4 * 0.30) / 6)
    assert [(p["n"], p["accuracy"]) for p in found["points"]] == [(4, 0.25), (2, 1.0)]
    assert found["confidence"] == pytest.approx(sure.mean())


def test_calibration_is_of_all_answers_with_a_label_or_of_none() -> None:
    asked = [question("a", "billing"), question("b", "delivery")]
    known = classes(asked, [answer("a", "billing", 0.9), answer("b", "what?")], ["encoder"])
    partly = classes(asked, [answer("a", "billing", 0.9), answer("b", "delivery")], ["encoder"])
    assert known is not None and known["variants"][0]["calibration"]["n"] == 1
    assert partly is not None and partly["variants"][0]["calibration"] is None


def test_other_questions_have_no_classes() -> None:
    assert classes([Question("a", "Who?", ("x",))], [], ["rag"]) is None
