"""The playground's page: what it offers, what it shows of a try, and what it keeps of one."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.pages import words
from tests.support.waiting import until
from workbench.dashboard.jobs import playground as job
from workbench.dashboard.queries import playground, runs
from workbench.engine import processes
from workbench.experiment import Experiment
from workbench.io import jsonl
from workbench.io.files import write_json
from workbench.questions.dataset.gold import sound_gold
from workbench.records.playground import Outcome, Scored, Setting, TryFiles, ask
from workbench.records.run import Run
from workbench.serve.askable import dev_questions
from workbench.types import Question

Show = Callable[..., Any]
BARE = "question: {{ question }} answer:"


def specification(run: Path) -> Experiment:
    result = Run(run).experiment()
    assert result is not None
    return result


def a_try(
    run: Path, setting: Setting, questions: list[Question], right: int, before: int
) -> TryFiles:
    """A try that is over: ``right`` of the questions right as tried, ``before`` at present."""
    files = ask(run, "rag", setting, [item.id for item in questions])
    scores = tuple(
        Scored(question=item.id, cluster=None, present=float(at < before), tried=float(at < right))
        for at, item in enumerate(questions)
    )
    write_json(files.outcome, Outcome(metric="f1", scores=scores, finished=1.0).record())
    jsonl.append(files.answers, [{"question": q.id, "text": "three casks"} for q in questions])
    return files


@pytest.fixture
def present(run: Path) -> Setting:
    return playground.present(runs.open_run(run), specification(run), "rag")


@pytest.fixture
def no_worker(run: Path) -> Iterator[None]:
    """Whatever process the test started ends with it."""
    yield
    working = job.worker(run)
    if working is not None:
        processes.stop_job(working)


def edited(present: Setting, **changes: Any) -> Setting:
    return present.model_copy(update={"files": {"answer.jinja": BARE}, **changes})


def test_dev_questions_are_offered_and_none_of_the_exam(run: Path, show: Show) -> None:
    app = show("playground", run=run.name)
    ways = app.segmented_control(key="play_way")
    assert ways.options == ["A sample of 20", "All 24 dev questions", "Some of them",
                            "One of my own"]  # fmt: skip
    ways.set_value("some").run()
    offered = app.multiselect(key="play_some").options
    exam = [json.loads(line)["text"] for line in (run / "questions/test.jsonl").open()]
    assert len(offered) == 24
    assert not {text[:60] for text in exam} & {text[:60] for text in offered}
    assert "The exam stays locked" in words(app)


def test_a_question_of_the_exam_typed_by_hand_is_refused_and_starts_nothing(
    run: Path, show: Show
) -> None:
    exam = json.loads((run / "questions/test.jsonl").read_text().splitlines()[0])
    app = show("playground", run=run.name)
    app.segmented_control(key="play_way").set_value("own").run()
    app.text_input(key="play_own").input(exam["text"].lower().replace("?", " ??")).run()
    next(b for b in app.button if b.label == "Try it").click().run()
    assert "one of the exam's" in words(app).replace("\\", "")
    assert playground.listed(run) == [] and job.last(run) is None


def test_a_try_that_cannot_be_answered_says_why(run: Path, show: Show, no_worker: None) -> None:
    """The made run names a text that is not there: a real process finds that out."""
    app = show("playground", run=run.name)
    app.segmented_control(key="play_way").set_value("some").run()
    offered = app.multiselect(key="play_some")
    offered.select(offered.options[0]).run()
    name = f"file_answer.jinja_{run.name}_rag_present"
    app.text_area(key=name).input(BARE)
    next(b for b in app.button if b.label == "Try it").click().run()
    assert not app.exception
    (tried,) = playground.listed(run)
    assert tried.asked.setting.files == {"answer.jinja": BARE}
    until(tried.files.outcome.exists, "the outcome")
    text = words(show("playground", run=run.name)).replace("\\", "")
    assert "The corpus" in text and "does not exist" in text


def test_a_process_that_was_killed_is_said_to_have_ended(
    run: Path, show: Show, present: Setting
) -> None:
    ask(run, "rag", edited(present), [dev_questions(run)[0].id])
    app = show("playground", run=run.name)
    assert "has ended before this try was done" in words(app).replace("\\", "")
    assert "Go on" in [button.label for button in app.button]


def test_a_try_is_shown_beside_the_present_with_its_interval(
    run: Path, show: Show, present: Setting
) -> None:
    questions = dev_questions(run)
    a_try(run, edited(present, top_k=5), questions, right=18, before=6)
    text = words(show("playground", run=run.name)).replace("\\", "")
    assert "75.0 points of Token F1 where the present setting has 25.0, on 24 dev" in text
    # Twelve of 24 turned right and none wrong; the interval is Tango's (1998), worked by hand.
    assert "+50.0 [+29.3, +68.6]" in text
    assert "Better than luck alone explains" in text
    assert "dev questions, not the exam; of several tries the best is lucky" in text
    assert "Allowing for" not in text
    assert "Changed: answer.jinja, top_k 3 → 5." in text
    assert "three casks" not in text and "casks" in text  # marked word by word


def test_choosing_among_several_widens_the_interval_and_the_history_lists_them(
    run: Path, show: Show, present: Setting
) -> None:
    questions = dev_questions(run)
    for count, right in ((4, 12), (5, 12), (6, 13)):
        a_try(run, edited(present, top_k=count), questions, right=right, before=6)
    # The same setting again is no further chance to be lucky.
    last = a_try(run, edited(present, top_k=6), questions, right=13, before=6)
    app = show("playground", run=run.name, tried=last.id)
    text = words(app).replace("\\", "")
    assert "Allowing for the 3 settings tried, the difference is" in text
    plain = playground.compared(last_scores(last), 0.95)
    wide = playground.allowing_for(last_scores(last), 0.95, 3)
    assert plain.low is not None and wide.low is not None and wide.low < plain.low
    for line in ("Try 1", "Try 4", "top_k 3 → 4", "top_k 3 → 6"):
        assert line in text
    table = next(e.value for e in app.get("html") if "Every try of this run" in str(e.value))
    assert table.count('scope="row"') == 4


def last_scores(files: TryFiles) -> tuple[Scored, ...]:
    outcome = files.result()
    assert outcome is not None
    return outcome.scores


def test_a_try_is_saved_as_prompts_that_an_experiment_takes(
    run: Path, show: Show, present: Setting
) -> None:
    (run / "prompts/chat").mkdir(parents=True)
    (run / "prompts/chat/answer.jinja").write_text("Chat: {{ question }}")
    files = a_try(run, edited(present, top_k=5, temperature=0.3), dev_questions(run), 3, 3)
    app = show("playground", run=run.name)
    app.button(key=f"save_{files.id}").click().run()
    assert not app.exception
    line, command = [block.value for block in app.code][-2:]
    folder = Path(line.removeprefix("prompts: {folder: ").removesuffix("}"))
    assert (folder / "reader/answer.jinja").read_text() == BARE
    assert (folder / "chat/answer.jinja").read_text() == "Chat: {{ question }}"
    path = Path(command.removeprefix("workbench run "))
    saved = Experiment.from_yaml(path.read_text())
    before = specification(run)
    assert saved.prompts.folder == str(folder)
    assert saved.decoding.temperature == 0.3
    assert {v.name: v.top_k for v in saved.variants}["rag"] == 5
    assert saved.questions == before.questions and saved.model == before.model


def test_an_own_question_is_saved_as_gold_with_its_evidence(
    run: Path, show: Show, present: Setting
) -> None:
    files = ask(run, "rag", edited(present), own="Who left the most barrels?")
    write_json(files.outcome, Outcome(finished=1.0).record())
    section = json.loads((run / "corpus/sections.jsonl").read_text().splitlines()[0])
    quote = section["text"].split("\n\n")[1].split(". ")[0]
    app = show("playground", run=run.name)

    def save(answers: str, evidence: str) -> str:
        app.text_area(key=f"gold_answers_{files.id}").input(answers)
        app.text_input(key=f"gold_quote_{files.id}").input(evidence)
        next(b for b in app.button if b.label == "Save as gold").click().run()
        assert not app.exception
        return words(app).replace("\\", "")

    gold = job.gold_file(specification(run).name)
    assert "does not stand in the text" in save("Bram", "Nobody ever wrote this.")
    assert "evidence is missing" in save("Bram", "") and not gold.exists()
    text = save("Bram\nBram Cora", quote)
    assert f"questions: {{gold: {gold}}}" in text
    (question,) = sound_gold(gold).questions
    assert question.text == "Who left the most barrels?"
    assert question.answers == ("Bram", "Bram Cora")
    assert question.evidence[0].quote == quote
    assert "in the gold file already" in save("Bram", quote)
