"""The playground on a real run: its process answers dev questions, and never one of the exam."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.browser import chromium, dashboard, walk
from tests.support.small_run import the_run
from workbench.dashboard.jobs.playground import with_setting
from workbench.dashboard.queries import playground, runs
from workbench.questions.dataset.question_set import read_questions, save_questions
from workbench.records.playground import Outcome, Setting, TryFiles, ask
from workbench.records.run import Run
from workbench.serve.askable import dev_questions
from workbench.serve.playground import work

BARE = "question: {{ question }} answer:"
SLOWLY_S = 300.0


@pytest.fixture
def run(small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the small run with its cache, as this process and those it starts see it."""
    folder = Path(shutil.copytree(small, tmp_path / "small"))
    monkeypatch.setenv("WORKBENCH_RUNS", str(folder / "runs"))
    monkeypatch.setenv("WORKBENCH_CACHE", str(folder / "cache"))
    return the_run(folder)


def present(run: Path, variant: str) -> Setting:
    experiment = Run(run).experiment()
    assert experiment is not None
    return playground.present(runs.open_run(run), experiment, variant)


def ended(files: TryFiles) -> Outcome:
    outcome = files.result()
    assert outcome is not None
    return outcome


def texts(path: Path) -> dict[str, str]:
    records = map(json.loads, path.read_text("utf-8").splitlines())
    return {record["question"]: record["text"] for record in records}


@pytest.mark.slow
def test_the_process_answers_by_both_settings_and_trains_nothing(run: Path) -> None:
    questions = dev_questions(run)
    ids = [question.id for question in questions]
    rag, hybrid = present(run, "rag"), present(run, "fine_tuned_rag")
    cache = run.parents[1] / "cache"
    before = sorted(path.name for path in cache.iterdir())
    results = (run / "results.json").read_bytes()
    same = ask(run, "rag", rag, ids)
    bare = ask(run, "rag", rag.model_copy(update={"files": {"answer.jinja": BARE}}), ids)
    one = ask(run, "fine_tuned_rag", hybrid.model_copy(update={"top_k": 1}), ids)
    short = ask(run, "rag", rag.model_copy(update={"chunk_size": 40}), ids)
    fewer = ask(run, "rag", rag.model_copy(update={"chunk_size": 40, "top_k": 1}), ids)
    work(run, idle_s=0.2)
    now = texts(run / "playground/present/rag.jsonl")
    assert set(now) == set(ids)
    assert texts(same.answers) == now, "the present setting answers as itself"
    assert all(row.present == row.tried for row in ended(same).scores)
    # Without its passages the reader knows nothing of the story.
    right = [row.present for row in ended(bare).scores if row.present]
    assert right and not any(row.tried == 1 for row in ended(bare).scores)
    for line in one.answers.read_text("utf-8").splitlines():
        assert len(json.loads(line)["passages"]) == 1
    assert sorted(path.name for path in cache.iterdir()) == before
    assert (run / "results.json").read_bytes() == results
    _passages_of_another_size(run, short, fewer)


def _passages_of_another_size(run: Path, short: TryFiles, fewer: TryFiles) -> None:
    """Indexed once beside the tries; what was shown is kept, so that the prompt can be shown."""
    (index,) = (run / "playground/indexes").glob("index-*")
    assert index.is_dir() and not short.indexing.exists()
    (text,) = (json.loads(line)["text"] for line in (run / "corpus/documents.jsonl").open())
    for files, count in ((short, 3), (fewer, 1)):
        assert ended(files).error is None
        shown = playground.passages(playground.Shown(files, files.read(), ended(files)))
        assert all(row["text"] == text[row["start"] : row["end"]] for row in shown.values())
        assert all(len(row["text"].split()) <= 40 for row in shown.values())
        for line in files.answers.read_text("utf-8").splitlines():
            asked = json.loads(line)["passages"]
            assert len(asked) == count and set(asked) <= set(shown)
    item = playground.Shown(short, short.read(), ended(short))
    experiment = Run(run).experiment()
    assert experiment is not None
    assert playground.changes(present(run, "rag"), item.asked.setting) == ["chunk_size 110 → 40"]
    again = with_setting(experiment, "rag", item.asked.setting, run)
    own = next(variant.passages for variant in again.variants if variant.name == "rag")
    assert own is not None and (own.chunk_size, own.chunk_overlap) == (40, 7)


