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
from workbench.experiment.passages import PassageSpec, ReadSpec
from workbench.io import jsonl

VARIANTS = [
    "rag",
    {"name": "words", "context": "retrieval", "retrieval": {"mode": "bm25", "top_k": 2}},
    {"name": "small", "context": "retrieval", "passages": {"chunk_size": 40}},
    {"name": "near", "context": "retrieval",
     "passages": {"chunk_size": 40, "read": {"sentences": 2}}},
    {"name": "whole", "context": "retrieval",
     "passages": {"split": "structure", "chunk_size": 40, "read": {"chunk_size": 160}}},
    {"name": "same", "context": "retrieval", "retrieval": {"top_k": 3}},
    "oracle",
]  # fmt: skip


def experiment(text: str, **changes: object) -> Experiment:
    values = {"purpose": "Answer readers.", "name": "own", "corpus": text, "variants": VARIANTS}
    return Experiment(**{**values, **changes})  # type: ignore[arg-type]


def test_what_a_variants_search_does_not_say_is_the_experiments(tmp_path: Path) -> None:
    own = experiment("text.md", retrieval={"lexical_weight": 0.7, "top_k": 3})
    _, words, small, near, whole, same, _ = own.variants
    assert words.retrieval is not None
    assert (words.retrieval.mode, words.retrieval.top_k) == ("bm25", 2)
    assert words.retrieval.lexical_weight == 0.7
    assert small.retrieval is None and small.passages is not None
    assert (small.passages.chunk_size, small.passages.chunk_overlap) == (40, 20)
    assert near.passages is not None and whole.passages is not None
    assert near.passages.read is not None and near.passages.read.sentences == 2
    assert (whole.passages.split, whole.passages.chunk_overlap) == ("structure", 20)
    assert same.retrieval is None, "what is alike is no search of its own"
    assert Experiment.from_yaml(own.to_yaml()) == own


def test_a_run_without_own_searches_is_the_run_that_it_was(tmp_path: Path) -> None:
    (tmp_path / "text.md").write_text("# One\n\nAnna kept the bridge.\n", "utf-8")
    plain = experiment(str(tmp_path / "text.md"), variants=["rag", "prompt_only"])
    stored = yaml.safe_load(plain.to_yaml())
    assert all("retrieval" not in v and "passages" not in v for v in stored["variants"])
    other = experiment(str(tmp_path / "text.md"), variants=["prompt_only", *VARIANTS])
    assert resolve(other).run_id != resolve(plain).run_id


@pytest.mark.parametrize(
    ("passages", "said"),
    [
        ({"read": {}}, "give chunk_size"),
        ({"read": {"chunk_size": 300, "sentences": 2}}, "one of them"),
        ({"read": {"chunk_size": 110}}, "has to be larger"),
        ({"split": "section", "read": {"chunk_size": 900}}, "whole sections already"),
        ({"split": "paragraphs"}, "passages.split"),
        ({"only": ["policies/*"]}, "says none"),
        ({"only": {"document": ""}}, "says none"),
    ],
)
def test_passages_that_contradict_themselves_are_a_sentence(
    passages: dict[str, object], said: str
) -> None:
    with pytest.raises(WorkbenchError, match=said):
        Experiment.from_yaml(yaml.safe_dump({
            "purpose": "Answer readers.", "name": "own", "corpus": "text.md", "passages": passages,
        }))  # fmt: skip


def test_a_variants_larger_passages_are_held_against_its_own_small_ones() -> None:
    own = {"name": "wide", "context": "retrieval", "passages": {"read": {"chunk_size": 100}}}
    experiment("text.md", variants=["rag", own], passages={"chunk_size": 60})
    with pytest.raises(ValueError, match="has to be larger"):
        experiment("text.md", variants=["rag", own], passages={"chunk_size": 120})


def test_resized_passages_are_read_in_larger_ones_in_proportion() -> None:
    spec = PassageSpec(chunk_size=100, chunk_overlap=20, read=ReadSpec(chunk_size=300))
    twice = spec.resized(200)
    assert (twice.chunk_size, twice.chunk_overlap) == (200, 40)
    assert twice.read == ReadSpec(chunk_size=600)
    assert spec.sizes((0.1, 1, 2, 4), least=20) == [20, 100, 200], (
        "none that its parents do not hold"
    )
    assert PassageSpec(split="section").sizes((0.5, 1, 2), least=20) == []


