"""A question as rows that each look for their best window.

For a model that pools by the mean the rows are the states of the question's tokens, weighted by
the square root of how rare the token is in the corpus; a word that only asks (who, why, did)
counts little, since passages do not contain it. For other models there is one row, the question's
vector.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from workbench.experiment.retrieval import Embedding
from workbench.retrieval.arrays import Floats
from workbench.retrieval.embeddings import (
    encode_queries,
    is_remote,
    sentence_transformer,
    shortened,
    unit,
)
from workbench.retrieval.windows import pools_by_mean, special_tokens, token_ids, token_states

ASKING = re.findall(
    r"\S+",
    "who whom whose what why how when where which did do does happen happened ? . , a an the",
)
ASKING_WEIGHT = 0.25
LONGEST = 128
TOGETHER = 32


@dataclass(frozen=True, slots=True)
class QueryVectors:
    """``whole``, shape (d,), searches FAISS; ``rows``, shape (t, d), look for windows.

    ``weights``, shape (t,), add up to 1.
    """

    whole: Floats
    rows: Floats
    weights: Floats


def occurrences(vocabulary: int, texts: Sequence[Sequence[int]]) -> Floats:
    """In how many of ``texts``, given as token ids, each token occurs, shape (vocabulary,)."""
    total = np.zeros(vocabulary, np.float32)
    for ids in texts:
        total[np.unique(np.array(ids, np.int64))] += 1
    return total


def encode(
    queries: Sequence[str], source: Embedding, counts: Floats, passages: int
) -> list[QueryVectors]:
    """The rows of each query; ``counts`` says in how many of ``passages`` each token occurs.

    Queries share a batch only with others of exactly their length: padding would change the last
    bits of a vector, and what a question finds must not depend on the other questions.
    """
    if not queries:
        return []
    if is_remote(source) or not pools_by_mean(sentence_transformer(source)):
        item = np.ones(1, np.float32)
        return [QueryVectors(v, v[None], item) for v in encode_queries(queries, source)]
    model = sentence_transformer(source)
    prompt = (model.prompts or {}).get("query") or ""
    ids = [row[:LONGEST] for row in token_ids(model.tokenizer, [prompt + q for q in queries])]
    before, after = special_tokens(model.tokenizer)
    skipped = len(token_ids(model.tokenizer, [prompt])[0]) if prompt else 0
    result: list[QueryVectors] = []
    for mine, states in zip(ids, _states(model, ids), strict=True):
        whole = states.mean(axis=0)
        # The model's instruction shapes the states, but only the question's own tokens search.
        rows = states[len(before) + skipped : len(states) - len(after)]
        weights = _weights(source, np.array(mine[skipped:], np.int64), counts, passages)
        if len(rows) == 0:
            rows, weights = whole[None], np.ones(1, np.float32)
        kept = shortened(whole[None], source)[0], shortened(rows, source)
        result.append(QueryVectors(*kept, weights))
    return result


def turned(vectors: Sequence[QueryVectors], map_: Floats | None) -> list[QueryVectors]:
    """The vectors of questions as a map turns them; as they are where there is none."""
    if map_ is None:
        return list(vectors)
    return [
        QueryVectors(unit(v.whole[None] @ map_.T)[0], unit(v.rows @ map_.T), v.weights)
        for v in vectors
    ]


def _states(model: Any, ids: Sequence[list[int]]) -> list[Floats]:
    """The states of each query's tokens, special ones included, shape (t, d) each."""
    by_length: dict[int, list[int]] = {}
    for index, mine in enumerate(ids):
        by_length.setdefault(len(mine), []).append(index)
    matches: dict[int, Floats] = {}
    for alike in by_length.values():
        for first in range(0, len(alike), TOGETHER):
            batch = alike[first : first + TOGETHER]
            states = token_states(model, [ids[index] for index in batch]).float().cpu().numpy()
            matches.update(zip(batch, states, strict=True))
    return [matches[index] for index in range(len(ids))]


def _weights(source: Embedding, ids: Any, counts: Floats, passages: int) -> Floats:
    """Shares of the tokens in the question's score, after BM25's inverse document frequency."""
    weights = token_weights(source, ids, counts, passages)
    return np.asarray(weights / weights.sum(), np.float32)


def token_weights(source: Embedding, ids: Any, counts: Floats, passages: int) -> Floats:
    """How much each of some tokens counts, before they are made to add up to 1."""
    known = counts[ids]
    rare = np.sqrt(np.log1p((passages - known + 0.5) / (known + 0.5)))
    heard = np.where(np.isin(ids, _asking(source)), ASKING_WEIGHT, 1.0)
    # Tokens of every passage weigh almost nothing, but their sum must not be zero.
    return np.asarray(np.maximum(rare * heard, 1e-6), np.float32)


@lru_cache(maxsize=2)
def _asking(source: Embedding) -> tuple[int, ...]:
    """The ids of the words that only ask, as far as each is one token."""
    tokenized = token_ids(sentence_transformer(source).tokenizer, ASKING)
    return tuple(ids[0] for ids in tokenized if len(ids) == 1)
