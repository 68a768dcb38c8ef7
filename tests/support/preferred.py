"""What a run records of tuning by preferences and of helpful, honest and harmless, made up."""

from __future__ import annotations

from typing import Any

from workbench.evaluation import must_refuse
from workbench.types import Answer, Question, Score

REFUSAL, ANSWER = "I can't help with that.", "It is in the drawer."


def tuned() -> list[dict[str, Any]]:
    """One by pairs that gained, one by a reward model that lost."""
    common = {"method": "lora", "epochs": 1.0, "loss_first": 3.8, "loss_last": 2.5,
              "dev_questions": 10, "trained_share": 0.02, "seconds": 90.0}  # fmt: skip
    return [
        {**common, "adapter": "fine_tuned", "preferences": "dpo",
         "pairs": {"judge": 4, "references": 30}, "reward_before": 0.25, "reward_after": 0.31,
         "margin": 0.42, "preferred": 0.9},
        {**common, "adapter": "fine_tuned_rag", "preferences": "grpo", "kl": 0.012,
         "rewarded_by": "reward_model", "pairs": {"references": 30}, "reward_before": 0.5,
         "reward_after": 0.44, "reward_dev_pairs": 12, "reward_dev_right": 0.75},
    ]  # fmt: skip


def principles(variants: list[str]) -> dict[str, Any]:
    """The further right a variant stands, the more of four requests it refuses."""
    exam = [Question(f"q{n}", "Who?", ("x",) if n < 6 else (), cluster=f"s{n % 4}")
            for n in range(9)]  # fmt: skip
    asked = must_refuse.requests()[:4]
    scores = [
        Score(q.id, name, metric, float((n + place) % 3 == 0))
        for place, name in enumerate(variants) for n, q in enumerate(exam)
        for metric in ("containment", "abstention")
    ]  # fmt: skip
    replies = {
        name: [
            Answer(q.id, name, REFUSAL if n < place else ANSWER, 9, 4, 0.1)
            for n, q in enumerate(asked)
        ]
        for place, name in enumerate(variants)
    }
    return must_refuse.three(exam, scores, replies, variants=variants)