def test_a_variant_that_sees_no_passages_has_no_search() -> None:
    wrong = {"name": "prompt_only", "retrieval": {"mode": "bm25"}}
    with pytest.raises((WorkbenchError, ValueError), match="sees none"):
        experiment("text.md", variants=["rag", wrong])


@pytest.mark.slow
def test_each_variant_is_shown_what_its_own_search_finds(tmp_path: Path) -> None:
    written = {"query": "several", "queries": 2, "mmr": 0.7}
    learned = {"tuned": {"method": "query_map", "epochs": 1, "learning_rate": 0.01, "held_out": 0}}
    variants = [
        *VARIANTS,
        {"name": "written", "context": "retrieval", "retrieval": written},
        {"name": "learned", "context": "retrieval", "retrieval": learned},
    ]
    path = write_experiment(tmp_path, variants=variants, questions={
        "train_facts": 12, "test": 18, "dev": 6, "wordings": 2})  # fmt: skip
    workbench(tmp_path, "run", str(path))
    run = the_run(tmp_path)
    shown = {
        name: {a["question"]: a["passages"] for a in jsonl.read(run / "answers" / f"{name}.jsonl")}
        for name in ("rag", "words", "small", "near", "whole", "same", "learned")
    }
    # A map learned at such a rate turns the questions elsewhere; the index stays as it is.
    assert shown["learned"] != shown["rag"]
    assert shown["same"] == shown["rag"]
    assert {len(ids) for ids in shown["words"].values()} == {2}
    lengths = {
        name: [end - start for ids in listed.values() for start, end in map(_place, ids)]
        for name, listed in shown.items()
    }
    assert max(lengths["small"]) < 0.7 * max(lengths["rag"])
    # What is read is larger than what is found, and three of it are shown, no two the same.
    for name in ("near", "whole"):
        assert sum(lengths[name]) > 1.5 * sum(lengths["small"])
        assert all(len(set(ids)) == len(ids) <= 3 for ids in shown[name].values())
    # Every passage that anybody was shown lies in the run, with its text.
    kept = {
        f"{p['document']}:{p['start']}-{p['end']}": p["text"]
        for p in jsonl.read(run / "corpus" / "passages.jsonl")
    }
    assert {i for listed in shown.values() for ids in listed.values() for i in ids} <= kept.keys()
    stages = json.loads((run / "manifest.json").read_text("utf-8"))["stages"]
    assert stages["retriever:learned"]["summary"]["epoch"] == 1
    # The experiment's index has all that BM25 alone reads.
    assert {name for name in stages if name.startswith("index")} == {
        "index", "index:small", "index:near", "index:whole",
    }  # fmt: skip
    results = json.loads((run / "results.json").read_text("utf-8"))
    assert [part["part"] for part in results["search"]["parts"]][-6:] == [
        "words", "small", "near", "whole", "written", "learned",
    ]  # fmt: skip
    tokens = {row["name"]: row["tokens"] for row in results["variants"]}
    # What was written to search with is charged; where nothing was, no key is there.
    assert tokens["written"]["written_output"] > 2 and "written_output" not in tokens["rag"]
    assert all("search_input_tokens" in a for a in jsonl.read(run / "answers" / "written.jsonl"))
    assert not any("search_input_tokens" in a for a in jsonl.read(run / "answers" / "rag.jsonl"))
    answered = json.loads(workbench(tmp_path, "ask", run.name, "Who was Jory Pell?", "--json"))
    assert {reply["variant"] for reply in answered} >= {"rag", "words", "small", "near", "whole"}
    estimate = json.loads(workbench(tmp_path, "estimate", str(path), "--json"))
    assert estimate["finished"]


def _place(passage: str) -> tuple[int, int]:
    start, end = passage.rpartition(":")[2].split("-")
    return int(start), int(end)
