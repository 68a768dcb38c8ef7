"""What people think of the answers, in words and tables."""

from __future__ import annotations

from workbench import wording
from workbench.evaluation.people import RELIABLE
from workbench.findings.scored import records
from workbench.findings.values import Cell, Column, Level, Row, Section, Statement, Table
from workbench.findings.view import View
from workbench.records.people import Alpha, People, Preferred

LABELS = "labels/labels.jsonl"
#: From this share of decided comparisons on, the first place draws preferences of itself.
SIDED = 0.1


def people(view: View) -> Section:
    """Who is preferred to whom, how answers are graded, how far raters and metrics agree."""
    title, found = view.say("h_people"), view.results.people
    if found is None:
        return Section("people", title, chief=True)
    counts = {
        key: view.figure(getattr(found, key), "count", f"/people/{key}")
        for key in ("raters", "comparisons", "graded", "questions", "needed")
    }  # fmt: skip
    told = [
        *(_pair(view, pair, found.needed, at) for at, pair in enumerate(found.pairs)),
        *_raters(view, found), *_sided(view, found), *_metrics(view, found),
    ]  # fmt: skip
    tables = [_variants(view, found)]
    if found.pairs:
        tables.append(_pairs(view, found))
    if found.agreement:
        tables.append(_beside(view, found))
    return Section(
        "people", title, (view.state("people_note", **counts), _whose(view, found)), tuple(told),
        tables=tuple(tables), chief=True,
    )  # fmt: skip


def _whose(view: View, found: People) -> Statement:
    """Which raters the intervals are for."""
    raters = view.figure(found.raters, "count", "/people/raters")
    return view.state("people_any" if found.other_raters else "people_these", raters=raters)


def _pair(view: View, pair: Preferred, needed: int, at: int) -> Statement:
    """One comparison of two; what is not clear says how many more it would take at least."""
    names = {"first": view.name(pair.first), "second": view.name(pair.second)}
    n = view.figure(pair.n, "count", f"/people/pairs/{at}/n")
    if not pair.decided:
        return view.state("people_pair_same", **names, n=n)
    if pair.low is None:
        return view.state("people_pair_few", **names, n=n)
    figures = {key: view.figure(getattr(pair, key), "points", f"/people/pairs/{at}/{key}")
               for key in ("value", "low", "high")}  # fmt: skip
    more = wording.count(max(0, needed - pair.n))
    if pair.clear(view.results.level):
        return view.state("people_pair", **names, **figures, n=n)
    if pair.apart and pair.p is not None:
        p = view.figure(pair.p, "p", f"/people/pairs/{at}/p")
        return view.state("people_pair_many", **names, **figures, n=n, more=more, p=p)
    return view.state("people_pair_open", **names, **figures, n=n, more=more)


def _raters(view: View, found: People) -> list[Statement]:
    """How far raters agree on choices and on grades."""
    told = []
    for name in ("choices", "grades"):
        item: Alpha = getattr(found, f"alpha_{name}")
        at = f"/people/alpha_{name}"
        n = view.figure(item.n, "count", f"{at}/n")
        what = view.say(f"people_{name}")
        if item.uninstalled:
            told.append(view.state("people_alpha_uninstalled", what=what, name=item.uninstalled))
        elif item.alpha is None:
            told.append(view.state("people_alpha_none", what=what, n=n))
        else:
            level: Level = "caution" if item.alpha < RELIABLE else "info"
            told.append(view.state(
                "people_alpha_low" if item.alpha < RELIABLE else "people_alpha", level, what=what,
                n=n, **{key: view.figure(getattr(item, key), "kappa", f"{at}/{key}")
                        for key in ("alpha", "low", "high")},
            ))  # fmt: skip
    return told


def _sided(view: View, found: People) -> list[Statement]:
    share = found.first_chosen
    if share is None or abs(share - 0.5) < SIDED:
        return []
    return [view.state("people_sided", "caution",
                       share=view.figure(share, "share", "/people/first_chosen"))]  # fmt: skip


def _metrics(view: View, found: People) -> list[Statement]:
    told = []
    for at, item in enumerate(found.agreement):
        if item.agreed is not None and item.metric == view.metric:
            told.append(view.state(
                "people_metric", metric=wording.metric_label(item.metric),
                n=view.figure(item.n, "count", f"/people/agreement/{at}/n"),
                agreed=view.figure(item.agreed, "share", f"/people/agreement/{at}/agreed"),
            ))  # fmt: skip
    return told


def _variants(view: View, found: People) -> Table:
    heads = [*view.head("col_variant", "col_preferred", "col_grade", "col_people_won",
                        "col_people_same", "col_people_lost", "col_graded"),
             Column(view.say("col_records"), "records")]  # fmt: skip
    rows = []
    for at, item in enumerate(found.variants):
        pointer = f"/people/variants/{at}"
        rows.append(Row((
            view.who(item.name), view.estimate(item.preferred, f"{pointer}/preferred"),
            view.estimate(item.grade, f"{pointer}/grade"),
            *(view.number(getattr(item, key), "count", f"{pointer}/{key}")
              for key in ("won", "same", "lost")),
            Cell(str(item.grade.n)), records((view.say("rec_labels"), LABELS)),
        ), item.name, f"people-{item.name}"))  # fmt: skip
    return view.table("people", heads, rows)


def _pairs(view: View, found: People) -> Table:
    heads = view.head("col_people_pair", "col_first_preferred", "col_people_n", "col_p")
    rows = [
        Row((
            Cell(f"{view.name(pair.first)}, {view.name(pair.second)}"),
            Cell(view.figure(pair.value, "points", f"/people/pairs/{at}/value"), pair.low,
                 pair.high, view.say("people_added") if pair.added else ""),
            Cell(str(pair.n)), view.number(pair.p, "p", f"/people/pairs/{at}/p"),
        ))
        for at, pair in enumerate(found.pairs)
    ]  # fmt: skip
    return view.table("people_pairs", heads, rows)


def _beside(view: View, found: People) -> Table:
    heads = view.head("col_metric", "col_alike", "col_people_ordered", "col_rank", "col_graded")
    rows = [
        Row((
            Cell(wording.metric_label(item.metric)),
            view.number(item.agreed, "share", f"/people/agreement/{at}/agreed"),
            Cell(str(item.n)), view.number(item.rank, "kappa", f"/people/agreement/{at}/rank"),
            Cell(str(item.graded)),
        ))
        for at, item in enumerate(found.agreement)
    ]  # fmt: skip
    return view.table("people_metrics", heads, rows)
