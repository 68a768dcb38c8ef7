"""How far a run is: each stage with what is done and the time that it still takes."""

from __future__ import annotations

import streamlit as st

from workbench import wording
from workbench.dashboard import components
from workbench.dashboard.queries import pace, runs
from workbench.dashboard.queries.pace import Pace


def draw(run: runs.Snapshot) -> None:
    """A sentence on the whole, then a bar for each stage: over, at work, to come."""
    known = pace.stages(run)
    if not known:
        components.quiet("It is just beginning.")
        return
    components.quiet(whole(known))
    for part in known:
        if part.state != "to come":
            st.progress(min(1.0, part.share), text=components.markdown(words(part)))
    coming = [part for part in known if part.state == "to come"]
    if coming:
        listed = [
            label(part) + (f" (about {about(part.left)})" if part.left else "") for part in coming
        ]
        components.quiet(f"To come: {', '.join(listed)}.")


def whole(known: list[Pace]) -> str:
    """``2 of 8 stages are done; about 4 min left.``"""
    over = sum(part.state == "over" for part in known)
    told = f"{over} of {len(known)} stages {'is' if over == 1 else 'are'} done"
    rest = [part for part in known if part.state != "over"]
    sized = [part.left for part in rest if part.left is not None]
    open_ = [label(part) for part in rest if part.left is None]
    if not sized and open_:
        return f"{told}."
    told += f"; {about(sum(sized))} left"
    return f"{told}{', and what ' + ', '.join(open_) + ' takes' if open_ else ''}."


def about(seconds: float) -> str:
    """A time that is still to come, no finer than it is known."""
    if seconds < 10:
        return "a few seconds"
    return f"{5 * round(seconds / 5)} s" if seconds < 120 else wording.seconds(seconds)


def label(part: Pace) -> str:
    """``Adapter: fine_tuned``"""
    return part.stage.replace(":", ": ").capitalize()


def words(part: Pace) -> str:
    """One stage in a line."""
    told = [label(part)]
    if part.state == "over":
        return " · ".join([*told, f"done in {wording.seconds(part.spent)}"])
    if part.total:
        told.append(f"{part.done:,} of {part.total:,} {_note(part)}".strip())
    else:
        told.append("begun")
    if part.left is not None:
        told.append(f"about {about(part.left)} left")
    return " · ".join(told)


def _note(part: Pace) -> str:
    """What the stage says of itself; a variant by its name, and which of how many it is."""
    if part.parts == 1 or ":" in part.note:
        return part.note
    return f"by {wording.label(part.note)}, variant {part.part} of {part.parts}"
