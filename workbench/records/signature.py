"""One signature under a run, as a report tells it."""

from __future__ import annotations

from datetime import date as day

from workbench.records.record import Record


class Signature(Record):
    """One signature; ``changed`` are the records that are no longer what they were then."""

    name: str = ""
    date: str = ""
    accepted: tuple[str, ...] = ()
    review: str | None = None
    digest: str = ""
    changed: tuple[str, ...] = ()

    def overdue(self, today: day) -> bool:
        """Whether it was to be looked at again before that day."""
        return self.review is not None and self.review < today.isoformat()
