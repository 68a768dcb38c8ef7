"""Why an exported system answers otherwise: what can be checked from outside is checked.

Five things go wrong in practice: the adapter is not there, the template puts the turns otherwise,
the system text is dropped or replaced, a reply does not end where it should, and numbers are
rounded otherwise.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.stats import binomtest

from workbench import wording
from workbench.evaluation.statistics import missingness
from workbench.models.endpoint import EndpointModel
from workbench.models.local import LocalModel
from workbench.text import token_f1
from workbench.types import Answer, LanguageModel, Message, Prompt, Question
from workbench.variants.system import System

#: The level of the exact tests: which replies run into the limit, and whose they are nearer to.
LEVEL = 0.05
#: What is added to a system text to see whether it is read.
PROBE = "Mind every word of the question."


@dataclass(frozen=True, slots=True)
class Cause:
    """One thing that was checked: ``state`` is found, clear or unknown, ``sentence`` says why."""

    name: str
    state: str
    sentence: str


def causes(
    system: System,
    model: LanguageModel,
    questions: Sequence[Question],
    before: Sequence[Answer],
    after: Sequence[Answer],
    untuned: Sequence[Answer] = (),
) -> list[Cause]:
    """The causes in the order in which they should be looked at.

    ``system`` is the variant as it was examined, ``model`` what answers now, ``untuned`` what its
    model answered in the exam without its tuning, where it sat there too.
    """
    if not questions:
        return []
    # The shortest, which fits the server's window if any does.
    prompt = min((one for one, _ in system.prepare(questions)), key=lambda one: len(one.text))
    lost = _system_text(system, model, prompt)
    found = [
        *([_adapter(before, after, untuned)] if untuned else []),
        lost,
        _template(system, model, prompt, lost.state != "found"),
        _stops(system, before, after),
    ]
    return [*found, _precision(system, model, any(item.state == "found" for item in found))]


def _cause(name: str, state: str, key: str, **values: Any) -> Cause:
    return Cause(name, state, wording.say(f"parity_{key}", **values))


def _adapter(before: Sequence[Answer], after: Sequence[Answer], untuned: Sequence[Answer]) -> Cause:
    """Whether answers that tuning changed are nearer to those of the untuned model: sign test."""
    own = {answer.question: answer.text.lower().split() for answer in before}
    plain = {answer.question: answer.text.lower().split() for answer in untuned}
    nearer = farther = 0
    for answer in after:
        tuned, other = own.get(answer.question), plain.get(answer.question)
        if tuned is None or other is None or tuned == other:
            continue
        text = answer.text.lower().split()
        here, there = token_f1(text, tuned), token_f1(text, other)
        nearer, farther = nearer + (there > here), farther + (here > there)
    if not nearer + farther:
        return _cause("adapter", "unknown", "tuning_unseen")
    surely = binomtest(nearer, nearer + farther, alternative="greater").pvalue < LEVEL
    state, key = ("found", "as_untuned") if surely else ("clear", "as_tuned")
    return _cause("adapter", state, key, nearer=nearer, farther=farther)


def _system_text(system: System, model: LanguageModel, prompt: Prompt) -> Cause:
    """Whether another system text is other tokens there too: one that is dropped is not."""
    first = prompt.messages[0]
    if first.role != "system":
        return _cause("system_text", "clear", "no_system")
    longer = Prompt((Message("system", f"{first.content} {PROBE}"), *prompt.messages[1:]))
    ours, theirs = _tokens(system, longer, prompt), _read(system, model, longer, prompt)
    if ours is None or theirs is None:
        return _cause("system_text", "unknown", "tokens_untold")
    here, there = ours[0] - ours[1], theirs[0] - theirs[1]
    if there == here:
        return _cause("system_text", "clear", "system_kept")
    key = "system_dropped" if there == 0 else "system_changed"
    return _cause("system_text", "found", key, here=here, there=there)


def _template(system: System, model: LanguageModel, prompt: Prompt, system_kept: bool) -> Cause:
    """Where both are here, the ids of a prompt; else how many tokens it takes."""
    if isinstance(system.model, LocalModel) and isinstance(model, LocalModel):
        ours = system.model.encoder.prompts([prompt])[0]
        theirs = model.encoder.prompts([prompt])[0]
        same = ours == theirs
        return _cause(
            "template", "clear" if same else "found", "ids_same" if same else "ids_differ"
        )
    # A system text that is lost is another cause: then the question alone is looked at.
    turns = prompt.messages if system_kept else prompt.messages[1:]
    own = Prompt(turns)
    counted, told = _tokens(system, own), _read(system, model, own)
    if counted is None or told is None:
        return _cause("template", "unknown", "tokens_untold")
    gap = told[0] - counted[0]
    if gap:
        return _cause("template", "found", "tokens_differ", gap=f"{gap:+d}")
    return _cause("template", "clear", "tokens_same", tokens=counted[0])


def _stops(system: System, before: Sequence[Answer], after: Sequence[Answer]) -> Cause:
    """Replies that run into the limit, or hold the marks that should have ended them."""
    marks = []
    if isinstance(system.model, LocalModel):
        tokenizer = system.model.tokenizer
        marks = [mark for mark in tokenizer.all_special_tokens if mark.strip()]
    marked = sum(any(mark in answer.text for mark in marks) for answer in after)
    if marked:
        return _cause("stop_tokens", "found", "marks_shown", n=marked)
    ids = {answer.question for answer in before} & {answer.question for answer in after}
    ended = [{a.question: a.finish == "length" for a in some} for some in (before, after)]
    cut = [np.array([side[one] for one in sorted(ids)], dtype=bool) for side in ended]
    ran = [int(side.sum()) for side in cut]
    differs = missingness(cut[0], cut[1])
    if ran[1] > ran[0] and differs is not None and differs[2] < LEVEL:
        return _cause("stop_tokens", "found", "runs_on", before=ran[0], after=ran[1])
    return _cause("stop_tokens", "clear", "ends_alike", before=ran[0], after=ran[1])


def _precision(system: System, model: LanguageModel, explained: bool) -> Cause:
    """The width of the weights where both are here; else it is what remains."""
    if isinstance(system.model, LocalModel) and isinstance(model, LocalModel):
        widths = [str(one.model.dtype).removeprefix("torch.") for one in (system.model, model)]
        held = [one.reference.quantization for one in (system.model, model)]
        if widths[0] == widths[1] and held[0] == held[1]:
            return _cause("precision", "clear", "width_same", width=widths[0])
        here, there = (
            width if bits == "none" else bits for width, bits in zip(widths, held, strict=True)
        )
        return _cause("precision", "found", "width_differs", here=here, there=there)
    return _cause("precision", "unknown", "width_untold" if explained else "width_remains")


def _tokens(system: System, *prompts: Prompt) -> list[int] | None:
    """The tokens that the examined model reads of prompts, virtual ones left out."""
    if not isinstance(system.model, LocalModel):
        return None
    return [len(ids) for ids in system.model.encoder.prompts(prompts)]


def _read(system: System, model: LanguageModel, *prompts: Prompt) -> list[int] | None:
    """The tokens that the model asked now says it read; None where it does not say."""
    if isinstance(model, LocalModel):
        return [len(ids) for ids in model.encoder.prompts(prompts)]
    if not isinstance(model, EndpointModel):
        return None
    told = [model.tokens_read(prompt, system.decoding) for prompt in prompts]
    known = [number for number in told if number]
    return known if len(known) == len(told) else None
