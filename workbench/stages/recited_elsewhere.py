"""What tuned models behind an endpoint know by heart: they are asked to go on with the text.

As a raw completion where the server has such a way, which is what the text was learned as; else in
a chat, whose message holds the text. Which it was is recorded with every stretch. Canaries are
asked for in the prompt of their training.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.errors import WorkbenchError
from workbench.evaluation import memorised, recited
from workbench.experiment import Experiment
from workbench.experiment.variant import variants_of
from workbench.io import jsonl
from workbench.types import Completion, Decoding, Message, ModelReference, Prompt
from workbench.variants.assembly import AdapterPlan, adapter_of

if TYPE_CHECKING:
    from workbench.corpus import Corpus
    from workbench.models.budget import Budget
    from workbench.models.endpoint import EndpointModel

AT_ONCE = 32  # stretches that are asked and recorded together
ASKED = "Go on with this text, word for word, and say nothing else:\n\n"
FORMS = ("completion", "chat")


@dataclass(frozen=True)
class Elsewhere:
    """A tuned model of an endpoint: its variants, and the model that it was tuned from, if known.

    ``plan`` is of one that a provider tunes for this run.
    """

    name: str
    variants: tuple[str, ...]
    model: ModelReference
    base: ModelReference | None
    plan: AdapterPlan | None

    @property
    def before(self) -> str:
        """The folder of what was said before tuning."""
        return f"before_{self.name}"


def endpoint_targets(experiment: Experiment) -> list[Elsewhere]:
    """The tuned models that an endpoint has, of the experiment's variants."""
    found: dict[AdapterPlan | ModelReference, Elsewhere] = {}
    known = {variant.name: variant for variant in experiment.variants}
    own, variants = experiment.model.reference(), variants_of(experiment)
    # Only what sits the exam is asked: what was tuned from a model that does not is told alone.
    asked = own.endpoint is not None and any(variant.model == own for variant in variants)
    for variant in variants:
        if not variant.tuned or variant.hosted is None:
            continue
        plan, model = adapter_of(experiment, known[variant.name]), variant.model
        base = plan.model if plan else own if asked and own != model else None
        item = found.get(plan or model) or Elsewhere(variant.name, (), model, base, plan)
        found[plan or model] = replace(item, variants=(*item.variants, variant.name))
    return list(found.values())


def tokens_of(stretches: int, canaries: int) -> tuple[int, int]:
    """The most that one model reads and writes."""
    read = stretches * (memorised.PREFIX + 16) + canaries * 80
    wrote = stretches * memorised.CONTINUED + canaries * memorised.DIGITS
    return round(read * recited.TOKENS_PER_WORD), round(wrote * recited.TOKENS_PER_WORD)


def recite(
    model: EndpointModel, corpus: Corpus, stretches: int, canaries: Sequence[tuple[Any, Prompt]],
    budget: Budget, seed: int, path: Path,
) -> dict[str, Any]:  # fmt: skip
    """Ask the model to go on with each stretch, and for each canary's code; what was spent.

    Raises WorkbenchError where the budget might not cover it, and where a stretch could not be
    asked: what is recorded is passed over when it is tried again.
    """
    read, wrote = tokens_of(stretches, len(canaries))
    budget.require(
        f"Asking {model.reference.name} for {stretches} stretches of the text may take",
        read, wrote, (0, 0),
        "Lower memorised_stretches, or raise questions.max_tokens_spent or max_money_spent.",
    )  # fmt: skip
    done = {row.get("stretch") or row.get("canary"): row for row in jsonl.stream(path)}
    language = corpus.language
    text = {item.id: recited.words(item.text, language) for item in corpus.sections}
    sizes = {name: len(row) for name, row in text.items()}
    left = [s for s in memorised.stretches(sizes, stretches, seed) if s.id not in done]
    form = next((row["form"] for row in done.values() if "form" in row), None)
    for start in range(0, len(left), AT_ONCE):
        group = left[start : start + AT_ONCE]
        parts = [
            (recited.joined(text[s.section][s.start :][: memorised.PREFIX], language),
             text[s.section][s.start + memorised.PREFIX :][: memorised.CONTINUED])
            for s in group
        ]  # fmt: skip
        replies, form = _went_on(model, [prefix for prefix, _ in parts], form)
        jsonl.append(path, (
            {"stretch": s.id, "section": s.section, "form": form, "unit": "words",
             "hits": recited.hits(reply.text, prefix, rest, language), "prefix": prefix,
             "text": recited.joined(rest, language), **_said(reply)}
            for s, (prefix, rest), reply in zip(group, parts, replies, strict=True)
            if reply.error is None
        ))  # fmt: skip
        _all_there(model, replies)
    asked = [(canary, prompt) for canary, prompt in canaries if canary.id not in done]
    replies = model.complete([prompt for _, prompt in asked], Decoding(max_new_tokens=24))
    jsonl.append(path, (
        {"canary": canary.id, "question": canary.question, "code": canary.code,
         "given_away": canary.code in reply.text.replace(" ", ""), **_said(reply)}
        for (canary, _), reply in zip(asked, replies, strict=True) if reply.error is None
    ))  # fmt: skip
    _all_there(model, replies)
    return spent(path, budget)


def _went_on(
    model: EndpointModel, prefixes: Sequence[str], form: str | None
) -> tuple[list[Completion], str]:
    """How the model goes on with each, and in which form it was asked."""
    most = round(memorised.CONTINUED * recited.TOKENS_PER_WORD)
    decoding = Decoding(max_new_tokens=most)
    if form != "chat":
        replies = model.continued(prefixes, decoding)
        if replies is not None:
            return replies, "completion"
        if form is not None:
            raise WorkbenchError(
                f"{model.reference.name} went on with texts before, and its server no longer does.",
                "Run it again once it does: stretches that were asked in two ways cannot be told "
                "together.",
            )
    prompts = [Prompt((Message("user", ASKED + prefix),)) for prefix in prefixes]
    return model.complete(prompts, decoding), "chat"


def _said(reply: Completion) -> dict[str, Any]:
    tokens = {"input_tokens": reply.input_tokens, "output_tokens": reply.output_tokens}
    return {"reply": reply.text, **tokens}


def _all_there(model: EndpointModel, replies: Sequence[Completion]) -> None:
    failed = [reply.error for reply in replies if reply.error is not None]
    if failed:
        raise WorkbenchError(
            f"{len(failed)} of {len(replies)} stretches got no reply from {model.reference.name}: "
            f"{failed[0]}.",
            "Run it again: what was answered is kept.",
        )


def spent(path: Path, budget: Budget) -> dict[str, Any]:
    """The tokens of all that is recorded, and their money where its price is known."""
    rows = list(jsonl.stream(path))
    read, wrote = (sum(row[key] for row in rows) for key in ("input_tokens", "output_tokens"))
    money = {} if budget.prices is None else {"money": budget.money(read, wrote)}
    return {"input_tokens": read, "output_tokens": wrote, **money}


def asked_canaries(count: int, seed: int, book: Any) -> Iterator[tuple[Any, Prompt]]:
    """Each canary with the prompt in which it was trained."""
    for canary in memorised.canaries(count, seed):
        yield canary, book.render(canary.question)
