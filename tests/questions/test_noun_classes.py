"""What common nouns name, by the real embedding model."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.support.asking import noun_classes
from workbench.questions.parsing.noun_classes import EXAMPLES, NounClass, NounClasses

#: Nouns that nobody would class otherwise, none of them an example of its class.
SURE: dict[NounClass, str] = {
    "person": "nephew blacksmith physician grandmother",
    "group": "parliament corporation orchestra regiment",
    "place": "village attic valley warehouse",
    "time": "evening weekend midnight dawn",
    "thing": "kettle knife sword spoon",
    "information": "spreadsheet parameter array checklist",
    "event": "battle earthquake ceremony duel",
    "abstract": "courage sorrow jealousy freedom",
}


@pytest.mark.parametrize("name", SURE)
def test_a_sure_noun_is_of_its_class(name: NounClass) -> None:
    nouns = SURE[name].split()
    assert not set(nouns) & set(EXAMPLES[name].split())
    assert {noun: noun_classes()[noun] for noun in nouns} == dict.fromkeys(nouns, name)


@pytest.mark.parametrize("noun", ["bakery", "monastery"])
def test_a_noun_between_two_classes_is_of_none(noun: str) -> None:
    # A bakery is a place and a firm.
    assert noun_classes()[noun] == ""


def test_without_a_model_no_noun_has_a_class() -> None:
    assert NounClasses(None)["hammer"] == ""


class Counting:
    """Says of every text that it is alike to all, and remembers what it was asked."""

    def __init__(self) -> None:
        self.calls: list[list[str]] = []

    def __call__(self, texts: Sequence[str]) -> NDArray[np.float64]:
        self.calls.append(list(texts))
        return np.ones((len(texts), 1))


def test_nouns_are_embedded_together_and_once() -> None:
    model = Counting()
    classes = NounClasses(model)
    classes.learn(["kettle", "attic", "kettle"])
    assert model.calls[1:] == [["the attic", "the kettle"]]
    assert (classes["kettle"], classes["attic"]) == ("", "")
    classes.learn(["attic"])
    assert len(model.calls) == 2
    assert classes["valley"] == ""
    assert model.calls[2:] == [["the valley"]]
