"""Write a run directory of any size that looks like a real one: for tests and benchmarks.

The corpus is a made-up town chronicle of one-fact sentences, so that evidence offsets, passages,
answers and scores all hang together. Nothing is answered by a model: each variant's skill is a
probability per stratum, and its results are summarised plainly (a cluster-robust normal
interval).
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

NAMES = ["Ada", "Bram", "Cora", "Dirk", "Elin", "Finn", "Greta", "Hugo", "Iris", "Joost", "Klara", "Lars", "Mina", "Nils", "Olga", "Piet"]
TRADES = ["cooper", "miller", "weaver", "smith", "baker", "mason", "potter", "tanner", "chandler", "wheelwright"]
THINGS = ["salt", "rope", "tin", "wax", "wool", "amber", "flax", "honey", "slate", "oil"]
PLACES = ["the north quay", "the mill lane", "the old customs house", "the ferry steps", "the rope walk"]
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
LABELS = {
    "prompt_only": "Prompt only",
    "few_shot": "Few-shot",
    "long_context": "Long context",
    "rag": "RAG",
    "fine_tuned": "Fine-tuned",
    "fine_tuned_rag": "Fine-tuned + RAG",
    "raft": "RAFT",
    "oracle": "Oracle",
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
    text, sections, passages, found = "", [], [], []
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
            found.append(
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
    return text, sections, passages, found


def _interval(values: np.ndarray, groups: np.ndarray, weights: np.ndarray) -> dict[str, Any]:
    """Weighted mean with a cluster-robust normal interval."""
    if not len(values):
        return {"value": None, "low": None, "high": None, "n": 0, "clusters": 0, "missing": 0}
    mean = float(np.average(values, weights=weights))
    sums = np.bincount(groups, weights=weights * (values - mean))
    error = float(np.sqrt(np.sum(sums**2)) / weights.sum())
    return {
        "value": mean,
        "low": mean - 1.96 * error,
        "high": mean + 1.96 * error,
        "n": len(values),
        "clusters": len(np.unique(groups)),
        "missing": 0,
    }


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
                "role": "exam",
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
    _write(run / "questions/exam.jsonl", [q for q in exam if q["origin"] == "written"])
    _write(run / "questions/gold.jsonl", [q for q in exam if q["origin"] == "gold"])
    drill = [
        {
            **q,
            "id": "d" + q["id"],
            "role": "drill",
            "text": "Say: " + q["text"],
            "origin": "written",
        }
        for q in exam[: questions // 2]
        if q["stratum"] == "reworded"
    ]
    _write(run / "questions/drill.jsonl", drill)
    _write(
        run / "questions/dev.jsonl", [{**q, "role": "dev", "id": "v" + q["id"]} for q in exam[:8]]
    )
    _write(run / "questions/dropped.jsonl", [
        {"id": f"x{i}", "text": "What did he do?", "answers": ["went"], "kind": "factoid",
         "reason": ("round trip failed", "no subject", "near duplicate")[i % 3]}
        for i in range(9)])  # fmt: skip
    certificate = {
        "ok": True,
        "exam": questions,
        "drill": len(drill),
        "max_similarity": 0.71,
        "threshold": 0.85,
        "exact_matches": 0,
        "near_duplicates": 0,
        "shared_facts_outside_reworded": 0,
        "drilled_unseen_sections": 0,
    }
    (run / "questions/certificate.json").write_text(json.dumps(certificate))
    values = _answers(run, rng, exam, variants, passages)
    _finish(run, rng, exam, variants, values, certificate, state, len(text.split()), len(sections))
    return run


def _answers(
    run: Path,
    rng: np.random.Generator,
    exam: list[dict[str, Any]],
    variants: tuple[str, ...],
    passages: list[dict[str, Any]],
) -> dict[tuple[str, str], np.ndarray]:
    """Write answers, latencies and scores.parquet; return the values per (variant, metric)."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    ids = [f"{p['document']}:{p['start']}-{p['end']}" for p in passages]
    starts = np.array([p["start"] for p in passages])
    strata = np.array([STRATA.index(q["stratum"]) for q in exam])
    count = len(exam)
    hard = rng.normal(0, 0.12, count)
    values: dict[tuple[str, str], np.ndarray] = {}
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
        found = rng.random(count) < 0.86
        records = []
        for index, question in enumerate(exam):
            reply = question["answers"][0] if right[index] else "12 crates of something else"
            shown: list[str] = []
            if variant in RETRIEVES:
                others = rng.integers(len(ids), size=3)
                shown = [ids[int(i)] for i in others]
                if found[index]:
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
                value = found.astype(float) if metric == "hit@5" else (found & right).astype(float)
            values[variant, metric] = value
            columns["question"] += question_ids
            columns["variant"] += [variant] * count
            columns["metric"] += [metric] * count
            columns["value"] += value.tolist()
    pq.write_table(pa.table(columns), run / "scores.parquet")
    return values


