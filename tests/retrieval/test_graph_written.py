"""Triples that a chat model writes down, however it writes them, and what a run makes of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.servers.chat import ChatServer
from workbench import models
from workbench.corpus import open_corpus
from workbench.engine.cache import ArtifactCache
from workbench.engine.inputs import ArtifactReference
from workbench.errors import WorkbenchError
from workbench.experiment import Experiment
from workbench.experiment.graph import GraphSpec
from workbench.experiment.identity import resolve
from workbench.experiment.retrieval import RetrievalSpec
from workbench.retrieval.graph import build_graph, load_triples, written
from workbench.retrieval.graph.written import stretches, triple_lines
from workbench.stages import CORPUS
from workbench.stages.context import RunContext
from workbench.stages.graph import graph_units
from workbench.stages.inputs import GraphInput, SearchInput
from workbench.stages.plan import RunPlan
from workbench.stages.refusals import check_language, check_policy
from workbench.stages.search import parts
from workbench.types import Completion, Decoding, ModelReference, Prompt, Section

CHINESE = (
    "刘备三次前往茅庐，请诸葛亮出山。曹操献刀不成，连夜骑马逃出洛阳。"
    "张飞怒鞭督邮，众人不敢上前劝阻。"
)
ODD = (
    """Here are the facts:
