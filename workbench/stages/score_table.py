"""A run's scores as a table on the disk."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from workbench.errors import WorkbenchError
from workbench.io.files import whole_file
from workbench.records.layout import RunLayout
from workbench.types import Score


def write_scores(path: Path, scores: Sequence[Score]) -> None:
    """The scores as one Parquet table: question, variant, metric, value (null: not scored)."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pa.table(
        {
            "question": pa.array([score.question for score in scores], pa.string()),
            "variant": pa.array([score.variant for score in scores], pa.string()),
            "metric": pa.array([score.metric for score in scores], pa.string()),
            "value": pa.array([score.value for score in scores], pa.float64()),
        }
    )
    with whole_file(path) as partial:
        pq.write_table(table, partial)


def read_scores(folder: Path) -> list[Score]:
    """The scores of a run's folder."""
    import pyarrow.parquet as pq

    path = RunLayout(folder).scores
    if not path.exists():
        raise WorkbenchError(f"{folder.name} holds no scores.", "Finish that run first.")
    try:
        return [Score(**row) for row in pq.read_table(path).to_pylist()]
    except (OSError, ValueError, TypeError) as error:  # pyarrow's own are ValueErrors
        raise WorkbenchError(
            f"{path} is damaged: {' '.join(str(error).split())[:200]}.",
            "Run the experiment again: its answers are kept and are scored anew.",
        ) from error
