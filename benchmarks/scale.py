"""How does retrieval do with very many passages: build, memory, time per question, recall, changes?

`python benchmarks/indexing.py --passages 1000000` runs this. The texts' passages are embedded for
real. Each further passage is made of stretches of three words of them, a fifth to nine tenths from
one passage and the rest from others, with those stretches' own window vectors; its whole vector is
their mean. So texts, windows and whole vectors agree, and near neighbours are near in all three.
Questions are stretches of the texts, twelve words long. "Exact" is the same search with every whole
vector compared. The index takes 10 KB of disk a passage, and the cache of vectors as much again.
"""

from __future__ import annotations

import json
import os
import random
import resource
import shutil
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from workbench.experiment.passages import PassageSpec
from workbench.experiment.retrieval import RetrievalSpec
from workbench.types import Passage

BASE, QUESTIONS, TOP, ADDED, WARMING = 2000, 200, 10, 1000, 5
SPEC = RetrievalSpec(rerank=None)


class Made:
    """Passages made of stretches of real ones, and the vectors of each."""

    def __init__(self, stretches: list[list[str]], vectors: list[Any], first: int, count: int):
        self.vectors = np.concatenate(vectors)
        starts = np.cumsum([0, *map(len, stretches)])
        texts = np.array([text for mine in stretches for text in mine], object)
        sizes = np.diff(starts)[np.arange(first, first + count) % len(stretches)]
        self.bounds = np.concatenate([[0], np.cumsum(sizes)])
        self.plan = np.zeros(self.bounds[-1], np.int32)
        self.passages: list[Passage] = []
        rng = np.random.default_rng(first)
        for place in range(count):
            number, base = first + place, (first + place) % len(stretches)
            own = np.arange(starts[base], starts[base + 1])
            if number >= len(stretches):
                # The first are the real ones, whole.
                swapped = rng.random(len(own)) < rng.uniform(0.1, 0.8)
                own = np.where(swapped, rng.integers(len(texts), size=len(own)), own)
            self.plan[self.bounds[place] : self.bounds[place + 1]] = own
            text, document = " ".join(texts[own]), f"book{number // 1000}"
            start = 1000 * number
            self.passages.append(
                Passage(document, start, start + len(text), text, f"{document}#01")
            )

    def rows(self, place: int) -> Any:
        """Vectors as embedding gives them: the whole, then the windows."""
        mine = self.vectors[self.plan[self.bounds[place] : self.bounds[place + 1]]]
        whole = mine.mean(axis=0)
        return np.concatenate([(whole / np.linalg.norm(whole))[None], mine])


def real(paths: list[Path]) -> tuple[list[list[str]], list[Any], list[str]]:
    """Stretches of three words of real passages, their vectors, and questions on them."""
    from workbench.corpus import load, passages
    from workbench.retrieval.embedded import Embedded
    from workbench.retrieval.embeddings import sentence_transformer
    from workbench.retrieval.rows import unpack
    from workbench.retrieval.windows import TOKENS_PER_WORD, spans

    size, tokenizer = PassageSpec(), sentence_transformer(SPEC.embedding).tokenizer
    found = [
        p for f in paths for p in passages(load(f), size.chunk_size, size.chunk_overlap, tokenizer)
    ]
    random.Random(0).shuffle(found)
    texts = list(dict.fromkeys(passage.text for passage in found))[:BASE]
    # By way of the cache: a second size embeds nothing.
    vectors = [unpack(rows)[1:] for rows in Embedded(SPEC, None).rows(texts, print_progress)]
    stretches = []
    for text, mine in zip(texts, vectors, strict=True):
        places = tokenizer(text, add_special_tokens=False, return_offsets_mapping=True)[
            "offset_mapping"
        ]
        cut = spans(len(places), round(SPEC.window_words * TOKENS_PER_WORD))
        stretches.append([text[places[a][0] : places[b - 1][1]] for a, b in cut])
        assert len(stretches[-1]) == len(mine)
    drawn = random.Random(1).sample(texts, min(QUESTIONS, len(texts)))
    questions = [" ".join(text.split()[8:20]) for text in drawn]
    return stretches, vectors, questions


