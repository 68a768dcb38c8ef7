"""The box at the head of the report: what to do now, what it will not do, and who signs. Pure."""

from __future__ import annotations

from typing import Any

from workbench.records.variants import VariantRow
from workbench.report.conduct import invented
from workbench.report.view import View

#: Blanks to be filled in by hand, in the order of the form.
FIELDS = ("sign_who", "sign_date", "sign_until", "sign_review")


def action(view: View) -> dict[str, Any]:
    """The template's values: what to do, what to know of it, and the names of the blanks."""
    return {
        "action": _what(view),
        "action_notes": [note for note in (_conduct(view), _then(view)) if note],
        "action_fields": [view.say(field) for field in FIELDS],
    }


def _what(view: View) -> str:
    verdict = view.verdict
    now = verdict.variant or (verdict.today.variant if verdict.today else None) or verdict.leader
    if now is None:
        return view.say("action_nothing")
    if verdict.kind == "adopt":
        return view.say("action_adopt", name=view.name(now))
    if verdict.kind == "tie":
        return view.say("action_tie", name=view.name(now))
    return view.say("action_for_now", name=view.name(now))


def _chosen(view: View) -> VariantRow | None:
    verdict = view.verdict
    name = verdict.variant or (verdict.today.variant if verdict.today else None) or verdict.leader
    return next((row for row in view.rows if row.name == name), None)


def _conduct(view: View) -> Any:
    """What it makes of questions that the text does not answer."""
    row = _chosen(view)
    if row is None or row.abstention is None or not row.abstention.unanswerable:
        return ""
    place = next(at for at, item in enumerate(view.rows) if item.name == row.name)
    at = f"/variants/{place}/abstention"
    asked, given = row.abstention.unanswerable, invented(row.abstention)
    key = "action_refuses"
    if given:
        key = "action_invents" if given * 2 >= asked else "action_invents_some"
    return view.linked(
        key, name=view.name(row.name), asked=view.figure(asked, "count", f"{at}/unanswerable"),
        invented=str(given),
    )  # fmt: skip


def _then(view: View) -> str:
    """What would settle it, where it is not settled."""
    changes = view.verdict.would_change
    if view.verdict.kind != "undecided" or not changes:
        return ""
    return view.say("action_then", change=changes[0])


def markdown(view: View) -> list[str]:
    """The same as lines of plain text."""
    values = action(view)
    notes = [str(getattr(note, "striptags", lambda note=note: note)()) for note in
             values["action_notes"]]  # fmt: skip
    return [values["action"], *notes]
