"""The same exam questions in other words, put to every variant, and the figures from it.

The wordings are a chat writer's where the experiment has one, else made by rule. They are recorded
with the run before anything is asked, whole or not at all, so that a killed run goes on with the
same ones.
"""

from __future__ import annotations

import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from workbench.engine.cache import content_id
from workbench.evaluation import sensitivity
from workbench.evaluation.metrics import TEXT_METRICS, score_answers
from workbench.evaluation.wordings import wordings
from workbench.experiment import Experiment
from workbench.experiment.variant import ceilings, variants_of
from workbench.io import jsonl
from workbench.io.files import write_text
from workbench.types import Progress, Question, Score
from workbench.variants.answering import answer_questions, read_answers

if TYPE_CHECKING:
    from workbench.records.run import Run
    from workbench.stages.workshop import Workshop
    from workbench.variants.system import System

FOLDER = "sensitivity"
ASKED = "questions.jsonl"


def ask_again(
    shop: Workshop,
    run: Run,
    systems: Sequence[System],
    exam: Sequence[Question],
    progress: Progress,
) -> dict[str, Any]:
    """Let every variant answer the further wordings; returns the stage's summary."""
    path = run.path / FOLDER / ASKED
    if not path.exists():
        result = [item.to_record() for item in _further(shop, _chosen(shop, exam))]
        lines = (json.dumps(record, ensure_ascii=False) for record in result)
        write_text(path, "".join(f"{line}\n" for line in lines))
    further = read_further(run)
    total = len(further) * len(systems)
    for place, system in enumerate(systems):
        progress(place * len(further), total, system.name)
        answer_questions(system, further, run.path / FOLDER / f"{system.name}.jsonl")
    progress(total, total)
    count = len({item.tags[sensitivity.OF] for item in further})
    return {
        "questions": count,
        "sentence": f"{len(systems)} variants x {len(further)} further wordings of {count} "
        "questions",
    }


def _chosen(shop: Workshop, exam: Sequence[Question]) -> list[Question]:
    """Answerable exam questions, drawn at random by the run's seed."""
    fit = [question for question in exam if question.answers and question.kind != "behaviour"]
    wanted = min(shop.experiment.sensitivity.questions, len(fit))
    return random.Random(f"{shop.experiment.seed}:sensitivity").sample(fit, wanted)


def _further(shop: Workshop, chosen: Sequence[Question]) -> list[Question]:
    """Each question's other wordings, as questions of their own with the same references."""
    count = shop.experiment.sensitivity.wordings - 1
    language = shop.corpus.language
    written = _by_chat(shop, chosen, language, count)
    result = []
    for question in chosen:
        texts = [item for item in written.get(question.id, ()) if _sound(item, question)]
        texts += wordings(question.text, language, count)
        for number, text in enumerate(list(dict.fromkeys(texts))[:count], 2):
            tags = {**question.tags, sensitivity.OF: question.id, "wording": number}
            name = content_id([question.id, text])
            result.append(replace(question, id=name, text=text, tags=tags, rev=0))
    return result


def _by_chat(
    shop: Workshop, chosen: Sequence[Question], language: str, count: int
) -> dict[str, tuple[str, ...]]:
    """The writer's rewordings by question; none where the writer is no chat model."""
    from workbench.experiment.weights import prompt_format
    from workbench.questions.chat import reworded
    from workbench.questions.drafts import Draft
    from workbench.questions.spending import Metered, Spending

    if prompt_format(shop.writer_reference) != "chat":
        return {}
    limit = shop.experiment.questions.max_tokens_spent
    writer = Metered(shop.model(shop.writer_reference), Spending(limit))
    drafts = [
        Draft(
            fact=question.id,
            section="",
            document="",
            start=0,
            end=0,
            quote="",
            stretch="",
            answers=question.answers,
            wordings=(question.text,),
            type=question.kind,
            kind=question.kind,
            side="trained",
            subject="",
        )
        for question in chosen
    ]
    return {draft.fact: draft.wordings[1:] for draft in reworded(writer, drafts, language, count)}


def _sound(text: str, question: Question) -> bool:
    """Whether a written wording is another one and gives no answer away."""
    sentences, own = text.casefold(), question.text.casefold()
    told = any(a.casefold() in sentences and a.casefold() not in own for a in question.answers)
    return sentences != own and not told


def read_further(run: Run) -> list[Question]:
    """The further wordings that the run recorded."""
    return [Question.from_record(item) for item in jsonl.stream(run.path / FOLDER / ASKED)]


def figures(
    run: Run,
    experiment: Experiment,
    questions: Sequence[Question],
    scores: Sequence[Score],
    labels: Mapping[str, str],
) -> dict[str, Any] | None:
    """What ``results.json`` says under ``sensitivity``; None where nothing was asked again.

    ``scores`` are those of the exam, which holds each question in its own words; ``labels`` the
    display names of the variants.
    """
    further = read_further(run)
    if not further:
        return None
    names = [variant.name for variant in experiment.variants]
    answers = [
        answer for name in names for answer in read_answers(run.path / FOLDER / f"{name}.jsonl")
    ]
    language = str(run.manifest["corpus"].get("language", "en"))
    metric = experiment.decision.metric
    return sensitivity.steadiness(
        questions,
        further,
        [*scores, *score_answers(further, answers, language)],
        variants=names,
        labels=labels,
        ceilings=ceilings(variants_of(experiment)),
        metric=metric if metric in TEXT_METRICS else "f1",
        level=experiment.decision.level,
        seed=experiment.seed,
    )
