"""Replies of a chat model as JSON of a form: asked for, read whatever stands around it, checked."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Annotated, Any, Literal, TypeVar

from pydantic import (
    AliasChoices,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)

from workbench.models.budget import BUDGET_SPENT
from workbench.models.thoughts import CUT_INSIDE, answer_part
from workbench.types import Decoding, LanguageModel, Prompt

#: Tokens that a reply may have at the most, those that one question in it takes with all that
#: belongs to it, and how often a malformed reply is asked for again.
REPLY_TOKENS, ITEM_TOKENS, RETRIES = 900, 300, 2
#: Why a reply is dropped, and how much of it is shown.
MALFORMED, FAILED, SHOWN = "malformed reply", "writer failed", 120


class Check(BaseModel):
    """How a reply of kind ``behaviour`` is checked."""

    model_config = ConfigDict(extra="ignore")
    type: Literal["regex", "not_regex", "refusal", "max_words", "all"]
    pattern: str | None = None
    value: int | None = None
    checks: list[Check] | None = None


def _texts(value: Any) -> Any:
    """Answers as models give them: a list, one text, a number, or nothing."""
    if value is None:
        return []
    listed = value if isinstance(value, list) else [value]
    return [item if isinstance(item, str) else json.dumps(item) for item in listed]


_Texts = Annotated[list[str], BeforeValidator(_texts)]


class Item(BaseModel):
    model_config = ConfigDict(extra="ignore", populate_by_name=True)
    question: str = Field(min_length=4)
    answers: _Texts = Field(default=[], validation_alias=AliasChoices("answers", "answer"))
    full: str = ""
    quote: str = ""
    quotes: _Texts = []
    check: Check | None = None


def _sound(value: Any) -> Any:
    """The items that can be read: one that cannot does not cost the others."""
    if not isinstance(value, list):
        return value
    kept = []
    for item in value:
        try:
            kept.append(Item.model_validate(item))
        except ValidationError:
            continue
    if value and not kept:
        raise ValueError("no item can be read")
    return kept


class Reply(BaseModel):
    questions: Annotated[list[Item], BeforeValidator(_sound)]

    @model_validator(mode="before")
    @classmethod
    def _bare(cls, value: Any) -> Any:
        """A list of questions, or one question, without the object around it."""
        if isinstance(value, list):
            return {"questions": value}
        if isinstance(value, dict) and "question" in value and "questions" not in value:
            return {"questions": [value]}
        return value


class Rewordings(BaseModel):
    rewordings: list[list[str]]


_Form = TypeVar("_Form", bound=BaseModel)


def ask(
    model: LanguageModel, prompts: Sequence[Prompt], form: type[_Form], items: int | None = None
) -> list[_Form | str]:
    """One checked reply per prompt, or the reason why there is none.

    A malformed reply is asked for again, twice at most; a failed call is not (the client has
    retried it already). A reply has room for ``items`` questions; what does not end within it is
    given all the room there is once, and no more: a model that rambles does so again, and on a
    small machine it rambles for minutes.
    """
    result: list[_Form | str] = [MALFORMED] * len(prompts)
    room = REPLY_TOKENS if items is None else min(REPLY_TOKENS, ITEM_TOKENS * items)

    def asked(places: Sequence[int], decoding: Decoding) -> tuple[list[int], list[int]]:
        """(those whose reply did not end, those whose reply is none of the form)."""
        done = model.complete([prompts[i] for i in places], decoding) if places else []
        endless: list[int] = []
        malformed: list[int] = []
        for place, completion in zip(places, done, strict=True):
            parsed = None if completion.error else parse(completion.text, form)
            if completion.error == BUDGET_SPENT:
                result[place] = BUDGET_SPENT
            elif completion.error:
                result[place] = f"{FAILED}: {completion.error}"
                endless += [place] if completion.error == CUT_INSIDE else []
            else:
                shown = " ".join(completion.text.split())[:SHOWN]
                result[place] = f"{MALFORMED}: {shown}" if parsed is None else parsed
                if completion.finish == "length":
                    whole = parsed is not None and _count(parsed) >= (items or 0)
                    endless += [] if whole else [place]
                elif parsed is None:
                    malformed.append(place)
        return endless, malformed

    endless, again = asked(range(len(prompts)), Decoding(room, top_p=0.95))
    if room < REPLY_TOKENS:
        _, more = asked(endless, Decoding(REPLY_TOKENS, top_p=0.95))
        again = sorted([*again, *more])
    for attempt in range(1, RETRIES + 1):
        _, again = asked(again, Decoding(REPLY_TOKENS, 0.7, 0.95, attempt))
    return result


def _count(reply: BaseModel) -> int:
    """Questions of a reply."""
    return len(reply.questions) if isinstance(reply, Reply) else 0


def parse(text: str, form: type[_Form]) -> _Form | None:
    """The first JSON in a reply that fits the form, whatever stands around it; None without one."""
    body = answer_part(text) or ""
    decoder = json.JSONDecoder(strict=False)
    at = 0
    while (opening := re.compile(r"[\[{]").search(body, at)) is not None:
        try:
            value, end = decoder.raw_decode(body, opening.start())
        except (json.JSONDecodeError, RecursionError):
            at = opening.start() + 1
            continue
        try:
            return form.model_validate(value)
        except ValidationError:
            # Braces of prose, or an example: what follows it may fit.
            at = end
    return None
