"""What a model's chat template writes around the turns, found by rendering it.

Ollama has a template language of its own. A translation of Jinja would be guesswork; what the
template writes before, between and after the contents is not.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from workbench.errors import WorkbenchError
from workbench.models.roles import without_system

#: Private-use characters: no template writes them, and trimming leaves them alone.
SYSTEM, FIRST, REPLY, SECOND = ("\ue000s\ue001", "\ue000u\ue001", "\ue000a\ue001", "\ue000v\ue001")


@dataclass(frozen=True, slots=True)
class Turns:
    """The pieces around system text, question and reply.

    ``opening`` stands before the system text, ``between`` before the question that follows it,
    ``bare`` before a question without a system text, ``asks`` after the question, where the reply
    begins, and ``ends`` after a reply. ``takes_system`` is False for templates that have no system
    turn; the text then stands before the first question.
    """

    opening: str
    between: str
    bare: str
    asks: str
    ends: str
    takes_system: bool = True


def turns_of(tokenizer: Any) -> Turns:
    """The pieces of a tokenizer's template, without the opening token that programs add themselves.

    Raises WorkbenchError where the pieces depend on what stands in them.
    """
    one = [{"role": "user", "content": FIRST}]
    two = [{"role": "system", "content": SYSTEM}, *one]
    later = [
        *one, {"role": "assistant", "content": REPLY}, {"role": "user", "content": SECOND}
    ]  # fmt: skip
    alone, follow = _rendered(tokenizer, one), _rendered(tokenizer, later)
    takes_system, both = True, _try(tokenizer, two)
    if both is None or SYSTEM not in both:
        takes_system, both = False, _rendered(tokenizer, without_system(two))
    bare, asks = _cut(alone, FIRST)
    opening, rest = _cut(both, SYSTEM)
    between, same = _cut(rest, FIRST)
    _, after = _cut(follow, REPLY)
    ends_and_next, _ = _cut(after, SECOND)
    mark = str(getattr(tokenizer, "bos_token", None) or "")
    bare, opening = bare.removeprefix(mark), opening.removeprefix(mark)
    # Before a second question stands what ends the reply, and then what opens a question.
    question = bare if ends_and_next.endswith(bare) else _common_end(ends_and_next, bare)
    if asks != same or not question:
        raise WorkbenchError(
            "The model's chat template writes other marks after a system text than without one, "
            "which Ollama's cannot.",
            "Take --format gguf, which carries the model's own template, or --format merged.",
        )
    ends = ends_and_next.removesuffix(question)
    return Turns(opening, between, bare, asks, ends, takes_system)


def _common_end(one: str, other: str) -> str:
    count = 0
    while count < min(len(one), len(other)) and one[-1 - count] == other[-1 - count]:
        count += 1
    return other[len(other) - count :]


def _cut(text: str, mark: str) -> tuple[str, str]:
    before, found, after = text.partition(mark)
    if not found:
        raise WorkbenchError(
            "The model's chat template leaves out what it is given.",
            "Mend chat_template.jinja in the model's folder, or take --format merged.",
        )
    return before, after


def _rendered(tokenizer: Any, turns: list[dict[str, str]]) -> str:
    return str(
        tokenizer.apply_chat_template(
            turns, add_generation_prompt=True, tokenize=False, enable_thinking=False
        )
    )


def _try(tokenizer: Any, turns: list[dict[str, str]]) -> str | None:
    from jinja2 import TemplateError

    try:
        return _rendered(tokenizer, turns)
    except (TemplateError, TypeError, ValueError, KeyError):
        return None  # Gemma's and early Mistral's raise on a system turn


def stop_texts(tokenizer: Any, config: Any) -> list[str]:
    """The spellings of the tokens that end a reply."""
    declared = getattr(config, "eos_token_id", None)
    ids = declared if isinstance(declared, list) else [declared]
    ids = [*ids, tokenizer.eos_token_id]
    known = [tokenizer.convert_ids_to_tokens(int(one)) for one in ids if one is not None]
    return [text for text in dict.fromkeys(known) if text]
