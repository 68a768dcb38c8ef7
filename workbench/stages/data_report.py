"""What a run's data is made of, and what in its text should not be learned."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.corpus.language import detect
from workbench.evaluation.data_report import ROLES, balance
from workbench.evaluation.group_tags import group_tags
from workbench.experiment import Experiment
from workbench.experiment.fairness import FairnessSpec
from workbench.fairness.masking import counted
from workbench.fairness.rough import rough
from workbench.io import jsonl
from workbench.io.files import read_json
from workbench.questions.dataset.question_set import read_questions
from workbench.records.layout import RunLayout
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
    text = experiment.corpus
    if spec == FairnessSpec() and not text.mask and text.personal == "patterns":
        return None
    by_role = {role: _questions(run.files, role) for role in ("train", "dev")}
    by_role["test"] = list(questions)
    every = [question for listed in by_role.values() for question in listed]
    tags = group_tags(every, spec, run.manifest.corpus.language or "en")
    if tags:
        jsonl.write(run.files.groups, (
            {"question": q.id, **{name: own[q.id] for name, own in tags.items() if q.id in own}}
            for q in every if any(q.id in own for own in tags.values())
        ))  # fmt: skip
    return {**_told(run.files, by_role, tags), "masked": list(text.mask)}


def read_data(folder: Path) -> dict[str, Any]:
    """The same of a run's folder whose experiment asked for nothing of it, by gender alone."""
    files = RunLayout(folder)
    by_role = {role: _questions(files, role) for role in ROLES}
    every = [question for listed in by_role.values() for question in listed]
    text = " ".join(question.text for question in every)
    tags = group_tags(every, FairnessSpec(groups=("gender",)), detect(text))
    return _told(files, by_role, tags)


def _questions(files: RunLayout, role: str) -> list[Question]:
    path = files.questions(role)
    return read_questions(path) if path.exists() else []


def _told(
    files: RunLayout, by_role: Mapping[str, Sequence[Question]],
    tags: Mapping[str, Mapping[str, str]],
) -> dict[str, Any]:  # fmt: skip
    # Also read of runs whose files somebody damaged: what is not there is not told.
    titles = {
        str(row.get("id")): str(row.get("title") or "") for row in jsonl.stream(files.sections)
    }
    texts = [str(row.get("text") or "") for row in jsonl.stream(files.documents)]
    return {
        "balance": balance(by_role, tags, titles),
        **_personal(files, texts),
        "rough": rough(texts),
    }


def _personal(files: RunLayout, texts: Sequence[str]) -> dict[str, Any]:
    """What was found as the text was read: presidio may not be here, or be another one."""
    read = read_json(files.manifest) if files.manifest.exists() else {}
    facts = read.get("corpus") or {}
    if by := facts.get("found_by"):
        return {"personal": facts.get("personal") or {}, "found_by": by}
    return {"personal": counted(texts)}
