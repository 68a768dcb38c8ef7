"""results.json as Markdown: the same words and figures as the page, for mail and pull requests."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from workbench import wording
from workbench.records.results import Results
from workbench.report import action, conduct, judged, selective, today
from workbench.report.priced import break_even_rows, causes, causes_note
from workbench.report.table import table
from workbench.report.view import View

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~])")


def render_markdown(results: Results, language: str = "en") -> str:
    """The report's first page and its main tables; model and corpus text is escaped."""
    words = wording.LANGUAGES[language]
    verdict, run = results.verdict, results.run
    title = run.corpus.title or run.id or "Imported answers"
    result = table(results)
    lines = [
        f"# {escape(words['title'].format(corpus=title))}",
        "",
        escape(words["asked"].format(purpose=run.purpose)),
        "",
        f"## {words['h_verdict']}",
        "",
        f"**{escape(verdict.sentence)}**",
        "",
        f"## {words['h_action']}",
        "",
        *(f"- {escape(line)}" for line in action.markdown(View(results, language))),
        "",
        *(f"{at}. {escape(reason)}" for at, reason in enumerate(verdict.reasons, 1)),
        "",
        *_table(result["columns"], result["rows"]),
        "",
        *today.markdown(results, words, escape, _table),
        f"## {words['h_change']}",
        "",
        *(f"- {escape(item)}" for item in verdict.would_change),
        "",
        f"## {words['h_against']}",
        "",
        escape(verdict.against),
        "",
    ]
    if verdict.excluded:
        lines += [f"## {words['h_excluded']}", ""]
        lines += [f"- {escape(wording.text(item))}" for item in verdict.statements.excluded]
        lines.append("")
    if results.warnings:
        lines += [f"## {words['h_warnings']}", ""]
        lines += [f"- {escape(result)}" for result in results.warnings] + [""]
    lines += _pairs(results, words)
    lines += _levers(results, words)
    lines += _conduct(results, words)
    lines += _selective(results, words)
    lines += _probed(results, words)
    lines += judged.markdown(results, words, escape, _table)
    lines += _costs(results, words)
    if results.questions.gold:
        lines += [f"## {words['h_gold']}", "", escape(results.gold_agreement.sentence), ""]
    if run.reproduce:
        lines += [f"## {words['reproduce']}", "", "```", run.reproduce, "```", ""]
    return "\n".join(lines)


def escape(text: str) -> str:
    """Text that Markdown shows as it is, on one line."""
    return _SPECIAL.sub(r"\\\1", " ".join(str(text).split()))


def _table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    result = ["| " + " | ".join(escape(column) for column in columns) + " |"]
    result.append("|" + "|".join([":--", *["--:"] * (len(columns) - 1)]) + "|")
    result += ["| " + " | ".join(escape(item) for item in row) + " |" for row in rows]
    return result


def _pairs(results: Results, words: Mapping[str, str]) -> list[str]:
    labels = {row.name: row.label for row in results.variants}
    rows = [
        [f"{labels[result.variant]} − {labels[result.baseline]}", str(result.n),
         wording.difference(result.difference),
         wording.interval(result.low, result.high, signed=True), wording.p_value(result.p)]
        for result in results.comparisons
        if result.metric == results.metric and result.stratum is None
    ]  # fmt: skip
    columns = [wording.metric_label(results.metric)] + [
        words[key] for key in ("col_n", "col_difference", "col_interval", "col_p")
    ]
    form = [escape(results.verdict.form), ""] if results.verdict.form else []
    return [f"## {words['h_pairs']}", "", *_table(columns, rows), "", *form]


def _levers(results: Results, words: Mapping[str, str]) -> list[str]:
    both = results.interaction
    if both is None:
        return []
    labels = results.names()
    lines = [f"## {words['h_levers']}", ""]
    for item in (both, *both.others):
        rows = [
            [words[part], wording.difference(effect.difference),
             wording.interval(effect.low, effect.high, signed=True)]
            for part, effect in item.effects.items()
        ]  # fmt: skip
        title = labels[item.cells[2]] if both.others else ""
        lines += [*_table([title, words["col_difference"], words["col_interval"]], rows), ""]
        lines += [escape(wording.text(words)) for words in item.statements[2:]]
        lines += [""] if item.statements[2:] else []
    return lines


def _conduct(results: Results, words: Mapping[str, str]) -> list[str]:
    """Refusing, inventing and behaving, as the page has them."""
    columns, rows = conduct.markdown_rows(results, words)
    if not rows:
        return []
    sentences = conduct.sentences(results)
    lines = [f"## {words['h_conduct']}", ""]
    lines += [escape(sentences), ""] if sentences else []
    return [*lines, *_table(columns, rows), ""]


def _selective(results: Results, words: Mapping[str, str]) -> list[str]:
    """Thresholds and the areas under the risk-coverage curves."""
    lines = selective.markdown_lines(results, words)
    if not lines:
        return []
    return [f"## {words['h_selective']}", "", *[f"- {escape(line)}" for line in lines], ""]


def _probed(results: Results, words: Mapping[str, str]) -> list[str]:
    """What tuning broke, and what other wordings changed, in sentences."""
    lines: list[str] = []
    for item in results.forgetting or ():
        lines += [f"## {words['h_forgetting']}", ""] if not lines else []
        lines += [f"- {escape(wording.text(result))}" for result in item.statements]
    again = results.sensitivity
    if again:
        lines += [*([""] if lines else []), f"## {words['h_sensitivity']}", ""]
        lines += [f"- {escape(wording.text(result))}" for result in again.statements]
    return [*lines, ""] if lines else []


def _costs(results: Results, words: Mapping[str, str]) -> list[str]:
    parts = ("fixed", "per_update", "per_1000", "per_month", "per_1000_correct")
    heads = ("col_fixed", "col_update", "col_1000", "col_month", "col_correct")
    rows = [
        [row.label, *(wording.money(getattr(row.cost, part), row.cost.currency) for part in parts)]
        for row in results.variants
        if row.cost
    ]
    if not rows:
        return []
    columns = ["", *(words[head] for head in heads)]
    lines = [f"## {words['h_cost']}", "", *_table(columns, rows), ""]
    matches = causes(results)
    if matches:
        split = [
            [row.label, *(wording.money(part, row.cost.currency) if part else words["none"]
                          for part in (row.cost.per_month_by_cause.get(key)
                                       for key, _ in matches))]
            for row in results.variants
            if row.cost
        ]  # fmt: skip
        lines += [escape(causes_note(results, words)), ""]
        lines += [*_table(["", *(title for _, title in matches)], split), ""]
    labels = results.names()
    meet = [
        words[key].format(at=wording.show(item.at, item.unit), span=span,
                          name=labels[item.challenger], rival=labels[item.incumbent])
        for item, key, span in break_even_rows(results)
    ]  # fmt: skip
    if meet:
        lines += [f"### {words['h_break_even']}", "", *(f"- {escape(item)}" for item in meet), ""]
    return lines
