"""Who tunes which model, what that may cost, and how a job is called off."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from workbench.errors import WorkbenchError
from workbench.experiment.hosted import HostedSpec
from workbench.models.api_key import hider, key_of
from workbench.models.budget import CAUTION, PER_MESSAGE, Budget
from workbench.models.tokens import estimated_tokens
from workbench.tuning.batches import Example
from workbench.tuning.hosted.provider import Provider
from workbench.tuning.hosted.providers import PROVIDERS
from workbench.tuning.hosted.site import Site
from workbench.types import ModelReference

#: The fewest examples that providers take.
LEAST = 10


@dataclass(frozen=True, slots=True)
class Terms:
    """Who tunes which model, and what it may cost. ``price`` is of a million training tokens."""

    spec: HostedSpec
    model: ModelReference
    epochs: int
    seed: int
    price: float | None
    currency: str

    @property
    def provider(self) -> Provider:
        return PROVIDERS[self.spec.provider]

    def site(self) -> Site:
        """The provider's API, with the key. Raises WorkbenchError where there is none."""
        return site_of(self.spec, self.model)

    def money(self, tokens: float) -> float | None:
        """What so many training tokens cost; None where the price book does not say."""
        return None if self.price is None else tokens / 1e6 * self.price


def site_of(spec: HostedSpec, model: ModelReference) -> Site:
    """The API of a provider as a specification and its model name it."""
    provider = PROVIDERS[spec.provider]
    reference = replace(
        model, endpoint=spec.endpoint or model.endpoint, key_env=spec.key_env or model.key_env
    )
    key = key_of(reference)
    return Site(
        provider.label, provider.base(str(reference.endpoint), spec), provider.headers(key),
        reference.key_env, hider(key), min(1.0, spec.poll_s),
    )  # fmt: skip


def training_tokens(examples: Sequence[Example], epochs: int) -> int:
    """What a provider will bill, as far as it can be counted here: every token of every epoch."""
    once = sum(
        estimated_tokens(turn["content"]) + PER_MESSAGE
        for example in examples
        for turn in example.messages()
    )
    return once * epochs


def require_budget(terms: Terms, tokens: int) -> None:
    """Refuse to start a job that may come to more than is allowed."""
    spec, name = terms.spec, terms.model.name
    if spec.max_money_spent is not None and terms.price is None:
        raise WorkbenchError(
            f"The price book does not say what tuning {name} costs, so max_money_spent cannot be "
            "kept.",
            f"Add endpoints.{name}.training_per_million to the price book, or bound "
            "tuning.hosted.max_tokens_spent.",
        )
    prices = None if terms.price is None else (terms.price, 0.0)
    Budget(spec.max_tokens_spent, spec.max_money_spent, prices).require(
        f"Tuning {name} at {terms.provider.label} may take", round(CAUTION * tokens), 0, (0, 0),
        "Raise tuning.hosted.max_money_spent or max_tokens_spent, lower tuning.epochs, or ask for "
        "fewer questions.train_facts.",
    )  # fmt: skip


def require_enough(terms: Terms, examples: int) -> None:
    if examples < LEAST:
        raise WorkbenchError(
            f"{terms.provider.label} takes {LEAST} examples at least, and there are {examples}.",
            "Raise questions.train_facts, or bring more text to train on.",
        )


def address_of(terms: Terms, job: str) -> dict[str, Any]:
    """All that calling the job off needs; the key's variable, never the key."""
    spec, model = terms.spec, terms.model
    return {
        "job": job,
        "spec": spec.model_dump(mode="json"),
        "model": model.name,
        "endpoint": spec.endpoint or model.endpoint,
        "key_env": spec.key_env or model.key_env,
    }


def cancel_hosted(address: Mapping[str, Any]) -> str:
    """Call a job off that a run has noted; its state, in the provider's words."""
    spec = HostedSpec(**address["spec"])
    provider = PROVIDERS[spec.provider]
    model = ModelReference(
        address["model"], endpoint=address["endpoint"], key_env=address["key_env"]
    )
    site, path = site_of(spec, model), f"{provider.jobs}/{address['job']}"
    try:
        job = site.ask("GET", path)
        if provider.state(job) == "waits":
            site.ask("POST", path + provider.cancel)
            job = site.ask("GET", path)
        return provider.status(job).lower().replace("_", " ")
    finally:
        site.close()
