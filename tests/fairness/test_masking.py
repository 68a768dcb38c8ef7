"""Names that presidio finds: replaced word by word, alike in a text and in what asks of it."""

from __future__ import annotations

import json
import re
import socket
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from pydantic import ValidationError

from workbench import corpus as corpora
from workbench.corpus.corpus import open_corpus, save
from workbench.errors import WorkbenchError
from workbench.experiment import Experiment
from workbench.experiment.corpus import CorpusSpec
from workbench.experiment.identity import resolve
from workbench.fairness import presidio
from workbench.fairness.masking import counted, masked, replacement
from workbench.questions import place_gold
from workbench.stages.plan import RunPlan

TEXT = (
    "Mrs Judith Pellworth met Will Crome in Saltby. "
    "Pellworth, they say, will pay from 10.0.0.7.\n\n"
    "JUDITH left by the morning van; the ledger says that Crome's mail is crome@example.com.\n\n"
)
FINDS = {"Judith Pellworth": "PERSON", "Will Crome": "PERSON", "Saltby": "LOCATION",
         "10.0.0.7": "IP_ADDRESS", "Mrs": "PERSON"}  # fmt: skip


@pytest.fixture
def finding(monkeypatch: pytest.MonkeyPatch) -> None:
    """Presidio as far as this text needs it: each whole name, where its whole stands."""

    def analyze(text: str, **_: Any) -> list[SimpleNamespace]:
        return [
            SimpleNamespace(start=m.start(), end=m.end(), entity_type=entity)
            for value, entity in FINDS.items() for m in re.finditer(re.escape(value), text)
        ]  # fmt: skip

    monkeypatch.setattr(presidio, "is_installed", lambda: True)
    monkeypatch.setattr(presidio, "version_of", lambda name: f"of {name[:8]}")
    monkeypatch.setattr(presidio, "_analyzer", lambda: SimpleNamespace(analyze=analyze))


def write(folder: Path) -> Path:
    path = folder / "handbook.md"
    path.write_text(TEXT + "The yard keeps one rule on lamps, oil and rope for every day. " * 20)
    return path


def test_a_name_is_replaced_word_by_word_also_where_it_was_overlooked(finding: None) -> None:
    (new,), masker = masked([TEXT], ("person",), "presidio")
    judith, pellworth = (replacement("person", word) for word in ("Judith", "Pellworth"))
    assert new.startswith(f"Mrs {judith} {pellworth} met Will ")
    assert f"{pellworth}, they say, will pay from 10.0.0.7" in new
    # Found nowhere as it stands here, and a word that has no capital elsewhere is left.
    assert f"\n{judith} left" in new and "crome@example.com" in new and "Saltby" in new
    assert masker("Is Judith Crome's van at Will's?").startswith(f"Is {judith} Person-")
    assert masker(new) == new
    # The same name is the same in every text; another is another.
    assert masked([TEXT * 2], ("person",), "presidio")[0][0].startswith(new[:40])
    assert len({judith, pellworth, replacement("location", "Judith")}) == 3


def test_what_is_found_is_counted_by_words_and_no_mask_is(finding: None) -> None:
    found = {"email": 1, "ip": 1, "person": 3, "location": 1}
    assert counted([TEXT], "presidio") == found and counted([TEXT]) == {"email": 1}
    (new,), _ = masked([TEXT], tuple(found), "presidio")
    assert counted([new], "presidio") == {}


def test_hand_written_questions_find_their_masked_text(finding: None, tmp_path: Path) -> None:
    kinds = ("person", "email", "ip", "location")
    corpus = corpora.load(write(tmp_path), mask=kinds, personal="presidio")
    save(corpus, tmp_path / "kept")
    gold = tmp_path / "gold.jsonl"
    gold.write_text(json.dumps({
        "text": "Where did Judith Pellworth meet him?", "answers": ["in Saltby"],
        "evidence": [{"document": "handbook", "quote": "Pellworth met Will Crome in Saltby"}],
    }))  # fmt: skip
    (question,) = place_gold(gold, open_corpus(tmp_path / "kept"))
    place = replacement("location", "Saltby")
    assert question.answers == (f"in {place}",) and "Judith" not in question.text
    assert (
        question.evidence[0].quote in corpus.documents[0].text and place in corpus.sections[0].text
    )


def test_a_text_that_it_cannot_read_is_told_or_refused(finding: None, tmp_path: Path) -> None:
    path = write(tmp_path)
    told = corpora.load(path, language="de", personal="presidio")
    assert any("English alone" in note for note in told.notes)
    with pytest.raises(WorkbenchError, match=r"person.*English alone; handbook: de"):
        corpora.load(path, language="de", personal="presidio", mask=("email", "person"))


def test_the_choice_is_the_experiment_s_and_no_earlier_run_s() -> None:
    with pytest.raises(ValidationError, match="say personal: presidio"):
        CorpusSpec(path="it.md", mask=("person",))
    assert "personal" not in CorpusSpec(path="it.md").model_dump()
    assert CorpusSpec(path="it.md", personal="presidio").model_dump()["personal"] == "presidio"


def plan(path: Path, **corpus: Any) -> RunPlan:
    return RunPlan(
        resolve(Experiment(purpose="Answer it.", name="it", corpus={"path": str(path), **corpus}))
    )


def test_a_run_names_what_found_it(finding: None, tmp_path: Path) -> None:
    inputs = plan(write(tmp_path), personal="presidio").corpus_inputs()
    assert inputs.personal == "presidio of presidio with en_core_web_sm of en_core_"
    assert "personal" not in plan(write(tmp_path)).corpus_inputs().model_dump()


def test_without_presidio_the_way_out_is_said(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(presidio, "is_installed", lambda: False)
    with pytest.raises(WorkbenchError, match="not installed") as caught:
        plan(write(tmp_path), personal="presidio").corpus_inputs()
    assert "redaction" in caught.value.hint


def test_a_long_text_is_read_by_paragraphs(finding: None) -> None:
    text = ("x" * 9_000 + "\n\n") * 5 + "of Saltby"
    (found,) = presidio.finds(text)
    assert text[found.start : found.end] == "Saltby" and len(list(presidio._parts(text))) == 3
    assert "".join(part for _, part in presidio._parts(text)) == text


@pytest.mark.slow
@pytest.mark.skipif(not presidio.is_installed(), reason="the extra redaction is not installed")
def test_presidio_itself_finds_people_and_places(monkeypatch: pytest.MonkeyPatch) -> None:
    def fetch(*_: object) -> None:
        raise AssertionError("something was fetched")

    monkeypatch.setattr(socket.socket, "connect", fetch)
    text = (
        "Margaret Thornbury called Peter Hobbes in London. Thornbury paid by 4111 1111 1111 1111, "
        "and wrote from the address 10.1.2.3 to a@thornbury.example about it."
    )
    (new,), _ = masked([text], ("person", "location", "id", "ip"), "presidio")
    assert not {"Margaret", "Thornbury", "Hobbes", "London", "4111"} & set(re.findall(r"\w+", new))
    assert new.count(replacement("person", "Thornbury")) == 2 and "10.1.2.3" not in new
    found = {"email": 1, "id": 1, "ip": 1, "person": 4, "location": 1}
    assert counted([text], "presidio") == found
