"""The index stage cuts the text as the experiment says; what says nothing new keeps its id."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from tests.support.documents import prose
from workbench.engine.cache import ArtifactCache
from workbench.engine.inputs import ArtifactReference
from workbench.experiment import Experiment
from workbench.experiment.identity import resolve
from workbench.stages import CORPUS, INDEX
from workbench.stages.context import RunContext, TrialContext
from workbench.stages.plan import RunPlan
from workbench.types import Section

TEXT = """# The mill

Anna kept the mill. She ground the corn of three villages. On Sundays the wheel stood still.

## Its wheel

- It has forty paddles of oak.
- It was mended after the flood of 1803.

# The ferry

Pym kept the ferry. He took a penny from everybody. At night a lamp burned on the far bank.

## Its boat

The boat leaked. It was tarred each spring by the sons of the smith, who drank well for it.
"""


class Words:
    """A model that counts words and whose window holds 60 of them."""

    context_window = 60

    def count_tokens(self, text: str) -> int:
        return len(re.findall(r"\w+", text))


def experiment(folder: Path, **changes: Any) -> Experiment:
    path = folder / "river.md"
    path.write_text(f"{TEXT}\n# The tower\n\n{prose(200)}\n", "utf-8")
    values = {"purpose": "Answer questions about the river.", "name": "river",
              "corpus": {"path": str(path), "section_words": 40},
              "passages": {"chunk_size": 20, "chunk_overlap": 0},
              "retrieval": {"mode": "bm25"}, **changes}  # fmt: skip
    return Experiment(**values)


def opened(asked: Experiment, folder: Path) -> tuple[RunContext, RunPlan, ArtifactReference]:
    context = RunContext(ArtifactCache(folder / "cache"))
    plan = RunPlan(resolve(asked))
    corpus = context.make(CORPUS, plan.corpus_inputs()).reference
    context.opened["model", plan.model(asked.model.reference()).reference] = Words()
    return context, plan, corpus


def made(folder: Path, **passages: Any) -> tuple[RunContext, RunPlan, ArtifactReference]:
    asked = experiment(folder, passages={"chunk_size": 20, "chunk_overlap": 0, **passages})
    context, plan, corpus = opened(asked, folder)
    return context, plan, context.make(INDEX, plan.index_inputs(corpus)).reference


def test_a_specification_that_says_nothing_new_is_what_it_was(tmp_path: Path) -> None:
    plain = experiment(tmp_path)
    assert plain.model_dump()["passages"] == {"chunk_size": 20, "chunk_overlap": 0}
    _, plan, corpus = opened(plain, tmp_path)
    assert set(plan.index_inputs(corpus).record()) == {
        "corpus", "chunk_size", "chunk_overlap", "tokenizer", "vectors", "embedding",
        "window_words",
    }  # fmt: skip


def test_a_section_is_whole_up_to_half_the_window(tmp_path: Path) -> None:
    context, plan, index = made(tmp_path, split="section")
    corpus = context.corpus(context.make(CORPUS, plan.corpus_inputs()).reference)
    sizes = {s.id: Words().count_tokens(s.text) for s in corpus.sections}
    shown = context.passages(index)
    whole = {passage.section for passage in shown if passage.text in map(_text, corpus.sections)}
    assert whole == {name for name, size in sizes.items() if size <= 30}
    assert whole < sizes.keys(), "one is too long for half of a window of 60"
    assert max(Words().count_tokens(passage.text) for passage in shown) <= 30


def _text(section: Section) -> str:
    return section.text


def test_a_heading_begins_a_passage_where_structure_is_asked_for(tmp_path: Path) -> None:
    context, _, index = made(tmp_path, split="structure")
    firsts = [passage.text.split("\n")[0] for passage in context.passages(index)]
    assert [line for line in firsts if line.startswith("#")] == [
        "# The mill", "## Its wheel", "# The ferry", "## Its boat", "# The tower",
    ]  # fmt: skip


def test_headings_are_searched_and_not_shown(tmp_path: Path) -> None:
    for name, said in (("bare", False), ("named", True)):
        context, plan, index = made(tmp_path, chunk_size=12, headings=said)
        corpus = context.corpus(context.make(CORPUS, plan.corpus_inputs()).reference)
        text = corpus.documents[0].text
        (hits,) = context.retriever(plan.search(index)).retrieve(["the mill's oak"], 50)
        assert all(text[h.passage.start : h.passage.end] == h.passage.text for h in hits)
        scores = {hit.passage.text: hit.score for hit in hits}
        mended = next(text for text in scores if "1803" in text)
        assert "mill" not in mended and (scores[mended] > 0) == said, name


def test_what_is_read_is_what_is_shown_and_handed_to_the_oracle(tmp_path: Path) -> None:
    context, plan, index = made(tmp_path, chunk_size=12, read={"chunk_size": 60})
    shown = context.passages(index)
    (hits,) = context.retriever(plan.search(index)).retrieve(["Who took a penny?"], 2)
    assert [hit.passage in shown for hit in hits] == [True, True]
    assert "Pym kept the ferry." in hits[0].passage.text
    assert "a lamp burned on the far bank" in hits[0].passage.text
    assert "read in" in INDEX.describe(context.cache.get(index.id).summary)


def test_a_trial_shows_what_a_run_would_show(tmp_path: Path) -> None:
    spec = {"chunk_size": 12, "chunk_overlap": 0, "read": {"chunk_size": 60}, "headings": True}
    context, plan, corpus = opened(experiment(tmp_path, passages=spec), tmp_path)
    folder = tmp_path / "trial"
    folder.mkdir()
    trial = TrialContext(context.cache, folder=folder, opened=context.opened)
    made_in_small = INDEX.estimate(plan.index_inputs(corpus), trial).trial
    assert made_in_small is not None
    (hits,) = trial.retriever(plan.search(made_in_small)).retrieve(["Who kept the ferry?"], 2)
    assert {hit.passage for hit in hits} <= set(trial.passages(made_in_small))
    assert max(Words().count_tokens(hit.passage.text) for hit in hits) > 12


def test_only_some_documents_are_searched(tmp_path: Path) -> None:
    folder = tmp_path / "texts"
    folder.mkdir()
    for name, place in (("mill", "up"), ("ferry", "down")):
        text = f"---\nriver: {place}\n---\n# The {name}\n\n{prose(150, len(name))}\n"
        (folder / f"{name}.md").write_text(text, "utf-8")
    own = {"name": "low", "context": "retrieval", "passages": {"only": {"river": ["down", "sea"]}}}
    asked = experiment(tmp_path, corpus=str(folder), variants=["rag", own, "prompt_only"])
    assert Experiment.from_yaml(asked.to_yaml()) == asked
    context, plan, corpus = opened(asked, tmp_path)
    documents = [
        {p.document for p in context.passages(context.make(INDEX, inputs).reference)}
        for inputs in (plan.index_inputs(corpus, variant) for variant in asked.variants[:2])
    ]
    assert documents == [{"mill", "ferry"}, {"ferry"}]
    assert asked.variants[1].passages is not None
    assert asked.variants[1].passages.only == ("river=down", "river=sea")
    assert asked.variants[1].passages.told.endswith("of the documents with river=down, river=sea")


def test_a_variant_may_cut_the_text_its_own_way(tmp_path: Path) -> None:
    own = {"name": "whole", "context": "retrieval", "passages": {"split": "section"}}
    asked = experiment(tmp_path, variants=["rag", own])
    assert Experiment.from_yaml(asked.to_yaml()) == asked
    _, plan, corpus = opened(asked, tmp_path)
    rag, whole = (plan.index_inputs(corpus, variant) for variant in asked.variants)
    assert (rag.split, whole.split) == ("sentences", "section")
    assert whole.chunk_size == 20
    assert "split" in whole.record()
