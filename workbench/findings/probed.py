"""What tuning broke, what other wordings change, and what a judge says and is worth."""

from __future__ import annotations

from collections.abc import Sequence

from workbench import wording
from workbench.findings.scored import dots, records
from workbench.findings.values import Cell, Column, Row, Section, Statement
from workbench.findings.view import View
from workbench.records.probes import Forgetting, Judge

#: Judged metrics of which less is better.
LESS_IS_BETTER = {"ragas:noise_sensitivity"}


def forgetting(view: View) -> Section:
    """What each adapter broke outside of what it was trained on."""
    title, probed = view.say("h_forgetting"), view.results.forgetting
    if not probed:
        return Section("forgetting", title, chief=True)
    first = probed[0]
    note = view.state(
        "forgetting_note",
        pieces=view.figure(first.prose.pieces, "count", "/forgetting/0/prose/pieces"),
        tokens=view.figure(first.prose.tokens, "count", "/forgetting/0/prose/tokens"),
        questions=view.figure(first.reading.n, "count", "/forgetting/0/reading/n"),
    )
    parts = [
        Section(f"forgetting-{place}-said", _names(view, item.variants),
                statements=view.recorded(item.statements, item.sentence))
        for place, item in enumerate(probed)
    ]  # fmt: skip
    heads = [*view.head("col_adapter", "col_prose_before", "col_after", "col_change",
                        "col_reading_before", "col_after", "col_difference"),
             Column(view.say("col_records"), "records")]  # fmt: skip
    tables = [
        view.table("forgetting", heads, [_probe(view, place, item)
                                         for place, item in enumerate(probed)])
    ]  # fmt: skip
    known = [row for place, item in enumerate(probed) for row in _known(view, place, item)]
    if known:
        of = [*view.head("col_pair", "col_n", "col_known", "col_broken", "col_gained",
                         "col_p_exact"), Column(view.say("col_records"), "records")]  # fmt: skip
        tables.append(view.table("known", of, known))
    return Section(
        "forgetting", title, (note,), tables=tuple(tables), parts=tuple(parts), chief=True
    )


def broken_line(view: View) -> tuple[Statement, ...]:
    """What all of it comes to in one line; nothing where no adapter was probed."""
    probed = view.results.forgetting
    if not probed:
        return ()
    pairs = [pair for item in probed for pair in item.known]
    worst = max(pairs, key=lambda pair: pair.broken, default=None)
    harmed = []
    if any((item.prose.low or 0) > 0 for item in probed):
        harmed.append(view.say("broke_prose"))
    if any((item.reading.high or 0) < 0 for item in probed):
        harmed.append(view.say("broke_reading"))
    if worst is not None and worst.broken:
        harmed.append(view.say("broke_known", broken=worst.broken, known=worst.known))
    if not harmed:
        return (view.state("broke_nothing"),)
    return (view.state("broke", "caution", listed=", ".join(harmed)),)


def _names(view: View, variants: Sequence[str]) -> str:
    return ", ".join(map(view.name, variants))


def _probe(view: View, place: int, item: Forgetting) -> Row:
    at, prose, reading = f"/forgetting/{place}", item.prose, item.reading
    rise = view.number(prose.rise, "change", f"{at}/prose/rise")
    links = [
        (f"{view.say('rec_before' if not number else 'rec_after')}: {view.say(key)}",
         f"{folder}/{file}")
        for number, folder in enumerate(item.records)
        for key, file in (("rec_prose", "prose.jsonl"), ("rec_answers", "answers.jsonl"))
    ]  # fmt: skip
    return Row((
        Cell(_names(view, item.variants)),
        view.number(prose.before, "plain", f"{at}/prose/before"),
        view.number(prose.after, "plain", f"{at}/prose/after"),
        Cell(rise.value, prose.low, prose.high),
        view.number(reading.before, "points", f"{at}/reading/before"),
        view.number(reading.after, "points", f"{at}/reading/after"),
        view.gap(reading, f"{at}/reading"),
        records(*links),
    ), anchor=f"forgetting-{place}")  # fmt: skip


def _known(view: View, place: int, item: Forgetting) -> list[Row]:
    rows = []
    for number, pair in enumerate(item.known):
        at = f"/forgetting/{place}/known/{number}"
        rows.append(Row((
            Cell(_names(view, (pair.variant, pair.baseline))), Cell(str(pair.n)),
            *(view.number(getattr(pair, part), "count", f"{at}/{part}")
              for part in ("known", "broken", "gained")),
            view.number(pair.p, "p", f"{at}/p"),
            records((view.say("rec_before"), f"answers/{pair.baseline}.jsonl"),
                    (view.say("rec_after"), f"answers/{pair.variant}.jsonl")),
        ), anchor=f"forgetting-{place}-known-{number}"))  # fmt: skip
    return rows


