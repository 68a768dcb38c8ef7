"""ragas' model-judged metrics over any chat model of the workbench: an endpoint's or a local one.

ragas asks its judge for JSON of a given form. Its own client (instructor) is left aside, so that
pace, retries, error sentences and the budget are those of every other model here, and a local
model can judge too. Importing ragas takes seconds, so it is done inside functions; its usage
tracking is switched off before that.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from workbench.evaluation.behaviour import rubric_of
from workbench.evaluation.judge_calls import Calls
from workbench.evaluation.metrics import abstained, answered
from workbench.models.budget import BUDGET_SPENT
from workbench.refusals import refuses
from workbench.text import token_f1, words
from workbench.types import Answer, Message, Prompt, Question

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Embed = Callable[[list[str]], NDArray[np.float32]]

NEEDS_CONTEXTS = frozenset(
    {"faithfulness", "context_precision", "context_recall", "noise_sensitivity"}
)
#: Metrics that say whether the answer is right: what a person's label can be held against.
OF_THE_ANSWER = ("factual_correctness", "answer_correctness", "rubric")
#: Metrics for which an answer or a passage may agree with any one reference: the best counts.
BEST_OF = frozenset({"factual_correctness", "answer_correctness", "context_recall"})
#: How often a reply of the wrong form is asked for again, with what was wrong with it.
RETRIES = 2
#: Calls per judgement as (fixed, per passage), and tokens of ragas' own instructions in each call
#: (version 0.4.3, counted as four characters a token).
CALLS = {
    "faithfulness": (2, 0, 610), "answer_relevancy": (1, 0, 430), "context_precision": (0, 1, 1010),
    "context_recall": (1, 0, 1420), "factual_correctness": (4, 0, 580),
    "answer_correctness": (3, 0, 740), "noise_sensitivity": (3, 2, 650), "rubric": (1, 0, 550),
    "behaviour": (1, 0, 200),
}  # fmt: skip
TYPICAL_REPLY = 150
PASS_FAIL = (
    "Judge an assistant's answer by the rubric, and by nothing else.\n\nRubric:\n{rubric}\n\n"
    "Question:\n{user_input}\n\nReference answer:\n{reference}\n\nAnswer to judge:\n{response}\n\n"
    "Say pass or fail, and give the reason first."
)


class Unjudged(Exception):  # noqa: N818 - it is a judgement that could not be had
    """Why there is no judgement: ``reason`` is budget, endpoint, malformed or nothing."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail


def judgement(
    calls: Calls,
    name: str,
    fields: Mapping[str, Any],
    rubric: str | Mapping[int, str] | None,
    embed: Embed,
) -> tuple[float, list[str]]:
    """One metric on one answer, from 0 to 1, and the keys of the calls it rests on.

    Of several references the best counts, as for the metrics that need no judge; the nearest is
    asked about first, and the others only while none fits wholly. Raises :class:`Unjudged` where
    it cannot be had.
    """
    alone = {key: value for key, value in fields.items() if key != "further_references"}
    best, asked = _judged(calls, name, alone, rubric, embed)
    for reference in fields.get("further_references", ()):
        if best >= 1:
            break
        result, more = _judged(calls, name, {**alone, "reference": reference}, rubric, embed)
        best, asked = max(best, result), [*asked, *more]
    return best, asked


def _judged(
    calls: Calls,
    name: str,
    fields: Mapping[str, Any],
    rubric: str | Mapping[int, str] | None,
    embed: Embed,
) -> tuple[float, list[str]]:
    """One metric on one answer against one reference."""
    import asyncio
    import math

    asked: list[str] = []
    metric, more = _metric(name, _model(calls, asked), rubric, embed)
    try:
        result = asyncio.run(metric.ascore(**fields, **more)).value
    except Unjudged:
        raise
    except (ValueError, TypeError, IndexError) as error:
        # A reply of the right form with contents that do not fit together.
        raise Unjudged("malformed", " ".join(str(error).split())[:200]) from error
    if name in ("rubric", "behaviour"):
        result = float(result == "pass") if isinstance(result, str) else (float(result) - 1) / 4
    if result is None or not math.isfinite(result):
        raise Unjudged("nothing", "the judge found nothing to judge in the answer")
    return min(1.0, max(0.0, float(result))), asked


