"""Figures of labels: scikit-learn's, by hand, and the interval by draws of whole clusters."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import classification_report, f1_score

from workbench.evaluation.classes import NO_LABEL, calibration, classes, macro_comparisons
from workbench.evaluation.macro_f1 import by_cluster, macro_f1, macro_interval
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
        low, high, _ = macro_interval(by_cluster(asked, told, LABELS), 0.95, 3)
        assert low is not None and high is not None
        spans[name] = high - low
        value = f1_score(truth, told, average="macro")
        assert low <= value <= high
    # Clusters that differ say that others would too; of those that are all alike nothing is known.
    assert spans["alone"] < spans["strange"]
    assert macro_interval(by_cluster(joined, told, LABELS), 0.95, 3)[:2] == (None, None)
    one = by_cluster(joined[:12], told[:12], LABELS)
    assert macro_interval(one, 0.95, 3) == (None, None, 1)


def test_what_is_all_right_has_no_interval_rather_than_a_point() -> None:
    asked = [question(str(n), LABELS[n % 3]) for n in range(30)]
    truth = [item.answers[0] for item in asked]
    assert macro_interval(by_cluster(asked, truth, LABELS), 0.95, 3)[:2] == (None, None)


def answers_of(variant: str, told: list[str]) -> list[Answer]:
    return [Answer(str(n), variant, label, 5, 1, 0.1) for n, label in enumerate(told)]


def test_a_difference_of_macro_f1_is_paired_and_of_whole_clusters() -> None:
    """By hand: each draw's two figures are scikit-learn's on the questions that were drawn."""
    rng = np.random.default_rng(11)
    truth = [str(label) for label in rng.choice(LABELS, 48, p=(0.5, 0.3, 0.2))]
    # Hard senders are hard for both: paired, the difference is surer than either figure.
    hard = [n // 4 % 3 == 0 for n in range(48)]
    first = ["none" if bad else label for label, bad in zip(truth, hard, strict=True)]
    second = [label if rng.random() < 0.85 else LABELS[0] for label in first]
    asked = [question(str(n), label, f"s{n // 4}") for n, label in enumerate(truth)]
    given = [*answers_of("rag", second), *answers_of("encoder", first)]
    (found,) = macro_comparisons(asked, given, ["rag", "encoder"], level=0.9, seed=5)
    assert (found["variant"], found["baseline"], found["n"]) == ("encoder", "rag", 48)

    def gap(rows: list[int]) -> float:
        due = sorted({truth[n] for n in rows})
        return float(np.subtract(*(
            f1_score([truth[n] for n in rows], [told[n] for n in rows], labels=due,
                     average="macro", zero_division=0)
            for told in (first, second)
        )))  # fmt: skip

    assert found["difference"] == pytest.approx(gap(list(range(48))))
    times = np.random.default_rng(5).multinomial(12, np.full(12, 1 / 12), size=2000)
    drawn = [gap([4 * c + k for c in range(12) for k in range(4) for _ in range(row[c])])
             for row in times[:60]]  # fmt: skip
    low, high = found["low"], found["high"]
    assert low < found["difference"] < high
    assert sum(low <= value <= high for value in drawn) / len(drawn) == pytest.approx(0.9, abs=0.1)
    alone = classes(asked, given, ["rag", "encoder"], level=0.9, seed=5)
    assert alone is not None
    spans = [item["macro_f1"]["high"] - item["macro_f1"]["low"] for item in alone["variants"]]
    assert high - low < min(spans) / 2


def test_differences_of_macro_f1_are_adjusted_among_candidates_alone() -> None:
    truth = [LABELS[n % 3] for n in range(60)]
    worse = [label if n % 4 else LABELS[0] for n, label in enumerate(truth)]
    asked = [question(str(n), label, f"s{n // 2}") for n, label in enumerate(truth)]
    given = [*answers_of("a", truth), *answers_of("b", worse), *answers_of("c", truth),
             *answers_of("oracle", truth)]  # fmt: skip
    found = macro_comparisons(asked, given, ["a", "b", "c", "oracle", "absent"], ["oracle"])
    by = {(item["variant"], item["baseline"]): item for item in found}
    assert len(by) == 6, "no pair with a variant that answered nothing"
    assert by["b", "a"]["p"] == pytest.approx(2 * by["b", "a"]["p_raw"]), "two pairs have a p"
    assert by["oracle", "b"]["p"] == by["oracle", "b"]["p_raw"]
    same = by["c", "a"]
    assert (same["difference"], same["low"], same["p"]) == (0.0, None, None)
    assert macro_comparisons([Question("a", "Who?", ("x",))], [], ["a", "b"]) == []


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
