"""Retrievers trained on a corpus: from training questions and their evidence, never the exam.

``pairs`` makes what is learned from, ``train_retriever`` trains by one of three methods and leaves
the folder of what is kept.
"""

from __future__ import annotations

from workbench.retrieval.learning.pairs import Pair, pairs
from workbench.retrieval.learning.training import KEPT, train_retriever

__all__ = ["KEPT", "Pair", "pairs", "train_retriever"]
