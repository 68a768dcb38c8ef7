"""The form of a new run: what is uploaded, edited and chosen stands in the experiment's file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.support.labelled import messages
from tests.support.pages import check, with_text, words
from tests.support.tale import section_text
from workbench.corpus import load
from workbench.engine import processes
from workbench.experiment import Experiment
from workbench.questions.dataset.gold import sound_gold

Show = Callable[..., Any]
BARE = "{{ form }} question: {{ question }} answer:"


def uploaded(app: Any, place: int, name: str, content: str) -> None:
    app.get("file_uploader")[place].set_value([(name, content.encode(), "text/plain")]).run()
    assert not app.exception


def specified() -> Experiment:
    (path,) = (processes.folder() / "specifications").glob("*.yaml")
    return Experiment.from_yaml(path.read_text())


def test_uploads_prompts_writer_and_gold_stand_in_the_experiment(show: Show) -> None:
    app = show("new_run")
    tale = "\n\n".join(f"# Part {n}\n\n{section_text(n)}" for n in range(4))
    uploaded(app, 0, "My Tale (1898).md", tale)
    assert app.text_input(key=next(
        box.key for box in app.text_input if str(box.key).startswith("new_name_")
    )).value == "my-tale-1898"  # fmt: skip
    app.text_input(key="new_purpose").input("Answer questions about the tale.").run()
    assert "{{ form }} stands in none" in words(app)
    app.text_area(key="file_answer.jinja_new_reader").input(BARE).run()
    app.text_area(key="form_new_short").input("Answer in one word.")
    uploaded(app, 1, "Mine.csv", "Frage,Antwort\nWho left wax?,Bram\nWho left tin?,\n")
    assert "has no column" in words(app).replace("\\", "")
    for ours, theirs in (("text", "Frage"), ("answers", "Antwort")):
        box = next(b for b in app.selectbox if str(b.key).endswith(f"_{ours}"))
        box.set_value(theirs).run()
    assert "Questions: 1. Rows that are none: 1." in words(app)
    app.segmented_control(key="new_writer_kind").set_value("Endpoint").run()
    app.text_input(key="new_writer").input("a-writer").run()
    app.text_input(key="new_writer_endpoint").input("http://localhost:9/v1").run()
    app.text_input(key="new_writer_key").input("WRITER_KEY").run()
    app.number_input(key="new_writer_rate").set_value(30).run()
    app.multiselect(key="new_kinds").unselect("multi_hop").run()
    app.number_input(key="new_tokens").set_value(5000).run()
    check(app)
    app.session_state["new_run_trial"].end()
    found = specified()
    path = Path(str(found.corpus.path))
    assert path.name == "My Tale (1898).md" and path.read_text() == tale
    (document,) = load(path).documents
    assert document.id == "My_Tale_(1898)"
    assert found.prompts.form == "Answer in one word."
    kept = Path(str(found.prompts.folder)) / "reader/answer.jinja"
    assert kept.read_text() == BARE
    gold = Path(str(found.questions.gold))
    assert gold.name == "Mine.jsonl"
    assert [question.text for question in sound_gold(gold).questions] == ["Who left wax?"]
    writer = found.questions.writer
    assert writer is not None
    assert (writer.name, writer.endpoint) == ("a-writer", "http://localhost:9/v1")
    assert (writer.key_env, writer.requests_per_minute) == ("WRITER_KEY", 30)
    assert "multi_hop" not in found.questions.kinds + tuple(found.questions.shares)
    assert found.questions.max_tokens_spent == 5000
    usual = Experiment(purpose="Answer questions.", name="x", corpus="x.txt")
    assert found.tuning == usual.tuning and found.retrieval == usual.retrieval


def test_prompts_that_never_ask_are_refused_before_anything_starts(
    show: Show, tmp_path: Path
) -> None:
    (tmp_path / "tale.txt").write_text("Ada kept the mill. " * 400)
    app = show("new_run")
    with_text(app, tmp_path / "tale.txt")
    app.text_area(key="file_answer.jinja_new_reader").input("Say something.")
    check(app)
    assert "never asks the question" in words(app).replace("\\", "")
    assert "new_run_trial" not in app.session_state
    app.text_area(key="file_answer.jinja_new_reader").input("{{ question")
    check(app)
    assert "is no valid template" in words(app).replace("\\", "")


def test_a_chat_model_has_its_own_prompt_files_and_forms_of_answer(show: Show) -> None:
    app = show("new_run")
    app.segmented_control(key="new_model_kind").set_value("Endpoint").run()
    assert not app.exception
    files = {str(area.key) for area in app.text_area if str(area.key).startswith("file_")}
    assert files == {"file_answer.jinja_new_chat", "file_system.jinja_new_chat"}
    app.selectbox(key="new_answer").set_value("long").run()
    assert "name after each claim" in app.text_area(key="form_new_long").value


def test_messages_with_labels_stand_in_the_experiment(show: Show) -> None:
    app = show("new_run")
    app.segmented_control(key="new_exam").set_value("Messages with labels").run()
    check(app)
    assert "There are no messages yet" in words(app)
    rows = [f"{row['text']!r},{row['label']},{row['sender']}" for row in messages()]
    uploaded(app, 0, "Help desk.csv", "\n".join(["body,label,sender", *rows]).replace("'", '"'))
    assert "which columns hold the messages" in words(app)
    check(app)
    assert "not known which messages have which label" in words(app)
    for ours, theirs in (("text", "body"), ("group", "sender")):
        box = next(b for b in app.selectbox if str(b.key).endswith(f"_{ours}"))
        box.set_value(theirs).run()
    assert "72 messages with 3 labels; 0 dropped" in words(app)
    app.text_input(key="new_purpose").input("Sort the messages to the camp.").run()
    app.segmented_control(key="new_size").set_value("Quick look").run()
    check(app)
    app.session_state["new_run_trial"].end()
    found = specified()
    labels = found.questions.labels
    assert labels is not None and Path(labels.file).name == "Help desk.csv"
    assert (labels.text, labels.label, labels.group) == ("body", "label", "sender")
    assert found.questions.train_facts == 60 and found.decision.metric == "accuracy"
    assert [variant.name for variant in found.variants] == [
        "prompt_only", "few_shot_nearest", "fine_tuned", "encoder",
    ]  # fmt: skip
