"""What of prompts is searched: the same for every variant, and refused in words."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from workbench.errors import WorkbenchError
from workbench.experiment import Experiment
from workbench.experiment.identity import resolve
from workbench.experiment.prompt_search import SHIPPED, PromptChoice
from workbench.stages.inputs import PromptInput
from workbench.stages.plan import RunPlan
from workbench.stages.prompts import in_each_prompt
from workbench.stages.refusals import check_prompts
from workbench.variants.instructions import FOLDER, candidates, read_candidate
from workbench.variants.prompting import open_book

CHAT = {"name": "some-model", "endpoint": "http://127.0.0.1:9/v1"}


def experiment(folder: Path, **changes: Any) -> Experiment:
    (folder / "house.md").write_text("# House\n\nBreakfast is at eight.\n", "utf-8")
    values = {
        "purpose": "Answer questions about the house.",
        "name": "house",
        "corpus": str(folder / "house.md"),
        **changes,
    }
    return Experiment(**values)


def written(folder: Path, name: str, text: str, file: str = "chat/system.jinja") -> Path:
    path = folder / name / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    return path


def test_without_a_search_nothing_of_it_is_written(tmp_path: Path) -> None:
    values = experiment(tmp_path).model_dump(mode="json")
    assert "search" not in values["prompts"]
    assert not any("prompt" in variant for variant in values["variants"])


@pytest.mark.parametrize("format_", SHIPPED)
def test_every_shipped_prompt_asks_and_differs_from_the_present_one(format_: str) -> None:
    asked = {
        name: open_book(format_, "Purpose.", "Briefly.", own=name).render("Who?", ["a b", "c d"])
        for name in (None, *SHIPPED[format_])
    }
    texts = {name: prompt.text for name, prompt in asked.items()}
    assert len(set(texts.values())) == len(texts)
    assert all("Who?" in text and "a b" in text for text in texts.values())
    if format_ == "chat":
        assert all("unanswerable" in text and "Briefly." in text for text in texts.values())
    assert {p.name for p in FOLDER.iterdir() if p.is_dir() and p.name[0] != "_"} == {
        name for names in SHIPPED.values() for name in names
    }


def test_every_variant_tries_the_same_as_it_is_before_tuning(tmp_path: Path) -> None:
    own = experiment(tmp_path, prompts={"search": {"examples": ["none", "nearest"]}})
    tried = {v.name: in_each_prompt(own, v, examples=True) for v in own.variants}
    prompts = [None, *SHIPPED["reader"]]
    assert all([v.prompt for v in items[:4]] == prompts for items in tried.values())
    assert {v.given_context for v in tried["fine_tuned"]} == {"none", "nearest_examples"}
    assert tried["fine_tuned"] == tried["prompt_only"]
    assert tried["fine_tuned_rag"] == tried["rag"] and len(tried["rag"]) == 8
    assert [v.prompt for v in tried["oracle"]] == prompts
    # Without training questions there is nothing to show.
    assert len(in_each_prompt(own, own.variants[0], examples=False)) == 4


def test_an_adapter_is_trained_in_the_prompt_of_whoever_answers_so(tmp_path: Path) -> None:
    own = experiment(tmp_path).prompted_as({
        "fine_tuned_rag": PromptChoice(prompt="best_last", context="retrieval"),
        "fine_tuned": PromptChoice(prompt="joined", context="none"),
    })  # fmt: skip
    plan = RunPlan(resolve(own))
    assert len(set(plan.adapters.values())) == 1
    assert {adapter.prompt for adapter in plan.adapters.values()} == {"joined"}
    assert own.variants[2].context is None, "what the name says is not written beside it"
    assert Experiment.from_yaml(own.to_yaml()) == own


def test_a_folders_prompts_are_told_by_what_they_say(tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    file = written(folder, "polite", "{{ purpose }} Please. {{ form }}")
    own = experiment(tmp_path, model=CHAT, prompts={"search": str(folder)})
    assert own.prompts.search is not None
    assert candidates(own.prompts.search, "chat")[-1] == str(folder / "polite")
    named = experiment(tmp_path, model=CHAT, variants=[
        "prompt_only", {"name": "rag", "prompt": str(folder / "polite")},
    ])  # fmt: skip
    before = [resolve(one).run_id for one in (own, named)]
    common = PromptInput.of(named.model.reference(), named.purpose, named.prompts)
    mine = PromptInput.of(named.model.reference(), named.purpose, named.prompts, (),
                          str(folder / "polite"))  # fmt: skip
    assert common.digest != mine.digest
    moved = folder.rename(tmp_path / "elsewhere")
    again = experiment(tmp_path, model=CHAT, prompts={"search": str(moved)})
    assert resolve(again).run_id == before[0]
    (moved / "polite" / "chat" / "system.jinja").write_text("{{ form }} Now!", "utf-8")
    folder.mkdir()
    moved.joinpath("polite").rename(folder / "polite")
    assert file.exists()
    assert all(a != resolve(b).run_id for a, b in zip(before, (own, named), strict=True))


@pytest.mark.parametrize(
    ("file", "text", "said"),
    [
        ("chat/system.jinja", " \n", "has no words"),
        ("reader/answer.jinja", "{{ question }}", "has no words"),
        ("chat/answer.jinja", "Answer now.", "never asks"),
        ("chat/system.jinja", "{% if %}", "no valid template"),
        ("system.jinja", "Answer.", "has no words"),
    ],
)
def test_a_prompt_that_is_none_is_refused_before_anything_is_made(
    tmp_path: Path, file: str, text: str, said: str
) -> None:
    written(tmp_path / "mine", "odd", text, file)
    own = experiment(tmp_path, model=CHAT, variants=["prompt_only", "rag"],
                     prompts={"search": str(tmp_path / "mine")})  # fmt: skip
    with pytest.raises(WorkbenchError, match=said):
        check_prompts(RunPlan(resolve(own)))


def test_a_folder_without_candidates_is_refused(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for name, said in (("empty", "holds no folder"), ("nowhere", "does not exist")):
        own = experiment(tmp_path, model=CHAT, variants=["prompt_only", "rag"],
                         prompts={"search": str(tmp_path / name)})  # fmt: skip
        with pytest.raises(WorkbenchError, match=said):
            check_prompts(RunPlan(resolve(own)))
    with pytest.raises(WorkbenchError, match="has no words for models of the format 'chat'"):
        read_candidate("best_last", "chat")


@pytest.mark.parametrize(
    ("search", "said"),
    [
        ({"shipped": False}, "names nothing to try"),
        ({"shipped": False, "examples": ["none"]}, "names nothing to try"),
        ({"examples": ["none", "none"]}, "twice"),
        ({"examples": ["many"]}, "examples"),
        ({"colour": 1}, "colour"),
    ],
)
def test_a_search_that_says_nothing_is_refused(
    tmp_path: Path, search: dict[str, Any], said: str
) -> None:
    with pytest.raises(ValidationError, match=said):
        experiment(tmp_path, prompts={"search": search})


def test_labelled_messages_are_asked_with_their_labels(tmp_path: Path) -> None:
    labels = {"file": "messages.csv"}
    with pytest.raises(ValidationError, match=r"leave prompts\.search"):
        experiment(tmp_path, questions={"labels": labels}, variants=["prompt_only", "fine_tuned"],
                   prompts={"search": {}})  # fmt: skip
