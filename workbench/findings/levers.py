"""What retrieval and tuning add, where points are lost, and how variants refuse and are sure."""

from __future__ import annotations

from dataclasses import replace

from workbench import wording
from workbench.experiment.variant import Variant, recorded_cells, twins
from workbench.findings.decided import invented
from workbench.findings.pictures import (
    Bar,
    Curve,
    Curves,
    Dot,
    Fall,
    Gap,
    Gaps,
    Lever,
    Levers,
    Picture,
)
from workbench.findings.values import Cell, Column, Row, Section, Statement, Table
from workbench.findings.view import View
from workbench.records.results import Interaction, Waterfall
from workbench.records.variants import Abstention, VariantRow
from workbench.types import STRATA


def levers(view: View) -> Section:
    """The two-by-two of each tuning: its picture, the effects, whether the two overlap."""
    title, both = view.say("h_levers"), view.results.interaction
    if view.labelled and both is None:
        return Section("levers", title, chief=True)  # nothing to retrieve, so no second lever
    if both is None or both.interaction.difference is None:
        return Section("levers", title, statements=(view.state("levers_none"),), chief=True)
    notes = (view.state("levers_note"),)
    if not both.others:
        one = _two_by_two(view, both, "/interaction", "")
        return Section("levers", title, notes, one.statements, one.pictures, one.tables, chief=True)
    parts = [
        _two_by_two(view, item, f"/interaction/others/{place - 1}" if place else "/interaction",
                    view.name(item.cells[2]))
        for place, item in enumerate((both, *both.others))
    ]  # fmt: skip
    return Section("levers", title, notes, parts=tuple(parts), chief=True)


def untuned(view: View) -> dict[str, str]:
    """Each tuned variant's untuned counterpart; for older results it follows from the rows."""
    if any("twin" in row.model_fields_set for row in view.rows):
        return {row.name: row.twin for row in view.rows if row.twin}
    return twins([Variant.named(row.name, row.context) for row in view.rows])


def tuned(view: View) -> tuple[Statement, ...]:
    """What tuning gained or lost against the same variant without it, over all and by stratum."""
    pairs = [
        (f"{view.name(name)} − {view.name(base)}, " + view.say(f"tuned_{part or 'all'}"), gap)
        for name, base in untuned(view).items()
        for part in (None, *STRATA)
        if (gap := view.results.between(name, base, view.metric, part)) is not None
        and gap.low is not None and gap.high is not None
    ]  # fmt: skip
    if not pairs:
        return ()
    lost = [pair for pair, gap in pairs if (gap.high or 0) < 0]
    gained = [pair for pair, gap in pairs if (gap.low or 0) > 0]
    if lost:
        return (view.state("tuned_harm", "caution", listed="; ".join(lost)),)
    if gained:
        return (view.state("tuned_gain", gained=str(len(gained)), of=str(len(pairs))),)
    return (view.state("tuned_unclear"),)


def _two_by_two(view: View, item: Interaction, at: str, title: str) -> Section:
    known = [Variant.named(row.name, row.context) for row in view.rows]
    cells = [name for name in recorded_cells(item.cells, known) if name in view.names]
    key = "levers_untold"
    if item.interaction.clear:
        overlap = (item.interaction.difference or 0) < 0
        key = "levers_overlap" if overlap else "levers_strengthen"
    # The simple effects, the second of the recorded sentences, stand in the table.
    told = [words for words in item.statements if words["key"] != "levers_simple"]
    effects = [(view.say(name), effect, f"{at}/{name}") for name, effect in item.effects.items()]
    gaps = tuple(
        Gap(label, effect.difference, effect.low, effect.high) for label, effect, _ in effects
        if effect.difference is not None and effect.low is not None and effect.high is not None
    )  # fmt: skip
    rows = [Row((Cell(label), *view.gap_beside(effect, place))) for label, effect, place in effects]
    heads = [Column(title), *view.head("col_difference", "col_interval")]
    pictures: list[Picture] = [*_lines(view, cells)]
    pictures += [Gaps(view.say("effects"), gaps)] if gaps else []
    # A table's key also names its CSV file and button: one for each tuning.
    key_of = "levers" + at.replace("/interaction", "").replace("/others/", "-")
    return Section(
        key_of, title, statements=(view.state(key), *view.recorded(told, item.sentence)),
        pictures=tuple(pictures),
        tables=(*_cells(view, cells, f"{key_of}-cells"), view.table(key_of, heads, rows)),
    )  # fmt: skip


