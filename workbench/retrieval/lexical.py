"""BM25 by bm25s: English stemmed and without stop words, Chinese cut into words by jieba."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Iterable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from workbench.retrieval.arrays import Floats
from workbench.text import HAN

# bm25s's own defaults.
K1, B = 1.5, 0.75
WORD = re.compile(r"[^\W_]+", re.U)
# Lucene's English list, and the commonest Chinese particles.
STOP_WORDS = frozenset(
    re.findall(
        r"\w+",
        "a an and are as at be but by for if in into is it no not of on or such that the their "
        "then there these they this to was will with "
        "的 了 是 在 和 与 也 就 都 而 及 着 吗 呢 啊 吧",
    )
)
# What only asks is not what the passage says; 3 points of hit@1 on the train half of FairytaleQA.
ASKING = frozenset(
    re.findall(
        r"\w+",
        "who whom whose what why how when where which did do does happen happened "
        "谁 什么 哪 哪里 哪个 怎么 怎样 如何 为什么 为何 多少 几 何",
    )
)


class Lexical:
    """A BM25 index over passages, by position."""

    def __init__(self, index: Any, vocabulary: dict[str, int]) -> None:
        self._index = index
        self._vocabulary = vocabulary

    @classmethod
    def build(cls, texts: Iterable[str]) -> Lexical:
        """Index ``texts``; they are read once, in order."""
        bm25s = _library()
        vocabulary: dict[str, int] = {}
        ids = [[vocabulary.setdefault(t, len(vocabulary)) for t in terms(text)] for text in texts]
        index = bm25s.BM25(k1=K1, b=B)
        if not vocabulary:
            vocabulary[""] = 0
        index.index((ids, vocabulary), show_progress=False, create_empty_token=False)
        return cls(index, vocabulary)

    @classmethod
    def beside(cls, texts: Iterable[str], base: Lexical, passages: int) -> Lexical:
        """An index of texts that were added to the ``passages`` of ``base``.

        It weighs words by how rare they are in both together. Texts are as long or short as they
        are beside the added ones.
        """
        import numpy as np

        made = cls.build(texts)
        scores = made._index.scores
        count, own = int(scores["num_docs"]), np.diff(scores["indptr"])
        known = np.diff(base._index.scores["indptr"])
        places = [base._vocabulary.get(term) for term in made._vocabulary]
        whole = own + np.array([0 if place is None else known[place] for place in places])
        # bm25s keeps finished scores, each a word's weight times how often the text has it.
        factor = _weight(whole, passages + count) / np.maximum(_weight(own, count), 1e-9)
        scores["data"] = (scores["data"] * np.repeat(factor, own)).astype(np.float32)
        return made

    def scores(self, query: str) -> Floats:
        """BM25 of every passage for one query, shape (passages,)."""
        import numpy as np

        # A question may consist of asking words alone.
        wanted = terms(query, ASKING) or terms(query)
        known = [self._vocabulary[t] for t in wanted if t in self._vocabulary]
        if not known:
            return np.zeros(int(self._index.scores["num_docs"]), np.float32)
        return np.asarray(self._index.get_scores_from_ids(known), np.float32)

    def save(self, folder: Path) -> None:
        """Write the index into ``folder``."""
        self._index.save(str(folder), show_progress=False)

    @classmethod
    def open(cls, folder: Path) -> Lexical:
        """The inverse of :meth:`save`; the postings stay on disk, memory-mapped."""
        index = _library().BM25.load(str(folder), mmap=True)
        return cls(index, dict(index.vocab_dict))


def _library() -> Any:
    """bm25s, imported without JAX.

    Where JAX is installed bm25s starts it as it is imported, and JAX then takes three quarters of
    the GPU's memory for a search that runs on the CPU.
    """
    if "bm25s" in sys.modules:
        return sys.modules["bm25s"]
    jax = sys.modules.get("jax")
    sys.modules["jax"] = None  # type: ignore[assignment]  # import reads it as: not there
    try:
        import bm25s
    finally:
        del sys.modules["jax"]
        if jax is not None:
            sys.modules["jax"] = jax
    return bm25s


def _weight(having: Any, passages: int) -> Any:
    """Lucene's inverse document frequency, bm25s' default."""
    import numpy as np

    return np.log1p((passages - having + 0.5) / (having + 0.5))


def terms(text: str, without: frozenset[str] = frozenset()) -> list[str]:
    """What BM25 counts: stems of words that are not stop words, and Chinese words.

    Words in ``without`` are left out too.
    """
    out = STOP_WORDS | without
    stem = _stemmer().stemWord
    result: list[str] = []
    for word in WORD.findall(text.casefold()):
        pieces = _segment(word) if HAN.search(word) else [word]
        result += [p if HAN.match(p) else stem(p) for p in pieces if p not in out]
    return result


def _segment(word: str) -> Sequence[str]:
    # The mode for search also gives the short words inside long ones.
    return [piece for piece in _jieba().cut_for_search(word) if piece.strip()]


@lru_cache(maxsize=1)
def _stemmer() -> Any:
    from Stemmer import Stemmer

    return Stemmer("english")


@lru_cache(maxsize=1)
def _jieba() -> Any:
    import jieba

    # jieba reports on stderr how it loads its dictionary.
    jieba.setLogLevel(logging.WARNING)
    return jieba
