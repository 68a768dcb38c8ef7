"""Does the default search beat both its parts, and what does each stage cost?

    python benchmarks/retrieval.py QUESTIONS SECTIONS [--rerank likelihood] [--limit N]

QUESTIONS and SECTIONS are JSON lines: {"title", "sections": [ids], "question"} and {"title",
"section", "text"}. All sections of all titles are the passages of one corpus; a hit is any
evidence section. The weights of the mix were chosen on FairytaleQA's train split. The last line
is one JSON object.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from pathlib import Path
from typing import Any

from workbench.experiment.parts import ModelSpec
from workbench.experiment.retrieval import RetrievalSpec
from workbench.retrieval import build_index, open_index
from workbench.types import Passage

DEPTHS = (1, 3, 5, 10)


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


def hits(matches: list[list[Any]], evidence: list[set[str]]) -> dict[str, float]:
    """hit@k over all questions."""
    return {
        f"hit@{depth}": round(
            sum(
                any(hit.passage.section in wanted for hit in ranked[:depth])
                for ranked, wanted in zip(matches, evidence, strict=True)
            )
            / len(evidence),
            4,
        )
        for depth in DEPTHS
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("questions", type=Path)
    parser.add_argument("sections", type=Path)
    parser.add_argument("--limit", type=int, default=None, help="only the first N questions")
    parser.add_argument("--no-rerank", action="store_true")
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
            results[name] = hits(matches, evidence)
            results[name]["ms_per_query"] = {k: round(v, 2) for k, v in stages.items()}
            results[name]["ms_per_query"]["total"] = round(1000 * total / len(texts), 2)
            figures = "  ".join(f"{k} {results[name][k]:.3f}" for k in (f"hit@{d}" for d in DEPTHS))
            clock = "  ".join(f"{k} {v:.2f}" for k, v in results[name]["ms_per_query"].items())
            print(f"{name:9} {figures}   ms per query: {clock}", flush=True)
    default = "fused" if base.rerank is None or model is None else "reranked"
    print(json.dumps({"default": results[default], **results}))


if __name__ == "__main__":
    main()
