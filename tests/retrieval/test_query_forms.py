"""What a model writes is searched with, once for each question, and charged to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from tests.support.facts import FACTS, passages_of
from tests.support.servers.chat import ChatServer
from workbench.errors import WorkbenchError
from workbench.experiment import Experiment
from workbench.experiment.retrieval import RetrievalSpec
from workbench.models import remote
from workbench.retrieval import open_index
from workbench.retrieval.query_forms import FORMS, QueryWriter, make_writer
from workbench.retrieval.query_forms.reading import lines
from workbench.stages.refusals import check_policy
from workbench.types import Completion, Decoding, LanguageModel, ModelReference, Prompt, Question
from workbench.variants.providers import Retrieval

ASKED = "Which of the trades is the strangest?"


class Author:
    """A chat model that says one thing of every question, or fails."""

    prompt_format = "chat"
    context_window = 4096
    reference = ModelReference("author")

    def __init__(self, reply: str = "", failing: str = "") -> None:
        self.reply, self.failing = reply, failing
        self.asked: list[str] = []

    def complete(self, prompts: Sequence[Prompt], _: Decoding) -> list[Completion]:
        self.asked += [prompt.text for prompt in prompts]
        return [
            Completion("", 9, 0, 0.0, error="no room")
            if self.failing and self.failing in prompt.text
            else Completion(self.reply, 20, 5, 0.25)
            for prompt in prompts
        ]


def writer(author: Any, folder: Path | None = None, **settings: Any) -> QueryWriter:
    return make_writer(RetrievalSpec(**settings), author, folder, "author 1")


def test_a_passage_that_is_made_up_finds_what_the_question_does_not(index: Path) -> None:
    spec = RetrievalSpec(query="hyde")
    author = Author("A violin with no strings hung over the pawnshop's door.")
    (hit,) = open_index(index, spec, None, writer(author, query="hyde")).retrieve([ASKED], 1)[0]
    assert hit.passage.text == FACTS[8]
    assert "Which of the trades" in author.asked[0]
    (plain,) = open_index(index, RetrievalSpec()).retrieve([ASKED], 1)[0]
    assert plain.passage.text != FACTS[8]


def test_a_search_query_stands_in_the_question_s_place(index: Path) -> None:
    author = Author("Query line:\n1. “swallows ruined mill spring”\nI hope that this helps")
    written = writer(author, query="rewritten").write([ASKED])[0]
    assert written.texts == ("swallows ruined mill spring",)
    search = open_index(
        index, RetrievalSpec(query="rewritten"), None, writer(author, query="rewritten")
    )
    alone = open_index(index, RetrievalSpec()).retrieve(["swallows ruined mill spring"], 3)
    assert search.retrieve([ASKED], 3) == alone


@pytest.mark.parametrize("mode", ["fused", "bm25", "dense"])
def test_each_sub_question_finds_its_own_passage(index: Path, mode: str) -> None:
    author = Author("Who repaired the harbour clock?\nWho carried the mail across the marsh?")
    spec = RetrievalSpec(query="decomposed", mode=mode)  # type: ignore[arg-type]
    search = open_index(index, spec, None, writer(author, query="decomposed"))
    asked = "Do those who did these two things know one another?"
    shown = {hit.passage.text for hit in search.retrieve([asked], 2)[0]}
    assert shown == {FACTS[0], FACTS[3]}


def test_several_wordings_are_no_more_than_were_asked_for_and_none_twice() -> None:
    author = Author(f"- {ASKED}\n- Which trade is odd?\n- What trade is odd?\n- And a fourth?")
    written = writer(author, query="several", queries=3).write([ASKED])[0]
    assert written.texts == (ASKED, "Which trade is odd?", "What trade is odd?")
    assert "in 3 other ways" in author.asked[0]
    assert (written.input_tokens, written.output_tokens, written.seconds) == (20, 5, 0.25)


def test_lines_are_bare() -> None:
    reply = "Sure, here are two:\n\n1) “Who kept it?”\n  * Who had it?\n---\nQ2: Whose was it?"
    assert lines(reply) == ["Who kept it?", "Who had it?", "Whose was it?"]


def test_nothing_is_written_twice_even_after_a_restart(index: Path, tmp_path: Path) -> None:
    author = Author("A violin hung there.")
    first = writer(author, tmp_path, query="hyde")
    spec = RetrievalSpec(query="hyde")
    open_index(index, spec, None, first).retrieve([ASKED, "Who?", ASKED], 2)
    assert len(author.asked) == 2
    again = writer(author, tmp_path, query="hyde")
    assert again.write(["Who?", ASKED]) == first.write(["Who?", ASKED])
    assert len(author.asked) == 2
    # Another form, or another model, has not written it.
    writer(author, tmp_path, query="several").write([ASKED])
    make_writer(spec, author, tmp_path, "author 2").write([ASKED])  # type: ignore[arg-type]
    assert len(author.asked) == 4


def test_the_question_is_charged_what_was_written_for_it(index: Path) -> None:
    author = Author("A violin hung there.")
    search = open_index(index, RetrievalSpec(query="hyde"), None, writer(author, query="hyde"))
    question = Question("q", ASKED, ())
    (first,) = Retrieval(search, 2).contexts([question])
    assert first.search_tokens == (20, 5) and first.seconds > 0.25
    # Another variant finds it remembered, and is charged the same.
    (second,) = Retrieval(search, 3).contexts([question])
    assert second.search_tokens == (20, 5) and second.seconds > 0.25
    assert len(author.asked) == 1
    # A latency is measured on one that is written anew each time.
    timed = Retrieval(search, 2).without_cache()
    for number in (2, 3):
        timed.contexts([question])
        assert len(author.asked) == number
    (plain,) = Retrieval(open_index(index, RetrievalSpec()), 2).contexts([question])
    assert plain.search_tokens == (0, 0)


def test_what_was_written_finds_small_passages_that_are_read_in_larger_ones(index: Path) -> None:
    from workbench.retrieval.reading import Reading

    found = passages_of()
    author = Author("A violin with no strings hung over the pawnshop's door.")
    search = open_index(index, RetrievalSpec(query="hyde"), None, writer(author, query="hyde"))
    pairs = [
        replace(one, end=two.end, text=f"{one.text} {two.text}")
        for one, two in zip(found[::2], found[1::2], strict=True)
    ]
    larger = Reading(search, pairs, {passage.id: at // 2 for at, passage in enumerate(found)})
    question = Question("q", ASKED, ())
    (context,) = Retrieval(larger, 2).contexts([question])
    assert (
        FACTS[8] in context.passages[0].passage.text
        and FACTS[9] in context.passages[0].passage.text
    )
    assert context.search_tokens == (20, 5) and len(author.asked) == 1
    Retrieval(larger, 2).without_cache().contexts([question])
    assert len(author.asked) == 2


def test_a_few_failures_search_by_the_question_and_many_are_said(index: Path) -> None:
    author = Author("A violin hung there.", failing="Who0?")
    asked = [f"Who{number}?" for number in range(12)]
    own = writer(author, query="hyde")
    assert own.write(asked)[0].texts == ("Who0?",)
    assert own.write(asked)[1].texts == ("Who1?", "A violin hung there.")
    # What failed is asked again, the others are not.
    assert len(author.asked) == 13
    author.failing = "Who"
    assert own.write(["Who0?"])[0].texts == ("Who0?",), "one question ends no run"
    with pytest.raises(WorkbenchError, match="wrote no query for 2 of 4 questions: no room"):
        own.write(["Who0?", "Who1?", "Who20?", "Who2?"])


def test_an_endpoint_writes(index: Path) -> None:
    def say(body: dict[str, Any]) -> str:
        return "Salt tax per barrel" if "search engine" in body["messages"][-1]["content"] else "?"

    with ChatServer(say) as server:
        spec = RetrievalSpec(query="rewritten", query_model={"name": "m", "endpoint": server.url})
        model = remote(spec.query_writer(ModelReference()))  # type: ignore[arg-type]
        own = make_writer(spec, model)
        assert own.write([ASKED])[0].texts == ("Salt tax per barrel",)
        assert own.write([ASKED])[0].output_tokens == 3
        hits = open_index(index, spec, None, own).retrieve([ASKED], 1)[0]
        assert hits[0].passage.text == FACTS[2]
        assert len(server.asked) == 1


def test_the_reader_rewords_and_does_no_more(index: Path, reader: LanguageModel) -> None:
    spec = RetrievalSpec(query="several", queries=2)
    own = make_writer(spec, reader)
    texts = own.write(["Who repaired the harbour clock with a spoon?"])[0].texts
    assert 2 <= len(texts) <= 3 and texts[0].startswith("Who repaired")
    found = open_index(index, spec, None, own).retrieve(["Who repaired the harbour clock?"], 1)
    assert found[0][0].passage.text == FACTS[0]
    for form in FORMS.keys() - {"several"}:
        with pytest.raises(WorkbenchError, match="follows no instructions") as caught:
            make_writer(RetrievalSpec(query=form), reader)  # type: ignore[arg-type]
        assert "several" in caught.value.hint


def experiment(**values: Any) -> Experiment:
    return Experiment(**{"purpose": "Answer readers.", "name": "own", "corpus": "t.md", **values})


def test_a_query_that_nobody_can_write_is_refused_in_a_sentence() -> None:
    with pytest.raises(ValidationError, match="embedded reader follows no instructions"):
        experiment(retrieval={"query": "hyde"})
    own = {"name": "other", "context": "retrieval", "retrieval": {"query": "rewritten"}}
    with pytest.raises(ValidationError, match="embedded reader follows no instructions"):
        experiment(variants=["rag", own])
    with pytest.raises(ValidationError, match=r"retrieval\.query says not which"):
        experiment(retrieval={"query_model": "smollm2"})
    assert experiment(retrieval={"query": "several"}).retrieval.query == "several"
    assert experiment(retrieval={"query": "hyde", "query_model": "smollm2"})
    with pytest.raises(WorkbenchError, match="no model was given"):
        open_index(Path(), RetrievalSpec(query="hyde"))


def test_text_stays_here_unless_it_may_leave(tmp_path: Path) -> None:
    from workbench.experiment.identity import resolve
    from workbench.experiment.variant import variants_of
    from workbench.stages.plan import RunPlan

    (tmp_path / "text.md").write_text("# One\n\nAnna kept the bridge.\n", "utf-8")
    away = {"query": "hyde", "query_model": {"name": "m", "endpoint": "https://example.org/v1"}}
    own = {"name": "other", "context": "retrieval", "retrieval": away}
    spec = experiment(variants=["rag", own], corpus=str(tmp_path / "text.md"))
    with pytest.raises(WorkbenchError, match=r"m answers at .* would leave this machine"):
        check_policy(RunPlan(resolve(spec)))
    check_policy(RunPlan(resolve(spec.model_copy(update={"text_may_leave_this_machine": True}))))
    assert [variant.local for variant in variants_of(spec)] == [True, False]


def test_a_stored_search_is_what_it_was() -> None:
    assert not {"query", "queries", "query_model"} & RetrievalSpec().model_dump().keys()
    assert RetrievalSpec(query="hyde").used == "refined"
