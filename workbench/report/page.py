"""results.json as one self-contained HTML page. Pure: results in, a string out."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from markupsafe import Markup

from workbench import wording
from workbench.records.results import Results
from workbench.report.action import action
from workbench.report.conduct import conduct, invented
from workbench.report.facts import facts
from workbench.report.judged import judged
from workbench.report.links import sentence
from workbench.report.priced import priced
from workbench.report.probed import probed
from workbench.report.scored import scored
from workbench.report.selective import selective
from workbench.report.today import today
from workbench.report.view import View
from workbench.wording.en_glossary import WORDS

GLOSSARY = {"en": WORDS}
PARTS = (
    ("today", "h_today"), ("scores", "h_scores"), ("pairs", "h_pairs"), ("levers", "h_levers"),
    ("waterfall", "h_waterfall"), ("conduct", "h_conduct"), ("selective", "h_selective"),
    ("forgetting", "h_forgetting"),
    ("sensitivity", "h_sensitivity"), ("gold", "h_gold"), ("judge", "h_judge"),
    ("examples", "h_examples"), ("latency", "h_latency"), ("cost", "h_cost"),
    ("method", "h_method"), ("exam", "h_certificate"), ("training", "h_tuning"), ("run", "h_run"),
    ("appendix", "h_appendix"), ("glossary", "h_glossary"),
)  # fmt: skip


def render_html(
    results: Results, language: str = "en", appendix: Mapping[str, str] | None = None
) -> str:
    """The report. Text of models and corpora is escaped; nothing is fetched from anywhere.

    ``appendix`` are files of the run that are shown in full, by name: prompts, settings.
    """
    return str(_template().render(_context(View(results, language), dict(appendix or {}))))


@cache
def _template() -> Any:
    from jinja2 import Environment, StrictUndefined

    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.from_string(_resource("page.html.j2"))


def _resource(name: str) -> str:
    return files("workbench.report").joinpath(name).read_text(encoding="utf-8")


def _context(view: View, appendix: Mapping[str, str]) -> dict[str, Any]:
    """What the template shows."""
    results, verdict, run = view.results, view.verdict, view.results.run
    result = {
        **scored(view),
        **action(view),
        **conduct(view),
        **selective(view),
        **judged(results, view.words, view.name),
        **probed(results, view.name),
        **priced(view),
        **today(view),
        **facts(view),
    }
    absent = {
        "conduct": not result["conduct"],
        "selective": not (result["selective"] or result["thresholds"]),
        "forgetting": not results.forgetting,
        "sensitivity": not results.sensitivity,
        "gold": not results.questions.gold,
        "examples": not result["examples"],
        "judge": not results.judge,
        "training": not result["tuning"],
        "today": not result["today_rows"],
        "appendix": not appendix,
    }
    return {
        **result,
        "language": view.language,
        "appendix": appendix,
        "glossary": GLOSSARY[view.language],
        "css": Markup(_resource("page.css")),
        "say": view.say,
        "num": view.num,
        "sentence": lambda item: sentence(item, results, view.language),
        "span": view.span,
        "signed": lambda item: wording.interval(item.low, item.high, signed=True),
        "short": lambda row: row.short,
        "count": wording.count,
        "invented": invented,
        "metric_name": wording.metric_label,
        "shows": view.shows,
        "kind_metric": view.kind_metric,
        "colours": view.colours,
        "stratum_labels": wording.STRATUM_LABELS,
        "kind_labels": wording.KIND_LABELS,
        "contents": [part for part in PARTS if not absent.get(part[0])],
        "corpus": run.corpus.title or run.id or view.say("imported"),
        "run": run,
        "verdict": verdict,
        "sentences": verdict.statements,
        "confidence": _confidence(view),
        "gold_statements": _gold(view),
        "gold_note": view.linked(
            "gold_note", gold=view.figure(results.questions.gold, "count", "/questions/gold")
        ),
        "rows": view.rows,
        "questions": results.questions,
        "method": _method(view),
        "method_rule": view.linked(
            "method_rule",
            margin=view.figure(verdict.margin, "margin", "/verdict/margin"),
            level=view.figure(results.level, "share", "/level"),
        ),
        "warnings": _warnings(view),
    }


def _confidence(view: View) -> Any:
    share = view.verdict.confidence
    if share is None:
        return ""
    return view.linked(
        "confidence", name=view.name(view.verdict.leader or ""),
        share=view.figure(share, "share", "/verdict/confidence"),
    )  # fmt: skip


def _gold(view: View) -> list[Any]:
    """How the hand-written questions rank the variants; plain words in an older run."""
    result = view.results.gold_agreement
    return [sentence(item, view.results, view.language) for item in result.statements] or [
        result.sentence
    ]


def _method(view: View) -> str:
    methods = {
        result.method for result in view.results.comparisons
        if result.metric == view.metric and result.stratum is None and result.method
    }  # fmt: skip
    return "; ".join(sorted(methods)) or view.say("none")


def _warnings(view: View) -> list[Any]:
    """The run's warnings, and the judge's where a judged metric decides."""
    judge, result = view.results.judge, view.results.warning_statements
    own = [sentence(result[item], view.results, view.language) if item in result else item
           for item in view.results.warnings]  # fmt: skip
    return [*own, *(judge.warnings if judge and view.metric in judge.metrics else ())]
