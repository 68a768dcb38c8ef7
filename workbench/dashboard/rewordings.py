"""The same question in other words: how much each variant's answers hang on the wording."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import streamlit as st

from workbench import wording
from workbench.dashboard import charts, evidence, look, runs

FOLDER = "sensitivity"
ASKED = "questions.jsonl"
PARTS = ("flipped", "range", "sd")


def section(view: evidence.View) -> None:
    """How often each variant turns between right and wrong; nothing where none was asked again."""
    record = runs.mapping(view.run.results.get("sensitivity"))
    rows = [r for r in record.get("variants") or () if runs.mapping(r).get("name") in view.shown]
    if not rows:
        return
    st.header(wording.say("h_sensitivity"))
    look.say(_told(record))
    short = look.short_labels(view.rows)
    result = [charts.estimate_row(short[r["name"]], runs.mapping(r.get("flipped")), "f1")
            for r in rows]  # fmt: skip
    lines = [line for line in result if line]
    title = "Questions that turn between right and wrong (%)"
    if lines:
        names = [str(r["name"]) for r in rows]
        look.chart(
            charts.dots(lines, names, short, title), f"{title} per variant, with 95% intervals"
        )
    colours = look.colours(view.shown)
    look.table(
        "Each variant over the wordings of a question",
        ["Variant", "Turns, % <small>[95%]</small>", "Ever right", "Of these, turned",
         "Range, points <small>[95%]</small>", "Std. dev., points"],
        [[look.dot(colours[r["name"]], view.shown[r["name"]]),
          look.figure(runs.mapping(r.get("flipped"))), str(r.get("solved", wording.NONE)),
          str(r.get("turned", wording.NONE)), look.figure(runs.mapping(r.get("range"))),
          wording.points(runs.mapping(r.get("sd")).get("value"))] for r in rows],
    )  # fmt: skip
    look.csv_button(f"{view.run.id}-wordings", [flat(r) for r in rows], "csv_wordings")
    look.quiet(_note(record))


def _told(record: Mapping[str, Any]) -> str:
    """The recorded sentences; a record of another shape has none."""
    try:
        return " ".join(wording.text(result) for result in record["statements"])
    except (KeyError, TypeError, AttributeError):
        return look.clip(record.get("sentence") or "The record of this can't be read.", 400)


def _note(record: Mapping[str, Any]) -> str:
    """What was asked, and what the columns mean."""
    wordings = record.get("wordings")
    return wording.say(
        "sensitivity_note",
        questions=record.get("questions", "?"),
        wordings=wording.rate(wordings) if isinstance(wordings, int | float) else "?",
        metric=wording.metric_label(str(record.get("metric") or "f1")),
    )


def flat(row: Mapping[str, Any]) -> dict[str, Any]:
    """One variant as a row of figures."""
    result: dict[str, Any] = {"variant": row.get("name")}
    for part in PARTS:
        for key in ("value", "low", "high", "n"):
            result[f"{part}_{key}"] = runs.mapping(row.get(part)).get(key)
    return result | {key: row.get(key) for key in ("solved", "turned")}


def of_question(
    run: runs.Run,
    question: Mapping[str, Any],
    order: list[str],
    shown: Mapping[str, str],
    as_html: Callable[[str], str],
) -> None:
    """What each variant said to the other wordings of one question, where it was asked again."""
    further = {
        str(line.get("id")): str(line.get("text"))
        for line in runs.lines(run.path / FOLDER / ASKED)
        if runs.mapping(line.get("tags")).get("wording_of") == question["id"]
    }
    if not further:
        return
    sentences = {
        (str(row.get("question")), name): str(row.get("text") or "(an empty answer)")
        for name in order
        for row in runs.lines(run.path / FOLDER / f"{name}.jsonl")
        if row.get("question") in further
    }
    title = f"Asked again in {len(further)} other wording{'s' if len(further) != 1 else ''}"
    with st.expander(title, icon=":material/replay:"):
        for name, text in further.items():
            rows = [
                [look.cell_text(shown[variant]), as_html(sentences[name, variant])]
                for variant in order
                if (name, variant) in sentences
            ]
            look.table(text, ["Variant", "Answer"], rows, words=(0, 1))
        listed = [
            {"wording": further[name], "variant": variant, "answer": text}
            for (name, variant), text in sentences.items()
        ]
        look.csv_button(f"{run.id}-{question['id']}-wordings", listed, "csv_question_wordings")
