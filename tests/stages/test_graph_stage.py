"""The graph as part of an index's artifact: made, estimated, searched, and put into the run."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.tale import small_corpus
from workbench.engine.cache import Artifact, ArtifactCache
from workbench.experiment import Experiment
from workbench.experiment.graph import GraphSpec
from workbench.experiment.identity import resolve
from workbench.experiment.stores import GraphStoreSpec
from workbench.io import jsonl
from workbench.records.run import Run
from workbench.retrieval.graph import load_triples
from workbench.stages import CORPUS, INDEX
from workbench.stages.context import RunContext, TrialContext
from workbench.stages.copy_artifacts import copy_artifact
from workbench.stages.inputs import GraphStoreInput
from workbench.stages.plan import RunPlan


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[RunPlan, RunContext, Artifact]:
    folder = tmp_path_factory.mktemp("graph")
    text = folder / "tale.txt"
    text.write_text(small_corpus(4).documents[0].text)
    plan = RunPlan(resolve(Experiment(
        purpose="Answer questions.", name="graph", corpus=str(text),
        retrieval={"graph_weight": 0.5}, passages={"chunk_size": 40, "chunk_overlap": 0},
        variants=["prompt_only", "rag", {
            "name": "own", "context": "retrieval", "retrieval": {"mode": "graph", "graph_weight": 0}
        }],
    )))  # fmt: skip
    context = RunContext(ArtifactCache(folder / "cache"))
    return plan, context, context.make(CORPUS, plan.corpus_inputs())


@pytest.mark.slow
def test_a_variant_s_own_search_shares_the_graph_and_finds_by_it(
    made: tuple[RunPlan, RunContext, Artifact], tmp_path: Path
) -> None:
    plan, context, corpus = made
    index = context.make(INDEX, plan.index_inputs(corpus.reference))
    assert index.summary["graph"]["triples"] == len(load_triples(index.path)) > 60
    assert "triples on" in INDEX.describe(index.summary)
    variant = plan.experiment.variants[2]
    assert plan.index_inputs(corpus.reference, variant) == plan.index_inputs(corpus.reference)
    text = small_corpus(4).documents[0].text
    for search in (plan.search(index.reference), plan.search(index.reference, variant)):
        hits = context.retriever(search).retrieve(["Who bought the copper kettle of Harrow?"], 3)[0]
        assert "bought the copper kettle" in hits[0].passage.text
        for hit in hits:
            assert text[hit.passage.start : hit.passage.end] == hit.passage.text
    run = Run(tmp_path / "run")
    run.path.mkdir()
    copy_artifact(run, "index:own", index)
    rows = list(jsonl.stream(run.files.triples))
    assert sum(len(row["triples"]) for row in rows) == index.summary["graph"]["triples"]
    for item in (triple for row in rows for triple in row["triples"]):
        assert item["said"] == text[item["start"] : item["end"]]


def test_an_estimate_counts_the_graph_and_its_trial_can_be_searched(
    made: tuple[RunPlan, RunContext, Artifact], tmp_path: Path
) -> None:
    plan, context, corpus = made
    trial = TrialContext(context.cache, folder=tmp_path)
    # A trial sends nothing to the database that is to hold the graph.
    store = GraphStoreSpec(kind="neo4j", url="bolt://127.0.0.1:9")
    usual, inputs = plan.experiment.retrieval, plan.index_inputs(corpus.reference)
    assert inputs.graph is not None
    stored = inputs.graph.model_copy(update={"store": GraphStoreInput.of(store)})
    estimate = INDEX.estimate(inputs.model_copy(update={"graph": stored}), trial)
    assert estimate.trial is not None and estimate.seconds > 0
    asked = usual.model_copy(update={"graph": GraphSpec(store=store)})
    search = plan.search(estimate.trial).model_copy(update={"retrieval": asked})
    found = trial.retriever(search).retrieve(["Who bought the kettle?"], 2)[0]
    assert len(found) == 2
