"""Canaries and stretches in a specification: what is refused, and what stays as it was."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from workbench.experiment import Experiment


def experiment(**changes: Any) -> Experiment:
    values = {"purpose": "Answer questions about the mill.", "name": "mill",
              "corpus": {"path": "mill.md"}}  # fmt: skip
    return Experiment(**{**values, **changes})


def test_a_run_without_them_is_the_run_that_it_was() -> None:
    known = experiment().model_dump()
    assert "memorised_stretches" not in known and "canaries" not in known["tuning"]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"tuning": {"canaries": 2}}, "nothing would look for them"),
        ({"tuning": {"canaries": 2, "train_on": "text"}, "memorised_stretches": 4}, "text alone"),
        ({"tuning": {"canaries": [2, 4]}, "memorised_stretches": 4}, "canaries"),
        ({"variants": ["prompt_only", "rag"], "memorised_stretches": 4}, "no variant of this run"),
    ],
)
def test_what_could_not_be_found_out_is_refused(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        experiment(**changes)
