"""Retrievers that learn: what a word of the questions means, where no untrained model can know."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.errors import WorkbenchError
from workbench.experiment.retrieval import RetrievalSpec, RetrieverTuningSpec
from workbench.retrieval import build_index, open_index
from workbench.retrieval.learning import KEPT, pairs, train_retriever
from workbench.retrieval.learning.cross_encoder import pair_scorer
from workbench.retrieval.learning.pairs import Pair, parted
from workbench.retrieval.learning.query_map import read_map
from workbench.retrieval.learning.window_ranking import window_scores
from workbench.types import Evidence, Passage, Question

SUBJECTS = ("mill", "bridge", "chapel", "granary", "forge", "quay", "inn", "well")
PLACES = ("Arden", "Brack", "Corrie", "Dunmore")
#: What happened, by the word that the questions have for it.
DEEDS = {"zub": "built", "vek": "burned"}


def made() -> tuple[list[Question], list[Passage]]:
    """Questions with made-up verbs; the passages on one subject differ in what was done."""
    passages, questions = [], []
    for place in PLACES:
        for subject in SUBJECTS:
            for word, deed in DEEDS.items():
                text = f"It was {deed} in the year of the flood, the {subject} at {place}."
                at = Passage(f"{place}.txt", len(passages) * 100, len(passages) * 100 + len(text),
                             text, f"{place}-{subject}")  # fmt: skip
                passages.append(at)
                evidence = (Evidence(at.document, at.start, at.end, text),)
                questions.append(
                    Question(f"q{len(questions)}", f"{word} the {subject} at {place}?", (deed,),
                             evidence, role="train", cluster=at.section)
                )  # fmt: skip
    return questions, passages


def test_a_pair_is_the_evidence_and_words_that_do_not_answer() -> None:
    questions, passages = made()
    (first, *_) = made_pairs = pairs(questions, passages, 2)
    assert len(made_pairs) == len(questions)
    assert first.passage == passages[0].text and passages[0].text not in first.negatives
    # "built" is said by every passage of that deed: none of them is a wrong passage.
    assert all("built" not in text for text in first.negatives) and len(first.negatives) == 2
    assert pairs([Question("x", "who?", ("a",))], passages, 1) == []


@given(st.lists(st.sampled_from("abcdef"), min_size=1, max_size=30), st.integers(0, 9))
def test_no_section_is_on_both_sides(groups: list[str], seed: int) -> None:
    train, held = parted([Pair("q", "p", (), group) for group in groups], 0.3, seed)
    assert not {pair.group for pair in train} & {pair.group for pair in held}
    assert train and len(train) + len(held) == len(groups)


@settings(deadline=None)
@given(st.integers(1, 3), st.integers(1, 4), st.integers(1, 5))
def test_scores_are_those_of_the_search(questions: int, tokens: int, windows: int) -> None:
    rng = np.random.default_rng(questions * 100 + tokens * 10 + windows)
    rows = rng.normal(size=(questions, tokens, 8)).astype(np.float32)
    weights = rng.random((questions, tokens)).astype(np.float32)
    shown = rng.normal(size=(2, windows, 8)).astype(np.float32)
    there = np.ones((2, windows), bool)
    there[1, 1:] = False  # the second passage has one window; the rest is padding
    found = window_scores(*(torch.from_numpy(x) for x in (rows, weights, shown, there)))
    for q in range(questions):
        for p, own in enumerate((shown[0], shown[1, :1])):
            asked = zip(rows[q], weights[q], strict=True)
            right = sum(w * max(row @ one for one in own) for row, w in asked)
            assert found[q, p].item() == pytest.approx(right, rel=1e-4, abs=1e-4)


def test_too_few_questions_say_so(tmp_path: Path) -> None:
    questions, passages = made()
    with pytest.raises(WorkbenchError, match="needs 8 training questions"):
        train_retriever(
            RetrieverTuningSpec(),
            "all-MiniLM-L6-v2",
            3,
            pairs(questions[:4], passages),
            tmp_path,
            1,
        )


def trained(tmp_path: Path, **spec: object) -> dict[str, object]:
    questions, passages = made()
    asked = RetrieverTuningSpec.model_validate({"batch_size": 16, **spec})
    given = pairs(questions, passages, asked.negatives)
    return train_retriever(asked, "all-MiniLM-L6-v2", 3, given, tmp_path, 7)


def test_a_map_of_the_questions_leaves_the_index_alone(tmp_path: Path) -> None:
    said = trained(tmp_path, method="query_map", epochs=6, learning_rate=2e-3)
    assert said["epoch"] and float(str(said["after"])) > float(str(said["before"])) + 0.05
    questions, passages = made()
    spec = RetrievalSpec(mode="dense")
    build_index(passages, spec, tmp_path / "index", cache=tmp_path / "cache")
    texts = [question.text for question in questions]
    right = []
    for map_ in (None, read_map(tmp_path / KEPT)):
        found = open_index(tmp_path / "index", spec, query_map=map_).retrieve(texts, 1)
        firsts = zip(found, questions, strict=True)
        right.append(sum(hits[0].passage.start == q.evidence[0].start for hits, q in firsts))
    assert right[1] > right[0] + 5


def test_what_is_no_better_is_not_kept(tmp_path: Path) -> None:
    # A rate at which nothing moves.
    said = trained(tmp_path, method="query_map", epochs=1, learning_rate=1e-12)
    assert said["epoch"] == 0 and said["after"] == said["before"]
    assert not (tmp_path / KEPT).exists()


@pytest.mark.slow
def test_an_embedding_learns_what_the_questions_mean(tmp_path: Path) -> None:
    said = trained(tmp_path, method="embedding", epochs=4, learning_rate=2e-4)
    assert said["epoch"] and float(str(said["after"])) > float(str(said["before"])) + 0.05
    assert (tmp_path / KEPT / "config.json").exists() and not (tmp_path / "checkpoints").exists()


@pytest.mark.slow
def test_a_cross_encoder_tells_right_passages_from_wrong_ones(tmp_path: Path) -> None:
    said = trained(tmp_path, method="cross_encoder", epochs=4, learning_rate=2e-4, held_out=0.0)
    assert said["epoch"] == 4 and said["after"] is None
    given = pairs(*made(), 1)
    score = pair_scorer(tmp_path / KEPT)
    better = [
        float(np.diff(score([pair.question], [pair.negatives[0], pair.passage]))[0, 0]) > 0
        for pair in given
    ]
    assert sum(better) > 0.8 * len(better)
