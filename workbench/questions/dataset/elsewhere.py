"""Questions in the forms of other programs: evaluation (ragas, promptfoo, AutoRAG), training
(ShareGPT, RAFT), and a data set's folder with its card.

Each can be read again by :mod:`.imports`.
"""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from workbench.errors import WorkbenchError
from workbench.io import jsonl
from workbench.io.files import write_json, write_text
from workbench.types import Question

#: Passages beside the right one in RAFT's rows (Zhang et al. 2024: four distractors).
DISTRACTORS = 4
_SAYS_NOTHING = ["I don't know", "not known", "cannot be answered", "无法回答"]


def sharegpt(questions: Sequence[Question], path: Path, replies: Sequence[str]) -> None:
    """A conversation of one question and its reply each."""
    write_json(path, [
        {"id": q.id, "conversations": [{"from": "human", "value": q.text},
                                       {"from": "gpt", "value": reply}]}
        for q, reply in zip(questions, replies, strict=True)
    ])  # fmt: skip


def ragas(questions: Sequence[Question], path: Path, replies: Sequence[str]) -> None:
    """Samples of ragas 0.2 and later, one a line; the reply and what was found are the system's."""
    jsonl.write(path, (
        {"user_input": q.text, "reference": reply, "synthesizer_name": q.kind,
         "reference_contexts": [item.quote for item in q.evidence]}
        for q, reply in zip(questions, replies, strict=True)
    ))  # fmt: skip


def promptfoo(questions: Sequence[Question], path: Path, replies: Sequence[str]) -> None:
    """Tests for promptfoo's ``tests: file://…``: a reference has to stand in the reply."""
    import yaml

    tests = []
    for q in questions:
        given: dict[str, Any] = {"question": q.text}
        if q.evidence:
            # One text: of a list promptfoo makes a test for each item.
            given["context"] = "\n\n".join(item.quote for item in q.evidence)
        told = {"id": q.id, "kind": q.kind, "stratum": q.stratum}
        tests.append({
            "description": q.text,
            "vars": given,
            "assert": [{"type": "icontains-any", "value": list(q.answers) or _SAYS_NOTHING}],
            "metadata": {key: value for key, value in told.items() if value is not None},
        })  # fmt: skip
    write_text(path, yaml.safe_dump(tests, sort_keys=False, allow_unicode=True, width=100))


def raft(questions: Sequence[Question], path: Path, replies: Sequence[str]) -> None:
    """RAFT's rows: the passage that holds the answer among others', by the questions' evidence.

    The answer stands where RAFT has one with reasoning: none is made up. A question without
    evidence gets distractors alone.
    """
    texts = list(dict.fromkeys(item.quote for q in questions for item in q.evidence))
    records = []
    for q, reply in zip(questions, replies, strict=True):
        own = " ".join(item.quote for item in q.evidence)
        # Of the question's own id, so that an export is the same each time.
        draw = random.Random(q.id)
        others = [text for text in texts if text not in own]
        shown = draw.sample(others, min(DISTRACTORS, len(others))) + ([own] if own else [])
        draw.shuffle(shown)
        documents = "".join(f"<DOCUMENT>{text}</DOCUMENT>\n" for text in shown)
        records.append({
            "id": q.id,
            "type": q.kind,
            "question": q.text,
            "context": {"title": [["placeholder_title"] * len(shown)], "sentences": [shown]},
            "oracle_context": own,
            "cot_answer": reply,
            "instruction": f"{documents}{q.text}",
        })  # fmt: skip
    jsonl.write(path, records)


def autorag(questions: Sequence[Question], path: Path, replies: Sequence[str]) -> None:
    """A folder of AutoRAG's ``qa.parquet`` and ``corpus.parquet``, which holds the evidence."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    new_folder(path)
    path.mkdir(parents=True, exist_ok=True)
    names: dict[str, str] = {}
    for q in questions:
        for item in q.evidence:
            names.setdefault(item.quote, f"{item.document}:{item.start}-{item.end}")
    strings = pa.list_(pa.string())
    qa = [
        {"qid": q.id, "query": q.text,
         "retrieval_gt": [[names[item.quote]] for item in q.evidence],
         "generation_gt": list(q.answers) or [reply]}
        for q, reply in zip(questions, replies, strict=True)
    ]  # fmt: skip
    held = {"qid": pa.string(), "query": pa.string(), "retrieval_gt": pa.list_(strings),
            "generation_gt": strings}  # fmt: skip
    schema = pa.schema(list(held.items()))
    pq.write_table(pa.Table.from_pylist(qa, schema), path / "qa.parquet")
    when = datetime(1970, 1, 1, tzinfo=UTC)  # AutoRAG wants one, and the same each time
    texts = [
        {"doc_id": name, "contents": text, "metadata": {"last_modified_datetime": when}}
        for text, name in names.items()
    ]
    metadata = pa.struct([("last_modified_datetime", pa.timestamp("us", tz="UTC"))])
    kinds = {"doc_id": pa.string(), "contents": pa.string(), "metadata": metadata}
    schema = pa.schema(list(kinds.items()))
    pq.write_table(pa.Table.from_pylist(texts, schema), path / "corpus.parquet")


def hub(questions: Sequence[Question], path: Path, replies: Sequence[str]) -> None:
    """A data set's folder as a hub takes it: a file for each role, and a card that says what it is.

    ``datasets.load_dataset(folder)`` opens it.
    """
    new_folder(path)
    roles = Counter(q.role for q in questions)
    for role in roles:
        records = []
        for q in questions:
            if q.role == role:
                record = q.to_record()
                # Of any shape, so that no reader has to guess one.
                record["tags"] = json.dumps(record["tags"], ensure_ascii=False, default=str)
                records.append(record)
        jsonl.write(path / "data" / f"{role}.jsonl", records)
    write_text(path / "README.md", _card(questions, roles))


def _card(questions: Sequence[Question], roles: Counter[Any]) -> str:
    files = "".join(f"      - split: {role}\n        path: data/{role}.jsonl\n" for role in roles)
    kinds = ", ".join(f"{count} {kind}" for kind, count in Counter(
        q.kind for q in questions).most_common())  # fmt: skip
    strata = ", ".join(f"{count} {name}" for name, count in Counter(
        q.stratum for q in questions if q.stratum).most_common())  # fmt: skip
    size = next(
        (name for most, name in ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"))
         if len(questions) < most), "100K<n<1M",
    )  # fmt: skip
    written = sum(q.origin == "written" for q in questions)
    return f"""---
task_categories:
  - question-answering
size_categories:
  - {size}
configs:
  - config_name: default
    data_files:
{files}---

# Questions on a text

{len(questions)} questions ({", ".join(f"{count} {role}" for role, count in roles.items())}), of
which {written} were written from the text by a program and {len(questions) - written} come from
elsewhere. Kinds: {kinds}.{f" Strata: {strata}." if strata else ""}

`answers` are all right replies, none where the text does not say. `evidence` quotes the text that
an answer rests on, with its place. `stratum` says how a test question relates to those that were
trained: `reworded`, `same_section` or `unseen`. `tags` is JSON.

Whether these may be passed on is decided by the rights in the text that they quote.
"""


def new_folder(path: Path) -> None:
    """Refuse a folder that holds something already."""
    if path.exists() and (path.is_file() or any(path.iterdir())):
        raise WorkbenchError(f"{path} is there already.", "Name a new folder.")
