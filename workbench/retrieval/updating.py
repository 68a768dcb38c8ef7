"""An index changed without being built anew: passages added, documents taken out.

Added passages get their vectors and windows behind the others', in the same lists of the vector
index, and a small BM25 of their own that weighs words by how rare they are in the whole. Removed
documents are no longer found; their text leaves the files when the index is next built. A whole
build stays the way to a result that can be compared exactly: after an addition the earlier
passages' BM25 weighs words as before it.
"""

from __future__ import annotations

import shutil
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from workbench.errors import WorkbenchError
from workbench.experiment.retrieval import RetrievalSpec
from workbench.io import jsonl, locks
from workbench.io.files import write_json
from workbench.retrieval.index_files import IndexFiles, line_starts, open_passages, read_facts
from workbench.retrieval.lexical import Lexical
from workbench.types import Passage, Progress, silent


def update_index(
    path: Path,
    added: Sequence[Passage] = (),
    removed: Collection[str] = (),
    progress: Progress = silent,
    cache: Path | None = None,
) -> dict[str, Any]:
    """Add passages to the index at ``path`` and take documents out of it, by their ids.

    Documents are taken out first, so that a new edition of one may be added under its old id. The
    summary is the index's metadata afterwards. Raises WorkbenchError where a document is not in it,
    or a passage already is. A change that is killed leaves the index as it was.
    """
    with locks.waiting(path / "lock"):
        facts = read_facts(path)
        _check_plain(facts, path)
        old = IndexFiles(path, facts.get("change", 0))
        new = IndexFiles(path, old.change + 1)
        count = int(facts["passages"])
        stored = open_passages(old, count)
        gone = _gone(old, stored, removed, path)
        _check_new(stored, set(gone), added)
        np.save(new.removed, np.array(sorted(gone), np.int64))
        _append_passages(old, new, count, added)
        if "dimension" in facts:
            facts |= _append_vectors(old, new, count, facts, added, progress, cache)
        facts["built"] = facts.get("built", count)
        _write_added(new, facts["built"], count + len(added))
        facts |= {"passages": count + len(added), "removed": len(gone), "change": new.change}
        write_json(new.metadata, facts)
        for file in old.numbered():
            if file.is_dir():
                shutil.rmtree(file)
            else:
                file.unlink(missing_ok=True)
    progress(len(added), len(added), "done")
    return facts


def _check_plain(facts: Mapping[str, Any], path: Path) -> None:
    """Refuse an index that shows or is searched by more than its passages: neither is known of what
    is added."""
    if "store" in facts:
        raise WorkbenchError(
            f"The vectors of the index in {path} lie in {facts['store']['kind']}, and cannot be "
            "changed from here.",
            "Build it anew from the whole text: texts that were embedded before are not again.",
        )
    if "sparse" in facts or "shown" in facts or "indexed" in facts:
        raise WorkbenchError(
            f"The index in {path} shows, or is searched by, more than its passages, and cannot be "
            "changed.",
            "Build it anew from the whole text, or build it of plain passages.",
        )


def _gone(
    old: IndexFiles, stored: Sequence[Passage], removed: Collection[str], path: Path
) -> set[int]:
    """Positions of all passages no longer found. WorkbenchError for an unknown document."""
    gone = set(np.load(old.removed).tolist()) if old.removed.exists() else set()
    wanted = set(removed)
    if not wanted:
        return gone
    found = {
        place: passage.document
        for place, passage in enumerate(stored)
        if passage.document in wanted and place not in gone
    }
    if missing := sorted(wanted - set(found.values())):
        raise WorkbenchError(
            f"The index in {path} holds no document {', '.join(missing[:5])}.",
            "A document's id is its path in the corpus, without the suffix.",
        )
    return gone | set(found)


def _check_new(stored: Sequence[Passage], gone: set[int], added: Sequence[Passage]) -> None:
    documents = {passage.document for passage in added}
    ids = {passage.id for passage in added}
    for place, passage in enumerate(stored if documents else ()):
        if place not in gone and passage.document in documents and passage.id in ids:
            raise WorkbenchError(
                f"The passage {passage.id} is in the index already.",
                "Take its document out in the same call to put a new edition in its place.",
            )


def _append_passages(
    old: IndexFiles, new: IndexFiles, count: int, added: Sequence[Passage]
) -> None:
    starts = line_starts(old.passages)
    # What a killed change left behind the passages that count.
    with old.passages.open("r+b") as file:
        file.truncate(int(starts[count]))
    jsonl.append(new.passages, map(asdict, added))
    if old.lines.exists():
        np.save(new.lines, line_starts(new.passages))


def _append_vectors(
    old: IndexFiles,
    new: IndexFiles,
    count: int,
    facts: dict[str, Any],
    added: Sequence[Passage],
    progress: Progress,
    cache: Path | None,
) -> dict[str, Any]:
    import faiss
    from llama_index.vector_stores.faiss import FaissVectorStore

    from workbench.retrieval import first_stage
    from workbench.retrieval.embedded import Embedded
    from workbench.retrieval.rows import open_rows, row_type, unpack

    spec = RetrievalSpec(embedding=facts["embedding"], window_words=facts["window_words"])
    embedded = Embedded(spec, cache)
    if embedded.model != facts["model"]:
        raise WorkbenchError(
            f"The model {spec.embedding!r} is not the one that the index was built with.",
            "Put the earlier model back, or build the index anew.",
        )
    places = np.load(old.places)[: count + 1]
    unsorted = new.path / "wholes.partial"
    with new.windows.open("r+b") as windows, unsorted.open("wb") as wholes:
        windows.truncate(int(places[-1]) * row_type(embedded.dimension).itemsize)
        windows.seek(0, 2)
        sizes = embedded.write([passage.text for passage in added], (wholes, windows), progress)
    index = faiss.read_index(str(old.vectors))
    if len(added):
        index.add(unpack(np.asarray(open_rows(unsorted, embedded.dimension))))
    unsorted.unlink()
    following = np.concatenate([places[-1:], places[-1] + np.cumsum(sizes)]).astype(np.int64)
    parts = open_rows(new.windows, embedded.dimension)
    search = facts.get("search", {"index": "Flat"}) | first_stage.grown(index, parts, following)
    FaissVectorStore(faiss_index=index).persist(str(new.vectors))
    np.save(new.places, np.concatenate([places, following[1:]]))
    np.save(new.counts, np.load(old.counts) + embedded.counts)
    return {
        "vectors": facts["vectors"] + len(added) + int(sizes.sum()),
        "tokens": facts["tokens"] + embedded.tokens,
        "embedded": embedded.embedded,
        "search": search,
    }


def _write_added(new: IndexFiles, built: int, count: int) -> None:
    """BM25 of all passages that were added since the index was built."""
    if count == built:
        return
    from workbench.retrieval.index_files import all_passages

    texts = (passage.text for passage in islice(all_passages(new.path), built, count))
    Lexical.beside(texts, Lexical.open(new.lexical), built).save(new.added)
