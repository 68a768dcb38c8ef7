"""ragas' metrics by its own classes: those without a model always, judged ones on request.

Importing ragas takes seconds, so it is done inside functions. Its usage tracking is switched off
before that: nothing leaves the machine but what is sent to a judge that the user has named. Judged
scores are cached one by one in a JSONL file, keyed by everything that affects them, so that a
stopped run goes on and a repeated one costs nothing.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import math
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.errors import WorkbenchError
from workbench.evaluation.metrics import answered
from workbench.store import records
from workbench.types import Answer, Progress, Question, Score, silent

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Embed = Callable[[list[str]], NDArray[np.float32]]

PREFIX = "ragas:"
JUDGED = (
    "faithfulness", "answer_relevancy", "context_precision", "context_recall",
    "factual_correctness", "answer_correctness", "noise_sensitivity", "rubric",
)  # fmt: skip
NEEDS_CONTEXTS = frozenset(
    {"faithfulness", "context_precision", "context_recall", "noise_sensitivity"}
)
NEEDS_EMBEDDINGS = frozenset({"answer_relevancy", "answer_correctness"})


@dataclass(frozen=True, slots=True)
class Judge:
    """The model that judges: any OpenAI-compatible endpoint. Prices are per million tokens.

    ``rubric`` maps ``score1_description`` … ``score5_description`` to text; without it the rubric
    metric is left out. Choose a judge of another family than the variants.
    """

    model: str
    endpoint: str
    key_env: str | None = None
    timeout_s: float = 60.0
    max_tokens: int = 1024
    rubric: Mapping[str, str] = field(default_factory=dict)
    input_per_million: float | None = None
    output_per_million: float | None = None


@dataclass(frozen=True, slots=True)
class Judged:
    """Scores with what they took; ``failed`` counts scores that could not be had (None)."""

    scores: tuple[Score, ...]
    calls: int
    input_tokens: int
    output_tokens: int
    failed: int
    cost: float | None


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
        strings["semantic_similarity"] = ragas.SemanticSimilarity(embeddings=_embeddings(embed))
    contexts: dict[str, Any] = {
        "context_precision_plain": NonLLMContextPrecisionWithReference(),
        "context_recall_plain": NonLLMContextRecall(),
    }
    known = {question.id: question for question in questions}

    async def every() -> list[Score]:
        made: list[Score] = []
        for answer in answers:
            question = known[answer.question]
            if question.kind == "behaviour" or not question.answers:
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
                made.append(Score(question.id, answer.variant, PREFIX + name, value))
            texts = [passages[name] for name in answer.passages if name in passages]
            if not texts or not question.evidence:
                continue
            sample = SingleTurnSample(
                retrieved_contexts=texts,
                reference_contexts=[span.quote for span in question.evidence],
            )
            for name, metric in contexts.items():
                value = _finite(await metric.single_turn_ascore(sample))
                made.append(Score(question.id, answer.variant, PREFIX + name, value))
        return made

    return asyncio.run(every())


def judged_scores(
    questions: Iterable[Question],
    answers: Sequence[Answer],
    passages: Mapping[str, str],
    judge: Judge,
    cache: Path,
    *,
    embed: Embed | None = None,
    metrics: Sequence[str] = JUDGED,
    progress: Progress = silent,
) -> Judged:
    """ragas' model-judged metrics for every answer, from the cache where they were had before.

    One answer's failure is a missing score. Raises WorkbenchError for an unknown metric, a missing
    key, or a judge that fails the first five scores in a row.
    """
    unknown = [name for name in metrics if name not in JUDGED]
    if unknown:
        raise WorkbenchError(
            f"There is no judged metric {unknown[0]!r}.", f"They are {', '.join(JUDGED)}."
        )
    tally = _Tally()
    makers = _makers(judge, tally, embed)
    have = {record["key"]: record for record in records.stream(cache)} if cache.exists() else {}
    known = {question.id: question for question in questions}
    jobs = [
        (answer, known[answer.question], name)
        for answer in answers
        for name in metrics
        if name in makers and _applies(name, known[answer.question], answer, passages)
    ]

    async def every() -> list[Score]:
        made: list[Score] = []
        for done, (answer, question, name) in enumerate(jobs):
            key = _key(judge, question, answer, passages, name)
            if key not in have:
                value = await tally.ask(makers[name], _fields(name, question, answer, passages))
                have[key] = {"key": key, "metric": name, "question": question.id,
                             "variant": answer.variant, "value": value}  # fmt: skip
                if value is not None:
                    records.append(cache, [have[key]])
            made.append(Score(question.id, answer.variant, PREFIX + name, have[key]["value"]))
            progress(done + 1, len(jobs), name)
        return made

    scores = tuple(asyncio.run(every()))
    cost = None
    if judge.input_per_million is not None and judge.output_per_million is not None:
        paid = tally.input * judge.input_per_million + tally.output * judge.output_per_million
        cost = paid / 1e6
    failed = sum(score.value is None for score in scores)
    return Judged(scores, tally.calls, tally.input, tally.output, failed, cost)


class _Tally:
    """Counts what the judge took, and gives up on one that never answers."""

    def __init__(self) -> None:
        self.calls = self.input = self.output = self.in_a_row = 0

    async def read(self, response: Any) -> None:
        """Add one HTTP reply's usage."""
        await response.aread()
        self.calls += 1
        try:
            usage = (response.json() or {}).get("usage") or {}
        except ValueError:
            return
        self.input += int(usage.get("prompt_tokens") or 0)
        self.output += int(usage.get("completion_tokens") or 0)

    async def ask(self, metric: Any, fields: Mapping[str, Any]) -> float | None:
        """One score, or None where the judge fails on it."""
        from instructor.core import InstructorError
        from openai import OpenAIError

        try:
            made = await metric.ascore(**fields)
        except (OpenAIError, InstructorError, ValueError) as error:
            self.in_a_row += 1
            if self.in_a_row >= 5:
                raise WorkbenchError(
                    f"The judge failed five times in a row: {' '.join(str(error).split())[:200]}.",
                    "Check its endpoint, model and key; scores had so far are kept.",
                ) from error
            return None
        self.in_a_row = 0
        return _finite(made.value)


