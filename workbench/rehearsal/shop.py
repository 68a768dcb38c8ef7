"""The workshop of a rehearsal: it finds what was made before, and makes nothing of its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from workbench.stages.workshop import Workshop
from workbench.store.cache import Artifact, ArtifactCache, Stage
from workbench.types import LanguageModel, ModelReference, Progress, silent


class NotMade(Exception):  # noqa: N818 - it is an outcome, not a fault
    """The artifact is not in the cache."""


class Looking(ArtifactCache):
    """A cache that finds artifacts and makes none but the corpus."""

    def make(
        self,
        stage: Stage,
        spec: Any,
        inputs: Mapping[str, Artifact] | None = None,
        progress: Progress = silent,
        key: Mapping[str, Any] | None = None,
    ) -> Artifact:
        if stage.name == "corpus":
            return super().make(stage, spec, inputs, progress, key)
        result = self.find(self.identify(stage, spec, inputs or {}, key)[0])
        if result is None:
            raise NotMade
        return result


class Shop(Workshop):
    """The workshop of a rehearsal; endpoints are opened without a call unless that is wanted."""

    calls = False

    def model(self, reference: ModelReference) -> LanguageModel:
        if reference.endpoint is None or self.calls:
            return super().model(reference)
        from workbench.models.endpoint import EndpointModel

        return EndpointModel(replace(reference, key_env=None))
