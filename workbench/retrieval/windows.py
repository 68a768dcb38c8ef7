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

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

from workbench.retrieval.arrays import Floats
from workbench.retrieval.embeddings import sentence_transformer, unit

TOKENS_PER_WORD = 4 / 3
LEAST_WORDS = 45
BATCH_TOKENS = 8192


def passage_vectors(texts: Sequence[str], words: int, model_name: str) -> list[Floats]:
    """For each text its unit vectors, shape (1 + windows, dimension): the whole, then windows.

    ``words`` is the length of a window. Windows do not overlap.
    """
    model = sentence_transformer(model_name)
    if pools_by_mean(model):
        return _from_states(model, texts, max(1, round(words * TOKENS_PER_WORD)))
    return _one_by_one(model, texts, round(max(words, LEAST_WORDS) * TOKENS_PER_WORD))


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


def _from_states(model: Any, texts: Sequence[str], size: int) -> list[Floats]:
    import numpy as np
    import torch

    before, after = special_tokens(model.tokenizer)
    lead, special = len(before), len(before) + len(after)
    limit = (model.max_seq_length or 512) - special
    pieces: list[tuple[int, list[int]]] = []
    for index, ids in enumerate(token_ids(model.tokenizer, texts)):
        parts = max(1, -(-len(ids) // limit))
        length = max(1, -(-len(ids) // parts))
        pieces += [(index, ids[at : at + length]) for at in range(0, max(1, len(ids)), length)]
    matches: list[list[tuple[int, Floats]]] = [[] for _ in texts]
    whole = np.zeros((len(texts), model.get_embedding_dimension()), np.float32)
    for batch in _batches([len(ids) for _, ids in pieces]):
        states = token_states(model, [pieces[i][1] for i in batch])
        # float32, since a running sum in bfloat16 loses the later tokens; sums serve as means,
        # since unit() takes out the length.
        sums = torch.nn.functional.pad(states.float().cumsum(1), (0, 0, 1, 0))
        for row, i in enumerate(batch):
            owner, ids = pieces[i]
            places = torch.tensor(spans(len(ids), size)) + lead if ids else torch.tensor([[0, 1]])
            vectors = sums[row, places[:, 1]] - sums[row, places[:, 0]]
            matches[owner].append((i, unit(vectors.cpu().numpy())))
            # Special tokens included, as in the model's own mean pooling.
            whole[owner] += sums[row, len(ids) + special].cpu().numpy()
    return [
        np.concatenate([whole_row[None], *(v for _, v in sorted(parts, key=lambda part: part[0]))])
        for whole_row, parts in zip(unit(whole), matches, strict=True)
    ]


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


def _one_by_one(model: Any, texts: Sequence[str], size: int) -> list[Floats]:
    import numpy as np

    windows: list[str] = []
    counts: list[int] = []
    tokenizer = model.tokenizer
    for text in texts:
        encoded = tokenizer(
            text, add_special_tokens=False, return_offsets_mapping=True, verbose=False
        )
        offsets = encoded["offset_mapping"]
        places = [(offsets[a][0], offsets[b - 1][1]) for a, b in spans(len(offsets), size) if b]
        mine = [text, *([text[a:b] for a, b in places] or [text])]
        windows += mine
        counts.append(len(mine))
    vectors = model.encode(
        windows, batch_size=32, prompt_name="text", convert_to_tensor=True, show_progress_bar=False
    )
    rows = unit(vectors.float().cpu().numpy())
    return list(np.split(rows, np.cumsum(counts)[:-1])) if counts else []
