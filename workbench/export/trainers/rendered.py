"""Examples as prompt and completion in text, for a trainer that puts them together itself.

Text is what a person can read, but its tokens may join where prompt and reply meet, and a passage
may spell a mark of the template. So each row is read as TRL reads it; where one comes out otherwise
than the variant is trained, all rows are written as ids with labels.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from workbench.models.encoding import Encoder
from workbench.tuning import Example
from workbench.tuning.batches import Item, encode_examples

IGNORED = -100  # the label that torch's cross-entropy leaves out
UNBOUNDED = 10**9


@dataclass(frozen=True, slots=True)
class Rows:
    """The same rows as ids and, where that comes to the same, as texts."""

    ids: list[dict[str, Any]]
    texts: list[dict[str, str]] | None


def rendered(
    examples: Sequence[Example], encoder: Encoder, tokenizer: Any, end: str | None
) -> Rows:
    """The rows of some examples; ``end`` is the token that ends a reply, where one does."""
    items = encode_examples(examples, encoder, UNBOUNDED)
    ids = [
        {
            "input_ids": list(item.ids),
            "labels": [IGNORED] * item.start + list(item.ids[item.start :]),
        }
        for item in items
    ]
    if end is None or len(items) < len(examples):
        return Rows(ids, None)
    texts = [_texts(example, encoder, tokenizer, end) for example in examples]
    same = all(_as_trl(text, tokenizer) == item for text, item in zip(texts, items, strict=True))
    return Rows(ids, texts if same else None)


def _texts(example: Example, encoder: Encoder, tokenizer: Any, end: str) -> dict[str, str]:
    prompt = encoder.render(example.prompt)
    opening = str(getattr(tokenizer, "bos_token", None) or "")
    if opening and tokenizer("a")["input_ids"][:1] == [tokenizer.bos_token_id]:
        prompt = prompt.removeprefix(opening)  # the tokenizer puts it there again
    reply = example.completion if encoder.has_template else f" {example.completion}"
    return {"prompt": prompt, "completion": reply + end}


def _as_trl(row: dict[str, str], tokenizer: Any) -> Item:
    """A row as TRL's SFTTrainer reads it: the loss begins where prompt and whole part."""
    prompt = tokenizer(row["prompt"], verbose=False)["input_ids"]
    whole = tokenizer(row["prompt"] + row["completion"], verbose=False)["input_ids"]
    pairs = zip(prompt, whole, strict=False)
    start = next((n for n, (a, b) in enumerate(pairs) if a != b), min(len(prompt), len(whole)))
    return Item(tuple(whole), start)
