"""ragas' metrics without a model, by its own classes."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from workbench.evaluation.ragas_scores import plain_scores
from workbench.types import Answer, Evidence, Question

QUESTIONS = [
    Question("q1", "Who kept the ledger?", ("Edda Marsh",),
             (Evidence("a.md", 0, 26, "Edda Marsh kept the ledger"),)),
    Question("q2", "Who rang the bell?", ()),
]  # fmt: skip
ANSWERS = [
    Answer("q1", "rag", "Edda Marsh", 9, 2, 0.1, passages=("a.md:0-60", "a.md:60-90")),
    Answer("q1", "fine_tuned", "Tobias", 9, 2, 0.1),
    Answer("q1", "prompt_only", "", 0, 0, 0.0, status="failed", finish="error"),
    Answer("q2", "rag", "unanswerable", 9, 2, 0.1, passages=("a.md:0-60",)),
]
PASSAGES = {"a.md:0-60": "Edda Marsh kept the ledger", "a.md:60-90": "The sea was calm."}


def embed(texts: list[str]) -> np.ndarray:
    return np.array([[len(text), text.count("a") + 1.0] for text in texts], dtype=np.float32)


def test_metrics_without_a_model() -> None:
    result = {(s.question, s.variant, s.metric): s.value
            for s in plain_scores(QUESTIONS, ANSWERS, PASSAGES, embed)}  # fmt: skip
    assert result["q1", "rag", "ragas:exact_match"] == 1.0
    assert result["q1", "rag", "ragas:rouge"] == pytest.approx(1.0)
    assert result["q1", "fine_tuned", "ragas:exact_match"] == 0.0
    assert result["q1", "prompt_only", "ragas:chrf"] is None
    assert result["q1", "rag", "ragas:semantic_similarity"] == pytest.approx(1.0)
    assert result["q1", "rag", "ragas:context_precision_plain"] == pytest.approx(1.0)
    assert result["q1", "rag", "ragas:context_recall_plain"] == pytest.approx(1.0)
    assert ("q1", "fine_tuned", "ragas:context_recall_plain") not in result
    assert not any(question == "q2" for question, _, _ in result)


@pytest.mark.parametrize("name", ["ragas_scores", "judged_metrics"])
def test_nothing_is_tracked(name: str) -> None:
    root = Path(__file__).parents[2] / "workbench" / "evaluation"
    text = (root / f"{name}.py").read_text(encoding="utf-8")
    imports = [matches.start() for matches in re.finditer(r"from ragas\.(metrics|dataset)", text)]
    assert imports
    for place in imports:
        assert "RAGAS_DO_NOT_TRACK" in text[:place]
