"""No key is ever written into a run: an experiment takes the name of a variable, nothing else."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from workbench.errors import WorkbenchError
from workbench.experiment import Experiment, specification_error

SECRET = "sk-proj-Ab12Cd34Ef56"
OTHER = "hf_AbCdEfGhIjKl"


@pytest.mark.parametrize("part", ["model", "judge"])
@pytest.mark.parametrize(
    ("values", "named"),
    [
        ({"endpoint": "http://localhost:1/v1", "key_env": SECRET}, "OPENAI_API_KEY"),
        ({"endpoint": "http://localhost:1/v1", "key_env": OTHER}, "OPENAI_API_KEY"),
        ({"endpoint": f"http://me:{SECRET}@localhost:1/v1"}, "key_env"),
        ({"endpoint": f"http://localhost:1/v1?key={SECRET}"}, "key_env"),
        ({"endpoint": "http://localhost:1/v1", "api_key": SECRET}, "api_key"),
    ],
)
def test_a_key_in_an_experiment_is_refused_and_not_repeated(
    part: str, values: dict[str, str], named: str
) -> None:
    name = {"name": "m"} if part == "model" else {"model": "m"}
    with pytest.raises(ValidationError) as caught:
        Experiment(purpose="Answer questions.", name="n", corpus="c", **{part: name | values})
    sentences = specification_error(caught.value, "mine.yaml")
    assert isinstance(sentences, WorkbenchError)
    assert named in str(sentences)
    assert SECRET not in str(sentences) and OTHER not in str(sentences)


def test_a_variable_s_name_and_a_plain_address_are_taken() -> None:
    result = Experiment(
        purpose="Answer questions.", name="n", corpus="c",
        model={"name": "m", "endpoint": "https://api.example.org/v1", "key_env": "MY_KEY_2"},
    )  # fmt: skip
    assert (result.model.key_env, result.model.endpoint) == (
        "MY_KEY_2",
        "https://api.example.org/v1",
    )
