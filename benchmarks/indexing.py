"""How fast is indexing against bare sentence-transformers, and does it find the same?

    python benchmarks/indexing.py [--passages 1500] [--text FILE …] [--megabytes 30]
    python benchmarks/indexing.py --passages 1000000 [--text FILE …] [--folder DIR] [--keep DIR]
    python benchmarks/indexing.py --ask DIR [--text FILE …]

Both sides embed the same passages on the same threads, both warm: SentenceTransformer.encode in
its fastest setting here (bfloat16 or float32, the best of several batch sizes, sorted by length),
and build_index, which also cuts windows, writes FAISS and BM25. Rounds alternate, so that other
load on the machine meets both. --megabytes also measures the peak memory of indexing a generated
plain text of that size, in a process of its own.

Above 10,000 passages nothing is embedded but a few thousand, of which the others are made
(scale.py): then it is build time, memory, milliseconds per question, recall against the exact
search, adding and removing that are measured. --keep leaves the index as built, and --ask asks it
again, on a quieter machine say. The last line is one JSON object.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from scale import again, at_size

from workbench.experiment.passages import PassageSpec
from workbench.experiment.retrieval import RetrievalSpec
from workbench.types import Passage

ROUNDS = 3
BATCHES = (16, 32, 64)
NEIGHBOURS = 10
#: Passages that are all embedded; of more, most are made from the vectors of others.
EMBEDDED = 10_000
#: What very many passages are made of where no text is named.
SHIPPED = Path(__file__).parent.parent / "corpora/salt_ledger/the_salt_ledger.txt"
WORDS = re.findall(
    r"\w+",
    "harbour lantern clerk ledger winter barrel salt captain window letter river mill promise "
    "candle orphan market silver road mother stone garden doctor evening quarrel ship bell",
)


def invented(megabytes: float, seed: int = 0) -> str:
    """Plain prose of that size, paragraph by paragraph, no two sentences the same."""
    rng = random.Random(seed)
    names = [f"{rng.choice(WORDS).title()}{rng.choice(WORDS)}" for _ in range(4000)]
    parts: list[str] = []
    size = 0
    while size < megabytes * 1e6:
        sentences = [
            f"{rng.choice(names)} {' '.join(rng.choices(WORDS + names, k=rng.randint(6, 22)))}."
            for _ in range(rng.randint(2, 7))
        ]
        parts.append(" ".join(sentences))
        size += len(parts[-1]) + 2
        if len(parts) % 60 == 1:
            parts[-1] = f"Chapter {len(parts) // 60 + 1}\n\n{parts[-1]}"
    return "\n\n".join(parts)


def cut(path: Path) -> list[Passage]:
    """The passages of a text as the workbench cuts them, in the embedding model's tokens."""
    from workbench.corpus import load, passages
    from workbench.retrieval.embeddings import sentence_transformer

    spec = PassageSpec()
    tokenizer = sentence_transformer(RetrievalSpec().embedding).tokenizer
    return passages(load(path), spec.chunk_size, spec.chunk_overlap, tokenizer)