def sensitivity(view: View) -> Section:
    """How much each variant's answers depend on the wording of a question."""
    title, item = view.say("h_sensitivity"), view.results.sensitivity
    if item is None:
        return Section("sensitivity", title, chief=True)
    note = view.state(
        "sensitivity_note", metric=wording.metric_label(item.metric or "f1"),
        questions=view.figure(item.questions, "count", "/sensitivity/questions"),
        wordings=view.figure(item.wordings, "rate", "/sensitivity/wordings"),
    )  # fmt: skip
    rows = []
    for place, turning in enumerate(item.variants):
        at = f"/sensitivity/variants/{place}"
        rows.append(Row((
            view.who(turning.name), view.estimate(turning.flipped, f"{at}/flipped"),
            view.number(turning.solved, "count", f"{at}/solved"),
            view.number(turning.turned, "count", f"{at}/turned"),
            view.estimate(turning.range, f"{at}/range"), view.estimate(turning.sd, f"{at}/sd"),
            Cell(str(turning.flipped.n)),
            records((view.say("rec_wordings"), "sensitivity/questions.jsonl"),
                    (view.say("rec_answers"), f"sensitivity/{turning.name}.jsonl")),
        ), turning.name, f"sensitivity-{turning.name}"))  # fmt: skip
    heads = [*view.head("col_variant", "col_turns", "col_solved", "col_turned", "col_range",
                        "col_sd", "col_n"), Column(view.say("col_records"), "records")]  # fmt: skip
    picture = dots(view, view.say("turning_points"),
                   {turning.name: turning.flipped for turning in item.variants})  # fmt: skip
    return Section("sensitivity", title, (note,), view.recorded(item.statements, item.sentence),
                   picture, (view.table("sensitivity", heads, rows),), chief=True)  # fmt: skip


# --- a judge ------------------------------------------------------------------------------------


def judge(view: View) -> Section:
    """A judge's scores, how it came by them, and how far people agree with it."""
    title, block = view.say("h_judge"), view.results.judge
    if block is None:
        return Section("judge", title, chief=True)
    notes = [view.state("judge_note")]
    notes += [view.state("judge_lower")] if LESS_IS_BETTER & set(block.metrics) else []
    told = [*view.recorded(block.statements), *(Statement(item, "caution")
                                                for item in block.warnings)]  # fmt: skip
    if not block.statements:
        told = [*map(Statement, block.sentences), *told]
    rows = [
        view.row(row, [
            *(view.estimate(row.metrics.get(metric), f"{row.at}/metrics/{metric}")
              for metric in block.metrics),
            records((view.say("rec_judgements"), "judged/scores.jsonl"),
                    (view.say("rec_replies"), "judged/calls.jsonl")),
        ], "judge")
        for row in view.rows
    ]  # fmt: skip
    heads = [Column(""), *(Column(wording.metric_label(metric)) for metric in block.metrics),
             Column(view.say("col_records"), "records")]  # fmt: skip
    pictures = [
        picture for metric in block.metrics
        for picture in dots(view, wording.metric_label(metric),
                            {row.name: row.metrics.get(metric) for row in view.rows})
    ]  # fmt: skip
    compared = any(item.n for item in block.agreement)
    return Section(
        "judge", title, tuple(notes), tuple(told), tuple(pictures),
        (view.table("judge", heads, rows),),
        (_agreement(view, block), _corrected(view, block)) if compared else (), chief=True,
    )  # fmt: skip


def _agreement(view: View, block: Judge) -> Section:
    """The judge against people's labels, metric by metric."""
    rows = []
    for place, item in enumerate(block.agreement):
        if not item.n:
            continue
        at = f"/judge/agreement/{place}"
        rows.append(Row((
            Cell(wording.metric_label(item.metric)), view.number(item.n, "count", f"{at}/n"),
            view.number(item.agreed, "share", f"{at}/agreed"),
            view.number(item.kappa, "kappa", f"{at}/kappa"),
            *(view.number(getattr(item, part), "count", f"{at}/{part}")
              for part in ("both_right", "both_wrong", "judge_lenient", "judge_harsh")),
            records((view.say("rec_labels"), "labels/labels.jsonl")),
        ), anchor=f"judge-agreement-{place}"))  # fmt: skip
    heads = [*view.head("col_metric", "col_labelled", "col_agreed", "col_kappa", "col_both_right",
                        "col_both_wrong", "col_lenient", "col_harsh"),
             Column(view.say("col_records"), "records")]  # fmt: skip
    note = view.state("agreement_note", points=wording.whole_points(block.right_at))
    return Section("agreement", view.say("h_agreement"), (note,),
                   tables=(view.table("agreement", heads, rows),))  # fmt: skip


def _corrected(view: View, block: Judge) -> Section:
    """The shares of right answers as the judge says, and with its errors taken out."""
    rows = []
    for place, item in enumerate(block.corrected):
        if not item.n:
            continue
        at = f"/judge/corrected/{place}"
        rows.append(Row((
            view.who(item.variant), Cell(wording.metric_label(item.metric)),
            view.number(item.n, "count", f"{at}/n"),
            view.number(item.judged, "points", f"{at}/judged"), view.estimate(item, at),
        ), item.variant, f"judge-corrected-{place}"))  # fmt: skip
    heads = view.head("col_variant", "col_metric", "col_n", "col_judged", "col_corrected")
    note = view.state("corrected_note", level=wording.share(block.level))
    tables = (view.table("corrected", heads, rows),) if rows else ()
    return Section("corrected", view.say("h_corrected"), (note,), tables=tables)
