"""Two editions in a specification: what is read, what is refused, and which run it is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from workbench.errors import WorkbenchError
from workbench.experiment import Experiment
from workbench.experiment.identity import resolve
from workbench.experiment.variant import two_by_twos, variants_of
from workbench.variants.assembly import adapter_of

LEFT = {"name": "left", "context": "none", "edition": "stale"}
ON = {"name": "on", "context": "none", "edition": "tuned_on"}


def experiment(**more: Any) -> Experiment:
    values: dict[str, Any] = {
        "purpose": "Answer guests' questions.", "name": "house",
        "corpus": {"editions": ["old.md", "new.md"]}, "variants": ["rag", "fine_tuned", LEFT, ON],
    }  # fmt: skip
    return Experiment(**{**values, **more})


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in ("old", "new"):
        (tmp_path / f"{name}.md").write_text(f"# {name}\n", "utf-8")
    return tmp_path


def test_the_text_is_the_later_edition_and_goes_through_yaml(files: Path) -> None:
    made = experiment()
    assert made.corpus.path == "new.md" and made.corpus.earlier.path == "old.md"
    assert Experiment.from_yaml(made.to_yaml()) == made
    whole = resolve(made).experiment
    assert Experiment.from_yaml(whole.to_yaml()) == whole
    assert whole.corpus.editions == (str(files / "old.md"), str(files / "new.md"))


def test_a_specification_of_one_edition_says_nothing_of_two() -> None:
    said = experiment(corpus="new.md", variants=["rag", "fine_tuned"]).model_dump(mode="json")
    assert "editions" not in said["corpus"]
    assert all("edition" not in variant for variant in said["variants"])


def test_another_earlier_edition_is_another_run(files: Path) -> None:
    before = resolve(experiment()).run_id
    (files / "old.md").write_text("# another\n", "utf-8")
    assert resolve(experiment()).run_id != before
    (files / "old.md").unlink()
    with pytest.raises(WorkbenchError, match=r"edition old\.md does not exist"):
        resolve(experiment())


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"corpus": {"editions": ["old.md"]}}, "two paths"),
        ({"corpus": {"editions": "old.md"}}, "two paths"),
        ({"corpus": {"editions": ["a.md", "b.md"], "path": "c.md"}}, "leave path out"),
        ({"corpus": {"editions": ["a", "b"], "url": "https://x.org/a", "sha256": "0"}},
         "leave url out"),
        ({"corpus": "new.md"}, "name both editions"),
        ({"variants": ["rag", {"name": "prompt_only", "model": {"name": "x", "endpoint":
          "http://localhost:1/v1"}, "edition": "stale"}]}, "not trained here"),
        ({"variants": ["rag", "raft", {"name": "raft", "edition": "stale"}]}, "named twice"),
        ({"variants": ["rag", {"name": "raft", "edition": "stale"}]}, "reads? passages|facts"),
        ({"variants": ["rag", {**LEFT, "name": "before"}]}, "another name"),
        ({"variants": ["rag", {**LEFT, "edition": "burnt"}]}, "retrained"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_refused_with_the_way_out(more: dict[str, Any], told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        experiment(**more)


def test_each_edition_is_an_adapter_of_its_own_and_retrained_is_the_ordinary_one() -> None:
    made = experiment(
        variants=["prompt_only", "rag", "fine_tuned", LEFT, ON,
                  {"name": "anew", "context": "none", "edition": "retrained"},
                  {"name": "left_rag", "context": "retrieval", "edition": "stale"}]
    )  # fmt: skip
    whose = {variant.name: variant.adapter for variant in variants_of(made) if variant.trained}
    assert whose == {"fine_tuned": "fine_tuned", "left": "left", "on": "on", "anew": "fine_tuned",
                     "left_rag": "left"}  # fmt: skip
    (cells,) = two_by_twos(variants_of(made))
    assert cells[(True, False)] == "left" and cells[(True, True)] == "left_rag"


@pytest.mark.parametrize(
    ("tuning", "edition", "told"),
    [
        ({"method": "ia3"}, "tuned_on", "A LoRA adapter can be trained further"),
        ({"processes": 2}, "tuned_on", "in one process"),
        ({"learning_rate": [1e-4, 1e-3]}, "stale", "searched on one edition"),
    ],
)
def test_what_cannot_be_trained_further_is_refused(tuning, edition, told) -> None:
    own = {"name": "own", "context": "none", "edition": edition, "tuning": tuning}
    made = experiment(variants=["rag", own])
    with pytest.raises(WorkbenchError, match=told):
        adapter_of(made, made.variants[1])
