"""Verdict: the decision, its evidence in a few pictures, and what would change it."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from workbench import findings, wording
from workbench.dashboard import components
from workbench.dashboard.app import current_run, finished
from workbench.dashboard.queries import evidence, runs
from workbench.dashboard.views import causes, judge
from workbench.dashboard.views.findings import cautions, draw, notes, pictures, say, table
from workbench.findings import EVIDENCE, FRONT, Section, View
from workbench.findings.decided import easier
from workbench.findings.priced import flips

KIND_WORDS = {"adopt": "Adopt", "tie": "Tie", "undecided": "Undecided"}


def page() -> None:
    """Draw the verdict of the chosen run."""
    run = current_run()
    st.title("Verdict")
    if not finished(run):
        return
    view = evidence.View.of(run)
    known = findings.View(judge.up_to_date(run))
    front = {name: make(known) for name, make in FRONT.items()}
    told = {name: make(known) for name, make in EVIDENCE.items()}
    _decision(run, known, front)
    _today(run, known, front["today"])
    st.header("Quality against time and money")
    say(told["scores"].statements)
    evidence.trade(view)
    say(front["cost_page"].statements)
    _scores(view, known, told["scores"])
    _labels(run, known, told["classes"])
    draw(known, told["utility"], run.id)
    every = [row.record() for row in run.results.comparisons]
    draw(known, told["pairs"], run.id, fold="Every comparison", csv=every)
    draw(known, told["levers"], run.id)
    draw(known, told["prompt_search"], run.id)
    with st.expander("By other metrics and kinds of question, and the hand-written questions"):
        for part in told["scores"].parts[1:]:
            components.text(part.title if part else "", "wb-head")
            draw(known, part, run.id, head=False)
        draw(known, told["gold"], run.id, head=False)
    draw(known, told["judge"], run.id)
    draw(known, told["people"], run.id)
    draw(known, told["sensitivity"], run.id)
    draw(known, told["principles"], run.id)
    for name in ("planted", "groups", "twins", "harm", "mending", "editions"):
        draw(known, told[name], run.id)
    draw(known, told["conduct"], run.id)
    causes.waterfall(view, known, told["waterfall"])
    _change(run, known, front)


def _decision(run: runs.Snapshot, known: View, front: dict[str, Section]) -> None:
    """The sentence, how sure it is, what to know of it, its reasons, and what to do."""
    verdict = run.verdict
    colours = components.colours(known.names)
    sentence = " ".join(item.text() for item in front["verdict"].statements)
    components.verdict(
        sentence or "This run reached no verdict.", colours.get(known.front, components.ORACLE)
    )
    # What changes how the sentence is taken stands beside it, the rest a click away.
    first = [item.text() for item in easier(known)]
    careful = front["warnings"].statements
    cautions(item for item in careful if item.text() in first)
    cautions(item for item in front["action"].statements if item.level == "caution")
    if more := [item for item in careful if item.text() not in first]:
        with st.expander(f"{len(more)} more to be careful about", icon=":material/warning:"):
            cautions(more)
    facts, asked = [run.manifest.purpose], run.results.questions
    if run.manifest.corpus.words:
        facts.append(f"{run.title}, {wording.count(run.manifest.corpus.words)} words.")
    if run.results.classes is not None:
        facts.append(f"{wording.counted(run.results.classes.asked, 'labelled message')} asked.")
    elif "written" in asked.model_fields_set:
        facts.append(
            f"{wording.counted(asked.written, 'exam question')} from "
            f"{wording.counted(asked.sections, 'section')}."
        )
    components.quiet(" ".join(fact for fact in facts if fact))
    with st.container(horizontal=True):
        st.badge(KIND_WORDS.get(verdict.kind, "No verdict"), color="blue")
    notes(front["verdict"].notes)
    for name in ("reasons", "excluded"):
        for item in front[name].statements:
            components.text(f"• {item.text()}", "")
    if calm := [item for item in front["action"].statements if item.level != "caution"]:
        st.header(front["action"].title)
        say(calm)


def _today(run: runs.Snapshot, known: View, section: Section) -> None:
    """The sentence with a small chart beside it; the tables folded away."""
    if not section:
        return
    st.header(section.title)
    sentence = " ".join(item.text() for item in section.statements)
    if not section.pictures:
        components.say(sentence)
    else:
        left, right = st.columns([3, 2], gap="large")
        with left:
            components.say(sentence)
        with right:
            pictures(known, section.pictures)
    if section.tables:
        with st.expander("What each choice would risk"):
            for part in (section, *section.parts):
                for item in part.tables:
                    table(known, item, part.title or section.title, run.id)
                notes(part.notes)


def _scores(view: evidence.View, known: View, section: Section) -> None:
    """The main table, and the strata side by side."""
    figures = evidence.every_figure(view)
    table(known, section.tables[0], section.title, view.run.id, figures)
    notes(section.notes)
    strata = section.parts[0]
    if strata:
        st.header(strata.title)
        say(strata.statements)
        pictures(known, strata.pictures)


def _labels(run: runs.Snapshot, known: View, section: Section) -> None:
    """How well each label is told; what each variant takes for what is folded away."""
    draw(known, replace(section, parts=()), run.id)
    if section.parts:
        with st.expander("What each variant takes for what"):
            for part in section.parts:
                components.text(part.title, "wb-head")
                draw(known, part, run.id, head=False)


def _change(run: runs.Snapshot, known: View, front: dict[str, Section]) -> None:
    """What would change the verdict, the turning points, and the case against it."""
    st.header(front["change"].title)
    chief = {item.text() for item in front["change"].statements}
    say(front["change"].statements)
    further = [item for item in flips(known).every_statement() if item.text() not in chief]
    if further:
        with st.expander("Further turning points"):
            for item in further:
                components.text(f"• {item.text()}", "")
    if front["against"]:
        components.text(front["against"].title, "wb-head")
        components.text(" ".join(item.text() for item in front["against"].statements), "")
    if not chief and not front["against"]:
        components.quiet("Nothing was recorded that would turn this verdict.")
    components.page_link("what_if", "Try other volumes, prices and margins", run.id)
