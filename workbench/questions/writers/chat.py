"""Questions by a chat model: one prompt file per kind, replies as JSON, each checked."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import Any

from pydantic import (
    create_model,
)

from workbench.experiment.questions import QuestionSpec
from workbench.models.reply_schema import reply_schema
from workbench.questions.dataset.plan import Plan, Side
from workbench.questions.parsing.sentences import sentences
from workbench.questions.prompting import prompt
from workbench.questions.writers.drafts import Draft, fact_id
from workbench.questions.writers.offline import Dropped
from workbench.questions.writers.replies import Check, Item, Reply, Rewordings, ask
from workbench.types import KINDS, Kind, LanguageModel, Prompt, Section

TWO_SECTIONS: tuple[Kind, ...] = ("multi_hop", "comparison", "order")
#: What a reference in full is, by the form that variants are asked for.
FULL = {
    "sentence": "one complete sentence",
    "long": "one paragraph that says all that the text says about it, and nothing else",
}
_LANGUAGES = {"en": "English", "zh": "Chinese (简体中文)", "de": "German", "fr": "French"}


@cache
def _schema(kind: Kind, full: bool = False) -> str:
    """What the prompt file of a kind asks for, and no more: a server may hold a model to it.

    ``full``: the answer is asked for in full as well.
    """
    keys: dict[str, Any] = {"question": (str, ...)}
    if kind != "unanswerable":
        keys["answers"] = (list[str], ...)
        if full and kind != "behaviour":
            keys["full"] = (str, ...)
    if kind in TWO_SECTIONS:
        keys["quotes"] = (list[str], ...)
    elif kind == "behaviour":
        keys["check"] = (Check, ...)
    elif kind != "unanswerable":
        keys["quote"] = (str, ...)
    item: Any = create_model("Item", **keys)
    return reply_schema(create_model("Reply", questions=(list[item], ...)))


def prompts_for(
    group: Sequence[Section],
    partners: Mapping[str, Section],
    spec: QuestionSpec,
    language: str,
    count: int,
) -> list[tuple[Kind, Section, Section | None, Prompt]]:
    """One prompt per section and kind; kinds over two sections take the section's partner."""
    result: list[tuple[Kind, Section, Section | None, Prompt]] = []
    name = _LANGUAGES.get(language[:2], "the language of the text")
    for section in group:
        for kind in KINDS:
            if kind not in spec.kinds or (kind == "behaviour" and spec.behaviour is None):
                continue
            other = partners.get(section.id) if kind in TWO_SECTIONS else None
            if kind in TWO_SECTIONS and other is None:
                continue
            full = FULL.get(spec.answers, "")
            asked = prompt(
                "chat",
                kind,
                language=name,
                title=section.title or section.id,
                text=section.text,
                other_title=other.title or other.id if other else "",
                other_text=other.text if other else "",
                count=1 if kind == "summary" else count,
                full=full,
                behaviour=spec.behaviour or "",
            )
            asked = replace(asked, reply_schema=_schema(kind, bool(full)))
            result.append((kind, section, other, asked))
    return result


def chat_drafts(
    model: LanguageModel,
    group: Sequence[Section],
    partners: Mapping[str, Section],
    spec: QuestionSpec,
    plan: Plan,
    language: str,
    count: int,
) -> tuple[list[Draft], list[Dropped]]:
    """What the model wrote for a group of sections, placed in the text."""
    asked = prompts_for(group, partners, spec, language, count)
    replies = ask(model, [p for *_, p in asked], Reply, count)
    drafts: list[Draft] = []
    dropped: list[Dropped] = []
    for (kind, section, other, _), reply in zip(asked, replies, strict=True):
        if isinstance(reply, str):
            reason = reply.split(":")[0]
            dropped.append(Dropped("", "", section.id, reason, f"{kind}: {reply}", "chat", kind))
            continue
        for item in reply.questions:
            draft = _placed(item, kind, section, other, plan)
            if isinstance(draft, str):
                answer = item.answers[0] if item.answers else ""
                dropped.append(
                    Dropped(item.question, answer, section.id, draft, way="chat", kind=kind)
                )
            else:
                drafts.append(draft)
    return drafts, dropped


