"""How a variant's model is made smaller before it answers."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from workbench.experiment.spec import Spec

#: By what is asked for, how :class:`workbench.types.ModelReference` names it.
HELD = {"int8": "int8_weights", "nf4": "nf4"}


class CompressSpec(Spec):
    """What makes a variant's model smaller; beside it stands the variant without.

    ``weights`` holds the model's weights in fewer bits while it answers: ``int8`` (torchao, any
    local model), ``nf4`` (4 bits, bitsandbytes; Dettmers et al. 2023). An adapter is trained on the
    whole weights and stands beside the narrow ones. ``blocks`` is the share of the model's blocks
    that is taken out: those without which the dev questions' answers become least unlikely (Men et
    al. 2024, "ShortGPT"). What is left is healed by the variant's tuning; one that has none is
    trained on the corpus's text for an epoch.
    """

    weights: Literal["none", "int8", "nf4"] = "none"
    blocks: Annotated[float, Field(ge=0, lt=1)] = 0.0

    @model_validator(mode="after")
    def _does_something(self) -> CompressSpec:
        if self.weights == "none" and not self.blocks:
            raise ValueError("compress says neither weights nor blocks; leave it out")
        return self
