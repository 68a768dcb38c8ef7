"""Who is served worse, what another person changes, and the harm of answers that are not right."""

from __future__ import annotations

from workbench import wording
from workbench.findings.scored import dots, records
from workbench.findings.values import Cell, Column, Row, Section, Statement, key
from workbench.findings.view import View
from workbench.records.fairness import GroupGap, GroupRow, Harm, HarmRow, Twins

#: Gaps of a variant that the table of gaps shows, the widest first.
SHOWN = 5
OUTCOMES = ("wrong", "invented", "refused")


def groups(view: View) -> Section:
    """Each variant's score by group, its worst group, and the gaps."""
    title, found = view.say("h_groups"), view.results.groups
    if found is None:
        return Section("groups", title, chief=True)
    least = view.figure(found.least, "count", "/groups/least")
    note = view.state("groups_note", metric=wording.metric_label(found.metric), least=least)
    notes = [note, *_of_what(view)]
    named = [(item.name, group.name, group.n) for item in found.attributes for group in item.groups]
    if not named:
        told = (view.state("groups_nothing", "caution", least=least),)
        return Section("groups", title, tuple(notes), told, chief=True)
    heads = [Column(view.say("col_group"), "words"), Column(view.say("col_n")),
             *(Column(view.name(row.name), variant=row.name) for row in found.variants),
             Column(view.say("col_records"), "records")]  # fmt: skip
    rows = [_group(view, *each) for each in named]
    rows.append(Row((
        Cell(view.say("col_worst")), Cell(""),
        *(_worst(view, place, row) for place, row in enumerate(found.variants)),
        Cell(""),
    )))  # fmt: skip
    tables = (view.table("groups", heads, rows),)
    return Section(
        "groups", title, tuple(notes), _gaps_told(view), tables=tables,
        parts=(_gaps(view), _parity(view)), chief=True,
    )  # fmt: skip


def _group(view: View, attribute: str, name: str, asked: int) -> Row:
    """What each variant scores on the questions about one group."""
    found, cells = view.results.groups, []
    assert found is not None, "the caller looked"
    for place, row in enumerate(found.variants):
        at = f"/groups/variants/{place}/groups"
        own = (
            (n, s) for n, s in enumerate(row.groups) if (s.attribute, s.group) == (attribute, name)
        )
        number, score = next(own, (0, None))
        cells.append(view.estimate(score, f"{at}/{number}"))
    jsonl = (view.say("rec_groups"), "fairness/groups.jsonl")
    return Row((Cell(name), Cell(wording.count(asked)), *cells, records(jsonl)))


def _worst(view: View, place: int, row: GroupRow) -> Cell:
    """A variant's lowest score on a group; sentences lead here."""
    anchor = f"groups-{row.name}"
    if row.worst is None:
        return Cell(wording.NONE, anchor=anchor)
    value = view.figure(row.worst.value, "points", f"/groups/variants/{place}/worst/value")
    return Cell(value, row.worst.low, row.worst.high, anchor=anchor)


def _of_what(view: View) -> list[Statement]:
    """How many questions are about none of the groups, and which groups have too few."""
    found, told = view.results.groups, []
    assert found is not None, "the caller looked"
    for place, item in enumerate(found.attributes):
        if item.groups and item.untagged:
            untagged = view.figure(item.untagged, "count", f"/groups/attributes/{place}/untagged")
            told.append(view.state("groups_by", attribute=item.name, untagged=untagged))
        if item.left_out:
            listed = ", ".join(f"{name} {n}" for name, n in item.left_out.items())
            told.append(view.state("groups_small", attribute=item.name, listed=listed))
    return told


def _candidates(view: View) -> list[tuple[int, GroupRow]]:
    found = view.results.groups
    assert found is not None, "the caller looked"
    return [(at, row) for at, row in enumerate(found.variants) if row.name not in found.ceilings]