subject | relation | object
---|---|---
1. 刘备 | 请 | 诸葛亮
- "曹操" -> 逃出 -> 洛阳
| 张飞 | 鞭打 | 督邮 |
刘备 | 请 | 诸葛亮
Napoleon | lost at | Waterloo
a line without bars, and one | with two parts
x | y | """
    + "long " * 40
)


def section(text: str, name: str = "san#1", start: int = 100) -> Section:
    return Section(name, "san", start, start + len(text), "第一回", text)


def test_what_can_be_read_of_a_reply_is_read() -> None:
    found = triple_lines(ODD)
    assert found == [("刘备", "请", "诸葛亮"), ("曹操", "逃出", "洛阳"), ("张飞", "鞭打", "督邮"),
                     ("Napoleon", "lost at", "Waterloo")]  # fmt: skip
    assert triple_lines(ODD, ["逃出"]) == [("曹操", "逃出", "洛阳")]
    assert triple_lines("") == triple_lines("I cannot help with that.") == []


@pytest.mark.parametrize("text", [CHINESE * 30, "One. Two!  \n\n Three? " * 200, "", " \n "])
def test_stretches_hold_every_sentence_once(text: str) -> None:
    spans = [span for group in stretches(text) for span in group]
    assert "".join(text[a:b] for a, b in spans) == "".join(
        text[a:b] for a, b in spans if text[a:b].strip()
    )
    assert "".join("".join(text[a:b] for a, b in spans).split()) == "".join(text.split())
    assert all(a < b and text[a:b] == text[a:b].strip() for a, b in spans)


def test_a_model_reads_chinese_and_what_the_text_does_not_say_is_left() -> None:
    with ChatServer(say=lambda body: ODD) as server:
        model = models.load(ModelReference("chat", endpoint=server.url))
        ((name, read),) = written.units([section(CHINESE)], model)
        triples = read()
    assert name == "san#1"
    assert [item.subject for item in triples] == ["刘备", "曹操", "张飞"]
    for item in triples:
        assert item.said == CHINESE[item.start - 100 : item.end - 100]
        assert item.subject in item.said and item.object in item.said
    assert len(server.asked) == 1 and CHINESE in server.prompts[0].encode().decode("unicode_escape")


class Failing:
    """A model that gives one of its replies only when asked again."""

    prompt_format = "chat"
    reference = ModelReference("failing")

    def __init__(self, fails: int) -> None:
        self.fails, self.asked = fails, 0

    def complete(self, prompts: list[Prompt], decoding: Decoding) -> list[Completion]:
        self.asked += 1
        if self.asked == self.fails:
            return [Completion("", 0, 0, 0.0, "error", "it is down") for _ in prompts]
        return [Completion("Ada | sold | boat", 9, 9, 0.0) for _ in prompts]


def test_a_reply_that_fails_ends_the_reading_and_the_next_call_goes_on(tmp_path: Path) -> None:
    model = Failing(2)
    sections = [section("Ada Fenn sold the boat.", f"san#{n}") for n in range(3)]
    units = written.units(sections, model)
    with pytest.raises(WorkbenchError, match="did not read 'san#1' for the graph: it is down"):
        build_graph(tmp_path, units, "all-MiniLM-L6-v2")
    assert build_graph(tmp_path, units, "all-MiniLM-L6-v2")["triples"] == 3
    assert model.asked == 4, "the first section was read already"
    assert len(load_triples(tmp_path)) == 3


def experiment(tmp_path: Path, **changes: Any) -> Experiment:
    corpus = tmp_path / "text.txt"
    corpus.write_text("Marta Quill mended the harbour clock.\n")
    values = {"purpose": "Answer questions.", "name": "graph", "corpus": str(corpus)}
    return Experiment(**{**values, **changes})


def test_without_a_graph_everything_is_as_it_was(tmp_path: Path) -> None:
    plain = experiment(tmp_path)
    assert "graph" not in json.dumps(plain.model_dump(mode="json")["retrieval"])
    corpus = ArtifactReference(id="corpus-0", path=tmp_path)
    assert "graph" not in RunPlan(resolve(plain)).index_inputs(corpus).record()
    for asked in ({"mode": "graph"}, {"graph_weight": 0.3}, {"graph": {"hops": 1}}):
        plan = RunPlan(resolve(experiment(tmp_path, retrieval=asked)))
        assert plan.index_inputs(corpus).record()["graph"]["extractor"] == "parse"
    hops = [experiment(tmp_path, retrieval={"mode": "graph", "graph": {"hops": n}}) for n in (1, 2)]
    one, two = (RunPlan(resolve(item)).index_inputs(corpus) for item in hops)
    assert one == two, "how far a search goes is nothing to what is stored"


def test_text_goes_to_a_model_elsewhere_only_where_it_may(tmp_path: Path) -> None:
    graph = {"extractor": "model", "model": "m", "endpoint": "https://models.example.org/v1"}
    for place in ({"retrieval": {"graph": graph}}, {"variants": [
        "prompt_only", "rag",
        {"name": "g", "context": "retrieval", "retrieval": {"mode": "graph", "graph": graph}},
    ]}):  # fmt: skip
        with pytest.raises(WorkbenchError, match="would leave this machine"):
            check_policy(RunPlan(resolve(experiment(tmp_path, **place))))
        may = experiment(tmp_path, **place, text_may_leave_this_machine=True)
        check_policy(RunPlan(resolve(may)))


@pytest.mark.parametrize(
    ("graph", "reason"),
    [
        ({"extractor": "model"}, "add graph.model"),
        ({"extractor": "model", "model": "reader"}, "writes no triples"),
        ({"model": "some/model"}, "asks no model"),
        ({"hops": 3}, "Input should be 1 or 2"),
    ],
)
def test_a_graph_that_cannot_be_is_refused(graph: dict[str, Any], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        GraphSpec(**graph)


def test_a_text_without_a_parse_says_what_to_do(tmp_path: Path) -> None:
    given = experiment(tmp_path)
    (tmp_path / "text.txt").write_text(CHINESE * 20)
    context = RunContext(ArtifactCache(tmp_path / "cache"))
    made = context.make(CORPUS, RunPlan(resolve(given)).corpus_inputs()).reference
    assert open_corpus(made.path).language == "zh"
    with pytest.raises(WorkbenchError, match="not English") as caught:
        graph_units(made, GraphInput(extractor="parse"), "all-MiniLM-L6-v2", context)
    assert "extractor" in caught.value.hint
    model = {"name": "chat", "endpoint": "http://127.0.0.1:9/v1"}
    for retrieval in ({"mode": "graph"}, {"graph_weight": 0.2}):
        asked = experiment(tmp_path, model=model, retrieval=retrieval)
        with pytest.raises(WorkbenchError, match="not English"):
            check_language(RunPlan(resolve(asked)), made)
    check_language(RunPlan(resolve(experiment(tmp_path, model=model))), made)


@pytest.mark.parametrize(
    ("asked", "names"),
    [
        ({}, ["bm25", "dense", "fused"]),
        ({"mode": "bm25"}, ["bm25"]),
        ({"mode": "graph"}, ["bm25", "dense", "fused", "graph"]),
        ({"graph_weight": 0.3}, ["bm25", "dense", "fused", "graph", "with_graph"]),
        ({"mode": "dense", "graph": {}}, ["bm25", "fused", "graph", "dense"]),
    ],
)
def test_the_graph_is_a_part_of_the_search(asked: dict[str, Any], names: list[str]) -> None:
    spec = RetrievalSpec(**asked)
    index = ArtifactReference(id="index-0", path=Path())
    search = SearchInput(
        index=index, retrieval=spec, embedding={"name": "m", "weights": "w"}, reranker=None
    )
    found = dict(parts(search))
    assert list(found) == names
    assert not found.get("fused", search).retrieval.searches_graph or asked == {"mode": "graph"}
    if "with_graph" in found:
        assert found["with_graph"].retrieval.graph_weight == 0.3
