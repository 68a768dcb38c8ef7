"""What a run's data is made of, and what in its text should not be learned."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from workbench.evaluation.data_report import balance
from workbench.evaluation.group_tags import group_tags
from workbench.experiment import Experiment
from workbench.experiment.fairness import FairnessSpec
from workbench.fairness import personal
from workbench.fairness.rough import rough
from workbench.io import jsonl
from workbench.questions.dataset.question_set import read_questions
from workbench.types import Question

if TYPE_CHECKING:
    from workbench.records.run import Run


def figures(
    run: Run, experiment: Experiment, questions: Sequence[Question]
) -> dict[str, Any] | None:
    """What ``results.json`` says under ``data``, and the groups of all questions as a record.

    None where the experiment asks after neither groups nor personal data.
    """
    spec = experiment.fairness
    if spec == FairnessSpec() and not experiment.corpus.mask:
        return None
    by_role = {
        role: read_questions(path) if (path := run.files.questions(role)).exists() else []
        for role in ("train", "dev")
    }
    by_role["test"] = list(questions)
    every = [question for listed in by_role.values() for question in listed]
    tags = group_tags(every, spec, run.manifest.corpus.language or "en")
    if tags:
        jsonl.write(run.files.groups, (
            {"question": q.id, **{name: own[q.id] for name, own in tags.items() if q.id in own}}
            for q in every if any(q.id in own for own in tags.values())
        ))  # fmt: skip
    titles = {
        record["id"]: str(record["title"]) for record in jsonl.stream(run.files.sections)
    }  # fmt: skip
    texts = [str(record["text"]) for record in jsonl.stream(run.files.documents)]
    return {
        "balance": balance(by_role, tags, titles),
        "personal": personal.counted(texts),
        "masked": list(experiment.corpus.mask),
        "rough": rough(texts),
    }
