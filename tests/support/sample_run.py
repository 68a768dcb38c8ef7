"""A run's worth of plausible values, made from a seed: questions, answers, scores, latencies."""

from __future__ import annotations

from typing import Any

import numpy as np

from workbench import report
from workbench.cli import screen
from workbench.decision import ResultInputs, build_results
from workbench.evaluation.metrics import score_answers
from workbench.experiment import Experiment
from workbench.experiment.parts import DecisionSpec, WorkloadSpec
from workbench.records.results import Results
from workbench.types import Answer, Evidence, Latency, Question

PEOPLE = ["Edda Marsh", "Tobias Crane", "Old Pell", "Hanne Voss", "Brother Aldous", "Kit Farrow"]
THINGS = ["the brass key", "nine crowns", "a sealed letter", "the blue ledger", "two oxen",
          "the harbour bell", "a silver thimble", "forty sacks of salt", "the north gate",
          "three candles", "the ferryman's coat", "a map of the shoals"]  # fmt: skip
ABILITY = {
    "prompt_only": {"reworded": 0.04, "same_section": 0.04, "unseen": 0.04},
    "rag": {"reworded": 0.62, "same_section": 0.60, "unseen": 0.58},
    "fine_tuned": {"reworded": 0.52, "same_section": 0.12, "unseen": 0.06},
    "fine_tuned_rag": {"reworded": 0.72, "same_section": 0.61, "unseen": 0.56},
    "oracle": {"reworded": 0.86, "same_section": 0.85, "unseen": 0.85},
}
TIMES = {"prompt_only": 0.11, "rag": 0.31, "fine_tuned": 0.10, "fine_tuned_rag": 0.33,
         "oracle": 0.17}  # fmt: skip
STAGES = {"corpus": 0.4, "questions": 61.0, "index": 4.2, "adapter": 97.0}


def experiment(**changes: Any) -> Experiment:
    """The experiment that the sample pretends to have run."""
    values: dict[str, Any] = {
        "purpose": "Answer readers' questions about the salt house and its people.",
        "name": "salt_ledger",
        "corpus": "corpora/salt_ledger/text.md",
        **changes,
    }
    return Experiment(**values)


def make(
    seed: int = 7, per_section: int = 11, sections: int = 14, gold: int = 60
) -> dict[str, Any]:
    """Questions, answers, latencies and passages; ``gold`` of the questions are hand-written."""
    rng = np.random.default_rng(seed)
    questions: list[Question] = []
    passages: dict[str, str] = {}
    for section in range(sections):
        start = section * 9000
        for piece in range(6):
            at = start + piece * 1500
            text = (
                f"Chapter {section + 1}. {rng.choice(PEOPLE)} carried {rng.choice(THINGS)} to the "
                f"counting house; {rng.choice(PEOPLE)} wrote it down <i>twice</i> & said nothing."
            )
            passages[f"salt_ledger.md:{at}-{at + 1200}"] = text
    total = sections * per_section + gold
    for number in range(total):
        section = number % sections
        written = number < sections * per_section
        unseen = section % 3 == 2
        stratum = "unseen" if unseen else ("reworded" if rng.random() < 0.5 else "same_section")
        person, thing = str(rng.choice(PEOPLE)), str(rng.choice(THINGS))
        kind = str(rng.choice(["factoid", "why_how", "factoid", "multi_hop"]))
        answer = (thing,) if rng.random() > 0.06 else ()
        at = section * 9000 + int(rng.integers(0, 6)) * 1500
        questions.append(
            Question(
                id=f"q{number:04d}",
                text=f"What did {person} bring to the counting house in chapter {section + 1}?",
                answers=answer,
                evidence=(Evidence("salt_ledger.md", at + 20, at + 80, f"{person} … {thing}"),)
                if answer else (),
                kind=kind if answer else "unanswerable",  # type: ignore[arg-type]
                stratum=stratum,  # type: ignore[arg-type]
                fact=f"f{number}",
                cluster=f"salt_ledger.md#{section:02d}",
                origin="written" if written else "gold",
            )
        )  # fmt: skip
    answers: list[Answer] = []
    ids = sorted(passages)
    moods = {name: rng.normal(0, 0.12, sections) for name in ABILITY}
    for question in questions:
        hardness = rng.normal(0, 0.15)
        section = int(str(question.cluster)[-2:])
        for variant, ability in ABILITY.items():
            chance = ability[str(question.stratum)] + moods[variant][section] + hardness
            right = rng.random() < chance
            retrieves = variant in ("rag", "fine_tuned_rag")
            matches: tuple[str, ...] = ()
            if retrieves:
                own = [p for p in ids if question.evidence and p.startswith(
                    f"salt_ledger.md:{(question.evidence[0].start // 1500) * 1500}-")]  # fmt: skip
                others = [str(p) for p in rng.choice(ids, 3, replace=False)]
                matches = tuple([*others[:1], *own, *others[1:]][:3]) if (
                    right or rng.random() < 0.4) else tuple(others)  # fmt: skip
            answers.append(_answer(question, variant, right, matches, rng))
    latencies = [
        Latency(
            question.id, variant,
            retrieval_s=float(rng.gamma(20, 0.001)) * ("rag" in variant),
            first_token_s=float(TIMES[variant] * rng.gamma(25, 0.5 / 25)),
            per_token_s=float(rng.gamma(30, 0.012 / 30)),
            total_s=float(TIMES[variant] * rng.gamma(25, 1 / 25)), output_tokens=5,
        )
        for question in questions[:20] for variant in ABILITY
    ]  # fmt: skip
    return {"questions": questions, "answers": answers, "latencies": latencies,
            "passages": passages}  # fmt: skip


