"""What a system of another make replied, in our words."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from workbench.experiment.system import Places
from workbench.models.complaints import spoken
from workbench.models.replies import MalformedReply

#: Keys of a passage that hold its text, where it is an object.
_TEXTS = ("text", "content", "page_content")


@dataclass(frozen=True, slots=True)
class Said:
    """A reply: its text, the passages that it rests on, and what the system says it took."""

    text: str
    passages: tuple[str, ...] = ()
    input_tokens: int = 0
    output_tokens: int = 0
    cost: float | None = None


def said_in(places: Places, reply: Any) -> Said:
    """What stands in a reply at its places; MalformedReply where there is no answer."""
    text = next(iter(_found(places.answer, reply)), None)
    if text is None or (isinstance(text, Mapping | Sequence) and not isinstance(text, str)):
        words = spoken(reply)
        told = f"; it says: {words}" if words else f"; it holds {_held(reply)}"
        raise MalformedReply(f"the reply has no answer at {places.answer}{told}")
    return Said(
        str(text).strip(),
        passages_of(_found(places.passages, reply)),
        int(number(next(iter(_found(places.input_tokens, reply)), None)) or 0),
        int(number(next(iter(_found(places.output_tokens, reply)), None)) or 0),
        number(next(iter(_found(places.cost, reply)), None)),
    )


def passages_of(listed: Any) -> tuple[str, ...]:
    """The texts among what a system gives as passages, each once, in its order."""
    if isinstance(listed, str):
        listed = [listed]
    if not isinstance(listed, Sequence):
        return ()
    texts: list[str] = []
    for item in listed:
        if isinstance(item, Mapping):
            item = next((item[key] for key in _TEXTS if isinstance(item.get(key), str)), None)
        elif isinstance(item, Sequence) and not isinstance(item, str):
            texts += passages_of(item)
            continue
        if isinstance(item, str) and item.strip():
            texts.append(item.strip())
    return tuple(dict.fromkeys(texts))


def number(value: Any) -> float | None:
    """A count or an amount, also where it is written as text; None for what is none."""
    try:
        result = float(value)
    except (TypeError, ValueError):
        return None
    return result if math.isfinite(result) and result >= 0 else None


def _found(path: str | None, reply: Any) -> list[Any]:
    if path is None:
        return []
    import jsonpath

    return list(jsonpath.findall(path, reply))


def _held(reply: Any) -> str:
    """The keys of a reply, for whoever has to mend the place of its answer."""
    if isinstance(reply, Mapping):
        return ", ".join(list(map(str, reply))[:8]) or "nothing"
    return f"a {type(reply).__name__}"
