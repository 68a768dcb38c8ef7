"""What every part of the page asks of results.json: names, numbers as links, words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from markupsafe import Markup

from workbench import wording
from workbench.report.links import number, sentence

RETRIEVAL_METRICS = ("hit@1", "hit@3", "hit@5", "mrr", "ragas:context_precision_plain",
                     "ragas:context_recall_plain")  # fmt: skip


class View:
    """results.json with its words; ``rows`` are its variants, each knowing its place (``at``)."""

    def __init__(self, results: Mapping[str, Any], language: str) -> None:
        self.results = results
        self.language = language
        self.words = wording.LANGUAGES[language]
        self.verdict = results["verdict"]
        self.metric = results["metric"]
        self.rows = [
            {**row, "at": f"/variants/{place}"} for place, row in enumerate(results["variants"])
        ]
        for row in self.rows:
            row["metrics"] = {self.metric: None, **row["metrics"]}
        self.colours = wording.colours([row["name"] for row in self.rows])
        self.currency = (results.get("prices") or {}).get("currency", "USD")

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
        matches = (wording.short_label(row) for row in self.rows if row["name"] == variant)
        return next(matches, variant)

    def span(self, result: Mapping[str, Any], unit: str) -> str:
        """An interval in the unit of its figure."""
        return wording.interval(
            result["low"], result["high"], "answer_words" if unit == "plain" else "f1"
        )

    def shows(self, row: Mapping[str, Any], metric: str) -> bool:
        """Whether a metric says anything of a variant: the oracle finds nothing itself."""
        return not (row["is_ceiling"] and metric in RETRIEVAL_METRICS)

    def kind_metric(self, kind: str) -> str:
        """The metric that a kind of question is scored by."""
        return "behaviour" if kind == "behaviour" else self.metric
