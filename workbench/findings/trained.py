"""What stands above a single tuning: searched settings, luck of training, how much data helps."""

from __future__ import annotations

from workbench import wording
from workbench.evaluation.trials import ENDS
from workbench.findings.scored import records
from workbench.findings.values import Cell, Column, Row, Section, Statement, Table
from workbench.findings.view import View
from workbench.records.trials import Trainings, TrialRow, TuningSearch


def search(view: View) -> Section:
    """Every search of settings: what was tried, which was chosen, and how far to believe it."""
    found = view.results.tuning_search
    title = view.say("h_tuning_search")
    if not found:
        return Section("tuning_search", title)
    parts = tuple(_searched(view, place, item) for place, item in enumerate(found))
    first = found[0]
    minutes = (
        "" if first.budget_minutes is None
        else view.say("trials_minutes", minutes=wording.rate(first.budget_minutes))
    )  # fmt: skip
    notes = (
        view.state("trials_note"),
        view.state(
            "trials_effort", minutes=minutes,
            trials=view.figure(first.budget_trials, "count", "/tuning_search/0/budget_trials"),
        ),
    )  # fmt: skip
    if len(parts) == 1:
        return Section("tuning_search", title, notes, parts[0].statements, tables=parts[0].tables)
    return Section("tuning_search", title, notes, parts=parts)


def _searched(view: View, place: int, item: TuningSearch) -> Section:
    names = ", ".join(map(view.name, item.variants))
    at = f"/tuning_search/{place}"
    rows = tuple(
        _trial(view, item, row, f"{at}/tried/{number}", number)
        for number, row in enumerate(item.tried)
    )
    heads = [
        Column(view.say("col_setting"), "words"),
        *view.head("col_dev", "col_to_best", "col_epochs", "col_minutes"),
        Column(view.say("col_state"), "words"), Column(view.say("col_records"), "records"),
    ]  # fmt: skip
    table = view.table(f"tuning_search_{place}", heads, rows)
    return Section(
        f"tuning_search-{place}", view.say("h_tuning_search_of", names=names),
        statements=view.recorded(item.statements), tables=(table,),
    )  # fmt: skip


def _trial(view: View, item: TuningSearch, row: TrialRow, at: str, number: int) -> Row:
    state = view.say(f"trial_{row.state}") if row.state != "complete" else ""
    ends = set(ENDS) & {said["key"] for said in item.statements}
    told = [state, row.note, view.say("col_within").lower() if row.within and number else "",
            view.say("trial_at_end") if ends and not number else ""]  # fmt: skip
    score = (
        Cell(wording.NONE)
        if row.value is None
        else Cell(view.figure(row.value, "points", f"{at}/value"), row.low, row.high)
    )
    return Row((
        Cell(settings(item, row)), score,
        Cell("") if row.behind is None else view.gap(row.behind, f"{at}/behind"),
        view.number(row.epochs, "rate", f"{at}/epochs"),
        view.number(row.seconds, "seconds", f"{at}/seconds"),
        Cell(", ".join(part for part in told if part)),
        records((view.say("rec_trials"), f"tuning/{item.adapter}/trials.json")),
    ))  # fmt: skip


def settings(item: TuningSearch, row: TrialRow) -> str:
    """A setting in words: the values of the keys that were searched."""
    parts = []
    for key in item.keys:
        value = row.settings.get(key)
        if key == "learning_rate":
            value = row.learning_rate
        elif key == "method":
            value = wording.method_label(row.method)
        if value is not None:
            shown = f"{value:g}" if isinstance(value, float) else str(value)
            name = key.rpartition(".")[2].replace("_", " ")
            parts.append(shown if key == "method" else f"{name} {shown}")
    return ", ".join(parts)


def curve(view: View) -> Section:
    """How a tuned variant's score grows with its facts, and where it would meet another."""
    title, found = view.say("h_curve"), view.results.curve
    if found is None:
        return Section("curve", title)
    note = view.state(
        "curve_note",
        name=view.name(found.variant),
        questions=view.figure(found.questions, "count", "/curve/questions"),
    )
    rows = [
        Row((
            view.number(point.facts, "count", f"/curve/points/{place}/facts"),
            view.estimate(point, f"/curve/points/{place}"),
            records((view.say("rec_curve"), "curve/curve.json")),
        ))
        for place, point in enumerate(found.points)
    ]  # fmt: skip
    rival = Cell(view.figure(found.rival_value, "points", "/curve/rival_value"),
                 found.rival_low, found.rival_high)  # fmt: skip
    rows.append(Row((
        view.who(found.rival), rival,
        records((view.say("rec_answers"), f"curve/{found.rival}.jsonl")),
    ), found.rival))  # fmt: skip
    heads = [*view.head("col_facts", "col_dev"), Column(view.say("col_records"), "records")]
    return Section("curve", title, (note,), view.recorded(found.statements),
                   tables=(view.table("curve", heads, rows),))  # fmt: skip


def trainings(view: View) -> Section:
    """How far the trainings of each variant lie apart, and what of the uncertainty that is."""
    title, found = view.say("h_trainings"), view.results.trainings
    if found is None or not found.variants:
        return Section("trainings", title)
    number = view.figure(found.number, "count", "/trainings/number")
    said = []
    for place, row in enumerate(found.variants):
        at = f"/trainings/variants/{place}"
        said.append(view.state(
            "luck_spread", name=view.name(row.name), number=number,
            lowest=view.figure(row.lowest, "points", f"{at}/lowest"),
            highest=view.figure(row.highest, "points", f"{at}/highest"),
            luck=view.figure(row.luck, "share", f"{at}/luck"),
        ))  # fmt: skip
    return Section(
        "trainings", title, (view.state("luck_note", number=number),), (*said, *_pair(view)),
        tables=(_trainings(view, found),),
    )  # fmt: skip


def _pair(view: View) -> tuple[Statement, ...]:
    """Of the comparison that the verdict turns on: the one in front and its nearest rival."""
    results, front = view.results, view.front
    listed = [
        (place, item) for place, item in enumerate(results.comparisons)
        if item.metric == results.metric and item.stratum is None and item.luck is not None
        and item.difference is not None and front in (item.variant, item.baseline)
    ]  # fmt: skip
    if not listed:
        return ()
    place, item = min(listed, key=lambda one: abs(one[1].difference or 0.0))
    return (view.state(
        "luck_pair", first=view.name(item.variant), second=view.name(item.baseline),
        luck=view.figure(item.luck, "share", f"/comparisons/{place}/luck"),
    ),)  # fmt: skip


def _trainings(view: View, found: Trainings) -> Table:
    numbers = range(1, found.number + 1)
    heads = [
        Column(""), *(Column(view.say("col_training_n", number=number)) for number in numbers),
        *view.head("col_spread", "col_luck"), Column(view.say("col_records"), "records"),
    ]  # fmt: skip
    rows = []
    for place, row in enumerate(found.variants):
        at = f"/trainings/variants/{place}"
        rows.append(Row((
            view.who(row.name),
            *(view.number(value, "points", f"{at}/values/{each}")
              for each, value in enumerate(row.values)),
            view.number(row.sd, "points", f"{at}/sd"),
            view.number(row.luck, "share", f"{at}/luck"),
            records((view.say("rec_answers"), f"answers/{row.name}.jsonl"),
                    *((view.say("rec_training", number=number),
                       f"trainings/{number}/answers/{row.name}.jsonl") for number in numbers[1:])),
        ), row.name))  # fmt: skip
    return view.table("trainings", heads, rows)
