"""Window vectors: what each stretch of a passage says, from one forward pass over it.

A passage's single vector blurs what its sentences say; a question asks about one of them. So a
passage keeps the means of its token states over short stretches, all from the forward pass that
its single vector needs anyway, and each word of the question looks for its best stretch (late
interaction, after ColBERT; Khattab and Zaharia 2020). On the train half of FairytaleQA this finds
the evidence first for 61% of the questions; single vectors of sections do for 37%, and windows of
60 words, embedded one by one, for some 42%.

A model that does not pool by the mean has no such states: its windows are embedded as separate
texts, of at least ``LEAST_WORDS`` words, and the whole question looks for the best of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

from workbench.experiment.retrieval import Embedding
from workbench.retrieval.arrays import Floats
from workbench.retrieval.embeddings import (
    encode,
    is_remote,
    sentence_transformer,
    shortened,
)

TOKENS_PER_WORD = 4 / 3
LEAST_WORDS = 45
BATCH_TOKENS = 8192
#: A word, or a sign of a script that puts no blanks between them.
WORDS = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]|[^\s\u3040-\u30ff\u3400-\u9fff]+")


def passage_vectors(texts: Sequence[str], words: int, source: Embedding) -> list[Floats]:
    """For each text its unit vectors, shape (1 + windows, dimension): the whole, then windows.

    ``words`` is the length of a window. Windows do not overlap.
    """
    least = max(words, LEAST_WORDS)
    if is_remote(source):
        return _one_by_one(source, texts, least, [_words(text) for text in texts])
    model = sentence_transformer(source)
    if pools_by_mean(model):
        return _from_states(model, texts, max(1, round(words * TOKENS_PER_WORD)), source)
    encoded = model.tokenizer(
        list(texts), add_special_tokens=False, return_offsets_mapping=True, verbose=False
    )
    return _one_by_one(source, texts, round(least * TOKENS_PER_WORD), encoded["offset_mapping"])


def pools_by_mean(model: Any) -> bool:
    """Whether a sentence's vector is the mean of its token states, perhaps normalised."""
    names = [type(module).__name__ for module in model]
    mode = getattr(model[1], "pooling_mode", None) if len(names) > 1 else None
    return (
        names[:2] == ["Transformer", "Pooling"]
        and mode in ("mean", ("mean",), ["mean"])
        and set(names[2:]) <= {"Normalize"}
        and getattr(model.tokenizer, "backend_tokenizer", None) is not None
    )


