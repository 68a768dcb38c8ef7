"""Verdict: the decision, its evidence in a few pictures, and what would change it."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from workbench import wording
from workbench.dashboard import components
from workbench.dashboard.app import current_run, finished
from workbench.dashboard.queries import evidence, runs, slices
from workbench.dashboard.views import causes, cautions, judge, rewordings, sentences, today
from workbench.types import KINDS, STRATA

KIND_WORDS = {"adopt": "Adopt", "tie": "Tie", "undecided": "Undecided"}


def page() -> None:
    """Draw the verdict of the chosen run."""
    run = current_run()
    st.title("Verdict")
    if not finished(run):
        return
    view = evidence.View.of(run)
    _decision(run, view.shown)
    today.section(view)
    st.header("Quality against time and money")
    components.say(sentences.quality(view.rows, view.between, view.metric))
    evidence.trade(view)
    evidence.variants(view)
    st.header("Is the difference real?")
    evidence.differences(view)
    st.header("Tuning and retrieval, alone and together")
    evidence.cells(view)
    st.header("By how far a question lies from what was trained on")
    components.say(sentences.strata(view.rows, view.metric))
    slices.sliced(view, "strata", STRATA, wording.STRATUM_LABELS)
    meant = [f"{wording.STRATUM_LABELS[s]}: {m}" for s, m in wording.STRATUM_MEANINGS.items()]
    components.quiet("; ".join(meant) + ".")
    with st.expander("By kind of question, and the hand-written questions"):
        components.say(sentences.kinds(view.rows, view.metric))
        slices.sliced(view, "kinds", KINDS, wording.KIND_LABELS)
        slices.gold(view)
    judge.section(view)
    rewordings.section(view)
    st.header("Where the points were lost")
    causes.waterfall(view)
    st.header("What would change this")
    _change(run)


def _decision(run: runs.Snapshot, shown: Mapping[str, str]) -> None:
    """The sentence, how sure it is, and its reasons."""
    verdict = run.verdict
    chosen = verdict.variant or verdict.leader or ""
    colour = components.colours(shown)[chosen] if chosen in shown else components.ORACLE
    components.verdict(verdict.sentence or "This run reached no verdict.", colour)
    cautions.draw(run.results, shown)
    facts, asked = [run.manifest.purpose], run.results.questions
    if run.manifest.corpus.words:
        facts.append(f"{run.title}, {wording.count(run.manifest.corpus.words)} words.")
    if "written" in asked.model_fields_set:
        facts.append(f"{asked.written:,} exam questions from {asked.sections} sections.")
    components.quiet(" ".join(fact for fact in facts if fact))
    confidence = verdict.confidence
    with st.container(horizontal=True):
        st.badge(KIND_WORDS.get(verdict.kind, "No verdict"), color="blue")
        if verdict.standings:
            st.badge(components.markdown(sentences.standing(verdict, shown)), color="gray")
        if confidence is not None and chosen:
            st.badge(
                components.markdown(
                    f"{shown.get(chosen, chosen)} wins {wording.share(confidence)} of redraws"
                ),
                color="green" if confidence >= 0.9 else "orange",
                help="Questions, workload shares and prices are drawn anew thousands of times "
                "within their uncertainty: how often the same variant comes out in front.",
            )
    # A doubtful form stands in the verdict's own sentence.
    form = [] if verdict.form in verdict.sentence else [verdict.form]
    for reason in (*verdict.reasons, *form):
        components.text(f"• {reason}", "")
    for words in sentences.excluded(verdict, shown):
        components.text(f"• {words}", "")
    for warning in run.results.warnings:
        components.quiet(f"⚠ {warning}")


def _change(run: runs.Snapshot) -> None:
    """Flip points, the case against, and what would change the verdict."""
    verdict = run.verdict
    chief = list(verdict.would_change)
    points = dict.fromkeys(point.sentence for point in verdict.flip_points)
    further = [line for line in points if line not in chief]
    if not chief:
        chief, further = further, []
    for line in chief:
        components.text(f"• {line}", "")
    if further:
        with st.expander("Further turning points"):
            for line in further:
                components.text(f"• {line}", "")
    if verdict.against:
        components.text(f"The case against: {verdict.against}", "")
    if not chief and not verdict.against:
        components.quiet("Nothing was recorded that would turn this verdict.")
    components.page_link("what_if", "Try other volumes, prices and margins", run.id)
