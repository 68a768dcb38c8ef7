"""What variants were shown, read back from a run's records."""

from __future__ import annotations

from collections.abc import Sequence

from workbench.io import jsonl
from workbench.records.run import Run
from workbench.types import Answer


def shown_passages(run: Run, answers: Sequence[Answer]) -> dict[str, str]:
    """The texts of the passages that some variant was shown, by id."""
    wanted = {passage for answer in answers for passage in answer.passages}
    result = {}
    for record in jsonl.stream(run.files.passages):
        name = f"{record['document']}:{record['start']}-{record['end']}"
        if name in wanted:
            result[name] = record["text"]
    return result
