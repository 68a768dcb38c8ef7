"""A made-up run of any size, as values or as a directory like a real one's.

The corpus is a made-up town chronicle of one-fact sentences, so that evidence offsets, passages,
answers and scores all hang together. Nothing is answered by a model: each variant's skill is a
probability per stratum. The results are worked out by the pipeline's own functions.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from workbench import report
from workbench.cli import result
from workbench.decision import ResultInputs, build_results
from workbench.decision.form import measures
from workbench.evaluation.group_tags import group_tags
from workbench.evaluation.metrics import score_answers
from workbench.evaluation.search_recall import EvidenceRank, search_recall
from workbench.experiment import Experiment
from workbench.findings import View
from workbench.findings.scored import variants
from workbench.questions.dataset.question_set import lock
from workbench.records.results import Results
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


def _corpus(
    rng: np.random.Generator, facts: int, hostile: bool
) -> tuple[str, list[dict], list[dict], list[dict]]:
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
            if hostile:
                text += "They counted it <i>twice</i> & said nothing. "
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


@dataclass(frozen=True)
class MadeRun:
    """What a run holds, as the records of its files; scores in columns."""

    variants: tuple[str, ...]
    written: int
    text: str
    sections: list[dict[str, Any]]
    stretches: list[dict[str, Any]]
    exam: list[dict[str, Any]]
    replies: dict[str, list[dict[str, Any]]]
    clocked: dict[str, list[dict[str, Any]]]
    drawn: dict[str, list[Any]]

    @property
    def questions(self) -> list[Question]:
        """The written questions and, after them, the gold ones."""
        return [Question.from_record(record) for record in self.exam]

    @property
    def answers(self) -> list[Answer]:
        return [
            Answer(**{**record, "passages": tuple(record["passages"])})
            for records in self.replies.values() for record in records
        ]  # fmt: skip

    @property
    def latencies(self) -> list[Latency]:
        return [Latency(**record) for records in self.clocked.values() for record in records]

    @property
    def passages(self) -> dict[str, str]:
        """Their texts by their ids."""
        return {_id(passage): passage["text"] for passage in self.stretches}

    @property
    def certificate(self) -> dict[str, Any]:
        """That no question of the exam was trained."""
        first = self.exam[0]
        pair = {"test": first["id"], "train": "d0", "test_text": first["text"],
                "train_text": "Say: " + first["text"], "nearness": 0.71, "why": None}  # fmt: skip
        return {
            "clean": True,
            "near_duplicate": 0.85,
            "compared": {
                "train": 40,
                "exam": self.written,
                "pairs": 40 * self.written,
                "by_meaning": True,
            },
            "thresholds": {
                "near_duplicate": 0.85,
                "same_answer": 0.6,
                "same_fact": 0.6,
                "same_question": 0.96,
                "least_new_words": 1,
            },
            "read_back": {
                "model": "reader",
                "endpoint": None,
                "kept": 176,
                "dropped": 24,
                "variants": ["rag"],
            },
            "strata": {
                stratum: {
                    "questions": sum(q["stratum"] == stratum for q in self.exam[: self.written]),
                    "checks": ["exact wording", "near-identical wording"],
                    "leaks": [],
                    "closest": [pair],
                    "new_words": {"1": 3, "2": 1} if stratum == "reworded" else {},
                }
                for stratum in STRATA
            },
        }


def make(
    questions: int = 154,
    gold: int = 60,
    variants: tuple[str, ...] = DEFAULT,
    seed: int = 7,
    hostile: bool = True,
) -> MadeRun:
    """``questions`` written and ``gold`` further questions, answered by ``variants``.

    ``hostile`` adds what real runs hold: questions without an answer, half-right replies, and
    markup in the text and in the replies.
    """
    rng = np.random.default_rng(seed)
    text, sections, passages, facts = _corpus(rng, questions + gold, hostile)
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
    odd = np.random.default_rng(seed + 1000)
    places = [fact["start"] for fact in facts]
    if hostile:
        for question in exam:
            if odd.random() < 0.1:
                question.update(answers=[], evidence=[], kind="unanswerable")
    return MadeRun(
        variants, questions, text, sections, passages, exam,
        *_answers(rng, exam, places, variants, passages, odd if hostile else None),
    )  # fmt: skip


def write_run(
    root: Path,
    questions: int = 60,
    variants: tuple[str, ...] = DEFAULT,
    run_id: str = "chronicle-0a1b2c3d",
    state: str = "done",
    gold: int = 12,
    seed: int = 1,
    hostile: bool = False,
    **changes: Any,
) -> Path:
    """Write ``root/run_id`` with ``questions`` written exam questions; return its path.

    ``hostile`` as for :func:`make`, with the replies scored as a real run's; ``changes`` are of
    the experiment.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    made = make(questions, gold, variants, seed, hostile)
    if hostile:
        scored = score_answers(made.questions, made.answers, "en")
        made = replace(made, drawn={
            name: [getattr(score, name) for score in scored] for name in made.drawn
        })  # fmt: skip
    run, exam = root / run_id, made.exam
    run.mkdir(parents=True, exist_ok=True)
    _write(run / "corpus/documents.jsonl", [
        {"id": "chronicle", "text": made.text, "edition": "e0", "title": "The Town Chronicle",
         "language": "en"}])  # fmt: skip
    _write(run / "corpus/sections.jsonl", made.sections)
    _write(run / "corpus/passages.jsonl", made.stretches)
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
        run / "questions/dev.jsonl",
        [
            {**q, "role": "dev", "id": "v" + q["id"], "text": "Tell: " + q["text"]}
            for q in exam[:24]
        ],
    )
    reasons = ("reader finds no answer", "names nobody", "near duplicate")
    _write(
        run / "questions/dropped.jsonl",
        [
            {"question": "What did he do?", "answer": "went", "section": made.sections[0]["id"],
             "reason": reasons[place % 3], "detail": ""}
            for place in range(9)
        ],
    )  # fmt: skip
    (run / "questions/certificate.json").write_text(json.dumps(made.certificate))
    for variant in variants:
        _write(run / f"answers/{variant}.jsonl", made.replies[variant])
        _write(run / f"latency/{variant}.jsonl", made.clocked[variant])
    pq.write_table(pa.table(made.drawn), run / "scores.parquet")
    _finish(run, made, state, changes)
    return run


