"""The line of context that a model writes for each passage of an index, and what it will take."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.engine.estimate import StageEstimate, timed
from workbench.engine.hashing import content_id
from workbench.models.budget import Budget, counted_input
from workbench.stages.context import RunContext, TrialContext
from workbench.stages.cutting import CutText
from workbench.stages.inputs import SituatingInput

if TYPE_CHECKING:
    from workbench.stages.index import IndexInputs
    from workbench.types import LanguageModel, Prompt

FOLDER = "passage-contexts"
FEW = 2  # passages that a trial has a model of this machine write for


def situated(
    cut: CutText, inputs: IndexInputs, context: RunContext
) -> tuple[CutText, dict[str, Any]]:
    """The passages, each indexed under its line of context, and what was asked for now."""
    from workbench.retrieval.situating import situate

    given, model, asked = _asked(cut, inputs, context)
    written = situate(
        asked, model, given.tokens, Budget(given.max_tokens_spent), _kept(given, context),
        context.progress,
    )  # fmt: skip
    texts = [
        f"{line.text}\n{text}" if line.text else text
        for line, text in zip(written.lines, cut.texts, strict=True)
    ]
    spent = {"model": _elsewhere(given), **written.record()}
    return replace(cut, indexed=texts), spent


def _elsewhere(given: SituatingInput) -> str | None:
    """The model's name where an endpoint is paid for it."""
    return given.model.name if given.model.endpoint is not None else None


def estimate_situating(cut: CutText, inputs: IndexInputs, context: TrialContext) -> StageEstimate:
    """What the lines that are not there yet will take. Raises WorkbenchError above the budget."""
    from workbench.retrieval.situating import kept_lines, require, situate

    given, model, asked = _asked(cut, inputs, context)
    known = kept_lines(_kept(given, context))
    todo = [prompt for prompt in asked if content_id(prompt.text) not in known]
    require(todo, model, given.tokens, Budget(given.max_tokens_spent))
    read = sum(counted_input(model, prompt) for prompt in todo)
    tokens = ((_elsewhere(given), read, given.tokens * len(todo)),)
    note = f"a line of context for {len(todo)} passages"
    if todo and not context.may_call(given.model):
        return StageEstimate("index", None, tokens, note)
    few = todo[:FEW]
    _, spent = timed(
        lambda: situate(few, model, given.tokens, Budget(), context.folder / "contexts.jsonl")
    )
    return StageEstimate("index", spent / max(1, len(few)) * len(todo), tokens, note)


def _asked(
    cut: CutText, inputs: IndexInputs, context: RunContext
) -> tuple[SituatingInput, LanguageModel, list[Prompt]]:
    from workbench.retrieval.situating import prompts

    given = inputs.context
    assert given is not None, "whoever asks for a context says who writes it"
    model = context.model(given.model)
    return given, model, prompts(cut.passages, context.corpus(inputs.corpus), model, given.tokens)


def _kept(given: SituatingInput, context: RunContext) -> Path:
    """The file of what this model has written, for any index."""
    name = content_id([given.model.record(), given.tokens])
    return context.cache.root / FOLDER / f"{name}.jsonl"
