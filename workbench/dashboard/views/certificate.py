"""Whether the tuned model could have seen the exam: the certificate, and who opened the answers."""

from __future__ import annotations

from html import escape
from typing import Any

import streamlit as st

from workbench import findings, wording
from workbench.dashboard import components
from workbench.dashboard.queries import runs
from workbench.dashboard.views.findings import say
from workbench.findings.proven import exam
from workbench.records.load import read_object, results_of
from workbench.records.results import Certificate


def draw(run: runs.Snapshot) -> None:
    """Whether the tuned model could have seen the exam, with the closest pairs."""
    st.header("Did the tuned model see the exam?")
    record = run.results.certificate
    if record is None:
        # Until a run is done its certificate stands in a file of its own, in any version's shape.
        facts, _ = read_object(run.files.certificate)
        if facts is None:
            components.quiet("This run has no certificate, so nothing vouches for it.")
            return
        record = results_of({"certificate": facts})[0].certificate or Certificate()
    known = findings.View(run.results)
    say(exam(known, record).statements)
    listed: list[dict[str, Any]] = []
    for name, part in record.strata.items():
        title = wording.STRATUM_LABELS.get(name, name)
        pairs = [*part.leaks, *part.closest]
        listed += [{"stratum": name, **pair.record()} for pair in pairs]
        checks = ", ".join(part.checks)
        with st.expander(
            components.markdown(
                f"{title}: {wording.counted(part.questions, 'question')}. Checked: {checks}"
            )
        ):
            if not pairs:
                components.quiet("Nothing in the training questions comes near.")
                continue
            rows = [
                [
                    escape(components.clip(pair.test_text, 160)),
                    escape(components.clip(pair.train_text, 160)),
                    f"{pair.nearness or 0:.2f}",
                    escape(pair.why or "passes"),
                ]
                for pair in pairs
            ]
            heads = ["Exam", "Nearest in the training questions", "Nearness", "Outcome"]
            caption = f"The closest pairs, {title.lower()}; 1 is the same"
            components.table(caption, heads, rows, words=(0, 1))
    components.csv_button(f"{run.id}-closest-pairs", listed, "csv_pairs")


def looks(run: runs.Snapshot) -> None:
    """When somebody opened the exam's answers."""
    matches = [e for e in runs.events(run.path) if e.get("look")]
    if matches:
        with st.expander(f"{len(matches)} looks at the exam"):
            for event in matches[-50:]:
                components.text(f"{runs.moment(event.get('time'))} UTC: {event['look']}", "")
