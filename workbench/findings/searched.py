"""The search alone: how deep it must look, which part of it finds what, and what it missed."""

from __future__ import annotations

from collections.abc import Iterator

from workbench import wording
from workbench.experiment.passages import PassageSpec
from workbench.findings.values import Cell, Column, Row, Section, Statement
from workbench.findings.view import View
from workbench.records.search import PartRecall, SearchRecall

#: Share of the questions by which another part must be ahead to be named.
TELLING = 0.03
AT = "/search"


def search(view: View) -> Section:
    """How often the evidence is among the first passages, by part and depth, and the misses."""
    title, found = view.say("h_search"), view.results.search
    if found is None or not found.parts:
        return Section("search", title, chief=True)
    note = view.state(
        "search_note", questions=view.figure(found.questions, "count", f"{AT}/questions")
    )
    rows = [_row(place, part) for place, part in enumerate(found.parts)]
    depths = [item.count for item in found.parts[0].at]
    heads = [Column(view.say("col_part")),
             *(Column(view.say("col_first_n", n=count)) for count in depths)]  # fmt: skip
    used = wording.search_part(found.used)
    tables = (view.table("search", heads, rows),)
    notes = (note, view.state("search_used", part=used), *_cut(view, found),
             *_learned(view, found), *_kept(view, found))  # fmt: skip
    return Section(
        "search", title, notes, _told(view, found), tables=tables, parts=(misses(view),), chief=True
    )


def _cut(view: View, found: SearchRecall) -> Iterator[Statement]:
    """What is searched and shown, where that is not whole sentences for all variants."""
    by_way: dict[str, list[str]] = {}
    for name, values in found.passages.items():
        by_way.setdefault(PassageSpec(**values).told, []).append(view.name(name))
    for told, names in by_way.items():
        yield view.state("search_passages", names=", ".join(names), passages=told)


def _learned(view: View, found: SearchRecall) -> Iterator[Statement]:
    """What training the retrievers came to on sections that it did not see."""
    for name, said in found.learned.items():
        where = f"{AT}/learned/{name}"
        values = {
            "name": view.name(name) if name else view.say("search_shared"),
            "method": view.say(f"retriever_{said['method']}"),
            "questions": view.figure(said["questions"], "count", f"{where}/questions"),
        }
        if said.get("after") is None:
            yield view.state("search_learned", **values)
            continue
        before, after = (wording.points(said[key]) for key in ("before", "after"))
        key = "search_learned_better" if said["epoch"] else "search_learned_nothing"
        yield view.state(key, **values, before=before, after=after)


def _kept(view: View, found: SearchRecall) -> Iterator[Statement]:
    """How often the model that ranks said nothing."""
    if found.kept_order:
        kept = view.figure(found.kept_order, "count", f"{AT}/kept_order")
        yield view.state("search_kept_order", kept=kept)


def _row(place: int, part: PartRecall) -> Row:
    cells = [
        Cell(wording.NONE) if item.recall.value is None else Cell(
            wording.figure(item.recall.value, "points", f"{AT}/parts/{place}/at/{at}/recall/value"),
            item.recall.low, item.recall.high,
        )
        for at, item in enumerate(part.at)
    ]  # fmt: skip
    return Row((Cell(wording.search_part(part.part)), *cells), anchor=f"search-{place}")


def _recall(view: View, found: SearchRecall, part: str, count: int) -> tuple[float, object] | None:
    """The recall of a part at a depth, and the figure of it; None where it was not measured."""
    for place, item in enumerate(found.parts):
        for at, one in enumerate(item.at):
            if item.part == part and one.count == count and one.recall.value is not None:
                where = f"{AT}/parts/{place}/at/{at}/recall/value"
                return float(one.recall.value), view.figure(one.recall.value, "share", where)
    return None


def _told(view: View, found: SearchRecall) -> tuple[Statement, ...]:
    """What the variants are shown, and what more passages or another part would add."""
    now = _recall(view, found, found.used, found.top_k)
    if now is None:
        return (view.state("search_unmeasured"),)
    top = view.figure(found.top_k, "count", f"{AT}/top_k")
    deepest = found.part(found.used).at[-1].count
    deep = _recall(view, found, found.used, deepest)
    values = {"top": top, "part": wording.search_part(found.used), "share": now[1]}
    key = "search_now"
    if deepest > found.top_k and deep is not None:
        more = deep[0] - now[0]
        if round(100 * more) >= 1:
            key = "search_deeper"
        elif wording.points(now[0]) != "100.0":
            key = "search_deep_enough"
        values |= {"depth": str(deepest), "deep": deep[1], "more": wording.points(more)}
    told = [view.state(key, **values)]
    rivals = [
        (known[0], part.part, known[1]) for part in found.parts
        if part.part != found.used and (known := _recall(view, found, part.part, found.top_k))
    ]  # fmt: skip
    best = max(rivals, key=lambda item: item[0], default=None)
    if best is not None and best[0] > now[0] + TELLING:
        told.append(view.state("search_other", part=wording.search_part(best[1]), share=best[2]))
    return tuple(told)


def misses(view: View) -> Section:
    """How many questions were asked without their evidence in sight, and the hardest of them."""
    found = view.results.search
    if found is None or found.missed is None:
        return Section("misses", "")
    title = view.say("h_misses")
    top = view.figure(found.top_k, "count", f"{AT}/top_k")
    if not found.missed:
        return Section("misses", title, statements=(view.state("search_no_miss", top=top),))
    told = view.state(
        "search_missed", missed=view.figure(found.missed, "count", f"{AT}/missed"),
        questions=view.figure(found.questions, "count", f"{AT}/questions"),
    )  # fmt: skip
    parts = [part.part for part in found.parts]
    heads = [Column(view.say("col_missed"), "words"),
             *(Column(wording.search_part(part)) for part in parts)]  # fmt: skip
    rows = [
        Row((
            Cell(item.text, links=()),
            *(Cell(view.say("search_rank", rank=rank) if (rank := item.ranks.get(part))
                   else view.say("search_out")) for part in parts),
        ))
        for item in found.misses
    ]  # fmt: skip
    depth = str(found.parts[0].at[-1].count) if found.parts and found.parts[0].at else ""
    note = view.state("misses_note", depth=depth)
    return Section("misses", title, (note,), (told,),
                   tables=(view.table("misses", heads, rows),) if rows else ())  # fmt: skip
