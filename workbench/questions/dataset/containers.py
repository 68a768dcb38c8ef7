"""Rows of questions from what is no text: a spreadsheet, a folder of a data set."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from workbench.errors import WorkbenchError

#: Files of AutoRAG's, side by side: the questions, and the texts that these rest on.
AUTORAG = ("qa.parquet", "corpus.parquet")
#: Files of rows in a folder, as data sets on a hub keep them.
_PARTS = ("*.parquet", "*.jsonl", "*.csv")


def sheet_rows(path: Path) -> list[dict[str, Any]]:
    """The rows of the first sheet of a workbook that has a head and something below it."""
    from openpyxl import load_workbook

    try:
        book = load_workbook(path, read_only=True, data_only=True)
    except Exception as error:
        # openpyxl raises whatever the archive or its XML makes of a damaged file.
        raise WorkbenchError(
            f"{path} is not a readable Excel workbook ({type(error).__name__}).",
            "Save it again as .xlsx, or as CSV UTF-8.",
        ) from error
    for sheet in book.worksheets:
        lines = [row for row in sheet.iter_rows(values_only=True) if any(_said(c) for c in row)]
        if len(lines) < 2:
            continue
        names = [str(name).strip() if _said(name) else "" for name in lines[0]]
        return [
            {name: _cell(cell) for name, cell in zip(names, line, strict=False) if name}
            for line in lines[1:]
        ]
    return []


def _said(cell: Any) -> bool:
    return cell is not None and bool(str(cell).strip())


def _cell(cell: Any) -> Any:
    """A cell as people read it: 1857 and not 1857.0, a date without its midnight."""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, date):
        return cell.isoformat().removesuffix("T00:00:00")
    return str(cell) if isinstance(cell, int | float) and not isinstance(cell, bool) else cell


def folder_files(path: Path) -> list[Path]:
    """The files of a data set's folder that hold its rows; none where it is no such folder."""
    if (path / AUTORAG[0]).is_file():
        return [path / AUTORAG[0]]
    for folder in (path / "data", path):
        for pattern in _PARTS:
            if found := sorted(folder.glob(pattern)):
                return found
    return []


def saved_rows(path: Path) -> list[dict[str, Any]] | None:
    """The rows of all splits of what ``datasets`` saved to a folder; None: it did not."""
    if not (path / "dataset_dict.json").is_file() and not (path / "state.json").is_file():
        return None
    from datasets import DatasetDict, load_from_disk

    try:
        found = load_from_disk(str(path))
    except (OSError, ValueError) as error:
        raise WorkbenchError(
            f"{path} is not a readable data set ({error}).", "Save it again."
        ) from error
    parts = found.values() if isinstance(found, DatasetDict) else [found]
    return [dict(row) for part in parts for row in part]


def autorag_texts(path: Path) -> dict[str, str]:
    """The texts beside AutoRAG's questions, by id; none where they are not there."""
    beside = path.parent / AUTORAG[1]
    if path.name != AUTORAG[0] or not beside.is_file():
        return {}
    import pyarrow.parquet as parquet

    rows = parquet.read_table(beside, columns=["doc_id", "contents"]).to_pylist()
    return {str(row["doc_id"]): str(row["contents"]) for row in rows}
