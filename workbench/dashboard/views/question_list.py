"""The list of questions: a matrix of answers coloured by score; on a phone, cards."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any
from urllib.parse import urlencode

import streamlit as st

from workbench import wording
from workbench.dashboard import components
from workbench.dashboard.queries import runs
from workbench.dashboard.queries.records import Records

Row = Mapping[str, Any]
SHADE = "91, 111, 181"  # components.CLEAR: no variant's colour
DARKEST = 0.55
NOTHING = "none (the text does not say)"
ROW_HEIGHT, TALLEST = 88, 760
CLIPPED = 240  # characters of an answer in a cell; all of it stands on the question's page
# Both are drawn, since only the browser knows how wide it is.
STYLE = """<style>
.st-key-question_cards{display:none}
@media (max-width:48rem){.st-key-question_cards{display:flex}.st-key-question_matrix{display:none}}
a.wb-card{display:block;border:1px solid rgba(128,128,128,.35);border-radius:.5rem;
 padding:.6rem .75rem;margin-bottom:.6rem;color:inherit!important;text-decoration:none!important}
a.wb-card p{margin:0 0 .3rem;overflow-wrap:anywhere}
a.wb-card .score{display:inline-block;min-width:2.1rem;text-align:right;padding:0 .3rem;
 border-radius:.2rem;font-variant-numeric:tabular-nums;margin-right:.35rem}
</style>"""


def draw(
    run: runs.Snapshot, opened: Records, rows: Sequence[Row], variants: Sequence[str],
    shown: Mapping[str, str], metric: str,
) -> str | None:  # fmt: skip
    """The questions of ``rows`` with every variant's answer; returns the one that was clicked."""
    replies = opened.replies([row["id"] for row in rows])
    st.html(STYLE)
    components.quiet(
        f"Before each answer its points of {wording.metric_label(metric)}: the stronger the shade, "
        "the more. Open a question by clicking on it."
    )
    with st.container(key="question_cards"):
        _cards(run, rows, variants, shown, replies)
    with st.container(key="question_matrix"):
        return _matrix(run, opened, rows, variants, shown, replies)


def cell(value: float | None, text: str) -> str:
    """``100 · 74 barrels of oil``; padded, so that a column sorts by its points."""
    points = wording.NONE if value is None else f"{100 * value:.0f}"
    return f"{points.rjust(3, chr(0x2007))} · {components.clip(text, CLIPPED)}"


def shade(value: float | None) -> str:
    """A score's background: none at zero, the darkest at one."""
    part = DARKEST * min(max(value or 0.0, 0.0), 1.0)
    return f"rgba({SHADE}, {part:.2f})"


def _matrix(
    run: runs.Snapshot, opened: Records, rows: Sequence[Row], variants: Sequence[str],
    shown: Mapping[str, str], replies: Mapping[tuple[str, str], str],
) -> str | None:  # fmt: skip
    import pandas as pd

    titles = opened.section_titles()
    short = {v: wording.short_label({"name": v, "label": shown[v]}) for v in variants}
    frame = pd.DataFrame(
        [
            {
                "Question": row["text"],
                "Reference": " · ".join(row["answers"] or ()) or NOTHING,
                **{
                    short[v]: cell(row["scores"].get(v), replies.get((row["id"], v), "(no answer)"))
                    for v in variants
                },
                "Kind": wording.KIND_LABELS.get(row["kind"], row["kind"]),
                "Stratum": wording.STRATUM_LABELS.get(row["stratum"], row["stratum"] or "–"),
                "Section": titles.get(row["cluster"], row["cluster"]),
            }
            for row in rows
        ]
    )
    looks = pd.DataFrame("", index=frame.index, columns=frame.columns)
    for v in variants:
        looks[short[v]] = [f"background-color: {shade(row['scores'].get(v))}" for row in rows]
    event = st.dataframe(
        frame.style.apply(lambda _: looks, axis=None),
        hide_index=True,
        column_config={
            "Question": st.column_config.TextColumn(width=250),
            "Reference": st.column_config.TextColumn(width=120),
            **{
                short[v]: st.column_config.TextColumn(
                    width=132, help=components.markdown(f"{shown[v]}: points and answer")
                )
                for v in variants
            },
        },
        on_select="rerun",
        selection_mode="single-cell",
        key=f"list_{run.id}",
        row_height=ROW_HEIGHT,
        height=min(ROW_HEIGHT * len(rows) + 40, TALLEST),
        alt="Questions with each variant's points and answer",
    )
    picked = event.selection.cells if event else []
    # A selection outlives a filter that leaves fewer rows.
    return rows[picked[0][0]]["id"] if picked and picked[0][0] < len(rows) else None


def _cards(
    run: runs.Snapshot, rows: Sequence[Row], variants: Sequence[str], shown: Mapping[str, str],
    replies: Mapping[tuple[str, str], str],
) -> None:  # fmt: skip
    colours = components.colours(shown)
    cards = []
    for row in rows:
        address = urlencode({"run": run.id, "question": row["id"]})
        lines = [
            f'<p><span class="score" style="background:{shade(value)}">'
            f"{wording.NONE if value is None else format(100 * value, '.0f')}</span>"
            f"{components.dot(colours[v], shown[v])}: "
            f"{escape(components.clip(replies.get((row['id'], v), '(no answer)'), 90))}</p>"
            for v in variants
            for value in (row["scores"].get(v),)
        ]
        kind = wording.KIND_LABELS.get(row["kind"], row["kind"])
        stratum = wording.STRATUM_LABELS.get(row["stratum"], row["stratum"] or "–")
        reference = " · ".join(row["answers"] or ()) or NOTHING
        cards.append(
            f'<a class="wb-card" href="question?{escape(address)}"><p class="wb-head">'
            f'{escape(row["text"])}</p><p class="wb-quiet">{escape(f"{kind} · {stratum}")}<br>'
            f"Reference: {escape(reference)}</p>{''.join(lines)}</a>"
        )
    st.html(f'<div class="wb">{"".join(cards)}</div>')
