"""Answers and labels of systems that ran elsewhere: a file in, our own values out.

The columns are those of :mod:`.imported_rows`. Only ``question_id`` (or ``question``) and
``variant`` must be there, and a score or an answer. What was skipped or could not be parsed is
missing, not wrong; a refusal is an answer, and what failed counts as zero, as it does for our own
variants. Everything is held by column: a file may have a million answers.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path

import numpy as np

from workbench.errors import WorkbenchError
from workbench.evaluation.columns import ScoreColumns
from workbench.evaluation.imported_reading import Reading
from workbench.evaluation.imported_rows import read_rows
from workbench.evaluation.long_texts import text_of
from workbench.evaluation.metrics import WORDLESS
from workbench.evaluation.text_scores import COMPARED, text_scores
from workbench.evaluation.value_columns import Columns
from workbench.refusals import refuses
from workbench.text import words
from workbench.types import Answer, Latency, Question

#: The metrics by which answers can be scored here, by the word for each.
OWN_METRICS = {"f1": "f1", "exact": "em", "containment": "containment"}
#: Rows that are taken in at a time.
ROWS = 1 << 10


@dataclass(frozen=True, slots=True)
class ImportedAnswers:
    """What a file of imported answers held. ``costs`` are amounts per question, by variant.

    ``labels`` are the names of the variants as the file has them, where no file can be called so;
    ``ceilings`` the variants that bound the others.
    """

    questions: tuple[Question, ...]
    variants: tuple[str, ...]
    metrics: tuple[str, ...]
    answers: Columns[Answer]
    scores: ScoreColumns
    latencies: Columns[Latency]
    costs: Mapping[str, tuple[float, ...]]
    notes: tuple[str, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    ceilings: tuple[str, ...] = ()

    @property
    def can_be_scored(self) -> bool:
        """Whether some question has a reference, or is known to have no answer."""
        return any(q.answers or q.kind == "unanswerable" for q in self.questions)


def read_imported(path: Path, known: Iterable[Question] | None = None) -> ImportedAnswers:
    """Read and check a file; with ``known`` (a run's exam) every id must be one of its questions.

    Raises WorkbenchError naming file, line and value for what cannot be understood.
    """
    rows, reading = read_rows(path), Reading(path, known)
    while taken := [*islice(rows, ROWS)]:
        lines, values = zip(*taken, strict=True)
        reading.add(lines, values)
    answers, scores = reading.answers, reading.scores()
    notes = [f"{count} values of {metric} could not be read and count as missing."
             for metric, count in reading.unread.items()]  # fmt: skip
    return ImportedAnswers(
        tuple(reading.questions.values()), tuple(dict.fromkeys(answers.column("variant"))),
        tuple(dict.fromkeys(scores.metric)), answers, scores, reading.latencies,
        {variant: tuple(amounts) for variant, amounts in reading.costs.items()}, tuple(notes),
        {name: called for name, called in reading.labels.items() if name != called},
        tuple(reading.ceilings),
    )  # fmt: skip


def scored(imported: ImportedAnswers, language: str = "en") -> ImportedAnswers:
    """The same with our own metrics on every answer to a question that has a reference."""
    own = _own_scores(imported, language)
    if imported.metrics:
        have = {*zip(imported.scores.question, imported.scores.variant, imported.scores.metric,
                     strict=True)}  # fmt: skip
        own = own.kept([
            key not in have for key in zip(own.question, own.variant, own.metric, strict=True)
        ])  # fmt: skip
    metrics = dict.fromkeys((*imported.metrics, *dict.fromkeys(own.metric)))
    return replace(imported, scores=imported.scores.joined(own), metrics=tuple(metrics))


def _own_scores(imported: ImportedAnswers, language: str) -> ScoreColumns:
    """The metrics of :data:`OWN_METRICS` of each answer, as our own variants are scored by them."""
    names = [name for name in COMPARED if name in OWN_METRICS.values()]
    known = {q.id: q for q in imported.questions
             if (q.answers or q.kind == "unanswerable") and q.kind not in WORDLESS}  # fmt: skip
    wanted = {name: [words(item, language) for item in q.answers] for name, q in known.items()}
    # What several variants say to a question is compared once.
    said: dict[tuple[str, str, bool], list[float | None]] = {}
    asked, variants = [], []
    values: list[float | None] = []
    columns = ("question", "variant", "text", "status", "refuses")
    rows = zip(*(imported.answers.column(name) for name in columns), strict=True)
    for name, variant, given, status, refusing in rows:
        if name not in known or status == "skipped":
            continue
        asked.append(name)
        variants.append(variant)
        if status == "failed":
            values += [0.0] * len(names)
            continue
        refused = status == "refused"
        told = said.get((name, given, refused)) if isinstance(given, str) else None
        if told is None:
            question, text = known[name], text_of(given)
            gave_up = refused or (refusing and refuses(text, question.answers))
            found = text_scores(question, text, gave_up, language, wanted[name], names)
            told = [*found.values()]
            if isinstance(given, str):
                said[name, given, refused] = told
        values += told
    return ScoreColumns(
        [name for name in asked for _ in names], [name for name in variants for _ in names],
        names * len(asked), np.array(values, dtype=float),
    )  # fmt: skip


def with_ceilings(imported: ImportedAnswers, names: Iterable[str], path: Path) -> ImportedAnswers:
    """The same with these variants, as the file names them, as bounds on the others."""
    called = {imported.labels.get(name, name): name for name in imported.variants}
    bounds = dict.fromkeys(imported.ceilings)
    for name in names:
        if name not in called:
            raise WorkbenchError(
                f"{path} has no system {name!r} to be a ceiling.",
                f"It has {', '.join(called)}.",
            )
        bounds[called[name]] = None
    return replace(imported, ceilings=tuple(bounds))
