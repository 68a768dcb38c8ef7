"""results.json as one self-contained HTML page. Pure: results in, a string out."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from markupsafe import Markup

from workbench import wording
from workbench.findings import EVIDENCE, FRONT, Section, View
from workbench.findings.decided import signed
from workbench.findings.pictures import Dots
from workbench.records.results import Example, Results
from workbench.report import charts
from workbench.report.facts import facts
from workbench.report.links import sentence, shown
from workbench.wording.en_glossary import WORDS

GLOSSARY = {"en": WORDS}


def render_html(
    results: Results,
    language: str = "en",
    appendix: Mapping[str, str] | None = None,
    figures: str = "results.json",
) -> str:
    """The report. Text of models and corpora is escaped; nothing is fetched from anywhere.

    ``appendix`` are files of the run that are shown in full, by name: prompts, settings.
    ``figures`` is the file that holds the results.
    """
    known = _context(View(results, language), dict(appendix or {}))
    return str(_template().render(known, figures=figures))


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
    results, run = view.results, view.results.run
    front = {name: make(view) for name, make in FRONT.items()}
    evidence = [found for make in EVIDENCE.values() if (found := make(view))]
    known = facts(view)
    return {
        **known,
        "language": view.language,
        "front": front,
        "evidence": evidence,
        "signed": signed(view),
        "examples": [_example(view, item) for item in results.examples],
        "appendix": appendix,
        "glossary": GLOSSARY[view.language],
        "css": Markup(_resource("page.css")),
        "say": view.say,
        "sentence": lambda item: sentence(item, results, view.language),
        "shown": lambda cell: shown(cell.value, results),
        "draw": lambda picture, front=False: charts.draw(picture, view.colours, front),
        "shows": _shows,
        "count": wording.count,
        "colours": view.colours,
        "hollow": {row.name for row in view.rows if row.is_ceiling},
        "stratum_labels": wording.STRATUM_LABELS,
        "kind_labels": wording.KIND_LABELS,
        "contents": _contents(view, front["today"].tables, evidence, known, appendix),
        "corpus": run.corpus.title or run.id or view.say("imported"),
        "run": run,
        "questions": results.questions,
    }


def _shows(section: Section) -> bool:
    """Whether the page shows anything of a part, which may be dots alone."""
    drawn = any(not isinstance(picture, Dots) for picture in section.pictures)
    return bool(drawn or section.statements or section.tables or any(map(_shows, section.parts)))


def _contents(view: View, *parts: Any) -> list[tuple[str, str]]:
    """The ids and titles of the sections, in their order on the page."""
    today, evidence, known, appendix = parts
    listed = [("today", view.say("h_today"))] if today else []
    for section in evidence:
        if section.id == "latency" and view.results.examples:
            listed.append(("examples", view.say("h_examples")))
        listed.append((section.id, section.title))
    further = {"training": known["tuning"], "run": True, "appendix": appendix, "glossary": True}
    titles = {"training": "h_tuning"}
    return listed + [
        (name, view.say(titles.get(name, f"h_{name}"))) for name, there in further.items() if there
    ]


def _example(view: View, item: Example) -> dict[str, Any]:
    listed = [
        {"row": row, "text": reply.text, "passages": reply.passages,
         "score": wording.points(reply.score)}
        for row in view.rows if (reply := item.answers.get(row.name)) is not None
    ]  # fmt: skip
    outcome = (
        view.say("example_winner", winner=view.name(item.winner)) if item.winner
        else view.say("example_failed")
    )  # fmt: skip
    return {"item": item, "listed": listed, "outcome": outcome}
