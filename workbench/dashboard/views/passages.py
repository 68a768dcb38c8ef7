"""The passages that variants were shown for one question: each once, with the evidence marked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from workbench import wording
from workbench.dashboard import components

Found = Mapping[str, Mapping[str, Any]]


def draw(
    seen: Mapping[str, Sequence[str]], passages: Found, question: Mapping[str, Any],
    shown: Mapping[str, str],
) -> None:  # fmt: skip
    """One list for all variants that were shown the same; ``seen`` are passage ids by variant."""
    lists: dict[tuple[str, ...], list[str]] = {}
    for variant, ids in seen.items():
        if ids:
            lists.setdefault(tuple(ids), []).append(variant)
    above: dict[str, str] = {}
    for ids, variants in lists.items():
        whose = ", ".join(shown[variant] for variant in variants)
        _listed(ids, whose, passages, question, above)
        for name in ids:
            above.setdefault(name, whose)


def hits(ids: Sequence[str], question: Mapping[str, Any]) -> list[int]:
    """The ranks of the passages that hold evidence."""
    return [rank for rank, name in enumerate(ids, 1) if _overlaps(name, question["evidence"])]


def _listed(
    ids: Sequence[str], whose: str, passages: Found, question: Mapping[str, Any],
    above: Mapping[str, str],
) -> None:  # fmt: skip
    """The passages by rank; those that stand in a list ``above`` are only named."""
    found = hits(ids, question)
    if not question["evidence"]:
        title = wording.counted(len(ids), "passage")
    elif found:
        title = f"Evidence found at rank {found[0]} of {len(ids)}"
    else:
        title = f"Evidence in none of {len(ids)} passages"
    icon = ":material/check:" if found else ":material/close:"
    with st.expander(components.markdown(f"{title} · {whose}"), icon=icon):
        for rank, name in enumerate(ids, 1):
            body = passages.get(name)
            mark = " · holds evidence" if rank in found else ""
            if name in above:
                components.quiet(f"{rank}. {name}{mark} · shown above, under {above[name]}")
                continue
            components.quiet(f"{rank}. {name}{mark}")
            if body is None:
                components.text("(this passage's text is not in the run)")
                continue
            spans = [
                (e["start"] - body["start"], e["end"] - body["start"])
                for e in question["evidence"]
                if e.get("document") == body["document"]
            ]
            st.html(f'<div class="wb wb-pre">{components.marked(body["text"], spans)}</div>')


def _overlaps(passage: str, evidence: Sequence[Mapping[str, Any]]) -> bool:
    """Whether ``document:start-end`` shares a character with an evidence span."""
    # From the right, since a document's name may hold colons itself.
    document, _, span = passage.rpartition(":")
    start, _, end = span.partition("-")
    if not (start.isdigit() and end.isdigit()):
        return False
    return any(
        e.get("document") == document and e["start"] < int(end) and e["end"] > int(start)
        for e in evidence
    )
