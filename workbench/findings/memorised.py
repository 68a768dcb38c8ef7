"""What an adapter may give away: text by heart, and canaries, in words and a table."""

from __future__ import annotations

from workbench.findings.scored import records
from workbench.findings.values import Cell, Column, Level, Row, Section, Statement
from workbench.findings.view import View
from workbench.records.probes import Memorised


def memorised(view: View) -> Section:
    """What each adapter gives back of the text verbatim, before and after tuning."""
    title, found = view.say("h_memorised"), view.results.memorised
    if not found:
        return Section("memorised", title, chief=True)
    notes = []
    for unit, key in (("tokens", "memorised_note"), ("words", "memorised_note_words")):
        at = next((at for at, item in enumerate(found) if item.unit == unit), None)
        if at is not None:
            notes.append(view.state(key, **{
                name: view.figure(getattr(found[at], name), "count", f"/memorised/{at}/{name}")
                for name in ("stretches", "prefix", "continued")
            }))  # fmt: skip
    told = tuple(_said(view, item, f"/memorised/{at}") for at, item in enumerate(found))
    canaries = tuple(
        (_canaries if item.unit == "tokens" else _asked)(view, item, f"/memorised/{at}")
        for at, item in enumerate(found) if item.canaries is not None
    )  # fmt: skip
    tables = []
    for unit, ends in (
        ("tokens", ("col_exposure_before", "col_after")),
        ("words", ("col_asked_as",)),
    ):
        heads = [
            *view.head("col_tuned", *(f"{key}{'_words' * (unit == 'words')}" for key in
                       ("col_at_20_before", "col_after", "col_at_50_before", "col_after",
                        "col_longest_before", "col_after")), *ends),
            Column(view.say("col_records"), "records"),
        ]  # fmt: skip
        rows = [
            _row(view, item, f"/memorised/{at}", at)
            for at, item in enumerate(found) if item.unit == unit
        ]  # fmt: skip
        if rows:
            name = "memorised" if unit == "tokens" else "memorised_words"
            tables.append(view.table(name, heads, rows))
    return Section(
        "memorised", title, tuple(notes), (*told, *canaries), tables=tuple(tables), chief=True
    )


def _names(view: View, item: Memorised) -> str:
    return ", ".join(map(view.name, item.variants))


def _said(view: View, item: Memorised, at: str) -> Statement:
    """What it gives back at 20 tokens: clearly more than before is a caution."""
    change, known = item.at_20.change, item.at_20.before.value is not None
    # Of a model of which nobody says what it was tuned from, all that it gives back is told.
    more = change.clear and (change.difference or 0) > 0 if known else bool(item.at_20.after.low)
    sides = {
        f"{side}{end}": view.figure(
            getattr(getattr(item.at_20, side), end or "value"), "points",
            f"{at}/at_20/{side}/{end or 'value'}",
        )
        for side in ("before", "after")[not known :] for end in ("", "low", "high")
    }  # fmt: skip
    longest = view.figure(item.longest_after, "count", f"{at}/longest_after")
    none = not item.at_20.after.value
    key = "memorised_more" if more else "memorised_none" if none else "memorised_same"
    if item.unit == "words":
        key += "_words" if known or none else "_alone"
    return view.state(
        key, "caution" if more else "info", names=_names(view, item), longest=longest, **sides
    )


def _canaries(view: View, item: Memorised, at: str) -> Statement:
    found = item.canaries
    assert found is not None, "the caller looked"
    figures = {
        key: view.figure(getattr(found, key), "count" if key in ("n", "given_away") else "rate",
                         f"{at}/canaries/{key}")
        for key in ("n", "most", "before", "after", "highest", "given_away")
    }  # fmt: skip
    level: Level = "caution" if found.given_away else "info"
    return view.state("memorised_canaries", level, names=_names(view, item), **figures)


def _asked(view: View, item: Memorised, at: str) -> Statement:
    """Which codes a model behind an endpoint says when it is asked for them."""
    found = item.canaries
    assert found is not None, "the caller looked"
    figures = {
        key: view.figure(getattr(found, key), "count", f"{at}/canaries/{key}")
        for key in ("n", "given_away", "given_before")
    }  # fmt: skip
    level: Level = "caution" if found.given_away else "info"
    return view.state("memorised_asked", level, names=_names(view, item), **figures)


def _row(view: View, item: Memorised, at: str, place: int) -> Row:
    seen = item.canaries
    exposed: tuple[Cell, ...] = (
        (view.number(seen.before, "rate", f"{at}/canaries/before"),
         view.number(seen.after, "rate", f"{at}/canaries/after"))
        if seen is not None else (Cell(""), Cell(""))
    )  # fmt: skip
    if item.unit == "words":
        exposed = (Cell(view.say(f"memorised_{item.form}") if item.form else ""),)
    words = (view.say("rec_before"), view.say("rec_after"))
    return Row((
        Cell(_names(view, item)),
        *(view.estimate(getattr(part, side), f"{at}/{name}/{side}")
          for name, part in (("at_20", item.at_20), ("at_50", item.at_50))
          for side in ("before", "after")),
        *(view.number(getattr(item, f"longest_{side}"), "count", f"{at}/longest_{side}")
          for side in ("before", "after")),
        *exposed,
        records(*zip(words[-len(item.records) :], item.records, strict=True)),
    ), anchor=f"memorised-{place}")  # fmt: skip
