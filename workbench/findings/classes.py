"""Labels: how well each is told, what it is taken for, and whether confidence can be trusted."""

from __future__ import annotations

from workbench import wording
from workbench.findings.pictures import Confusion, Reliability, ReliabilityLine
from workbench.findings.values import Cell, Column, Row, Section, Statement, Table
from workbench.findings.view import View
from workbench.records.classes import Classes, ClassFigures

AT = "/classes"
#: Share of messages without a label from which a reader is warned.
MANY = 0.05


def classes(view: View) -> Section:
    """Every variant label by label; nothing where the questions are no labelled messages."""
    title, found = view.say("h_classes"), view.results.classes
    if found is None or not found.variants:
        return Section("classes", title, chief=True)
    notes = (view.state("classes_note"), view.state("classes_confidence"))
    tables = (_overview(view, found), _each(view, found))
    parts = tuple(_one(view, found, at, item) for at, item in enumerate(found.variants))
    return Section("classes", title, notes, _told(view, found), _reliability(view, found), tables,
                   parts, chief=True)  # fmt: skip


def _told(view: View, found: Classes) -> tuple[Statement, ...]:
    most = found.commonest
    floor = view.figure(most.share, "share", f"{AT}/commonest/share")
    told = [view.state("classes_floor", label=most.label, share=floor)]
    front = next(((at, v) for at, v in enumerate(found.variants) if v.name == view.front), None)
    if front is not None:
        told = [*_of_front(view, *front), *told]
    if view.results.trainings is not None:
        told.append(view.state("classes_first_training"))
    for at, item in enumerate(found.variants):
        if item.unlabelled:
            many = item.unlabelled > MANY * found.asked
            told.append(view.state(
                "classes_unlabelled", "caution" if many else "info", name=view.name(item.name),
                times=view.figure(item.unlabelled, "count", f"{AT}/variants/{at}/unlabelled"),
                asked=view.figure(found.asked, "count", f"{AT}/asked"),
            ))  # fmt: skip
    return tuple(told)


def _of_front(view: View, at: int, item: ClassFigures) -> list[Statement]:
    """Its best and worst label, its commonest mistake, and how far its confidence goes."""
    name, here = view.name(item.name), f"{AT}/variants/{at}"
    rows = [(place, row) for place, row in enumerate(item.classes)
            if row.asked and row.f1 is not None]  # fmt: skip
    told = []
    if len(rows) > 1:
        best, worst = (pick(rows, key=lambda pair: pair[1].f1 or 0) for pick in (max, min))
        even = wording.points(best[1].f1) == wording.points(worst[1].f1)
        told.append(view.state(
            "classes_even" if even else "classes_best", name=name, best=best[1].label,
            worst=worst[1].label,
            high=view.figure(best[1].f1, "points", f"{here}/classes/{best[0]}/f1"),
            low=view.figure(worst[1].f1, "points", f"{here}/classes/{worst[0]}/f1"),
            macro=view.figure(item.macro_f1.value, "points", f"{here}/macro_f1/value"),
        ))  # fmt: skip
    mistakes = [
        (times, row, column)
        for row, line in enumerate(item.confusion)
        for column, times in enumerate(line[:-1])
        if row != column and times
    ]
    if mistakes:
        # Of equally common ones the first, so that the sentence is always the same.
        times, row, column = max(mistakes, key=lambda found: (found[0], -found[1], -found[2]))
        told.append(view.state(
            "classes_confused", name=name, true=item.classes[row].label,
            named=item.classes[column].label,
            times=view.figure(times, "count", f"{here}/confusion/{row}/{column}"),
            asked=view.figure(item.classes[row].asked, "count", f"{here}/classes/{row}/asked"),
        ))  # fmt: skip
    known = item.calibration
    if known is not None:
        told.append(view.state("classes_sure", name=name, **{
            key: view.figure(getattr(known, key), unit, f"{here}/calibration/{key}")
            for key, unit in (("confidence", "share"), ("accuracy", "share"), ("error", "points"))
        }))  # fmt: skip
    return told


