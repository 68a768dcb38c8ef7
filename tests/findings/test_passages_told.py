"""What the variants' passages are is said where they differ, in the same words everywhere."""

from __future__ import annotations

import re
from html import unescape

import pytest

from tests.support import made_run
from workbench.experiment import Experiment
from workbench.experiment.passages import PassageSpec
from workbench.stages.search import _cut

NEAR = {"name": "near", "context": "retrieval", "passages": {"read": {"sentences": 1}}}


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({}, "passages of 110 tokens"),
        ({"split": "section", "headings": True}, "whole sections, found under their headings"),
        (
            {"split": "structure", "read": {"chunk_size": 300}},
            "passages by the text's structure of 110 tokens, shown as the passages of 300 tokens "
            "around them",
        ),
        (
            {"split": "semantic", "context": {"model": "tiny"}, "read": {"sentences": 2}},
            "passages by meaning of 110 tokens, with a line of context by tiny, shown with 2 "
            "sentences on both sides",
        ),
    ],
)
def test_a_way_of_cutting_has_words(values: dict[str, object], told: str) -> None:
    assert PassageSpec(**values).told == told  # type: ignore[arg-type]
    assert PassageSpec(**values).plain == (not values)  # type: ignore[arg-type]


def experiment(**changes: object) -> Experiment:
    return Experiment(purpose="Answer readers.", name="own", corpus="text.md", **changes)  # type: ignore[arg-type]


def test_it_is_recorded_where_it_is_not_alike_and_plain() -> None:
    assert _cut(experiment(variants=["rag", "prompt_only"])) == {}
    mixed = _cut(experiment(variants=["rag", NEAR, "prompt_only"]))
    assert mixed == {
        "rag": {"chunk_size": 110, "chunk_overlap": 20},
        "near": {"chunk_size": 110, "chunk_overlap": 20,
                 "read": {"chunk_size": None, "sentences": 1}},
    }  # fmt: skip
    assert set(_cut(experiment(passages={"headings": True}))) == {"rag", "fine_tuned_rag"}


def test_every_renderer_says_it_once_for_those_that_are_alike() -> None:
    recall = {"value": 0.8, "low": 0.7, "high": 0.9, "n": 40, "clusters": 9}
    plain = {"chunk_size": 110, "chunk_overlap": 20}
    search = {
        "questions": 40, "used": "fused", "top_k": 3, "missed": 8, "misses": [],
        "parts": [{"part": "fused", "at": [{"count": 3, "recall": recall}]}],
    }  # fmt: skip
    results = {**made_run.results(), "search": search}
    assert "passages of 110 tokens" not in made_run.render_html(results)
    names = {"rag": plain, "fine_tuned": plain, "oracle": {**plain, "split": "section"}}
    results["search"] = {**search, "passages": names}
    for page in (made_run.render_html(results), made_run.render_markdown(results)):
        assert page.count("RAG, Fine-tuned: passages of 110 tokens.") == 1
        assert page.count(": whole sections.") == 1


def test_every_renderer_says_what_training_a_retriever_came_to() -> None:
    recall = {"value": 0.8, "low": 0.7, "high": 0.9, "n": 40, "clusters": 9}
    said = {"method": "query_map", "questions": 125, "held_out": 30, "epochs": 2}
    search = {
        "questions": 40, "used": "fused", "top_k": 3, "missed": 8, "misses": [],
        "parts": [{"part": "fused", "at": [{"count": 3, "recall": recall}]}],
        "learned": {
            "rag": {**said, "epoch": 2, "before": 0.5, "after": 0.75},
            "oracle": {**said, "epoch": 0, "before": 0.9, "after": 0.9},
        },
    }  # fmt: skip
    results = {**made_run.results(), "search": search}
    for page in (made_run.render_html(results), made_run.render_markdown(results)):
        plain = " ".join(re.sub("<[^>]+>", "", page).split())
        assert "RAG: a map of the question's vectors was trained on 125 training" in unescape(plain)
        assert "mean reciprocal rank went from 50.0 to 75.0 of 100." in plain
        assert "found no more on sections that it did not see (90.0 of 100" in plain
