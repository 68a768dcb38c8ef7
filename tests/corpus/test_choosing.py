"""Some documents are searched: by their place, and by what their front matter says."""

from __future__ import annotations

import pytest

from workbench.corpus.choosing import attributes, chosen
from workbench.errors import WorkbenchError
from workbench.types import Document


def document(id: str, front: str = "") -> Document:
    head = f"---\n{front}\n---\n" if front else ""
    return Document(id, f"{head}# {id}\n\nSome text.\n", "e")


DOCUMENTS = [
    document("policies/leave", "department: HR\nyear: 2024\ntags: [paid, family]"),
    document("policies/pay", "department: Finance\nyear: 2025\nreviewed: 2025-03-01"),
    document("notes/团队", "department: 人事"),
    document("notes/broken", "department: [HR"),
    document("notes/plain"),
]


@pytest.mark.parametrize(
    ("only", "left"),
    [
        (["department=hr"], ["policies/leave"]),
        (["department=HR", "department=人事"], ["policies/leave", "notes/团队"]),
        (["document=policies/*"], ["policies/leave", "policies/pay"]),
        (["document=policies/*", "year=2025"], ["policies/pay"]),
        (["tags=family"], ["policies/leave"]),
        (["reviewed=2025-*"], ["policies/pay"]),
        (["Document=*/p*"], ["policies/pay", "notes/plain"]),
    ],
)
def test_every_key_has_to_hold_and_one_of_its_values(only: list[str], left: list[str]) -> None:
    assert chosen(DOCUMENTS, only) == set(left)


def test_where_nothing_is_left_what_there_is_is_named() -> None:
    with pytest.raises(WorkbenchError, match=r"department=legal") as told:
        chosen(DOCUMENTS, ["department=legal", "author=*"])
    assert "department is finance, hr, 人事" in told.value.hint
    assert "no front matter says author" in told.value.hint


def test_a_rule_in_a_text_is_no_front_matter() -> None:
    text = "# Title\n\n---\ndepartment: HR\n---\n"
    assert set(attributes(Document("a", text, "e"))) == {"document"}
    assert set(attributes(Document("a", "---\nJust a line.\n---\n", "e"))) == {"document"}
