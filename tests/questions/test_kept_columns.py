"""Columns of a labelled file that stay with its messages, so that groups can be told apart."""

from __future__ import annotations

from pathlib import Path

import pytest

from workbench.errors import WorkbenchError
from workbench.evaluation.groups import column_tags
from workbench.experiment.questions import LabelsSpec
from workbench.questions.dataset.labelled import read_messages


def test_only_what_is_to_be_kept_stays(tmp_path: Path) -> None:
    path = tmp_path / "messages.csv"
    rows = [f"message {n} of all,{'late' if n % 2 else 'early'},{'north' if n % 3 else ''},x{n}"
            for n in range(24)]  # fmt: skip
    path.write_text("text,label,region,other\n" + "\n".join(rows) + "\n", "utf-8")
    plain, _ = read_messages(LabelsSpec(file=str(path)))
    kept, _ = read_messages(LabelsSpec(file=str(path), keep=("region",)))
    assert [question.id for question in kept] == [question.id for question in plain]
    assert all(set(question.tags) == {"labels", "line"} for question in plain)
    regions = column_tags(kept, "region")
    assert set(regions.values()) == {"north"} and len(regions) == 16
    with pytest.raises(WorkbenchError, match="no column 'town'") as caught:
        read_messages(LabelsSpec(file=str(path), keep=("town",)))
    assert "questions.labels.keep" in str(caught.value.hint)
