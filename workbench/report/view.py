"""What every part of the page asks of results.json: names, numbers as links, words."""

from __future__ import annotations

from typing import Any, Protocol

from markupsafe import Markup

from workbench import wording
from workbench.records.record import Number
from workbench.records.results import Results
from workbench.records.variants import VariantRow
from workbench.report.links import number, sentence

RETRIEVAL_METRICS = ("hit@1", "hit@3", "hit@5", "mrr", "ragas:context_precision_plain",
                     "ragas:context_recall_plain")  # fmt: skip


class Interval(Protocol):
    """Whatever has two ends."""

    @property
    def low(self) -> Number | None: ...
    @property
    def high(self) -> Number | None: ...


class View:
    """results.json with its words."""

    def __init__(self, results: Results, language: str) -> None:
        self.results = results
        self.language = language
        self.words = wording.LANGUAGES[language]
        self.verdict = results.verdict
        self.metric = results.metric
        self.rows = results.variants
        self.names = results.names()
        self.colours = wording.colours(list(self.names))
        self.currency = results.prices.currency if results.prices else "USD"

    def say(self, key: str, **values: Any) -> str:
        """The words of that key with the values filled in."""
        return self.words[key].format(**values)

    def linked(self, key: str, **values: Any) -> Markup:
        """The words of that key; values made by :meth:`figure` are links."""
        return sentence(wording.statement(key, **values), self.results, self.language)

    def figure(self, value: float | None, unit: str, at: str) -> dict[str, Any]:
        """A number for :meth:`linked`, which is recorded at ``at``."""
        return wording.figure(value, unit, at, self.currency)

    def num(self, value: float | None, unit: str, at: str) -> Markup:
        """A number as a link."""
        return number(self.figure(value, unit, at), self.results)

    def name(self, variant: str) -> str:
        """A variant's short display name."""
        return self.names.get(variant, variant)

    def span(self, result: Interval, unit: str) -> str:
        """An interval in the unit of its figure."""
        metric = "answer_words" if unit == "plain" else "f1"
        return wording.interval(result.low, result.high, metric)

    def shows(self, row: VariantRow, metric: str) -> bool:
        """Whether a metric says anything of a variant: the oracle finds nothing itself."""
        return not (row.is_ceiling and metric in RETRIEVAL_METRICS)

    def kind_metric(self, kind: str) -> str:
        """The metric that a kind of question is scored by."""
        return "behaviour" if kind == "behaviour" else self.metric
