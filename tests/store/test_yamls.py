"""YAML that means harm is refused in its own error, and what it says is read as ever."""

from __future__ import annotations

import sys

import pytest
import yaml

from workbench.errors import WorkbenchError
from workbench.experiment import Experiment
from workbench.io import yamls

BOMB = "a0: &a0 [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"a{n}: &a{n} [{','.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 9)
)


@pytest.mark.parametrize(
    "text",
    [BOMB, "a: &a [*a]", "[" * 3000, "day: 2026-99-99", "{a", "!!python/object/apply:os.abort []"],
)
def test_what_harms_is_a_fault_of_the_text(text: str) -> None:
    with pytest.raises(yamls.YAMLError):
        yamls.load(text)
    with pytest.raises(WorkbenchError, match="not valid YAML"):
        Experiment.from_yaml(text, "mine.yaml")


@pytest.mark.parametrize("text", ["a: &x [1, 2]\nb: *x\nc: *x", "", "x", "- 1\n- {a: b}"])
def test_honest_yaml_is_read_as_ever(text: str) -> None:
    assert yamls.load(text) == yaml.safe_load(text)


def test_a_long_document_without_aliases_is_no_bomb() -> None:
    assert len(yamls.load("\n".join(f"- {n}" for n in range(5000)))) == 5000
    assert sys.getrecursionlimit() < 3000 * 2