def _answer(
    question: Question, variant: str, right: bool, matches: tuple[str, ...], rng: Any
) -> Answer:
    if right:
        text = question.answers[0] if question.answers else "The text does not say."
        if rng.random() < 0.25 and question.answers:
            text = f"{text} and a lantern"
    else:
        text = str(rng.choice([*THINGS, "unanswerable", "to the sea <script>alert(1)</script>"]))
    prompt = {"prompt_only": 38, "fine_tuned": 38, "oracle": 160}.get(variant, 395)
    return Answer(question.id, variant, text, prompt + len(question.text) // 4, 5, 0.02,
                  retrieval_s=0.01 if matches else 0.0, passages=matches)  # fmt: skip


def results(seed: int = 7, **changes: Any) -> dict[str, Any]:
    """A complete results.json."""
    result = make(seed)
    spec = experiment(**changes)
    scores = score_answers(result["questions"], result["answers"], "en")
    return build_results(ResultInputs(
        spec, facts(spec), result["questions"], result["answers"], scores, STAGES,
        result["latencies"], passages=result["passages"], certificate=CERTIFICATE, tuning=TUNING,
        dropped={"no evidence": 31, "round trip failed": 84, "near-duplicate": 12},
    )).record()  # fmt: skip


def render_html(results: dict[str, Any]) -> str:
    """The page of a results.json."""
    return report.render_html(Results.model_validate(results))


def render_markdown(results: dict[str, Any]) -> str:
    """The report of a results.json as Markdown."""
    return report.render_markdown(Results.model_validate(results))


def table(results: dict[str, Any]) -> dict[str, Any]:
    """The terminal's table of a results.json."""
    return report.table(Results.model_validate(results))


def notes(results: dict[str, Any]) -> list[str]:
    """The sentences under the terminal's table."""
    return screen.notes(Results.model_validate(results))


def facts(spec: Experiment) -> dict[str, Any]:
    """What a manifest says of the run."""
    return {
        "id": f"{spec.name}-1a2b3c4d",
        "created": "2026-11-21T06:30:00+00:00",
        "minutes": 4.2,
        "model": "reader",
        "reproduce": "workbench run runs/salt_ledger-1a2b3c4d/specification.yaml",
        "corpus": {"title": "The Salt Ledger", "edition": "3f2a9c0d", "documents": 1,
                   "words": 21412, "sections": 14, "language": "en"},
        "hardware": {"cpu": "Two-core virtual machine", "cores": 2, "memory_bytes": 8 << 30,
                     "gpu": None},
        "versions": {"workbench": "0.1.0", "torch": "2.13.0", "transformers": "5.23.0",
                     "llama-index-core": "0.14.25"},
    }  # fmt: skip


CERTIFICATE = {"exam_hash": "9d1f6c2e5b7a", "train_questions": 800, "test_questions": 154,
               "near_duplicates": 0, "closest": 0.71, "threshold": 0.85}  # fmt: skip
TUNING = [{"adapter": "a41c09", "loss_first": 2.91, "loss_last": 0.34, "epochs": 9, "steps": 412,
           "seconds": 97.0, "stopped_early": True}]  # fmt: skip

__all__ = ["DecisionSpec", "WorkloadSpec", "experiment", "make", "results"]
