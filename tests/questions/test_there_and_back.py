"""Whatever is exported is imported again: the same questions, whatever they hold."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from workbench.errors import WorkbenchError
from workbench.questions.dataset.cells import MISSING
from workbench.questions.dataset.exports import FORMS, export
from workbench.questions.dataset.imports import import_questions
from workbench.refusals import refuses
from workbench.types import Evidence, Question

#: The ending of each form's file; a form without one is a folder.
ENDINGS = {
    "csv": ".csv", "jsonl": ".jsonl", "alpaca": ".json", "chat": ".jsonl", "sharegpt": ".json",
    "raft": ".jsonl", "ragas": ".jsonl", "promptfoo": ".yaml", "autorag": "", "hub": "",
    "datasets": "",
}  # fmt: skip
#: Forms that hold all references, the evidence, and all that we know of a question.
ALL_ANSWERS = {"csv", "jsonl", "promptfoo", "autorag", "hub", "datasets"}
EVIDENCE = {"csv", "jsonl", "ragas", "promptfoo", "raft", "autorag", "hub", "datasets"}
WHOLE = {"csv", "jsonl", "hub", "datasets"}


def _text(marks: str) -> st.SearchStrategy[str]:
    """Texts as people write them; a word that programs write for nothing is none."""
    letters = st.sampled_from("abc é–漢'\"|,;=+-@:{}[]()#<>&\n" + marks)
    texts = st.text(letters, min_size=1, max_size=30).map(str.strip)
    return texts.filter(lambda text: text not in MISSING and bool(text) and not refuses(text))


# A bar parts answers in a plain cell, and brackets there are a list: such cells are no text.
ANSWERS = st.lists(_text("").filter(lambda t: "|" not in t and t[0] not in "[{("), min_size=0,
                   max_size=3, unique=True)  # fmt: skip


@st.composite
def _questions(draw: st.DrawFn) -> list[Question]:
    texts = draw(st.lists(_text("?"), min_size=1, max_size=4, unique=True))
    made = []
    for number, text in enumerate(texts):
        answers = tuple(draw(ANSWERS))
        quote = draw(_text("."))
        quote = quote if quote[0] not in "[{(" else f"It says {quote}"
        evidence = (Evidence("book", number, number + len(quote), quote),) if answers else ()
        made.append(Question(
            f"q{number}", text, answers, evidence, "factoid" if answers else "unanswerable",
            "test", "unseen", origin="written", tags={"day": number},
        ))  # fmt: skip
    return made


@pytest.mark.parametrize("form", FORMS)
@settings(max_examples=12, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))
@given(questions=_questions())
def test_every_form_comes_back(form: str, questions: list[Question]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"out{ENDINGS[form]}"
        export(questions, path, form)
        found = import_questions(path)
    assert not found.faults
    assert [q.text for q in found.questions] == [q.text for q in questions]
    for back, sent in zip(found.questions, questions, strict=True):
        assert (back.kind == "unanswerable") == (sent.kind == "unanswerable")
        kept = sent.answers if form in ALL_ANSWERS else sent.answers[:1]
        assert back.answers == kept
        if form in EVIDENCE:
            assert [item.quote for item in back.evidence] == [i.quote for i in sent.evidence]
        if form in WHOLE:
            assert back == sent


@pytest.mark.parametrize("text", ["=1+1?", "'=1+1?", "''-who?", "'who?", "@you?"])
def test_what_a_spreadsheet_would_run_comes_back(tmp_path: Path, text: str) -> None:
    export([Question("q", text, ("Anna",), stratum="unseen")], tmp_path / "a.csv", "csv")
    assert import_questions(tmp_path / "a.csv").questions[0].text == text
    assert not (tmp_path / "a.csv").read_text("utf-8").split("\n")[1].startswith("q,=")


def test_a_card_says_what_a_data_set_is_and_nothing_is_overwritten(tmp_path: Path) -> None:
    import yaml
    from datasets import load_dataset

    sent = [
        Question("a", "Who?", ("Anna",), kind="factoid", role="test", stratum="unseen"),
        Question("b", "Why?", ("so",), kind="why_how", role="train", origin="imported"),
    ]
    export(sent, tmp_path / "set", "hub")
    card = (tmp_path / "set" / "README.md").read_text("utf-8")
    facts = yaml.safe_load(card.split("---")[1])
    assert facts["size_categories"] == ["n<1K"]
    assert "1 were written from the text by a program and 1 come from" in " ".join(card.split())
    opened = load_dataset(str(tmp_path / "set"), cache_dir=str(tmp_path / "cache"))
    assert opened["test"]["text"] == ["Who?"] and opened["train"]["answers"] == [["so"]]
    for form in ("hub", "autorag", "datasets"):
        with pytest.raises(WorkbenchError, match="is there already"):
            export(sent, tmp_path / "set", form)
    with pytest.raises(WorkbenchError, match="holds no data set"):
        (tmp_path / "empty").mkdir()
        import_questions(tmp_path / "empty")


def test_raft_lays_other_passages_beside_the_right_one(tmp_path: Path) -> None:
    sent = [Question(f"q{n}", f"Who is {n}?", (f"Anna {n}",),
                     (Evidence("b", n, n + 9, f"It is Anna {n}."),)) for n in range(7)]  # fmt: skip
    for name in ("a", "b"):
        export(sent, tmp_path / f"{name}.jsonl", "raft")
    assert (tmp_path / "a.jsonl").read_bytes() == (tmp_path / "b.jsonl").read_bytes()
    rows = [json.loads(line) for line in (tmp_path / "a.jsonl").read_text("utf-8").splitlines()]
    for row in rows:
        (shown,) = row["context"]["sentences"]
        assert len(set(shown)) == 5 and row["oracle_context"] in shown
        assert row["instruction"].endswith(row["question"])
    assert len({row["context"]["sentences"][0].index(row["oracle_context"]) for row in rows}) > 1
