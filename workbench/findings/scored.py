"""Quality: the main table, other metrics, kinds, the hand-written questions, differences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from workbench import wording
from workbench.findings.assumed import basis
from workbench.findings.leading import fall, hardest, quality
from workbench.findings.levers import tuned
from workbench.findings.pictures import Dot, Dots, Gap, Gaps
from workbench.findings.prompts import brief
from workbench.findings.values import Cell, Column, Row, Section, Statement, Table, key
from workbench.findings.view import View
from workbench.records.variants import Comparison, Estimate, VariantRow
from workbench.types import KINDS, STRATA

#: Shown beside the decisive metric, and its differences beside those.
BESIDE = ("macro_f1",)
RETRIEVAL_METRICS = ("hit@1", "hit@3", "hit@5", "mrr", "ragas:context_precision_plain",
                     "ragas:context_recall_plain")  # fmt: skip
#: The answers and scores that a variant's figures come from.
SCORES = "scores.parquet"


def chart(view: View) -> Section:
    """The figures of the decisive metric as dots with their intervals."""
    title = view.say(
        "h_chart", metric=wording.metric_label(view.metric), level=wording.share(view.results.level)
    )
    bounded = any(row.is_ceiling for row in view.rows)
    picture = dots(view, wording.metric_label(view.metric), {
        row.name: row.metrics.get(view.metric) for row in view.rows
    }, view.say("chart_note_ceiling" if bounded else "chart_note"))  # fmt: skip
    return Section("chart", title, pictures=picture)


def dots(
    view: View, title: str, of: Mapping[str, Estimate | None], caption: str = ""
) -> tuple[Dots, ...]:
    """A picture of estimates by variant; none where nothing has a value."""
    rows = []
    for row in view.rows:
        item = of.get(row.name) or Estimate()
        rows.append(Dot(row.name, row.short, item.value, item.low, item.high, item.n,
                        row.is_ceiling, row.name == view.verdict.variant))  # fmt: skip
    scored = any(row.value is not None for row in rows)
    return (Dots(title, tuple(rows), caption),) if scored else ()


def variants(view: View) -> Table:
    """The main table: quality on the mix, by stratum and on gold, then time and money."""
    metric, results = view.metric, view.results
    strata = [s for s in STRATA if any(metric in row.strata.get(s, {}) for row in view.rows)]
    gold = any(metric in row.gold for row in view.rows)
    beside = [name for name in BESIDE if any(name in row.metrics for row in view.rows)]
    level = wording.share(results.level)
    heads = [
        Column(view.say("col_variant")),
        Column(view.say("col_metric_level", metric=wording.metric_label(metric), level=level)),
        *(Column(wording.metric_label(name), "part") for name in beside),
        *(Column(wording.STRATUM_LABELS[s], "part") for s in strata),
        *[Column(view.say("col_gold"), "part")] * gold,
        Column(view.say("col_p90_time"), "aside"),
        Column(view.say("col_month"), "aside"),
        Column(view.say("col_n")),
        Column(view.say("col_records"), "records"),
    ]
    rows = []
    for row in view.rows:
        cells = [
            view.estimate(row.metrics.get(metric), f"{row.at}/metrics/{metric}"),
            *(view.estimate(row.metrics.get(name), f"{row.at}/metrics/{name}") for name in beside),
            *(view.estimate(row.strata.get(s, {}).get(metric), f"{row.at}/strata/{s}/{metric}")
              for s in strata),
            *[view.estimate(row.gold.get(metric), f"{row.at}/gold/{metric}")] * gold,
            view.number(row.latency.total_s.p90, "seconds", f"{row.at}/latency/total_s/p90"),
            view.money(row, "per_month"),
            Cell(str(row.metrics[metric].n if metric in row.metrics else 0)),
            records((view.say("rec_answers"), f"answers/{row.name}.jsonl"),
                    (view.say("rec_scores"), SCORES)),
        ]  # fmt: skip
        rows.append(view.row(row, cells, "score"))
    return view.table("variants", heads, rows)


def records(*links: tuple[str, str]) -> Cell:
    """Links to files of the run."""
    return Cell("", links=links)


def scores(view: View) -> Section:
    """The main table, how it is weighted, and the same answers by other metrics and by kind."""
    strata = [s for s in STRATA if any(s in row.strata for row in view.rows)]
    rests = basis(view) if any(row.cost for row in view.rows) else ""
    notes = [*_weights(view, strata), *_leader(view), *[Statement(rests)] * bool(rests)]
    notes += brief(view)
    return Section(
        "scores", view.say("h_scores"), tuple(notes), (quality(view),), tables=(variants(view),),
        parts=(_by_stratum(view, strata), _other_metrics(view), _kinds(view), slices(view)),
    )  # fmt: skip


def _weights(view: View, strata: Sequence[str]) -> list[Statement]:
    mix = view.results.mix or {}
    parts = [
        ", ".join(f"{wording.STRATUM_LABELS[s].lower()} {wording.share(mix.get(s, 0))}"
                  for s in strata),
        ", ".join(f"{wording.KIND_LABELS[kind].lower()} {wording.share(part)}"
                  for kind, part in (view.results.kind_mix or {}).items()),
    ]  # fmt: skip
    shares = "; ".join(part for part in parts if part)
    if not shares:
        return [view.state("scores_note_plain")]
    meant = "; ".join(f"{wording.STRATUM_LABELS[s]}: {wording.STRATUM_MEANINGS[s]}" for s in strata)
    return [view.state("scores_note", mix=shares, strata_meaning=f"{meant}." if meant else "")]


def _leader(view: View) -> list[Statement]:
    best = view.results.leader
    if best is None or best.low is None or best.high is None:
        return []
    figures = {
        key: view.figure(value, unit, f"/leader/{key}")
        for key, value, unit in (("of", best.of, "count"), ("low", best.low, "points"),
                                 ("high", best.high, "points"))
    }  # fmt: skip
    return [view.state("leader_note", name=view.name(best.variant), **figures)]


def _by_stratum(view: View, strata: Sequence[str]) -> Section:
    """The strata side by side as dots; their figures stand in the main table."""
    pictures = [
        picture for s in strata if len(strata) > 1
        for picture in dots(
            view, _asked(view, wording.STRATUM_LABELS[s], view.results.questions.strata.get(s)),
            {row.name: row.strata.get(s, {}).get(view.metric) for row in view.rows},
        )
    ]  # fmt: skip
    told = (fall(view),) if pictures else ()
    return Section("strata", view.say("h_strata"), statements=tuple(filter(None, told)),
                   pictures=tuple(pictures))  # fmt: skip


def _asked(view: View, label: str, number: int | None) -> str:
    return view.say("slice", label=label, n=number) if number else label


def _other_metrics(view: View) -> Section:
    seen = {name for row in view.rows for name in row.metrics}
    seen -= {*view.results.judged_metrics, view.metric, "behaviour"}
    order = [name for name in wording.METRIC_LABELS if name in seen]
    order += sorted(seen - set(order))
    rows = [
        Row((
            Cell(wording.metric_label(metric)),
            *(view.estimate(
                row.metrics.get(metric) if _says(row, metric) else None,
                f"{row.at}/metrics/{metric}", "points" if wording.is_share(metric) else "plain",
            ) for row in view.rows),
        ))
        for metric in order
    ]  # fmt: skip
    tables = (view.table("metrics", [Column(""), *view.of_variants()], rows),) if rows else ()
    return Section("metrics", view.say("h_metrics"), (view.state("metrics_note"),), tables=tables)


def _says(row: VariantRow, metric: str) -> bool:
    """Whether a metric says anything of a variant: the oracle finds nothing itself."""
    return not (row.is_ceiling and metric in RETRIEVAL_METRICS)


def _kinds(view: View) -> Section:
    kinds = [kind for kind in KINDS if any(kind in row.kinds for row in view.rows)]
    title = view.say("h_kinds")
    if len(kinds) < 2:
        return Section("kinds", title)
    rows = [_kind(view, kind, "kinds", view.results.questions.kinds.get(kind)) for kind in kinds]
    heads = [Column(""), Column(view.say("col_n")), *view.of_variants()]
    told = tuple(filter(None, [hardest(view)]))
    return Section("kinds", title, statements=told, tables=(view.table("kinds", heads, rows),))


def slices(view: View) -> Section:
    """The parts that whoever brought the questions divides them into."""
    asked, title = view.results.questions.slices, view.say("h_slices")
    shown = [name for name in asked if any(name in row.slices for row in view.rows)]
    if len(shown) < 2:
        return Section("slices", title)
    rows = [
        Row((
            Cell(name), Cell(wording.count(asked[name])),
            *(view.estimate(row.slices.get(name, {}).get(view.metric),
                            f"{row.at}/slices/{key(name)}/{view.metric}") for row in view.rows),
        ))
        for name in sorted(shown)
    ]  # fmt: skip
    heads = [Column(""), Column(view.say("col_n")), *view.of_variants()]
    left = len(asked) - len(shown)
    more = (view.state("slices_more", n=left, shown=len(shown)),) if left else ()
    return Section("slices", title, more, tables=(view.table("slices", heads, rows),))


def _kind(view: View, kind: str, part: str, asked: int | None) -> Row:
    """One kind of question: the figures of every variant by the metric that scores it."""
    metric = "behaviour" if kind == "behaviour" else view.metric
    return Row((
        Cell(wording.KIND_LABELS[kind]), Cell("" if asked is None else str(asked)),
        *(view.estimate(getattr(row, part).get(kind, {}).get(metric),
                        f"{row.at}/{part}/{kind}/{metric}") for row in view.rows),
    ))  # fmt: skip


def gold(view: View) -> Section:
    """The hand-written questions, apart from the exam."""
    asked, agreed = view.results.questions.gold, view.results.gold_agreement
    if not asked:
        if view.labelled:
            return Section("gold", view.say("h_gold"), chief=True)  # all are labelled by hand
        # Beside the verdict stands what else is to be known; here only that there are none.
        return Section("gold", view.say("h_gold"), statements=_agreement(view), chief=True)
    label = wording.metric_label(view.metric)
    every = Row((
        Cell(view.say("col_all")), Cell(wording.count(asked)),
        *(replace(view.estimate(row.gold.get(view.metric), f"{row.at}/gold/{view.metric}"),
                  anchor=f"gold-{row.name}") for row in view.rows),
    ))  # fmt: skip
    kinds = [
        _kind(view, kind, "gold_kinds", view.results.questions.gold_kinds.get(kind))
        for kind in KINDS if any(kind in row.gold_kinds for row in view.rows)
    ]  # fmt: skip
    heads = [Column(label), Column(view.say("col_n")), *view.of_variants()]
    pairs = [
        _pair(view, place, item, "gold_comparisons", ())
        for place, item in enumerate(view.results.gold_comparisons)
        if item.metric == view.metric and not item.stratum and not _of_ceiling(view, item)
    ]
    tables = [view.table("gold", heads, [every, *kinds])]
    if pairs:
        of = [Column(label), *view.head("col_n", "col_difference", "col_interval", "col_p")]
        tables.append(view.table("gold_pairs", of, pairs))
    note = view.state("gold_note", gold=view.figure(asked, "count", "/questions/gold"))
    told = _agreement(view) or ((Statement(agreed.sentence),) if agreed.sentence else ())
    picture = dots(view, f"{label}, {view.say('h_gold').lower()}",
                   {row.name: row.gold.get(view.metric) for row in view.rows})  # fmt: skip
    return Section("gold", view.say("h_gold"), (note,), told, picture, tuple(tables), chief=True)


def _agreement(view: View) -> tuple[Statement, ...]:
    """Whether both rank alike; that the exam is easier is said beside the verdict."""
    agreed = view.results.gold_agreement
    told = view.recorded(agreed.statements, agreed.sentence)
    easier = any(level.apart and (level.gold or 0) < (level.written or 0)
                 for level in agreed.levels)  # fmt: skip
    return tuple(
        item for item in told
        if not easier or isinstance(item.words, str) or item.words["key"] != "gold_harder"
    )  # fmt: skip


# --- differences --------------------------------------------------------------------------------


def pairs(view: View) -> Section:
    """Every difference by the decisive metric, and those by others that a sentence names.

    Of labels those of macro F1 too: what accuracy gains may be lost on a rare label.
    """
    notes = [view.state("pairs_note_labelled" if view.labelled else "pairs_note")]
    if any(item.metric in BESIDE for item in view.results.comparisons):
        notes.append(view.state("pairs_note_macro"))
    gap = view.results.power.detectable_difference
    if gap:
        at = "/power/detectable_difference"
        notes.append(view.state("pairs_power", gap=view.figure(gap, "points", at)))
    named = {
        int(value["at"].split("/")[2])
        for item in view.verdict.statements.form for value in item["values"].values()
        if isinstance(value, Mapping) and value["at"].startswith("/comparisons/")
    }  # fmt: skip
    rows = []
    for place, item in enumerate(view.results.comparisons):
        if item.metric not in (view.metric, *BESIDE) and place not in named:
            continue
        if item.stratum and _of_ceiling(view, item):
            continue
        part = wording.STRATUM_LABELS.get(item.stratum or "", view.say("workload_mix"))
        if item.metric != view.metric:
            part = f"{part}, {wording.metric_label(item.metric)}"
        rows.append(_pair(view, place, item, "comparisons", (Cell(part),)))
    heads = [
        Column(wording.metric_label(view.metric)),
        Column(view.say("col_stratum"), "words"),
        *view.head("col_n", "col_difference", "col_interval", "col_p"),
    ]
    tables = (view.table("pairs", heads, rows),) if rows else ()
    form = view.recorded(view.verdict.statements.form, view.verdict.form)
    leads = _leads(view)
    form = (*_told_apart(view, leads), *tuned(view), *form)
    return Section("pairs", view.say("h_pairs"), tuple(notes), form, leads, tables, chief=True)


def _told_apart(view: View, leads: tuple[Gaps, ...]) -> list[Statement]:
    """From whom the variant in front can be told, and from whom not."""
    if not leads:
        return []
    name = view.name(view.front)
    clear = {False: [gap.rival for gap in leads[0].rows if not gap.clear],
             True: [gap.rival for gap in leads[0].rows if gap.clear]}  # fmt: skip
    if not clear[False]:
        return [view.state("front_apart", name=name)]
    told = [view.state("front_not_told", name=name, names=", ".join(clear[False]))]
    if clear[True]:
        told.append(view.state("front_apart_from", names=", ".join(clear[True])))
    return told


def _of_ceiling(view: View, item: Comparison) -> bool:
    ceilings = {row.name for row in view.rows if row.is_ceiling}
    return bool(ceilings & {item.variant, item.baseline})


def _pair(view: View, place: int, item: Comparison, listed: str, part: tuple[Cell, ...]) -> Row:
    at = f"/{listed}/{place}"
    names = f"{view.name(item.variant)} − {view.name(item.baseline)}"
    return Row(
        (
            Cell(names),
            *part,
            Cell(str(item.n)),
            *view.gap_beside(item, at),
            Cell(wording.p_value(item.p)),
        ),
        anchor=f"{listed}-{place}",
    )


def _leads(view: View) -> tuple[Gaps, ...]:
    """The variant in front against every other candidate."""
    rows = []
    for row in view.rows:
        item = view.results.between(view.front, row.name, view.metric)
        if row.is_ceiling or item is None or item.difference is None:
            continue
        if item.low is not None and item.high is not None:
            label = view.say("against_rival", rival=row.short)
            rows.append(Gap(label, item.difference, item.low, item.high, row.short))
    title = view.say("front_minus_other", name=view.name(view.front))
    return (Gaps(title, tuple(rows), view.results.margin),) if rows else ()