def _metric(
    name: str, llm: Any, rubric: str | Mapping[int, str] | None, embed: Embed
) -> tuple[Any, dict[str, Any]]:
    """ragas' metric object, and what its ``ascore`` takes besides the fields."""
    os.environ["RAGAS_DO_NOT_TRACK"] = "true"
    from ragas.metrics import DiscreteMetric
    from ragas.metrics import collections as ragas

    from workbench.evaluation.ragas_scores import embeddings

    if name == "behaviour":
        return DiscreteMetric(name=name, prompt=PASS_FAIL, allowed_values=["pass", "fail"]), {
            "llm": llm
        }
    if name == "rubric" and isinstance(rubric, str):
        metric = DiscreteMetric(name=name, prompt=PASS_FAIL, allowed_values=["pass", "fail"])
        return metric, {"llm": llm, "rubric": rubric}
    if name == "rubric":
        listed: Mapping[int, str] = {} if isinstance(rubric, str) or rubric is None else rubric
        grades = {f"score{grade}_description": text for grade, text in listed.items()}
        return ragas.DomainSpecificRubrics(llm=llm, rubrics=grades, with_reference=True), {}
    if name == "answer_relevancy":
        # Asked for three times at temperature 0, a judge would say three times the same.
        return ragas.AnswerRelevancy(llm=llm, embeddings=embeddings(embed), strictness=1), {}
    if name == "answer_correctness":
        return ragas.AnswerCorrectness(llm=llm, embeddings=embeddings(embed)), {}
    simple = {
        "faithfulness": ragas.Faithfulness,
        "context_precision": ragas.ContextPrecision,
        "context_recall": ragas.ContextRecall,
        "factual_correctness": ragas.FactualCorrectness,
        "noise_sensitivity": ragas.NoiseSensitivity,
    }
    return simple[name](llm=llm), {}


def _model(calls: Calls, asked: list[str]) -> Any:
    """The judge behind the face that ragas wants; the keys of its calls go into ``asked``."""
    from pydantic import ValidationError
    from ragas.llms.base import InstructorBaseRagasLLM

    class Model(InstructorBaseRagasLLM):  # type: ignore[misc]
        """Plain chat completions, checked against the form and asked for again if they miss it."""

        def generate(self, prompt: str, response_model: Any) -> Any:
            messages = [Message("user", formed(prompt, response_model))]
            wrong = ""
            for _ in range(RETRIES + 1):
                turn = Prompt(tuple(messages))
                asked.append(calls.key(turn))
                reply = calls.ask(turn, response_model)
                if reply.error is not None:
                    reason = "budget" if reply.error == BUDGET_SPENT else "endpoint"
                    raise Unjudged(reason, reply.error)
                try:
                    return response_model.model_validate_json(json_in(reply.text))
                except ValidationError as error:
                    first = error.errors(include_url=False, include_input=False)[0]
                    where = ".".join(str(part) for part in first["loc"])
                    wrong = f"{where}: {first['msg']}" if where else str(first["msg"])
                    messages += [
                        Message("assistant", reply.text or "(nothing)"),
                        Message("user", f"That does not fit the schema ({wrong}). "
                                        "Reply with the JSON object alone."),
                    ]  # fmt: skip
            raise Unjudged("malformed", f"the reply does not have the asked form ({wrong})")

        async def agenerate(self, prompt: str, response_model: Any) -> Any:
            return self.generate(prompt, response_model)

    return Model()


def formed(prompt: str, form: Any) -> str:
    """The prompt with the JSON schema of the wanted reply, unless ragas has put it in already."""
    if "JSON Schema" in prompt:
        return prompt
    import json

    schema = json.dumps(form.model_json_schema(), ensure_ascii=False)
    return f"{prompt}\n\nReply with one JSON object of this JSON Schema and nothing else:\n{schema}"


def json_in(text: str) -> str:
    """The JSON object inside a reply, without thoughts and code fences around it."""
    body = re.sub(r"<think>.*?</think>", "", text, flags=re.DOTALL)
    start, end = body.find("{"), body.rfind("}")
    return body[start : end + 1] if 0 <= start < end else body.strip()


