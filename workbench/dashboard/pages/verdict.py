"""Verdict: the decision, its evidence in a few pictures, and what would change it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

import streamlit as st

from workbench import wording
from workbench.dashboard import charts, look, runs, sentences
from workbench.dashboard.app import current_run, finished
from workbench.types import KINDS, STRATA

KIND_WORDS = {"adopt": "Adopt", "tie": "Tie", "undecided": "Undecided"}


def page() -> None:
    """Draw the verdict of the chosen run."""
    run = current_run()
    st.title("Verdict")
    if not finished(run):
        return
    rows = run.variants
    shown = look.labels(rows)
    metric, results = run.metric, run.results
    comparisons = [c for c in results.get("comparisons") or () if isinstance(c, Mapping)]
    _decision(run, shown)
    st.subheader("Quality against time and money")
    look.say(sentences.quality(rows, comparisons, metric))
    _trade(rows, shown, metric)
    _table(run, rows, shown, metric)
    st.subheader("Is the difference real?")
    _differences(run, comparisons, shown, metric)
    st.subheader("Tuning and retrieval, alone and together")
    _cells(results, rows, shown, metric)
    st.subheader("By how far a question lies from what was drilled")
    look.say(sentences.strata(rows, metric))
    _sliced(rows, look.short_labels(rows), metric, "strata", STRATA, wording.STRATUM_LABELS)
    look.quiet(
        "; ".join(f"{wording.STRATUM_LABELS[s]}: {m}" for s, m in wording.STRATUM_MEANINGS.items())
        + "."
    )
    with st.expander("By kind of question, and the hand-written questions"):
        look.say(sentences.kinds(rows, metric))
        _sliced(rows, look.short_labels(rows), metric, "kinds", KINDS, wording.KIND_LABELS)
        _gold(results, rows, shown, metric)
    st.subheader("Where the points were lost")
    _waterfall(run, results, rows, shown)
    st.subheader("What would change this")
    _change(results)


def _decision(run: runs.Run, shown: Mapping[str, str]) -> None:
    """The sentence, how sure it is, and its reasons."""
    verdict = run.verdict
    chosen = str(verdict.get("variant") or verdict.get("leader") or "")
    colour = look.colours([chosen])[chosen] if chosen else look.ORACLE
    look.verdict(str(verdict.get("sentence") or "This run reached no verdict."), colour)
    facts = [str(run.manifest.get("purpose") or "")]
    corpus = runs.mapping(run.manifest.get("corpus"))
    if corpus.get("words"):
        facts.append(f"{run.title}, {wording.count(corpus['words'])} words.")
    asked = runs.mapping(run.results.get("questions"))
    if isinstance(asked.get("written"), int):
        facts.append(
            f"{asked['written']:,} exam questions from {asked.get('sections', '?')} sections."
        )
    look.quiet(" ".join(fact for fact in facts if fact))
    confidence = verdict.get("confidence")
    with st.container(horizontal=True):
        st.badge(KIND_WORDS.get(str(verdict.get("kind")), "No verdict"), color="blue")
        if isinstance(confidence, int | float) and chosen:
            st.badge(
                look.markdown(
                    f"{shown.get(chosen, chosen)} wins {wording.share(confidence)} of redraws"
                ),
                color="green" if confidence >= 0.9 else "orange",
                help="Questions, workload shares and prices are drawn anew 400 times within their "
                "uncertainty: how often the same variant comes out in front.",
            )
    for reason in verdict.get("reasons") or ():
        look.text(f"• {_words(reason)}", "")
    for gone in verdict.get("excluded") or ():
        gone = runs.mapping(gone)
        name = str(gone.get("variant") or "")
        constraint = _words(gone.get("sentence") or gone.get("constraint"))
        look.text(f"• {shown.get(name, name)} is out: {constraint}", "")
    for warning in run.results.get("warnings") or ():
        look.quiet(f"⚠ {_words(warning)}")


def _words(value: Any) -> str:
    """A sentence of the results, which is text or a record that carries one."""
    if isinstance(value, Mapping):
        return str(value.get("sentence") or value.get("text") or "")
    return str(value or "")


def _front(points: Sequence[Mapping[str, Any]]) -> set[str]:
    """Labels of candidates that nothing beats on both axes (less is better across, more is up)."""
    kept = set()
    for one in points:
        if one["ceiling"]:
            continue
        beaten = any(
            other["x"] <= one["x"] and other["y"] >= one["y"] and
            (other["x"] < one["x"] or other["y"] > one["y"])
            for other in points if not other["ceiling"]
        )  # fmt: skip
        if not beaten:
            kept.add(one["label"])
    return kept


def _trade(rows: Sequence[Mapping[str, Any]], shown: Mapping[str, str], metric: str) -> None:
    """Two pictures: quality against p90, and against cost per 1,000 questions."""
    names = [str(row["name"]) for row in rows]
    title = f"{wording.metric_label(metric)} (points)"
    left, right = st.columns(2, gap="large")
    sides = (
        (left, "Time to the whole answer, p90 (ms)", lambda row: _number(row, "latency", "total_s", "p90"), 1000.0),
        (right, "Cost per 1,000 questions ({})", lambda row: _number(row, "cost", "per_1000"), 1.0),
    )  # fmt: skip
    for column, across, read, factor in sides:
        points = []
        currency = "USD"
        for row in rows:
            x, estimate = (
                read(row),
                charts.estimate_row(
                    shown[str(row["name"])],
                    runs.mapping(runs.mapping(row.get("metrics")).get(metric)),
                    metric,
                ),
            )
            if x is None or estimate is None:
                continue
            currency = str(runs.mapping(row.get("cost")).get("currency") or currency)
            takes = wording.seconds(x) if factor == 1000 else wording.money(x, currency)
            points.append({
                **estimate, "x": x * factor, "y": estimate["value"], "takes": takes,
                "short": wording.label(str(row["name"]), short=True)
                if str(row["name"]) in wording.LABELS else estimate["label"],
                "ceiling": bool(row.get("is_ceiling")),
            })  # fmt: skip
        front = _front(points)
        for point in points:
            point["front"] = point["label"] in front
        with column:
            if not points:
                look.quiet("Not measured in this run.")
                continue
            picture = charts.trade(points, names, shown, across.format(currency), title)
            look.chart(picture, f"{title} against {across.format(currency)}, one mark per variant")
    look.quiet(
        "Up and to the left is better. Vertical bars are 95% intervals; the dashed line joins the "
        "variants that no other beats on both counts. The oracle is handed the evidence: a ceiling, "
        "not a candidate."
    )


def _number(row: Mapping[str, Any], *path: str) -> float | None:
    value: Any = row
    for key in path:
        value = runs.mapping(value).get(key)
    return float(value) if isinstance(value, int | float) else None


def _table(
    run: runs.Run, rows: Sequence[Mapping[str, Any]], shown: Mapping[str, str], metric: str
) -> None:
    """The table of variants, and its figures as CSV."""
    colours = look.colours([str(row["name"]) for row in rows])
    present = [s for s in STRATA if any(sentences.value(r, metric, s) is not None for r in rows)]
    heads = [
        "Variant", f"{wording.metric_label(metric)}, points <small>[95%]</small>",
        *(wording.STRATUM_LABELS[s] for s in present),
        "First token p50", "Answer p90", "Per 1,000", "Per 1,000 correct", "Words",
    ]  # fmt: skip
    cells, classes, records = [], [], []
    for row in rows:
        name = str(row["name"])
        cost = runs.mapping(row.get("cost"))
        currency = str(cost.get("currency") or "USD")
        cells.append([
            look.dot(colours[name], shown[name]),
            look.figure(runs.mapping(row.get("metrics")).get(metric), metric),
            *(wording.points(sentences.value(row, metric, s)) for s in present),
            wording.seconds(_number(row, "latency", "first_token_s", "p50")),
            wording.seconds(_number(row, "latency", "total_s", "p90")),
            wording.money(_number(row, "cost", "per_1000"), currency),
            wording.money(_number(row, "cost", "per_1000_correct"), currency),
            wording.plain(_number(row, "answer_words")),
        ])  # fmt: skip
        classes.append(
            "apart"
            if row.get("is_ceiling")
            else "best"
            if name == run.verdict.get("variant")
            else ""
        )
        records.append({"variant": name, "label": shown[name], **_flat(row)})
    look.table("The variants; bold is the one to adopt, italic the ceiling", heads, cells, classes)
    look.csv_button(f"{run.id}-variants", records, "csv_variants")


def _flat(row: Mapping[str, Any]) -> dict[str, Any]:
    """Every figure of a variant in one line, for CSV."""
    found: dict[str, Any] = {}
    for metric, estimate in runs.mapping(row.get("metrics")).items():
        for key in ("value", "low", "high", "n", "missing"):
            found[f"{metric}_{key}"] = runs.mapping(estimate).get(key)
    for name, times in runs.mapping(row.get("latency")).items():
        if isinstance(times, Mapping):
            found.update({f"{name}_{p}": times.get(p) for p in ("p50", "p90")})
    found.update(
        {
            f"cost_{k}": v
            for k, v in runs.mapping(row.get("cost")).items()
            if not isinstance(v, dict | list)
        }
    )
    return found


def _differences(
    run: runs.Run, comparisons: Sequence[Mapping[str, Any]], shown: Mapping[str, str], metric: str
) -> None:
    """The chosen (or best) variant against every other candidate."""
    lead = sentences.best(run.variants, metric)
    center = str(run.verdict.get("variant") or (lead or {}).get("name") or "")
    others = [str(r["name"]) for r in sentences.candidates(run.variants) if r["name"] != center]
    found = [(o, sentences.between(comparisons, center, o, metric)) for o in others]
    lines = [
        {
            "pair": f"against {shown[other]}", "value": row["difference"] * 100,
            "low": row["low"] * 100, "high": row["high"] * 100, "clear": sentences.clear(row),
            "tip": sentences.gap(row, metric),
        }
        for other, row in found
        if row is not None and None not in (row.get("difference"), row.get("low"), row.get("high"))
    ]  # fmt: skip
    if not lines:
        look.quiet("No comparisons were recorded in this run.")
        return
    unclear = [line["pair"].removeprefix("against ") for line in lines if not line["clear"]]
    lead_label = shown.get(center, center)
    if unclear:
        look.say(
            f"{lead_label} can't be told from {', '.join(unclear)}: the interval holds zero. From the others it can."
        )
    else:
        look.say(f"{lead_label} differs from every other candidate by more than luck explains.")
    margin = _margin(run)
    look.chart(
        charts.differences(
            lines,
            f"{lead_label} minus the other, {wording.metric_label(metric)} (points)",
            margin * 100,
        ),
        f"Differences of {lead_label} to each other variant with 95% intervals",
    )
    look.quiet(
        f"Paired by question, intervals clustered by section. The shaded band is your margin of "
        f"{wording.whole_points(margin)} points: what lies inside it does not matter to you."
    )
    with st.expander("Every comparison"):
        rows = [
            [escape(f"{shown.get(str(c.get('variant')), c.get('variant'))} − {shown.get(str(c.get('baseline')), c.get('baseline'))}"),
             wording.metric_label(str(c.get("metric"))),
             wording.STRATUM_LABELS.get(str(c.get("stratum")), "workload mix"),
             sentences.gap(c, str(c.get("metric"))), wording.p_value(c.get("p_holm", c.get("p"))), str(c.get("n", ""))]
            for c in comparisons if c.get("metric") == metric
        ]  # fmt: skip
        look.table("Differences with intervals; p adjusted for many comparisons (Holm)",
                   ["Pair", "Metric", "Stratum", "Difference [95%]", "p", "Questions"], rows, words=(0,))  # fmt: skip
        look.csv_button(f"{run.id}-comparisons", comparisons, "csv_comparisons")


def _margin(run: runs.Run) -> float:
    for source in (run.results, runs.mapping(run.specification.get("decision"))):
        if isinstance(source.get("margin"), int | float):
            return float(source["margin"])
    return 0.03


def _cells(
    results: Mapping[str, Any],
    rows: Sequence[Mapping[str, Any]],
    shown: Mapping[str, str],
    metric: str,
) -> None:
    """The 2x2 and its interaction."""
    by_name = {str(row["name"]): row for row in rows}
    cells = ("prompt_only", "rag", "fine_tuned", "fine_tuned_rag")
    record = runs.mapping(results.get("interaction"))
    if any(name not in by_name for name in cells):
        look.quiet(
            "This run lacks one of the four cells {base, tuned} × {no retrieval, retrieval}."
        )
        return
    look.say(sentences.interaction(record, metric))
    colours = look.colours(cells)

    def cell(name: str) -> str:
        estimate = runs.mapping(by_name[name].get("metrics")).get(metric)
        return f'<span class="dot" style="background:{colours[name]}"></span>{look.figure(estimate, metric)}'

    look.table(
        f"{wording.metric_label(metric)} in points, with 95% intervals",
        ["", "No retrieval", "With retrieval"],
        [["Base model", cell("prompt_only"), cell("rag")],
         ["Fine-tuned", cell("fine_tuned"), cell("fine_tuned_rag")]],
    )  # fmt: skip
    effects = [
        {"pair": title, "value": e["difference"] * 100, "low": e["low"] * 100, "high": e["high"] * 100,
         "clear": sentences.clear(e), "tip": sentences.gap(e, metric)}
        for key, title in (("main_tuning", "Tuning, on average"), ("main_retrieval", "Retrieval, on average"),
                           ("interaction", "Interaction"))
        if None not in ((e := runs.mapping(record.get(key))).get("difference"), e.get("low"), e.get("high"))
    ]  # fmt: skip
    if effects:
        look.chart(
            charts.differences(effects, "Effect (points)", 0.0),
            "Effect of tuning, of retrieval, and their interaction, with 95% intervals",
        )


def _sliced(
    rows: Sequence[Mapping[str, Any]], shown: Mapping[str, str], metric: str, slice_by: str,
    order: Sequence[str], titles: Mapping[str, str],
) -> None:  # fmt: skip
    """One panel of dots per stratum or kind."""
    names = [str(row["name"]) for row in rows]
    panels = []
    for part in order:
        found = [
            runs.mapping(runs.mapping(runs.mapping(row.get(slice_by)).get(part)).get(metric))
            for row in rows
        ]
        made = [
            charts.estimate_row(shown[name], estimate, metric)
            for name, estimate in zip(names, found, strict=True)
        ]
        lines = [line for line in made if line]
        if lines:
            number = max(int(estimate.get("n") or 0) for estimate in found)
            panels.append((f"{titles.get(part, part)} ({number} questions)", lines))
    if not panels:
        look.quiet("Nothing was recorded by this slice.")
    title = f"{wording.metric_label(metric)} (points)"
    for start in range(0, len(panels), 3):
        for column, (heading, lines) in zip(st.columns(3), panels[start : start + 3], strict=False):
            with column:
                look.text(heading, "wb-head")
                look.chart(
                    charts.dots(lines, names, shown, title),
                    f"{title} per variant, {heading}, with 95% intervals",
                )


def _gold(
    results: Mapping[str, Any],
    rows: Sequence[Mapping[str, Any]],
    shown: Mapping[str, str],
    metric: str,
) -> None:
    """The hand-written questions, apart."""
    lines = [
        line
        for row in rows
        if (line := charts.estimate_row(shown[str(row["name"])], runs.mapping(runs.mapping(row.get("gold")).get(metric)), metric))
    ]  # fmt: skip
    if not lines:
        look.quiet("This run has no hand-written questions.")
        return
    look.text(
        _words(runs.mapping(results.get("gold_agreement"))) or "Hand-written questions", "wb-say"
    )
    look.chart(
        charts.dots(
            lines,
            [str(r["name"]) for r in rows],
            shown,
            f"{wording.metric_label(metric)} on hand-written questions (points)",
        ),
        "Score of each variant on the hand-written questions, with 95% intervals",
    )


CAUSE_LABELS = {
    "retrieval_missed": ("Search missed the evidence", look.CAUSES[0]),
    "passages_distracted": ("Evidence found, answer still wrong", look.CAUSES[1]),
    "not_known": ("Not known, nothing to look up", look.CAUSES[2]),
    "reader_failed": ("The model fails even with the evidence", look.CAUSES[3]),
    "wrongly_refused": ("Refused an answerable question", look.CAUSES[4]),
    "wrongly_answered": ("Answered the unanswerable", look.CAUSES[5]),
    "gained": ("Gained over the oracle", look.CAUSES[6]),
}


def _waterfall(
    run: runs.Run,
    results: Mapping[str, Any],
    rows: Sequence[Mapping[str, Any]],
    shown: Mapping[str, str],
) -> None:
    """Points lost by cause, and links to the questions behind each."""
    lost, links = [], []
    for name, record in runs.mapping(results.get("waterfall")).items():
        for step in runs.mapping(record).get("steps") or ():
            step = runs.mapping(step)
            cause = str(step.get("cause"))
            title, _ = CAUSE_LABELS.get(cause, (cause.replace("_", " "), "#8f8f8f"))
            points = float(step.get("points") or 0.0)
            if points > 0:
                lost.append({"label": shown.get(name, name), "part": title, "value": points * 100, "place": list(CAUSE_LABELS).index(cause) if cause in CAUSE_LABELS else 9,
                             "tip": f"{wording.points(points)} points, {step.get('count', '?')} questions"})  # fmt: skip
                links.append((points, name, cause, title, step.get("count")))
    if not lost:
        look.quiet("This run has no oracle to tell searching from reading, or nothing was lost.")
        return
    worst = max(links)
    look.say(
        f"The largest single loss: {shown.get(worst[1], worst[1])} loses {wording.points(worst[0])} points: "
        f"{worst[3][0].lower()}{worst[3][1:]}."
    )
    order = [
        shown[str(r["name"])]
        for r in rows
        if any(x["label"] == shown[str(r["name"])] for x in lost)
    ]
    parts = [(t, c) for t, c in CAUSE_LABELS.values() if any(x["part"] == t for x in lost)]
    look.chart(
        charts.bars(lost, "Points lost", parts, order), "Points lost by cause for each variant"
    )
    chosen = str(run.verdict.get("variant") or run.verdict.get("leader") or worst[1])
    with st.container(horizontal=True):
        for _points, name, cause, title, number in sorted(links, reverse=True):
            if name == chosen:
                look.page_link(
                    "questions",
                    look.markdown(f"{shown.get(name, name)}: {title} ({number})"),
                    run.id,
                    cause=cause,
                    of=name,
                )


def _change(results: Mapping[str, Any]) -> None:
    """Flip points, the case against, and what would change the verdict."""
    verdict = runs.mapping(results.get("verdict"))
    chief = [_words(line) for line in verdict.get("would_change") or ()]
    further = [_words(point) for point in verdict.get("flip_points") or ()]
    further = [line for line in dict.fromkeys(further) if line not in chief]
    if not chief:
        chief, further = further, []
    for line in chief:
        look.text(f"• {line}", "")
    said = bool(chief)
    if further:
        with st.expander("Further turning points"):
            for line in further:
                look.text(f"• {line}", "")
    against = verdict.get("against")
    if against:
        lines = against if isinstance(against, list) else [against]
        for line in lines:
            look.text(f"The case against: {_words(line)}", "")
            said = True
    if not said:
        look.quiet("Nothing was recorded that would turn this verdict.")
    look.page_link(
        "what_if",
        "Try other volumes, prices and margins",
        str(runs.mapping(results.get("run")).get("id") or "") or None,
    )
