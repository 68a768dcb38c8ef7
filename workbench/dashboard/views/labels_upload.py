"""Messages with their labels, from a file: its columns named, what was found, what is wrong."""

from __future__ import annotations

from collections import Counter
from html import escape
from pathlib import Path

import streamlit as st

from workbench import wording
from workbench.dashboard import components
from workbench.errors import WorkbenchError
from workbench.experiment.questions import LabelsSpec

#: Columns by the name that is taken for them where a file has it.
COLUMNS = {"text": "Message", "label": "Label", "group": "Group (optional)"}


def draw(path: Path) -> LabelsSpec | None:
    """Which column holds what, and the messages that are found so; None where they are none."""
    from workbench.questions.dataset.labelled import read_messages
    from workbench.questions.dataset.tables import rows

    try:
        spec = _columns(path, sorted({name for row in rows(path)[0] for name in row.values}))
        if spec is None:
            components.quiet("Say which columns hold the messages and their labels.")
            return None
        found, dropped = read_messages(spec)
    except WorkbenchError as error:
        components.problems([str(error)])
        return None
    counts = Counter(message.answers[0] for message in found)
    components.say(
        f"{wording.count(len(found))} messages with {len(counts)} labels; "
        f"{wording.count(len(dropped))} dropped, which repeat another or have two labels."
    )
    listed = [[escape(label), wording.count(number)] for label, number in counts.most_common()]
    components.table("Messages of each label", ["Label", "Messages"], listed)
    return spec


def _columns(path: Path, names: list[str]) -> LabelsSpec | None:
    chosen: dict[str, str] = {}
    for column, (ours, title) in zip(st.columns(len(COLUMNS)), COLUMNS.items(), strict=True):
        # With the content's hash in the key: another file's columns are others.
        picked = column.selectbox(
            title, ["", *names], index=names.index(ours) + 1 if ours in names else 0,
            key=f"new_labels_{path.parent.name}_{ours}",
            format_func=lambda name: name or "none",
            help="Messages of one group, such as a sender, are never parted between training and "
            "exam." if ours == "group" else None,
        )  # fmt: skip
        if picked:
            chosen[ours] = picked
    if not {"text", "label"} <= chosen.keys():
        return None
    return LabelsSpec(
        file=str(path), text=chosen["text"], label=chosen["label"], group=chosen.get("group")
    )
