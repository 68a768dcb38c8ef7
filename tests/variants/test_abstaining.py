"""A variant that says that it does not know where it is unsure."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar

import pytest
from pydantic import ValidationError

from workbench.evaluation.selective import risk_coverage
from workbench.experiment import Experiment
from workbench.experiment.variant_spec import VariantSpec
from workbench.io import jsonl
from workbench.models.likelihood import mean_log_likelihood
from workbench.questions.dataset.question_set import save_questions
from workbench.records.layout import RunLayout
from workbench.retrieval.reranking import relevance
from workbench.stages.answers import choose_thresholds, threshold, with_thresholds
from workbench.stages.run_results import thresholds_of
from workbench.types import (
    Answer,
    Completion,
    Context,
    Decoding,
    LanguageModel,
    Passage,
    Question,
    Retrieved,
    Score,
)
from workbench.variants.answering import answer_questions, read_answers
from workbench.variants.latency import clock
from workbench.variants.prompting import open_book
from workbench.variants.providers import NoContext
from workbench.variants.refusing import sufficiency
from workbench.variants.system import System

QUESTIONS = [
    Question(f"q{number}", f"Who bought the {thing}?", ("Anna Pym",))
    for number, thing in enumerate(("red boat", "mill", "ferry", "old bridge", "salt"))
]


class OnePassage:
    """The same passage before every question."""

    def contexts(self, questions: list[Question]) -> list[Context]:
        text = "Anna Pym bought the red boat and the mill in Harrow."
        passage = Passage("d", 0, len(text), text, "s")
        return [Context((Retrieved(passage, 1.0, 1),)) for _ in questions]


@pytest.fixture
def system(reader: LanguageModel) -> Iterator[System]:
    book = open_book("reader", "Answer questions.", "Be brief.")
    yield System("rag", reader, OnePassage(), book, Decoding(max_new_tokens=8))  # type: ignore[arg-type]


def test_a_reply_below_the_threshold_is_held_back_and_kept_in_the_record() -> None:
    book = open_book("reader", "Answer questions.", "Be brief.")
    system = System("rag", None, NoContext(), book, Decoding(), abstain_below=0.5)  # type: ignore[arg-type]

    def answer(sure: float | None) -> tuple[str, str | None, float | None]:
        completion = Completion("nine crowns", 10, 3, 0.1, confidence=sure)
        given = system.answer(QUESTIONS[0], Context(), completion)
        assert given.status == "answered" and given.output_tokens == 3
        return given.text, given.held_back, given.confidence

    assert answer(0.49) == ("unanswerable", "nine crowns", 0.49)
    assert answer(0.5) == ("nine crowns", None, 0.5)
    # Where the model does not tell, there is nothing to go by.
    assert answer(None) == ("nine crowns", None, None)


def test_the_confidence_is_the_likelihood_of_the_answer(system: System, tmp_path: Path) -> None:
    path = tmp_path / "rag.jsonl"
    answer_questions(system, QUESTIONS, path)
    encoder = system.model.encoder  # type: ignore[attr-defined]
    prompts = [prompt for prompt, _ in system.prepare(QUESTIONS)]
    by_question = {answer.question: answer for answer in read_answers(path)}
    compared = 0
    for question, prompt in zip(QUESTIONS, prompts, strict=True):
        answer = by_question[question.id]
        assert answer.finish == "stop" and answer.confidence is not None
        # By another way: the whole reply and its end at once, scored after its prompt.
        row, reply = encoder.prompts([prompt])[0], encoder.completion(answer.text, end=True)
        if len(reply) != answer.output_tokens:
            continue  # the reader spells the words of its passages anew
        shared = system.model.shared.using(None)  # type: ignore[attr-defined]
        with shared as model:
            (mean,) = mean_log_likelihood(model, [row], [reply], 0)
        assert math.log(answer.confidence) == pytest.approx(mean, abs=1e-3)
        compared += 1
    assert compared >= 3


def test_the_threshold_is_chosen_on_the_dev_questions_and_found_again(
    system: System, tmp_path: Path
) -> None:
    path = tmp_path / "dev" / "rag.jsonl"
    chosen = threshold(system, QUESTIONS, path, "en")
    assert chosen["below"] in {answer.confidence for answer in read_answers(path)}
    assert chosen["answerable"] == 5
    # An interrupted run takes the recorded answers, whatever a model would say now.
    records = [{**record, "confidence": 0.25} for record in jsonl.read(path)]
    jsonl.write(path, records)
    assert threshold(system, QUESTIONS, path, "en")["below"] == 0.25
    # Nothing is held back while the threshold is being chosen.
    fresh = tmp_path / "fresh.jsonl"
    threshold(replace(system, abstain_below=1.0), QUESTIONS, fresh, "en")
    assert all(answer.held_back is None for answer in read_answers(fresh))


def test_who_may_hold_back_shows_nothing_before_the_last_token(system: System) -> None:
    plain = clock(system, QUESTIONS[0])
    held = clock(replace(system, abstain_below=0.5), QUESTIONS[0])
    assert plain.output_tokens > 1 and plain.first_token_s < plain.total_s
    assert held.first_token_s == held.total_s
    assert held.per_token_s is not None and held.per_token_s > 0


def test_a_threshold_is_a_share_or_the_word_dev() -> None:
    assert VariantSpec(name="rag").abstain_below is None
    assert VariantSpec(name="rag", abstain_below=0.4).abstain_below == 0.4
    assert VariantSpec(name="rag", abstain_below="dev").abstain_below == "dev"
    for wrong in ("test", -0.1, 1.5):
        with pytest.raises(ValidationError):
            VariantSpec(name="rag", abstain_below=wrong)  # type: ignore[arg-type]


def test_a_run_keeps_its_thresholds_for_whoever_answers_later(
    system: System, tmp_path: Path
) -> None:
    dev = [replace(question, role="dev") for question in QUESTIONS]
    save_questions(RunLayout(tmp_path).questions("dev"), dev)
    context: Any = SimpleNamespace(
        corpus=lambda _: SimpleNamespace(language="en"), progress=lambda *_: None
    )
    inputs: Any = SimpleNamespace(
        variants=[
            VariantSpec(name="rag", abstain_below="dev"),
            VariantSpec(name="few_shot", abstain_below=0.3),
            VariantSpec(name="oracle"),
        ],
        corpus=None,
    )
    fixed = replace(system, name="few_shot", abstain_below=0.3)
    plain = replace(system, name="oracle")
    chosen = choose_thresholds([system, fixed, plain], inputs, tmp_path, context)
    assert chosen[0].abstain_below is not None and 0 < chosen[0].abstain_below <= 1
    assert [item.abstain_below for item in chosen[1:]] == [0.3, None]
    assert [path.name for path in (tmp_path / "dev").glob("*.jsonl")] == ["rag.jsonl"]
    # The stages that follow, a resumed run and a served one find the same.
    again = with_thresholds([system, fixed, plain], tmp_path)
    assert [item.abstain_below for item in again] == [item.abstain_below for item in chosen]
    broken = replace(system, model=None)  # type: ignore[arg-type]
    assert choose_thresholds([broken], inputs, tmp_path, context)[0] == replace(
        broken, abstain_below=chosen[0].abstain_below
    )

    run: Any = SimpleNamespace(files=RunLayout(tmp_path))
    held = Answer("q0", "rag", "unanswerable", 5, 2, 0.1, confidence=0.1, held_back="nine")
    told = thresholds_of(run, inputs, [held, replace(held, variant="oracle", held_back=None)])
    assert set(told) == {"rag", "few_shot"}
    assert told["rag"].on_dev and told["rag"].held_back == 1 and told["rag"].answerable == 5
    assert (told["few_shot"].below, told["few_shot"].on_dev) == (0.3, False)


# --- by other signals than the confidence -------------------------------------------------------


class Scored:
    """One passage before each question, found with a score of its own; none where it is None."""

    def __init__(self, **scores: float | None) -> None:
        self.scores = scores

    def contexts(self, questions: Sequence[Question]) -> list[Context]:
        text = "Anna Pym bought the red boat and the mill in Harrow."
        passage = Passage("d", 0, len(text), text, "s")
        found = [self.scores.get(question.id, 1.0) for question in questions]
        return [Context(() if s is None else (Retrieved(passage, s, 1),)) for s in found]


def test_a_search_that_found_nothing_much_is_a_reason_to_refuse(
    system: System, tmp_path: Path
) -> None:
    provider = Scored(q0=9.0, q1=1.5, q2=4.0, q3=None, q4=-2.0)
    by_search = replace(system, provider=provider, abstain_by="retrieval", abstain_below=0.7)
    answer_questions(by_search, QUESTIONS, tmp_path / "rag.jsonl")
    given = {answer.question: answer for answer in read_answers(tmp_path / "rag.jsonl")}
    assert [given[q.id].signal for q in QUESTIONS] == [0.9, 0.6, 0.8, 0.0, 0.0]
    assert {name for name, a in given.items() if a.held_back is not None} == {"q1", "q3", "q4"}
    # How sure the model was of its words is told all the same, and is not gone by.
    assert all(answer.confidence is not None for answer in given.values())
    assert [given[q.id].certainty for q in QUESTIONS] == [0.9, 0.6, 0.8, 0.0, 0.0]
    # The threshold is chosen by the signal, on the dev questions alone.
    chosen = threshold(by_search, QUESTIONS, tmp_path / "dev.jsonl", "en")
    assert chosen["below"] in {0.9, 0.6, 0.8, 0.0}
    curve = risk_coverage(QUESTIONS, given.values(), [
        Score(q.id, "rag", "f1", 1.0) for q in QUESTIONS
    ], "rag", "f1")  # fmt: skip
    assert curve is not None and curve["points"][0][2] == 0.9
    # Answers by confidence are recorded as they were.
    answer_questions(replace(system, abstain_below=0.5), QUESTIONS[:1], tmp_path / "plain.jsonl")
    assert "signal" not in next(iter(jsonl.stream(tmp_path / "plain.jsonl")))


@pytest.fixture(scope="module")
def encoder(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A cross-encoder of a layer that nobody trained."""
    from sentence_transformers import CrossEncoder
    from transformers import BertConfig, BertForSequenceClassification, BertTokenizerFast

    folder = tmp_path_factory.mktemp("encoder")
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "who", "boat", "mill", "red", "anna"]
    (folder / "vocab.txt").write_text("\n".join(words), "utf-8")
    config = BertConfig(
        vocab_size=len(words), hidden_size=16, num_hidden_layers=1, num_attention_heads=2,
        intermediate_size=16, num_labels=1,
    )  # fmt: skip
    BertForSequenceClassification(config).save_pretrained(folder / "bert")
    BertTokenizerFast(str(folder / "vocab.txt")).save_pretrained(folder / "bert")
    CrossEncoder(str(folder / "bert")).save_pretrained(str(folder / "model"))
    return str(folder / "model")