def _placed(
    item: Item, kind: Kind, section: Section, other: Section | None, plan: Plan
) -> Draft | str:
    """The draft with its evidence found in the text, or why it has none."""
    answers = tuple(dict.fromkeys(a.strip() for a in item.answers if a.strip()))
    # The filters judge the short answers; the full one joins them in the question.
    tags: dict[str, Any] = {"full": item.full.strip()} if item.full.strip() else {}
    spans: list[tuple[str, int, int, str]] = []
    if kind == "unanswerable":
        answers = ()
    elif kind == "behaviour":
        if item.check is None:
            return "no check for the reply"
        tags["check"] = item.check.model_dump(exclude_none=True)
    else:
        if not answers:
            return "empty answer"
        quotes = item.quotes or [item.quote]
        for quote, home in zip(quotes, (section, other or section), strict=False):
            span = _find(quote, home)
            if span is None and kind == "summary":
                span = (home.document, home.start, home.end, home.text)
            if span is None:
                return "quote not in the text"
            spans.append(span)
        if other is not None and len(spans) < 2:
            return "needs one section only"
    sides: set[Side] = {
        plan.side(s.id, start)
        for s, (_, start, _, _) in zip((section, other or section), spans, strict=False)
    } or {plan.side(section.id, section.start)}
    if len(sides) > 1:
        return "its sections stand on two sides of the split"
    document, start, end, quote = (
        spans[0] if spans else (section.document, section.start, section.start, "")
    )
    context = section.text if other is None else f"{section.text}\n\n{other.text}"
    return Draft(
        fact=fact_id(document, start, kind, answers[0] if answers else item.question),
        section=section.id,
        document=document,
        start=start,
        end=end,
        quote=quote,
        stretch=context,
        answers=answers,
        wordings=(item.question.strip(),),
        type=kind,
        kind=kind,
        side=sides.pop(),
        subject="",
        way="chat",
        score=1.0,
        more=tuple(spans[1:]),
        tags=tags,
    )


def _find(quote: str, section: Section) -> tuple[str, int, int, str] | None:
    """The whole sentence (with its place) in which a quote stands, white space aside."""
    pieces = [re.escape(piece) for piece in quote.split()]
    hit = re.search(r"\s+".join(pieces), section.text) if pieces else None
    if hit is None:
        return None
    left, right = hit.span()
    for sentence in sentences(section.text):
        if sentence.start <= left < sentence.end:
            left, right = sentence.start, max(right, sentence.end)
            break
    return section.document, section.start + left, section.start + right, section.text[left:right]


def reworded(
    model: LanguageModel, drafts: Sequence[Draft], language: str, count: int
) -> list[Draft]:
    """The trained drafts with further wordings from the model; the others as they are."""
    groups = [
        [d for d in drafts if d.side == "trained"][i : i + 8]
        for i in range(0, len([d for d in drafts if d.side == "trained"]), 8)
    ]
    name = _LANGUAGES.get(language[:2], "the language of the text")
    asked = [
        prompt("chat", "reword", language=name, count=count, questions=[d.text for d in group])
        for group in groups
    ]
    schema = reply_schema(Rewordings)
    replies = ask(model, [replace(p, reply_schema=schema) for p in asked], Rewordings)
    wordings: dict[str, tuple[str, ...]] = {}
    for group, reply in zip(groups, replies, strict=True):
        if isinstance(reply, str):
            continue
        for draft, matches in zip(group, reply.rewordings, strict=False):
            texts = [w.strip() for w in matches if len(w.strip()) > 3]
            wordings[draft.fact] = tuple(dict.fromkeys((draft.text, *texts)))
    return [replace(d, wordings=wordings.get(d.fact, d.wordings)) for d in drafts]