def _gaps_told(view: View) -> tuple[Statement, ...]:
    """Each gap that is surely none by chance; where there is none, the widest."""
    found = view.results.groups
    assert found is not None, "the caller looked"
    listed = [
        (f"/groups/variants/{at}/gaps/{number}", row, gap)
        for at, row in _candidates(view) for number, gap in enumerate(row.gaps)
    ]  # fmt: skip
    if not listed:
        return ()
    sure = [item for item in listed if item[2].p is not None and item[2].p < 1 - found.level]

    def values(at: str, row: GroupRow, gap: GroupGap) -> dict[str, object]:
        return {
            "name": view.name(row.name), "better": gap.better, "worse": gap.worse,
            "gap": view.figure(gap.difference, "points", f"{at}/difference"),
            "low": view.figure(gap.low, "points", f"{at}/low"),
            "high": view.figure(gap.high, "points", f"{at}/high"),
            "p": view.figure(gap.p, "p", f"{at}/p"),
        }  # fmt: skip

    if sure:
        told = [view.state("groups_gap", "caution", **values(*item)) for item in sure[:SHOWN]]
        flagged = {row.name for _, row, _ in sure}
        if left := [item for item in listed if item[1].name not in flagged and item[2].high]:
            at, _, gap = max(left, key=lambda item: item[2].high or 0.0)
            names = ", ".join(dict.fromkeys(view.name(row.name) for _, row, _ in left))
            high = view.figure(gap.high, "points", f"{at}/high")
            told.append(view.state("groups_others", names=names, high=high))
        return tuple(told)
    widest = max(listed, key=lambda item: item[2].difference or 0.0)
    return (view.state("groups_none", **values(*widest)),)


def _gaps(view: View) -> Section:
    found = view.results.groups
    assert found is not None, "the caller looked"
    rows = []
    for place, row in enumerate(found.variants):
        for number, gap in enumerate(row.gaps[:SHOWN]):
            at = f"/groups/variants/{place}/gaps/{number}"
            rows.append(Row((
                view.who(row.name), Cell(gap.better), Cell(gap.worse), view.gap(gap, at),
                view.number(gap.p, "p", f"{at}/p"),
            ), row.name))  # fmt: skip
    heads = [*view.head("col_variant"), *(Column(view.say(k), "words") for k in
                                          ("col_better", "col_worse")),
             *view.head("col_gap", "col_p")]  # fmt: skip
    tables = (view.table("group_gaps", heads, rows),) if rows else ()
    return Section("group-gaps", view.say("h_gaps"), tables=tables)


def _parity(view: View) -> Section:
    """Equal opportunity and equalised odds of labels; nothing for other exams."""
    found, rows = view.results.groups, []
    assert found is not None, "the caller looked"
    for place, row in enumerate(found.variants):
        for number, item in enumerate(row.parity):
            at = f"/groups/variants/{place}/parity/{number}"
            rows.append(Row((
                view.who(row.name), Cell(item.attribute), Cell(item.label),
                view.number(item.n, "count", f"{at}/n"),
                view.number(item.equal_opportunity, "points", f"{at}/equal_opportunity"),
                view.number(item.equalised_odds, "points", f"{at}/equalised_odds"),
            ), row.name))  # fmt: skip
    heads = view.head("col_variant", "col_group", "col_label", "col_n", "col_opportunity",
                      "col_odds")  # fmt: skip
    notes = (view.state("parity_note"),) if rows else ()
    tables = (view.table("parity", heads, rows),) if rows else ()
    return Section("parity", view.say("h_parity"), notes, tables=tables)


# --- twins --------------------------------------------------------------------------------------


def twins(view: View) -> Section:
    """How often an answer turns when somebody else is asked about, and to whose cost."""
    title, found = view.say("h_twins"), view.results.twins
    if found is None:
        return Section("twins", title, chief=True)
    notes = [view.state(
        "twins_note",
        **{part: view.figure(getattr(found, part), "count", f"/twins/{part}")
           for part in ("questions", "twins")},
    )]  # fmt: skip
    blind = [view.name(row.name) for row in found.variants if row.blind]
    if blind and found.twins:
        notes.append(view.state("twins_blind", names=", ".join(blind)))
    told = view.recorded(found.statements, found.sentence)
    cautious = tuple(
        Statement(item.words, "caution")
        if not isinstance(item.words, str) and item.words["key"] == "twins_gap" else item
        for item in told
    )  # fmt: skip
    if not found.twins:
        return Section("twins", title, tuple(notes), cautious, chief=True)
    heads = [*view.head("col_variant", "col_exchanged", "col_flips", "col_differs", "col_gap",
                        "col_p", "col_n"), Column(view.say("col_records"), "records")]  # fmt: skip
    pictures = dots(view, view.say("flips_chart"), {
        row.name: max((part.flipped for part in row.attributes), key=lambda e: e.value or 0.0)
        for row in found.variants if row.attributes
    })  # fmt: skip
    return Section("twins", title, tuple(notes), cautious, pictures,
                   (view.table("twins", heads, _twin_rows(view, found)),), chief=True)  # fmt: skip