def test_a_cross_encoder_s_word_on_the_best_passage_is_a_signal(
    system: System, encoder: str, tmp_path: Path
) -> None:
    provider = Scored(q3=None)
    unsure = replace(system, provider=provider, abstain_by="cross_encoder", encoder=encoder,
                     abstain_below=0.0001)  # fmt: skip
    answer_questions(unsure, QUESTIONS, tmp_path / "rag.jsonl")
    given = {answer.question: answer for answer in read_answers(tmp_path / "rag.jsonl")}
    text = provider.contexts(QUESTIONS)[0].passages[0].passage.text
    wanted = relevance(encoder, [(question.text, text) for question in QUESTIONS])
    assert all(0 < value < 1 for value in wanted)
    for question, value in zip(QUESTIONS, wanted, strict=True):
        told = given[question.id].signal
        assert told == pytest.approx(0.0 if question.id == "q3" else value, abs=1e-5)
    # Where nothing was found there is nothing to go by, and the reply is held back.
    assert {name for name, a in given.items() if a.held_back is not None} == {"q3"}


def test_a_cross_encoder_has_to_be_named_to_go_by(encoder: str) -> None:
    values: dict[str, Any] = {
        "purpose": "Answer questions about it.", "name": "a", "corpus": "a.md",
        "variants": ["prompt_only",
                     {"name": "rag", "abstain_by": "cross_encoder", "abstain_below": "dev"}],
    }  # fmt: skip
    with pytest.raises(ValidationError, match=r"name one in retrieval\.rerank"):
        Experiment(**values)
    with pytest.raises(ValidationError, match=r"name one in retrieval\.rerank"):
        Experiment(**values, retrieval={"rerank": "likelihood"})
    assert Experiment(**values, retrieval={"rerank": encoder}).retrieval.cross_encoder == encoder
    assert Experiment(**values, retrieval={"tuned": "cross_encoder"})


