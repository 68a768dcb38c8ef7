"""``--set``, and experiments as JSON and TOML: the same experiment by every way."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from workbench.cli.loading import load_experiment
from workbench.errors import WorkbenchError

YAML = """
purpose: Answer questions about the house.
name: house
corpus: house.md
retrieval: {top_k: 4, mode: dense}
"""
TOML = """
purpose = "Answer questions about the house."
name = "house"
corpus = "house.md"
[retrieval]
top_k = 4
mode = "dense"
"""
SCRIPT = """
from workbench import Experiment
from workbench.experiment.retrieval import RetrievalSpec
experiment = Experiment(purpose="Answer questions about the house.", name="house",
                        corpus="house.md", retrieval=RetrievalSpec(top_k=4, mode="dense"))
"""


@pytest.fixture(params=["yaml", "json", "toml", "py"])
def file(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    import yaml

    text = {"yaml": YAML, "json": json.dumps(yaml.safe_load(YAML)), "toml": TOML, "py": SCRIPT}
    path = tmp_path / f"house.{request.param}"
    path.write_text(text[request.param], "utf-8")
    return str(path)


def test_every_format_holds_the_same_experiment(file: str) -> None:
    found = load_experiment(file)
    assert (found.name, found.corpus.path) == ("house", "house.md")
    assert (found.retrieval.top_k, found.retrieval.mode) == (4, "dense")


def test_single_values_are_put_in_and_the_others_stay(file: str) -> None:
    found = load_experiment(
        file, ["retrieval.top_k=7", "tuning.lora.r=3", "variants=[prompt_only, rag]",
               "corpus.language=de", "workload.updates_per_month=2.5"],
    )  # fmt: skip
    assert (found.retrieval.top_k, found.retrieval.mode) == (7, "dense")
    assert (found.tuning.lora.r, found.tuning.lora.alpha) == (3, 64)
    assert [item.name for item in found.variants] == ["prompt_only", "rag"]
    assert (found.corpus.path, found.corpus.language) == ("house.md", "de")
    assert found.workload.updates_per_month == 2.5
    # For one call alone.
    assert load_experiment(file).retrieval.top_k == 4


def test_what_follows_the_model_follows_one_that_is_set(file: str) -> None:
    plain, other = load_experiment(file), load_experiment(file, ["model=Qwen/Qwen2.5-7B-Instruct"])
    assert (plain.passages.chunk_size, other.passages.chunk_size) == (110, 300)
    assert other.tuning.learning_rate < plain.tuning.learning_rate
    assert other.retrieval.top_k == 4  # the file's own value still wins


@pytest.mark.parametrize(
    ("pair", "said"),
    [("top_k", "sets nothing"), ("=3", "sets nothing"), ("a..b=3", "sets nothing"),
     ("name=[", "not to be read"), ("nonsense=3", "unknown key 'nonsense'"),
     ("retrieval.nonsense=3", "unknown key 'retrieval.nonsense'"),
     ("retrieval.top_k=many", "retrieval.top_k")],
)  # fmt: skip
def test_what_cannot_be_set_is_told(file: str, pair: str, said: str) -> None:
    with pytest.raises(WorkbenchError, match=said):
        load_experiment(file, [pair])


def test_a_torn_toml_names_its_line(tmp_path: Path) -> None:
    path = tmp_path / "x.toml"
    path.write_text("name = 'x'\npurpose = \n", "utf-8")
    with pytest.raises(WorkbenchError, match=r"not valid TOML.*line 2"):
        load_experiment(str(path))
