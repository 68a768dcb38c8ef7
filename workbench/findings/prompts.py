"""The prompts that were tried: which was chosen for whom, and how far to believe it."""

from __future__ import annotations

from workbench import wording
from workbench.findings.values import Cell, Column, Row, Section, Statement
from workbench.findings.view import View
from workbench.records.trials import PromptRow, PromptSearch


def search(view: View) -> Section:
    """Every search of prompts; nothing where none was."""
    title, found = view.say("h_prompt_search"), view.results.prompt_search
    if not found:
        return Section("prompt_search", title)
    parts = tuple(_searched(view, place, item) for place, item in enumerate(found))
    return Section("prompt_search", title, parts=parts)


def brief(view: View) -> list[Statement]:
    """What stands beside the table of scores: whose prompt was chosen, and from how many."""
    found = view.results.prompt_search
    if not found:
        return []
    chosen = "; ".join(
        view.say(
            "prompts_of", names=", ".join(map(view.name, item.variants)), tried=item.asked,
            prompt=wording.prompt_label(item.tried[0].name, item.tried[0].context),
        )
        for item in found
    )  # fmt: skip
    questions = view.figure(found[0].questions, "count", "/prompt_search/0/questions")
    return [view.state("prompts_in_table", questions=questions, chosen=chosen)]


def _searched(view: View, place: int, item: PromptSearch) -> Section:
    at = f"/prompt_search/{place}"
    rows = tuple(
        _row(view, item, row, f"{at}/tried/{number}", number)
        for number, row in enumerate(item.tried)
    )
    heads = [
        Column(view.say("col_prompt"), "words"), *view.head("col_dev", "col_to_best"),
        Column(view.say("col_state"), "words"), Column(view.say("col_records"), "records"),
    ]  # fmt: skip
    names = ", ".join(map(view.name, item.variants))
    said = view.recorded(item.statements)
    if item.trained:
        tuned = ", ".join(map(view.name, item.trained))
        said = (*said, view.state("prompts_tuned", names=tuned))
    # How to read them, once.
    notes = () if place else (view.state("prompts_note"),)
    return Section(
        f"prompt_search-{place}", view.say("h_prompt_search_of", names=names), notes, said,
        tables=(view.table(f"prompt_search_{place}", heads, rows),),
    )  # fmt: skip


def _row(view: View, item: PromptSearch, row: PromptRow, at: str, number: int) -> Row:
    return Row((
        Cell(wording.prompt_label(row.name, row.context)),
        Cell(wording.NONE) if row.value is None
        else Cell(view.figure(row.value, "points", f"{at}/value"), row.low, row.high),
        Cell("") if row.behind is None else view.gap(row.behind, f"{at}/behind"),
        Cell(view.say("col_within").lower() if row.within and number else ""),
        Cell("", links=((view.say("rec_prompts"), f"prompt_search/{item.step}.json"),)),
    ))  # fmt: skip
