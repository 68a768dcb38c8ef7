"""What providers tuned for the run: what became of which model, and what was billed."""

from __future__ import annotations

from workbench.findings.values import Section, Statement
from workbench.findings.view import View


def hosted(view: View) -> Section:
    """A sentence for each job that a provider has done."""
    said: list[Statement] = []
    for place, item in enumerate(view.results.tuning):
        if item.provider is None:
            continue
        at = f"/tuning/{place}"
        tokens = view.figure(item.trained_tokens, "count", f"{at}/trained_tokens")
        values = {
            "name": view.name(item.adapter), "provider": item.provider, "base": item.base or "",
            "model": item.model or "", "job": item.job or "", "tokens": tokens,
            "counted": view.say("hosted_billed" if item.tokens_by_provider else "hosted_counted"),
        }  # fmt: skip
        if item.money is None:
            said.append(view.state("hosted_unpriced", **values))
        else:
            money = view.figure(item.money, "money", f"{at}/money")
            said.append(view.state("hosted_paid", **values, money=money))
    return Section("hosted", view.say("h_hosted"), statements=tuple(said), chief=True)
