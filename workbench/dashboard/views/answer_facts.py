"""What stands behind the answers to one question: metrics, tokens, times and prompts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

import streamlit as st

from workbench import wording
from workbench.dashboard import components
from workbench.dashboard.queries import prompts, runs
from workbench.dashboard.queries.records import Records

Answers = Mapping[str, Mapping[str, Any]]
ROLES = {"system": "Instruction", "user": "Turn of the user", "assistant": "Turn of the assistant"}


def metrics(
    run: runs.Snapshot, scores: Mapping[str, Mapping[str, float | None]], order: Sequence[str],
    shown: Mapping[str, str],
) -> None:  # fmt: skip
    """Every metric of every variant on this question as a table."""
    present = {m for v in order for m, x in scores.get(v, {}).items() if x is not None}
    # ragas' own have a card beside the answer.
    named = sorted(m for m in present if not m.startswith("ragas:"))
    named.sort(key=lambda m: m != run.metric)
    if not named:
        return
    with st.expander("Every metric", icon=":material/calculate:"):
        heads = ["Variant", *(escape(wording.metric_label(m)) for m in named)]
        colours = components.colours(shown)
        rows = [
            [
                components.dot(colours[v], shown[v]),
                *(_shown(m, scores.get(v, {}).get(m)) for m in named),
            ]
            for v in order
        ]
        components.table("Points, or the metric's own unit; – where it does not apply", heads, rows)
        flat = [{"variant": v, **{m: scores.get(v, {}).get(m) for m in named}} for v in order]
        components.csv_button("metrics", flat, "csv_question_metrics")


def _shown(metric: str, value: float | None) -> str:
    if value is None:
        return wording.NONE
    return wording.points(value) if wording.is_share(metric) else wording.plain(value)


def tokens_and_times(
    opened: Records, question: str, answers: Answers, order: Sequence[str],
    shown: Mapping[str, str],
) -> None:  # fmt: skip
    """Tokens in and out, and the seconds of searching and answering, by variant."""
    timed = {
        row["variant"]: row
        for row in opened.rows("SELECT * FROM latency WHERE question=?", [question])
    }
    colours = components.colours(shown)
    rows, flat = [], []
    for v in order:
        answer, alone = answers[v], timed.get(v, {})
        rows.append(
            [components.dot(colours[v], shown[v]), _count(answer["input_tokens"]),
             _count(answer["output_tokens"]), wording.seconds(answer["retrieval_s"]),
             wording.seconds(answer["seconds"]), wording.seconds(alone.get("first_token_s")),
             wording.seconds(alone.get("total_s"))]
        )  # fmt: skip
        taken = ("input_tokens", "output_tokens", "retrieval_s", "seconds")
        flat.append(
            {"variant": v, **{key: answer[key] for key in taken},
             **{f"alone_{key}": alone.get(key) for key in ("first_token_s", "total_s")}}
        )  # fmt: skip
    with st.expander("Tokens and times", icon=":material/timer:"):
        heads = ["Variant", "Tokens in", "Tokens out", "Search", "Answer, in its batch",
                 "First token, alone", "Whole answer, alone"]  # fmt: skip
        components.table("Tokens and times of each variant on this question", heads, rows)
        components.csv_button("tokens_and_times", flat, "csv_question_times")
        components.quiet(
            "In its batch: the batch's seconds by its questions. Alone: asked one at a time; only "
            "some of the exam's questions are timed so."
        )


def _count(tokens: int | None) -> str:
    return wording.NONE if tokens is None else f"{tokens:,}"


def sent(
    run: runs.Snapshot, question: Mapping[str, Any], answers: Answers, order: Sequence[str],
    shown: Mapping[str, str], passages: Mapping[str, Mapping[str, Any]],
) -> None:  # fmt: skip
    """The prompt of each variant, once where several were sent the same."""
    groups: dict[prompts.Sent, list[str]] = {}
    for v in order:
        ids = list(answers[v]["passages"] or ())
        result = prompts.as_sent(run, v, question["text"], ids, passages)
        groups.setdefault(result, []).append(v)
    with st.expander("The prompt as sent", icon=":material/mail:"):
        for result, variants in groups.items():
            components.text(", ".join(shown[v] for v in variants), "wb-head")
            if result.prompt is None:
                components.quiet(f"Not available: {result.note}.")
                continue
            for message in result.prompt.messages:
                components.quiet(ROLES.get(message.role, message.role))
                st.code(message.content, language=None, wrap_lines=True)
            if result.note:
                components.quiet(result.note)
        components.quiet(
            "Put together anew from the run's prompt files and the passages recorded with each "
            "answer. What the model's own chat format wraps around the turns is not shown."
        )