def _cells(view: View, cells: list[str], key: str) -> list[Table]:
    """The four figures: rows are the model, columns what it is given."""
    if len(cells) != 4:
        return []
    by = {row.name: row for row in view.rows}
    rows = []
    for tuned, label in enumerate((view.say("base_model"), view.say("tuned_model"))):
        listed = [Cell(label)]
        for name in cells[2 * tuned : 2 * tuned + 2]:
            at = f"{by[name].at}/metrics/{view.metric}"
            cell = view.estimate(by[name].metrics.get(view.metric), at)
            listed.append(replace(cell, variant=name))
        rows.append(Row(tuple(listed)))
    return [Table(key, view.head("", "no_retrieval", "with_retrieval"), tuple(rows))]


def _lines(view: View, cells: list[str]) -> list[Levers]:
    if len(cells) != 4:
        return []
    by = {row.name: row for row in view.rows}

    def end(name: str) -> Dot:
        item = by[name].metrics.get(view.metric)
        value = item.value if item else None
        return Dot(name, view.name(name), value)

    lines = tuple(
        Lever(view.say("tuned_model" if tuned else "base_model"), tuned,
              (end(cells[2 * tuned]), end(cells[2 * tuned + 1])))
        for tuned in (False, True)
    )  # fmt: skip
    sides = (view.say("no_retrieval"), view.say("with_retrieval"))
    return [Levers(view.say("interaction"), sides, lines)]


# --- where points are lost ----------------------------------------------------------------------


def waterfall(view: View) -> Section:
    """For each variant the steps from a perfect score down to its own, with the cheapest fix."""
    title = view.say("h_waterfall")
    by = {row.name: row for row in view.rows}
    falls = [(by[name], item) for name, item in (view.results.waterfall or {}).items()
             if name in by]  # fmt: skip
    if not falls:
        return Section("waterfall", title, statements=(view.state("waterfall_none"),))
    parts = tuple(_fall(view, row, item) for row, item in falls)
    return Section(
        "waterfall", title, (view.state("waterfall_note"),), _largest(view, falls), parts=parts,
        chief=True,
    )  # fmt: skip


def _largest(view: View, falls: list[tuple[VariantRow, Waterfall]]) -> tuple[Statement, ...]:
    """The largest single loss."""
    steps = [
        (step.points, place, row.name, step.cause)
        for row, item in falls for place, step in enumerate(item.steps)
        if step.points > 0 and not row.is_ceiling
    ]  # fmt: skip
    if not steps:
        return ()
    points, place, name, cause = max(steps)
    lost = view.figure(points, "loss", f"/waterfall/{name}/steps/{place}/points")
    return (
        view.state("largest_loss", name=view.name(name), points=lost,
                   cause=cause_label(cause).lower()),
    )  # fmt: skip


def cause_label(cause: str) -> str:
    """A cause of lost points in words."""
    return wording.LANGUAGES["en"].get(f"cause_{cause}", cause.replace("_", " "))


def _fall(view: View, row: VariantRow, item: Waterfall) -> Section:
    rows = []
    for place, step in enumerate(item.steps):
        at = f"/waterfall/{row.name}/steps/{place}/points"
        fix = view.say(f"fix_{step.cause}", gain=wording.points(step.points))
        rows.append(Row((
            Cell(cause_label(step.cause)), view.number(step.points, "loss", at),
            Cell(str(step.count)), Cell(fix), Cell(" ".join(step.questions[:3])),
        )))  # fmt: skip
    heads = [*view.head("col_cause", "col_points", "col_n"),
             Column(view.say("col_fix"), "words"),
             Column(view.say("col_examples"), "words")]  # fmt: skip
    key = f"waterfall-{row.name}"
    return Section(
        key, row.short, pictures=(_bars(view, row, item),), tables=(view.table(key, heads, rows),)
    )


def _bars(view: View, row: VariantRow, item: Waterfall) -> Fall:
    lost = [step for step in item.steps if step.cause != "gained"]
    gained = [step for step in item.steps if step.cause == "gained"]
    bars = [Bar(view.say("perfect"), 0.0, 1.0, "100.0", "whole")]
    level = 1.0
    for step in (*lost, *gained):
        new = level - float(step.points)
        kind = "lost" if step.points > 0 else "gained"
        bars.append(Bar(cause_label(step.cause), min(level, new), max(level, new),
                        wording.difference(-step.points), kind))  # fmt: skip
        level = new
    left = float(item.delivered)
    bars.append(Bar(view.say("delivered"), 0.0, left, wording.points(left), "left"))
    return Fall(view.say("delivered"), row.name, tuple(bars))


# --- refusing, inventing, behaving --------------------------------------------------------------