def applies(name: str, question: Question, answer: Answer, passages: Mapping[str, str]) -> bool:
    """Whether a metric makes sense for an answer: failed ones are not judged.

    A behaviour question is judged by a rubric of its own, where it has one, and by nothing else.
    An abstention has no statements to weigh; :func:`known` gives it what needs no judge.
    """
    if not answered(answer) or not answer.text.strip():
        return False
    if question.kind == "behaviour" or name == "behaviour":
        return name == "behaviour" and bool(rubric_of(question.tags))
    if abstained(answer, question) and name in (
        "faithfulness",
        "answer_relevancy",
        "noise_sensitivity",
    ):
        return False
    if name in NEEDS_CONTEXTS and not any(passage in passages for passage in answer.passages):
        return False
    return bool(question.answers) or name in ("faithfulness", "answer_relevancy")


def known(name: str, question: Question, answer: Answer) -> float | None:
    """What needs no judge: an abstention on an answerable question is not correct."""
    if name not in ("factual_correctness", "answer_correctness") or not abstained(answer, question):
        return None
    if not question.answers or any(refuses(reference) for reference in question.answers):
        return None
    return 0.0


def fields(
    name: str, question: Question, answer: Answer, passages: Mapping[str, str]
) -> dict[str, Any]:
    """The arguments that ragas' ``ascore`` takes for one metric, and ``further_references``.

    ragas' classes take one reference. Where any of several may be met (``BEST_OF``), each is one,
    the nearest to the answer first; a rubric and the precision of contexts see all in one text;
    noise is held against the nearest.
    """
    references = list(dict.fromkeys(question.answers)) or [""]
    if name not in ("context_precision", "context_recall", "rubric"):
        references.sort(key=lambda item: -token_f1(words(answer.text), words(item)))
    reference = references[0]
    if name in ("context_precision", "rubric", "behaviour"):
        reference = " / or: ".join(references)
    every: dict[str, Any] = {
        "user_input": question.text,
        "response": answer.text,
        "reference": reference,
        "rubric": rubric_of(question.tags),
        "retrieved_contexts": [
            passages[passage] for passage in answer.passages if passage in passages
        ],
    }
    wanted = {
        "faithfulness": ("user_input", "response", "retrieved_contexts"),
        "answer_relevancy": ("user_input", "response"),
        "context_precision": ("user_input", "reference", "retrieved_contexts"),
        "context_recall": ("user_input", "retrieved_contexts", "reference"),
        "factual_correctness": ("response", "reference"),
        "answer_correctness": ("user_input", "response", "reference"),
        "noise_sensitivity": ("user_input", "response", "reference", "retrieved_contexts"),
        "rubric": ("user_input", "response", "reference"),
        "behaviour": ("user_input", "response", "reference", "rubric"),
    }[name]
    further = {"further_references": references[1:]} if references[1:] and name in BEST_OF else {}
    return {key: every[key] for key in wanted} | further


def expected(
    jobs: Sequence[tuple[str, Mapping[str, Any]]], count: Callable[[str], int]
) -> tuple[int, int]:
    """Tokens in and out that judgements (metric, fields) will about take, each asked for alone.

    All references are counted, though the first may do.
    """
    given = back = 0
    for name, values in jobs:
        contexts = [str(item) for item in values.get("retrieved_contexts", ())]
        times = 1 + len(values.get("further_references", ()))
        _, per_passage, overhead = CALLS[name]
        asked = call_count([(name, values)]) // times
        texts = sum(count(str(value)) for key, value in values.items() if isinstance(value, str))
        shown = sum(count(context) for context in contexts)
        given += times * (asked * (overhead + texts) + shown * max(1, per_passage))
        back += times * asked * TYPICAL_REPLY
    return given, back


def call_count(jobs: Iterable[tuple[str, Mapping[str, Any]]]) -> int:
    """How often the judge will about be asked for judgements (metric, fields)."""
    result = 0
    for name, values in jobs:
        fixed, per_passage, _ = CALLS[name]
        once = fixed + per_passage * len(values.get("retrieved_contexts", ()))
        result += once * (1 + len(values.get("further_references", ())))
    return result
