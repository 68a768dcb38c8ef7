"""Tuning that a provider does: which, with what, and what it may cost at the most."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field, model_validator

from workbench.experiment.secrets import Address, VariableName
from workbench.experiment.spec import Positive, Spec

ProviderName = Literal["openai", "azure", "mistral", "together", "fireworks"]
#: Providers that leave it to you under which name their result answers.
DEPLOYED_BY_USERS = ("azure", "fireworks")


class HostedSpec(Spec):
    """A provider tunes the model behind its endpoint, from the run's training questions.

    The training file is uploaded, one job started and waited for; a run that was stopped waits on
    for that same job. What it makes answers for the variant. ``epochs`` are the tuning's; other
    settings of the provider's go as they are by ``hyperparameters``, such as
    ``learning_rate_multiplier``. ``endpoint`` is where jobs are started, ``key_env`` its key
    (None: the model's own for both); ``account`` is Fireworks' account; ``deployment`` the name
    under which the result is deployed, where the provider leaves that to you (Azure, Fireworks):
    it may be changed after the job, and is asked by from then on.
    ``suffix`` becomes part of the model's name. One of ``max_money_spent`` (in the price book's
    currency) and ``max_tokens_spent`` is needed: above it no job is started. Every ``poll_s``
    seconds the provider is asked how far it is.
    """

    written_short: ClassVar[str | None] = "provider"

    provider: ProviderName
    endpoint: Address | None = None
    key_env: VariableName | None = None
    account: str | None = None
    deployment: str | None = None
    suffix: Annotated[str, Field(pattern=r"^[A-Za-z0-9-]{1,18}$")] | None = None
    hyperparameters: dict[str, int | float | str] = Field(default_factory=dict)
    max_money_spent: Annotated[float, Field(gt=0)] | None = None
    max_tokens_spent: Positive | None = None
    poll_s: Annotated[float, Field(gt=0)] = 20.0

    def __hash__(self) -> int:
        return hash(self.digest())

    @model_validator(mode="after")
    def _is_bounded(self) -> HostedSpec:
        if self.max_money_spent is None and self.max_tokens_spent is None:
            raise ValueError(
                "a provider's training costs money: say with max_money_spent, or max_tokens_spent, "
                "what it may come to at the most"
            )
        if self.provider == "fireworks" and self.account is None:
            raise ValueError("Fireworks starts jobs below an account: name it in account")
        if self.deployment is not None and self.provider not in DEPLOYED_BY_USERS:
            raise ValueError(
                f"what {self.provider} tunes answers by the name that it gives it: leave "
                f"deployment out, which is for {' and '.join(DEPLOYED_BY_USERS)}"
            )
        if self.provider == "azure" and self.deployment is None:
            raise ValueError(
                "Azure answers by a deployment: name the one that you will make of the result in "
                "deployment"
            )
        return self

    @property
    def identity(self) -> HostedSpec:
        """What of it decides the result: another budget or pace must start no second job."""
        aside = ("key_env", "deployment", "suffix", "max_money_spent", "max_tokens_spent", "poll_s")
        fields = type(self).model_fields
        return self.model_copy(update={name: fields[name].default for name in aside})
