"""Exam questions asked again in other words by real small models, and kept over a kill."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.support.servers.chat import ChatServer
from workbench.engine.cache import ArtifactCache
from workbench.engine.inputs import ArtifactReference
from workbench.errors import WorkbenchError
from workbench.evaluation.metrics import score_answers
from workbench.evaluation.sensitivity import OF
from workbench.experiment import Experiment
from workbench.experiment.identity import resolve
from workbench.io import jsonl
from workbench.records.run import Run
from workbench.stages import CORPUS
from workbench.stages.asking import asking_stages
from workbench.stages.context import RunContext
from workbench.stages.inputs import SystemsInputs
from workbench.stages.plan import RunPlan
from workbench.stages.sensitivity import (
    SensitivityInputs,
    figures,
    read_further,
    run_sensitivity,
)
from workbench.types import Decoding, Progress, Question, silent
from workbench.variants.answering import answer_questions, read_answers
from workbench.variants.prompting import open_book
from workbench.variants.providers import NoContext
from workbench.variants.system import System

EXAM = [
    Question(f"q{n}", f"Who kept the {thing}?", ("Anna",), cluster=f"text.md#{n // 2}")
    for n, thing in enumerate(("bridge", "ferry", "boat", "mill", "gate", "ledger"))
] + [
    Question("bare", "Who was the king?", (), kind="unanswerable"),
    Question("rule", "Say no.", ("no",), kind="behaviour"),
]


@dataclass
class Setting:
    """The stage's inputs on the small model, its run, and two variants of one book."""

    experiment: Experiment
    inputs: SensitivityInputs
    run: Run
    systems: list[System]
    context: RunContext

    def ask(self, progress: Progress = silent) -> dict[str, Any]:
        context = self.context.reporting(progress)
        return run_sensitivity(self.inputs, self.systems, EXAM, self.run.path, context)


def setting(folder: Path, tiny_folder: Path, **changes: Any) -> Setting:
    (folder / "text.md").write_text("# One\n\nThe miller Anna kept the bridge.\n" * 40, "utf-8")
    experiment = Experiment(
        purpose="Answer questions about the mill.",
        name="asked",
        corpus=str(folder / "text.md"),
        model={"name": str(tiny_folder)},
        variants=["prompt_only", "rag"],
        **{"sensitivity": {"questions": 4, "wordings": 3}, **changes},
    )
    plan, context = RunPlan(resolve(experiment)), RunContext(ArtifactCache(folder / "cache"))
    run = Run(folder / "run")
    run.update(corpus={"language": "en"})
    nothing = ArtifactReference(id="none", path=folder)
    corpus = context.make(CORPUS, plan.corpus_inputs()).reference
    asked = SystemsInputs.of(experiment, corpus, nothing, plan.search(nothing), {})
    stages = asking_stages(plan, asked, exam="")
    inputs = next(own for stage, own in stages if stage.name == "sensitivity")
    model = context.model(plan.model(experiment.model.reference()))
    book = open_book(model.prompt_format, experiment.purpose, "Briefly.")
    decoding = Decoding(4)
    systems = [System(n, model, NoContext(), book, decoding) for n in ("prompt_only", "rag")]
    assert isinstance(inputs, SensitivityInputs)
    return Setting(experiment, inputs, run, systems, context)


def test_every_variant_answers_every_further_wording(tmp_path: Path, tiny_folder: Path) -> None:
    asking = setting(tmp_path, tiny_folder)
    run, systems = asking.run, asking.systems
    summary = asking.ask()
    further = read_further(run.path)
    assert summary["questions"] == 4 and len(further) == 8
    own = {question.id: question for question in EXAM}
    for item in further:
        first = own[item.tags[OF]]
        assert first.kind == "factoid"
        assert item.text != first.text and item.id not in own
        assert (item.answers, item.cluster) == (first.answers, first.cluster)
    for name in ("prompt_only", "rag"):
        answers = read_answers(run.path / "sensitivity" / f"{name}.jsonl")
        assert {a.question for a in answers} == {item.id for item in further}
    for system in systems:
        answer_questions(system, EXAM[:6], run.path / "answers" / f"{system.name}.jsonl")
    answers = [a for s in systems for a in read_answers(run.path / "answers" / f"{s.name}.jsonl")]
    matches = figures(run, asking.experiment, EXAM, score_answers(EXAM, answers), {})
    assert matches is not None
    assert (matches["questions"], matches["wordings"]) == (4, 3.0)
    assert [row["flipped"]["n"] for row in matches["variants"]] == [4, 4]


