"""By what a variant tells, before it replies, that it had better say that it does not know.

How sure a model is of its words is one thing (its confidence, see ``models/confidence.py``);
whether what it was shown can hold the answer is another, and a fluent model is sure of what it
makes up. Each signal is 0 to 1, the more the better; a threshold is chosen like one on confidence.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from workbench.prompt_files import PromptFiles, read_files
from workbench.text import ABSTENTION
from workbench.types import Context, LanguageModel, Message, Prompt

PROMPTS = Path(__file__).parent / "sufficiency_prompts"

#: What a signal is told from: model, questions, their prompts and contexts.
Signal = Callable[
    [LanguageModel, Sequence[str], Sequence[Prompt], Sequence[Context]], list["float | None"]
]


def lead(
    _: LanguageModel, __: Sequence[str], ___: Sequence[Prompt], contexts: Sequence[Context]
) -> list[float | None]:
    """How far the best passage is ahead of the corpus: its score ``s``, as s / (1 + s).

    A fused score is in standard deviations over the corpus, so that it is a lead. On train and dev
    questions the best score told unanswerable ones better than its distance to the next passage:
    of two passages that both answer neither leads. 0 where nothing was found.
    """
    best = (max((hit.score for hit in context.passages), default=0.0) for context in contexts)
    return [max(score, 0.0) / (1.0 + max(score, 0.0)) for score in best]


def sufficiency(
    model: LanguageModel,
    questions: Sequence[str],
    prompts: Sequence[Prompt],
    contexts: Sequence[Context],
) -> list[float | None]:
    """How likely the model holds it that the passages answer; None where it cannot tell.

    The reader is trained to reply that there is no answer: what it leaves for other replies. A chat
    model is asked for yes or no, and the signal is the share of yes (Kadavath et al. 2022; Joren et
    al. 2024, "Sufficient Context").
    """
    if model.prompt_format != "chat":
        refused = model.log_likelihood(prompts, [ABSTENTION] * len(prompts))
        return [None if math.isnan(value) else 1 - math.exp(min(0.0, value)) for value in refused]
    files = PromptFiles("chat", read_files(PROMPTS, "chat"))
    asked = [
        Prompt((Message("user", files.text("sufficient.jinja", question=question, passages=[
            " ".join(hit.passage.text.split()) for hit in context.passages
        ])),))
        for question, context in zip(questions, contexts, strict=True)
    ]  # fmt: skip
    replies = ["yes"] * len(asked) + ["no"] * len(asked)
    values = model.log_likelihood([*asked, *asked], replies)
    pairs = zip(values[: len(asked)], values[len(asked) :], strict=True)
    return [_share(yes, no) for yes, no in pairs]


def _share(yes: float, no: float) -> float | None:
    """The chance of the first of two replies, of which one is given."""
    if math.isnan(yes) or math.isnan(no):
        return None
    return 1 / (1 + math.exp(min(700.0, no - yes)))


def cross_encoded(
    encoder: str,
    _: LanguageModel,
    questions: Sequence[str],
    __: Sequence[Prompt],
    contexts: Sequence[Context],
) -> list[float | None]:
    """How relevant a cross-encoder holds the best of the passages to be; 0 where there is none."""
    from workbench.retrieval.reranking import relevance

    pairs = [(question, hit.passage.text)
             for question, context in zip(questions, contexts, strict=True)
             for hit in context.passages]  # fmt: skip
    said = iter(relevance(encoder, pairs) if pairs else ())
    return [max((next(said) for _ in context.passages), default=0.0) for context in contexts]


def signal_of(name: str, encoder: str = "") -> Signal | None:
    """The signal of that name, told by ``encoder`` where it is a cross-encoder's; None of the
    confidence."""
    return partial(cross_encoded, encoder) if name == CROSS_ENCODER else SIGNALS.get(name)


CROSS_ENCODER = "cross_encoder"
#: The signals by their names in an experiment; ``confidence`` is told by the reply itself.
SIGNALS: dict[str, Signal] = {"retrieval": lead, "sufficiency": sufficiency}
