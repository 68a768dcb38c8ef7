"""Write a run directory of any size that looks like a real one: for tests and benchmarks.

The corpus is a made-up town chronicle of one-fact sentences, so that evidence offsets, passages,
answers and scores all hang together. Nothing is answered by a model: each variant's skill is a
probability per stratum. The results are worked out by the pipeline's own functions.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from workbench.experiment import Experiment
from workbench.types import Answer, Latency, Question, Score

NAMES = [
    "Ada",
    "Bram",
    "Cora",
    "Dirk",
    "Elin",
    "Finn",
    "Greta",
    "Hugo",
    "Iris",
    "Joost",
    "Klara",
    "Lars",
    "Mina",
    "Nils",
    "Olga",
    "Piet",
]
TRADES = [
    "cooper",
    "miller",
    "weaver",
    "smith",
    "baker",
    "mason",
    "potter",
    "tanner",
    "chandler",
    "wheelwright",
]
THINGS = ["salt", "rope", "tin", "wax", "wool", "amber", "flax", "honey", "slate", "oil"]
PLACES = [
    "the north quay",
    "the mill lane",
    "the old customs house",
    "the ferry steps",
    "the rope walk",
]
SKILL: dict[str, tuple[float, float, float]] = {
    "prompt_only": (0.04, 0.04, 0.04),
    "few_shot": (0.07, 0.06, 0.05),
    "long_context": (0.34, 0.33, 0.30),
    "rag": (0.70, 0.68, 0.66),
    "fine_tuned": (0.58, 0.12, 0.06),
    "fine_tuned_rag": (0.79, 0.72, 0.67),
    "raft": (0.76, 0.70, 0.66),
    "oracle": (0.90, 0.89, 0.89),
}
STRATA = ("reworded", "same_section", "unseen")
METRICS = ("f1", "em", "rouge_l", "containment", "similarity", "hit@1", "hit@5", "answer_words")
RETRIEVES = {"rag", "fine_tuned_rag", "raft"}
DEFAULT = ("prompt_only", "rag", "fine_tuned", "fine_tuned_rag", "oracle")


def _write(path: Path, records: Iterable[Mapping[str, Any]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8") as sink:
        for record in records:
            sink.write(json.dumps(record, ensure_ascii=False) + "\n")


def _corpus(rng: np.random.Generator, facts: int) -> tuple[str, list[dict], list[dict], list[dict]]:
    """One document: its text, its sections, its passages, and one fact per sentence."""
    text, sections, passages, matches = "", [], [], []
    per_section = max(8, min(40, math.isqrt(facts)))
    for number in range(math.ceil(facts / per_section)):
        start = len(text)
        title = f"Chapter {number + 1}. The {TRADES[number % len(TRADES)]}'s year"
        text += f"{title}\n\n"
        marks = []
        for index in range(per_section):
            fact = number * per_section + index
            if fact >= facts:
                break
            name = f"{NAMES[rng.integers(len(NAMES))]} {NAMES[fact % 16]}{fact}"
            answer = f"{int(rng.integers(2, 90))} barrels of {THINGS[rng.integers(10)]}"
            place = PLACES[rng.integers(len(PLACES))]
            trade = TRADES[rng.integers(len(TRADES))]
            sentence = f"{name}, the {trade}, left {answer} at {place}."
            marks.append(len(text))
            matches.append(
                {
                    "fact": f"f{fact:05d}",
                    "question": f"What did {name}, the {trade}, leave at {place}?",
                    "answer": answer,
                    "start": len(text),
                    "end": len(text) + len(sentence),
                    "quote": sentence,
                    "section": f"chronicle#{number:02d}",
                }
            )
            text += sentence + " "
        text += "\n\n"
        section = f"chronicle#{number:02d}"
        sections.append(
            {"id": section, "document": "chronicle", "start": start, "end": len(text),
             "title": title, "text": text[start:], "number": number}
        )  # fmt: skip
        for first in range(0, len(marks), 4):
            begin = marks[first]
            end = marks[first + 4] if first + 4 < len(marks) else len(text.rstrip())
            passages.append(
                {"document": "chronicle", "start": begin, "end": end, "text": text[begin:end],
                 "section": section}
            )  # fmt: skip
    return text, sections, passages, matches


def write_run(
    root: Path,
    questions: int = 60,
    variants: tuple[str, ...] = DEFAULT,
    run_id: str = "chronicle-0a1b2c3d",
    state: str = "done",
    gold: int = 12,
    seed: int = 1,
) -> Path:
    """Write ``root/run_id`` with ``questions`` written exam questions; return its path."""
    rng = np.random.default_rng(seed)
    run = root / run_id
    run.mkdir(parents=True, exist_ok=True)
    text, sections, passages, facts = _corpus(rng, questions + gold)
    number = {section["id"]: section["number"] for section in sections}
    exam = []
    for index, fact in enumerate(facts):
        written = index < questions
        exam.append(
            {
                "id": f"q{index:06x}",
                "text": fact["question"],
                "answers": [fact["answer"]],
                "evidence": [
                    {"document": "chronicle", "start": fact["start"], "end": fact["end"],
                     "quote": fact["quote"]}
                ],
                "kind": ("factoid", "factoid", "why_how", "multi_hop")[index % 4],
                "role": "test",
                "stratum": STRATA[number[fact["section"]] % 3],
                "fact": fact["fact"],
                "cluster": fact["section"],
                "origin": "written" if written else "gold",
                "edition": "e0",
                "tags": {"topic": "trade"} if index % 2 else {},
                "rev": 0,
            }
        )  # fmt: skip
    _write(run / "corpus/documents.jsonl", [
        {"id": "chronicle", "text": text, "edition": "e0", "title": "The Town Chronicle",
         "language": "en"}])  # fmt: skip
    _write(run / "corpus/sections.jsonl", sections)
    _write(run / "corpus/passages.jsonl", passages)
    _write(run / "questions/test.jsonl", [q for q in exam if q["origin"] == "written"])
    _write(run / "questions/gold.jsonl", [q for q in exam if q["origin"] == "gold"])
    train = [
        {
            **q,
            "id": "d" + q["id"],
            "role": "train",
            "text": "Say: " + q["text"],
            "origin": "written",
        }
        for q in exam[: questions // 2]
        if q["stratum"] == "reworded"
    ]
    _write(run / "questions/train.jsonl", train)
    _write(
        run / "questions/dev.jsonl", [{**q, "role": "dev", "id": "v" + q["id"]} for q in exam[:8]]
    )
    reasons = ("reader finds no answer", "names nobody", "near duplicate")
    _write(
        run / "questions/dropped.jsonl",
        [
            {"question": "What did he do?", "answer": "went", "section": sections[0]["id"],
             "reason": reasons[place % 3], "detail": ""}
            for place in range(9)
        ],
    )  # fmt: skip
    pair = {"test": exam[0]["id"], "train": "d0", "test_text": exam[0]["text"],
            "train_text": "Say: " + exam[0]["text"], "nearness": 0.71, "why": None}  # fmt: skip
    certificate = {
        "clean": True,
        "near_duplicate": 0.85,
        "strata": {
            stratum: {
                "questions": sum(q["stratum"] == stratum for q in exam[:questions]),
                "checks": ["exact wording", "near-identical wording"],
                "leaks": [],
                "closest": [pair],
            }
            for stratum in STRATA
        },
    }
    (run / "questions/certificate.json").write_text(json.dumps(certificate))
    _answers(run, rng, exam, variants, passages)
    _finish(run, exam, variants, state, len(text.split()), len(sections))
    return run


def _answers(
    run: Path,
    rng: np.random.Generator,
    exam: list[dict[str, Any]],
    variants: tuple[str, ...],
    passages: list[dict[str, Any]],
) -> None:
    """Write answers, latencies and scores.parquet."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    ids = [f"{p['document']}:{p['start']}-{p['end']}" for p in passages]
    starts = np.array([p["start"] for p in passages])
    strata = np.array([STRATA.index(q["stratum"]) for q in exam])
    count = len(exam)
    hard = rng.normal(0, 0.12, count)
    columns: dict[str, list[Any]] = {"question": [], "variant": [], "metric": [], "value": []}
    question_ids = [q["id"] for q in exam]
    for variant in variants:
        skill = np.array(SKILL[variant])[strata]
        right = rng.random(count) < np.clip(skill + hard, 0.01, 0.99)
        partial = np.where(rng.random(count) < 0.3, rng.choice([0.25, 0.4, 0.5], count), 0.0)
        f1 = np.where(right, 1.0, partial)
        seconds = rng.gamma(4, 0.04 if variant in RETRIEVES else 0.02, count)
        own = (
            np.maximum(
                np.searchsorted(starts, [q["evidence"][0]["start"] for q in exam], "right"), 1
            )
            - 1
        )
        matches = rng.random(count) < 0.86
        records = []
        for index, question in enumerate(exam):
            reply = question["answers"][0] if right[index] else "12 crates of something else"
            shown: list[str] = []
            if variant in RETRIEVES:
                others = rng.integers(len(ids), size=3)
                shown = [ids[int(i)] for i in others]
                if matches[index]:
                    shown[int(rng.integers(3))] = ids[int(own[index])]
            elif variant == "oracle":
                shown = [ids[int(own[index])]]
            records.append(
                {"question": question["id"], "variant": variant, "text": reply,
                 "input_tokens": 40 + 110 * len(shown), "output_tokens": 6,
                 "seconds": float(seconds[index]),
                 "retrieval_s": 0.006 if variant in RETRIEVES else 0.0,
                 "passages": list(dict.fromkeys(shown)), "finish": "stop", "status": "answered",
                 "error": None}
            )  # fmt: skip
        _write(run / f"answers/{variant}.jsonl", records)
        _write(
            run / f"latency/{variant}.jsonl",
            [
                {"question": q["id"], "variant": variant,
                 "retrieval_s": 0.006 if variant in RETRIEVES else 0.0,
                 "first_token_s": float(s * 0.6), "per_token_s": float(s * 0.08),
                 "total_s": float(s), "output_tokens": 6}
                for q, s in zip(exam[:20], seconds[:20], strict=False)
            ],
        )  # fmt: skip
        for metric in METRICS:
            value = f1
            if metric in ("em", "containment"):
                value = right.astype(float)
            elif metric == "similarity":
                value = np.clip(f1 * 0.7 + 0.3, 0, 1)
            elif metric == "answer_words":
                value = np.full(count, 4.0)
            elif metric.startswith("hit"):
                if variant not in RETRIEVES:
                    continue
                value = (
                    matches.astype(float) if metric == "hit@5" else (matches & right).astype(float)
                )
            columns["question"] += question_ids
            columns["variant"] += [variant] * count
            columns["metric"] += [metric] * count
            columns["value"] += value.tolist()
    pq.write_table(pa.table(columns), run / "scores.parquet")


