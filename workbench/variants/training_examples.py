"""Questions as training examples: closed book, or among passages with distractors (RAFT)."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import replace

from workbench.text import ABSTENTION
from workbench.tuning import Example
from workbench.types import Decoding, LanguageModel, Passage, Question, Retriever
from workbench.variants.prompting import PromptBook, fit, reference_answer
from workbench.variants.providers import EvidenceProvider, NoContext

WITHOUT_EVIDENCE = 0.2  # share of RAFT examples whose passages are distractors alone


def closed_book(questions: Sequence[Question], book: PromptBook) -> list[Example]:
    """Question in, reference answer out: the same prompt that the tuned variant answers to."""
    return [
        Example(book.render(question.text), reference_answer(question)) for question in questions
    ]


def as_taught(
    questions: Sequence[Question], examples: Sequence[Example], replies: Mapping[str, str]
) -> list[Example]:
    """The examples of these questions with a teacher's replies in the references' place.

    Where the passages lack the evidence on purpose, the right reply stays to abstain.
    """
    return [
        replace(example, completion=replies[question.id])
        if example.completion == reference_answer(question) else example
        for question, example in zip(questions, examples, strict=True)
    ]  # fmt: skip


def raft(
    questions: Sequence[Question],
    book: PromptBook,
    passages: Sequence[Passage],
    retriever: Retriever,
    model: LanguageModel,
    decoding: Decoding,
    k: int,
    seed: int,
) -> list[Example]:
    """Question with the evidence among the passages that search would bring (Zhang 2024, RAFT).

    A fifth of the examples have distractors alone; there the right reply is to abstain, so that
    the tuned model learns to read rather than to recite.
    """
    oracle = EvidenceProvider(tuple(passages), NoContext())
    # One more than is shown, since one of them may be the evidence itself.
    matches = retriever.retrieve([question.text for question in questions], k + 1)
    examples = []
    for question, hits in zip(questions, matches, strict=True):
        # Seeded by question: an example does not change with the set it is in.
        rng = random.Random(f"{seed}:{question.id}")
        evidence = [hit.passage for hit in oracle.contexts([question])[0].passages]
        wanted = {passage.id for passage in evidence}
        distractors = [
            hit.passage
            for hit in hits
            if hit.passage.id not in wanted and not _holds_answer(hit.passage, question)
        ]
        bare = bool(evidence) and rng.random() < WITHOUT_EVIDENCE
        shown = [] if bare else evidence[:k]
        shown = shown + distractors[: k - len(shown)]
        rng.shuffle(shown)
        prompt, _ = fit(
            book, question.text, [passage.text for passage in shown], (), model, decoding
        )
        examples.append(Example(prompt, ABSTENTION if bare else reference_answer(question)))
    return examples


def _holds_answer(passage: Passage, question: Question) -> bool:
    text = passage.text.lower()
    return any(answer.lower() in text for answer in question.answers)
