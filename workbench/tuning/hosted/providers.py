"""The providers that tune, by the name that an experiment gives."""

from __future__ import annotations

from collections.abc import Mapping

from workbench.experiment.hosted import ProviderName
from workbench.tuning.hosted import azure, fireworks, mistral, openai, together
from workbench.tuning.hosted.provider import Provider

PROVIDERS: Mapping[ProviderName, Provider] = {
    "openai": openai.PROVIDER,
    "azure": azure.PROVIDER,
    "mistral": mistral.PROVIDER,
    "together": together.PROVIDER,
    "fireworks": fireworks.PROVIDER,
}
