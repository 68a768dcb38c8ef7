"""Fit the estimate of question quality to judged questions, and measure it on texts left out.

    python -m training.question_quality.fit [--write [--without TEXT]]

Each text's questions are judged by trees fitted to all other texts. The table shows for each the
area under the ROC curve (0.5: no better than chance), the share of all its questions that are right
(or worth asking), and the shares among the three quarters and the half that the trees rank highest.
``--write`` fits all texts together and writes ``workbench/questions/quality/estimate.json``.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workbench.io import jsonl
from workbench.io.files import write_text
from workbench.questions.quality.estimate import FILE, OUTPUTS

LABELS = Path(__file__).parent / "labels.jsonl"
#: Many small trees, each of some of the questions and features: there are few labels.
TREES: Mapping[str, Any] = {
    "n_estimators": 220,
    "max_depth": 3,
    "learning_rate": 0.02,
    "subsample": 0.6,
    "max_features": 0.2,
    "min_samples_leaf": 15,
    "random_state": 0,
}
Rows = Sequence[Mapping[str, Any]]
Matrix = NDArray[np.float64]


def read(path: Path) -> tuple[list[str], list[dict[str, Any]]]:
    """(names of the features, a row per judged question)."""
    head, *rows = jsonl.read(path)
    return head["features"], rows


def matrix(rows: Rows) -> Matrix:
    """Rows x features; NaN where a value is unknown."""
    return np.array([row["features"] for row in rows], dtype=np.float64)


def filled(values: Matrix, usual: Matrix) -> Matrix:
    return np.where(np.isnan(values), usual, values)


def weights(rows: Rows) -> Matrix:
    """Less for each question of a fact that is asked in several ways."""
    asked = Counter((row["text"], row["answer"]) for row in rows)
    return np.array([asked[row["text"], row["answer"]] ** -0.5 for row in rows])


def fitted(rows: Rows, output: str, usual: Matrix) -> Any:
    """scikit-learn's boosted trees on the rows with a label."""
    from sklearn.ensemble import GradientBoostingClassifier

    labels = np.array([row[output] >= 0.5 for row in rows])
    values = filled(matrix(rows), usual)
    return GradientBoostingClassifier(**TREES).fit(values, labels, sample_weight=weights(rows))


def left_out(rows: Rows, output: str) -> dict[str, tuple[float, float, float, float, int]]:
    """By text: area under the curve, share of all, of the best three quarters and half, count."""
    from sklearn.metrics import roc_auc_score

    rows = [row for row in rows if row[output] is not None]
    result: dict[str, tuple[float, float, float, float, int]] = {}
    for text in sorted({row["text"] for row in rows}):
        own = [row for row in rows if row["text"] == text]
        others = [row for row in rows if row["text"] != text]
        usual = np.nanmean(matrix(others), axis=0)
        model = fitted(others, output, usual)
        chance = model.predict_proba(filled(matrix(own), usual))[:, 1]
        good = np.array([row[output] >= 0.5 for row in own])[np.argsort(-chance, kind="stable")]
        if 0 < good.sum() < len(good):
            area = float(roc_auc_score(good, -np.arange(len(good))))
            parts = (good.mean(), good[: len(good) * 3 // 4].mean(), good[: len(good) // 2].mean())
            whole, most, half = (float(part) for part in parts)
            result[text] = (area, whole, most, half, len(good))
    return result


def nested(tree: Any, place: int = 0) -> Any:
    """A tree as ``estimate.json`` holds it: a value, or [feature, cut, low, high]."""
    if tree.children_left[place] < 0:
        return round(float(tree.value[place].item()) * TREES["learning_rate"], 4)
    return [
        int(tree.feature[place]),
        round(float(tree.threshold[place]), 4),
        nested(tree, tree.children_left[place]),
        nested(tree, tree.children_right[place]),
    ]


def exported(names: Sequence[str], rows: Rows) -> dict[str, Any]:
    """The content of ``estimate.json``."""
    usual = np.nanmean(matrix(rows), axis=0)
    content: dict[str, Any] = {
        "features": list(names),
        "usual": [round(float(value), 4) for value in usual],
    }
    for output in OUTPUTS:
        labelled = [row for row in rows if row[output] is not None]
        model = fitted(labelled, output, usual)
        prior = model.init_.class_prior_[1]
        content[output] = {
            "start": round(float(np.log(prior / (1 - prior))), 4),
            "trees": [nested(stage[0].tree_) for stage in model.estimators_],
        }
    return content


def one_tree_a_line(content: Mapping[str, Any]) -> str:
    """The JSON of an estimate, such that a refit changes whole lines."""
    parts = [f' "{key}": {json.dumps(content[key])}' for key in ("features", "usual")]
    for output in OUTPUTS:
        trees = ",\n   ".join(json.dumps(tree) for tree in content[output]["trees"])
        start = content[output]["start"]
        parts.append(f' "{output}": {{"start": {start}, "trees": [\n   {trees}]}}')
    return "{\n" + ",\n".join(parts) + "\n}\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--write", action="store_true", help="write the package's estimate.json")
    parser.add_argument("--without", help="a text to leave out of what is written")
    given = parser.parse_args()
    names, rows = read(LABELS)
    for output in OUTPUTS:
        table = left_out(rows, output)
        print(f"\n{output:12} {'AUC':>6} {'all':>6} {'3/4':>6} {'1/2':>6} {'labels':>7}")
        for text, (area, *shares, count) in table.items():
            told = " ".join(f"{share:6.2f}" for share in shares)
            print(f"{text:12} {area:6.3f} {told} {count:7d}")
        areas = [area for area, *_ in table.values()]
        print(f"{'mean':12} {sum(areas) / len(areas):6.3f}")
    if given.write:
        rows = [row for row in rows if row["text"] != given.without]
        write_text(FILE, one_tree_a_line(exported(names, rows)))
        print(f"\nwrote {FILE.name}, {FILE.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
