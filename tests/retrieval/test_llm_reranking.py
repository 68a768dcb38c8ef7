"""A chat model ranks what was found: kept, charged, and without a say where it says nothing."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from tests.support.facts import FACTS
from workbench.errors import WorkbenchError
from workbench.experiment import Experiment
from workbench.experiment.retrieval import RetrievalSpec
from workbench.retrieval import open_index
from workbench.retrieval.llm_reranking import answers, order
from workbench.types import Completion, Decoding, ModelReference, Prompt, Question
from workbench.variants.providers import Retrieval

ASKED = "Which of the trades is the strangest?"
WANTED = FACTS[8]


class Judge:
    """A chat model that holds one passage to be the best, or says something else."""

    prompt_format = "chat"
    context_window = 4096
    reference = ModelReference("judge")

    def __init__(self, together: bool, says: str = "", failing: bool = False) -> None:
        self.together, self.says, self.failing = together, says, failing
        self.asked: list[str] = []

    def count_tokens(self, text: str) -> int:
        return len(text.split())

    def complete(self, prompts: Sequence[Prompt], _: Decoding) -> list[Completion]:
        self.asked += [prompt.text for prompt in prompts]
        if self.failing:
            return [Completion("", 9, 0, 0.0, error="no room") for _ in prompts]
        return [Completion(self.says or self.say(prompt.text), 20, 5, 0.25) for prompt in prompts]

    def say(self, text: str) -> str:
        if not self.together:
            return "Yes." if WANTED in text else "no"
        line = next((line for line in text.splitlines() if WANTED in line), "[1]")
        return f"{line[: line.index(']') + 1]} first."


def search(index: Path, judge: Any, form: str, kept: Path | None = None) -> Any:
    spec = RetrievalSpec.model_validate({"rerank": {"llm": form}, "rerank_weight": 1.0})
    return open_index(index, spec, judge, kept=kept, identity="judge 1")


@pytest.mark.parametrize("form", ["listwise", "pointwise"])
def test_what_the_model_holds_to_be_best_comes_first(index: Path, form: str) -> None:
    judge = Judge(form == "listwise")
    plain = open_index(index, RetrievalSpec()).retrieve([ASKED], 12)[0]
    assert plain[0].passage.text != WANTED, "else nothing is shown"
    found = search(index, judge, form).retrieve([ASKED], 12)[0]
    assert found[0].passage.text == WANTED
    # The others keep their order behind it.
    rest = [hit.passage.text for hit in plain if hit.passage.text != WANTED]
    assert [hit.passage.text for hit in found[1:]] == rest
    assert len(judge.asked) == (1 if form == "listwise" else 12)


@pytest.mark.parametrize("form", ["listwise", "pointwise"])
@pytest.mark.parametrize("fault", [{"failing": True}, {"says": "I cannot tell."}])
def test_without_a_readable_reply_the_order_stays_and_is_counted(
    index: Path, form: str, fault: dict[str, Any]
) -> None:
    found = search(index, Judge(True, **fault), form)
    texts = [hit.passage.text for hit in found.retrieve([ASKED, "Who?"], 5)[0]]
    plain = open_index(index, RetrievalSpec()).retrieve([ASKED], 5)[0]
    assert texts == [hit.passage.text for hit in plain]
    assert found.kept_order == 2


def test_a_question_is_charged_with_what_ranking_read_however_often_it_is_kept(
    index: Path, tmp_path: Path
) -> None:
    judge = Judge(True)
    question = Question(
        id="q", text=ASKED, answers=("a",), evidence=(), kind="factoid", role="dev", stratum=None,
        fact="f", cluster="s", origin="gold", edition="e",
    )  # fmt: skip
    first = Retrieval(search(index, judge, "listwise", tmp_path), 3).contexts([question])[0]
    again = Retrieval(search(index, judge, "listwise", tmp_path), 3).contexts([question])[0]
    assert len(judge.asked) == 1, "what it had said was asked again"
    assert first.search_tokens == again.search_tokens == (20, 5)
    assert again.seconds >= 0.25, "kept seconds are charged as when they were spent"
    assert first.passages == again.passages
    # What latency is measured on asks anew.
    Retrieval(search(index, judge, "listwise", tmp_path), 3).without_cache().contexts([question])
    assert len(judge.asked) == 2


def test_replies_are_read_leniently() -> None:
    assert order(["Best: [3] > [1], then 9"], 4) == [3.0, 2.0, 4.0, 1.0]
    assert order(["none of them"], 4) is None
    assert answers(["**Yes**", "No, it does not", "maybe"], 3) == [1.0, 0.0, 0.5]
    assert answers(["nope", "well"], 2) is None


def test_passages_are_cut_to_the_window_of_the_model(index: Path) -> None:
    judge = Judge(True)
    judge.context_window = 128 + 7 + 12 * 8
    search(index, judge, "listwise").retrieve([ASKED], 12)
    assert len(judge.asked[0].split()) < judge.context_window


def test_a_model_that_follows_no_instruction_is_refused_in_a_sentence(index: Path) -> None:
    judge = Judge(True)
    judge.prompt_format = "reader"
    with pytest.raises(WorkbenchError, match="cannot rank"):
        search(index, judge, "listwise")
    with pytest.raises(ValidationError, match="take rerank: likelihood"):
        Experiment.model_validate({
            "purpose": "Answer questions about it.", "name": "a", "corpus": "a.md",
            "retrieval": {"rerank": {"llm": "listwise"}},
        })  # fmt: skip


def test_the_model_that_ranks_may_be_another() -> None:
    spec = RetrievalSpec.model_validate({"rerank": {"llm": "listwise"}, "query_model": "m"})
    model = spec.query_writer(ModelReference("own"))
    assert model is not None and model.name == "m" and spec.used == "reranked"
    assert RetrievalSpec().query_writer(ModelReference("own")) is None
