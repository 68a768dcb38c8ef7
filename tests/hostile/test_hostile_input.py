"""Texts, names, addresses and servers that mean harm: refused in a sentence, or shown as text."""

from __future__ import annotations

import ast
import csv
import io
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from workbench.corpus import load
from workbench.corpus.archives import LARGEST_ARCHIVE
from workbench.corpus.reading import read
from workbench.errors import WorkbenchError
from workbench.experiment.corpus import CorpusSpec
from workbench.questions.dataset.exports import export
from workbench.questions.dataset.imports import import_questions
from workbench.text import printable
from workbench.types import Question

STORY = "The ferryman of Brannock kept nine lamps in a green box. " * 120


# --- files -------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["bomb.docx", "bomb.epub"])
def test_an_archive_bomb_is_refused_before_it_is_unpacked(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("word/document.xml", "w", force_zip64=True) as member,
    ):
        for _ in range(LARGEST_ARCHIVE // 2**20 + 1):
            member.write(b" " * 2**20)
    assert path.stat().st_size < 1_000_000
    with pytest.raises(WorkbenchError, match="unpacks to"):
        read(path)


def test_deep_pages_keep_their_text_and_take_linear_time(tmp_path: Path) -> None:
    # Looked up for each text, the way up to a <pre> takes 40 s on this page.
    page = tmp_path / "deep.html"
    depth = 6000
    page.write_text("<div>word " * depth + "</div>" * depth + f"<p>{STORY}</p>", "utf-8")
    text = read(page).text
    assert text.count("word") == depth and "nine lamps" in text


def test_what_is_preformatted_keeps_its_blanks_at_any_depth(tmp_path: Path) -> None:
    page = tmp_path / "code.html"
    page.write_text("<p>a  b</p><pre>x  y<span>  z</span></pre><p>c  d</p>", "utf-8")
    assert read(page).text == "a b\n\nx  y  z\n\nc d"


def test_links_out_of_a_folder_carry_nothing_in(tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("The password is swordfish. " * 300, "utf-8")
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    (corpus / "story.txt").write_text(STORY, "utf-8")
    (corpus / "more.txt").symlink_to(corpus / "story.txt")
    (corpus / "link.txt").symlink_to(tmp_path / "secret.txt")
    loaded = load(corpus)
    assert "swordfish" not in "".join(d.text for d in loaded.documents)
    assert any("link.txt is a link out of the folder" in note for note in loaded.notes)


def test_a_file_s_name_runs_nothing_in_the_script(tmp_path: Path) -> None:
    from workbench.cli.scaffold import write_script

    corpus = tmp_path / '"""; import os; os.abort() #\\.txt'
    corpus.write_text(STORY, "utf-8")
    script = write_script(corpus, tmp_path / "script.py", "")
    tree = ast.parse(script.read_text("utf-8"))
    assert isinstance(tree.body[0], ast.Expr)
    assert {type(node).__name__ for node in tree.body} == {"Expr", "ImportFrom", "Assign", "If"}


# --- texts that look like something else -------------------------------------------------------


def test_marks_of_the_terminal_are_shown_not_obeyed(capsys: pytest.CaptureFixture[str]) -> None:
    from rich.table import Table

    from workbench.cli.screen import console

    console.cache_clear()
    table = Table()
    table.add_column("[/b] label")
    table.add_row("\x1b[2J\x07cleared [red]red[/red]")
    console().print(table)
    console().print("title \x9b31m [/b]")
    console.cache_clear()
    shown = capsys.readouterr().out
    assert "[/b] label" in shown and "[red]red[/red]" in shown and "title" in shown
    assert not {"\x1b", "\x07", "\x9b"} & set(shown)


@settings(max_examples=60)
@given(st.text(max_size=80))
def test_what_is_printable_holds_no_control_character(text: str) -> None:
    import unicodedata

    shown = printable(text)
    assert not [c for c in shown if unicodedata.category(c) == "Cc" and c not in "\t\n"]
    assert len(shown) == len(text)
    assert [c for c in shown if c != "\ufffd"] == [
        c for c in text if c in "\t\n" or (unicodedata.category(c) != "Cc" and c != "\ufffd")
    ]


def test_a_report_in_markdown_moves_no_cursor(tmp_path: Path) -> None:
    from tests.support.made_run import write_run
    from workbench.questions.dataset.question_set import lock
    from workbench.records.run import Run
    from workbench.stages.reports import write_reports

    run = Run(write_run(tmp_path / "runs"))
    manifest = run.files.manifest.read_text("utf-8")
    run.files.manifest.write_text(manifest.replace("ab12", lock(run.files.exam)), "utf-8")
    results = run.files.results.read_text("utf-8")
    planted = results.replace("Answer the town", r"Answer.\u001b[2J\u0007 the town")
    run.files.results.write_text(planted, "utf-8")
    run = Run(run.path)
    for path in write_reports(run, ("md", "html")).values():
        text = path.read_text("utf-8")
        assert "Answer.\ufffd" in text and not {"\x1b", "\x07"} & set(text)


def test_a_prompt_file_fills_in_values_and_runs_nothing() -> None:
    from workbench.prompt_files import PromptFiles

    attack = "{{ cycler.__init__.__globals__.os.getcwd() }}"
    with pytest.raises(WorkbenchError, match="does not render"):
        PromptFiles("chat", {"answer": attack}).text("answer", question="why")
    assert PromptFiles("chat", {"answer": "Q: {{ question }}"}).text("answer", question=attack)


def test_a_spreadsheet_takes_no_question_for_a_formula(tmp_path: Path) -> None:
    texts = ['=HYPERLINK("http://x")', "+1", "-2 degrees?", "@sum", "'quoted'", "Who?"]
    questions = [
        Question(id=f"q{n}", text=text, answers=("=A1",), role="test")
        for n, text in enumerate(texts)
    ]
    path = tmp_path / "questions.csv"
    export(questions, path, "csv")
    rows = list(csv.DictReader(io.StringIO(path.read_text("utf-8"))))
    assert not any(cell[:1] in "=+-@" for row in rows for cell in row.values() if cell)
    assert [q.text for q in import_questions(path).questions] == texts


def test_a_prompt_file_that_is_no_text_is_one_sentence(tmp_path: Path) -> None:
    from workbench.variants.prompting import open_book

    (tmp_path / "reader").mkdir()
    (tmp_path / "reader" / "answer.jinja").write_bytes(b"Answer: \xed\xa0\x80 {{ question }}")
    with pytest.raises(WorkbenchError, match=r"answer.jinja cannot be read: .*Save it as UTF-8"):
        open_book("reader", "Answer.", "Briefly.", str(tmp_path))


@pytest.mark.parametrize("content", [b"\xff\xfe\xed\xa0", b"{", b"[1]", b"null"])
def test_a_model_folder_s_broken_configuration_is_one_sentence(
    tmp_path: Path, content: bytes
) -> None:
    from workbench.experiment.weights import prompt_format
    from workbench.types import ModelReference

    (tmp_path / "config.json").write_bytes(content)
    with pytest.raises(WorkbenchError, match=r"config.json cannot be read"):
        prompt_format(ModelReference(str(tmp_path)))


def test_an_experiment_that_is_no_text_is_one_sentence(tmp_path: Path) -> None:
    from workbench.cli.loading import load_experiment

    (tmp_path / "mine.yaml").write_bytes(b"name: \xed\xa0\x80")
    with pytest.raises(WorkbenchError, match=r"The experiment .*mine.yaml cannot be read"):
        load_experiment(str(tmp_path / "mine.yaml"))


@pytest.mark.parametrize("name", ["x" * 300, "a/" * 1500, "a\x00b", "a\ud800"])
@pytest.mark.parametrize(
    "part",
    ["corpus", "questions.gold", "price_book", "prompts.folder", "model.name", "model.adapter"],
)
def test_a_name_that_no_file_can_have_is_a_fault_of_the_experiment(part: str, name: str) -> None:
    from workbench.experiment import Experiment

    key, _, inner = part.partition(".")
    values = {"purpose": "Answer questions.", "name": "x", "corpus": "x.md"}
    values[key] = {inner: name} if inner else name  # type: ignore[assignment]
    with pytest.raises(ValidationError, match=r"so long a name|no NUL|no file system takes"):
        Experiment(**values)  # type: ignore[arg-type]


def test_an_experiment_s_own_name_is_a_folder_s(tmp_path: Path) -> None:
    from workbench.experiment import Experiment

    with pytest.raises(ValidationError, match="120 bytes at most"):
        Experiment(purpose="Answer questions.", name="字" * 60, corpus="x.md")


# --- secrets -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "url",
    [
        "https://me:hunter2@host.example/book.txt",
        "https://host.example/book.txt?token=hunter2",
        "https://host.example/book.txt?X-Amz-Signature=hunter2&x=1",
    ],
)
def test_an_address_with_a_secret_is_refused(url: str) -> None:
    with pytest.raises(ValidationError, match="fetch the file by hand"):
        CorpusSpec(url=url, sha256="0" * 64)


def test_an_address_without_one_is_taken() -> None:
    url = "https://host.example/book.txt?edition=2&page=all"
    assert CorpusSpec(url=url, sha256="0" * 64).url == url