def spans(tokens: int, size: int) -> list[tuple[int, int]]:
    """Windows of ``size`` side by side over ``tokens``, all of nearly equal length.

    >>> spans(10, 4)
    [(0, 3), (3, 7), (7, 10)]
    >>> spans(3, 4)
    [(0, 3)]
    """
    count = max(1, -(-tokens // size))
    borders = [round(tokens * i / count) for i in range(count + 1)]
    return list(pairwise(borders))


def _from_states(model: Any, texts: Sequence[str], size: int, source: Embedding) -> list[Floats]:
    import numpy as np
    import torch

    before, after = special_tokens(model.tokenizer)
    prefix = _ids_before(model, "text")
    lead, special = len(before) + len(prefix), len(before) + len(prefix) + len(after)
    limit = (model.max_seq_length or 512) - special
    pieces: list[tuple[int, list[int]]] = []
    for index, ids in enumerate(token_ids(model.tokenizer, texts)):
        parts = max(1, -(-len(ids) // limit))
        length = max(1, -(-len(ids) // parts))
        pieces += [(index, ids[at : at + length]) for at in range(0, max(1, len(ids)), length)]
    matches: list[list[tuple[int, Floats]]] = [[] for _ in texts]
    whole = np.zeros((len(texts), model.get_embedding_dimension()), np.float32)
    for batch in _batches([len(ids) for _, ids in pieces]):
        states = token_states(model, [prefix + pieces[i][1] for i in batch])
        # float32, since a running sum in bfloat16 loses the later tokens; sums serve as means,
        # since unit() takes out the length.
        sums = torch.nn.functional.pad(states.float().cumsum(1), (0, 0, 1, 0))
        for row, i in enumerate(batch):
            owner, ids = pieces[i]
            places = torch.tensor(spans(len(ids), size)) + lead if ids else torch.tensor([[0, 1]])
            vectors = sums[row, places[:, 1]] - sums[row, places[:, 0]]
            matches[owner].append((i, shortened(vectors.cpu().numpy(), source)))
            # Special tokens included, as in the model's own mean pooling.
            whole[owner] += sums[row, len(ids) + special].cpu().numpy()
    return [
        np.concatenate([whole_row[None], *(v for _, v in sorted(parts, key=lambda part: part[0]))])
        for whole_row, parts in zip(shortened(whole, source), matches, strict=True)
    ]


def _ids_before(model: Any, prompt: str) -> list[int]:
    """The ids of the words that the model wants before a ``text`` or a ``query``; mostly none."""
    words = (model.prompts or {}).get(prompt) or ""
    return token_ids(model.tokenizer, [words])[0] if words else []


def token_ids(tokenizer: Any, texts: Sequence[str]) -> list[list[int]]:
    """The ids of each text, whole and without special tokens."""
    encoded = tokenizer(
        list(texts), add_special_tokens=False, truncation=False, padding=False, verbose=False
    )
    return list(encoded["input_ids"])


def _batches(lengths: Sequence[int]) -> Iterator[list[int]]:
    """Indices sorted by length, in batches of bounded padded size."""
    batch: list[int] = []
    for i in sorted(range(len(lengths)), key=lambda i: lengths[i]):
        if batch and (len(batch) + 1) * (lengths[i] + 2) > BATCH_TOKENS:
            yield batch
            batch = []
        batch.append(i)
    if batch:
        yield batch


def token_states(model: Any, batch: Sequence[list[int]]) -> Any:
    """Last hidden states of a batch of token ids, the special tokens around each included."""
    import torch

    tokenizer = model.tokenizer
    first, last = tokenizer("")["input_ids"]  # an encoder's [CLS] and [SEP], by whatever name
    rows = [[first, *ids, last] for ids in batch]
    width = max(len(row) for row in rows)
    pad = tokenizer.pad_token_id or 0
    ids = torch.tensor([row + [pad] * (width - len(row)) for row in rows])
    mask = torch.tensor([[1] * len(row) + [0] * (width - len(row)) for row in rows])
    network = model[0].auto_model
    with torch.inference_mode():
        return network(
            input_ids=ids.to(network.device), attention_mask=mask.to(network.device)
        ).last_hidden_state


def special_tokens(tokenizer: Any) -> tuple[list[int], list[int]]:
    """What the tokenizer puts before and after a text."""
    bare = tokenizer("a", add_special_tokens=False)["input_ids"]
    full = tokenizer("a")["input_ids"]
    at = next(i for i in range(len(full)) if full[i : i + len(bare)] == bare)
    return full[:at], full[at + len(bare) :]


def _words(text: str) -> list[tuple[int, int]]:
    """Where the words of a text stand; of a script without blanks each sign is one."""
    return [match.span() for match in WORDS.finditer(text)]


def _one_by_one(
    source: Embedding, texts: Sequence[str], size: int, places: Sequence[Sequence[tuple[int, int]]]
) -> list[Floats]:
    """Windows of so many tokens as texts of their own; ``places`` are the tokens of each text."""
    import numpy as np

    windows: list[str] = []
    counts: list[int] = []
    for text, offsets in zip(texts, places, strict=True):
        borders = [(offsets[a][0], offsets[b - 1][1]) for a, b in spans(len(offsets), size) if b]
        mine = [text, *([text[a:b] for a, b in borders] or [text])]
        windows += mine
        counts.append(len(mine))
    rows = encode(windows, source, "text")
    return list(np.split(rows, np.cumsum(counts)[:-1])) if counts else []