def _id(passage: Mapping[str, Any]) -> str:
    return f"{passage['document']}:{passage['start']}-{passage['end']}"


def _reply(question: Mapping[str, Any], right: bool, odd: np.random.Generator | None) -> str:
    """What is said, right or wrong; with ``odd`` as models really say it."""
    if right:
        reply = question["answers"][0] if question["answers"] else "The text does not say."
        lavish = odd is not None and question["answers"] and odd.random() < 0.25
        return f"{reply} and a lantern" if lavish else reply
    if odd is None:
        return "12 crates of something else"
    others = ("12 crates of something else", "unanswerable", "to sea <script>alert(1)</script>")
    return str(odd.choice([*THINGS, *others]))


def _answers(
    rng: np.random.Generator,
    exam: list[dict[str, Any]],
    places: list[int],
    variants: tuple[str, ...],
    passages: list[dict[str, Any]],
    odd: np.random.Generator | None,
) -> tuple[dict[str, list[dict[str, Any]]], dict[str, list[dict[str, Any]]], dict[str, list[Any]]]:
    """Answers and latencies by variant, and the columns of the scores."""
    replies, clocked = {}, {}
    ids = [_id(passage) for passage in passages]
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
        own = np.maximum(np.searchsorted(starts, places, "right"), 1) - 1
        matches = rng.random(count) < 0.86
        records = []
        for index, question in enumerate(exam):
            reply = _reply(question, bool(right[index]), odd)
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
                 "error": None,
                 # One that tells none, as many endpoints; the others know a little.
                 "confidence": None if variant == "oracle"
                 else round(0.35 + 0.5 * float(f1[index]) + 0.02 * (index * 7 % 5), 3)}
            )  # fmt: skip
        replies[variant] = records
        clocked[variant] = [
                {"question": q["id"], "variant": variant,
                 "retrieval_s": 0.006 if variant in RETRIEVES else 0.0,
                 "first_token_s": float(s * 0.6), "per_token_s": float(s * 0.08),
                 "total_s": float(s), "output_tokens": 6}
                for q, s in zip(exam[:20], seconds[:20], strict=False)
        ]  # fmt: skip
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
    return replies, clocked, columns


