"""Verdict: the decision, its evidence in a few pictures, and what would change it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from workbench import wording
from workbench.dashboard import components
from workbench.dashboard.app import current_run, finished
from workbench.dashboard.queries import evidence, runs, slices
from workbench.dashboard.views import causes, judge, rewordings, sentences
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
    st.header("Quality against time and money")
    components.say(sentences.quality(view.rows, view.comparisons, view.metric))
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


def _decision(run: runs.Run, shown: Mapping[str, str]) -> None:
    """The sentence, how sure it is, and its reasons."""
    verdict = run.verdict
    chosen = str(verdict.get("variant") or verdict.get("leader") or "")
    colour = components.colours(shown)[chosen] if chosen in shown else components.ORACLE
    components.verdict(str(verdict.get("sentence") or "This run reached no verdict."), colour)
    facts = [str(run.manifest.get("purpose") or "")]
    corpus = runs.mapping(run.manifest.get("corpus"))
    if corpus.get("words"):
        facts.append(f"{run.title}, {wording.count(corpus['words'])} words.")
    asked = runs.mapping(run.results.get("questions"))
    if isinstance(asked.get("written"), int):
        facts.append(
            f"{asked['written']:,} exam questions from {asked.get('sections', '?')} sections."
        )
    components.quiet(" ".join(fact for fact in facts if fact))
    confidence = verdict.get("confidence")
    with st.container(horizontal=True):
        st.badge(KIND_WORDS.get(str(verdict.get("kind")), "No verdict"), color="blue")
        if isinstance(confidence, int | float) and chosen:
            st.badge(
                components.markdown(
                    f"{shown.get(chosen, chosen)} wins {wording.share(confidence)} of redraws"
                ),
                color="green" if confidence >= 0.9 else "orange",
                help="Questions, workload shares and prices are drawn anew 400 times within their "
                "uncertainty: how often the same variant comes out in front.",
            )
    for reason in verdict.get("reasons") or ():
        components.text(f"• {_words(reason)}", "")
    for gone in verdict.get("excluded") or ():
        gone = runs.mapping(gone)
        name = str(gone.get("variant") or "")
        constraint = _words(gone.get("sentence") or gone.get("constraint"))
        components.text(f"• {shown.get(name, name)} is out: {constraint}", "")
    for warning in run.results.get("warnings") or ():
        components.quiet(f"⚠ {_words(warning)}")


def _words(value: Any) -> str:
    """A sentence of the results, which is text or a record that carries one."""
    if isinstance(value, Mapping):
        return str(value.get("sentence") or value.get("text") or "")
    return str(value or "")


def _change(run: runs.Run) -> None:
    """Flip points, the case against, and what would change the verdict."""
    verdict = run.verdict
    chief = [_words(line) for line in verdict.get("would_change") or ()]
    further = [_words(point) for point in verdict.get("flip_points") or ()]
    further = [line for line in dict.fromkeys(further) if line not in chief]
    if not chief:
        chief, further = further, []
    for line in chief:
        components.text(f"• {line}", "")
    sentence = bool(chief)
    if further:
        with st.expander("Further turning points"):
            for line in further:
                components.text(f"• {line}", "")
    against = verdict.get("against")
    if against:
        lines = against if isinstance(against, list) else [against]
        for line in lines:
            components.text(f"The case against: {_words(line)}", "")
            sentence = True
    if not sentence:
        components.quiet("Nothing was recorded that would turn this verdict.")
    components.page_link("what_if", "Try other volumes, prices and margins", run.id)
