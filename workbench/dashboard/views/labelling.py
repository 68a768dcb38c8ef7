"""Judging answers blind, and what the judgements say about the metric."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import streamlit as st

from workbench import wording
from workbench.dashboard import components
from workbench.dashboard.queries import labels, runs
from workbench.dashboard.queries.records import Records
from workbench.experiment.variant import ceilings

LETTERS = "ABCDEFGHIJKLMNOP"
COLUMNS = ("question", "variant", "first", "second", "label", "rater", "blind", "time")


def rater() -> str:
    """Who labels: asked once, kept for the session."""
    name = st.text_input(
        "Your name or initials", key="rater", max_chars=40, help="Kept with each label.",
        persist_state="session",
    )  # fmt: skip
    return name.strip()


def blind(run: runs.Snapshot, question: dict[str, Any], answers: dict[str, dict[str, Any]]) -> None:
    """Right or wrong for each answer, and better or worse for two, without names."""
    who = rater()
    if not who:
        components.quiet("Say who you are to begin.")
        return
    limits = ceilings(run.factors)
    order = labels.shuffled([v for v in answers if v not in limits], question["id"], who)
    mine = {
        row.get("variant"): row.get("label")
        for row in labels.read(run.path)
        if row.get("question") == question["id"] and row.get("rater") == who and "variant" in row
    }
    for start in range(0, len(order), 2):
        for column, place in zip(
            st.columns(2), range(start, min(start + 2, len(order))), strict=False
        ):
            variant = order[place]
            with column, st.container(border=True):
                components.text(f"Answer {LETTERS[place]}", "wb-head")
                components.text(answers[variant]["text"] or "(an empty answer)")
                # With the rater in it: the next person does not inherit the choice.
                key = f"label_{question['id']}_{who}_{place}"
                st.segmented_control(
                    f"Answer {LETTERS[place]} is",
                    labels.JUDGEMENTS,
                    default=mine.get(variant),
                    key=key,
                    # Recorded before the page is redrawn: a quick "Next" draws another question.
                    on_change=_judged,
                    args=(key, run.path, question["id"], variant, who, order),
                )
    if len(order) > 1:
        first, second = order[0], order[1]
        key = f"prefer_{question['id']}_{who}"
        st.segmented_control(
            "Which is better, A or B?",
            labels.CHOICES,
            format_func={"first": "A", "same": "the same", "second": "B"}.__getitem__,
            key=key,
            on_change=preferred,
            args=(key, run.path, question["id"], first, second, who),
        )
    components.quiet("Saved as you choose. Turn off “Judge blind” to see who said what.")


def _judged(key: str, run: Path, question: str, variant: str, who: str, order: list[str]) -> None:
    """Keep the judgement that was just given; a choice taken back keeps the one before."""
    if given := st.session_state[key]:
        labels.judge(run, question, variant, given, who, order, True)


def preferred(key: str, run: Path, question: str, first: str, second: str, who: str) -> None:
    """Keep the preference that was just given."""
    if given := st.session_state[key]:
        labels.prefer(run, question, first, second, given, who, True)


def summary(
    run: runs.Snapshot, opened: Records, metric: str, threshold: float, shown: Mapping[str, str]
) -> None:
    """The labels so far against the metric, and their export."""
    given = labels.read(run.path)
    if not given:
        return
    st.header("Your labels")
    wanted = sorted({str(row.get("question")) for row in given})
    marks = ", ".join("?" for _ in wanted)
    values = {
        (row["question"], row["variant"]): row["value"]
        for row in opened.rows(
            f"SELECT question, variant, value FROM scores WHERE metric=? AND question IN ({marks})",
            [metric, *wanted],
        )
    }
    matches = labels.agreement(given, values, threshold)
    if matches:
        kappa = "" if matches["kappa"] is None else f", Cohen's kappa {matches['kappa']:.2f}"
        components.say(
            f"{wording.metric_label(metric)} agrees with {matches['n']} labels in "
            f"{wording.share(matches['agreed'])} of cases{kappa}."
        )
        components.table(
            f"People against {wording.metric_label(metric)}, right from "
            f"{wording.points(threshold)} points",
            ["", "Metric: right", "Metric: wrong"],
            [["Person: right", str(matches["both_right"]), str(matches["only_human"])],
             ["Person: wrong", str(matches["only_metric"]), str(matches["both_wrong"])]],
        )  # fmt: skip
        counts = {"metric": metric, "right_from": threshold, **matches}
        components.csv_button(f"{run.id}-people-and-metric", [counts], "csv_people_and_metric")
    answers = opened.texts(wanted)
    texts = {
        row["id"]: row["text"]
        for row in opened.rows(f"SELECT id, text FROM questions WHERE id IN ({marks})", wanted)
    }
    pairs = labels.preference_pairs(given, answers, texts)
    with st.container(horizontal=True):
        components.csv_button(
            f"{run.id}-labels",
            [{k: row.get(k) for k in COLUMNS} for row in given],
            "csv_labels",
        )
        if pairs:
            st.download_button(
                f"{pairs.count(chr(10))} preference pairs (JSONL)", pairs.encode(),
                file_name=f"{run.id}-preferences.jsonl", mime="application/jsonl",
                icon=":material/download:", type="tertiary", on_click="ignore",
            )  # fmt: skip
