"""The whole way with the embedded reader: split, roles, strata, resuming, refusals."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from tests.support.small_run import ROOT
from tests.support.tale import small_corpus
from tests.support.waiting import until
from workbench.corpus.corpus import Corpus
from workbench.errors import WorkbenchError
from workbench.experiment.questions import QuestionSpec
from workbench.io import jsonl
from workbench.questions import load, lock, settle, verify_lock, write
from workbench.questions.dataset.plan import make_plan
from workbench.questions.dataset.yields import read_yield
from workbench.types import LanguageModel

FILES = ("train.jsonl", "dev.jsonl", "test.jsonl", "dropped.jsonl", "certificate.json", "plan.json")


def test_what_is_written(written: Path) -> None:
    exam = load(written)
    plan = json.loads((written / "plan.json").read_text())["plan"]
    assert len(exam.test) >= 12
    assert {q.stratum for q in exam.test} == {"reworded", "same_section", "unseen"}
    trained = {q.cluster for q in exam.train}
    assert trained <= set(plan["trained"])
    for question in (*exam.dev, *exam.test):
        assert (question.cluster in plan["unseen"]) == (question.stratum == "unseen")
        assert {"already_known", "entity_frequency", "roundtrip_f1", "section_title"} <= set(
            question.tags
        )
    assert not {q.fact for q in exam.dev} & {q.fact for q in exam.test}
    assert json.loads((written / "certificate.json").read_text())["clean"]


def test_evidence_stands_in_the_document(written: Path, corpus: Corpus) -> None:
    text = corpus.documents[0].text
    for question in load(written).test:
        for item in question.evidence:
            assert text[item.start : item.end] == item.quote


def test_reworded_questions_are_never_trained_wordings(written: Path) -> None:
    exam = load(written)
    trained = {q.text for q in exam.train}
    facts = {q.fact for q in exam.train}
    reworded = [q for q in exam.test if q.stratum == "reworded"]
    assert reworded
    assert all(q.fact in facts and q.text not in trained for q in reworded)


def test_the_lock_refuses_a_changed_exam(written: Path, tmp_path: Path) -> None:
    for name in FILES:
        (tmp_path / name).write_bytes((written / name).read_bytes())
    locked = lock(tmp_path)
    assert locked == lock(written)
    verify_lock(tmp_path, locked)
    text = (tmp_path / "test.jsonl").read_text()
    (tmp_path / "test.jsonl").write_text(text.replace('"rev": 0', '"rev": 1', 1))
    with pytest.raises(WorkbenchError, match="changed since it was locked"):
        verify_lock(tmp_path, locked)


_CHILD = """
import sys
from pathlib import Path
from tests.support.tale import small_corpus
from workbench.models import load
from workbench.types import ModelReference
from workbench.experiment.questions import QuestionSpec
from workbench.questions import write
reader = load(ModelReference(precision="float32"))
write(small_corpus(), QuestionSpec(train_facts=24, test=18, dev=6), reader, Path(sys.argv[1]), 7)
"""


@pytest.mark.slow
def test_a_killed_writer_ends_with_the_same_files(
    written: Path, reader: LanguageModel, tmp_path: Path
) -> None:
    out = tmp_path / "killed"
    child = subprocess.Popen([sys.executable, "-c", _CHILD, str(out)], cwd=ROOT)
    until(lambda: (out / "units.jsonl").exists(), process=child)
    child.send_signal(signal.SIGKILL)
    child.wait()
    torn = (out / "units.jsonl").read_bytes()
    (out / "units.jsonl").write_bytes(torn + b'{"unit": "0/9", "kept": [')
    write(small_corpus(), QuestionSpec(train_facts=24, test=18, dev=6), reader, out, 7)
    for name in FILES:
        assert (out / name).read_bytes() == (written / name).read_bytes(), name


def test_another_seed_in_the_same_folder_is_refused(written: Path, reader: LanguageModel) -> None:
    with pytest.raises(WorkbenchError, match="another corpus, seed or split"):
        write(small_corpus(), QuestionSpec(train_facts=24, test=18, dev=6), reader, written, 8)


def test_too_few_sections_give_nothing_and_say_so(reader: LanguageModel, tmp_path: Path) -> None:
    summary = write(small_corpus(3), QuestionSpec(), reader, tmp_path, 7)
    assert (summary["train"], summary["test"]) == (0, 0)
    with pytest.raises(WorkbenchError, match=r"has 3 sections .* from 4 sections at least"):
        settle(load(tmp_path), (), QuestionSpec(), read_yield(tmp_path))


def test_what_was_found_is_on_disk_whether_it_is_enough_or_not(
    corpus: Corpus, written: Path, reader: LanguageModel, tmp_path: Path
) -> None:
    found = read_yield(written)
    assert found["sections"] == 12 and found["sentences"] == 72
    assert found["candidates"] == found["kept"] + sum(found["dropped"].values())
    exam = load(written)
    assert found["train_facts"] == len({q.fact for q in exam.train}) == 24
    assert found["exam"] == len(exam.test) > 12
    for cut in ("by_way", "by_kind", "by_document"):
        assert sum(part["candidates"] for part in found[cut].values()) == found["candidates"]
    assert set(found["by_document"]) == {"tale"}
    assert {row["way"] for row in jsonl.read(written / "dropped.jsonl")} == set(found["by_way"])
    assert {q.tags["way"] for q in load(written).test} <= set(found["by_way"])
    document, first = corpus.documents[0], corpus.sections[0]
    grey = "".join(c if c == "\n" else " " for c in document.text[first.end :])
    bare = document.text[: first.end] + grey
    thin = replace(
        corpus,
        documents=(replace(document, text=bare),),
        sections=tuple(replace(s, text=bare[s.start : s.end]) for s in corpus.sections),
    )
    write(thin, QuestionSpec(), reader, tmp_path, 7)
    with pytest.raises(WorkbenchError) as caught:
        settle(load(tmp_path), (), QuestionSpec(), read_yield(tmp_path))
    few = read_yield(tmp_path)
    assert 0 < few["candidates"] < found["candidates"]
    assert f"{few['exam']} exam questions and {few['train_facts']} facts" in caught.value.message
    assert f"{few['candidates']} candidates found" in caught.value.message
    for way in ('"gold": "my-questions.jsonl"', '"writer": {"name": ', "more text"):
        assert way in caught.value.hint


def test_nothing_asked_for_is_nothing_written(
    corpus: Corpus, reader: LanguageModel, tmp_path: Path
) -> None:
    spec = QuestionSpec(test=0, train_facts=0)
    summary = write(corpus, spec, reader, tmp_path, 7)
    assert (summary["train"], summary["test"], summary["dropped"]) == (0, 0, {})
    assert not (tmp_path / "units.jsonl").exists()


def test_the_reader_refuses_chinese_by_naming_models(
    corpus: Corpus, reader: LanguageModel, tmp_path: Path
) -> None:
    with pytest.raises(WorkbenchError) as caught:
        write(replace(corpus, language="zh"), QuestionSpec(), reader, tmp_path, 7)
    assert "Qwen" in caught.value.hint


def test_the_split_is_made_before_any_question_and_covers_the_text() -> None:
    sections = small_corpus(40).sections
    plan = make_plan(sections, QuestionSpec(unseen_share=0.25), 7)
    assert plan == make_plan(sections, QuestionSpec(unseen_share=0.25), 7)
    assert len(plan.unseen) == 10
    assert set(plan.trained) | set(plan.unseen) == {s.id for s in sections}
    places = [[s.id for s in sections].index(u) for u in plan.unseen]
    assert all(b - a <= 8 for a, b in pairwise(places))
    sides = [plan.side(plan.trained[0], start) for start in range(2000)]
    assert 0.25 < sides.count("held_out") / 2000 < 0.35