def _experiment(variants: tuple[str, ...]) -> Experiment:
    return Experiment(
        name="chronicle",
        purpose="Answer the town council's questions about its chronicle.",
        corpus="chronicle.txt",
        variants=list(variants),
    )


def _finish(
    run: Path, exam: list[dict[str, Any]], variants: tuple[str, ...], state: str, words: int,
    sections: int,
) -> None:  # fmt: skip
    """Write tuning, manifest, events, specification and, if done, results and reports."""
    losses = []
    for step in range(1, 320, 5):
        loss = 2.4 * math.exp(-step / 60) + 0.08
        dev = loss + 0.35 if step % 40 == 1 else None
        losses.append({"step": step, "epoch": step / 40, "loss": loss, "dev_loss": dev,
                       "dev_chance": dev and math.exp(-dev), "lr": 1e-3 * (1 - step / 320),
                       "seconds": step * 0.13})  # fmt: skip
    _write(run / "tuning/reader/losses.jsonl", losses)
    summary = {
        "loss_first": 2.31, "loss_last": 0.09, "dev_loss_first": 2.71, "dev_loss_last": 0.44,
        "dev_chance": 0.62, "epochs": 7.5, "steps": 318, "seconds": 41.0, "stopped_early": True,
        "r": 32, "learning_rate": 1e-3,
    }  # fmt: skip
    (run / "tuning/reader/summary.json").write_text(json.dumps(summary))
    names = ("corpus", "questions", "index", "adapter", "answers", "latency", "scores")
    stages = {
        name: {"artifact": name, "seconds": 10.0 + place, "summary": {}, "reused": False,
               "started": 1.7e9, "finished": 1.7e9 + 10}
        for place, name in enumerate(names)
    }  # fmt: skip
    error = {"message": "The endpoint is down.", "hint": "Start it and run again."}
    done = state == "done"
    manifest = {
        "run_id": run.name,
        "purpose": "Answer the town council's questions about its chronicle.",
        "created": 1795241000.0,
        "versions": {"workbench": "0.1.0"},
        "hardware": {"cpu": "two-core test machine", "cores": 2, "memory_bytes": 16 << 30,
                     "gpu": None},
        "seed": 1,
        "corpus": {"title": "The Town Chronicle", "edition": "e0",
                   "documents": 1, "words": words,
                   "sections": sections,
                   "language": "en"},
        "stages": stages if done else dict(list(stages.items())[:4]),
        "hashes": {"exam": "ab12"},
        "state": state,
        "error": error if state == "failed" else None,
        "peak_memory_bytes": 2 << 30,
    }  # fmt: skip
    (run / "manifest.json").write_text(json.dumps(manifest))
    _write(run / "events.jsonl", [
        {"time": 1795241010.0, "stage": "answers", "done": 30, "total": 60, "note": "rag"}
    ])  # fmt: skip
    experiment = _experiment(variants)
    (run / "specification.yaml").write_text(experiment.to_yaml())
    if done:
        _conclude(run, experiment, exam, manifest, summary)


