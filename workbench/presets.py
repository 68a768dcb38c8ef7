"""The variants that are known by name: what each name stands for, and how it is displayed.

One literal table. A line added here is a variant that an experiment may name, with its place in
the two-by-two, its costs, its label, colour and mark; everything else is derived from the line.
Standard library only.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Preset:
    """The factors of a name (its context, and the training format of its adapter) and its looks.

    ``shape`` is a mark of Vega's, ``meaning`` half a sentence for the form of a new run.
    """

    context: str
    training_format: str | None
    label: str
    short: str
    colour: str
    shape: str
    meaning: str


# Okabe and Ito's palette: told apart under the common colour-vision deficiencies and in print.
PRESETS: dict[str, Preset] = {
    "prompt_only": Preset(
        "none", None, "Prompt only", "Prompt only", "#7f7f7f", "diamond", "the model alone"),
    "few_shot": Preset(
        "examples", None, "Few-shot", "Few-shot", "#cc79a7", "triangle-down",
        "with examples in the prompt"),
    "few_shot_nearest": Preset(
        "nearest_examples", None, "Few-shot, nearest", "Nearest", "#e7298a", "triangle-up",
        "with the solved examples that are most like the question"),
    "long_context": Preset(
        "whole_text", None, "Long context", "Long context", "#e69f00", "triangle-left",
        "as much of the text as fits the window"),
    "rag": Preset(
        "retrieval", None, "RAG", "RAG", "#0072b2", "cross", "with passages that search found"),
    "few_shot_rag": Preset(
        "retrieval_with_examples", None, "RAG with examples", "RAG + examples", "#8c6d31",
        "triangle-down", "with passages, and examples of the answers' form"),
    "fine_tuned": Preset(
        "none", "closed_book", "Fine-tuned", "Fine-tuned", "#d55e00", "circle",
        "tuned on questions about the text"),
    "fine_tuned_rag": Preset(
        "retrieval", "closed_book", "Hybrid (fine-tuned + RAG)", "Hybrid", "#009e73", "square",
        "tuned, and with passages"),
    "raft": Preset(
        "retrieval", "raft", "RAFT", "RAFT", "#56b4e9", "triangle-right",
        "tuned to read passages among distractors"),
    "encoder": Preset(
        "none", "closed_book", "Encoder", "Encoder", "#6a3d9a", "square",
        "a small model tuned to name one of the labels, and nothing else"),
    "oracle": Preset(
        "evidence", None, "Oracle (ceiling)", "Oracle", "#222222", "triangle-up",
        "handed the evidence: the ceiling, no candidate"),
}  # fmt: skip

# For variants of a user's own naming, in alphabetic order of the names.
FURTHER_COLOURS = ("#882255", "#44aa99", "#999933", "#aa4499", "#332288", "#ddcc77")
FURTHER_SHAPES = ("wedge", "arrow", "triangle", "triangle-down", "triangle-left", "triangle-right")