def fastest(texts: list[str]) -> tuple[Any, int, str]:
    """The model and batch size with which encode is fastest on a sample."""
    import torch
    from sentence_transformers import SentenceTransformer

    from workbench.retrieval.embeddings import resolve_embedding

    folder = resolve_embedding(RetrievalSpec().embedding)
    sample = texts[:: max(1, len(texts) // 192)]
    best: tuple[float, Any, int, str] | None = None
    for name in ("float32", "bfloat16"):
        model = SentenceTransformer(folder, model_kwargs={"dtype": getattr(torch, name)})
        for batch in BATCHES:
            model.encode(sample[:32], batch_size=batch, convert_to_tensor=True)
            spent = []
            for _ in range(2):
                started = time.perf_counter()
                model.encode(sample, batch_size=batch, convert_to_tensor=True)
                spent.append(time.perf_counter() - started)
            print(f"  encode {name} batch {batch}: {len(sample) / min(spent):.0f} passages/s")
            if best is None or min(spent) < best[0]:
                best = (min(spent), model, batch, name)
    assert best is not None
    return best[1:]


def neighbours(vectors: Any) -> list[set[int]]:
    """The nearest ten other rows of every row."""
    import faiss

    index = faiss.IndexFlatIP(vectors.shape[1])
    index.add(vectors)
    _, matches = index.search(vectors, NEIGHBOURS + 1)
    return [set(row.tolist()) - {i} for i, row in enumerate(matches)]


def recall(matches: list[set[int]], truth: list[set[int]]) -> float:
    """The share of true neighbours that were found."""
    shares = [len(a & b) / len(b) for a, b in zip(matches, truth, strict=True)]
    return round(statistics.fmean(shares), 4)


def speed(passages: list[Passage]) -> dict[str, Any]:
    """Both sides in turn; the best round of each."""
    import numpy as np
    from sentence_transformers import SentenceTransformer

    from workbench.retrieval import build_index
    from workbench.retrieval.dense import Dense
    from workbench.retrieval.embeddings import resolve_embedding, unit
    from workbench.retrieval.index_files import IndexFiles

    texts = [passage.text for passage in passages]
    model, batch, precision = fastest(texts)
    spec = RetrievalSpec(rerank=None)
    bare: list[float] = []
    ours: list[float] = []
    with tempfile.TemporaryDirectory() as root:
        folder = Path(root)
        build_index(passages[:64], spec, folder / "warm", cache=folder / "warm-cache")
        for number in range(ROUNDS):
            started = time.perf_counter()
            encoded = model.encode(texts, batch_size=batch, convert_to_tensor=True)
            bare.append(time.perf_counter() - started)
            started = time.perf_counter()
            out = folder / f"index{number}"
            build_index(passages, spec, out, cache=folder / f"cache{number}")
            ours.append(time.perf_counter() - started)
            print(
                f"  round {number + 1}: encode {len(texts) / bare[-1]:.0f}, "
                f"index {len(texts) / ours[-1]:.0f} passages/s",
                flush=True,
            )
        started = time.perf_counter()
        again = build_index(passages, spec, folder / "again", cache=folder / "cache0")
        reopened = time.perf_counter() - started
        store = Dense(IndexFiles(folder / "again"), again["dimension"]).store.client
        indexed = store.reconstruct_n(0, len(texts))
        exact = SentenceTransformer(resolve_embedding(spec.embedding)).encode(texts, batch_size=32)
    truth = neighbours(unit(np.asarray(exact, np.float32)))
    ratio = statistics.median(b / o for b, o in zip(bare, ours, strict=True))
    return {
        "passages": len(texts),
        "encode_passages_per_s": round(len(texts) / min(bare), 1),
        "encode_setting": f"{precision}, batch {batch}",
        "index_passages_per_s": round(len(texts) / min(ours), 1),
        "ratio": round(ratio, 3),
        "vectors": again["vectors"],
        f"neighbours@{NEIGHBOURS}_of_float32": {
            "encode": recall(neighbours(unit(encoded.float().cpu().numpy())), truth),
            "index": recall(neighbours(indexed), truth),
        },
        "second_index": {"embedded": again["embedded"], "seconds": round(reopened, 2)},
    }


def memory(megabytes: float) -> dict[str, Any]:
    """Peak memory of cutting and indexing a text of that size; runs in a process of its own.

    Vectors are random here: what they hold does not change their size, and embedding 80,000
    passages would take the better part of an hour. The model is loaded and used all the same.
    """
    import numpy as np

    from workbench.retrieval import build_index, embeddings, open_index, windows

    spec = RetrievalSpec(rerank=None)
    rng = np.random.default_rng(0)
    real = windows.passage_vectors

    def instead(texts: Any, words: int, name: str) -> list[Any]:
        counts = [len(v) for v in real(texts[:32], words, name)]
        drawn = rng.normal(size=(len(texts), max(counts), 384)).astype(np.float32)
        return [embeddings.unit(block) for block in drawn]

    windows.passage_vectors = instead
    with tempfile.TemporaryDirectory() as root:
        path = Path(root) / "text.txt"
        path.write_text(invented(megabytes), encoding="utf-8")
        started = time.perf_counter()
        passages = cut(path)
        divided = time.perf_counter() - started
        built = build_index(passages, spec, Path(root) / "index", cache=Path(root) / "cache")
        indexed = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
        retriever = open_index(Path(root) / "index", spec)
        retriever.retrieve(["Who kept the ledger of the salt barrels?"], 5)
        started = time.perf_counter()
        retriever.retrieve(["Where did the captain hide the letter?"], 5)
        searched = time.perf_counter() - started
    return {
        "megabytes": megabytes,
        "passages": len(passages),
        "vectors": built["vectors"],
        "load_and_cut_s": round(divided, 1),
        "peak_mib": round(indexed / 2**20),
        "peak_with_search_mib": round(
            resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 2**20
        ),
        "search_ms": round(1000 * searched, 1),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--passages", type=int, default=1500)
    parser.add_argument("--text", type=Path, action="append", default=None, help="a text file")
    parser.add_argument("--folder", type=Path, default=None, help="where there is room for it")
    parser.add_argument("--keep", type=Path, default=None, help="on the disk of --folder")
    parser.add_argument("--ask", type=Path, default=None, help="an index that was kept")
    parser.add_argument("--megabytes", type=float, default=0.0)
    parser.add_argument("--only-memory", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.only_memory:
        print(json.dumps(memory(arguments.megabytes)))
        return
    texts = arguments.text or [SHIPPED]
    if arguments.ask:
        result = again(texts, arguments.ask)
    elif arguments.passages > EMBEDDED:
        result = at_size(texts, arguments.passages, arguments.folder, arguments.keep)
    else:
        with tempfile.TemporaryDirectory() as root:
            if arguments.text is None:
                texts = [Path(root) / "text.txt"]
                texts[0].write_text(invented(arguments.passages * 500 / 1e6), encoding="utf-8")
            found = [passage for text in texts for passage in cut(text)]
            result = {"speed": speed(found[: arguments.passages])}
    if arguments.megabytes:
        command = [sys.executable, __file__, "--only-memory", "--megabytes"]
        done = subprocess.run(
            [*command, str(arguments.megabytes)], check=True, stdout=subprocess.PIPE, text=True
        )
        result["memory"] = json.loads(done.stdout.strip().splitlines()[-1])
    for name, figures in result.items():
        print(f"{name}: {json.dumps(figures)}")
    print(json.dumps(result))


if __name__ == "__main__":
    main()
