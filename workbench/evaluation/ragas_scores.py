"""ragas' metrics that need no model, by its own classes.

Importing ragas takes seconds, so it is done inside functions; its usage tracking is switched off
before that. What a model judges is in :mod:`workbench.evaluation.judged_metrics`.
"""

from __future__ import annotations

import asyncio
import math
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from workbench.evaluation.metrics import WORDLESS, answered, hit
from workbench.types import Answer, Question, Score

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Embed = Callable[[list[str]], NDArray[np.float32]]

PREFIX = "ragas:"


def plain_scores(
    questions: Iterable[Question],
    answers: Iterable[Answer],
    passages: Mapping[str, str],
    embed: Embed | None = None,
) -> list[Score]:
    """ragas' metrics that need no model, best over the references; names start ``ragas:``.

    ``passages`` are texts by id. Semantic similarity is there where ``embed`` is given.
    """
    os.environ["RAGAS_DO_NOT_TRACK"] = "true"
    from ragas.dataset_schema import SingleTurnSample
    from ragas.metrics import NonLLMContextPrecisionWithReference, NonLLMContextRecall
    from ragas.metrics import collections as ragas

    strings: dict[str, Any] = {
        "exact_match": ragas.ExactMatch(),
        "string_present": ragas.StringPresence(),
        "string_similarity": ragas.NonLLMStringSimilarity(),
        "rouge": ragas.RougeScore(rouge_type="rougeL"),
        "bleu": ragas.BleuScore(),
        "chrf": ragas.CHRFScore(),
    }
    if embed is not None:
        strings["semantic_similarity"] = ragas.SemanticSimilarity(embeddings=embeddings(embed))
    contexts: dict[str, Any] = {
        "context_precision_plain": NonLLMContextPrecisionWithReference(),
        "context_recall_plain": NonLLMContextRecall(),
    }
    known = {question.id: question for question in questions}

    async def every() -> list[Score]:
        result: list[Score] = []
        for answer in answers:
            question = known[answer.question]
            if question.kind in WORDLESS or not question.answers:
                continue
            for name, metric in strings.items():
                value = None
                if answered(answer):
                    given = answer.text or " "
                    replies = [
                        await metric.ascore(reference=reference, response=given)
                        for reference in question.answers
                    ]
                    value = _finite(max(reply.value for reply in replies))
                result.append(Score(question.id, answer.variant, PREFIX + name, value))
            texts = [passages[name] for name in answer.passages if name in passages]
            if not texts or not question.evidence:
                continue
            sample = SingleTurnSample(
                retrieved_contexts=texts,
                reference_contexts=_references(question, answer, passages),
            )
            for name, metric in contexts.items():
                value = _finite(await metric.single_turn_ascore(sample))
                result.append(Score(question.id, answer.variant, PREFIX + name, value))
        return result

    return asyncio.run(every())


def _references(question: Question, answer: Answer, passages: Mapping[str, str]) -> list[str]:
    """What ragas holds the shown passages against: for each span of evidence the passage of it.

    Its comparison is of whole strings, so that a passage never looks like the sentence it holds;
    the quote stands only where no shown passage overlaps the span.
    """
    return [
        next(
            (passages[name] for name in answer.passages
             if name in passages and hit(name, replace(question, evidence=(span,)))),
            span.quote,
        )
        for span in question.evidence
    ]  # fmt: skip


def embeddings(embed: Embed) -> Any:
    """An embedding function behind ragas' face."""
    from ragas.embeddings.base import BaseRagasEmbedding

    class Vectors(BaseRagasEmbedding):  # type: ignore[misc]
        """One text at a time."""

        def embed_text(self, text: str, **kwargs: Any) -> list[float]:
            return [float(value) for value in embed([text])[0]]

        async def aembed_text(self, text: str, **kwargs: Any) -> list[float]:
            return self.embed_text(text)

    return Vectors()


def _finite(value: Any) -> float | None:
    return float(value) if value is not None and math.isfinite(value) else None
