"""Questions: every question of the exam, filtered by DuckDB, one page at a time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st

from workbench import findings, wording
from workbench.dashboard import components
from workbench.dashboard.app import current_run, records
from workbench.dashboard.navigation import PAGES
from workbench.dashboard.queries import runs
from workbench.dashboard.queries.filters import ORDERS, RIGHT_AT, Filter
from workbench.dashboard.queries.records import Records
from workbench.dashboard.views import causes, labelling, question_list, rated
from workbench.dashboard.views.findings import draw
from workbench.findings.levers import cause_label

PER_PAGE = 50


def page() -> None:
    """Draw the list; an address that names a question leads to its page."""
    run = current_run()
    st.title("Questions")
    wanted = st.query_params.get("question")
    if wanted:
        st.switch_page(PAGES["question"], query_params={"run": run.id, "question": wanted})
    opened = records(run)
    metrics = [m for m in opened.metrics() if wording.is_share(m)] or [run.metric]
    variants, shown = answering(run, opened)
    chosen = _filter(run, opened, metrics, variants, shown)
    if chosen is None:
        return
    total, _ = opened.page(chosen, 0, 1)
    pages = max(1, -(-total // PER_PAGE))
    left, right = st.columns([3, 1], vertical_alignment="bottom")
    with left:
        components.say(_conclusion(total, opened, chosen, shown))
    with right:
        number = int(st.number_input(f"Page (of {pages:,})", 1, pages, 1)) if pages > 1 else 1
    _, rows = opened.page(chosen, number - 1, PER_PAGE)
    _list(run, opened, rows, variants, shown, chosen)
    labelling.summary(run, opened, chosen.metric, chosen.threshold, shown)
    rated.draw(run)
    known = findings.View(run.results)
    draw(known, findings.section(run.results, "selective"), run.id)


def answering(run: runs.Snapshot, opened: Records) -> tuple[list[str], dict[str, str]]:
    """The variants that answered, in the run's order, and the names they are shown under."""
    variants = opened.variants()
    order = [row.name for row in run.variants]
    # Answers may be of variants that the results don't list; these come last.
    variants = [v for v in order if v in variants] + [v for v in variants if v not in order]
    return variants, {**{v: wording.label(v) for v in variants}, **components.labels(run.variants)}


def _filter(
    run: runs.Snapshot,
    opened: Records,
    metrics: list[str],
    variants: list[str],
    shown: dict[str, str],
) -> Filter | None:  # fmt: skip
    """The filter's widgets."""
    titles = opened.section_titles()
    kinds, strata = opened.choices("kind"), opened.choices("stratum")
    if not kinds:
        st.info("This run has no exam questions yet.")
        return None

    def kept(name: str) -> dict[str, Any]:
        """What keeps a widget's value while a question is open or another page is visited."""
        return {"key": f"{name}_{run.id}", "persist_state": "session"}

    with st.container(border=True):
        top = st.columns([2, 1.2, 1.2])
        search = top[0].text_input(
            "Search questions and answers", icon=":material/search:", **kept("search")
        )
        metric = top[1].selectbox(
            "Metric",
            metrics,
            index=metrics.index(run.metric) if run.metric in metrics else 0,
            format_func=wording.metric_label,
            **kept("metric"),
        )
        ordered = top[2].selectbox("Order", list(ORDERS), **kept("order"))

        def several(
            place: Any, label: str, options: list[str], shows: Callable[[str], str]
        ) -> tuple[str, ...]:
            return tuple(
                place.multiselect(
                    label, options, format_func=shows, placeholder="all", **kept(label)
                )
            )

        places: Sequence[Any] = st.columns(3)
        kind = several(places[0], "Kind", kinds, lambda k: wording.KIND_LABELS.get(k, k))
        stratum = several(places[1], "Stratum", strata, lambda s: wording.STRATUM_LABELS.get(s, s))
        cluster = several(
            places[2], "Chapter or section", opened.choices("cluster"), lambda c: titles.get(c, c)
        )
        more = st.expander("Who was right, disagreement, tag, author", key=f"more_{run.id}")
        places = more.columns(2)
        right = several(places[0], "Right in", variants, lambda v: shown[v])
        wrong = several(places[1], "Wrong in", variants, lambda v: shown[v])
        threshold = places[0].slider(
            "Counts as right from (points)", 0, 100, int(RIGHT_AT * 100), step=5,
            **kept("threshold"),
        )  # fmt: skip
        origin = several(places[1], "Written by", opened.choices("origin"), _origin)
        differ = places[0].checkbox("Only where variants disagree", **kept("differ"))
        tag = None
        tags = [(k, v) for k, values in opened.tags().items() for v in values]
        if tags:
            tag = places[1].selectbox(
                "Tag",
                [None, *tags],
                format_func=lambda t: "all" if t is None else f"{t[0]}: {t[1]}",
                **kept("tag"),
            )
    only, note = _from_cause(run, shown)
    if note:
        left, right_side = st.columns([4, 1], vertical_alignment="center")
        with left:
            components.quiet(note)
        with right_side:
            components.jump("Show all", "show_all", {"run": run.id}, icon=":material/close:")
    return Filter(
        metric=metric, kinds=kind, strata=stratum, clusters=cluster,
        origins=origin, tag=tag, search=search.strip(), right=right,
        wrong=wrong, differ=differ, only=only, threshold=threshold / 100, order=ordered,
    )  # fmt: skip


