"""Does a knowledge graph of the text find evidence that words and vectors do not?

    python benchmarks/graph.py [EXPERIMENT] [--set KEY=VALUE] [--weight W] [--exam]

Asks the experiment's train and dev questions that have evidence, those with one piece of it and
those with several (multi-hop, comparison, order), of the search as it is, of the graph alone, and
of both fused. ``all`` is the share of questions all of whose evidence lies among the first
passages; wordings of one fact count as one question. ``--exam`` asks those of the exam, the
hand-written ones included, once every choice is made. The last line is one JSON object.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from workbench.cli.loading import load_experiment
from workbench.corpus import open_corpus
from workbench.engine.cache import ArtifactCache, cache_root
from workbench.evaluation.statistics import Design, compare
from workbench.experiment.identity import resolve
from workbench.questions import place_gold
from workbench.stages import CORPUS, INDEX, QUESTIONS
from workbench.stages.context import RunContext
from workbench.stages.plan import RunPlan
from workbench.types import Passage, Question, Retriever

DEPTHS = (3, 5, 10)
PLAIN, FUSED = "as it is", "fused with it"
NOVELLA = Path(__file__).parents[1] / "experiments" / "salt_ledger.py"


def found(questions: Sequence[Question], shown: Sequence[Sequence[Passage]]) -> dict[str, float]:
    """Shares of the questions with any, and with all of their evidence among the first passages."""
    wordings = Counter(question.fact for question in questions)
    weights = [1 / wordings[question.fact] if question.fact else 1.0 for question in questions]
    return {
        f"{name}@{depth}": round(
            float(np.average(hits(questions, shown, depth, reach), weights=weights)), 4
        )
        for depth in DEPTHS
        for name, reach in (("any", any), ("all", all))
    }


def hits(
    questions: Sequence[Question],
    shown: Sequence[Sequence[Passage]],
    depth: int,
    reach: Callable[[Sequence[bool]], bool],
) -> Any:
    """For each question 1 where its evidence is reached, any or all of it, else 0."""
    return np.array([
        reach([any(_holds(p, item) for p in listed[:depth]) for item in question.evidence])
        for question, listed in zip(questions, shown, strict=True)
    ], float)  # fmt: skip


def _holds(passage: Passage, item: Any) -> bool:
    same = passage.document == item.document
    return same and item.start < passage.end and passage.start < item.end


def _compared(
    told: str, questions: Sequence[Question], retrievers: Mapping[str, Retriever]
) -> dict[str, Any]:
    """What each search shows of the evidence; printed, and as a record."""
    facts = len({question.fact or question.id for question in questions})
    print(f"\n{told}: {len(questions)} questions on {facts} facts")
    texts = [question.text for question in questions]
    shown = {
        part: [[hit.passage for hit in ranked] for ranked in one.retrieve(texts, max(DEPTHS))]
        for part, one in retrievers.items()
    }
    figures = {part: found(questions, listed) for part, listed in shown.items()}
    for part, figure in figures.items():
        values = "  ".join(f"{key} {value:.3f}" for key, value in figure.items())
        print(f"  {part:14} {values}", flush=True)
    base, more = figures[PLAIN]["all@3"], figures[FUSED]["all@3"]
    ratio = round(more / base, 3) if base else None
    reached = {part: hits(questions, shown[part], 3, all) for part in (FUSED, PLAIN)}
    design = Design.of([question.cluster for question in questions])
    gain = compare(reached[FUSED], reached[PLAIN], design, metric="recall")
    span = f"{_points(gain.difference)} points [{_points(gain.low)}, {_points(gain.high)}]"
    print(f"  all@3 with the graph is {ratio} times that without; by question {span}")
    return {"questions": len(questions), "facts": facts, "ratio": ratio, **figures}


def _points(value: float | None) -> str:
    return "–" if value is None else f"{100 * value:+.1f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("experiment", type=Path, nargs="?", default=NOVELLA)
    parser.add_argument("--set", action="append", default=[], dest="changes", metavar="KEY=VALUE")
    parser.add_argument("--weight", type=float, default=0.3, help="the graph's share when fused")
    parser.add_argument("--exam", action="store_true", help="ask the exam's questions instead")
    arguments = parser.parse_args()

    def plan_of(*changes: str) -> RunPlan:
        given = [*arguments.changes, *changes]
        return RunPlan(resolve(load_experiment(arguments.experiment, given)))

    context, own = RunContext(ArtifactCache(cache_root())), plan_of()
    corpus = context.make(CORPUS, own.corpus_inputs()).reference
    written = context.question_set(context.make(QUESTIONS, own.questions_inputs(corpus)).reference)
    asked: dict[str, list[Question]] = {"written": [*written.train, *written.dev]}
    if arguments.exam:
        asked = {"written": [*written.test]}
        gold = own.experiment.questions.gold
        if gold is not None:
            asked["by hand"] = list(place_gold(Path(gold), open_corpus(corpus.path)))
    plans = {
        PLAIN: own,
        "graph": plan_of("retrieval.mode=graph"),
        FUSED: plan_of(f"retrieval.graph_weight={arguments.weight}"),
    }
    record: dict[str, Any] = {"weight": arguments.weight}
    retrievers = {
        name: context.retriever(
            plan.search(context.make(INDEX, plan.index_inputs(corpus)).reference)
        )
        for name, plan in plans.items()
    }
    for source, listed in asked.items():
        several = [question for question in listed if len(question.evidence) > 1]
        single = [question for question in listed if len(question.evidence) == 1]
        for name, questions in (("several pieces", several), ("one piece", single)):
            if not questions:
                continue
            told = f"{source}, {name} of evidence"
            record[told] = _compared(told, questions, retrievers)
    print(json.dumps(record))


if __name__ == "__main__":
    main()