def test_the_reader_tells_whether_its_passage_holds_the_answer(system: System) -> None:
    asked = [
        Question("in", "Who bought the red boat?", ("Anna Pym",)),
        Question("out", "What colour are the walls of the lighthouse on the moon?", ()),
    ]
    able = replace(system, abstain_by="sufficiency", abstain_below=0.5)
    held, missing = able.signals(asked, able.prepare(asked))
    assert held is not None and missing is not None and 0 <= missing < held <= 1
    assert system.signals(asked, system.prepare(asked)) == [None, None]


def test_a_chat_model_is_asked_for_yes_or_no() -> None:
    class Chat:
        prompt_format = "chat"
        asked: ClassVar[list[str]] = []

        def log_likelihood(self, prompts: Any, replies: Any) -> list[float]:
            self.asked += [prompt.text for prompt in prompts]
            table = {("boat", "yes"): -0.1, ("boat", "no"): -3.0, ("whale", "yes"): -2.0}
            return [
                next((v for (k, r), v in table.items() if k in p.text and r == reply), math.nan)
                for p, reply in zip(prompts, replies, strict=True)
            ]

    context = OnePassage().contexts(QUESTIONS[:1])[0]
    texts = ["Who bought the boat?", "Who saw the whale?"]
    found = sufficiency(Chat(), texts, [], [context, Context()])  # type: ignore[arg-type]
    # What the passage says of a boat stands in both prompts' likelihoods only where it was shown.
    assert found[0] == pytest.approx(math.exp(-0.1) / (math.exp(-0.1) + math.exp(-3.0)))
    assert found[1] is None, "a prompt that did not fit tells nothing"
    assert "[1] Anna Pym bought the red boat" in Chat.asked[0]


