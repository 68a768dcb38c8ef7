"""Who signed the run, which limits they accept, and whether it is still what they signed."""

from __future__ import annotations

from datetime import date

from workbench import wording
from workbench.findings.values import Section, Statement
from workbench.findings.view import View
from workbench.records.signature import Signature

NAMED = 3


def signed(view: View) -> Section:
    """Each signature in a few sentences; empty for a run that nobody signed."""
    title, listed = view.say("h_signed"), view.results.signed
    if not listed:
        return Section("signed", title, chief=True)
    told = [statement for item in listed for statement in of_one(view, item)]
    return Section("signed", title, (view.state("signed_note"),), tuple(told), chief=True)


def of_one(view: View, item: Signature) -> list[Statement]:
    """Who and when, what changed since, what is accepted, and the next review."""
    told = [view.state("signed_by", name=item.name, date=item.date, digest=item.digest[:12])]
    if item.changed:
        rest = len(item.changed) - NAMED
        more = view.say("signed_more", n=wording.count(rest)) if rest > 0 else ""
        listed = ", ".join(item.changed[:NAMED])
        told.append(view.state("signed_changed", "caution", name=item.name, listed=listed + more))
    else:
        told.append(view.state("signed_whole", name=item.name))
    told += [view.state("signed_accepts", name=item.name, limit=text) for text in item.accepted]
    if item.review is None:
        told.append(view.state("signed_no_review"))
    elif item.overdue(date.today()):
        told.append(view.state("signed_overdue", "caution", date=item.review))
    else:
        told.append(view.state("signed_review", date=item.review))
    return told