def _makers(judge: Judge, tally: _Tally, embed: Embed | None) -> dict[str, Any]:
    """ragas' metric objects by our names; those that lack embeddings or a rubric are left out."""
    os.environ["RAGAS_DO_NOT_TRACK"] = "true"
    key = os.environ.get(judge.key_env, "") if judge.key_env else "none"
    if not key:
        raise WorkbenchError(
            f"The judge's key is not set: the environment variable {judge.key_env} is empty.",
            "Set it, or leave key_env out for an endpoint without keys.",
        )
    import httpx
    from openai import AsyncOpenAI
    from ragas.llms import llm_factory
    from ragas.metrics import collections as ragas

    http = httpx.AsyncClient(event_hooks={"response": [tally.read]}, timeout=judge.timeout_s)
    client = AsyncOpenAI(
        base_url=judge.endpoint, api_key=key, http_client=http, timeout=judge.timeout_s,
        max_retries=2,
    )  # fmt: skip
    llm = llm_factory(judge.model, client=client, max_tokens=judge.max_tokens, temperature=0.0)
    made: dict[str, Any] = {
        "faithfulness": ragas.Faithfulness(llm=llm),
        "context_precision": ragas.ContextPrecision(llm=llm),
        "context_recall": ragas.ContextRecall(llm=llm),
        "factual_correctness": ragas.FactualCorrectness(llm=llm),
        "noise_sensitivity": ragas.NoiseSensitivity(llm=llm),
    }
    if embed is not None:
        vectors = _embeddings(embed)
        made["answer_relevancy"] = ragas.AnswerRelevancy(llm=llm, embeddings=vectors)
        made["answer_correctness"] = ragas.AnswerCorrectness(llm=llm, embeddings=vectors)
    if judge.rubric:
        made["rubric"] = ragas.DomainSpecificRubrics(
            llm=llm, rubrics=dict(judge.rubric), with_reference=True
        )
    return made


def _applies(name: str, question: Question, answer: Answer, passages: Mapping[str, str]) -> bool:
    if not answered(answer) or not answer.text.strip() or question.kind == "behaviour":
        return False
    if name in NEEDS_CONTEXTS and not any(one in passages for one in answer.passages):
        return False
    return bool(question.answers) or name in ("faithfulness", "answer_relevancy")


def _fields(
    name: str, question: Question, answer: Answer, passages: Mapping[str, str]
) -> dict[str, Any]:
    """The arguments that ragas' ``ascore`` takes for one metric."""
    contexts = [passages[one] for one in answer.passages if one in passages]
    reference = question.answers[0] if question.answers else ""
    every: dict[str, Any] = {
        "user_input": question.text, "response": answer.text, "reference": reference,
        "retrieved_contexts": contexts,
    }  # fmt: skip
    wanted = {
        "faithfulness": ("user_input", "response", "retrieved_contexts"),
        "answer_relevancy": ("user_input", "response"),
        "context_precision": ("user_input", "reference", "retrieved_contexts"),
        "context_recall": ("user_input", "retrieved_contexts", "reference"),
        "factual_correctness": ("response", "reference"),
        "answer_correctness": ("user_input", "response", "reference"),
        "noise_sensitivity": ("user_input", "response", "reference", "retrieved_contexts"),
        "rubric": ("user_input", "response", "reference"),
    }[name]
    return {key: every[key] for key in wanted}


def _key(
    judge: Judge, question: Question, answer: Answer, passages: Mapping[str, str], name: str
) -> str:
    """A hash of everything that affects one judged score."""
    from importlib.metadata import version

    facts = asdict(judge)
    for irrelevant in ("key_env", "timeout_s", "input_per_million", "output_per_million"):
        facts.pop(irrelevant)
    facts["rubric"] = dict(judge.rubric) if name == "rubric" else {}
    values = [version("ragas"), name, facts, _fields(name, question, answer, passages)]
    text = json.dumps(values, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:24]


def _embeddings(embed: Embed) -> Any:
    from ragas.embeddings.base import BaseRagasEmbedding

    class Vectors(BaseRagasEmbedding):  # type: ignore[misc]
        """Our embedding function behind ragas' face."""

        def embed_text(self, text: str, **kwargs: Any) -> list[float]:
            return [float(value) for value in embed([text])[0]]

        async def aembed_text(self, text: str, **kwargs: Any) -> list[float]:
            return self.embed_text(text)

    return Vectors()


def _finite(value: Any) -> float | None:
    return float(value) if value is not None and math.isfinite(value) else None