def test_a_question_of_the_exam_is_refused_by_the_process_itself(run: Path) -> None:
    exam = read_questions(run / "questions/test.jsonl")
    gold = read_questions(run / "questions/gold.jsonl")
    dev = read_questions(run / "questions/dev.jsonl")
    # Three exam questions slipped in among the dev questions: as they are, called dev, and under
    # another id; the last is a dev question that calls itself one of the exam.
    slipped = [
        exam[0],
        replace(exam[1], role="dev"),
        replace(exam[2], role="dev", id="other"),
        replace(dev[0], role="test"),
    ]
    save_questions(run / "questions/dev.jsonl", [*dev[1:], *slipped])
    rag = present(run, "rag")
    asked = [ask(run, "rag", rag, [dev[1].id, item.id]) for item in [*slipped, gold[0]]]
    asked += [ask(run, "rag", rag, own=item.text.upper() + " ") for item in (exam[0], gold[0])]
    work(run, idle_s=0.2)
    for files in asked:
        error = ended(files).error
        assert error is not None and "exam" in error.message, files.read()
        assert not files.answers.exists()
    assert not (run / "playground/present").exists(), "nothing was asked at all"


def test_what_a_person_can_mend_is_told_and_the_next_try_goes_on(run: Path) -> None:
    rag = present(run, "rag")
    ids = [dev_questions(run)[0].id]

    def with_file(text: str) -> TryFiles:
        return ask(run, "rag", rag.model_copy(update={"files": {"answer.jinja": text}}), ids)

    faulty = {
        "is no valid template": with_file("{{ question"),
        "'context' is undefined": with_file("{{ context }} {{ question }}"),
        "never asks the question": with_file("Say something."),
        "no variant 'oracle'": ask(run, "oracle", rag, ids),
    }
    own = ask(run, "rag", rag, own="Who ruled a line beneath the figures?")
    work(run, idle_s=0.2)
    for words, files in faulty.items():
        error = ended(files).error
        assert error is not None and words in error.message and error.hint
    assert ended(own).error is None and len(texts(own.answers)) == 1


@pytest.mark.slow
def test_in_a_browser_an_edit_is_tried_on_two_dev_questions(run: Path) -> None:
    chromium()
    home = run.parents[1]
    right = [q for q in dev_questions(run) if q.kind == "factoid"][:2]
    with dashboard(run.parent, home) as address, walk(address) as walker:
        page = walker.page
        walker.go("playground")
        box = page.get_by_role("combobox", name=re.compile("Dev questions"))
        walker.click(page.get_by_text("Some of them"), box)
        for question in right:
            # Of two, the first is a template's.
            chip = page.locator("[data-tag]").filter(has_text=question.text[:40]).last

            def picking(text: str = question.text) -> None:
                box.fill(text, timeout=10_000)
                page.get_by_role("option", name=text).click(timeout=10_000)
                box.press("Escape", timeout=10_000)

            walker.act(picking, chip)
        file = page.get_by_role("textbox", name="Prompt file answer.jinja")
        difference = page.get_by_text(re.compile("where the present setting has"))

        def trying() -> None:
            file.fill("{{ form }} " + BARE, timeout=10_000)
            page.get_by_role("button", name="Try it").click(timeout=10_000)

        walker.act(trying, difference, SLOWLY_S)
        (tried,) = playground.listed(run)
        assert set(tried.asked.questions) == {question.id for question in right}
        assert tried.asked.setting.files == {"answer.jinja": "{{ form }} " + BARE}
        table = page.get_by_role("group", name=re.compile("Answers beside"))
        for question in right:
            row = table.get_by_role("row").filter(has_text=question.text)
            for path in (run / "playground/present/rag.jsonl", tried.files.answers):
                assert texts(path)[question.id] in row.inner_text()
        outcome = tried.outcome
        assert outcome is not None
        gap = sum((row.tried or 0) - (row.present or 0) for row in outcome.scores) / 2
        shown = f"{abs(100 * gap):.1f}"
        assert gap != 0 and shown in difference.inner_text()
        assert walker.wide() <= 0 and walker.strangers == [] and walker.errors == []
        gone = page.get_by_role("button", name="Unload the models")
        walker.act(
            lambda: gone.click(timeout=10_000),
            page.get_by_text("What was edited"),
            SLOWLY_S,
        )
