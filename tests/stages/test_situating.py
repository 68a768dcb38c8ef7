"""A model writes a line of context for each passage: indexed, kept, bounded, and sent nowhere else
without leave."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.stages.test_index_cuts import Words, experiment, opened
from tests.support.servers.chat import ChatServer
from workbench.engine.inputs import ArtifactReference
from workbench.errors import WorkbenchError
from workbench.experiment import Experiment
from workbench.experiment.identity import resolve
from workbench.retrieval import situating
from workbench.stages import INDEX
from workbench.stages.context import RunContext, TrialContext
from workbench.stages.plan import RunPlan
from workbench.stages.refusals import check_policy


def about(body: dict[str, Any]) -> str:
    """A line of context: that it is about herons, where the passage speaks of a lamp."""
    passage = body["messages"][-1]["content"].split("Here is a passage of it:")[1]
    return "About\nherons." if "At night a lamp burned" in passage else "About something else."


@pytest.fixture
def server() -> Iterator[ChatServer]:
    with ChatServer(about) as running:
        yield running


def asked(folder: Path, server: ChatServer, **context: Any) -> Experiment:
    own = {"model": "stub", "endpoint": server.url, **context}
    return experiment(
        folder, passages={"chunk_size": 20, "chunk_overlap": 0, "headings": True, "context": own}
    )


def index(spec: Experiment, folder: Path) -> tuple[RunContext, RunPlan, ArtifactReference]:
    context, plan, corpus = opened(spec, folder)
    return context, plan, context.make(INDEX, plan.index_inputs(corpus)).reference


def test_a_passage_is_found_by_its_line_and_shown_without_it(
    tmp_path: Path, server: ChatServer
) -> None:
    context, plan, made = index(asked(tmp_path, server), tmp_path)
    passages = context.passages(made)
    assert len(server.asked) == len(passages)
    assert {body["max_tokens"] for body in server.asked} == {60}
    (hits,) = context.retriever(plan.search(made)).retrieve(["Where are the herons?"], 5)
    assert "At night a lamp burned" in hits[0].passage.text and hits[0].score > 0
    assert [hit.score > 0 for hit in hits[1:]] == [False] * 4
    assert all("heron" not in passage.text.lower() for passage in passages)
    # A model is shown the whole section and what it is called.
    prompt = next(p for p in server.prompts if "At night a lamp burned" in p.split("Here is")[1])
    assert "Pym kept the ferry." in prompt and "text called" in prompt
    summary = context.cache.get(made.id).summary
    assert summary["context"]["calls"] == len(passages)
    assert summary["context"]["output_tokens"] == 3 * len(passages)


def test_what_was_written_once_is_not_asked_for_again(tmp_path: Path, server: ChatServer) -> None:
    context, _, made = index(asked(tmp_path, server), tmp_path)
    count = len(server.asked)
    # Another index of the same passages: without their headings.
    values = asked(tmp_path, server).model_dump()
    values["passages"]["headings"] = False
    again, _, other = index(Experiment(**values), tmp_path)
    assert other.id != made.id and len(server.asked) == count
    first, second = (
        made_in.cache.get(one.id).summary["context"]
        for made_in, one in ((context, made), (again, other))
    )
    assert (first["calls"], second["calls"]) == (count, 0)
    assert second["output_tokens"] == first["output_tokens"], "what it took, whoever paid"
    assert context.passages(made) == again.passages(other)
    index(asked(tmp_path, server, tokens=30), tmp_path)
    assert len(server.asked) == 2 * count, "another length is another line"


def test_a_failure_keeps_what_was_written(
    tmp_path: Path, server: ChatServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(situating, "BATCH", 2)
    server.refuse = lambda body: (
        (400, {}, '{"error": {"message": "no lamps here"}}')
        if "At night a lamp burned" in body["messages"][-1]["content"].split("Here is")[1]
        else None
    )
    with pytest.raises(WorkbenchError, match=r"got no context from stub.*no lamps") as told:
        index(asked(tmp_path, server), tmp_path)
    assert "only the rest" in told.value.hint
    before, server.refuse = list(server.prompts), None
    context, _, made = index(asked(tmp_path, server), tmp_path)
    after = server.prompts[len(before) :]
    assert len(after) == len(context.passages(made)) - len(before) + 1
    assert set(after) & set(before) == {p for p in before if "At night" in p.split("Here is")[1]}


def test_what_may_pass_the_budget_is_refused_before_anything_is_sent(
    tmp_path: Path, server: ChatServer
) -> None:
    with pytest.raises(WorkbenchError, match="the budget is 900 tokens"):
        index(asked(tmp_path, server, max_tokens_spent=900), tmp_path)
    assert server.asked == []


def test_an_estimate_counts_the_lines_and_sends_nothing(tmp_path: Path, server: ChatServer) -> None:
    spec = asked(tmp_path, server)
    context, plan, corpus = opened(spec, tmp_path)
    folder = tmp_path / "trial"
    folder.mkdir()
    trial = TrialContext(context.cache, folder=folder, opened=context.opened)
    part = INDEX.estimate(plan.index_inputs(corpus), trial)
    assert server.asked == [] and part.seconds is None
    context, plan, made = index(spec, tmp_path)
    passages = len(context.passages(made))
    ((name, read, written),) = part.tokens
    assert (name, written) == ("stub", 60 * passages) and read > 50 * passages
    assert f"{passages} passages" in part.note
    # What was written since is not counted again.
    again = TrialContext(context.cache, folder=folder, opened=context.opened)
    assert INDEX.estimate(plan.index_inputs(corpus), again).output_tokens == 0
    called = TrialContext(context.cache, folder=folder, opened=context.opened, calls=True)
    assert INDEX.estimate(plan.index_inputs(corpus), called).seconds is not None


def test_no_text_leaves_the_machine_without_leave(tmp_path: Path) -> None:
    away = {"model": "any", "endpoint": "https://models.example.org/v1"}
    own = {"name": "told", "context": "retrieval", "passages": {"context": away}}
    for changes in ({"passages": {"context": away}}, {"variants": ["rag", own, "prompt_only"]}):
        spec = experiment(tmp_path, **changes)
        with pytest.raises(WorkbenchError, match="any answers at https"):
            check_policy(RunPlan(resolve(spec)))
        allowed = spec.model_copy(update={"text_may_leave_this_machine": True})
        check_policy(RunPlan(resolve(allowed)))


@pytest.mark.parametrize(
    ("context", "said"),
    [
        ({}, "the embedded reader is none"),
        ({"model": "reader"}, "the embedded reader is none"),
        ({"endpoint": "http://127.0.0.1:1/v1"}, "name the model that it serves"),
        ({"model": "stub", "tokens": 0}, "passages.context.tokens"),
    ],
)
def test_who_writes_it_is_said(context: dict[str, Any], said: str) -> None:
    with pytest.raises(WorkbenchError, match=said):
        Experiment.from_yaml(yaml.safe_dump({
            "purpose": "Answer readers.", "name": "own", "corpus": "text.md",
            "passages": {"context": context},
        }))  # fmt: skip


def test_of_a_section_above_the_window_what_is_near_is_shown() -> None:
    words = " ".join(f"w{n}" for n in range(300))
    start = words.index("w150")
    around = situating._around(words, start, start + 4, Words(), 40)
    assert "w149 w150 w151" in around
    assert 20 <= len(re.findall(r"\w+", around)) <= 40
    assert situating._around(words, start, start + 4, Words(), 0) == "w150"
    assert situating._around(words, start, start + 4, Words(), 400) == words


def test_the_budget_is_no_part_of_what_is_written(tmp_path: Path, server: ChatServer) -> None:
    records = []
    for most in (10**6, 10**7):
        _, plan, corpus = opened(asked(tmp_path, server, max_tokens_spent=most), tmp_path)
        records.append(plan.index_inputs(corpus).record())
    assert records[0] == records[1]
    assert records[0]["context"]["model"]["name"] == "stub"