def experiment(**changes: Any) -> Experiment:
    """The experiment that the run pretends to be of."""
    values: dict[str, Any] = {
        "name": "chronicle",
        "purpose": "Answer the town council's questions about its chronicle.",
        "corpus": "chronicle.txt",
        "variants": list(DEFAULT),
        **changes,
    }
    return Experiment(**values)


#: Seconds of each stage.
STAGES = {
    name: 10.0 + place
    for place, name in enumerate(
        ("corpus", "questions", "index", "adapter", "answers", "latency", "scores")
    )
}
TUNING = {
    "loss_first": 2.31, "loss_last": 0.09, "dev_loss_first": 2.71, "dev_loss_last": 0.44,
    "dev_chance": 0.62, "epochs": 7.5, "steps": 318, "seconds": 41.0, "stopped_early": True,
    "r": 32, "learning_rate": 1e-3,
}  # fmt: skip


def _facts(made: MadeRun) -> dict[str, Any]:
    """What manifest and results say of the corpus and the machine."""
    return {
        "corpus": {"title": "The Town Chronicle", "edition": "e0", "documents": 1,
                   "words": len(made.text.split()), "sections": len(made.sections),
                   "language": "en"},
        "hardware": {"cpu": "two-core test machine", "cores": 2, "memory_bytes": 16 << 30,
                     "gpu": None},
        "versions": {"workbench": "0.1.0"},
    }  # fmt: skip


def _finish(run: Path, made: MadeRun, state: str, changes: Mapping[str, Any]) -> None:
    """Write tuning, manifest, events, specification and, if done, results and reports."""
    losses = []
    for step in range(1, 320, 5):
        loss = 2.4 * math.exp(-step / 60) + 0.08
        dev = loss + 0.35 if step % 40 == 1 else None
        losses.append({"step": step, "epoch": step / 40, "loss": loss, "dev_loss": dev,
                       "train_loss": None if dev is None else loss - 0.05,
                       "dev_chance": dev and math.exp(-dev), "lr": 1e-3 * (1 - step / 320),
                       "seconds": step * 0.13})  # fmt: skip
    _write(run / "tuning/reader/losses.jsonl", losses)
    (run / "tuning/reader/summary.json").write_text(json.dumps(TUNING))
    stages = {
        name: {"artifact": name, "seconds": seconds, "summary": {}, "reused": False,
               "started": 1.7e9, "finished": 1.7e9 + 10}
        for name, seconds in STAGES.items()
    }  # fmt: skip
    error = {"message": "The endpoint is down.", "hint": "Start it and run again."}
    done = state == "done"
    own = experiment(**{"variants": list(made.variants), **changes})
    manifest = {
        "run_id": run.name,
        "purpose": own.purpose,
        "created": 1795241000.0,
        **_facts(made),
        "seed": 1,
        "stages": stages if done else dict(list(stages.items())[:4]),
        "hashes": {"exam": lock(run / "questions")},
        "state": state,
        "error": error if state == "failed" else None,
        "peak_memory_bytes": 2 << 30,
    }
    (run / "manifest.json").write_text(json.dumps(manifest))
    _write(run / "events.jsonl", [
        {"time": 1795241010.0, "stage": "answers", "done": 30, "total": 60, "note": "rag"}
    ])  # fmt: skip
    (run / "specification.yaml").write_text(own.to_yaml())
    if done:
        # A large run is summarised on what its verdict speaks of only: the comparisons of every
        # metric would take minutes, and the pages read the scores themselves.
        large, told = len(made.exam) >= 2000, measures("f1")
        columns = [made.drawn[name] for name in ("question", "variant", "metric", "value")]
        scores = [Score(*row) for row in zip(*columns, strict=True) if row[2] in told or not large]
        found = _concluded(made, own, scores, run.name).with_parts(search=_searched(run, made, own))
        (run / "results.json").write_text(json.dumps(found.record()))
        (run / "report.html").write_text(report.render_html(found))
        (run / "report.md").write_text(report.render_markdown(found))


