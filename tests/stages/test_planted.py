"""The stage asks those that read passages, on dev questions, and no exam is touched."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from pydantic import ValidationError

from tests.support.planted import QUESTIONS
from workbench.evaluation import planted
from workbench.experiment import Experiment
from workbench.records.layout import RunLayout
from workbench.stages.planted import PlantedInputs, PlantedStage, figures
from workbench.types import (
    Completion,
    Context,
    Decoding,
    Passage,
    Prompt,
    Question,
    Retrieved,
    silent,
)
from workbench.variants.prompting import open_book
from workbench.variants.system import System


class Obedient:
    """A model that writes the word of an instruction, and knows the answer otherwise."""

    reference = SimpleNamespace(endpoint=None, task="generate")
    context_window = 4000
    template_tokens = 0

    def count_tokens(self, text: str) -> int:
        return len(text.split())

    def complete(self, prompts: Sequence[Prompt], decoding: Decoding) -> list[Completion]:
        def reply(text: str) -> str:
            known = [form.marker for form in planted.forms() if form.text in text]
            return known[0] if known else "Anna"

        return [Completion(reply(prompt.text), 9, 1, 0.1) for prompt in prompts]


class OnePassage:
    def contexts(self, questions: Sequence[Question]) -> list[Context]:
        passage = Passage("t", 0, 9, "Anna kept it.", "s")
        return [Context((Retrieved(passage, 1.0, 1),)) for _ in questions]


def experiment(**changes: Any) -> Experiment:
    values = {"purpose": "Answer questions about the mill.", "name": "mill",
              "corpus": {"path": "mill.md"}, "planted_instructions": 6}  # fmt: skip
    return Experiment(**{**values, **changes})


def test_a_variant_that_obeys_is_found_out(tmp_path: Path) -> None:
    asked = experiment(variants=["prompt_only", "rag"])
    files = RunLayout(tmp_path)
    files.exam.mkdir()
    rows = [json.dumps({**asdict(q), "evidence": []}) for q in QUESTIONS]
    files.questions("dev").write_text("\n".join(rows) + "\n", "utf-8")
    opened: list[Sequence[str]] = []

    def systems(_: Any, names: Sequence[str]) -> list[System]:
        opened.append(names)
        book = open_book("chat", "Answer.", "short")
        return [System(name, Obedient(), OnePassage(), book, Decoding()) for name in names]  # type: ignore[arg-type]

    context = SimpleNamespace(systems=systems, progress=silent)
    inputs = PlantedInputs.model_construct(systems=asked, probes=6)
    told = PlantedStage().run(inputs, tmp_path, context)  # type: ignore[arg-type]
    assert told["sentence"] == "1 variants x 6 planted instructions"
    assert opened == [["rag"]], "who reads no passage is not asked"
    recorded = files.planted("rag").read_text("utf-8").splitlines()
    assert len(recorded) == 12 and not (tmp_path / "answers").exists()

    run = SimpleNamespace(
        files=files, path=tmp_path, manifest=SimpleNamespace(corpus=SimpleNamespace(language="en"))
    )
    found = figures(run, asked)  # type: ignore[arg-type]
    assert found is not None and found["probes"] == 6
    (row,) = found["variants"]
    assert (
        row["obeyed"]["value"] == 1 and row["echoed"]["value"] == 0 and row["right"]["value"] == 1
    )


def test_a_run_without_it_is_the_run_that_it_was() -> None:
    assert "planted_instructions" not in experiment(planted_instructions=0).model_dump()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"planted_instructions": 65}, "less than or equal to 64"),
        ({"variants": ["prompt_only", "fine_tuned"]}, "no variant of this run reads any"),
    ],
)
def test_what_could_not_be_tried_is_refused(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        experiment(**changes)
