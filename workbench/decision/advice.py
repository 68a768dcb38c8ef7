"""Advice before any experiment: a short questionnaire answered with cited rules.

The rules are what is known from published studies; they say where to begin, not what is true of
the corpus at hand, which is why the advice ends with the experiment that would test it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from workbench.errors import WorkbenchError
from workbench.wording import label, say

SOURCES: dict[str, str] = {
    "openai": "OpenAI, Optimizing LLM accuracy (guide, 2024)",
    "aws": "AWS Prescriptive Guidance, RAG and fine-tuning (2024)",
    "ovadia": "Ovadia et al. 2023, Fine-tuning or retrieval? (arXiv 2312.05934)",
    "soudani": "Soudani et al. 2024, Fine tuning vs. RAG for less popular knowledge "
    "(arXiv 2403.01432)",
    "anthropic": "Anthropic, Contextual retrieval (2024)",
    "balaguer": "Balaguer et al. 2024, RAG vs fine-tuning: agriculture (arXiv 2401.08406)",
    "zhang": "Zhang et al. 2024, RAFT (arXiv 2403.10131)",
    "gekhman": "Gekhman et al. 2024, Does fine-tuning on new knowledge encourage hallucinations? "
    "(arXiv 2405.05904)",
    "jeong": "Jeong et al. 2024, Medical adaptation of language models (arXiv 2411.04118)",
}


@dataclass(frozen=True, slots=True)
class AdviceItem:
    """One question of the questionnaire: key, words, and the answers that may be given."""

    key: str
    text: str
    options: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Rule:
    """If the answer to ``key`` is one of ``answers``, each variant gains or loses ``points``."""

    key: str
    answers: tuple[str, ...]
    points: Mapping[str, int]
    reason: str
    source: str


ITEMS: tuple[AdviceItem, ...] = tuple(
    AdviceItem(key, say(f"ask_{key}"), options)
    for key, options in {
        "prompted": ("no", "yes"),
        "lacks": ("facts", "behaviour", "both", "nothing"),
        "changes": ("never", "yearly", "monthly", "daily"),
        "size": ("pages", "book", "library"),
        "cite": ("no", "yes"),
        "volume": ("low", "middle", "high"),
        "latency": ("no", "yes"),
        "known": ("yes", "partly", "no"),
        "examples": ("none", "hundreds", "thousands"),
    }.items()
)

RULES: tuple[Rule, ...] = (
    Rule("prompted", ("no",), {"prompt_only": 3, "few_shot": 2}, "prompt_first", "jeong"),
    Rule("lacks", ("nothing",), {"prompt_only": 4}, "lacks_nothing", "openai"),
    Rule("lacks", ("facts",), {"rag": 3, "long_context": 1, "fine_tuned": -1}, "facts", "ovadia"),
    Rule("lacks", ("behaviour",), {"fine_tuned": 3, "few_shot": 2, "rag": -1}, "behaviour",
         "openai"),
    Rule("lacks", ("both",), {"fine_tuned_rag": 3, "raft": 2, "rag": 1}, "both", "balaguer"),
    Rule("changes", ("monthly", "daily"), {"rag": 2, "fine_tuned": -3, "fine_tuned_rag": -1},
         "changing", "aws"),
    Rule("size", ("pages",), {"long_context": 3}, "small_text", "anthropic"),
    Rule("size", ("library",), {"rag": 1, "long_context": -4}, "large_text", "anthropic"),
    Rule("cite", ("yes",), {"rag": 3, "fine_tuned_rag": 1, "fine_tuned": -4, "prompt_only": -2},
         "cite", "aws"),
    Rule("volume", ("high",), {"fine_tuned": 1, "long_context": -2}, "volume", "openai"),
    Rule("latency", ("yes",), {"fine_tuned": 2, "long_context": -2, "rag": -1}, "latency",
         "openai"),
    Rule("known", ("no",), {"rag": 1, "fine_tuned": -1}, "unknown_domain", "gekhman"),
    Rule("known", ("no",), {"fine_tuned_rag": 1}, "small_model_both", "soudani"),
    Rule("examples", ("none",), {"fine_tuned": -2, "raft": -2}, "no_examples", "ovadia"),
    Rule("examples", ("thousands",), {"fine_tuned": 1, "raft": 1}, "many_examples", "zhang"),
)  # fmt: skip


def advise(answers: Mapping[str, str]) -> dict[str, Any]:
    """Where to begin, why (each reason with its source), and the experiment that tests it.

    Unanswered questions are left out. Raises WorkbenchError for an unknown question or answer.
    """
    options = {item.key: item.options for item in ITEMS}
    for key, value in answers.items():
        if key not in options:
            raise WorkbenchError(f"There is no question {key!r}.", f"Ask: {', '.join(options)}.")
        if value not in options[key]:
            raise WorkbenchError(
                f"{key} cannot be {value!r}.", f"It is one of {', '.join(options[key])}."
            )
    points: dict[str, int] = {}
    reasons: list[dict[str, Any]] = []
    for rule in RULES:
        if answers.get(rule.key) not in rule.answers:
            continue
        for name, gain in rule.points.items():
            points[name] = points.get(name, 0) + gain
        reasons.append(
            {"reason": say(f"rule_{rule.reason}"), "source": SOURCES[rule.source],
             "speaks_for": [label(n) for n, gain in rule.points.items() if gain > 0],
             "speaks_against": [label(n) for n, gain in rule.points.items() if gain < 0]}
        )  # fmt: skip
    ranked = sorted(points, key=lambda name: (-points[name], list(points).index(name)))
    first = [name for name in ranked if points[name] > 0][:3] or ["prompt_only"]
    cells = ["prompt_only", "rag", "fine_tuned", "fine_tuned_rag"]
    variants = [*cells, *(name for name in first if name not in cells), "oracle"]
    return {
        "begin_with": first[0],
        "then": first[1:],
        "points": {name: points[name] for name in ranked},
        "reasons": reasons,
        "experiment": {"variants": variants},
        "sentence": say("advice", name=label(first[0])),
        "test": say("advice_test", names=", ".join(label(name) for name in variants)),
    }
