"""What a monitoring system asks of a server, in Prometheus' text format."""

from __future__ import annotations

from collections.abc import Callable


class Metrics:
    """Counts of answers by variant and outcome, their times, and how many questions wait."""

    def __init__(self, waiting: Callable[[], int]) -> None:
        from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

        # A registry of its own: two servers in one process count apart.
        self._registry = CollectorRegistry()
        self._answers = Counter(
            "workbench_answers",
            "Questions by variant and outcome: answered, failed, refused, given up.",
            ["variant", "outcome"],
            registry=self._registry,
        )
        buckets = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120)
        self._seconds, self._first = (
            Histogram(name, told, ["variant"], buckets=buckets, registry=self._registry)
            for name, told in (
                ("workbench_answer_seconds", "Seconds from a question's turn to its answer's end."),
                ("workbench_first_token_seconds", "Seconds from a question's turn to its text."),
            )
        )
        gauge = Gauge(
            "workbench_questions_waiting", "Questions in the line.", registry=self._registry
        )
        gauge.set_function(waiting)

    def count(self, variant: str, outcome: str) -> None:
        self._answers.labels(variant, outcome).inc()

    def answered(self, variant: str, first_s: float | None, total_s: float) -> None:
        self.count(variant, "answered")
        self._seconds.labels(variant).observe(total_s)
        if first_s is not None:
            self._first.labels(variant).observe(first_s)

    def text(self) -> tuple[bytes, str]:
        """The metrics and their media type."""
        from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

        return generate_latest(self._registry), CONTENT_TYPE_LATEST
