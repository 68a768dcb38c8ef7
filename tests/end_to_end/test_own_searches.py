"""Several ways of retrieving in one run: each variant is shown what its own search finds."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from tests.support.small_run import the_run, workbench, write_experiment
from workbench.errors import WorkbenchError
from workbench.experiment import Experiment
from workbench.experiment.identity import resolve
from workbench.io import jsonl

VARIANTS = [
    "rag",
    {"name": "words", "context": "retrieval", "retrieval": {"mode": "bm25", "top_k": 2}},
    {"name": "small", "context": "retrieval", "passages": {"chunk_size": 40}},
    {"name": "same", "context": "retrieval", "retrieval": {"top_k": 3}},
    "oracle",
]


def experiment(text: str, **changes: object) -> Experiment:
    values = {"purpose": "Answer readers.", "name": "own", "corpus": text, "variants": VARIANTS}
    return Experiment(**{**values, **changes})  # type: ignore[arg-type]


def test_what_a_variants_search_does_not_say_is_the_experiments(tmp_path: Path) -> None:
    own = experiment("text.md", retrieval={"lexical_weight": 0.7, "top_k": 3})
    _, words, small, same, _ = own.variants
    assert words.retrieval is not None
    assert (words.retrieval.mode, words.retrieval.top_k) == ("bm25", 2)
    assert words.retrieval.lexical_weight == 0.7
    assert small.retrieval is None and small.passages is not None
    assert (small.passages.chunk_size, small.passages.chunk_overlap) == (40, 20)
    assert same.retrieval is None, "what is alike is no search of its own"
    assert Experiment.from_yaml(own.to_yaml()) == own


def test_a_run_without_own_searches_is_the_run_that_it_was(tmp_path: Path) -> None:
    (tmp_path / "text.md").write_text("# One\n\nAnna kept the bridge.\n", "utf-8")
    plain = experiment(str(tmp_path / "text.md"), variants=["rag", "prompt_only"])
    stored = yaml.safe_load(plain.to_yaml())
    assert all("retrieval" not in v and "passages" not in v for v in stored["variants"])
    other = experiment(str(tmp_path / "text.md"), variants=["prompt_only", *VARIANTS])
    assert resolve(other).run_id != resolve(plain).run_id


def test_a_variant_that_sees_no_passages_has_no_search() -> None:
    wrong = {"name": "prompt_only", "retrieval": {"mode": "bm25"}}
    with pytest.raises((WorkbenchError, ValueError), match="sees none"):
        experiment("text.md", variants=["rag", wrong])


@pytest.mark.slow
def test_each_variant_is_shown_what_its_own_search_finds(tmp_path: Path) -> None:
    written = {"query": "several", "queries": 2, "mmr": 0.7}
    variants = [*VARIANTS, {"name": "written", "context": "retrieval", "retrieval": written}]
    path = write_experiment(tmp_path, variants=variants, questions={
        "train_facts": 12, "test": 18, "dev": 6, "wordings": 2})  # fmt: skip
    workbench(tmp_path, "run", str(path))
    run = the_run(tmp_path)
    shown = {
        name: {a["question"]: a["passages"] for a in jsonl.read(run / "answers" / f"{name}.jsonl")}
        for name in ("rag", "words", "small", "same")
    }
    assert shown["same"] == shown["rag"]
    assert {len(ids) for ids in shown["words"].values()} == {2}
    lengths = {
        name: [end - start for ids in listed.values() for start, end in map(_place, ids)]
        for name, listed in shown.items()
    }
    assert max(lengths["small"]) < 0.7 * max(lengths["rag"])
    # Every passage that anybody was shown lies in the run, with its text.
    kept = {
        f"{p['document']}:{p['start']}-{p['end']}": p["text"]
        for p in jsonl.read(run / "corpus" / "passages.jsonl")
    }
    assert {i for listed in shown.values() for ids in listed.values() for i in ids} <= kept.keys()
    stages = json.loads((run / "manifest.json").read_text("utf-8"))["stages"]
    # The experiment's index has all that BM25 alone reads.
    assert {name for name in stages if name.startswith("index")} == {"index", "index:small"}
    results = json.loads((run / "results.json").read_text("utf-8"))
    assert [part["part"] for part in results["search"]["parts"]][-3:] == [
        "words", "small", "written",
    ]  # fmt: skip
    tokens = {row["name"]: row["tokens"] for row in results["variants"]}
    # What was written to search with is charged; where nothing was, no key is there.
    assert tokens["written"]["written_output"] > 2 and "written_output" not in tokens["rag"]
    assert all("search_input_tokens" in a for a in jsonl.read(run / "answers" / "written.jsonl"))
    assert not any("search_input_tokens" in a for a in jsonl.read(run / "answers" / "rag.jsonl"))
    answered = json.loads(workbench(tmp_path, "ask", run.name, "Who was Jory Pell?", "--json"))
    assert {reply["variant"] for reply in answered} >= {"rag", "words", "small"}
    estimate = json.loads(workbench(tmp_path, "estimate", str(path), "--json"))
    assert estimate["finished"]


def _place(passage: str) -> tuple[int, int]:
    start, end = passage.rpartition(":")[2].split("-")
    return int(start), int(end)