def _conclude(
    run: Path, experiment: Experiment, exam: list[dict[str, Any]], manifest: dict[str, Any],
    summary: dict[str, Any],
) -> None:  # fmt: skip
    """results.json and the reports, by the same functions as a real run's."""
    import pyarrow.parquet as pq

    from workbench.decision import ResultInputs, build_results
    from workbench.report import render_html, render_markdown

    def read(folder: str) -> list[dict[str, Any]]:
        lines = []
        for path in sorted((run / folder).glob("*.jsonl")):
            lines += [json.loads(line) for line in path.read_text().splitlines()]
        return lines

    answers = [Answer(**{**r, "passages": tuple(r["passages"])}) for r in read("answers")]
    # A large run is summarised on the decisive metric only: the comparisons of every metric would
    # take minutes, and the pages read the scores themselves.
    wanted = None if len(exam) < 2000 else [("metric", "==", "f1")]
    table = pq.read_table(run / "scores.parquet", filters=wanted)
    scores = [Score(**row) for row in table.to_pylist()]
    facts = {"id": run.name, "minutes": 3.4, "model": "reader",
             "reproduce": f"workbench run {run.name}/specification.yaml",
             "created": "2026-11-21T06:03:20+00:00",
             **{k: manifest[k] for k in ("corpus", "hardware", "versions")}}  # fmt: skip
    results = build_results(ResultInputs(
        experiment, facts, [Question.from_record(record) for record in exam], answers, scores,
        {name: stage["seconds"] for name, stage in manifest["stages"].items()},
        [Latency(**record) for record in read("latency")],
        certificate=json.loads((run / "questions/certificate.json").read_text()),
        tuning=[{"adapter": "reader", **summary}],
        dropped={"reader finds no answer": 3, "names nobody": 3, "near duplicate": 3},
    ))  # fmt: skip
    (run / "results.json").write_text(json.dumps(results.record()))
    (run / "report.html").write_text(render_html(results))
    (run / "report.md").write_text(render_markdown(results))
