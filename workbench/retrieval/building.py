"""Passages -> an index folder: vectors in FAISS, windows, BM25, the passages themselves.

Works in blocks, so that memory does not grow with the text. Vectors come from the cache or go
into it block by block: a killed build loses at most one block, and a second build of the same
text embeds nothing. ``metadata.json`` is written last; a folder without it is unfinished.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from workbench.errors import WorkbenchError
from workbench.experiment.parts import RetrievalSpec
from workbench.io import jsonl
from workbench.io.files import write_json
from workbench.types import Passage, Progress, silent

FORMAT = 1
BLOCK = 1024
PASSAGES, METADATA, LEXICAL, WINDOWS, PLACES = (
    "passages.jsonl",
    "metadata.json",
    "bm25",
    "windows.bin",
    "places.npy",
)
VECTORS, TOKENS = "passages.faiss", "token_counts.npy"


def build_index(
    passages: Sequence[Passage],
    spec: RetrievalSpec,
    out: Path,
    progress: Progress = silent,
    cache: Path | None = None,
) -> dict[str, Any]:
    """Write the index of ``passages`` into ``out``; the summary says what was done.

    ``cache`` is where vectors are remembered, by default in the artifact cache. The summary
    holds passages, vectors, dimension, tokens, embedded (texts not in the cache), seconds and
    passages_per_s. Raises WorkbenchError where there is no passage or no such model.
    """
    if not passages:
        raise WorkbenchError("There is no passage to index.", "Give a corpus with text in it.")
    out.mkdir(parents=True, exist_ok=True)
    started = time.perf_counter()
    jsonl.write(out / PASSAGES, map(asdict, passages))
    facts: dict[str, Any] = {"passages": len(passages), "vectors": 0, "embedded": 0}
    if spec.mode != "bm25":
        facts |= _write_vectors(passages, spec, out, progress, cache)
    from workbench.retrieval.lexical import Lexical

    # Whatever the mode, so that an index built for dense search opens as a hybrid one too.
    Lexical.build(passage.text for passage in passages).save(out / LEXICAL)
    seconds = time.perf_counter() - started
    facts |= {
        "format": FORMAT,
        "embedding": spec.embedding,
        "window_words": spec.window_words,
        "seconds": round(seconds, 3),
        "passages_per_s": round(len(passages) / seconds, 1),
    }
    write_json(out / METADATA, facts)
    progress(len(passages), len(passages), "done")
    return facts


def read_passages(path: Path) -> Iterator[Passage]:
    """The passages of an index folder, in the order of the text."""
    way_out = "Delete it and run the experiment again."
    return jsonl.load(path / PASSAGES, lambda record: Passage(**record), "a passage", way_out)


def _write_vectors(
    passages: Sequence[Passage],
    spec: RetrievalSpec,
    out: Path,
    progress: Progress,
    cache: Path | None,
) -> dict[str, Any]:
    import faiss
    import numpy as np
    from llama_index.vector_stores.faiss import FaissVectorStore

    from workbench.retrieval import embeddings
    from workbench.retrieval.queries import occurrences
    from workbench.retrieval.rows import unpack
    from workbench.retrieval.vector_cache import VectorCache, default_root
    from workbench.retrieval.windows import passage_vectors, token_ids

    model = embeddings.embedding_identity(spec.embedding)
    dimension = embeddings.dimension(spec.embedding)
    network = embeddings.sentence_transformer(spec.embedding)
    known = VectorCache(cache or default_root(), model, spec.window_words, dimension)
    # The inner product of unit vectors is their cosine.
    store = FaissVectorStore(faiss_index=faiss.IndexFlatIP(dimension))
    places = [0]
    embedded = tokens = 0
    counts = np.zeros(len(network.tokenizer), np.float32)
    with (out / WINDOWS).open("wb") as sink:
        for first in range(0, len(passages), BLOCK):
            texts = [passage.text for passage in passages[first : first + BLOCK]]
            new = known.missing(texts)
            if new:
                known.put(new, passage_vectors(new, spec.window_words, spec.embedding))
                embedded += len(new)
            counts += occurrences(network, texts)
            tokens += sum(map(len, token_ids(network.tokenizer, texts)))
            for rows in known.get(texts):
                # The first row is the whole passage's; FAISS searches it, windows refine.
                # Into the client: the store's own add() wants a node object for each vector.
                store.client.add(unpack(rows[:1]))
                sink.write(rows[1:].tobytes())
                places.append(places[-1] + len(rows) - 1)
            progress(min(first + BLOCK, len(passages)), len(passages), "vectors")
        sink.flush()
        os.fsync(sink.fileno())
    store.persist(str(out / VECTORS))
    np.save(out / PLACES, np.array(places, np.int64))
    np.save(out / TOKENS, counts)
    return {
        "vectors": len(passages) + places[-1],
        "dimension": dimension,
        "embedded": embedded,
        "tokens": tokens,
        "model": model,
    }
