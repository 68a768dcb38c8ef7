"""Does the default search beat both its parts and its neighbours, and what does each stage cost?

    python benchmarks/retrieval.py QUESTIONS SECTIONS [--no-rerank] [--limit N]
        [--store qdrant | --store KIND=URL]

QUESTIONS and SECTIONS are JSON lines: {"title", "sections": [ids], "question"} and {"title",
"section", "text"}. All sections of all titles are the passages of one corpus; a hit is any
evidence section. The weights of the mix were chosen on FairytaleQA's train split.

The neighbours are what one would take instead, as their documentation sets them up, on the same
passages and questions: llama-index's VectorStoreIndex with the same embedding model, the same
fused by its QueryFusionRetriever with its BM25Retriever (reciprocal ranks and relative scores, no
model that rewords), and bm25s alone. llama-index takes one question a call, so that ours is timed
that way too, beside many questions at once.

--store also keeps the vectors in that vector database (qdrant alone: in a folder) and says how long
it takes to send them and to propose passages, beside FAISS. The last line is one JSON object.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import quantiles
from typing import Any

from workbench.experiment.model import ModelSpec
from workbench.experiment.retrieval import RetrievalSpec
from workbench.experiment.stores import StoreSpec
from workbench.retrieval import build_index, open_index
from workbench.retrieval.first_stage import PROPOSED
from workbench.types import Passage

DEPTHS = (1, 3, 5, 10)
#: Questions after which the next neighbour has its turn.
PART = 128

#: Questions in, the places of the passages found for each out, best first.
Search = Callable[[Sequence[str]], list[list[int]]]


def read(path: Path) -> list[dict[str, Any]]:
    """The records of a JSON-lines file."""
    with path.open(encoding="utf-8") as source:
        return [json.loads(line) for line in source if line.strip()]


def as_passages(sections: list[dict[str, Any]]) -> list[Passage]:
    """Each section as one passage; its id carries title and section."""
    return [
        Passage(s["title"], 0, len(s["text"]), s["text"], f"{s['title']}#{s['section']}")
        for s in sections
    ]


def hits(found: list[list[str]], evidence: list[set[str]]) -> dict[str, float]:
    """hit@k over all questions, of the sections found for each."""
    return {
        f"hit@{depth}": round(
            sum(
                bool(wanted & set(ranked[:depth]))
                for ranked, wanted in zip(found, evidence, strict=True)
            )
            / len(evidence),
            4,
        )
        for depth in DEPTHS
    }


def neighbours(passages: list[Passage], embedding: str) -> dict[str, Search]:
    """What one would take instead, each over an index of its own of the same passages."""
    from llama_index.core import VectorStoreIndex
    from llama_index.core.llms import MockLLM
    from llama_index.core.retrievers import QueryFusionRetriever
    from llama_index.core.schema import TextNode
    from llama_index.retrievers.bm25 import BM25Retriever

    from workbench.retrieval.embeddings import load

    depth = max(DEPTHS)
    nodes = [TextNode(id_=str(place), text=p.text) for place, p in enumerate(passages)]
    index = VectorStoreIndex(nodes, embed_model=load(embedding))
    dense = index.as_retriever(similarity_top_k=depth)
    words = BM25Retriever.from_defaults(nodes=nodes, similarity_top_k=depth)

    def fused(mode: str) -> Search:
        # One query: the question itself, so that the model is never asked.
        return one_by_one(
            QueryFusionRetriever(
                [dense, words], llm=MockLLM(), mode=mode, similarity_top_k=depth, num_queries=1,
                use_async=False,
            )
        )  # fmt: skip

    return {
        "llama_index_dense": one_by_one(dense),
        "llama_index_bm25": one_by_one(words),
        "llama_index_fused": fused("reciprocal_rerank"),
        "llama_index_relative": fused("relative_score"),
        "bm25s": bm25s_alone(passages, depth),
    }


def one_by_one(retriever: Any) -> Search:
    """A llama-index retriever, which takes one question a call."""
    return lambda questions: [
        [int(match.node.node_id) for match in retriever.retrieve(question)]
        for question in questions
    ]


def bm25s_alone(passages: list[Passage], depth: int) -> Search:
    """bm25s with its English stop words and PyStemmer, many questions at once."""
    import bm25s
    import Stemmer

    stemmer = Stemmer.Stemmer("english")
    index = bm25s.BM25()
    texts = [passage.text for passage in passages]
    index.index(
        bm25s.tokenize(texts, stopwords="en", stemmer=stemmer, show_progress=False),
        show_progress=False,
    )

    def search(questions: Sequence[str]) -> list[list[int]]:
        terms = bm25s.tokenize(
            list(questions), stopwords="en", stemmer=stemmer, show_progress=False
        )
        places, _ = index.retrieve(terms, k=min(depth, len(texts)), show_progress=False)
        return [[int(place) for place in row] for row in places]

    return search


def compared(
    ours: Any,
    others: dict[str, Search],
    passages: list[Passage],
    texts: list[str],
    evidence: list[set[str]],
) -> dict[str, Any]:
    """Each neighbour's hits and questions per second, and how many times that ours answers.

    They take turns, part by part of the questions, so that a machine that is busy for a while
    slows all of them.
    """
    depth = max(DEPTHS)
    searches: dict[str, Callable[[list[str]], list[Any]]] = {
        "ours_at_once": lambda asked: ours.retrieve(asked, depth),
        "ours_one_by_one": lambda asked: [ours.retrieve([one], depth)[0] for one in asked],
        **others,
    }
    seconds = dict.fromkeys(searches, 0.0)
    found: dict[str, list[Any]] = {name: [] for name in searches}
    for search in searches.values():
        search(texts[:4])
    for first in range(0, len(texts), PART):
        for name, search in searches.items():
            started = time.perf_counter()
            found[name] += search(texts[first : first + PART])
            seconds[name] += time.perf_counter() - started
    rates = {name: len(texts) / spent for name, spent in seconds.items()}
    table: dict[str, Any] = {}
    for name, per_s in rates.items():
        table[name] = {"per_s": round(per_s, 1)}
        if name not in others:
            print(f"{name:21} {per_s:8.1f} questions/s")
            continue
        own = {mine: round(rates[mine] / per_s, 3) for mine in searches if mine not in others}
        sections = [[passages[at].section for at in row] for row in found[name]]
        table[name] |= {**hits(sections, evidence), **own}
        figures = "  ".join(f"hit@{d} {table[name][f'hit@{d}']:.3f}" for d in DEPTHS)
        told = "  ".join(f"{mine} x{ratio:.3g}" for mine, ratio in own.items())
        print(f"{name:21} {per_s:8.1f} questions/s   {figures}   {told}", flush=True)
    return table


def in_store(
    said: str, passages: list[Passage], texts: list[str], faiss: Any, folder: Path
) -> dict[str, Any]:
    """What sending the vectors to a database and being proposed passages by it takes.

    ``faiss`` is the retriever over the same passages without it, which proposes beside it.
    """
    kind, _, url = said.partition("=")
    store = StoreSpec(kind=kind, url=url or f"file://{folder / 'store'}")  # type: ignore[arg-type]
    spec = RetrievalSpec(rerank=None, store=store)
    begun = time.perf_counter()
    built = build_index(passages, spec, folder / "stored", cache=folder / "cache")
    filled = time.perf_counter() - begun
    sides = {"faiss": faiss._dense, kind: open_index(folder / "stored", spec)._dense}
    vectors = faiss._embedded(texts)
    found: dict[str, list[set[int]]] = {name: [] for name in sides}
    seconds: dict[str, list[float]] = {name: [] for name in sides}
    for vector in vectors:
        for name, side in sides.items():
            started = time.perf_counter()
            places = side.nearest(vector, PROPOSED)
            seconds[name].append(time.perf_counter() - started)
            found[name].append(set(places.tolist()))
    alike = [len(a & b) / len(a) for a, b in zip(*found.values(), strict=True)]
    return {
        "store": kind,
        "sent": built["store"]["sent"],
        "index_s": round(filled, 1),
        "proposes_ms": {
            name: {f"p{q}": round(1000 * quantiles(mine, n=100)[q - 1], 2) for q in (50, 95)}
            for name, mine in seconds.items()
        },
        f"same_of_{PROPOSED}": round(sum(alike) / len(alike), 4),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("questions", type=Path)
    parser.add_argument("sections", type=Path)
    parser.add_argument("--limit", type=int, default=None, help="only the first N questions")
    parser.add_argument("--no-rerank", action="store_true")
    parser.add_argument("--store", default=None, help="qdrant, or KIND=URL")
    arguments = parser.parse_args()

    questions = read(arguments.questions)[: arguments.limit]
    passages = as_passages(read(arguments.sections))
    texts = [q["question"] for q in questions]
    evidence = [{f"{q['title']}#{s}" for s in q["sections"]} for q in questions]
    base = RetrievalSpec()
    systems = {
        "bm25": base.model_copy(update={"mode": "bm25", "rerank": None}),
        "dense": base.model_copy(update={"mode": "dense", "rerank": None}),
        "fused": base.model_copy(update={"rerank": None}),
    }
    model = None
    if not arguments.no_rerank:
        from workbench.models import load

        model = load(ModelSpec().reference())
        systems["reranked"] = base.model_copy(update={"rerank": "likelihood"})

    results: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as folder:
        built = build_index(passages, base, Path(folder) / "index", cache=Path(folder) / "cache")
        print(
            f"{len(passages)} passages, {built['vectors']} vectors, {len(texts)} questions; "
            f"built in {built['seconds']:.1f} s"
        )
        for name, spec in systems.items():
            retriever = open_index(Path(folder) / "index", spec, model)
            retriever.retrieve(texts[:4], max(DEPTHS))
            retriever.seconds.clear()
            started = time.perf_counter()
            matches = retriever.retrieve(texts, max(DEPTHS))
            total = time.perf_counter() - started
            stages = {k: 1000 * v / len(texts) for k, v in retriever.seconds.items()}
            results[name] = hits([[m.passage.section for m in row] for row in matches], evidence)
            results[name]["ms_per_query"] = {k: round(v, 2) for k, v in stages.items()}
            results[name]["ms_per_query"]["total"] = round(1000 * total / len(texts), 2)
            figures = "  ".join(f"{k} {results[name][k]:.3f}" for k in (f"hit@{d}" for d in DEPTHS))
            clock = "  ".join(f"{k} {v:.2f}" for k, v in results[name]["ms_per_query"].items())
            print(f"{name:9} {figures}   ms per query: {clock}", flush=True)
        default = "fused" if base.rerank is None or model is None else "reranked"
        ours = open_index(Path(folder) / "index", systems[default], model)
        others = neighbours(passages, base.embedding_name)
        table = compared(ours, others, passages, texts, evidence)
        if arguments.store:
            plain = open_index(Path(folder) / "index", systems["fused"])
            results["store"] = in_store(arguments.store, passages, texts, plain, Path(folder))
            print(f"store     {json.dumps(results['store'])}", flush=True)
    print(json.dumps({"default": results[default], **results, "neighbours": table}))


if __name__ == "__main__":
    main()