def _searched(run: Path, made: MadeRun, own: Experiment) -> dict[str, Any] | None:
    """Ranks of the evidence by part of the search: of every fifth question BM25 has none, and of
    every seventh the fused search has it only at rank 9."""
    ranks = [
        EvidenceRank(
            question["id"], question["cluster"], question["stratum"],
            {"bm25": None if at % 5 == 0 else 2, "dense": 4, "fused": 9 if at % 7 == 0 else 1},
            question["text"],
        )
        for at, question in enumerate(made.exam)
    ]  # fmt: skip
    _write(run / "search.jsonl", [{"question": r.question, "ranks": dict(r.ranks)} for r in ranks])
    found = search_recall(ranks, "fused", own.retrieval.top_k, own.workload.strata)
    return None if found is None else found.record()


def _concluded(made: MadeRun, own: Experiment, scores: list[Score], run_id: str) -> Results:
    """The results, by the same function as a real run's."""
    facts = {"id": run_id, "minutes": 3.4, "model": "reader",
             "reproduce": f"workbench run runs/{run_id}/specification.yaml",
             "created": "2026-11-21T06:03:20+00:00", **_facts(made)}  # fmt: skip
    return build_results(ResultInputs(
        own, facts, made.questions, made.answers, scores, STAGES, made.latencies,
        passages=made.passages, certificate=made.certificate,
        tuning=[{"adapter": "reader", **TUNING}],
        dropped={"reader finds no answer": 3, "names nobody": 3, "near duplicate": 3},
        tags=group_tags(made.questions, own.fairness, "en"),
    ))  # fmt: skip


def results(seed: int = 7, **changes: Any) -> dict[str, Any]:
    """A complete results.json of :func:`make`; ``changes`` are of the experiment."""
    made = make(seed=seed)
    scores = score_answers(made.questions, made.answers, "en")
    own = experiment(**changes)
    return _concluded(made, own, scores, f"{own.name}-1a2b3c4d").record()


def alike(seed: int = 7) -> Results:
    """Results in which the hybrid answers every question as RAG does: nothing is between them."""
    made = make(seed=seed)
    scores = score_answers(made.questions, made.answers, "en")
    twin = {(s.question, s.metric): s.value for s in scores if s.variant == "rag"}
    own = experiment()
    return _concluded(
        made, own,
        [replace(s, value=twin[s.question, s.metric]) if s.variant == "fine_tuned_rag" else s
         for s in scores],
        f"{own.name}-1a2b3c4d",
    )  # fmt: skip


def render_html(results: dict[str, Any]) -> str:
    """The page of a results.json."""
    return report.render_html(Results.model_validate(results))


def render_markdown(results: dict[str, Any]) -> str:
    """The report of a results.json as Markdown."""
    return report.render_markdown(Results.model_validate(results))


def table(results: dict[str, Any]) -> dict[str, Any]:
    """The terminal's table of a results.json."""
    columns, rows = variants(View(Results.model_validate(results))).plain()
    return {"columns": columns, "rows": rows}


def notes(results: dict[str, Any]) -> list[str]:
    """The sentences under the terminal's table."""
    return result.notes(Results.model_validate(results))
