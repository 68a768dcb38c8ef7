"""Labelled messages: read from any form, parted by label without leaks, faults named by line."""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.support.labelled import messages, write_messages
from workbench.errors import WorkbenchError
from workbench.experiment.questions import LabelsSpec
from workbench.questions.dataset.labelled import (
    Counts,
    labels_of,
    messages_corpus,
    part,
    read_labels,
    read_messages,
    write_labelled,
)
from workbench.questions.dataset.question_set import load
from workbench.types import Question

COUNTS = Counts(train=36, dev=12, test=24)


def apart(texts: Sequence[str]) -> Any:
    """Vectors of which no two are alike."""
    return np.eye(len(texts), 2000)


def spec(path: Path, **changes: Any) -> LabelsSpec:
    return LabelsSpec(file=str(path), **changes)


def written(tmp_path: Path, embed: Any = apart, **changes: Any) -> tuple[dict[str, Any], Path]:
    path = write_messages(tmp_path / "messages.jsonl", changes.pop("rows", None))
    out = tmp_path / "out"
    return write_labelled(spec(path, **changes), COUNTS, 0.85, 4, out, embed), out


def test_roles_get_their_share_of_every_label_and_no_group_is_parted(tmp_path: Path) -> None:
    summary, out = written(tmp_path, group="sender")
    asked = load(out)
    assert [len(getattr(asked, role)) for role in ("train", "dev", "test")] == [36, 12, 24]
    for role, each in (("train", 12), ("dev", 4), ("test", 8)):
        counts = Counter(question.answers[0] for question in getattr(asked, role))
        assert all(abs(number - each) <= 1 for number in counts.values()), (role, counts)
    lines = (tmp_path / "messages.jsonl").read_text("utf-8").splitlines()
    sender = {row["text"]: row["sender"] for row in map(json.loads, lines)}
    roles: dict[str, set[str]] = {}
    for role in ("train", "dev", "test"):
        for question in getattr(asked, role):
            roles.setdefault(sender[question.text], set()).add(role)
            assert question.kind == "label" and question.role == role
            assert labels_of([question]) == ("boats", "refund", "tents")
    assert all(len(found) == 1 for found in roles.values())
    assert summary["certificate_clean"] and summary["labels"] == dict.fromkeys(
        ("boats", "refund", "tents"), 24
    )


def test_too_few_messages_are_shared_out_in_proportion() -> None:
    rows = [Question(f"q{n}", f"message {n}", ("a" if n % 3 else "b",), kind="label")
            for n in range(30)]  # fmt: skip
    found = part(rows, Counts(train=60, dev=20, test=40), 1)
    assert {role: len(questions) for role, questions in found.items()} == {
        "train": 15, "dev": 5, "test": 10,
    }  # fmt: skip


def test_near_duplicates_go_to_one_role_by_words_and_by_meaning(tmp_path: Path) -> None:
    rows = messages()
    for at, row in enumerate(rows):
        row["text"] = f"{row['text']} It was number {at} of my troubles."
    twin = {"text": rows[0]["text"].replace("troubles", "troubles, sadly"), "label": "tents"}
    meant = {"text": "La tente fuit encore", "label": "tents"}

    def alike(texts: Sequence[str]) -> Any:
        vectors = np.eye(len(texts), 2000)
        # The first and its twin share most of their words, so they lie near in meaning too.
        vectors[texts.index(twin["text"])] = 0.8 * vectors[0] + 0.6 * vectors[-1]
        vectors[texts.index(meant["text"])] = vectors[5]
        return vectors

    for number in range(3):
        _, out = written(tmp_path, alike, rows=[*rows, twin, meant])
        asked = load(out)
        clusters = {q.text: q.cluster for part_ in (asked.train, asked.dev, asked.test)
                    for q in part_}  # fmt: skip
        for one, other in ((rows[0], twin), (rows[5], meant)):
            if one["text"] in clusters and other["text"] in clusters:
                assert clusters[one["text"]] == clusters[other["text"]], number


def test_a_leak_is_seen_by_the_certificate(tmp_path: Path, monkeypatch: Any) -> None:
    from workbench.questions.dataset import labelled

    # Were clusters not made, near-duplicates would stand on both sides.
    monkeypatch.setattr(
        labelled,
        "_clustered",
        lambda found, near, vectors: [replace(m, cluster=m.id) for m in found],
    )
    summary, out = written(tmp_path, lambda texts: np.ones((len(texts), 1)))
    proof = json.loads((out / "certificate.json").read_text("utf-8"))
    assert not summary["certificate_clean"] and not proof["clean"]
    assert proof["strata"]["labelled"]["leaks"][0]["why"] in (
        "the same meaning", "near-duplicate message",
    )  # fmt: skip


def test_repeated_messages_and_those_with_two_labels_are_dropped_and_told(tmp_path: Path) -> None:
    rows = [*messages(), {"text": messages()[0]["text"].upper(), "label": "tents"},
            {"text": messages()[3]["text"], "label": "boats"}]  # fmt: skip
    path = write_messages(tmp_path / "messages.jsonl", rows)
    questions, dropped = read_messages(spec(path))
    assert Counter(item["reason"] for item in dropped) == {
        "repeats a message": 1, "two labels for one message": 2,
    }  # fmt: skip
    assert len(questions) == len(rows) - 3


def test_csv_and_parquet_are_read_by_their_columns(tmp_path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    rows = messages()
    table, sheet = tmp_path / "m.parquet", tmp_path / "m.csv"
    pq.write_table(pa.table({"body": [r["text"] for r in rows],
                             "team": [r["label"] for r in rows]}), table)  # fmt: skip
    with sheet.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(["body", "team"])
        writer.writerows([r["text"], r["label"]] for r in rows)
    for path in (table, sheet):
        own = spec(path, text="body", label="team")
        assert read_labels(own) == ("boats", "refund", "tents")
        assert len(read_messages(own)[0]) == len(rows)
        corpus = messages_corpus(own)
        assert "refund" not in corpus.documents[0].text.split("\n")
        assert corpus.title == path.name


@pytest.mark.parametrize(
    ("rows", "changes", "said"),
    [
        ([{"text": "a"}], {}, "no column 'label'"),
        ([{"text": "a", "label": "x"}, {"text": "", "label": "x"}], {}, "line 2"),
        ([{"text": "a", "label": "x"}], {}, "1 label in the column"),
        (None, {"names": ("tents", "boats")}, "line 49: 'refund'"),
        (messages(3), {}, "it takes 4 at least"),
        (None, {"group": "house"}, "questions.labels.group"),
    ],
)
def test_faults_are_one_sentence_and_the_way_out(
    tmp_path: Path, rows: Any, changes: dict[str, Any], said: str
) -> None:
    path = write_messages(tmp_path / "messages.jsonl", rows)
    with pytest.raises(WorkbenchError) as caught:
        read_messages(spec(path, **changes))
    assert said in f"{caught.value.message} {caught.value.hint}"


def test_too_few_to_ask_is_said_with_what_there_is(tmp_path: Path) -> None:
    path = write_messages(tmp_path / "messages.jsonl", messages(6))
    with pytest.raises(WorkbenchError, match="messages to ask and"):
        write_labelled(spec(path), COUNTS, 0.85, 4, tmp_path / "out", apart)
