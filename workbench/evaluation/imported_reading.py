"""Rows of imported answers into columns of our own values, some thousand rows at a time."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import compress
from pathlib import Path
from typing import Any

import numpy as np

from workbench.errors import WorkbenchError
from workbench.evaluation.columns import ScoreColumns
from workbench.evaluation.imported_cells import number, passages, question, score, text
from workbench.evaluation.imported_rows import EMPTY, NO, OF_QUESTION, YES
from workbench.evaluation.long_texts import LongTexts, answer_of
from workbench.evaluation.value_columns import Columns
from workbench.presets import PRESETS
from workbench.refusals import refuses
from workbench.types import Answer, Latency, Question

STATUSES = ("answered", "refused", "failed", "skipped")
#: What no file can be called.
_UNNAMEABLE = re.compile(r'[/\\:*?"<>|\x00-\x1f]')
_OF_ANSWERS = ("question", "variant", "text", "input_tokens", "output_tokens", "seconds",
               "passages", "finish", "status", "refuses")  # fmt: skip
_OF_LATENCIES = ("question", "variant", "total_s", "output_tokens")
_OF_SCORES = ("question", "variant", "metric", "value")


class Reading:
    """What the rows of a file have said so far."""

    def __init__(self, path: Path, known: Iterable[Question] | None) -> None:
        self.questions: dict[str, Question] = {}
        self.labels: dict[str, str] = {}
        self.ceilings: dict[str, None] = {}
        self.costs: dict[str, list[float]] = {}
        self.unread: dict[str, int] = {}
        self._path, self._long = path, LongTexts()
        self._exam = None if known is None else {question.id: question for question in known}
        self._told: dict[str, tuple[Any, ...]] = {}
        self._names: dict[str, str] = {}
        self._seen: dict[str, set[str]] = {}
        self._scored: set[tuple[str, str, str]] = set()
        self._answers: dict[str, list[Any]] = {name: [] for name in _OF_ANSWERS}
        self._latencies: dict[str, list[Any]] = {name: [] for name in _OF_LATENCIES}
        self._scores: dict[str, list[Any]] = {name: [] for name in _OF_SCORES}

    def add(self, lines: Sequence[int], rows: Sequence[Mapping[str, Any]]) -> None:
        """Take in rows, and the lines that they stand in.

        Raises WorkbenchError naming line and value for what cannot be understood.
        """
        places = [f"{self._path}, line {line}" for line in lines]
        asked, called, said, texts, measured = (
            _texts(rows, key) for key in ("question_id", "variant", "status", "answer", "metric")
        )
        for key, cells in (("question_id", asked), ("variant", called)):
            if not all(cells):
                where = places[cells.index("")]
                raise WorkbenchError(f"{where}: {key} is empty.", "Every row needs both.")
        variants = [
            self._names.get(name) or self._named(name, where)
            for name, where in zip(called, places, strict=True)
        ]
        self._bound(variants, _texts(rows, "ceiling"))
        self._ask(asked, rows, places)
        if unknown := {*said} - {"", *STATUSES}:
            at = next(at for at, status in enumerate(said) if status in unknown)
            raise WorkbenchError(
                f"{places[at]}: unknown status {said[at]!r}.",
                f"It is one of {', '.join(STATUSES)}.",
            )
        status = [item or "answered" for item in said]
        first = self._first(asked, variants)
        columns: list[Sequence[Any]] = [asked, variants, texts, status, rows, places]
        if not all(first):
            columns = [[*compress(column, first)] for column in columns]
        self._answer(*columns)
        if any("score" in row for row in rows):
            metrics = [item or "correct" for item in measured]
            self._score(asked, variants, metrics, texts, status, rows, places)

    @property
    def answers(self) -> Columns[Answer]:
        """The answers, in the order of their rows."""
        return Columns(Answer, self._answers, answer_of)

    @property
    def latencies(self) -> Columns[Latency]:
        """How long answers took, where that was told."""
        size = len(self._latencies["question"])
        unknown: dict[str, list[Any]] = {
            "retrieval_s": [math.nan] * size, "first_token_s": [math.nan] * size,
            "per_token_s": [None] * size,
        }  # fmt: skip
        return Columns(Latency, {**self._latencies, **unknown})

    def scores(self) -> ScoreColumns:
        """The scores of the file, and one for every answer that failed (0) or was skipped (none).

        Raises WorkbenchError for scores beyond 0 to 1: a guess at the scale would turn into a wrong
        verdict.
        """
        question, variant, metric = (self._scores[name] for name in _OF_SCORES[:3])
        value = np.array(self._scores["value"], dtype=float)
        beyond = np.flatnonzero((value < 0) | (value > 1))
        if len(beyond):
            at = int(beyond[0])
            raise WorkbenchError(
                f"{self._path}: {metric[at]!r} of {variant[at]!r} on question {question[at]!r} is "
                f"{value[at]:g}; scores run from 0 to 1.",
                "Divide them by their maximum, and keep one scale for all variants.",
            )
        own = (self._answers[name] for name in ("question", "variant", "status"))
        extra = [
            (name, system, known, 0.0 if status == "failed" else math.nan)
            for name, system, status in zip(*own, strict=True)
            if status in ("failed", "skipped")
            for known in dict.fromkeys(metric)
            if (name, system, known) not in self._scored
        ]
        if extra:
            names, systems, metrics, values = zip(*extra, strict=True)
            question, variant = [*question, *names], [*variant, *systems]
            metric, value = [*metric, *metrics], np.append(value, values)
        return ScoreColumns(question, variant, metric, value)

    def _named(self, called: str, where: str) -> str:
        """The name of a variant by which its files can be called."""
        name = _UNNAMEABLE.sub("_", called).lstrip(".") or "_"
        if self.labels.setdefault(name, called) != called:
            other = self.labels[name]
            raise WorkbenchError(
                f"{where}: {called!r} and {other!r} would have the same files ({name}).",
                "Give one of them a name that differs by more than its marks.",
            )
        self._names[called] = name
        return name

    def _bound(self, variants: Sequence[str], said: Sequence[str]) -> None:
        for variant, word in dict.fromkeys(zip(variants, said, strict=True)):
            told, preset = word.casefold(), PRESETS.get(variant)
            # Whoever calls a system so means what is handed the evidence.
            evidence = preset is not None and preset.context == "evidence"
            if told in YES or (told not in NO and evidence):
                self.ceilings[variant] = None

    def _ask(
        self, asked: Sequence[str], rows: Sequence[Mapping[str, Any]], places: Sequence[str]
    ) -> None:
        cells = zip(*([row.get(column) for row in rows] for column in OF_QUESTION), strict=True)
        for at, (name, said) in enumerate(zip(asked, cells, strict=True)):
            # Each system's row says the same of the question: it is looked at once.
            if self._told.get(name) != said:
                found = question(name, rows[at], self._exam, self.questions, places[at])
                self.questions[name], self._told[name] = found, said

    def _first(self, asked: Sequence[str], variants: Sequence[str]) -> list[bool]:
        """Which rows are the first of their question and system: further ones are other scores."""
        result = []
        for name, variant in zip(asked, variants, strict=True):
            seen = self._seen.get(variant)
            if seen is None:
                seen = self._seen[variant] = set()
            result.append(name not in seen)
            seen.add(name)
        return result

    def _answer(
        self, asked: Sequence[str], variants: Sequence[str], texts: Sequence[str],
        status: Sequence[str], rows: Sequence[Mapping[str, Any]], places: Sequence[str],
    ) -> None:  # fmt: skip
        read, written, total, paid = (
            [number(row.get(key), key, where) for row, where in zip(rows, places, strict=True)]
            for key in ("input_tokens", "output_tokens", "latency_s", "cost")
        )
        tokens = [int(item or 0) for item in written]
        refusing = {told: refuses(told) for told in {*texts}}
        columns = {
            "question": asked,
            "variant": variants,
            "text": self._long.put(texts),
            "input_tokens": [int(item or 0) for item in read],
            "output_tokens": tokens,
            "seconds": [item or 0.0 for item in total],
            "passages": [passages(row.get("passages")) for row in rows],
            "finish": ["error" if item in ("failed", "skipped") else "stop" for item in status],
            "status": status,
            "refuses": [refusing[told] for told in texts],
        }
        for name, column in columns.items():
            self._answers[name] += column
        for variant, amount in zip(variants, paid, strict=True):
            if amount is not None:
                self.costs.setdefault(variant, []).append(amount)
        timed = [item is not None for item in total]
        clocked: tuple[Sequence[Any], ...] = (asked, variants, total, tokens)
        for name, values in zip(_OF_LATENCIES, clocked, strict=True):
            self._latencies[name] += compress(values, timed)

    def _score(
        self, asked: Sequence[str], variants: Sequence[str], metrics: Sequence[str],
        texts: Sequence[str], status: Sequence[str], rows: Sequence[Mapping[str, Any]],
        places: Sequence[str],
    ) -> None:  # fmt: skip
        columns = zip(asked, variants, metrics, texts, status, rows, places, strict=True)
        for name, variant, metric, told, state, row, where in columns:
            if "score" not in row:
                continue
            unscored = text(row["score"]).casefold() in EMPTY
            if unscored and (told or state != "answered"):
                continue
            key = (name, variant, metric)
            if key in self._scored:
                raise WorkbenchError(
                    f"{where}: {variant!r} has a second {metric!r} for question {name!r}.",
                    "Keep one row for each question, variant and metric.",
                )
            self._scored.add(key)
            value = score(row["score"])
            if value is None and not unscored:
                self.unread[metric] = self.unread.get(metric, 0) + 1
            if state in ("failed", "skipped"):
                value = 0.0 if state == "failed" else None
            for column, item in zip(_OF_SCORES, (*key, value), strict=True):
                self._scores[column].append(item)


def _texts(rows: Sequence[Mapping[str, Any]], key: str) -> list[str]:
    cells = [row.get(key) for row in rows]
    return [cell.strip() if type(cell) is str else text(cell) for cell in cells]
