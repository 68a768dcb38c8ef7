"""What does training the retriever gain on tales that it never saw?

    python benchmarks/learned_retrieval.py TRAIN_QUESTIONS TRAIN_SECTIONS QUESTIONS SECTIONS
        [--method embedding] [--questions 1600] [--epochs 1] [--negatives 1] [--batch-size 32]
        [--learning-rate auto] [--held-out 0] [--out FOLDER]

The files are as for ``benchmarks/retrieval.py``. The retriever is trained on ``--questions`` drawn
by ``--seed`` from the first two and asked the questions of the last two, whose sections are one
corpus. Prints hit@1, 3, 5 and 10 of the untrained and the trained search, alone and fused with
BM25; the last line is one JSON object. ``--out`` keeps the model, and a killed training there.
"""

from __future__ import annotations

import argparse
import json
import random
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.retrieval import DEPTHS, as_passages, hits, read
from workbench.experiment.retrieval import RetrievalSpec, RetrieverTuningSpec
from workbench.retrieval import build_index, open_index
from workbench.retrieval.learning import KEPT, Pair, pairs, train_retriever
from workbench.retrieval.learning.embedding import tuned_source
from workbench.retrieval.learning.query_map import read_map
from workbench.types import Evidence, Passage, Question


def training(questions: Path, sections: Path, count: int, seed: int, negatives: int) -> list[Pair]:
    """Pairs of drawn questions with a section that answers each."""
    shown = [
        Passage(f"{s['title']}#{s['section']}", 0, len(s["text"]), s["text"],
                f"{s['title']}#{s['section']}")
        for s in read(sections)
    ]  # fmt: skip
    rows = read(questions)
    random.Random(seed).shuffle(rows)
    asked = [
        Question(str(number), row["question"], tuple(row["answers"][:1]), tuple(
            Evidence(f"{row['title']}#{section}", 0, 1 << 30, "") for section in row["sections"]
        ))
        for number, row in enumerate(rows[:count])
    ]  # fmt: skip
    return pairs(asked, shown, negatives)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    for name in ("train_questions", "train_sections", "questions_asked", "sections"):
        parser.add_argument(name, type=Path)
    parser.add_argument("--method", default="embedding")
    parser.add_argument("--questions", type=int, default=1600)
    parser.add_argument("--epochs", type=int, default=1)
    parser.add_argument("--negatives", type=int, default=1)
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--learning-rate", default="auto")
    parser.add_argument("--held-out", type=float, default=0.0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path)
    given = parser.parse_args()
    base = RetrievalSpec()
    spec = RetrieverTuningSpec.model_validate(
        {"method": given.method, "epochs": given.epochs, "negatives": given.negatives,
         "held_out": given.held_out, "batch_size": given.batch_size,
         "learning_rate": given.learning_rate}
    )  # fmt: skip
    learned = training(
        given.train_questions, given.train_sections, given.questions, given.seed, given.negatives
    )
    asked, passages = read(given.questions_asked), as_passages(read(given.sections))
    texts = [row["question"] for row in asked]
    evidence = [{f"{row['title']}#{s}" for s in row["sections"]} for row in asked]
    results: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as folder:
        out = given.out or Path(folder) / "trained"
        out.mkdir(parents=True, exist_ok=True)
        began = time.perf_counter()
        if not (out / KEPT).is_dir():
            print(
                train_retriever(spec, base.embedding, base.window_words, learned, out, given.seed)
            )
        print(f"{len(learned)} questions in {time.perf_counter() - began:.0f} s", flush=True)
        kept, map_ = base, None
        if spec.method == "embedding":
            kept = base.model_copy(update={"embedding": tuned_source(base.embedding, out / KEPT)})
        elif spec.method == "query_map":
            map_ = read_map(out / KEPT)
        else:
            kept = base.model_copy(update={"rerank": str(out / KEPT)})
        for name, own, turned in (("untrained", base, None), ("trained", kept, map_)):
            index = Path(folder) / f"{name}-index"
            build_index(passages, own, index, cache=Path(folder) / "cache")
            for mode in ("dense", "fused"):
                alone = own.model_copy(update={"mode": mode})
                found = open_index(index, alone, query_map=turned).retrieve(texts, max(DEPTHS))
                sections = [[hit.passage.section for hit in ranked] for ranked in found]
                row = results[f"{name} {mode}"] = hits(sections, evidence)
                told = "  ".join(f"{key} {value:.3f}" for key, value in row.items())
                print(f"{name:9} {mode:5}  {told}", flush=True)
    print(json.dumps(results))


if __name__ == "__main__":
    main()
