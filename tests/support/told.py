"""What a section of the findings says, for tests that follow its figures to results.json."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from workbench import findings


def figures(section: findings.Section) -> Iterator[Any]:
    """The values of its sentences and of the cells of its tables."""
    for item in section.every_statement():
        assert not isinstance(item.words, str)
        yield from item.words["values"].values()
    for table in section.tables:
        for row in table.rows:
            yield from (cell.value for cell in row.cells)
