"""Which group of each attribute a question is about, as an experiment tells them apart."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from workbench.evaluation.groups import SECTION, column_tags, section_tags
from workbench.experiment.fairness import FairnessSpec
from workbench.fairness.lexicon import read_pairs
from workbench.fairness.tagging import SEVERAL, Tagger, about
from workbench.types import Question


def group_tags(
    questions: Sequence[Question], spec: FairnessSpec, language: str
) -> dict[str, dict[str, str]]:
    """By attribute, the group of each question that has one.

    What a column of that name says goes before what the words say. A question that names people of
    several groups is of none of them, and is left out.
    """
    pairs = read_pairs(language, None if spec.lexicon is None else Path(spec.lexicon))
    return {name: _tags(questions, name, Tagger(pairs, name)) for name in spec.groups}


def _tags(questions: Sequence[Question], name: str, tagger: Tagger) -> dict[str, str]:
    found = column_tags(questions, name)
    if name == SECTION and not found:
        return section_tags(questions)
    for question in questions:
        if question.id not in found:
            told = tagger.group(about(question))
            if told is not None and told != SEVERAL:
                found[question.id] = told
    return found
