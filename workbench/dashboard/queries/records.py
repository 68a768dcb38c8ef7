"""A run's questions, answers and scores, filtered and paged by DuckDB, never whole in a page.

One :class:`Records` holds one in-memory database of bounded size for one state of a run's files;
:func:`signature` tells when the files have changed. Half-written lines are skipped.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np

from workbench.dashboard.queries.answer_lines import AnswerLines
from workbench.dashboard.queries.filters import ORDERS, Filter, conditions, literal, quoted
from workbench.dashboard.queries.record_columns import (
    LATENCY_COLUMNS,
    PASSAGE_COLUMNS,
    QUESTION_COLUMNS,
    SECTION_COLUMNS,
)
from workbench.dashboard.queries.runs import mapping, open_run, stamp
from workbench.evaluation.columns import ScoreColumns
from workbench.experiment.variant import ceilings
from workbench.records.layout import RunLayout

MEMORY = "300MB"
#: The tables that a query reads.
READ = re.compile(r"(?:FROM|JOIN) (\w+)")


def signature(run: Path) -> tuple[Any, ...]:
    """Changes when any file that :class:`Records` reads does."""
    files = RunLayout(run)
    questions = sorted(files.exam.glob("*.jsonl"))
    return stamp(*questions, *files.all_answers(), *files.all_latencies(), files.scores)


class Records:
    """The tables of one run. Safe to share between the dashboard's threads.

    ``problems`` says what could not be read.
    """

    def __init__(self, run: Path) -> None:
        import duckdb

        self.files = files = RunLayout(run)
        self.problems: list[str] = []
        self._lock = Lock()
        self._database = duckdb.connect(":memory:")
        self._database.execute(f"SET memory_limit='{MEMORY}'; SET threads=2; SET TimeZone='UTC'")
        exam = [files.questions(role) for role in ("test", "gold")]
        self._load("exam_", exam, QUESTION_COLUMNS, "id")
        # One row per id, whatever the files repeat: joins would count it twice.
        self._database.execute(
            "CREATE TABLE questions AS SELECT *, row_number() OVER () - 1 AS position FROM exam_ "
            "QUALIFY row_number() OVER (PARTITION BY id) = 1"
        )
        self._database.execute("DROP TABLE exam_")
        # Tables that are filled when a query first reads them: few pages do, and they are the most.
        self._late: dict[str, tuple[list[Path], dict[str, str]]] = {
            "latency": (files.all_latencies(), LATENCY_COLUMNS),
        }
        self._load("sections", [files.sections], SECTION_COLUMNS, "id")
        self._scores()
        self._wide: dict[str, list[str]] = {}
        self._lines: AnswerLines | None = None

    def _answers(self) -> AnswerLines:
        """Where the answers stand; looked for when a page first shows one."""
        with self._lock:
            if self._lines is None:
                self._lines = AnswerLines(self.files.all_answers())
            return self._lines

    def _fill(self, query: str) -> None:
        """Load what a query reads and no earlier one did."""
        for table in set(READ.findall(query)):
            with self._lock:
                # Another viewer may have come first.
                if table in self._late:
                    paths, columns = self._late.pop(table)
                    self._load(table, paths, columns, "question")

    def _load(self, table: str, paths: list[Path], columns: dict[str, str], key: str) -> None:
        """Fill ``table`` from JSONL files; lines without ``key`` are left out."""
        import duckdb

        shape = ", ".join(f"{quoted(c)} {t}" for c, t in columns.items())
        self._database.execute(f"CREATE TABLE {table} ({shape})")
        named = ", ".join(f"{quoted(c)}: '{t}'" for c, t in columns.items())
        for path in paths:
            if not path.is_file() or path.stat().st_size == 0:
                continue
            try:
                # ignore_errors skips torn lines; a line may have 32 MiB, twice DuckDB's default.
                self._database.execute(
                    f"INSERT INTO {table} SELECT {', '.join(map(quoted, columns))} "
                    "FROM read_json(?,"
                    f" format='newline_delimited', ignore_errors=true, columns={{{named}}},"
                    f" maximum_object_size=33554432) WHERE {quoted(key)} IS NOT NULL",
                    [str(path)],
                )
            except duckdb.Error as error:
                reason = str(error).splitlines()[0][:120]
                self.problems.append(f"{path.name} can't be read ({reason}); the rest is shown.")

    def _scores(self) -> None:
        """The view of scores.parquet; empty where there is none."""
        import duckdb

        path = self.files.scores
        empty = (
            "CREATE TABLE scores (question VARCHAR, variant VARCHAR, metric VARCHAR, value DOUBLE)"
        )
        if not path.is_file():
            self._database.execute(empty)
            return
        # A view takes no parameters.
        quoted = str(path).replace("'", "''")
        try:
            self._database.execute(
                "CREATE VIEW scores AS SELECT question, variant, metric, value "
                f"FROM read_parquet('{quoted}')"
            )
            # Making the view reads the footer alone; damaged data shows on reading rows.
            self._database.execute("SELECT * FROM scores LIMIT 1").fetchall()
        except duckdb.Error:
            self._database.execute("DROP VIEW IF EXISTS scores")
            self._database.execute(empty)
            self.problems.append("scores.parquet can't be read; answers are shown without scores.")

    def rows(self, query: str, values: list[Any] | None = None) -> list[dict[str, Any]]:
        """The rows of one query as dictionaries."""
        self._fill(query)
        # Viewers' threads share one connection, which runs one query at a time.
        with self._lock:
            result = self._database.execute(query, values or [])
            names = [column[0] for column in result.description or ()]
            return [dict(zip(names, row, strict=True)) for row in result.fetchall()]

    def frame(self, query: str, values: list[Any] | None = None) -> Any:
        """The rows of one query as a pandas frame, for charts and CSV."""
        self._fill(query)
        with self._lock:
            return self._database.execute(query, values or []).df()

    def scored(self, metrics: Sequence[str]) -> ScoreColumns:
        """Every score on these metrics."""
        marks = ", ".join("?" for _ in metrics)
        query = f"SELECT * FROM scores WHERE metric IN ({marks})"
        with self._lock:
            rows = self._database.execute(query, list(metrics)).fetchnumpy()
        question, variant, metric = (
            rows[column].tolist() for column in ("question", "variant", "metric")
        )
        # Masked where there is no value.
        value = np.ma.filled(rows["value"].astype(float), np.nan)
        return ScoreColumns(question, variant, metric, value)

    def variants(self) -> list[str]:
        """Variants that have answers, in order of their name."""
        return self._answers().variants

    def _candidates(self, variants: Sequence[str]) -> list[str]:
        limits = ceilings(open_run(self.files.root).factors)
        return [variant for variant in variants if variant not in limits]

    def metrics(self) -> list[str]:
        """Metrics in the scores."""
        return [r["metric"] for r in self.rows("SELECT DISTINCT metric FROM scores ORDER BY 1")]

    def choices(self, column: str) -> list[str]:
        """Distinct values of one column of the questions."""
        name = quoted(column)
        query = f"SELECT DISTINCT {name} AS v FROM questions WHERE {name} IS NOT NULL ORDER BY 1"
        return [row["v"] for row in self.rows(query)]

    def tags(self) -> dict[str, list[str]]:
        """Each tag with those of its values that are short, both in order."""
        # Every written question is tagged with its section's title: that is another filter.
        matches = self.rows(
            "SELECT DISTINCT key, value->>'$' AS v FROM questions, json_each(tags) "
            "WHERE json_type(tags)='OBJECT' AND json_type(value) IN ('VARCHAR', 'BOOLEAN') "
            "AND key <> 'section_title' AND length(value->>'$') <= 60 ORDER BY 1, 2 LIMIT 400"
        )
        tags: dict[str, list[str]] = {}
        for row in matches:
            tags.setdefault(row["key"], []).append(row["v"])
        return tags

    def section_titles(self) -> dict[str, str]:
        """Title of each section, by id."""
        matches = self.rows("SELECT id, title FROM sections ORDER BY document, number")
        return {row["id"]: row["title"] or row["id"] for row in matches}

    def _scored(self, metric: str) -> list[str]:
        """Make the table of one metric with a column per variant; return these variants."""
        # Streamlit asks again at every click; the pivot is made once per metric.
        if metric in self._wide:
            return self._wide[metric]
        variants = [
            row["variant"]
            for row in self.rows(
                "SELECT DISTINCT variant FROM scores WHERE metric=? ORDER BY 1", [metric]
            )
        ]
        columns = "".join(
            f", max(value) FILTER (variant={literal(v)}) AS {quoted(v)}" for v in variants
        )
        with self._lock:
            self._database.execute(
                f"CREATE OR REPLACE TABLE {quoted('wide ' + metric)} AS SELECT question{columns} "
                f"FROM scores WHERE metric={literal(metric)} GROUP BY question"
            )
        self._wide[metric] = variants
        return variants

    def page(self, chosen: Filter, number: int, size: int) -> tuple[int, list[dict[str, Any]]]:
        """How many questions the filter keeps, and page ``number`` (from 0) of them.

        Each row has the question's columns, ``average`` and ``spread`` of the metric over the
        variants (the oracle apart), and ``scores``: value per variant.
        """
        variants = self._scored(chosen.metric)
        where, values = conditions(chosen, variants, self._candidates(variants))
        listed = ", ".join(f"w.{quoted(v)}" for v in variants)
        rivals = ", ".join(f"w.{quoted(v)}" for v in self._candidates(variants))
        average = f"list_avg([{rivals}])" if rivals else "NULL"
        spread = f"list_max([{rivals}]) - list_min([{rivals}])" if rivals else "NULL"
        order = ORDERS.get(chosen.order, "position")
        source = (
            f"FROM questions q LEFT JOIN {quoted('wide ' + chosen.metric)} w ON w.question=q.id"
        )
        total = self.rows(f"SELECT count(*) AS n {source} WHERE {where}", values)[0]["n"]
        scored = f", {listed}" if listed else ""
        matches = self.rows(
            f"SELECT q.*, {average} AS average, {spread} AS spread{scored} {source} "
            f"WHERE {where} ORDER BY {order} LIMIT {int(size)} OFFSET {int(number) * int(size)}",
            values,
        )
        for row in matches:
            row["scores"] = {v: row.pop(v, None) for v in variants}
        return total, matches

    def question(self, question: str) -> dict[str, Any] | None:
        """One question with its evidence and tags parsed, or None."""
        matches = self.rows("SELECT * FROM questions WHERE id=?", [question])
        if not matches:
            return None
        row = matches[0]
        for name, empty in (("evidence", []), ("tags", {})):
            try:
                row[name] = json.loads(row[name] or "null") or empty
            except json.JSONDecodeError:
                row[name] = empty
        row["evidence"] = [mapping(e) for e in row["evidence"]] if row["evidence"] else []
        return row

    def answers(self, question: str) -> list[dict[str, Any]]:
        """Every variant's answer to one question."""
        return self._answers().of([question])

    def texts(self, questions: Sequence[str]) -> dict[tuple[str, str], str]:
        """What each variant said to each of these questions, word for word."""
        return {
            (row["question"], row["variant"]): row["text"] for row in self._answers().of(questions)
        }

    def replies(self, questions: Sequence[str]) -> dict[tuple[str, str], str]:
        """What each variant said to each of these questions, or why it said nothing."""
        return {
            (row["question"], row["variant"]): (row["text"] or "").strip()
            or (
                "(an empty answer)" if row["status"] in (None, "answered") else f"({row['status']})"
            )
            for row in self._answers().of(questions)
        }

    def scores(self, question: str) -> dict[str, dict[str, float | None]]:
        """Value per variant and metric of one question."""
        result: dict[str, dict[str, float | None]] = {}
        for row in self.rows(
            "SELECT variant, metric, value FROM scores WHERE question=?", [question]
        ):
            result.setdefault(row["variant"], {})[row["metric"]] = row["value"]
        return result

    def passages(self, ids: list[str]) -> dict[str, dict[str, Any]]:
        """The passages of these ids (``document:start-end``), by id."""
        if not self._has_passages() or not ids:
            return {}
        marks = ", ".join("?" for _ in ids)
        matches = self.rows(f"SELECT * FROM passages WHERE id IN ({marks})", list(ids))
        return {row["id"]: row for row in matches}

    def passage_page(
        self, section: str | None, number: int, size: int
    ) -> tuple[int, list[dict[str, Any]]]:
        """How many passages there are (of one section, or of all), and one page of them."""
        if not self._has_passages():
            return 0, []
        where, values = ("section=?", [section]) if section else ("TRUE", [])
        total = self.rows(f"SELECT count(*) AS n FROM passages WHERE {where}", values)[0]["n"]
        matches = self.rows(
            f'SELECT * FROM passages WHERE {where} ORDER BY document, start, "end" '
            f"LIMIT {int(size)} OFFSET {int(number) * int(size)}",
            values,
        )
        return total, matches

    def _has_passages(self) -> bool:
        """Load the passages on first use; False where there are none."""
        # Late, since few pages show passages and a corpus may be large.
        if not self.rows("SELECT 1 FROM duckdb_tables() WHERE table_name='passages'"):
            path = self.files.passages
            with self._lock:
                # Another viewer may have come first, between the look and the lock: IF NOT EXISTS.
                self._load("passages_", [path], PASSAGE_COLUMNS, "document")
                self._database.execute(
                    "CREATE TABLE IF NOT EXISTS passages AS SELECT *, document || ':' || start "
                    "|| '-' || \"end\" AS id FROM passages_; DROP TABLE passages_"
                )
        return bool(self.rows("SELECT 1 FROM passages LIMIT 1"))
