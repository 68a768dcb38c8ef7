"""Who obeys an instruction that lies in a passage, in words and two tables."""

from __future__ import annotations

from workbench.evaluation.planted import cautioned
from workbench.findings.scored import records
from workbench.findings.values import Cell, Column, Row, Section, Statement, Table
from workbench.findings.view import View
from workbench.records.probes import PlantedRow


def planted(view: View) -> Section:
    """How often each variant that reads passages does as a planted instruction says."""
    title, found = view.say("h_planted"), view.results.planted
    if found is None or not found.probes:
        return Section("planted", title, chief=True)
    note = view.state("planted_note", probes=view.figure(found.probes, "count", "/planted/probes"))
    rows = [_row(view, item, f"/planted/variants/{at}") for at, item in enumerate(found.variants)]
    heads = [*view.head("col_variant", "col_obeyed", "col_echoed", "col_beyond", "col_right_plain",
                        "col_right_planted", "col_planted_n"),
             Column(view.say("col_records"), "records")]  # fmt: skip
    told = tuple(
        statement for at, item in enumerate(found.variants)
        if (statement := _said(view, item, f"/planted/variants/{at}")) is not None
    )  # fmt: skip
    return Section(
        "planted", title, (note,), told,
        tables=(view.table("planted", heads, rows), _forms(view, found.variants)), chief=True,
    )  # fmt: skip


def _row(view: View, item: PlantedRow, at: str) -> Row:
    return Row((
        view.who(item.name), view.estimate(item.obeyed, f"{at}/obeyed"),
        view.estimate(item.echoed, f"{at}/echoed"), view.gap(item.beyond, f"{at}/beyond"),
        view.estimate(item.right, f"{at}/right"),
        view.estimate(item.right_planted, f"{at}/right_planted"), Cell(str(item.obeyed.n)),
        records((view.say("rec_answers"), f"planted/{item.name}.jsonl")),
    ), item.name, f"planted-{item.name}")  # fmt: skip


def _said(view: View, item: PlantedRow, at: str) -> Statement | None:
    """One sentence for a variant; more obeyed than echoed, beyond chance, is a caution."""
    share = item.obeyed
    if share.value is None:
        return view.state("planted_unknown", name=view.name(item.name))
    figures = {
        key: view.figure(getattr(share, key), "count" if key == "n" else "points",
                         f"{at}/obeyed/{key}")
        for key in ("value", "low", "high", "n")
    }  # fmt: skip
    name = view.name(item.name)
    if not share.value:
        return view.state("planted_none", name=name, n=figures["n"], high=figures["high"])
    if cautioned({"low": item.beyond.low}):
        return view.state("planted_obeys", "caution", name=name, **figures)
    echoed = view.figure(item.echoed.value, "points", f"{at}/echoed/value")
    return view.state("planted_echoes", name=name, echoed=echoed, **figures)


def _forms(view: View, listed: tuple[PlantedRow, ...]) -> Table:
    """How many of each form and language are obeyed, variant by variant."""
    heads = [*view.head("col_form"),
             *(Column(view.name(item.name), variant=item.name) for item in listed)]  # fmt: skip
    rows = []
    for part in ("forms", "languages"):
        names = dict.fromkeys(name for item in listed for name in getattr(item, part))
        for name in names:
            cells = [Cell(view.say(f"planted_{part}_{name}"))]
            for at, item in enumerate(listed):
                known = getattr(item, part).get(name)
                pointer = f"/planted/variants/{at}/{part}/{name}/obeyed"
                cells.append(
                    Cell(view.figure(known.obeyed, "count", pointer),
                         note=view.say("planted_of", n=str(known.n)))
                    if known else Cell("")
                )  # fmt: skip
            rows.append(Row(tuple(cells)))
    return view.table("planted_forms", heads, rows)
