"""Answering: streamed to disk, and continued where it stopped."""

from __future__ import annotations

from pathlib import Path

from workbench.io import jsonl
from workbench.types import Decoding, LanguageModel, Question
from workbench.variants.answering import answer_questions, read_answers
from workbench.variants.latency import measure, read_latencies
from workbench.variants.prompting import open_book
from workbench.variants.providers import NoContext
from workbench.variants.system import System

QUESTIONS = [
    Question(f"q{number}", f"Who bought lot {number} of the salt?", ("Bo",)) for number in range(9)
]


def system(model: LanguageModel) -> System:
    book = open_book("reader", "Answer questions.", "Be brief.")
    return System("prompt_only", model, NoContext(), book, Decoding(max_new_tokens=6))


def test_answering_goes_on_after_the_last_recorded_answer(
    reader: LanguageModel, tmp_path: Path
) -> None:
    whole, broken = tmp_path / "whole.jsonl", tmp_path / "broken.jsonl"
    answer_questions(system(reader), QUESTIONS, whole)
    jsonl.append(broken, jsonl.read(whole)[:4])
    with broken.open("a", encoding="utf-8") as file:
        file.write('{"question": "q7", "text": "half a rec')
    answer_questions(system(reader), QUESTIONS, broken)

    def sentences(path: Path) -> dict[str, str]:
        return {answer.question: answer.text for answer in read_answers(path)}

    assert len(read_answers(broken)) == len(QUESTIONS)
    assert sentences(broken) == sentences(whole)


def test_latency_is_clocked_once_per_question_and_adds_up(
    reader: LanguageModel, tmp_path: Path
) -> None:
    for _ in range(2):
        measure([system(reader)], QUESTIONS[:3], 1, tmp_path)
    timed = read_latencies(tmp_path / "prompt_only.jsonl")
    assert [record.question for record in timed] == ["q0", "q1", "q2"]
    for record in timed:
        assert 0 < record.first_token_s <= record.total_s
        if record.per_token_s is not None:
            parts = record.first_token_s + (record.output_tokens - 1) * record.per_token_s
            assert abs(parts - record.total_s) < 1e-6