def test_a_signal_takes_its_time_and_a_reply_is_shown_as_it_comes(system: System) -> None:
    timed = clock(replace(system, abstain_by="sufficiency", abstain_below=0.5), QUESTIONS[0])
    assert timed.output_tokens > 1 and timed.first_token_s < timed.total_s


def test_a_served_variant_refuses_before_it_writes(
    system: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    from workbench.serve.served_run import ServedRun

    class Served(ServedRun):
        def __init__(self, own: System) -> None:
            self.__dict__["systems"] = {"rag": own}

        def names(self) -> list[str]:  # type: ignore[override]
            return ["rag"]

    strict = replace(system, provider=Scored(live=1.0), abstain_by="retrieval", abstain_below=0.7)
    for way in ("stream", "complete"):
        monkeypatch.setattr(type(system.model), way, lambda *_: pytest.fail("it wrote"))
    assert list(Served(strict).answer("rag", "Who?")[1]) == ["unanswerable"]


def test_a_signal_that_cannot_be_told_is_refused_in_a_sentence() -> None:
    assert "abstain_by" not in VariantSpec(name="rag").model_dump()
    assert VariantSpec(name="rag", abstain_below="dev", abstain_by="retrieval")
    for wrong, says in (
        ({"name": "rag", "abstain_by": "retrieval"}, "abstain_below does not say where"),
        ({"name": "prompt_only", "abstain_by": "retrieval", "abstain_below": 0.5}, "no passages"),
        ({"name": "few_shot", "abstain_by": "sufficiency", "abstain_below": 0.5}, "no passages"),
        ({"name": "rag", "abstain_by": "guess", "abstain_below": 0.5}, "'sufficiency'"),
    ):
        with pytest.raises(ValidationError, match=says):
            VariantSpec(**wrong)  # type: ignore[arg-type]
    away = {"name": "m", "endpoint": "http://127.0.0.1:9/v1"}
    own = {"name": "rag", "abstain_by": "sufficiency", "abstain_below": "dev", "model": away}
    with pytest.raises(ValidationError, match="a server does not tell"):
        Experiment(purpose="Answer it.", name="x", corpus="t.md", variants=["prompt_only", own])  # type: ignore[arg-type]


def test_the_report_says_by_what_a_variant_abstains(tmp_path: Path) -> None:
    inputs: Any = SimpleNamespace(
        variants=[VariantSpec(name="rag", abstain_below=0.8, abstain_by="retrieval")]
    )
    run: Any = SimpleNamespace(files=RunLayout(tmp_path))
    told = thresholds_of(run, inputs, [])["rag"]
    assert told.record() == {"below": 0.8, "on_dev": False, "held_back": 0, "by": "retrieval"}