def _twin_rows(view: View, found: Twins) -> list[Row]:
    rows = []
    for place, row in enumerate(found.variants):
        for number, part in enumerate(row.attributes):
            at = f"/twins/variants/{place}/attributes/{number}"
            rows.append(Row((
                view.who(row.name), Cell(part.attribute),
                view.estimate(part.flipped, f"{at}/flipped"),
                view.estimate(part.changed, f"{at}/changed"), view.gap(part.gap, f"{at}/gap"),
                view.number(part.gap.p, "p", f"{at}/gap/p"),
                view.number(part.flipped.n, "count", f"{at}/flipped/n"),
                records((view.say("rec_twins"), "fairness/twins.jsonl"),
                        (view.say("rec_answers"), f"fairness/twins/{row.name}.jsonl")),
            ), row.name, "" if number else f"twins-{row.name}"))  # fmt: skip
    return rows


# --- harm ---------------------------------------------------------------------------------------


def harm(view: View) -> Section:
    """Expected harm per 1,000 questions by the declared costs, and what it is made of."""
    title, found = view.say("h_harm"), view.results.harm
    if found is None:
        return Section("harm", title, chief=True)
    costs = ", ".join(
        view.say(f"harm_{name}", cost=wording.rate(cost)) for name, cost in found.costs.items()
    )
    notes = [view.state("harm_note", costs=costs)]
    if found.severities:
        severe = view.figure(found.severities, "count", "/harm/severities")
        notes.append(view.state("harm_severe", n=severe))
    rows = []
    for place, row in enumerate(found.variants):
        at = f"/harm/variants/{place}"
        rows.append(Row((
            view.who(row.name), _plain(view, row, "harm", at),
            *(_plain(view, row, part, at) for part in OUTCOMES if part in found.costs),
            records((view.say("rec_answers"), f"answers/{key(row.name)}.jsonl")),
        ), row.name, f"harm-{row.name}"))  # fmt: skip
    heads = [*view.head("col_variant", "col_harm",
                        *(f"col_harm_{part}" for part in OUTCOMES if part in found.costs)),
             Column(view.say("col_records"), "records")]  # fmt: skip
    return Section("harm", title, tuple(notes), _harm_told(view, found),
                   tables=(view.table("harm", heads, rows),), chief=True)  # fmt: skip


def _plain(view: View, row: HarmRow, part: str, at: str) -> Cell:
    item = getattr(row, part)
    if item is None or item.value is None:
        return Cell(wording.NONE)
    return Cell(view.figure(item.value, "plain", f"{at}/{part}/value"), item.low, item.high)


def _harm_told(view: View, found: Harm) -> tuple[Statement, ...]:
    known = [
        (row.harm.value, place, row) for place, row in enumerate(found.variants)
        if row.harm.value is not None and row.name in _rivals(view)
    ]  # fmt: skip
    if len(known) < 2:
        return ()
    least, most = min(known, key=lambda each: each[:2]), max(known, key=lambda each: each[:2])

    def values(each: tuple[object, int, HarmRow], prefix: str = "") -> dict[str, object]:
        _, place, row = each
        return {
            f"{prefix}{part}": view.figure(getattr(row.harm, part), "plain",
                                           f"/harm/variants/{place}/harm/{part}")
            for part in ("value", "low", "high")
        }  # fmt: skip

    told = [
        view.state("harm_same", **values(least)) if least[0] == most[0]
        else view.state("harm_said", name=view.name(least[2].name), **values(least),
                        other=view.name(most[2].name), **values(most, "other_"))
    ]  # fmt: skip
    front = next((each[2] for each in known if each[2].name == view.front), None)
    if front is not None and (front.harm.value or 0) > 0:
        parts = {
            part: found.costs[part]
            * ((item.value or 0.0) if (item := getattr(front, part)) else 0.0)
            for part in found.costs
        }
        chief = max(parts, key=lambda part: parts[part])
        outcome = view.say(f"col_harm_{chief}").lower()
        told.append(view.state("harm_invents", name=view.name(front.name), outcome=outcome))
    return tuple(told)


def _rivals(view: View) -> set[str]:
    return {row.name for row in view.rows if not row.is_ceiling}