def _finish(
    run: Path,
    rng: np.random.Generator,
    exam: list[dict[str, Any]],
    variants: tuple[str, ...],
    values: dict[tuple[str, str], np.ndarray],
    certificate: dict[str, Any],
    state: str,
    words: int,
    sections: int,
) -> None:
    """Write tuning, manifest, events, specification and, if done, results and reports."""
    losses = [
        {"step": step, "epoch": step / 40, "loss": 2.4 * math.exp(-step / 60) + 0.08,
         "learning_rate": 1e-3 * (1 - step / 320)}
        for step in range(1, 320, 5)
    ]  # fmt: skip
    for record in losses[7::8]:
        record["dev_loss"] = record["loss"] + 0.35
    _write(run / "tuning/fine_tuned/losses.jsonl", losses)
    summary = {"adapter": "fine_tuned", "loss_first": 2.31, "loss_last": 0.09, "epochs": 7.5,
               "steps": 318, "seconds": 41.0, "stopped_early": True, "rank": 32,
               "learning_rate": 1e-3}  # fmt: skip
    (run / "tuning/fine_tuned/summary.json").write_text(json.dumps(summary))
    corpus = {"title": "The Town Chronicle", "edition": "e0", "documents": 1, "words": words,
              "sections": sections, "language": "en"}  # fmt: skip
    hardware = {"cpu": "two-core test machine", "cores": 2, "memory_bytes": 16 << 30, "gpu": None}
    stages = {
        name: {
            "artifact": name,
            "seconds": 10.0 + i,
            "summary": {},
            "started": 0.0,
            "finished": 1.0,
        }
        for i, name in enumerate(
            ("corpus", "questions", "index", "adapter", "answers", "latency", "scores")
        )
    }
    done = state == "done"
    manifest = {
        "run_id": run.name, "purpose": "Answer the town council's questions about its chronicle.",
        "created": "2026-11-21T06:00:00+00:00", "versions": {"workbench": "0.1.0"},
        "hardware": hardware, "seed": 1, "corpus": corpus,
        "stages": stages if done else dict(list(stages.items())[:4]), "hashes": {"exam": "ab12"},
        "state": state,
        "error": {"message": "The endpoint is down.", "hint": "Start it and run again."}
        if state == "failed" else None,
        "peak_memory_bytes": 2 << 30,
    }  # fmt: skip
    (run / "manifest.json").write_text(json.dumps(manifest))
    _write(run / "events.jsonl", [
        {"time": "2026-11-21T06:00:00+00:00", "stage": "answers", "done": 30, "total": 60,
         "note": ""}])  # fmt: skip
    (run / "specification.yaml").write_text(
        "name: chronicle\npurpose: Answer the town council's questions about its chronicle.\n"
        "corpus: chronicle.txt\n"
    )
    if not done:
        return
    results = _results(run, exam, variants, values, certificate, corpus, hardware, summary)
    (run / "results.json").write_text(json.dumps(results))
    (run / "report.html").write_text("<h1>Report</h1><p>Adopt RAG.</p>")
    (run / "report.md").write_text("# Report\n\nAdopt RAG.\n")