def measured(
    made: Made, further: Made, questions: list[str], folder: Path, kept: Path | None
) -> dict[str, Any]:
    """Build, ask, compare with the exact search, add and remove."""
    from workbench.retrieval import build_index, open_index, update_index, windows

    def instead(texts: Sequence[str], words: int, name: str) -> list[Any]:
        """The vectors of the next texts, which come in order; one that came before is left out."""
        nonlocal at
        found = []
        for text in texts:
            while source.passages[at].text != text:
                at += 1
            found.append(source.rows(at))
        return found

    windows.passage_vectors = instead
    source, at, index, cache = made, 0, folder / "index", folder / "cache"
    before, started = peak(), time.perf_counter()
    built = build_index(made.passages, SPEC, index, print_progress, cache)
    result = {
        "passages": len(made.passages),
        "search": built["search"],
        "vectors": built["vectors"],
        "peak_before_mib": before,
    }
    result["build_s"] = round(time.perf_counter() - started)
    result["build_peak_mib"] = peak()
    result["index_mb"] = round(sum(f.stat().st_size for f in index.rglob("*") if f.is_file()) / 1e6)
    if kept is not None:
        # What is added later stands behind what the kept one counts, and disturbs it not.
        shutil.copytree(index, kept, copy_function=os.link)
    started = time.perf_counter()
    retriever = open_index(index, SPEC)
    result["open_s"] = round(time.perf_counter() - started, 2)
    found, figures = timed(retriever, questions)
    result |= figures
    print(json.dumps(result), flush=True)
    result["recall"] = against_exact(retriever, made, questions, found)
    print(json.dumps(result["recall"]), flush=True)
    shutil.rmtree(cache)
    source, at = further, 0
    started = time.perf_counter()
    update_index(index, further.passages, cache=cache)
    result["add_1000_s"] = round(time.perf_counter() - started, 1)
    started = time.perf_counter()
    update_index(index, removed=["book0", "book7"], cache=cache)
    result["remove_2_documents_s"] = round(time.perf_counter() - started, 1)
    retriever = open_index(index, SPEC)
    again, times = asked(retriever, questions)
    gone = {hit for hits in again for hit in hits if hit.split(":")[0] in ("book0", "book7")}
    new = further.passages[::20]
    hits = retriever.retrieve([" ".join(p.text.split()[8:20]) for p in new], TOP)
    added = sum(p in [h.passage for h in mine] for p, mine in zip(new, hits, strict=True))
    result |= {
        "ms_after": percentiles(times),
        "removed_and_found": len(gone),
        "added_found@10": round(added / len(new), 3),
        "peak_mib": peak(),
    }
    return result


def timed(retriever: Any, questions: list[str]) -> tuple[list[list[str]], dict[str, Any]]:
    """The passages found, milliseconds by clock and stage, and those of the processor."""
    busy = time.process_time()
    found, times = asked(retriever, questions)
    busy = (time.process_time() - busy) / (len(questions) + WARMING)
    figures = {"ms": percentiles(times), "stages_ms": stages(retriever, len(questions))}
    return found, {**figures, "busy_ms": round(1000 * busy, 1)}


def asked(retriever: Any, questions: list[str]) -> tuple[list[list[str]], list[float]]:
    """The passages found for each question, one question at a time, and the seconds of each."""
    for question in questions[:WARMING]:
        retriever.retrieve([question], TOP)
    retriever.seconds.clear()
    found, times = [], []
    for question in questions:
        started = time.perf_counter()
        hits = retriever.retrieve([question], TOP)[0]
        times.append(time.perf_counter() - started)
        found.append([hit.passage.id for hit in hits])
    return found, times


def against_exact(
    retriever: Any, made: Made, questions: list[str], found: list[list[str]]
) -> dict[str, float]:
    """The share of the exact search's results that were found, of both stages."""
    import faiss
    from llama_index.vector_stores.faiss import FaissVectorStore

    from workbench.retrieval.first_stage import PROPOSED

    dense, exact = retriever._dense, faiss.IndexFlatIP(made.vectors.shape[1])
    store = dense.store
    for place in range(len(made.passages)):
        exact.add(made.rows(place)[:1])
    vectors = retriever._embedded(questions)
    near = [dense.nearest(vector, PROPOSED) for vector in vectors]
    dense.store = FaissVectorStore(faiss_index=exact)
    nearest = [dense.nearest(vector, TOP) for vector in vectors]
    whole, times = asked(retriever, questions)
    dense.store = store

    def share(a: Any, b: Any) -> float:
        shares = [len(set(x) & set(y)) / len(y) for x, y in zip(a, b, strict=True)]
        return round(float(np.mean(shares)), 4)

    return {
        f"of_{TOP}_nearest_proposed": share(near, nearest),
        f"recall@{TOP}": share(found, whole),
        "recall@1": share([f[:1] for f in found], [w[:1] for w in whole]),
        "exact_ms": percentiles(times)["p50"],
    }


def percentiles(times: list[float]) -> dict[str, float]:
    return {f"p{q}": round(1000 * float(np.percentile(times, q)), 1) for q in (50, 95, 99)}


def stages(retriever: Any, count: int) -> dict[str, float]:
    return {name: round(1000 * s / count, 2) for name, s in sorted(retriever.seconds.items())}


def peak() -> int:
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


def print_progress(done: int, total: int, what: str) -> None:
    if done % (64 * 1024) < 1024:
        print(f"  {what}: {done:,} of {total:,}, {time.strftime('%H:%M:%S')}", flush=True)


def at_size(
    texts: list[Path], count: int, folder: Path | None, kept: Path | None
) -> dict[str, Any]:
    """All figures for so many passages made of the texts; ``folder`` is where there is room.

    The index as it was built is left in ``kept``, on the same disk.
    """
    stretches, vectors, questions = real(texts)
    print(f"  {len(stretches)} real passages, {time.strftime('%H:%M:%S')}", flush=True)
    with tempfile.TemporaryDirectory(dir=folder) as root:
        made = Made(stretches, vectors, 0, count)
        further = Made(stretches, vectors, count, ADDED)
        return measured(made, further, questions, Path(root), kept)


def again(texts: list[Path], index: Path) -> dict[str, Any]:
    """The questions on the texts once more, of an index that was kept."""
    from workbench.retrieval import open_index

    return timed(open_index(index, SPEC), real(texts)[2])[1]