def _overview(view: View, found: Classes) -> Table:
    """A row for each variant: the two averages, what named no label, calibration."""
    accuracy = {row.name: (row.metrics.get("accuracy"), row.at) for row in view.rows}
    rows = []
    for at, item in enumerate(found.variants):
        here = f"{AT}/variants/{at}"
        value, place = accuracy.get(item.name, (None, ""))
        error = None if item.calibration is None else item.calibration.error
        rows.append(Row((
            view.who(item.name),
            view.estimate(value, f"{place}/metrics/accuracy"),
            view.estimate(item.macro_f1, f"{here}/macro_f1"),
            view.number(item.unlabelled, "count", f"{here}/unlabelled"),
            view.number(error, "points", f"{here}/calibration/error"),
        ), item.name))  # fmt: skip
    heads = [Column(view.say("col_variant")), Column(wording.metric_label("accuracy")),
             Column(wording.metric_label("macro_f1")),
             *view.head("col_no_label", "col_calibration")]  # fmt: skip
    return view.table("classes", heads, rows)


def _each(view: View, found: Classes) -> Table:
    """F1 of each label by each variant."""
    rows = [
        Row((
            Cell(label),
            view.number(found.variants[0].classes[place].asked, "count",
                        f"{AT}/variants/0/classes/{place}/asked"),
            *(view.number(item.classes[place].f1, "points",
                          f"{AT}/variants/{at}/classes/{place}/f1")
              for at, item in enumerate(found.variants)),
        ))
        for place, label in enumerate(found.labels)
    ]  # fmt: skip
    heads = [
        Column(f"{view.say('col_label')}, {view.say('col_f1')}"), Column(view.say("col_n")),
        *(Column(view.name(item.name), variant=item.name) for item in found.variants),
    ]  # fmt: skip
    return view.table("labels_f1", heads, rows)


def _one(view: View, found: Classes, at: int, item: ClassFigures) -> Section:
    """One variant: precision, recall and F1 of each label, and what it is taken for."""
    here = f"{AT}/variants/{at}"
    rows = []
    for place, row in enumerate(item.classes):
        line = item.confusion[place]
        rows.append(Row((
            Cell(row.label), view.number(row.asked, "count", f"{here}/classes/{place}/asked"),
            *(view.number(getattr(row, key), "points", f"{here}/classes/{place}/{key}")
              for key in ("precision", "recall", "f1")),
            *(view.number(times, "count", f"{here}/confusion/{place}/{column}")
              for column, times in enumerate(line)),
        )))  # fmt: skip
    heads = [
        *view.head("col_label", "col_n", "col_precision", "col_recall", "col_f1"),
        *(Column(f"→ {label}") for label in (*found.labels, view.say("col_no_label").lower())),
    ]
    table = view.table(f"confusion_{item.name}", heads, rows)
    title = view.say("confusion_of", name=view.name(item.name))
    columns = (*found.labels, view.say("col_no_label").lower())
    # A column of noughts tells nothing.
    shown = columns if item.unlabelled else columns[:-1]
    picture = Confusion(
        title, view.say("taken_for"), view.say("is_label"), found.labels, shown,
        tuple(line[: len(shown)] for line in item.confusion),
    )  # fmt: skip
    note = (view.state("classes_matrix_note"),)
    return Section("confusion", title, note, pictures=(picture,), tables=(table,))


def _reliability(view: View, found: Classes) -> tuple[Reliability, ...]:
    lines = tuple(
        ReliabilityLine(
            item.name, view.name(item.name),
            tuple((point.confidence, point.accuracy, point.n)
                  for point in item.calibration.points),
        )
        for item in found.variants if item.calibration is not None
    )  # fmt: skip
    if not lines:
        return ()
    return (Reliability(view.say("reliability"), view.say("reliability_across"),
                        view.say("reliability_up"), lines),)  # fmt: skip