def test_a_killed_asking_goes_on_with_the_same_wordings(tmp_path: Path, tiny_folder: Path) -> None:
    asking = setting(tmp_path, tiny_folder)
    run = asking.run

    def killed(done: int, total: int, note: str = "") -> None:
        if note == "rag":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        asking.ask(killed)
    before = (run.path / "sensitivity" / "questions.jsonl").read_bytes()
    first = (run.path / "sensitivity" / "prompt_only.jsonl").read_bytes()
    assert not (run.path / "sensitivity" / "rag.jsonl").exists()
    asking.ask()
    assert (run.path / "sensitivity" / "questions.jsonl").read_bytes() == before
    assert (run.path / "sensitivity" / "prompt_only.jsonl").read_bytes() == first
    assert len(jsonl.read(run.path / "sensitivity" / "rag.jsonl")) == 8


def test_a_chat_writer_words_them_and_what_gives_the_answer_away_is_dropped(
    tmp_path: Path, tiny_folder: Path
) -> None:
    def rewordings(body: dict[str, Any]) -> str:
        sentences = body["messages"][-1]["content"]
        lines = [line.split(". ", 1)[1] for line in sentences.splitlines() if line.strip()]
        things = [line.split("the ")[-1].rstrip("?") for line in lines]
        reply = {"rewordings": [
            [f"The {t}: was it Anna who kept it?", f"By whom was the {t} kept?"] for t in things
        ]}  # fmt: skip
        return json.dumps(reply)

    with ChatServer(rewordings, usage=(9, 9)) as server:
        writer = {"writer": {"name": "w", "endpoint": server.url}}
        asking = setting(tmp_path, tiny_folder, questions=writer)
        run = asking.run
        asking.ask()
    further = read_further(run.path)
    assert len(server.asked) == 1 and len(further) == 8
    texts = {item.text for item in further}
    assert not [text for text in texts if "Anna" in text]
    things = [item.text for item in further if item.text.startswith("By whom was the")]
    assert len(things) == 4
    assert sum(text.startswith("Which person kept the") for text in texts) == 4


def test_the_key_is_off_by_default_and_leaves_the_run_id_alone(
    tmp_path: Path, tiny_folder: Path
) -> None:
    (tmp_path / "text.md").write_text("Text.", "utf-8")

    def run_id(**changes: Any) -> str:
        values = {"purpose": "Answer questions.", "name": "x", "corpus": str(tmp_path / "text.md")}
        return resolve(Experiment(**{**values, **changes})).run_id

    assert Experiment(purpose="Answer questions.", name="x", corpus="a").sensitivity.questions == 0
    assert run_id() == run_id(sensitivity={"wordings": 2})
    assert run_id() != run_id(sensitivity={"questions": 5})
    assert run_id(sensitivity={"questions": 5}) != run_id(
        sensitivity={"questions": 5, "wordings": 2}
    )
    with pytest.raises(WorkbenchError, match=r"sensitivity\.wordings"):
        Experiment.from_yaml("purpose: Answer it.\nname: x\ncorpus: a\nsensitivity: {wordings: 1}")


def test_a_run_that_asked_nothing_again_says_nothing(tmp_path: Path, tiny_folder: Path) -> None:
    asking = setting(tmp_path, tiny_folder)
    assert figures(asking.run, asking.experiment, EXAM, [], {}) is None
