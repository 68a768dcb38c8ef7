"""Which prompts are tried on dev questions before a run, the same for every variant."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Literal

from pydantic import model_validator

from workbench.experiment.spec import Named, Spec

#: The shipped prompts, by format; ``workbench/variants/instructions`` holds their files.
SHIPPED: Mapping[str, tuple[str, ...]] = {
    "chat": ("brief", "quote", "steps", "user_turn"),
    "reader": ("best_last", "joined", "question_first"),
}
ExampleSet = Literal["none", "fixed", "nearest"]

#: What a variant's context becomes with each set of examples; other contexts take none.
WITH_EXAMPLES: Mapping[str, Mapping[ExampleSet, str]] = {
    "none": {"none": "none", "fixed": "examples", "nearest": "nearest_examples"},
    "retrieval": {
        "none": "retrieval", "fixed": "retrieval_with_examples",
        "nearest": "retrieval_with_nearest_examples",
    },
}  # fmt: skip


class PromptSearchSpec(Spec):
    """Prompts tried on dev questions: the present one, the shipped ones, and those of ``folder``.

    ``folder`` holds a folder of prompt files for each candidate of yours (``folder/NAME/chat/``);
    ``shipped: false`` leaves the shipped ones out. With ``examples`` each is tried with these sets
    of solved questions too: ``none``, ``fixed`` (the same few, by the seed) and ``nearest`` (those
    most like the question); without, every variant keeps the set that it has. Each variant tries
    the same on the same questions, and of equal ones the present prompt stays. A tuned variant is
    searched before its training, by its untuned model, and trained in what was chosen.
    """

    written_short: ClassVar[str | None] = "folder"

    folder: Named | None = None
    shipped: bool = True
    examples: tuple[ExampleSet, ...] = ()

    @model_validator(mode="after")
    def _tries_something(self) -> PromptSearchSpec:
        if not self.shipped and self.folder is None and len(set(self.examples)) < 2:
            raise ValueError(
                "prompts.search names nothing to try: leave shipped as it is, name a folder of "
                "prompts, or two sets of examples"
            )
        if len(set(self.examples)) < len(self.examples):
            raise ValueError("prompts.search names a set of examples twice")
        return self

    def contexts(self, present: str) -> tuple[str, ...]:
        """The contexts that are tried for a variant with the present one, that one first."""
        for sets in WITH_EXAMPLES.values():
            if present in sets.values():
                tried = [sets[name] for name in self.examples]
                return tuple(dict.fromkeys((present, *tried)))
        return (present,)


class PromptChoice(Spec):
    """What a search chose for a variant: a prompt (None: the run's own), and its context.

    ``search`` names it, by the first of the variants that it chose for.
    """

    prompt: str | None
    context: str
    search: str = ""


def is_shipped(prompt: str) -> bool:
    """Whether that is the name of a shipped prompt, not a folder of somebody's own."""
    return any(prompt in names for names in SHIPPED.values())
