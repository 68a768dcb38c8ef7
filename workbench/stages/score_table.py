"""A run's scores as a table on the disk."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from workbench.errors import WorkbenchError
from workbench.evaluation.columns import ScoreColumns
from workbench.io.files import whole_file
from workbench.records.layout import RunLayout
from workbench.types import Score


def write_scores(path: Path, scores: ScoreColumns | Iterable[Score]) -> None:
    """The scores as one Parquet table: question, variant, metric, value (null: not scored)."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    listed = ScoreColumns.of(scores)

    def texts(column: str) -> Any:
        codes, names = listed.coded(column)
        return pa.DictionaryArray.from_arrays(codes, pa.array(names, pa.string())).cast(pa.string())

    table = pa.table({
        **{name: texts(name) for name in ("question", "variant", "metric")},
        "value": pa.array(listed.value, pa.float64(), from_pandas=True),
    })  # fmt: skip
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
