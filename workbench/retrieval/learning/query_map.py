"""A linear map of the question's vectors alone: the corpus needs no new embedding.

The map begins as the identity and is trained on vectors that stay as they are; how far it goes from
the identity is held down, since the questions are few beside its numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from workbench.experiment.retrieval import Embedding
from workbench.io.files import whole_folder
from workbench.retrieval.arrays import Floats
from workbench.retrieval.embeddings import is_remote, sentence_transformer
from workbench.retrieval.learning.lesson import Lesson
from workbench.retrieval.queries import QueryVectors, encode, occurrences, turned
from workbench.retrieval.windows import passage_vectors, token_ids

MAP = "query_map.npy"
RATE = 3e-4
#: Weight of the squared distance from the identity.
HELD = 0.02


def tune_query_map(lesson: Lesson) -> list[Path]:
    """Train the map on the lesson's pairs; the folders that hold it after each epoch."""
    import torch

    from workbench.retrieval.learning.window_ranking import SCALE, window_scores

    spec, base, given = lesson.spec, lesson.base, lesson.pairs
    texts = list(dict.fromkeys(text for pair in given for text in (pair.passage, *pair.negatives)))
    place = {text: number for number, text in enumerate(texts)}
    windows = [
        torch.from_numpy(rows[1:]) for rows in passage_vectors(texts, lesson.window_words, base)
    ]
    asked = [
        (torch.from_numpy(v.rows), torch.from_numpy(v.weights))
        for v in query_vectors([pair.question for pair in given], base, texts)
    ]
    size = windows[0].shape[1]
    map_ = torch.eye(size, requires_grad=True)
    optimizer = torch.optim.Adam([map_], lr=lesson.rate(RATE))
    order = np.random.default_rng(lesson.seed)
    for epoch in range(spec.epochs):
        drawn = order.permutation(len(given))
        for first in range(0, len(drawn), spec.batch_size):
            chosen = [int(i) for i in drawn[first : first + spec.batch_size]]
            # A passage that two of them share stands among the others once.
            shown = list(dict.fromkeys(
                place[text] for i in chosen for text in (given[i].passage, *given[i].negatives)
            ))  # fmt: skip
            at = {number: column for column, number in enumerate(shown)}
            rows, weights = _padded([asked[i][0] for i in chosen], [asked[i][1] for i in chosen])
            kept, there = _stacked([windows[number] for number in shown])
            moved = torch.nn.functional.normalize(rows @ map_.T, dim=-1)
            scores = window_scores(moved, weights, kept, there)
            right = torch.tensor([at[place[given[i].passage]] for i in chosen])
            loss = torch.nn.functional.cross_entropy(SCALE * scores, right)
            loss = loss + HELD * (map_ - torch.eye(size)).square().sum()
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            lesson.progress(epoch * len(given) + first + len(chosen), spec.epochs * len(given))
        with whole_folder(lesson.epoch(epoch + 1)) as partial:
            np.save(partial / MAP, map_.detach().numpy())
    return lesson.done()


def query_vectors(
    questions: Sequence[str], base: Embedding, texts: Sequence[str]
) -> list[QueryVectors]:
    """The questions as the search over ``texts`` sees them."""
    if is_remote(base):
        return encode(questions, base, np.zeros(0, np.float32), len(texts))
    tokenizer = sentence_transformer(base).tokenizer
    counts = occurrences(len(tokenizer), token_ids(tokenizer, texts))
    return encode(questions, base, counts, len(texts))


def read_map(folder: Path) -> Floats:
    """The map that a training wrote, shape (dimension, dimension)."""
    return np.asarray(np.load(folder / MAP), np.float32)


def window_scorer(
    base: Embedding, map_: Floats | None, window_words: int
) -> Callable[[Sequence[str], Sequence[str]], Floats]:
    """What the dense search gives each of some passages for each question."""

    def score(questions: Sequence[str], texts: Sequence[str]) -> Floats:
        rows = [vectors[1:] for vectors in passage_vectors(texts, window_words, base)]
        begins = np.cumsum([0, *(len(mine) for mine in rows)])[:-1]
        windows = np.concatenate(rows)
        asked = turned(query_vectors(questions, base, texts), map_)
        return np.stack([
            np.maximum.reduceat(windows @ v.rows.T, begins, axis=0) @ v.weights for v in asked
        ])  # fmt: skip

    return score


def _padded(rows: Sequence[Any], weights: Sequence[Any]) -> tuple[Any, Any]:
    import torch

    pad = torch.nn.utils.rnn.pad_sequence
    return pad(list(rows), batch_first=True), pad(list(weights), batch_first=True)


def _stacked(windows: Sequence[Any]) -> tuple[Any, Any]:
    import torch

    stacked = torch.nn.utils.rnn.pad_sequence(list(windows), batch_first=True)
    lengths = torch.tensor([len(rows) for rows in windows])
    return stacked, torch.arange(stacked.shape[1])[None] < lengths[:, None]