def conduct(view: View) -> Section:
    """What variants make of questions without an answer, beside groundedness and behaviour."""
    title, told = view.say("h_conduct"), _told(view)
    if not told:
        return Section("conduct", title, chief=True)
    asked = max(item.unanswerable for _, item in told)
    refusing = asked > 0 or any(item.abstained for _, item in told)
    behaving = any("behaviour" in row.metrics for row, _ in told)
    refusals = ("col_abstained", "col_rightly", "col_unanswerable", "col_refused", "col_invented")
    heads = view.head("col_variant", "col_grounded", *(refusals if refusing else ()),
                      *["col_behaviour"] * behaving)  # fmt: skip
    rows = [
        view.row(row, [
            view.estimate(row.metrics.get("groundedness"), f"{row.at}/metrics/groundedness"),
            *(_refusals(view, row, item) if refusing else ()),
            *[view.estimate(row.metrics.get("behaviour"), f"{row.at}/metrics/behaviour")]
            * behaving,
        ], "conduct")
        for row, item in told
    ]  # fmt: skip
    note = view.state("conduct_note" if asked else "conduct_unasked")
    line = []
    if asked:
        names = ", ".join(
            f"{row.short} {invented(item)}" for row, item in told if item.unanswerable
        )
        line.append(view.state("conduct_line", asked=str(asked), names=names))
    return Section("conduct", title, (note,), tuple(line),
                   tables=(view.table("conduct", heads, rows),), chief=True)  # fmt: skip


def _told(view: View) -> list[tuple[VariantRow, Abstention]]:
    """Variants with their conduct; none where all came from elsewhere and nothing is to tell."""
    told = [(row, row.abstention) for row in view.rows if row.abstention]
    telling = any(item.abstained or item.invented for _, item in told) or any(
        {"groundedness", "behaviour"} & set(row.metrics) for row in view.rows
    )
    return told if telling else []


def _refusals(view: View, row: VariantRow, item: Abstention) -> list[Cell]:
    at = f"{row.at}/abstention"
    given = Cell(wording.NONE)
    if item.unanswerable:
        given = view.number(item.invented, "count", f"{at}/invented")
        given = given if item.invented is not None else Cell(str(invented(item)))
    return [
        view.number(item.abstained, "count", f"{at}/abstained"),
        view.number(item.precision, "share", f"{at}/precision"),
        view.number(item.unanswerable, "count", f"{at}/unanswerable"),
        view.number(item.recall, "share", f"{at}/recall"),
        given,
    ]


# --- how sure, how right ------------------------------------------------------------------------


def selective(view: View) -> Section:
    """Thresholds, and the score by the share answered where models tell how sure they are."""
    told = [(row, row.risk_coverage) for row in view.rows if row.risk_coverage]
    statements = [_threshold(view, row) for row in view.rows if row.threshold]
    title = view.say("h_selective")
    if not told:
        return Section("selective", title, statements=tuple(statements), chief=True)
    gain, best = max(
        (float(item.random or 0) - float(item.area or 0), row.short) for row, item in told
    )
    telling = gain >= wording.LEAST_SHOWN
    points = {"name": best, "gain": wording.points(gain)} if telling else {}
    statements.append(view.state("selective_best" if telling else "selective_nothing", **points))
    silent = [row.short for row in view.rows if not row.risk_coverage]
    notes = [view.state("selective_note")]
    notes += [view.state("selective_untold", names=", ".join(silent))] if silent else []
    curves = Curves(
        title, view.say("coverage_across"), view.say("coverage_up"),
        tuple(Curve(row.name, row.short, item.points) for row, item in told),
    )  # fmt: skip
    rows = []
    for row, item in told:
        at = f"{row.at}/risk_coverage"
        rows.append(view.row(row, [
            view.number(item.answered, "count", f"{at}/answered"),
            view.number(item.area, "points", f"{at}/area"),
            view.number(item.random, "points", f"{at}/random"),
        ], "selective"))  # fmt: skip
    heads = view.head("col_variant", "col_answered", "col_area", "col_random")
    return Section("selective", title, tuple(notes), tuple(statements), (curves,),
                   (view.table("selective", heads, rows),), chief=True)  # fmt: skip


def _threshold(view: View, row: VariantRow) -> Statement:
    item, at = row.threshold, f"{row.at}/threshold"
    assert item is not None
    if item.below is None:
        return view.state("threshold_none", name=row.short)
    values = {
        "below": view.figure(item.below, "share", f"{at}/below"),
        "held": view.figure(item.held_back, "count", f"{at}/held_back"),
    }
    words = {} if item.by == "confidence" else {"unsure": view.say(f"unsure_{item.by}")}
    told = "_by" if words else ""
    if not item.on_dev:
        return view.state(f"threshold_set{told}", name=row.short, **words, **values)
    values["answerable"] = view.figure(item.answerable, "count", f"{at}/answerable")
    values["lost"] = view.figure(item.lost, "points", f"{at}/lost")
    return view.state(f"threshold_dev{told}", name=row.short, **words, **values)
