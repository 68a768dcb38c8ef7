"""The index of a variant that searches, and a short llama-index program that asks as it does."""

from __future__ import annotations

import shutil
from pathlib import Path

from workbench.export.chosen import Chosen
from workbench.export.filling import put
from workbench.io.files import write_json


def write_llama_code(chosen: Chosen, folder: Path) -> list[str]:
    """Write ``index/``, ``settings.json`` and ``answer.py``; returns what they cannot do."""
    inputs = chosen.served.inputs
    search = inputs.searches.get(chosen.name, inputs.search)
    shutil.copytree(search.index.path, folder / "index")
    (folder / "index" / "artifact.json").unlink(missing_ok=True)
    spec = chosen.experiment
    asked_plainly = search.retrieval.model_copy(update={"query": None, "query_model": None})
    settings = {
        "retrieval": asked_plainly.model_dump(mode="json"),
        "top_k": chosen.variant.top_k,
        "purpose": spec.purpose,
        "form": spec.prompts.form,
        "format": chosen.book.format,
        "max_tokens": chosen.served.decoding.most_new_tokens,
        "temperature": chosen.served.decoding.temperature,
    }
    write_json(folder / "settings.json", settings)
    put(folder, "answer.py", name=chosen.name, run=chosen.run.id)
    notes = []
    if search.reranker is not None:
        notes.append(
            "answer.py does not rerank by a language model, as the variant did: give "
            "open_index a model as its third argument (workbench.models.load)."
        )
    if search.writer is not None:
        notes.append(
            "answer.py searches with the question alone: the variant had a model write what it "
            f"searches with (retrieval.query: {search.retrieval.query})."
        )
    if search.query_map is not None:
        notes.append("answer.py searches without the trained map of the question's vectors.")
    elif search.retrieval.tuned is not None:
        notes.append(
            "answer.py searches with what was trained for it, which stays where it is: "
            f"{search.retrieval.rerank or search.retrieval.embedding_name}."
        )
    if search.retrieval.store is not None and search.retrieval.mode != "bm25":
        notes.append(
            f"answer.py asks the {search.retrieval.store.kind} store at "
            f"{search.retrieval.store.url}, where the index's vectors lie."
        )
    own = search.retrieval.own_graph
    if own is not None and own.store is not None:
        notes.append(
            f"answer.py asks the {own.store.kind} database at {own.store.url}, where the index's "
            "graph lies."
        )
    if chosen.variant.shows_examples:
        notes.append("answer.py shows no solved questions, as the variant did.")
    return notes
