"""The same question in other words: how much each variant's answers depend on the wording."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import streamlit as st

from workbench import wording
from workbench.dashboard import components
from workbench.dashboard.queries import evidence, runs
from workbench.dashboard.views import charts
from workbench.dashboard.views.sentences import told
from workbench.records.probes import Turning


def section(view: evidence.View) -> None:
    """How often each variant flips between right and wrong; nothing where none was asked again."""
    record = view.run.results.sensitivity
    rows = [row for row in record.variants if row.name in view.shown] if record else []
    if record is None or not rows:
        return
    st.header(wording.say("h_sensitivity"))
    components.say(told(record))
    short = components.short_labels(view.rows)
    lines = [line for row in rows
             if (line := charts.estimate_row(short[row.name], row.flipped, "f1"))]  # fmt: skip
    title = "Questions that turn between right and wrong (%)"
    if lines:
        components.chart(
            charts.dots(lines, [row.name for row in rows], short, title),
            f"{title} per variant, with 95% intervals",
        )
    colours = components.colours(view.shown)
    components.table(
        "Each variant over the wordings of a question",
        ["Variant", "Turns, % <small>[95%]</small>", "Ever right", "Of these, turned",
         "Range, points <small>[95%]</small>", "Std. dev., points"],
        [[components.dot(colours[row.name], view.shown[row.name]),
          components.figure(row.flipped), str(row.solved), str(row.turned),
          components.figure(row.range), wording.points(row.sd.value)] for row in rows],
    )  # fmt: skip
    components.csv_button(f"{view.run.id}-wordings", [flat(row) for row in rows], "csv_wordings")
    note = {"questions": str(record.questions), "wordings": wording.rate(record.wordings)}
    metric = wording.metric_label(record.metric or "f1")
    components.quiet(wording.say("sensitivity_note", **note, metric=metric))


def flat(row: Turning) -> dict[str, Any]:
    """One variant as a row of figures."""
    parts = {"flipped": row.flipped, "range": row.range, "sd": row.sd}
    keys = ("value", "low", "high", "n")
    figures = {f"{p}_{key}": getattr(item, key) for p, item in parts.items() for key in keys}
    return {"variant": row.name, **figures, "solved": row.solved, "turned": row.turned}


def of_question(
    run: runs.Snapshot,
    question: Mapping[str, Any],
    order: list[str],
    shown: Mapping[str, str],
    as_html: Callable[[str], str],
) -> None:
    """What each variant said to the other wordings of one question, where it was asked again."""
    further = {
        str(line.get("id")): str(line.get("text"))
        for line in runs.lines(run.files.rewordings())
        if runs.mapping(line.get("tags")).get("wording_of") == question["id"]
    }
    if not further:
        return
    sentences = {
        (str(row.get("question")), name): str(row.get("text") or "(an empty answer)")
        for name in order
        for row in runs.lines(run.files.rewordings(name))
        if row.get("question") in further
    }
    title = f"Asked again in {len(further)} other wording{'s' if len(further) != 1 else ''}"
    with st.expander(title, icon=":material/replay:"):
        for name, text in further.items():
            rows = [
                [components.cell_text(shown[variant]), as_html(sentences[name, variant])]
                for variant in order
                if (name, variant) in sentences
            ]
            components.table(text, ["Variant", "Answer"], rows, words=(0, 1))
        listed = [
            {"wording": further[name], "variant": variant, "answer": text}
            for (name, variant), text in sentences.items()
        ]
        components.csv_button(
            f"{run.id}-{question['id']}-wordings", listed, "csv_question_wordings"
        )
