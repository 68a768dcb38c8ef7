"""Which sections' running text an adapter may learn or replay."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from tests.support.tale import small_corpus
from workbench.experiment.tuning import TuningSpec
from workbench.stages.adapter import read_texts

CORPUS = small_corpus()
UNSEEN = frozenset({CORPUS.sections[2].id, CORPUS.sections[7].id})
CONTEXT: Any = SimpleNamespace(
    corpus=lambda artifact: CORPUS, unseen_sections=lambda artifact: UNSEEN
)


def texts(**tuning: Any) -> tuple[list[str], int]:
    inputs: Any = SimpleNamespace(tuning=TuningSpec(**tuning), corpus=None, questions=None)
    return read_texts(inputs, CONTEXT)


@pytest.mark.parametrize("train_on", ["questions", "text", "both", "text_then_questions"])
def test_no_text_of_an_unseen_section_is_learned_or_replayed(train_on: str) -> None:
    told, unseen = texts(train_on=train_on)
    kept = [section.text for section in CORPUS.sections if section.id not in UNSEEN]
    assert told == kept and unseen == 0


def test_where_all_text_may_be_read_it_says_how_many_unseen_sections_were() -> None:
    told, unseen = texts(train_on="both", text_from="all")
    assert told == [section.text for section in CORPUS.sections] and unseen == 2
    assert texts(text_from="all", replay_share=0.0)[1] == 0
