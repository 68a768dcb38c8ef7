"""Which passages are looked at closely: the index of whole vectors, chosen by how many there are.

Up to ``EXACT`` passages every vector is compared. Beyond that the vectors lie in lists around
centres, one byte per number, and a question looks through the lists nearest to it (FAISS' IVF;
Jégou et al. 2011). An inverted file was taken rather than a graph (HNSW): it is built in an eighth
of the time and takes two thirds of the memory. How many lists a question looks through is not
guessed: it is raised until the exactly nearest are among those proposed, and what
share of them is stands in the index's metadata.
"""

from __future__ import annotations

import logging
import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workbench.retrieval.arrays import Floats, Integers
from workbench.retrieval.embeddings import unit
from workbench.retrieval.rows import unpack

log = logging.getLogger(__name__)

EXACT = 100_000
BLOCK = 8192
#: Vectors per list from which its centre is learned, and rounds of learning.
LEARNED_FROM, ROUNDS = 40, 10
#: Passages that are proposed for a question.
PROPOSED = 200
#: Questions asked to find how many lists to look through; how many of their nearest passages must
#: be proposed, and what share of them; the lists looked through at least.
ASKED, NEIGHBOURS, WANTED, FEWEST = 200, 20, 0.98, 4
ASKED_OF_ADDED = 50
#: Windows that are as long as a question.
QUESTION_WINDOWS = 3


def factory(passages: int) -> str:
    """The index for so many passages, as FAISS names it.

    >>> factory(100_000), factory(1_000_000)
    ('Flat', 'IVF2048,SQ8')
    """
    if passages <= EXACT:
        return "Flat"
    return f"IVF{2 ** round(math.log2(2 * math.sqrt(passages)))},SQ8"


def build(
    wholes: NDArray[np.void], windows: NDArray[np.void], places: Integers
) -> tuple[Any, dict[str, Any]]:
    """The index of whole vectors (rows as :mod:`rows` keeps them), and what is to be told of it.

    ``windows`` and ``places`` are every passage's windows, of which questions are made to try it.
    """
    import faiss

    dimension = wholes.dtype["code"].shape[0]
    name = factory(len(wholes))
    # The inner product of unit vectors is their cosine.
    index: Any = faiss.index_factory(dimension, name, faiss.METRIC_INNER_PRODUCT)
    facts: dict[str, Any] = {"index": name}
    if name != "Flat":
        _learn(index, wholes)
    for first in range(0, len(wholes), BLOCK):
        index.add(unpack(np.asarray(wholes[first : first + BLOCK])))
    if name != "Flat":
        asked = questions(windows, places)
        index.nprobe = FEWEST
        recall = raised(index, asked, exact(wholes, asked, NEIGHBOURS))
        facts |= {"probes": int(index.nprobe), "recall": round(recall, 4), "asked": len(asked)}
    return index, facts


def _learn(index: Any, wholes: NDArray[np.void]) -> None:
    """Find the lists' centres on a sample of the vectors."""
    index.cp.niter = ROUNDS
    count = min(len(wholes), LEARNED_FROM * index.nlist)
    drawn = np.sort(np.random.default_rng(0).choice(len(wholes), count, replace=False))
    index.train(unpack(np.asarray(wholes[drawn])))


def questions(windows: NDArray[np.void], places: Integers) -> Floats:
    """Vectors such as questions have: the mean of a few windows side by side of a drawn passage."""
    rng = np.random.default_rng(1)
    drawn = rng.choice(len(places) - 1, min(ASKED, len(places) - 1), replace=False)
    vectors = []
    for passage in np.sort(drawn):
        low, high = int(places[passage]), int(places[passage + 1])
        start = int(rng.integers(low, max(low, high - QUESTION_WINDOWS) + 1))
        mine = unpack(np.asarray(windows[start : min(start + QUESTION_WINDOWS, high)]))
        vectors.append(mine.mean(axis=0))
    return unit(np.array(vectors, np.float32))


def exact(wholes: NDArray[np.void], questions: Floats, count: int) -> Integers:
    """The ``count`` nearest of all vectors for each question, shape (questions, count)."""
    import faiss

    best = faiss.ResultHeap(len(questions), count, keep_max=True)
    for first in range(0, len(wholes), BLOCK):
        block = questions @ unpack(np.asarray(wholes[first : first + BLOCK])).T
        order = np.argpartition(-block, min(count, block.shape[1] - 1), axis=1)[:, :count]
        # The heap takes rows of numbers in C order.
        best.add_result(
            np.ascontiguousarray(np.take_along_axis(block, order, 1)),
            np.ascontiguousarray(order + first, np.int64),
        )
    best.finalize()
    found: Integers = best.I
    return found


def raised(index: Any, questions: Floats, truth: Integers) -> float:
    """Look through twice as many lists until the recall is that which is wanted; the recall.

    What counts is whether the nearest are among those proposed, since their windows decide then.
    """
    while True:
        _, found = index.search(questions, PROPOSED)
        shares = [len(set(a) & set(b)) / len(b) for a, b in zip(found, truth, strict=True)]
        recall = float(np.mean(shares))
        log.info("%s lists of %s find %.3f of the nearest", index.nprobe, index.nlist, recall)
        if recall >= WANTED or index.nprobe >= index.nlist:
            return recall
        index.nprobe = min(2 * index.nprobe, index.nlist)


def grown(index: Any, windows: NDArray[np.void], places: Integers) -> dict[str, Any]:
    """What to tell of an index after passages were added, whose windows these are.

    They may be about something else than those that the lists were made for, and be spread over
    many: more lists are looked through where questions on them need it.
    """
    import faiss

    if not isinstance(index, faiss.IndexIVF) or len(places) < 2:
        return {}
    asked = questions(windows, places)[:ASKED_OF_ADDED]
    probes, index.nprobe = index.nprobe, index.nlist
    _, truth = index.search(asked, NEIGHBOURS)
    index.nprobe = probes
    recall = raised(index, asked, truth)
    return {"probes": int(index.nprobe), "recall_of_added": round(recall, 4)}
