"""Questions by a chat model: one prompt file per kind, replies as JSON, each checked."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from workbench.experiment.parts import QuestionSpec
from workbench.models.budget import BUDGET_SPENT
from workbench.questions.dataset.plan import Plan, Side
from workbench.questions.parsing.sentences import sentences
from workbench.questions.prompting import prompt
from workbench.questions.writers.drafts import Draft, fact_id
from workbench.questions.writers.offline import Dropped
from workbench.types import KINDS, Decoding, Kind, LanguageModel, Prompt, Section

TWO_SECTIONS: tuple[Kind, ...] = ("multi_hop", "comparison", "order")
#: Tokens that a reply may have, and how often a malformed one is asked for again.
REPLY_TOKENS, RETRIES = 900, 2
_LANGUAGES = {"en": "English", "zh": "Chinese (简体中文)", "de": "German", "fr": "French"}


class _Check(BaseModel):
    """How a reply of kind ``behaviour`` is checked."""

    model_config = ConfigDict(extra="ignore")
    type: Literal["regex", "not_regex", "refusal", "max_words", "all"]
    pattern: str | None = None
    value: int | None = None
    checks: list[_Check] | None = None


class _Item(BaseModel):
    model_config = ConfigDict(extra="ignore")
    question: str = Field(min_length=4)
    answers: list[str] = []
    quote: str = ""
    quotes: list[str] = []
    check: _Check | None = None


class _Reply(BaseModel):
    questions: list[_Item]


class _Rewordings(BaseModel):
    rewordings: list[list[str]]


_Form = TypeVar("_Form", bound=BaseModel)


def ask(model: LanguageModel, prompts: Sequence[Prompt], form: type[_Form]) -> list[_Form | str]:
    """One checked reply per prompt, or the reason why there is none.

    A malformed reply is asked for again, twice at most; a failed call is not (the client has
    retried it already).
    """
    result: list[_Form | str] = ["malformed reply"] * len(prompts)
    open_ = list(range(len(prompts)))
    for attempt in range(RETRIES + 1):
        if not open_:
            break
        decoding = Decoding(REPLY_TOKENS, 0.0 if attempt == 0 else 0.7, 0.95, attempt)
        done = model.complete([prompts[i] for i in open_], decoding)
        again: list[int] = []
        for place, completion in zip(open_, done, strict=True):
            if completion.error == BUDGET_SPENT:
                result[place] = BUDGET_SPENT
            elif completion.error:
                result[place] = f"writer failed: {completion.error}"
            else:
                parsed = parse(completion.text, form)
                result[place] = "malformed reply" if parsed is None else parsed
                again += [place] if parsed is None else []
        open_ = again
    return result


def parse(text: str, form: type[_Form]) -> _Form | None:
    """The JSON object inside a reply, checked against its form; None where it does not fit."""
    body = re.sub(r"<think>.*?</think>", "", text, flags=re.DOTALL)
    start, end = body.find("{"), body.rfind("}")
    if start < 0 or end <= start:
        return None
    try:
        return form.model_validate_json(body[start : end + 1], strict=False)
    except ValidationError:
        return None


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
            number = 1 if kind == "summary" else count
            result.append(
                (
                    kind,
                    section,
                    other,
                    prompt(
                        "chat",
                        kind,
                        language=name,
                        title=section.title or section.id,
                        text=section.text,
                        other_title=other.title or other.id if other else "",
                        other_text=other.text if other else "",
                        count=number,
                        behaviour=spec.behaviour or "",
                    ),
                )
            )
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
    replies = ask(model, [p for *_, p in asked], _Reply)
    drafts: list[Draft] = []
    dropped: list[Dropped] = []
    for (kind, section, other, _), reply in zip(asked, replies, strict=True):
        if isinstance(reply, str):
            dropped.append(Dropped("", "", section.id, reply.split(":")[0], f"{kind}: {reply}"))
            continue
        for item in reply.questions:
            draft = _placed(item, kind, section, other, plan)
            if isinstance(draft, str):
                answer = item.answers[0] if item.answers else ""
                dropped.append(Dropped(item.question, answer, section.id, draft))
            else:
                drafts.append(draft)
    return drafts, dropped


def _placed(
    item: _Item, kind: Kind, section: Section, other: Section | None, plan: Plan
) -> Draft | str:
    """The draft with its evidence found in the text, or why it has none."""
    answers = tuple(dict.fromkeys(a.strip() for a in item.answers if a.strip()))
    tags: dict[str, Any] = {}
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
    replies = ask(
        model,
        [
            prompt("chat", "reword", language=name, count=count, questions=[d.text for d in group])
            for group in groups
        ],
        _Rewordings,
    )
    wordings: dict[str, tuple[str, ...]] = {}
    for group, reply in zip(groups, replies, strict=True):
        if isinstance(reply, str):
            continue
        for draft, matches in zip(group, reply.rewordings, strict=False):
            texts = [w.strip() for w in matches if len(w.strip()) > 3]
            wordings[draft.fact] = tuple(dict.fromkeys((draft.text, *texts)))
    return [replace(d, wordings=wordings.get(d.fact, d.wordings)) for d in drafts]
