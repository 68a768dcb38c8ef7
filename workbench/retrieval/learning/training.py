"""One training of a retriever: by its method, chosen among epochs on held-out sections."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from workbench.errors import WorkbenchError
from workbench.experiment.retrieval import Embedding, RetrieverTuningSpec
from workbench.retrieval.arrays import Floats
from workbench.retrieval.learning.cross_encoder import pair_scorer, tune_cross_encoder
from workbench.retrieval.learning.embedding import tune_embedding, tuned_source
from workbench.retrieval.learning.lesson import Lesson
from workbench.retrieval.learning.pairs import Pair, parted
from workbench.retrieval.learning.query_map import read_map, tune_query_map, window_scorer
from workbench.types import Progress, silent

Scorer = Callable[[Sequence[str], Sequence[str]], Floats]
METHODS: dict[str, Callable[[Lesson], list[Path]]] = {
    "embedding": tune_embedding,
    "query_map": tune_query_map,
    "cross_encoder": tune_cross_encoder,
}
#: Where what is kept lies, below the folder of a training.
KEPT = "retriever"
FEWEST = 8
#: Held-out questions that choose the epoch, and passages that each is asked among.
ASKED, AMONG, AMONG_PAIRS = 200, 400, 24


def train_retriever(
    spec: RetrieverTuningSpec,
    base: Embedding,
    window_words: int,
    given: Sequence[Pair],
    out: Path,
    seed: int,
    progress: Progress = silent,
) -> dict[str, Any]:
    """Train on ``given`` and leave the best epoch in ``out/retriever``; the summary.

    The summary's ``before`` and ``after`` are the mean reciprocal ranks of the right passage for
    questions on held-out sections; where no epoch is better than the untrained model, nothing is
    kept and ``epoch`` is 0. Raises WorkbenchError where there are too few questions.
    """
    train, held = parted(given, spec.held_out, seed)
    if len(train) < FEWEST:
        raise WorkbenchError(
            f"A retriever needs {FEWEST} training questions with evidence at least, and there are "
            f"{len(train)}.",
            "Ask for more (questions.train_facts), or leave retrieval.tuned out.",
        )
    lesson = Lesson(spec, base, window_words, train, out, seed, progress)
    folders = METHODS[spec.method](lesson)
    ranks = [_rank(spec, base, None, window_words, held)]
    ranks += [_rank(spec, base, folder, window_words, held) for folder in folders]
    # Without held-out sections the last epoch is taken; an untrained cross-encoder says nothing.
    best = int(np.argmax(ranks)) if held else len(folders)
    if best:
        shutil.rmtree(out / KEPT, ignore_errors=True)
        shutil.move(folders[best - 1], out / KEPT)
    shutil.rmtree(out / "checkpoints", ignore_errors=True)
    shutil.rmtree(out / "state", ignore_errors=True)
    return {
        "method": spec.method,
        "questions": len(train),
        "held_out": len(held),
        "epochs": spec.epochs,
        "epoch": best,
        "before": round(ranks[0], 4) if held else None,
        "after": round(ranks[best], 4) if held else None,
    }


def _rank(
    spec: RetrieverTuningSpec, base: Embedding, folder: Path | None, window_words: int,
    held: Sequence[Pair],
) -> float:  # fmt: skip
    """The mean reciprocal rank of the right passage among others; 0 where nothing is held out."""
    if not held:
        return 0.0
    paired = spec.method == "cross_encoder"
    asked = list(held[:: max(1, len(held) // ASKED)])
    if paired and folder is None:
        # What it has to better is the order of the search that it reranks.
        return mean_reciprocal_rank(window_scorer(base, None, window_words), asked, AMONG_PAIRS)
    score: Scorer
    if paired and folder is not None:
        score = pair_scorer(folder)
    elif spec.method == "query_map":
        score = window_scorer(base, None if folder is None else read_map(folder), window_words)
    else:
        own = base if folder is None else tuned_source(base, folder)
        score = window_scorer(own, None, window_words)
    return mean_reciprocal_rank(score, asked, AMONG_PAIRS if paired else AMONG)


def mean_reciprocal_rank(score: Scorer, asked: Sequence[Pair], among: int) -> float:
    """Of the right passage, in a pool of at most ``among`` passages that the questions share.

    >>> pair = Pair("who?", "Keel", ("salt",), "s")
    >>> mean_reciprocal_rank(lambda q, t: np.array([[2.0, 1.0]]), [pair], 10)
    1.0
    """
    total = 0.0
    size = max(1, among // (1 + max(len(pair.negatives) for pair in asked)))
    for first in range(0, len(asked), size):
        some = asked[first : first + size]
        pool = list(dict.fromkeys(t for pair in some for t in (pair.passage, *pair.negatives)))
        scores = score([pair.question for pair in some], pool)
        for row, pair in zip(scores, some, strict=True):
            right = row[pool.index(pair.passage)]
            total += 1.0 / (1 + int((row > right).sum()))
    return total / len(asked)
