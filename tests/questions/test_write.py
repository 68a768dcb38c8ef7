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
from workbench.corpus import load as load_corpus
from workbench.corpus.corpus import Corpus
from workbench.errors import WorkbenchError
from workbench.experiment.parts import QuestionSpec
from workbench.questions import load, lock, verify_lock, write
from workbench.questions.dataset.plan import make_plan
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
from workbench.experiment.parts import QuestionSpec
from workbench.questions import write
reader = load(ModelReference(precision="float32"))
write(small_corpus(), QuestionSpec(train_facts=24, test=18, dev=6), reader, Path(sys.argv[1]), 7)
"""


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


def test_too_few_sections_are_refused(reader: LanguageModel, tmp_path: Path) -> None:
    with pytest.raises(WorkbenchError, match="too small to examine"):
        write(small_corpus(3), QuestionSpec(), reader, tmp_path, 7)


def test_too_little_to_ask_is_refused_with_figures(
    corpus: Corpus, reader: LanguageModel, tmp_path: Path
) -> None:
    grey = "It rained. It was grey.\n\n" * 900
    file = tmp_path / "grey.txt"
    file.write_text(grey)
    with pytest.raises(WorkbenchError, match="0 exam questions and 0 facts"):
        write(load_corpus(file), QuestionSpec(), reader, tmp_path / "out", 7)


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