def _origin(origin: str) -> str:
    return {"written": "the question writer", "gold": "hand"}.get(origin, origin)


def _from_cause(run: runs.Snapshot, shown: dict[str, str]) -> tuple[tuple[str, ...] | None, str]:
    """The questions behind one bar of the waterfall, if the address names it."""
    cause, of = st.query_params.get("cause"), st.query_params.get("of")
    if not cause or not of:
        return None, ""
    ids = causes.behind(run, of, cause)
    if ids is None:
        return None, ""
    name = shown.get(of, of)
    return ids, f"Only the {len(ids)} questions on which {name} lost points: {cause_label(cause)}."


def _conclusion(total: int, opened: Records, chosen: Filter, shown: dict[str, str]) -> str:
    everything, _ = opened.page(Filter(metric=chosen.metric), 0, 1)
    if not total:
        return f"None of the {everything:,} questions fits. Loosen the filter."
    share = f" ({100 * total / everything:.0f}%)" if total != everything else ""
    text = f"{total:,} of {everything:,} questions{share}"
    if chosen.right or chosen.wrong:
        parts = []
        if chosen.right:
            parts.append(f"right in {', '.join(shown[v] for v in chosen.right)}")
        if chosen.wrong:
            parts.append(f"wrong in {', '.join(shown[v] for v in chosen.wrong)}")
        text += ": " + " and ".join(parts)
    return text + "."


def _list(
    run: runs.Snapshot, opened: Records, rows: list[dict[str, Any]], variants: list[str],
    shown: dict[str, str], chosen: Filter,
) -> None:  # fmt: skip
    """One page of questions; a click, or a choice from the list below, opens one."""
    if not rows:
        return
    clicked = question_list.draw(run, opened, rows, variants, shown, chosen.metric)
    left, right = st.columns([4, 1], vertical_alignment="bottom")
    labels = {row["id"]: components.clip(row["text"], 160) for row in rows}
    named = left.selectbox(
        "Open a question",
        list(labels),
        index=None,
        format_func=lambda q: labels[q],
        placeholder="or choose one of this page",
        label_visibility="collapsed",
    )
    with right:
        _csv(run, opened, chosen, variants)
    target = clicked or named
    if target:
        st.switch_page(PAGES["question"], query_params={"run": run.id, "question": target})


def _csv(run: runs.Snapshot, opened: Records, chosen: Filter, variants: list[str]) -> None:
    """All questions of the filter, up to 20,000, made only when asked for."""

    def content() -> bytes:
        import csv
        import io

        _, rows = opened.page(chosen, 0, 20_000)
        sink = io.StringIO()
        writer = csv.writer(sink)
        writer.writerow(["id", "question", "answers", "kind", "stratum", "cluster", *variants])
        for row in rows:
            texts = [row["id"], row["text"], " | ".join(row["answers"] or ()), row["kind"],
                     row["stratum"], row["cluster"]]  # fmt: skip
            writer.writerow(
                [*map(components.cell, texts), *(row["scores"].get(v) for v in variants)]
            )
        return sink.getvalue().encode("utf-8-sig")

    st.download_button(
        "CSV", content, file_name=f"{run.id}-questions.csv", mime="text/csv", on_click="ignore",
        icon=":material/download:", type="tertiary", help="Every question that fits the filter",
    )  # fmt: skip
