"""What variants, metrics, kinds and methods are called, and the colour and mark of each variant."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from workbench.presets import FURTHER_COLOURS, FURTHER_SHAPES, PRESETS
from workbench.wording import en_tuning

STRATUM_LABELS: dict[str, str] = {
    "reworded": "Reworded",
    "same_section": "Same section",
    "unseen": "Unseen",
}
STRATUM_MEANINGS: dict[str, str] = {
    "reworded": "a trained fact, asked in words that were never trained",
    "same_section": "a fact that was never trained, from a section that was",
    "unseen": "a section from which nothing was trained",
}
KIND_LABELS: dict[str, str] = {
    "factoid": "Factoid",
    "why_how": "Why and how",
    "multi_hop": "Multi-hop",
    "reversed": "Reversed",
    "comparison": "Comparison",
    "order": "Order of events",
    "summary": "Summary",
    "unanswerable": "Unanswerable",
    "behaviour": "Behaviour",
    "label": "Label",
}
SEARCH_PARTS: dict[str, str] = {
    "bm25": "BM25",
    "dense": "Dense",
    "fused": "Both fused",
    "graph": "Graph",
    "with_graph": "Fused with the graph",
    "sparse": "Learned sparse",
    "with_sparse": "Fused with learned sparse",
    "reranked": "Reranked",
    "refined": "As it is used",
}
METHOD_LABELS: dict[str, str] = {**en_tuning.METHODS, **en_tuning.PREFERENCES}
METRIC_LABELS: dict[str, str] = {
    "accuracy": "Accuracy",
    "macro_f1": "Macro F1",
    "labelled": "Names a label",
    "f1": "Token F1",
    "em": "Exact match",
    "f1_extracted": "F1 of the extracted answer",
    "rouge_l": "ROUGE-L",
    "bleu": "BLEU",
    "chrf": "chrF",
    "similarity": "Semantic similarity",
    "containment": "Containment",
    "abstention": "Right to answer or abstain",
    "behaviour": "Behaviour",
    "hit@1": "Hit@1",
    "hit@3": "Hit@3",
    "hit@5": "Hit@5",
    "mrr": "MRR",
    "answer_words": "Words per answer",
    "correct": "Correct",
    "groundedness": "Groundedness",
    "citation_recall": "Claims held by what they cite",
    "citation_precision": "Citations that hold some of it",
    "ragas:exact_match": "Exact match (ragas)",
    "ragas:string_present": "String presence (ragas)",
    "ragas:string_similarity": "String similarity (ragas)",
    "ragas:rouge": "ROUGE-L (ragas)",
    "ragas:bleu": "BLEU (ragas)",
    "ragas:chrf": "chrF (ragas)",
    "ragas:semantic_similarity": "Semantic similarity (ragas)",
    "ragas:context_precision_plain": "Context precision (ragas)",
    "ragas:context_recall_plain": "Context recall (ragas)",
    "people": "People's grade",
    "ragas:faithfulness": "Faithfulness (judged)",
    "ragas:answer_relevancy": "Answer relevancy (judged)",
    "ragas:context_precision": "Context precision (judged)",
    "ragas:context_recall": "Context recall (judged)",
    "ragas:factual_correctness": "Factual correctness (judged)",
    "ragas:answer_correctness": "Answer correctness (judged)",
    "ragas:noise_sensitivity": "Noise sensitivity (judged)",
    "ragas:rubric": "Your rubric (judged)",
    "ragas:behaviour": "Behaviour (judged)",
}
LANGUAGE_NAMES: dict[str, str] = {
    "en": "English",
    "zh": "Chinese",
    "ja": "Japanese",
    "ko": "Korean",
    "und": "another language",
}

COST_CAUSES: dict[str, str] = {
    "answering": "Answering",
    "searching": "Searching",
    "writing": "Writing the training questions",
    "index": "Building the index",
    "training": "Training",
    "people": "People",
    "machine_on": "Machine kept on",
    "storage": "Storage",
}


def label(variant: str, given: str | None = None, short: bool = False) -> str:
    """A variant's display name: the given one, the known one, or its own name with spaces."""
    preset = PRESETS.get(variant)
    known = variant.replace("_", " ") if preset is None else preset.label
    return given or (preset.short if preset and short else known)


def short_label(row: Mapping[str, Any]) -> str:
    """The short display name of a variant's row in results.json, or the name it was given."""
    name, given = str(row["name"]), str(row["label"])
    return label(name, None if given == label(name) else given, short=True)


def colours(variants: Iterable[str]) -> dict[str, str]:
    """A fixed colour for each variant; a name that is not known takes a further colour.

    Further colours go by alphabetic order: give all variants of a run, to get the same ones again.
    """
    return _looks(list(variants), "colour", FURTHER_COLOURS)


def shapes(variants: Iterable[str]) -> dict[str, str]:
    """A fixed mark for each variant, by the rule of :func:`colours`."""
    return _looks(list(variants), "shape", FURTHER_SHAPES)


def _looks(variants: Sequence[str], part: str, further: Sequence[str]) -> dict[str, str]:
    used = {getattr(PRESETS[name], part) for name in variants if name in PRESETS}
    free = [look for look in further if look not in used]
    unknown = sorted({name for name in variants if name not in PRESETS})
    return {
        name: getattr(PRESETS[name], part)
        if name in PRESETS
        else free[unknown.index(name) % len(free)]
        for name in variants
    }


def metric_label(metric: str) -> str:
    """A metric's display name."""
    return METRIC_LABELS.get(metric, metric.replace("_", " ").capitalize())


def method_label(method: str) -> str:
    """What a method of tuning is called; one that is not known stands for itself."""
    return METHOD_LABELS.get(method, method)


#: What a set of examples in a prompt is called, by the context that shows it.
SHOWN_LABELS: dict[str, str] = {
    "examples": "fixed examples",
    "nearest_examples": "nearest examples",
    "retrieval_with_examples": "fixed examples",
    "retrieval_with_nearest_examples": "nearest examples",
}


def prompt_label(name: str, context: str) -> str:
    """What a prompt that was tried is called; the run's own has no name."""
    shown = SHOWN_LABELS.get(context)
    own = name.replace("_", " ") or "as it is"
    return f"{own}, {shown}" if shown else own


def search_part(name: str) -> str:
    """The display name of a part of the search, or of the variant whose own search it is."""
    return SEARCH_PARTS.get(name) or label(name, short=True)


def language_name(code: str) -> str:
    """What a corpus's language is called; a code that is not known stands for itself."""
    return LANGUAGE_NAMES.get(code, code)
