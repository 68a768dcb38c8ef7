"""Passages -> an index folder: vectors in FAISS, windows, BM25, the passages themselves.

Works in blocks, so that memory does not grow with the text. Vectors come from the cache or go
into it block by block: a killed build loses at most one block, and a second build of the same
text embeds nothing. ``metadata.json`` is written last; a folder without it is unfinished.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.corpus.showing import Shown
from workbench.errors import WorkbenchError
from workbench.experiment.retrieval import RetrievalSpec
from workbench.io import jsonl
from workbench.io.files import write_json
from workbench.retrieval.index_files import FORMAT, IndexFiles
from workbench.types import Passage, Progress, silent

if TYPE_CHECKING:
    from workbench.retrieval.stores import Collection


def build_index(
    passages: Sequence[Passage],
    spec: RetrievalSpec,
    out: Path,
    progress: Progress = silent,
    cache: Path | None = None,
    shown: Shown | None = None,
    indexed: Sequence[str] | None = None,
    name: str | None = None,
) -> dict[str, Any]:
    """Write the index of ``passages`` into ``out``; the summary says what was done.

    ``shown`` is what is read in the place of what is found, where that is not the passage itself;
    ``indexed`` the text that each passage is found by, where that is more than its own.
    ``cache`` is where vectors are remembered, by default in the artifact cache; ``name`` what the
    index is called in ``spec.store``, by default as its folder. The summary
    holds passages, vectors, dimension, tokens, embedded (texts not in the cache), search (which
    index proposes passages, and its recall where it is not exact), seconds and passages_per_s.
    Raises WorkbenchError where there is no passage, no such model, or no such store.
    """
    if not passages:
        raise WorkbenchError("There is no passage to index.", "Give a corpus with text in it.")
    out.mkdir(parents=True, exist_ok=True)
    files = IndexFiles(out)
    started = time.perf_counter()
    jsonl.write(files.passages, map(asdict, passages))
    facts: dict[str, Any] = {"passages": len(passages), "vectors": 0, "embedded": 0}
    texts = [passage.text for passage in passages] if indexed is None else indexed
    if indexed is not None:
        facts["indexed"] = "more than the passages"
    if shown is not None:
        facts |= _write_shown(shown, files)
    if spec.mode != "bm25":
        called = name or out.name.removesuffix(".partial")
        facts |= _write_vectors(passages, texts, spec, files, progress, cache, called)
    if spec.sparse is not None:
        from workbench.retrieval.sparse import Sparse

        Sparse.build(texts, spec.sparse.model, progress).save(out)
        facts["sparse"] = spec.sparse.model
    from workbench.retrieval.lexical import Lexical

    # Whatever the mode, so that an index built for dense search opens as a hybrid one too.
    Lexical.build(texts).save(files.lexical)
    seconds = time.perf_counter() - started
    facts |= {
        "format": FORMAT,
        "embedding": spec.model_dump(mode="json")["embedding"],
        "window_words": spec.window_words,
        "seconds": round(seconds, 3),
        "passages_per_s": round(len(passages) / seconds, 1),
    }
    write_json(files.metadata, facts)
    progress(len(passages), len(passages), "done")
    return facts


def _write_shown(shown: Shown, files: IndexFiles) -> dict[str, Any]:
    import numpy as np

    jsonl.write(files.shown, map(asdict, shown.passages))
    np.save(files.shown_places, np.array(shown.places, np.int64))
    return {"shown": len(shown.passages)}


def _write_vectors(
    passages: Sequence[Passage],
    texts: Sequence[str],
    spec: RetrievalSpec,
    files: IndexFiles,
    progress: Progress,
    cache: Path | None,
    name: str,
) -> dict[str, Any]:
    import numpy as np
    from llama_index.vector_stores.faiss import FaissVectorStore

    from workbench.retrieval import first_stage
    from workbench.retrieval.embedded import Embedded
    from workbench.retrieval.index_files import line_starts
    from workbench.retrieval.rows import open_rows

    embedded = Embedded(spec, cache)
    # Before anything is embedded: a store that does not answer is told of at once.
    store = _opened(spec, name, embedded.dimension, len(texts))
    unsorted = files.path / "wholes.partial"
    with files.windows.open("wb") as windows, unsorted.open("wb") as wholes:
        sizes = embedded.write(texts, (wholes, windows), progress)
    places = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
    rows = open_rows(unsorted, embedded.dimension)
    facts: dict[str, Any] = {}
    if store is None:
        windows_of = open_rows(files.windows, embedded.dimension)
        index, search = first_stage.build(rows, windows_of, places)
        FaissVectorStore(faiss_index=index).persist(str(files.vectors))
    else:
        sent = store.fill(passages, rows, progress)
        search = {"index": store.spec.kind}
        where = store.spec.model_dump(include={"kind", "url"})
        facts["store"] = {**where, "collection": store.name, "sent": sent}
    unsorted.unlink()
    np.save(files.places, places)
    np.save(files.counts, embedded.counts)
    if len(texts) > first_stage.EXACT:
        np.save(files.lines, line_starts(files.passages))
    return {
        "vectors": len(texts) + int(places[-1]),
        "dimension": embedded.dimension,
        "embedded": embedded.embedded,
        "tokens": embedded.tokens,
        "model": embedded.model,
        "search": search,
        **facts,
    }


def _opened(spec: RetrievalSpec, name: str, dimension: int, passages: int) -> Collection | None:
    if spec.store is None:
        return None
    from workbench.retrieval.stores import collection_name, open_collection

    return open_collection(spec.store, collection_name(spec.store, name), dimension, passages)
