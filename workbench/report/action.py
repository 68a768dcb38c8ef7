"""The box at the head of the report: what to do now, what it will not do, and who signs. Pure."""

from __future__ import annotations

from typing import Any

from markupsafe import escape

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
    now = _chosen(view)
    if now is None:
        return view.say("action_nothing")
    key = {"adopt": "action_adopt", "tie": "action_tie"}.get(view.verdict.kind, "action_for_now")
    return view.say(key, name=view.name(now))


def _chosen(view: View) -> str | None:
    """The variant to take: the verdict's, that of who must choose today, or the one in front."""
    verdict = view.verdict
    return verdict.variant or (verdict.today.variant if verdict.today else None) or verdict.leader


def _conduct(view: View) -> Any:
    """What it makes of questions that the text does not answer."""
    name = _chosen(view)
    place, row = next(
        ((at, row) for at, row in enumerate(view.rows) if row.name == name), (0, None)
    )  # fmt: skip
    if row is None or row.abstention is None or not row.abstention.unanswerable:
        return ""
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
    return [values["action"], *(escape(note).striptags() for note in values["action_notes"])]
