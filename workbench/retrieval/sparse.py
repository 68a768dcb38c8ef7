"""Learned sparse search: a model says which words of its vocabulary a text is about, and how much.

SPLADE (Formal et al. 2021) and its like give a text words that it does not hold, so that a question
in other words meets them. By sentence-transformers' SparseEncoder, from a folder or the hub.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from workbench.errors import WorkbenchError
from workbench.retrieval.arrays import Floats
from workbench.types import Progress, silent

BLOCK = 256
BATCH = 16
FILE = "sparse.npz"


class Sparse:
    """The weights of a vocabulary's words for each passage, by position."""

    def __init__(self, rows: Any, model: str) -> None:
        """``rows`` is a scipy matrix (passages, words)."""
        self._rows, self._model = rows, model

    @classmethod
    def build(cls, texts: Sequence[str], model: str, progress: Progress = silent) -> Sparse:
        """Weigh the words of ``texts``, block by block."""
        from scipy.sparse import vstack

        encoder, blocks = load(model), []
        for first in range(0, len(texts), BLOCK):
            blocks.append(_rows(encoder.encode_document, list(texts[first : first + BLOCK])))
            progress(min(first + BLOCK, len(texts)), len(texts), "sparse vectors")
        return cls(vstack(blocks).tocsr(), model)

    def save(self, folder: Path) -> None:
        """Write the weights into an index folder."""
        from scipy.sparse import save_npz

        save_npz(folder / FILE, self._rows)

    @classmethod
    def open(cls, folder: Path, model: str) -> Sparse:
        """The inverse of :meth:`save`. Raises WorkbenchError where the index has none."""
        from scipy.sparse import load_npz

        if not (folder / FILE).exists():
            raise WorkbenchError(
                f"The index in {folder} holds no sparse vectors.",
                "Delete it and run the experiment again.",
            )
        return cls(load_npz(folder / FILE), model)

    def scores(self, query: str) -> Floats:
        """What the words that a query is about weigh in each passage, shape (passages,)."""
        asked = _rows(load(self._model).encode_query, [query])
        return np.asarray((self._rows @ asked.T).toarray()[:, 0], np.float32)


def _rows(encode: Any, texts: list[str]) -> Any:
    """The weights of some texts as a scipy matrix (texts, words)."""
    from scipy.sparse import csr_matrix

    found = encode(texts, batch_size=BATCH, convert_to_tensor=True, convert_to_sparse_tensor=False,
                   show_progress_bar=False)  # fmt: skip
    return csr_matrix(found.float().cpu().numpy())


@lru_cache(maxsize=1)
def load(name: str) -> Any:
    """The SparseEncoder of that name. Raises WorkbenchError where it is none, or out of reach."""
    from sentence_transformers import SparseEncoder

    from workbench.retrieval.embeddings import hub_answers

    try:
        encoder = SparseEncoder(name, local_files_only=Path(name).is_dir() or not hub_answers())
    except (OSError, ValueError, RuntimeError, KeyError) as error:
        reason = str(error).strip().split("\n")[0][:200]
        raise WorkbenchError(
            f"The sparse model {name!r} cannot be loaded ({reason}).",
            "Give the folder of a SPLADE model, a name that the hub knows while it is in reach, or "
            "leave retrieval.sparse out.",
        ) from error
    encoder.eval()
    return encoder