def _results(
    run: Path,
    exam: list[dict[str, Any]],
    variants: tuple[str, ...],
    values: dict[tuple[str, str], np.ndarray],
    certificate: dict[str, Any],
    corpus: dict[str, Any],
    hardware: dict[str, Any],
    summary: dict[str, Any],
) -> dict[str, Any]:
    """The content of results.json."""
    groups = np.array([int(q["cluster"].split("#")[1]) for q in exam])
    written = np.array([q["origin"] == "written" for q in exam])
    strata = np.array([q["stratum"] for q in exam])
    kinds = np.array([q["kind"] for q in exam])
    weights = np.zeros(len(exam))
    for stratum in STRATA:
        here = written & (strata == stratum)
        weights[here] = 1 / 3 / max(1, here.sum())

    def estimate(variant: str, metric: str, mask: np.ndarray, flat: bool = True) -> dict[str, Any]:
        value = values[variant, metric][mask]
        return _interval(value, groups[mask], np.ones(mask.sum()) if flat else weights[mask])

    rows = []
    for variant in variants:
        metrics = [m for m in METRICS if (variant, m) in values]
        seconds = 0.16 if variant in RETRIEVES else 0.08
        rows.append({
            "name": variant, "label": LABELS[variant], "is_ceiling": variant == "oracle",
            "metrics": {m: estimate(variant, m, written, False) for m in metrics},
            "strata": {s: {m: estimate(variant, m, written & (strata == s)) for m in metrics}
                       for s in STRATA},
            "kinds": {k: {m: estimate(variant, m, written & (kinds == k)) for m in metrics}
                      for k in ("factoid", "why_how", "multi_hop")},
            "gold": {m: estimate(variant, m, ~written) for m in metrics},
            "gold_kinds": {},
            "latency": {"first_token_s": {"p50": seconds * 0.6, "p90": seconds},
                        "per_token_s": {"p50": 0.008, "p90": 0.011},
                        "retrieval_s": {"p50": 0.006, "p90": 0.009},
                        "total_s": {"p50": seconds, "p90": seconds * 1.7}, "n": 20},
            "cost": {"currency": "USD", "fixed": 0.002 if "fine" in variant else 0.0,
                     "per_1000": seconds * 0.06, "per_month": seconds * 0.6,
                     "per_1000_correct": seconds * 0.1,
                     "per_update": 0.001 if "fine" in variant else 0.0001},
            "answer_words": 4.0, "tokens": {"input": 380.0, "output": 6.0},
            "share_of_corpus_seen": 0.12 if variant == "long_context" else None,
        })  # fmt: skip
    comparisons = []
    names = [v for v in variants if v != "oracle"]
    for a in names:
        for b in names:
            if a <= b:
                continue
            for stratum in (None, *STRATA):
                mask = written if stratum is None else written & (strata == stratum)
                difference = values[a, "f1"][mask] - values[b, "f1"][mask]
                use = weights[mask] if stratum is None else np.ones(mask.sum())
                found = _interval(difference, groups[mask], use)
                comparisons.append({
                    "metric": "f1", "variant": a, "baseline": b, "stratum": stratum,
                    "n": found["n"], "difference": found["value"], "low": found["low"],
                    "high": found["high"], "level": 0.95, "p": 0.01, "method": "cluster t"})  # fmt: skip
    best = max(
        names, key=lambda v: next(r for r in rows if r["name"] == v)["metrics"]["f1"]["value"]
    )
    label = LABELS[best]
    return {
        "metric": "f1", "level": 0.95, "margin": 0.03, "mix": dict.fromkeys(STRATA, 1 / 3),
        "run": {"id": run.name, "purpose": "Answer the town council's questions about its chronicle.",
                "created": "2026-11-21T06:00:00+00:00", "corpus": corpus, "model": "reader",
                "hardware": hardware, "seed": 1, "minutes": 3.4,
                "reproduce": f"workbench run runs/{run.name}/specification.yaml"},
        "verdict": {"kind": "adopt", "variant": best,
                    "sentence": f"Adopt {label}. It beats RAG by 4.1 points [1.0, 7.2].",
                    "reasons": ["The lower bound clears your margin of 3 points.",
                                "It stays within your p90 limit."],
                    "confidence": 0.97, "needed_questions": None, "excluded": [],
                    "flip_points": [{"quantity": "updates per month", "at": 14.0, "unit": "/month",
                                     "winner": "rag",
                                     "sentence": "Above 14 updates a month RAG would win."}],
                    "against": "It costs one tuning per change of the text.",
                    "would_change": ["A text that changes more than 14 times a month."]},
        "variants": rows, "comparisons": comparisons,
        "interaction": {"metric": "f1",
                        "main_tuning": {"difference": 0.21, "low": 0.15, "high": 0.27},
                        "main_retrieval": {"difference": 0.44, "low": 0.38, "high": 0.5},
                        "interaction": {"difference": -0.18, "low": -0.25, "high": -0.1}},
        "gold_agreement": {"same_order": True,
                           "sentence": "The hand-written questions rank the variants alike."},
        "waterfall": {
            v: {"delivered": 0.7, "n": int(written.sum()), "steps": [
                {"cause": "retrieval_missed", "points": 0.12, "count": 2,
                 "questions": [exam[0]["id"], exam[1]["id"]]},
                {"cause": "reader_failed", "points": 0.09, "count": 1, "questions": [exam[2]["id"]]},
            ]}
            for v in names if v in RETRIEVES
        },
        "certificate": certificate,
        "questions": {"written": int(written.sum()), "gold": int((~written).sum()),
                      "sections": len(np.unique(groups)),
                      "kinds": {k: int((kinds[written] == k).sum()) for k in sorted(set(kinds))},
                      "strata": {s: int((strata[written] == s).sum()) for s in STRATA},
                      "dropped": {"round trip failed": 3, "no subject": 3, "near duplicate": 3}},
        "tuning": [summary], "warnings": ["Fewer than 30 sections: intervals use t."],
    }  # fmt: skip
