"""Whether the tuned model could have seen the exam: the certificate, and who opened the answers."""

from __future__ import annotations

import json
from html import escape
from typing import Any

import streamlit as st

from workbench import wording
from workbench.dashboard import look, runs


def draw(run: runs.Run) -> None:
    """Whether the tuned model could have seen the exam, with the closest pairs."""
    st.header("Did the tuned model see the exam?")
    record = runs.mapping(run.results.get("certificate"))
    if not record:
        try:
            text = (run.path / "questions/certificate.json").read_text(encoding="utf-8")
            record = runs.mapping(json.loads(text))
        except (OSError, UnicodeDecodeError, json.JSONDecodeError):
            look.quiet("This run has no certificate, so nothing vouches for it.")
            return
    strata = runs.mapping(record.get("strata"))
    leaks = sum(len(runs.mapping(part).get("leaks") or ()) for part in strata.values())
    checked = sum(int(runs.mapping(part).get("questions") or 0) for part in strata.values())
    if record.get("clean") and not leaks:
        look.say(f"No. None of {checked:,} exam questions fails a check against the drill.")
    else:
        look.say(f"{leaks} of {checked:,} exam questions are too near the drill: see below.")
    listed: list[dict[str, Any]] = []
    for name, part in strata.items():
        part = runs.mapping(part)
        title = wording.STRATUM_LABELS.get(name, name)
        pairs = [*(part.get("leaks") or ()), *(part.get("closest") or ())]
        listed += [{"stratum": name, **runs.mapping(pair)} for pair in pairs]
        checks = ", ".join(str(check) for check in part.get("checks") or ())
        with st.expander(
            look.markdown(f"{title}: {part.get('questions', '?')} questions. Checked: {checks}")
        ):
            if not pairs:
                look.quiet("Nothing in the drill comes near.")
                continue
            rows = [
                [
                    escape(look.clip(runs.mapping(pair).get("exam_text", ""), 160)),
                    escape(look.clip(runs.mapping(pair).get("drill_text", ""), 160)),
                    f"{float(runs.mapping(pair).get('nearness') or 0):.2f}",
                    escape(str(runs.mapping(pair).get("why") or "passes")),
                ]
                for pair in pairs
            ]
            heads = ["Exam", "Nearest in the drill", "Nearness", "Outcome"]
            caption = f"The closest pairs, {title.lower()}; 1 is the same"
            look.table(caption, heads, rows, words=(0, 1))
    look.csv_button(f"{run.id}-closest-pairs", listed, "csv_pairs")


def looks(run: runs.Run) -> None:
    """When somebody opened the exam's answers."""
    matches = [e for e in runs.events(run.path) if e.get("look")]
    if matches:
        with st.expander(f"{len(matches)} looks at the exam"):
            for event in matches[-50:]:
                look.text(f"{runs.moment(event.get('time'))} UTC: {event['look']}", "")
